//! The outbox: what the core says to its clients during one turn, in order.
//!
//! Holds: spans of one client appear in the order in which they go on the wire.
//! Cost: replies are appended to one arena; a client that keeps up never owns an output buffer.

use bytes::Bytes;

use crate::base::id::ClientKey;

/// A reply of this many bytes or more that is already shared goes out by reference.
pub const BIG_REPLY: usize = 16 * 1024;

/// The size of a new client's reply buffer, and the largest that it ever has.
pub const REPLY_BUFFER: usize = 16 * 1024;

/// Output beyond the reply buffer is held in chunks of this size, and limits count whole chunks.
/// That is what Redis's are with jemalloc, so that the same limit cuts off at the same byte.
pub const OUTPUT_CHUNK: usize = 20 * 1024;

/// A run of bytes for one client.
#[derive(Clone, Debug)]
pub enum Span {
    /// `Outbox::bytes[start..end]`.
    Arena {
        /// The receiver.
        client: ClientKey,
        /// First byte.
        start: usize,
        /// One past the last byte.
        end: usize,
    },
    /// Bytes that are shared with a stored value or with other receivers.
    Shared {
        /// The receiver.
        client: ClientKey,
        /// What to send.
        bytes: Bytes,
    },
}

impl Span {
    /// The receiver.
    pub fn client(&self) -> ClientKey {
        match self {
            Span::Arena { client, .. } | Span::Shared { client, .. } => *client,
        }
    }

    /// Number of bytes, of those in the arena only what is at `from` or behind it.
    pub fn len_from(&self, from: usize) -> usize {
        match self {
            Span::Arena { start, end, .. } => end - start.max(&from),
            Span::Shared { bytes, .. } => bytes.len(),
        }
    }

    /// The same for another receiver, of the arena only what is at `from` or behind it.
    pub fn clipped(&self, from: usize, client: ClientKey) -> Span {
        match self {
            Span::Arena { start, end, .. } => {
                Span::Arena { client, start: *start.max(&from), end: *end }
            }
            Span::Shared { bytes, .. } => Span::Shared { client, bytes: bytes.clone() },
        }
    }
}

/// What the core asks of the connections, beside sending bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// Close once everything queued has been written. Nothing more is read, and what is said to the
    /// client in later outboxes is dropped.
    CloseAfterReply(ClientKey),
    /// Close at once and drop what is queued.
    Close(ClientKey),
    /// The client may (true) or may not (false) send large requests: the limits that the parser
    /// applies before authentication are lifted or set.
    Trust(ClientKey, bool),
    /// Stop (false) or go on (true) reading from the client. Commands that an I/O thread has read
    /// by then still arrive; while reading is off, a peer that leaves is noticed nevertheless.
    Read(ClientKey, bool),
    /// Give memory for the client's input back, but for so many bytes.
    ShrinkQuery(ClientKey, u32),
    /// Keep so many bytes ready for output that the socket does not take.
    ReplyBuffer(ClientKey, u32),
}

impl Control {
    /// Whom it is about.
    pub fn subject(&self) -> ClientKey {
        match *self {
            Control::CloseAfterReply(client)
            | Control::Close(client)
            | Control::Trust(client, _)
            | Control::Read(client, _)
            | Control::ShrinkQuery(client, _)
            | Control::ReplyBuffer(client, _) => client,
        }
    }
}

/// Output of a client that its socket has not taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unsent {
    /// All of its bytes.
    pub bytes: usize,
    /// Those of them in the client's reply buffer (`obl`).
    pub buffered: usize,
    /// Further chunks (`oll`).
    pub chunks: usize,
    /// Memory of the further chunks (`omem`).
    pub memory: usize,
}

/// See the module.
#[derive(Debug)]
pub struct Outbox {
    /// All reply bytes of the turn.
    pub bytes: Vec<u8>,
    /// Length of `bytes` beyond which the client that is being answered is over its limit: whoever
    /// writes a reply of unknown length looks at it (see `Reply::is_over_limit`).
    pub ceiling: usize,
    /// Who gets what, in order.
    pub spans: Vec<Span>,
    /// Requests to the connections, carried out after the spans.
    pub controls: Vec<Control>,
}

impl Default for Outbox {
    fn default() -> Outbox {
        Outbox { bytes: Vec::new(), ceiling: usize::MAX, spans: Vec::new(), controls: Vec::new() }
    }
}

impl Outbox {
    /// Gives back what a large turn has left, now and then.
    pub fn trim(&mut self) {
        self.bytes.shrink_to(4 * 1024);
    }

    /// Queues bytes for a client, behind all that was queued before.
    pub fn send(&mut self, client: ClientKey, bytes: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        push_run(&mut self.spans, client, start, self.bytes.len());
    }

    /// Queues bytes that several receivers share, or that are stored.
    pub fn send_shared(&mut self, client: ClientKey, bytes: Bytes) {
        if !bytes.is_empty() {
            self.spans.push(Span::Shared { client, bytes });
        }
    }

    /// Moves everything in `other` behind what is here. Cost: a copy of its arena.
    pub fn append(&mut self, other: &mut Outbox) {
        if other.is_empty() {
            return;
        }
        let base = self.bytes.len();
        self.bytes.append(&mut other.bytes);
        self.spans.extend(other.spans.drain(..).map(|span| match span {
            Span::Arena { client, start, end } => {
                Span::Arena { client, start: base + start, end: base + end }
            }
            shared => shared,
        }));
        self.controls.append(&mut other.controls);
        other.bytes.shrink_to(1 << 20);
    }

    /// Empties the outbox and keeps its memory (a grown arena is cut back to 1 MiB).
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(1 << 20);
        self.spans.clear();
        self.controls.clear();
        self.ceiling = usize::MAX;
    }

    /// True if there is nothing to do for anybody.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty() && self.controls.is_empty()
    }
}

/// Adds `start..end` of the arena for a client; a run that continues the last one makes it longer.
pub(super) fn push_run(spans: &mut Vec<Span>, client: ClientKey, start: usize, end: usize) {
    if start == end {
        return;
    }
    match spans.last_mut() {
        Some(Span::Arena { client: last, end: last_end, .. })
            if *last == client && *last_end == start =>
        {
            *last_end = end;
        }
        _ => spans.push(Span::Arena { client, start, end }),
    }
}
