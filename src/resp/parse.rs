//! The request parser: one client's bytes in, whole commands in a [`Turn`] out.
//!
//! Holds: the commands and the error that come out depend on the bytes alone, not on how they were
//! cut into reads; after an error nothing more is parsed; a claimed length drives an allocation of
//! [`CLAIM_MAX`] at most, beyond that only bytes that have arrived do.
//! Cost: linear in the bytes fed, however small the pieces; a command that arrives whole is framed
//! where it was read, without a copy or an allocation. A command that arrives in several reads is
//! copied once, an argument of [`BIG_ARGUMENT`] bytes or more not at all.
//! Memory: a client that has sent something keeps a buffer for the next incomplete command, and one
//! as large as its last big argument for the next of those, until [`Parser::shrink`] takes them.
//! Threads: one parser per connection, used by the thread that owns the socket.
//! Not here: sockets, and what a command means.
//!
//! # Use
//!
//! The parser decides where the next bytes belong: at the end of the turn's arena (the usual case),
//! behind its own incomplete command, or in the buffer of a big argument. So reading goes through
//! [`Parser::read`], which hands the right buffer to a closure:
//!
//! ```
//! use ferrous::base::id::ClientKey;
//! use ferrous::resp::parse::{Limits, Parser, READ_CHUNK};
//! use ferrous::resp::turn::{Item, Turn};
//! use std::io::Read;
//!
//! let mut socket = &b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING\r\n*1\r\n$4"[..];
//! let (mut parser, mut turn) = (Parser::default(), Turn::default());
//!
//! let fed = parser.read(&mut turn, &Limits::default(), READ_CHUNK, |buf, max| {
//!     // On a socket: `rustix::io::read(fd, rustix::buffer::spare_capacity(buf))`.
//!     socket.by_ref().take(max as u64).read_to_end(buf)
//! })?;
//! // fed.read == 0: the peer has closed. fed.more: do not read, call `resume` in the next turn.
//! turn.clients.push(fed.client_input(ClientKey(7), &parser));
//!
//! assert_eq!(turn.items, [Item::Command { first: 0, count: 2 }, Item::Command { first: 2, count: 1
//! }]); assert_eq!(turn.bytes(turn.args[1]), b"k");
//! assert_eq!(parser.query_bytes(), 2); // "$4" waits for its rest
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! A loop that serves a level-triggered poller calls `read` once per readable event. While
//! `fed.more` is set, whole commands may still be held back by [`Limits::max_commands`]: execute
//! the turn, then call [`Parser::resume`] on the cleared turn instead of reading. The connection
//! closes a client whose [`Parser::query_bytes`] exceeds its query-buffer limit.

mod line;
#[cfg(test)]
mod tests;

use std::mem;

use bytes::Bytes;

pub(super) use self::line::integer;
use self::line::{Framer, Step};
use super::turn::{ArgRef, BIG_ARGUMENT, ClientInput, Item, ProtocolError, Turn};
use crate::base::id::ClientKey;

/// How much a connection asks of its socket at once, unless it knows better.
pub const READ_CHUNK: usize = 16 * 1024;

/// How much is read at once from a connection whose last read was full: it sends in bulk, and the
/// fewer the reads, the fewer commands lie across two of them.
const BULK_CHUNK: usize = 4 * READ_CHUNK;

/// A read of less is not called full, however little was asked for.
const FULL_READ: usize = if cfg!(test) { 1 } else { READ_CHUNK };

/// The most that is allocated for a big argument because of its announced length; a longer one
/// doubles as its bytes arrive. Arguments of that size come from clients that have authenticated.
pub const CLAIM_MAX: usize = 4 << 20;

/// An argument's place is a `u32`: no command is framed in an arena beyond this.
const ARENA_MAX: usize = u32::MAX as usize;

/// An incomplete command of so many bytes is taken out of `pending`, so that it stays well below
/// `ARENA_MAX`.
const SPILL: usize = if cfg!(test) { 128 << 10 } else { 1 << 30 };

/// What a client may send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest argument (`proto-max-bulk-len`); `u64::MAX` on a replication link.
    pub max_bulk: u64,
    /// Longest line, its end included or not: an inline request, or a line with a count or a
    /// length.
    pub max_inline: usize,
    /// Most arguments of a command.
    pub max_multibulk: i64,
    /// Most commands that one call frames; 1 for a client that has not authenticated, so that AUTH
    /// takes effect on the request behind it.
    pub max_commands: u32,
    /// False: at most [`Limits::UNTRUSTED_ARGS`] arguments of [`Limits::UNTRUSTED_BULK`] bytes.
    pub authenticated: bool,
}

