//! Memory that clients' connections hold: its figures, its sizes, and its limit for all clients
//! together.
//!
//! Holds: the figures are those of buffers that exist. The connection owns them; the core says how
//! large they are to be, and is told what is in them.
//! Cost: without `maxmemory-clients` nothing per command. With it, O(log clients) per command; the
//! victim is found in O(1): clients stand in buckets by the power of two of their memory.

use std::collections::BTreeMap;

use super::host::Level;
use super::session::{ClientClass, Session};
use super::world::World;
use crate::base::id::ClientKey;
use crate::base::time::Millis;
use crate::config::Config;
use crate::resp::outbox::{Control, OUTPUT_CHUNK, Outbox, REPLY_BUFFER, Unsent};
use crate::resp::parse::READ_CHUNK;
use crate::resp::turn::ClientInput;

/// A query buffer above this size is cut to what its client needs.
const LARGE_QUERY: usize = 32 * 1024;

/// Less free memory than this is not worth the work.
const SLACK: usize = 4 * 1024;

/// Seconds after which the query buffer of an idle client is taken.
const IDLE_S: Millis = 2;

/// A reply buffer never gets smaller.
const REPLY_MIN: usize = 1024;

/// How long a peak of replies counts, unless DEBUG says otherwise.
pub const PEAK_MS: Millis = 5000;

/// Clients of less memory than 2 to this power stand in one bucket.
const FIRST_LOG: u32 = 15;

/// As do those of at least twice the memory of the last bucket but one.
const BUCKETS: usize = 19;

/// What one client's connection holds.
#[derive(Clone, Debug)]
pub struct Buffers {
    /// Bytes received that are part of no command yet (`qbuf`).
    pub pending: usize,
    /// Room for more (`qbuf-free`).
    pub pending_free: usize,
    /// Arguments of the incomplete command, and of the one that executes (`argv-mem`).
    pub argv: usize,
    /// Size of the reply buffer (`rbs`).
    pub reply: usize,
    /// Most bytes of replies in one turn lately, as far as they fit into it (`rbp`).
    pub reply_peak: usize,
    /// Output that the socket has not taken.
    pub unsent: Unsent,
    /// A reply was given up since it would have been too much output.
    pub cut_off: bool,
    /// Bytes of the turn being executed that are this client's; 0 otherwise.
    turn: usize,
    /// Bytes of the incomplete command's arguments.
    partial: usize,
    query_peak: usize,
    peak_since: Millis,
    /// What the timer saw of the client's memory last.
    sampled: usize,
    /// What is counted of it in [`ClientMemory`], and where it stands there.
    counted: usize,
    place: Option<(usize, u64)>,
}

impl Buffers {
    /// Those of a new connection.
    pub fn new(now: Millis) -> Buffers {
        Buffers {
            pending: 0,
            pending_free: 0,
            argv: 0,
            reply: REPLY_BUFFER,
            reply_peak: REPLY_BUFFER,
            unsent: Unsent::default(),
            cut_off: false,
            turn: 0,
            partial: 0,
            query_peak: 0,
            peak_since: now,
            sampled: 0,
            counted: 0,
            place: None,
        }
    }

    /// Input of the client is about to be executed.
    pub fn begin(&mut self, input: &ClientInput) {
        let here = self.pending + input.read as usize;
        self.query_peak = self.query_peak.max(here);
        self.turn = if input.items > 0 { here } else { 0 };
        self.pending = input.pending as usize;
        self.pending_free = input.pending_free as usize;
        self.partial = input.arguments as usize;
        self.argv = self.partial;
    }

    /// It has been executed, and these bytes were answered.
    pub fn end(&mut self, answered: usize) {
        self.turn = 0;
        self.argv = self.partial;
        self.reply_peak = self.reply_peak.max(answered.min(self.reply));
    }

    /// Bytes received and not yet done with (`qbuf`).
    pub fn query(&self) -> usize {
        if self.turn > 0 { self.turn } else { self.pending }
    }

    /// Bytes of all of it.
    pub fn memory(&self) -> usize {
        // The arguments of the command that executes are bytes of the turn.
        let input = self.turn.max(self.pending + self.argv);
        input + self.pending_free + self.reply + self.unsent.memory
    }

