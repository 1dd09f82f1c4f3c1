//! Replies read back, and commands written: the peer's half of the protocol.
//!
//! Holds: decoding what [`Frame::encode`] wrote gives the frame again; a claimed length never
//! drives an allocation; input may be cut anywhere.
//! Cost: linear in the bytes; nesting is bounded by [`DEPTH_MAX`].
//! Not here: requests of clients (`resp::parse`), the reply shapes of commands (`resp::encode`).

use std::fmt;

use super::encode::write_header;
use super::parse::integer;
use super::turn::{ArgRef, Turn};

/// Deeper nesting is refused.
pub const DEPTH_MAX: usize = 128;

/// Longer lines are refused (an error's text is a line).
pub const LINE_MAX: usize = 1 << 20;

/// Bytes that are reserved for a string before its bytes have arrived, at most.
const RESERVE_MAX: usize = 64 << 10;

/// A value of RESP2 or RESP3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// `+`
    Status(Vec<u8>),
    /// `-`, with the code, without the dash.
    Error(Vec<u8>),
    /// `:`
    Int(i64),
    /// `$`
    Bulk(Vec<u8>),
    /// `$-1`
    NullBulk,
    /// `*-1`
    NullArray,
    /// `_`
    Null,
    /// `#`
    Bool(bool),
    /// `,` with the number as it was written.
    Double(Vec<u8>),
    /// `(` with the number as it was written.
    BigNumber(Vec<u8>),
    /// `=`
    Verbatim([u8; 3], Vec<u8>),
    /// `*`
    Array(Vec<Frame>),
    /// `~`
    Set(Vec<Frame>),
    /// `>`
    Push(Vec<Frame>),
    /// `%`: keys and values in turn.
    Map(Vec<Frame>),
    /// `|`: keys and values in turn; they describe the frame that follows.
    Attribute(Vec<Frame>),
}

/// The bytes are not a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// No type has this first byte.
    UnknownType(u8),
    /// A count, a length, an integer or a boolean is malformed.
    BadNumber,
    /// A line does not end with CR LF, or a string is not followed by them.
    BadEnd,
    /// More than [`LINE_MAX`] bytes without an end.
    LineTooLong,
    /// Deeper than [`DEPTH_MAX`].
    TooDeep,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownType(byte) => write!(f, "unknown reply type '{}'", byte.escape_ascii()),
            Self::BadNumber => f.write_str("malformed number in a reply"),
            Self::BadEnd => f.write_str("a reply's line or string does not end with CR LF"),
            Self::LineTooLong => f.write_str("too long a line in a reply"),
            Self::TooDeep => f.write_str("too deeply nested a reply"),
        }
    }
}

impl std::error::Error for FrameError {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Array,
    Set,
    Push,
    Map,
    Attribute,
}

impl Kind {
    fn frame(self, items: Vec<Frame>) -> Frame {
        match self {
            Self::Array => Frame::Array(items),
            Self::Set => Frame::Set(items),
            Self::Push => Frame::Push(items),
            Self::Map => Frame::Map(items),
            Self::Attribute => Frame::Attribute(items),
        }
    }

    /// Frames per counted element.
    fn width(self) -> u64 {
        if matches!(self, Self::Map | Self::Attribute) { 2 } else { 1 }
    }
}

/// An aggregate that lacks elements.
#[derive(Debug)]
struct Open {
    kind: Kind,
    missing: u64,
    items: Vec<Frame>,
}

/// An incremental decoder of replies; broken after an error.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The current line or string, as far as it has come.
    partial: Vec<u8>,
    /// A string is being read: its tag, and its length with CR LF.
    string: Option<(u8, u64)>,
    stack: Vec<Open>,
}