impl Limits {
    /// Most arguments of a multibulk request before authentication.
    pub const UNTRUSTED_ARGS: i64 = 10;
    /// Longest bulk argument before authentication, in bytes.
    pub const UNTRUSTED_BULK: u64 = 16 * 1024;

    /// The limits of a client that has not authenticated: one command per call, small requests.
    pub fn untrusted(&self) -> Self {
        Self { max_commands: 1, authenticated: false, ..self.clone() }
    }
}

impl Default for Limits {
    /// Redis's defaults, for an authenticated client.
    fn default() -> Self {
        Self {
            max_bulk: 512 << 20,
            max_inline: 64 << 10,
            max_multibulk: i32::MAX as i64,
            max_commands: u32::MAX,
            authenticated: true,
        }
    }
}

/// What one call of the parser did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fed {
    /// Bytes that the closure read; 0 at the end of the stream.
    pub read: usize,
    /// Index of the first new item in `Turn::items`.
    pub first_item: u32,
    /// Number of new items.
    pub items: u32,
    /// Parsing stopped before the bytes were used up, since [`Limits::max_commands`] was reached or
    /// the arena is full: call [`Parser::resume`] on the next turn before reading again.
    pub more: bool,
}

impl Fed {
    /// The entry for `Turn::clients`.
    pub fn client_input(&self, client: ClientKey, parser: &Parser) -> ClientInput {
        let clamp = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        ClientInput {
            client,
            first_item: self.first_item,
            items: self.items,
            read: clamp(self.read),
            pending: clamp(parser.query_bytes()),
            pending_free: clamp(parser.query_bytes_free()),
            arguments: parser.argument_bytes(),
        }
    }
}

/// A big argument on its way.
#[derive(Debug)]
struct Big {
    /// What has arrived; nothing else is in this buffer.
    bytes: Vec<u8>,
    /// Length of the argument and the two bytes behind it.
    whole: u64,
}

impl Big {
    fn missing(&self) -> usize {
        usize::try_from(self.whole - self.bytes.len() as u64).unwrap_or(usize::MAX)
    }