    /// Memory of the output once so many bytes have been answered on top, as the limits count it:
    /// what fits into the reply buffer is free.
    pub fn output(&self, answered: usize) -> usize {
        let chunks = answered.saturating_sub(self.reply).div_ceil(OUTPUT_CHUNK);
        self.unsent.memory + chunks * OUTPUT_CHUNK
    }

    /// Bytes that may be answered at most so that [`Buffers::output`] stays below a limit.
    pub fn room(&self, limit: usize) -> usize {
        let chunks = limit.saturating_sub(self.unsent.memory).div_ceil(OUTPUT_CHUNK);
        self.reply + chunks.saturating_sub(1) * OUTPUT_CHUNK
    }

    /// The size to which the query buffer is to be cut, if at all. Looked at by the timer.
    fn query_target(&mut self, idle_s: Millis) -> Option<usize> {
        let peak = std::mem::replace(&mut self.query_peak, self.pending);
        let size = self.pending + self.pending_free;
        if self.pending_free <= SLACK {
            None
        } else if idle_s > IDLE_S {
            Some(0)
        } else if size > LARGE_QUERY && size / 2 > peak {
            Some(peak.max(READ_CHUNK))
        } else {
            None
        }
    }

    /// The size that the reply buffer is to have from now on, if it is another one.
    fn reply_target(&mut self, now: Millis, peak_ms: Option<Millis>) -> Option<usize> {
        let target = if self.reply / 2 >= REPLY_MIN && self.reply_peak < self.reply / 2 {
            Some(REPLY_MIN.max(self.reply_peak + 1))
        } else if self.reply < REPLY_BUFFER && self.reply_peak == self.reply {
            Some(REPLY_BUFFER.min(self.reply * 2))
        } else {
            None
        };
        if peak_ms.is_some_and(|ms| now - self.peak_since >= ms) {
            self.reply_peak = self.unsent.buffered;
            self.peak_since = now;
        }
        target
    }
}

/// The largest input and output of any client, for each of the last seconds.
#[derive(Debug, Default)]
pub struct Peaks([(usize, usize); PEAK_SECONDS]);

/// Seconds that count as recent.
const PEAK_SECONDS: usize = 8;

impl Peaks {
    /// The second of `now` begins or goes on: what is to come after it starts from nothing.
    fn enter(&mut self, now: Millis) {
        self.0[Peaks::slot(now + 1000)] = (0, 0);
    }

    fn note(&mut self, now: Millis, buffers: &Buffers) {
        let peak = &mut self.0[Peaks::slot(now)];
        let input = buffers.pending + buffers.pending_free + buffers.argv;
        peak.0 = peak.0.max(input);
        peak.1 = peak.1.max(buffers.unsent.memory);
    }

    fn slot(now: Millis) -> usize {
        now.div_euclid(1000).rem_euclid(PEAK_SECONDS as Millis) as usize
    }

    /// The largest input and the largest output.
    pub fn recent(&self) -> (usize, usize) {
        self.0.iter().fold((0, 0), |max, peak| (max.0.max(peak.0), max.1.max(peak.1)))
    }
}

/// What a client is answered from some point on, against its hard output limit.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    spans: usize,
    bytes: usize,
    /// 0: none.
    limit: usize,
}

impl Meter {
    /// Begins to count what `session` is answered, and lets `out` cut replies off that go far
    /// beyond its limit.
    pub fn begin(world: &World, session: &Session, out: &mut Outbox) -> Meter {
        let limit = world.hard_output_limit(session);
        if limit > 0 {
            out.ceiling = out.bytes.len() + session.buffers.room(limit) + 1;
        }
        Meter { spans: out.spans.len(), bytes: out.bytes.len(), limit }
    }

    /// True if the client has been answered more than it may be.
    pub fn is_over(&self, session: &Session, out: &Outbox) -> bool {
        self.limit > 0
            && (session.buffers.cut_off
                || session.buffers.output(self.answered(session, out)) >= self.limit)
    }

    /// Ends the counting.
    pub fn end(self, session: &mut Session, out: &mut Outbox) {
        out.ceiling = usize::MAX;
        session.buffers.end(self.answered(session, out));
    }