impl Decoder {
    /// Takes bytes from the front of `input` until a frame is whole, or `input` is used up: `None`.
    /// An attribute comes as a frame of its own when it precedes a reply, as an item (beside the
    /// counted ones) inside an aggregate.
    ///
    /// # Errors
    /// [`FrameError`]; the decoder must not be used after that.
    pub fn next(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, FrameError> {
        while !input.is_empty() {
            let leaf = match self.string {
                Some((tag, whole)) => self.string(input, tag, whole)?,
                None => self.line(input)?,
            };
            if let Some(frame) = leaf.and_then(|leaf| self.close(leaf)) {
                return Ok(Some(frame));
            }
        }
        Ok(None)
    }

    /// True between two frames.
    pub fn is_idle(&self) -> bool {
        self.partial.is_empty() && self.string.is_none() && self.stack.is_empty()
    }

    /// Reads (a part of) a line and acts on it once it is whole.
    fn line(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, FrameError> {
        let found = memchr::memchr(b'\n', input);
        let (now, later) = input.split_at(found.map_or(input.len(), |at| at + 1));
        *input = later;
        if self.partial.len() + now.len() > LINE_MAX {
            return Err(FrameError::LineTooLong);
        }
        if self.partial.is_empty() && found.is_some() {
            return self.whole_line(now);
        }
        self.partial.extend_from_slice(now);
        if found.is_none() {
            return Ok(None);
        }
        let line = std::mem::take(&mut self.partial);
        self.whole_line(&line)
    }

    fn whole_line(&mut self, line: &[u8]) -> Result<Option<Frame>, FrameError> {
        let line = line.strip_suffix(b"\r\n").ok_or(FrameError::BadEnd)?;
        let (&tag, text) = line.split_first().ok_or(FrameError::BadEnd)?;
        let number = || integer(text).ok_or(FrameError::BadNumber);
        Ok(Some(match tag {
            b'+' => Frame::Status(text.to_vec()),
            b'-' => Frame::Error(text.to_vec()),
            b':' => Frame::Int(number()?),
            b',' => Frame::Double(text.to_vec()),
            b'(' => Frame::BigNumber(text.to_vec()),
            b'_' if text.is_empty() => Frame::Null,
            b'#' if text == b"t" => Frame::Bool(true),
            b'#' if text == b"f" => Frame::Bool(false),
            b'_' | b'#' => return Err(FrameError::BadNumber),
            b'$' if text == b"-1" => Frame::NullBulk,
            b'*' if text == b"-1" => Frame::NullArray,
            b'$' | b'=' => {
                let len = u64::try_from(number()?).map_err(|_| FrameError::BadNumber)?;
                if tag == b'=' && len < 4 {
                    return Err(FrameError::BadNumber);
                }
                self.string = Some((tag, len + 2));
                return Ok(None);
            }
            b'*' => return self.open(Kind::Array, number()?),
            b'~' => return self.open(Kind::Set, number()?),
            b'>' => return self.open(Kind::Push, number()?),
            b'%' => return self.open(Kind::Map, number()?),
            b'|' => return self.open(Kind::Attribute, number()?),
            _ => return Err(FrameError::UnknownType(tag)),
        }))
    }

    fn open(&mut self, kind: Kind, count: i64) -> Result<Option<Frame>, FrameError> {
        let count = u64::try_from(count).map_err(|_| FrameError::BadNumber)?;
        let missing = count.checked_mul(kind.width()).ok_or(FrameError::BadNumber)?;
        if missing == 0 {
            return Ok(Some(kind.frame(Vec::new())));
        }
        if self.stack.len() == DEPTH_MAX {
            return Err(FrameError::TooDeep);
        }
        self.stack.push(Open { kind, missing, items: Vec::new() });
        Ok(None)
    }

    /// Reads (a part of) a string of `whole` bytes, CR LF included.
    fn string(
        &mut self,
        input: &mut &[u8],
        tag: u8,
        whole: u64,
    ) -> Result<Option<Frame>, FrameError> {
        let missing = whole - self.partial.len() as u64;
        let taken = input.len().min(usize::try_from(missing).unwrap_or(usize::MAX));
        let (now, later) = input.split_at(taken);
        *input = later;
        if self.partial.is_empty() {
            self.partial.reserve_exact(RESERVE_MAX.min(whole as usize).max(taken));
        }
        self.partial.extend_from_slice(now);
        if (taken as u64) < missing {
            return Ok(None);
        }
        self.string = None;
        let mut text = std::mem::take(&mut self.partial);
        if !text.ends_with(b"\r\n") {
            return Err(FrameError::BadEnd);
        }
        text.truncate(text.len() - 2);
        if tag == b'$' {
            return Ok(Some(Frame::Bulk(text)));
        }
        match *text {
            [a, b, c, b':', ref rest @ ..] => Ok(Some(Frame::Verbatim([a, b, c], rest.to_vec()))),
            _ => Err(FrameError::BadEnd),
        }
    }

    /// Puts a frame into the aggregate that waits for it, and so on upwards; returns a whole reply.
    fn close(&mut self, mut frame: Frame) -> Option<Frame> {
        while let Some(open) = self.stack.last_mut() {
            open.missing -= u64::from(!matches!(frame, Frame::Attribute(_)));
            open.items.push(frame);
            if open.missing > 0 {
                return None;
            }
            let open = self.stack.pop()?;
            frame = open.kind.frame(open.items);
        }
        Some(frame)
    }
}

impl Frame {
    /// Decodes bytes that are one whole frame.
    ///
    /// # Errors
    /// [`FrameError`]; `BadEnd` if bytes are missing or left.
    pub fn decode(mut bytes: &[u8]) -> Result<Self, FrameError> {
        let frame = Decoder::default().next(&mut bytes)?;
        frame.filter(|_| bytes.is_empty()).ok_or(FrameError::BadEnd)
    }

    /// Appends the frame's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let mut line = |tag: u8, text: &[u8]| {
            out.push(tag);
            out.extend_from_slice(text);
            out.extend_from_slice(b"\r\n");
        };
        match self {
            Self::Status(text) => line(b'+', text),
            Self::Error(text) => line(b'-', text),
            Self::Double(text) => line(b',', text),
            Self::BigNumber(text) => line(b'(', text),
            Self::NullBulk => line(b'$', b"-1"),
            Self::NullArray => line(b'*', b"-1"),
            Self::Null => line(b'_', b""),
            Self::Bool(value) => line(b'#', if *value { b"t" } else { b"f" }),
            Self::Int(value) => write_header(out, b':', *value),
            Self::Bulk(text) => argument(out, text),
            Self::Verbatim(ext, text) => {
                write_header(out, b'=', text.len() as i64 + 4);
                out.extend_from_slice(ext);
                out.push(b':');
                out.extend_from_slice(text);
                out.extend_from_slice(b"\r\n");
            }
            Self::Array(items) => aggregate(out, b'*', Kind::Array, items),
            Self::Set(items) => aggregate(out, b'~', Kind::Set, items),
            Self::Push(items) => aggregate(out, b'>', Kind::Push, items),
            Self::Map(items) => aggregate(out, b'%', Kind::Map, items),
            Self::Attribute(items) => aggregate(out, b'|', Kind::Attribute, items),
        }
    }
}

