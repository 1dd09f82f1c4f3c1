//! A turn: what one pass of an I/O loop read, framed into commands of many clients over one arena.
//!
//! Holds: the commands of one client are consecutive and in wire order.
//! Cost: no allocation per command once the vectors have grown; a turn is cleared and reused.

use std::borrow::Cow;

use bytes::Bytes;

use crate::base::id::ClientKey;

/// An argument of this many bytes or more is read into a buffer of its own, which can become the
/// stored value without a copy.
pub const BIG_ARGUMENT: usize = 32 * 1024;

/// What a turn keeps allocated for the next one: a busy server fills this much again and again (a
/// full turn and one bulk read), while a command of a hundred thousand arguments is not to leave
/// megabytes behind.
const KEPT_BYTES: usize = 160 * 1024;
const KEPT_ARGUMENTS: usize = 4096;

/// Where an argument's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgRef {
    /// `arena[start..start + len]`.
    Arena {
        /// Offset of the first byte.
        start: u32,
        /// Length in bytes.
        len: u32,
    },
    /// `owned[index]`. Shorter than [`BIG_ARGUMENT`] it shares its memory with other arguments:
    /// whoever stores it copies it.
    Owned(u32),
}

/// One item of a client's input, in wire order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A command: `args[first..first + count]`; `count` is at least 1.
    Command {
        /// Index of the command's name in `Turn::args`.
        first: u32,
        /// Number of arguments, the name included.
        count: u32,
    },
    /// The stream is broken here; always a client's last item.
    Broken(ProtocolError),
}

/// The peer sent bytes that are not the protocol; the client is closed after the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtocolError {
    /// The count after `*` is no integer or too large.
    InvalidMultibulkLength,
    /// More arguments than a client may send before it has authenticated.
    UnauthenticatedMultibulkLength,
    /// The line after `*` does not end.
    TooBigMultibulkCount,
    /// A bulk was due, and its line starts with another byte.
    ExpectedBulk(u8),
    /// The line of a bulk length does not end.
    TooBigBulkCount,
    /// The count after `$` is no integer, negative or too large.
    InvalidBulkLength,
    /// A longer argument than a client may send before it has authenticated.
    UnauthenticatedBulkLength,
    /// An inline request does not end.
    TooBigInline,
    /// An inline request has an open quote, or a closing quote inside a word.
    UnbalancedQuotes,
}

impl ProtocolError {
    /// The text that follows `-ERR Protocol error: `. It is not always UTF-8: an unexpected byte is
    /// shown as it came (a CR or LF as a space).
    pub fn text(self) -> Cow<'static, [u8]> {
        let text: &'static str = match self {
            Self::InvalidMultibulkLength => "invalid multibulk length",
            Self::UnauthenticatedMultibulkLength => "unauthenticated multibulk length",
            Self::TooBigMultibulkCount => "too big mbulk count string",
            Self::ExpectedBulk(byte) => {
                let byte = if matches!(byte, b'\r' | b'\n') { b' ' } else { byte };
                return Cow::Owned([b"expected '$', got '".as_slice(), &[byte, b'\'']].concat());
            }
            Self::TooBigBulkCount => "too big bulk count string",
            Self::InvalidBulkLength => "invalid bulk length",
            Self::UnauthenticatedBulkLength => "unauthenticated bulk length",
            Self::TooBigInline => "too big inline request",
            Self::UnbalancedQuotes => "unbalanced quotes in request",
        };
        Cow::Borrowed(text.as_bytes())
    }
}

/// What was read from one client during the turn.
#[derive(Clone, Debug)]
pub struct ClientInput {
    /// Whose input it is.
    pub client: ClientKey,
    /// Index of its first item in `Turn::items`.
    pub first_item: u32,
    /// Number of its items; 0 when only a part of a command has arrived.
    pub items: u32,
    /// Bytes read from the socket in this turn.
    pub read: u32,
    /// Bytes received that are not part of an argument yet (`qbuf` of CLIENT LIST).
    pub pending: u32,
    /// Capacity of the connection's own buffer beyond `pending` (`qbuf-free`).
    pub pending_free: u32,
    /// Bytes of the arguments that an incomplete command already has (`argv-mem`).
    pub arguments: u64,
}

/// See the module.
#[derive(Default, Debug)]
pub struct Turn {
    /// Bytes of all small arguments (and of the framing between them).
    pub arena: Vec<u8>,
    /// All arguments of all commands.
    pub args: Vec<ArgRef>,
    /// Arguments of [`BIG_ARGUMENT`] bytes or more (and the small ones of a gigantic command).
    pub owned: Vec<Bytes>,
    /// All items of all clients.
    pub items: Vec<Item>,
    /// Clients in the order in which they were read.
    pub clients: Vec<ClientInput>,
    /// Clients whose connection has ended; nothing follows from or to them.
    pub closed: Vec<ClientKey>,
}

impl Turn {
    /// Empties the turn and keeps as much of its memory as most turns need.
    pub fn clear(&mut self) {
        self.arena.clear();
        self.arena.shrink_to(KEPT_BYTES);
        self.args.clear();
        self.args.shrink_to(KEPT_ARGUMENTS);
        self.owned.clear();
        self.items.clear();
        self.clients.clear();
        self.closed.clear();
    }

    /// The bytes of an argument.
    pub fn bytes(&self, arg: ArgRef) -> &[u8] {
        match arg {
            ArgRef::Arena { start, len } => &self.arena[start as usize..][..len as usize],
            ArgRef::Owned(index) => &self.owned[index as usize],
        }
    }
}