    fn answered(&self, session: &Session, out: &Outbox) -> usize {
        answered(out, session.key, self.spans, self.bytes)
    }
}

/// Bytes that `out` has got for a client since it had `spans` spans and `bytes` bytes.
fn answered(out: &Outbox, client: ClientKey, spans: usize, bytes: usize) -> usize {
    use crate::resp::outbox::Span;
    if out.spans.len() == spans {
        return out.bytes.len() - bytes;
    }
    let new = out.spans[spans..].iter().filter(|span| span.client() == client);
    new.map(|span| match span {
        Span::Arena { start, end, .. } => end - start,
        Span::Shared { bytes, .. } => bytes.len(),
    })
    .sum()
}

/// The memory of all clients together. See the module.
#[derive(Debug)]
pub struct ClientMemory {
    /// Memory is counted: `maxmemory-clients` is set.
    pub counted: bool,
    /// Reply buffers change their size (DEBUG).
    pub resizing: bool,
    /// How long a peak of replies counts; `None`: for ever (DEBUG).
    pub peak_ms: Option<Millis>,
    total: usize,
    buckets: [BTreeMap<u64, ClientKey>; BUCKETS],
    next: u64,
    /// The slot of sessions from which the timer goes on.
    visited: usize,
    /// What the timer has seen lately.
    pub peaks: Peaks,
    /// Memory of all clients as the timer saw each of them last: at most a second ago.
    sampled: usize,
}

impl Default for ClientMemory {
    fn default() -> ClientMemory {
        ClientMemory {
            counted: false,
            resizing: true,
            peak_ms: Some(PEAK_MS),
            total: 0,
            buckets: std::array::from_fn(|_| BTreeMap::new()),
            next: 0,
            visited: 0,
            peaks: Peaks::default(),
            sampled: 0,
        }
    }
}

/// The bucket for a client of so much memory.
fn bucket_of(memory: usize) -> usize {
    let bits = usize::BITS - memory.leading_zeros();
    (bits.saturating_sub(FIRST_LOG) as usize).min(BUCKETS - 1)
}

impl ClientMemory {
    /// Memory of all clients, as of the last second.
    pub fn sampled(&self) -> usize {
        self.sampled
    }

    /// Looks at what a client holds now.
    pub(super) fn sample(&mut self, session: &mut Session) {
        let memory = session.memory();
        self.sampled += memory;
        self.sampled -= std::mem::replace(&mut session.buffers.sampled, memory);
    }

    /// A client is gone.
    pub(super) fn end(&mut self, session: &mut Session) {
        self.sampled -= std::mem::take(&mut session.buffers.sampled);
        self.forget(session);
    }

    /// Forgets a client.
    pub fn forget(&mut self, session: &mut Session) {
        self.total -= std::mem::take(&mut session.buffers.counted);
        if let Some((bucket, order)) = session.buffers.place.take() {
            self.buckets[bucket].remove(&order);
        }
    }

    /// Counts a client as it is now, if clients are counted. One that may not be evicted is not.
    pub(super) fn count(&mut self, session: &mut Session) {
        if !self.counted {
            return self.forget(session);
        }
        let evictable = session.class() != ClientClass::Replica && !session.no_evict;
        if session.dead || !evictable {
            return self.forget(session);
        }
        let memory = session.memory();
        self.total = self.total - session.buffers.counted + memory;
        session.buffers.counted = memory;
        let bucket = bucket_of(memory);
        match session.buffers.place {
            Some((old, _)) if old == bucket => return,
            Some((old, order)) => drop(self.buckets[old].remove(&order)),
            None => {}
        }
        self.next += 1;
        self.buckets[bucket].insert(self.next, session.key);
        session.buffers.place = Some((bucket, self.next));
    }

    /// The client to go first: of the fullest bucket, the one that came to it first.
    fn largest(&self) -> Option<ClientKey> {
        self.buckets.iter().rev().find_map(|bucket| bucket.values().next().copied())
    }
}