    /// Makes room for the next read: as much again as has arrived, never more than is missing.
    fn reserve(&mut self) {
        if self.bytes.len() == self.bytes.capacity() {
            let more = self.bytes.len().max(CLAIM_MAX);
            self.bytes.reserve_exact(more.min(self.missing()));
        }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub struct Parser {
    /// Bytes of the incomplete command from `framer.start` on (without big arguments), and behind
    /// them what `max_commands` held back.
    pending: Vec<u8>,
    /// Where the next big argument will go: who sent one is likely to send another.
    spare: Vec<u8>,
    /// Where framing stands; offsets are into `pending` between two calls.
    framer: Framer,
    /// The incomplete command's arguments: offsets into `pending`, indices into `owned`.
    args: Vec<ArgRef>,
    /// The incomplete command's arguments that are not in `pending`.
    owned: Vec<Bytes>,
    /// Bytes of the incomplete command that have left `pending`, framing included.
    left: u64,
    /// The big argument that is being read, at `framer.pos`.
    big: Option<Big>,
    /// The last read filled its chunk: more has probably come already.
    full: bool,
    /// The protocol was violated: whatever comes is dropped.
    broken: bool,
}

impl Parser {
    /// Lets `fill` append bytes to the buffer where they belong and frames what is whole.
    ///
    /// `fill` gets the buffer and the number of bytes that is best read at most (about `chunk`, or
    /// exactly what a big argument lacks); the buffer has at least that much spare capacity. `fill`
    /// must only append; more than the best number is accepted.
    ///
    /// # Errors
    /// Those of `fill`. What it had appended by then is kept and parsed by the next call.
    pub fn read<T, E>(
        &mut self,
        turn: &mut Turn,
        limits: &Limits,
        chunk: usize,
        fill: impl FnOnce(&mut Vec<u8>, usize) -> Result<T, E>,
    ) -> Result<Fed, E> {
        if let Some(big) = &mut self.big {
            big.reserve();
            let max = big.missing().min(big.bytes.capacity() - big.bytes.len());
            let before = big.bytes.len();
            let result = fill(&mut big.bytes, max);
            let read = big.bytes.len().saturating_sub(before);
            return result.map(|_| self.resume_after(turn, limits, read));
        }
        let full = mem::take(&mut self.full);
        let chunk = if full { chunk.max(BULK_CHUNK) } else { chunk };
        let fits = turn.arena.len() + self.pending.len() + chunk <= ARENA_MAX;
        let first = turn.args.len();
        if full && fits && !self.broken && !self.pending.is_empty() {
            self.reopen(turn);
        } else if self.pending.is_empty() {
            self.framer = Framer::at(turn.arena.len());
        }
        let to_arena = self.pending.is_empty() && fits;
        let buf = if to_arena { &mut turn.arena } else { &mut self.pending };
        buf.reserve(chunk);
        let before = buf.len();
        let result = fill(buf, chunk);
        let read = buf.len().saturating_sub(before);
        self.full = read == chunk && chunk >= FULL_READ;
        if !to_arena {
            return result.map(|_| self.resume_after(turn, limits, read));
        }
        let mut fed = Fed { read, first_item: turn.items.len() as u32, items: 0, more: false };
        if result.is_err() || turn.arena.len() > ARENA_MAX {
            self.suspend(turn, first);
            fed.more = read != 0;
        } else if turn.arena.len() > self.framer.start {
            self.frame_in_arena(turn, limits, &mut fed, first);
        } else {
            self.framer = Framer::at(0);
        }
        result.map(|_| fed)
    }

    /// Parses bytes that come from memory: [`Parser::read`] with a copy.
    pub fn feed(&mut self, turn: &mut Turn, limits: &Limits, mut bytes: &[u8]) -> Fed {
        let mut total: Option<Fed> = None;
        loop {
            let fed = self.read(turn, limits, bytes.len().min(1 << 20), |buf, max| {
                let (now, later) = bytes.split_at(max.min(bytes.len()));
                buf.extend_from_slice(now);
                bytes = later;
                Ok::<(), std::convert::Infallible>(())
            });
            let Ok(fed) = fed;
            let sum = total.get_or_insert(Fed { read: 0, items: 0, ..fed });
            sum.read += fed.read;
            sum.items += fed.items;
            sum.more = fed.more;
            if bytes.is_empty() {
                return *sum;
            }
            if fed.more {
                self.pending.extend_from_slice(bytes);
                sum.read += bytes.len();
                return *sum;
            }
        }
    }

    /// Goes on with bytes that are already here.
    pub fn resume(&mut self, turn: &mut Turn, limits: &Limits) -> Fed {
        self.resume_after(turn, limits, 0)
    }

    /// Bytes of the query buffer (`qbuf` of `CLIENT LIST`): received, not yet part of an argument.
    pub fn query_bytes(&self) -> usize {
        self.pending.len() - self.framer.pos + self.big.as_ref().map_or(0, |big| big.bytes.len())
    }

    /// Free capacity of the query buffer (`qbuf-free`).
    pub fn query_bytes_free(&self) -> usize {
        let spare = |buf: &Vec<u8>| buf.capacity() - buf.len();
        spare(&self.pending)
            + self.spare.capacity()
            + self.big.as_ref().map_or(0, |big| spare(&big.bytes))
    }

    /// Gives memory back, but for room for `keep` bytes and for what is incomplete.
    pub fn shrink(&mut self, keep: usize) {
        self.spare = Vec::new();
        self.pending.shrink_to(keep);
        if keep == 0
            && let Some(big) = &mut self.big
        {
            big.bytes.shrink_to_fit();
        }
    }

    /// How the query buffer starts, `max` bytes at most (shown when a client exceeds its limit).
    pub fn query_start(&self, max: usize) -> Vec<u8> {
        let unread = &self.pending[self.framer.pos.min(self.pending.len())..];
        let big = self.big.as_ref().map_or(&[][..], |big| &big.bytes);
        unread.iter().chain(big).take(max).copied().collect()
    }

    /// Bytes of the arguments that an incomplete command already has (`argv-mem`).
    pub fn argument_bytes(&self) -> u64 {
        self.framer.taken
    }

    /// Bytes that were fed and are not yet part of a command in a turn, framing included: the
    /// stream has been executed up to this far before its end.
    pub fn incomplete_bytes(&self) -> u64 {
        let big = self.big.as_ref().map_or(0, |big| big.bytes.len());
        (self.pending.len() - self.framer.start + big) as u64 + self.left
    }

    /// True after a protocol error.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Frames from `pending` after `read` more bytes have come to it or to the big argument.
    fn resume_after(&mut self, turn: &mut Turn, limits: &Limits, read: usize) -> Fed {
        let mut fed = Fed { read, first_item: turn.items.len() as u32, items: 0, more: false };
        if self.broken {
            self.release();
            return fed;
        }
        if let Some(big) = &self.big {
            if (big.bytes.len() as u64) < big.whole {
                return fed;
            }
            self.finish_big();
        }
        if self.pending.is_empty() {
            return fed;
        }
        if turn.arena.len() + self.pending.len() > ARENA_MAX {
            fed.more = true;
            return fed;
        }
        self.frame_in_pending(turn, limits, &mut fed);
        fed
    }

    /// Turns the complete big argument into an argument of the incomplete command.
    fn finish_big(&mut self) {
        let Some(big) = self.big.take() else { return };
        let mut bytes = big.bytes;
        let whole = big.whole as usize; // it has arrived, so it fits
        self.pending.extend_from_slice(&bytes[whole..]);
        bytes.truncate(whole - 2);
        self.spare = Vec::with_capacity(whole.min(CLAIM_MAX));
        self.args.push(ArgRef::Owned(self.owned.len() as u32));
        self.owned.push(Bytes::from(bytes));
        self.left += big.whole;
        self.framer.argument_done();
    }

    /// Frames the incomplete command where it lies. Once it is whole it moves to the arena, and so
    /// does all that follows it, to be framed there.
    fn frame_in_pending(&mut self, turn: &mut Turn, limits: &Limits, fed: &mut Fed) {
        while self.framer.start < self.pending.len() {
            if fed.items == limits.max_commands {
                fed.more = true;
                return self.compact();
            }
            match self.framer.step(&mut self.pending, &mut self.args, limits) {
                Step::Nothing => {}
                Step::Command => {
                    let (from, to) = (self.framer.start, self.framer.pos);
                    let only_this = fed.items + 1 == limits.max_commands;
                    let copied = if only_this { to } else { self.pending.len() };
                    let base = turn.arena.len();
                    turn.arena.extend_from_slice(&self.pending[from..copied]);
                    let first = turn.args.len();
                    turn.args.extend(self.args.drain(..).map(|arg| moved(arg, from, base)));
                    self.push_command(turn, first, fed);
                    self.framer = Framer::at(to);
                    if !only_this {
                        self.framer = Framer::at(base + to - from);
                        self.pending.clear();
                        let first = turn.args.len();
                        return self.frame_in_arena(turn, limits, fed, first);
                    }
                }
                Step::Incomplete => {
                    self.compact();
                    return self.spill();
                }
                Step::Big(len) => return self.start_big(len),
                Step::Broken(error) => return self.fail(turn, error, fed),
            }
        }
        self.release();
    }

    /// Moves the incomplete command to the end of the arena, its arguments to the turn, so that the
    /// next read goes there. For the client that sends in bulk only: it is a copy for every read.
    fn reopen(&mut self, turn: &mut Turn) {
        let (start, base) = (self.framer.start, turn.arena.len());
        turn.arena.extend_from_slice(&self.pending[start..]);
        turn.args.extend(self.args.drain(..).map(|arg| moved(arg, start, base)));
        self.pending.clear();
        self.framer.moved(start, base);
    }

    /// Frames commands in the arena from `framer.start` to its end; an incomplete one, or what
    /// `max_commands` holds back, moves to `pending`. The arguments from `first` on belong to the
    /// command at `framer.start`.
    fn frame_in_arena(
        &mut self,
        turn: &mut Turn,
        limits: &Limits,
        fed: &mut Fed,
        mut first: usize,
    ) {
        if self.broken {
            turn.arena.truncate(self.framer.start);
            return self.release();
        }
        loop {
            // Nearly all commands are short and have arrived whole: framing them needs no state
            // that outlives a read, so it stays in registers. All else takes the steps below.
            if limits.authenticated && first == turn.args.len() && self.framer.is_fresh() {
                let (start, args) = (&mut self.framer.start, &mut turn.args);
                while *start < turn.arena.len() && fed.items < limits.max_commands {
                    let whole = line::whole(&turn.arena, *start, args, limits);
                    let Some((end, count)) = whole else { break };
                    turn.items.push(Item::Command { first: first as u32, count });
                    fed.items += 1;
                    first += count as usize;
                    *start = end;
                }
                self.framer = Framer::at(self.framer.start);
            }
            if self.framer.start == turn.arena.len() {
                return self.release();
            }
            if fed.items == limits.max_commands {
                fed.more = true;
                return self.suspend(turn, first);
            }
            match self.framer.step(&mut turn.arena, &mut turn.args, limits) {
                Step::Nothing => {}
                Step::Command => {
                    self.push_command(turn, first, fed);
                    self.framer = Framer::at(self.framer.pos);
                    first = turn.args.len();
                }
                Step::Incomplete => return self.suspend(turn, first),
                Step::Big(len) => {
                    self.suspend(turn, first);
                    return self.start_big(len);
                }
                Step::Broken(error) => {
                    turn.args.truncate(first);
                    turn.arena.truncate(self.framer.start);
                    return self.fail(turn, error, fed);
                }
            }
        }
    }

    /// Adds the command whose arguments are `turn.args[first..]`.
    #[inline]
    fn push_command(&mut self, turn: &mut Turn, first: usize, fed: &mut Fed) {
        if !self.owned.is_empty() {
            let base = turn.owned.len() as u32;
            for arg in &mut turn.args[first..] {
                if let ArgRef::Owned(index) = arg {
                    *index += base;
                }
            }
            turn.owned.append(&mut self.owned);
            self.left = 0;
        }
        let count = (turn.args.len() - first) as u32;
        turn.items.push(Item::Command { first: first as u32, count });
        fed.items += 1;
    }

    /// Moves the tail of the arena, and the arguments found in it, to `pending`.
    fn suspend(&mut self, turn: &mut Turn, first: usize) {
        let start = self.framer.start;
        self.args.extend(turn.args.drain(first..).map(|arg| moved(arg, start, 0)));
        self.pending.clear();
        self.pending.extend_from_slice(&turn.arena[start..]);
        turn.arena.truncate(start);
        self.framer.moved(start, 0);
    }

    /// Gives the argument at `framer.pos` a buffer of its own, with what has arrived of it.
    fn start_big(&mut self, len: u64) {
        let arrived = &self.pending[self.framer.pos..];
        // A larger spare would stay with the stored value.
        let spare = mem::take(&mut self.spare);
        let fits = spare.capacity() as u64 <= len + 2;
        let mut big = Big { bytes: if fits { spare } else { Vec::new() }, whole: len + 2 };
        let room = arrived.len().max(CLAIM_MAX) as u64;
        big.bytes.reserve_exact(room.min(big.whole) as usize);
        big.bytes.extend_from_slice(arrived);
        self.big = Some(big);
        self.pending.truncate(self.framer.pos);
        self.compact();
        self.spill();
    }

    /// Takes the finished arguments of a gigantic incomplete command out of `pending`: a small one
    /// becomes a slice of what was `pending`, a big one is copied, so that it pins nothing else.
    fn spill(&mut self) {
        let start = self.framer.start;
        if self.pending.len() < SPILL || self.framer.pos - start < SPILL / 2 {
            return;
        }
        let end = self.framer.pos - 1; // `pending` keeps a byte: the command is still under way
        let rest = self.pending.split_off(end);
        let bytes = Bytes::from(mem::replace(&mut self.pending, rest));
        for arg in &mut self.args {
            if let ArgRef::Arena { start, len } = *arg {
                let slice = bytes.slice(start as usize..start as usize + len as usize);
                let big = len as usize >= BIG_ARGUMENT;
                self.owned.push(if big { Bytes::copy_from_slice(&slice) } else { slice });
                *arg = ArgRef::Owned(self.owned.len() as u32 - 1);
            }
        }
        self.left += (end - start) as u64;
        self.framer.spilled();
    }

    fn fail(&mut self, turn: &mut Turn, error: ProtocolError, fed: &mut Fed) {
        turn.items.push(Item::Broken(error));
        fed.items += 1;
        self.broken = true;
        self.release();
    }

    /// Drops what lies before the incomplete command, once that is worth the move.
    fn compact(&mut self) {
        let start = self.framer.start;
        if start > self.pending.len() / 2 {
            self.pending.drain(..start);
            for arg in &mut self.args {
                *arg = moved(*arg, start, 0);
            }
            self.framer.moved(start, 0);
        }
    }

    /// Nothing is incomplete.
    fn release(&mut self) {
        self.pending.clear();
        if self.pending.capacity() < READ_CHUNK {
            self.pending.reserve_exact(READ_CHUNK);
        }
        if self.args.capacity() != 0 {
            self.args = Vec::new();
        }
        self.owned.clear();
        self.left = 0;
        self.big = None;
        self.framer = Framer::at(0);
    }
}

/// The argument after its buffer's byte `from` has become byte `to` of another buffer.
fn moved(arg: ArgRef, from: usize, to: usize) -> ArgRef {
    match arg {
        ArgRef::Arena { start, len } => {
            ArgRef::Arena { start: (start as usize - from + to) as u32, len }
        }
        owned => owned,
    }
}
