//! One connection: a transport, a parser, and what is still to be written.
//!
//! Memory: a reply buffer, ready for output that the socket does not take; its size follows what
//! the core says. Replies that the socket takes never see it. For input see the parser.

use std::{io, mem};

use crate::base::id::ClientKey;
use crate::resp::outbox::{Outbox, REPLY_BUFFER, Span, Unsent};
use crate::resp::parse::Parser;

use super::poller::Interest;
use super::queue::{OutQueue, SLICES, Slices};
use super::transport::Transport;

/// No span, no slot.
pub(crate) const NONE: u32 = u32::MAX;

/// Bytes written to one client in one pass, so that a fast reader of a large reply does not hold up
/// the others.
pub(crate) const WRITE_MAX: usize = 256 * 1024;

/// Spans of up to this many bytes are copied together before they are written: a vectored write of
/// many short pieces costs more than the copy (a subscriber's messages are such pieces).
const SHORT: usize = 1024;

/// Bytes that are copied together at most.
const GATHER_MAX: usize = 16 * 1024;

#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) transport: Transport,
    pub(crate) client: ClientKey,
    pub(crate) parser: Parser,
    /// The peer has authenticated, or does not have to.
    pub(crate) trusted: bool,
    /// The core wants more commands.
    pub(crate) reading: bool,
    /// It ends once the queue is empty.
    pub(crate) closing: bool,
    /// The peer has said all it had to say: it ends once another thread has answered that.
    pub(crate) leaving: bool,
    /// The parser holds whole commands back.
    pub(crate) held: bool,
    /// It stands in the loop's list of those to go on with.
    pub(crate) listed: bool,
    /// A command of a client that is not trusted is on its way to the command thread: the next one
    /// is not parsed before the answer is here, since it may be an AUTH.
    pub(crate) asking: bool,
    /// Meanwhile more has come, and the poller is not to report it again and again.
    pub(crate) stalled: bool,
    /// What the poller was told.
    pub(crate) registered: Interest,
    /// What did not fit into the socket.
    pub(crate) queue: Option<Box<OutQueue>>,
    /// Where the queue begins, while there is none.
    reply_buffer: Vec<u8>,
    /// The size that the reply buffer is to have.
    reply_size: usize,
    /// What was unsent when it was last reported.
    pub(crate) reported: Unsent,
    /// First and last of its spans in the outbox that is being delivered.
    pub(crate) spans: (u32, u32),
    /// It has sent something since it was last answered.
    pub(crate) asked: bool,
}

impl Connection {
    pub(crate) fn new(transport: Transport, client: ClientKey, trusted: bool) -> Self {
        Self {
            transport,
            client,
            parser: Parser::default(),
            trusted,
            reading: true,
            closing: false,
            leaving: false,
            held: false,
            listed: false,
            asking: false,
            stalled: false,
            registered: Interest::default(),
            queue: None,
            reply_buffer: Vec::with_capacity(REPLY_BUFFER),
            reply_size: REPLY_BUFFER,
            reported: Unsent::default(),
            spans: (NONE, NONE),
            asked: false,
        }
    }

    /// What the poller should report.
    pub(crate) fn interest(&self) -> Interest {
        let open = !self.closing;
        Interest {
            read: open && self.reading && !self.stalled,
            // A client that is not read from (it waits in BLPOP, say) must not be served after it
            // left.
            hangup: open && !self.reading,
            write: self.queue.is_some() || self.transport.wants_write(),
        }
    }

    /// What is not yet written.
    pub(crate) fn unsent(&self) -> Unsent {
        self.queue.as_ref().map_or_else(Unsent::default, |queue| queue.unsent())
    }

    /// Sets the size of the reply buffer; one in use changes once it is empty.
    pub(crate) fn resize_reply_buffer(&mut self, size: usize) {
        self.reply_size = size;
        if self.queue.is_none() {
            self.settle_reply_buffer();
        }
    }

    fn settle_reply_buffer(&mut self) {
        if self.reply_buffer.capacity() != self.reply_size {
            self.reply_buffer = Vec::with_capacity(self.reply_size);
        }
    }

    /// Writes from the queue. Returns the number of bytes.
    ///
    /// # Errors
    /// The connection is lost.
    pub(crate) fn flush(&mut self) -> io::Result<u64> {
        let Some(queue) = &mut self.queue else { return Ok(0) };
        let mut total = 0;
        while total < WRITE_MAX && !queue.is_empty() {
            let slices = queue.slices(WRITE_MAX - total);
            let offered: usize = slices.iter().map(|slice| slice.len()).sum();
            let result = self.transport.write(&slices);
            drop(slices);
            let written = match result {
                Ok(written) => written,
                Err(error) if passing(&error) => break,
                Err(error) => return Err(error),
            };
            queue.advance(written);
            total += written;
            if written < offered {
                break;
            }
        }
        if queue.is_empty() {
            self.reply_buffer = queue.take_buffer().unwrap_or_default();
            self.queue = None;
            self.settle_reply_buffer();
        }
        Ok(total as u64)
    }