/// Every bucket: the first size in it, the bytes of its clients, and their number.
pub fn buckets<'a>(sessions: impl Iterator<Item = &'a Session>) -> Vec<(usize, usize, usize)> {
    let first = |bucket: usize| if bucket == 0 { 0 } else { 1 << (bucket as u32 - 1 + FIRST_LOG) };
    let mut buckets: Vec<_> = (0..BUCKETS).map(|bucket| (first(bucket), 0, 0)).collect();
    for session in sessions {
        if let Some((bucket, _)) = session.buffers.place {
            buckets[bucket].1 += session.buffers.counted;
            buckets[bucket].2 += 1;
        }
    }
    buckets
}

/// Bytes at which clients are evicted; 0: never.
fn eviction_limit(config: &Config) -> usize {
    match config.maxmemory_clients {
        percent if percent < 0 => {
            (config.maxmemory as u128 * percent.unsigned_abs() as u128 / 100) as usize
        }
        bytes => bytes as usize,
    }
}

impl World {
    /// Begins or ends the counting, as the configuration says.
    pub fn adopt_client_memory(&mut self) {
        let counted = self.config.maxmemory_clients != 0;
        if counted == self.client_memory.counted {
            return;
        }
        self.client_memory.counted = counted;
        for session in self.sessions.iter_mut() {
            if counted {
                self.client_memory.count(session);
            } else {
                self.client_memory.forget(session);
            }
        }
    }

    /// Evicts clients while they hold too much memory together. `executing` is taken out of the
    /// sessions; it may be evicted too.
    pub fn evict_clients(&mut self, mut executing: Option<&mut Session>) {
        let limit = eviction_limit(&self.config);
        if !self.client_memory.counted || limit == 0 {
            return;
        }
        while self.client_memory.total >= limit {
            let Some(key) = self.client_memory.largest() else {
                self.log(
                    Level::Warning,
                    "Over client maxmemory after evicting all evictable clients",
                );
                return;
            };
            match &mut executing {
                Some(session) if session.key == key => self.evict(session),
                _ => {
                    let mut session = self.sessions.take(key).expect("a counted client exists");
                    self.evict(&mut session);
                    self.sessions.put(session);
                }
            }
        }
    }

    fn evict(&mut self, session: &mut Session) {
        let line = session.describe(&self.registry, self.now());
        self.end_client(session);
        self.stats.evicted_clients += 1;
        self.log(Level::Notice, &format!("Evicting client: {line}"));
    }

    /// Looks at some clients: sizes of buffers, timeouts, limits. Called `hz` times a second, it
    /// visits every client at least once a second.
    pub fn visit_clients(&mut self, now: Millis, hz: usize) {
        const VISITS_MIN: usize = 5;
        let clients = self.sessions.len();
        let visits = (clients / hz).max(VISITS_MIN).min(clients);
        self.client_memory.peaks.enter(now);
        self.sessions.trim();
        for _ in 0..visits {
            let from = self.client_memory.visited;
            let Some(key) = self.sessions.next_from(from).or_else(|| self.sessions.next_from(0))
            else {
                return;
            };
            self.client_memory.visited = key.0 as usize + 1;
            let Some(mut session) = self.sessions.take(key) else { continue };
            self.visit_client(&mut session, now);
            self.sessions.put(session);
        }
    }

    fn visit_client(&mut self, session: &mut Session, now: Millis) {
        if session.dead {
            return;
        }
        if self.is_over_time(session, now) {
            self.log(Level::Verbose, "Closing idle client");
            return self.end_client(session);
        }
        self.resize_buffers(session, now);
        self.client_memory.peaks.note(now, &session.buffers);
        self.client_memory.sample(session);
        if session.soft_limit_since.is_some() && !self.output_within_limits(session, 0) {
            return self.end_client(session);
        }
        self.client_memory.count(session);
    }

    /// Closes a client that was taken out of the sessions.
    pub fn end_client(&mut self, session: &mut Session) {
        self.condemn(session);
        self.stop_listening(session);
        self.client_memory.forget(session);
        self.controls.push(Control::Close(session.key));
    }

