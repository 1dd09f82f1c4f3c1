//! The outbox: what the core says to its clients during one turn, in order.
//!
//! Holds: spans of one client appear in the order in which they go on the wire.
//! Cost: replies are appended to one arena; a client that keeps up never owns an output buffer.

use bytes::Bytes;

use crate::base::id::ClientKey;

/// A reply of this many bytes or more that is already shared goes out by reference.
pub const BIG_REPLY: usize = 16 * 1024;

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

/// What the core asks of the connections, beside sending bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// Close once everything queued has been written.
    CloseAfterReply(ClientKey),
    /// Close at once and drop what is queued.
    Close(ClientKey),
    /// The client may (true) or may not (false) send large requests: the limits that the parser
    /// applies before authentication are lifted or set.
    Trust(ClientKey, bool),
    /// Stop (false) or go on (true) reading from the client.
    Read(ClientKey, bool),
}

/// See the module.
#[derive(Default, Debug)]
pub struct Outbox {
    /// All reply bytes of the turn.
    pub bytes: Vec<u8>,
    /// Who gets what, in order.
    pub spans: Vec<Span>,
    /// Requests to the connections, carried out after the spans.
    pub controls: Vec<Control>,
}

impl Outbox {
    /// Empties the outbox and keeps its memory (a grown arena is cut back to 1 MiB).
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(1 << 20);
        self.spans.clear();
        self.controls.clear();
    }

    /// True if there is nothing to do for anybody.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty() && self.controls.is_empty()
    }
}