    /// Writes the spans of the chain that starts at `first`, straight from the outbox; what does
    /// not fit goes to the queue. `gathered` is room to copy short spans to. Returns the number of
    /// bytes written.
    ///
    /// # Errors
    /// The connection is lost.
    pub(crate) fn send(
        &mut self,
        outbox: &Outbox,
        links: &[u32],
        first: u32,
        gathered: &mut Vec<u8>,
    ) -> io::Result<u64> {
        let mut at = Cursor { span: first, done: 0 };
        let mut total = 0;
        while self.queue.is_none() && at.span != NONE && total < WRITE_MAX {
            let (result, offered) = if at.gather(outbox, links, gathered) {
                (self.transport.write(&[io::IoSlice::new(gathered)]), gathered.len())
            } else {
                let (slices, offered) = at.slices(outbox, links, WRITE_MAX - total);
                (self.transport.write(&slices), offered)
            };
            let written = match result {
                Ok(written) => written,
                Err(error) if passing(&error) => break,
                Err(error) => return Err(error),
            };
            at.advance(outbox, links, written);
            total += written;
            if written < offered {
                break;
            }
        }
        if at.span != NONE {
            let buffer = &mut self.reply_buffer;
            let queue = self
                .queue
                .get_or_insert_with(|| Box::new(OutQueue::with_buffer(mem::take(buffer))));
            at.queue(outbox, links, queue);
        }
        Ok(total as u64)
    }
}

/// Nothing can be read or written now, but later.
pub(crate) fn passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// The bytes of a span.
fn bytes(outbox: &Outbox, span: u32) -> &[u8] {
    match &outbox.spans[span as usize] {
        Span::Arena { start, end, .. } => &outbox.bytes[*start..*end],
        Span::Shared { bytes, .. } => bytes,
    }
}

/// A place in a client's chain of spans.
struct Cursor {
    span: u32,
    /// Bytes of the span that are behind it.
    done: usize,
}

impl Cursor {
    /// Copies the next spans to `into`, if they are short and there are several.
    fn gather(&self, outbox: &Outbox, links: &[u32], into: &mut Vec<u8>) -> bool {
        into.clear();
        if links[self.span as usize] == NONE {
            return false;
        }
        let (mut span, mut done, mut count) = (self.span, self.done, 0);
        while span != NONE {
            let rest = &bytes(outbox, span)[done..];
            if rest.len() > SHORT || into.len() + rest.len() > GATHER_MAX {
                break;
            }
            into.extend_from_slice(rest);
            (span, done, count) = (links[span as usize], 0, count + 1);
        }
        count > 1
    }

    /// The next bytes, `max` at most, and their number.
    fn slices<'a>(&self, outbox: &'a Outbox, links: &[u32], max: usize) -> (Slices<'a>, usize) {
        let (mut slices, mut offered) = (Slices::new(), 0);
        let (mut span, mut done) = (self.span, self.done);
        while span != NONE && slices.len() < SLICES && offered < max {
            let rest = &bytes(outbox, span)[done..];
            let taken = &rest[..rest.len().min(max - offered)];
            slices.push(io::IoSlice::new(taken));
            offered += taken.len();
            (span, done) = (links[span as usize], 0);
        }
        (slices, offered)
    }

    fn advance(&mut self, outbox: &Outbox, links: &[u32], mut written: usize) {
        while self.span != NONE {
            let rest = bytes(outbox, self.span).len() - self.done;
            if written < rest {
                self.done += written;
                return;
            }
            written -= rest;
            *self = Self { span: links[self.span as usize], done: 0 };
        }
    }

    /// Puts everything from here on into `queue`.
    fn queue(mut self, outbox: &Outbox, links: &[u32], queue: &mut OutQueue) {
        while self.span != NONE {
            match &outbox.spans[self.span as usize] {
                Span::Arena { start, end, .. } => {
                    queue.copy(&outbox.bytes[start + self.done..*end]);
                }
                Span::Shared { bytes, .. } => queue.share(bytes.slice(self.done..)),
            }
            self = Self { span: links[self.span as usize], done: 0 };
        }
    }
}