    fn resize_buffers(&mut self, session: &mut Session, now: Millis) {
        let idle_s = now.div_euclid(1000) - session.active_at.div_euclid(1000);
        let key = session.key;
        let buffers = &mut session.buffers;
        if let Some(keep) = buffers.query_target(idle_s) {
            self.controls.push(Control::ShrinkQuery(key, keep as u32));
        }
        if !self.client_memory.resizing {
            return;
        }
        if let Some(size) = buffers.reply_target(now, self.client_memory.peak_ms) {
            if size < buffers.reply {
                self.stats.reply_buffer_shrinks += 1;
            } else {
                self.stats.reply_buffer_expands += 1;
            }
            buffers.reply = size;
            self.controls.push(Control::ReplyBuffer(key, size as u32));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(read: u32, items: u32, pending: u32, free: u32) -> ClientInput {
        let client = ClientKey(0);
        let (first_item, pending_free, arguments) = (0, free, 0);
        ClientInput { client, first_item, items, read, pending, pending_free, arguments }
    }

    #[test]
    fn the_query_buffer_shows_the_command_that_executes_and_then_what_is_left() {
        let mut buffers = Buffers::new(0);
        buffers.begin(&input(26, 1, 0, 16384));
        assert_eq!((buffers.query(), buffers.pending_free), (26, 16384));
        buffers.end(100);
        assert_eq!(buffers.query(), 0);
        buffers.begin(&input(10, 0, 10, 16374));
        assert_eq!(buffers.query(), 10);
    }

    #[test]
    fn an_idle_query_buffer_goes_and_a_large_one_follows_its_peak() {
        let mut buffers = Buffers::new(0);
        buffers.begin(&input(400_000, 1, 0, 416_000));
        buffers.end(5);
        assert_eq!(buffers.query_target(1), None, "the peak is still fresh");
        buffers.begin(&input(130, 1, 0, 416_000));
        buffers.end(5);
        assert_eq!(buffers.query_target(0), Some(READ_CHUNK));
        assert_eq!(buffers.query_target(3), Some(0));
        buffers.pending_free = SLACK;
        assert_eq!(buffers.query_target(3), None);
    }

    #[test]
    fn the_reply_buffer_follows_the_peak_down_at_once_and_up_by_doubling() {
        let mut buffers = Buffers::new(0);
        assert_eq!(buffers.reply_target(50, Some(100)), None);
        assert_eq!(buffers.reply_target(100, Some(100)), None, "the peak is reset here");
        assert_eq!(buffers.reply_target(200, Some(100)), Some(REPLY_MIN));
        buffers.reply = REPLY_MIN;
        for size in [2048, 4096, 8192, 16384] {
            buffers.end(32_768);
            assert_eq!(buffers.reply_target(300, None), Some(size));
            buffers.reply = size;
        }
        buffers.end(32_768);
        assert_eq!(buffers.reply_target(300, None), None);
    }

    #[test]
    fn limits_count_whole_chunks_beyond_the_reply_buffer() {
        let mut buffers = Buffers::new(0);
        assert_eq!(buffers.output(REPLY_BUFFER), 0);
        assert_eq!(buffers.output(REPLY_BUFFER + 1), OUTPUT_CHUNK);
        buffers.unsent.memory = 50_000;
        for limit in [1, 60_000, 100_000, 1_000_000] {
            let room = buffers.room(limit);
            assert!(room == REPLY_BUFFER || buffers.output(room) < limit, "{limit}");
            assert!(buffers.output(room + 1) >= limit, "{limit}");
        }
    }

    #[test]
    fn peaks_are_of_the_last_seconds() {
        let (mut peaks, mut buffers) = (Peaks::default(), Buffers::new(0));
        (buffers.pending, buffers.pending_free, buffers.argv) = (100, 20, 3);
        buffers.unsent.memory = 7;
        peaks.enter(0);
        peaks.note(0, &buffers);
        buffers.pending = 0;
        for second in 1..7 {
            peaks.enter(second * 1000);
            peaks.note(second * 1000 + 999, &buffers);
            assert_eq!(peaks.recent(), (123, 7), "{second}");
        }
        peaks.enter(7000);
        assert_eq!(peaks.recent(), (23, 7));
    }

    #[test]
    fn buckets_are_powers_of_two() {
        assert_eq!([0, 32_767, 32_768, usize::MAX].map(bucket_of), [0, 0, 1, BUCKETS - 1]);
    }
}