fn aggregate(out: &mut Vec<u8>, tag: u8, kind: Kind, items: &[Frame]) {
    let counted = items.iter().filter(|item| !matches!(item, Frame::Attribute(_))).count() as u64;
    write_header(out, tag, (counted / kind.width()) as i64);
    for item in items {
        item.encode(out);
    }
}

/// Appends a command as it goes to the log and to replicas.
pub fn command<A: AsRef<[u8]>>(out: &mut Vec<u8>, args: &[A]) {
    command_header(out, args.len());
    for arg in args {
        argument(out, arg.as_ref());
    }
}

/// Appends a command of a turn, as it came but with canonical framing.
pub fn command_of(out: &mut Vec<u8>, turn: &Turn, args: &[ArgRef]) {
    command_header(out, args.len());
    for arg in args {
        argument(out, turn.bytes(*arg));
    }
}

/// Appends the header of a command whose `count` arguments follow.
pub fn command_header(out: &mut Vec<u8>, count: usize) {
    write_header(out, b'*', count as i64);
}

/// Appends an argument of a command.
pub fn argument(out: &mut Vec<u8>, arg: &[u8]) {
    out.reserve(arg.len() + 32);
    write_header(out, b'$', arg.len() as i64);
    out.extend_from_slice(arg);
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests;
