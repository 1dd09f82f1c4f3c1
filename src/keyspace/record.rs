//! The payload of a key's record in the table: header, expiry if any, and the value if it is small.
//!
//! ```text
//! byte 0      flags: bits 0-1 form (0 bytes, 1 integer, 2 object), bit 2 has expiry,
//!             bit 3 raw encoding, bit 4 unshared integer
//! bytes 1-3   access clock (LRU seconds, or LFU minutes and counter), little endian
//! [8 bytes]   expiry in milliseconds since the epoch, little endian, if flagged
//! rest        the string, or the integer in 1, 2, 4 or 8 bytes; nothing for an object
//! ```
//! Holds: an object's record has the table's object beside it; the other forms never have.

use bytes::Bytes;

use crate::base::time::Millis;
use crate::data::table::Entry;
use crate::value::{Kind, Value};

/// Strings up to this length live in the record. Longer ones are an allocation of their own, which
/// frozen views and replies share. Larger would make the copy of a segment after a freeze longer.
pub const INLINE_MAX: usize = 192;

/// Strings up to this length are stored by SET as `embstr`, longer ones as `raw`.
pub const EMBSTR_MAX: usize = 44;

const FORM: u8 = 0b11;
const FORM_BYTES: u8 = 0;
const FORM_INT: u8 = 1;
const FORM_OBJECT: u8 = 2;
const HAS_EXPIRY: u8 = 1 << 2;
const RAW: u8 = 1 << 3;
/// An integer that a copy made: Redis does not share it with others of its value.
const UNSHARED: u8 = 1 << 4;

/// The length of the header without an expiry.
const FIXED: usize = 4;

/// How a string is stored, as OBJECT ENCODING shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StrEncoding {
    /// A 64-bit integer.
    Int,
    /// A short string that was set whole.
    Embstr,
    /// A long string, or one that was changed in place.
    Raw,
}

impl StrEncoding {
    /// The name in replies.
    pub fn name(self) -> &'static str {
        match self {
            StrEncoding::Int => "int",
            StrEncoding::Embstr => "embstr",
            StrEncoding::Raw => "raw",
        }
    }
}

/// A string value where it lies.
#[derive(Clone, Copy, Debug)]
pub enum Str<'a> {
    /// Stored as an integer.
    Int(i64),
    /// Stored in the record.
    Inline(&'a [u8]),
    /// Stored as an allocation that can be shared.
    Shared(&'a Bytes),
}

impl<'a> Str<'a> {
    /// The text; `scratch` receives an integer's digits.
    pub fn text<'b>(self, scratch: &'b mut itoa::Buffer) -> &'b [u8]
    where
        'a: 'b,
    {
        match self {
            Str::Int(n) => scratch.format(n).as_bytes(),
            Str::Inline(b) => b,
            Str::Shared(b) => b,
        }
    }

    /// Length of the text in bytes.
    pub fn len(self) -> usize {
        match self {
            Str::Int(n) => itoa::Buffer::new().format(n).len(),
            Str::Inline(b) => b.len(),
            Str::Shared(b) => b.len(),
        }
    }

    /// True for the empty string.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The text, to be kept while the keyspace is used: a large one is shared, not copied.
    pub fn to_bytes(self) -> Bytes {
        match self {
            Str::Shared(bytes) => bytes.clone(),
            small => Bytes::copy_from_slice(small.text(&mut itoa::Buffer::new())),
        }
    }
}

/// The header of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    flags: u8,
    /// The access clock, 24 bits.
    pub access: u32,
    /// When the key expires.
    pub expiry: Option<Millis>,
}

/// A header as bytes, on the stack.
pub struct HeaderBytes {
    bytes: [u8; FIXED + 8],
    len: usize,
}

impl HeaderBytes {
    /// The bytes to store.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Header {
    /// Header of an integer.
    pub fn int(access: u32, expiry: Option<Millis>) -> Header {
        Header { flags: FORM_INT, access, expiry }
    }

    /// Header of a string in the record.
    pub fn inline(raw: bool, access: u32, expiry: Option<Millis>) -> Header {
        Header { flags: FORM_BYTES | if raw { RAW } else { 0 }, access, expiry }
    }

    /// Header of an object.
    pub fn object(access: u32, expiry: Option<Millis>) -> Header {
        Header { flags: FORM_OBJECT, access, expiry }
    }

    /// The same with another expiry.
    pub fn with_expiry(self, expiry: Option<Millis>) -> Header {
        Header { expiry, ..self }
    }

    /// The stored form.
    pub fn encode(self) -> HeaderBytes {
        let mut bytes = [0; FIXED + 8];
        bytes[0] = self.flags | if self.expiry.is_some() { HAS_EXPIRY } else { 0 };
        bytes[1..FIXED].copy_from_slice(&self.access.to_le_bytes()[..3]);
        let mut len = FIXED;
        if let Some(at) = self.expiry {
            bytes[FIXED..].copy_from_slice(&at.to_le_bytes());
            len += 8;
        }
        HeaderBytes { bytes, len }
    }

    /// Reads the header of a stored payload.
    #[inline]
    pub fn decode(payload: &[u8]) -> Header {
        let flags = payload[0];
        let access = u32::from_le_bytes([payload[1], payload[2], payload[3], 0]);
        Header { flags: flags & !HAS_EXPIRY, access, expiry: expiry_of(payload) }
    }

    /// Where the value begins in a payload with this header.
    pub fn len(self) -> usize {
        if self.expiry.is_some() { FIXED + 8 } else { FIXED }
    }

    /// Always false: a header has at least its fixed part.
    pub fn is_empty(self) -> bool {
        false
    }
}

/// When the key of this payload expires.
#[inline]
pub fn expiry_of(payload: &[u8]) -> Option<Millis> {
    if payload[0] & HAS_EXPIRY == 0 {
        return None;
    }
    let bytes = payload[FIXED..FIXED + 8].try_into().expect("a flagged expiry is 8 bytes");
    Some(Millis::from_le_bytes(bytes))
}

/// The access clock of this payload.
#[inline]
pub fn access_of(payload: &[u8]) -> u32 {
    u32::from_le_bytes([payload[1], payload[2], payload[3], 0])
}

/// Overwrites the access clock in a stored payload.
#[inline]
pub fn set_access(payload: &mut [u8], access: u32) {
    payload[1..FIXED].copy_from_slice(&access.to_le_bytes()[..3]);
}

/// Marks an integer in a payload as a copy of its own, or (false) as one that may be shared again.
pub fn mark_unshared(payload: &mut [u8], unshared: bool) {
    if unshared && payload[0] & FORM == FORM_INT {
        payload[0] |= UNSHARED;
    } else {
        payload[0] &= !UNSHARED;
    }
}

/// Marks the string in a stored payload as changed in place.
#[inline]
pub fn mark_raw(payload: &mut [u8]) {
    payload[0] |= RAW;
}

/// An integer in as few of 1, 2, 4 or 8 bytes as hold it.
pub struct IntBytes {
    bytes: [u8; 8],
    len: usize,
}

impl IntBytes {
    /// Encodes.
    pub fn new(n: i64) -> IntBytes {
        let len = if i64::from(n as i8) == n {
            1
        } else if i64::from(n as i16) == n {
            2
        } else if i64::from(n as i32) == n {
            4
        } else {
            8
        };
        IntBytes { bytes: n.to_le_bytes(), len }
    }

    /// The bytes to store.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

fn decode_int(bytes: &[u8]) -> i64 {
    match *bytes {
        [a] => i64::from(a as i8),
        [a, b] => i64::from(i16::from_le_bytes([a, b])),
        [a, b, c, d] => i64::from(i32::from_le_bytes([a, b, c, d])),
        _ => i64::from_le_bytes(bytes.try_into().expect("a stored integer is 1, 2, 4 or 8 bytes")),
    }
}

/// A key and its value where they lie.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    entry: Entry<'a, Value>,
}

impl<'a> Record<'a> {
    /// The record of a table entry.
    pub fn new(entry: Entry<'a, Value>) -> Record<'a> {
        Record { entry }
    }

    /// The key.
    pub fn key(self) -> &'a [u8] {
        self.entry.key()
    }

    /// The header.
    pub fn header(self) -> Header {
        Header::decode(self.entry.payload())
    }

    /// When the key expires.
    #[inline]
    pub fn expiry(self) -> Option<Millis> {
        expiry_of(self.entry.payload())
    }

    /// The access clock.
    #[inline]
    pub fn access(self) -> u32 {
        access_of(self.entry.payload())
    }

    /// True for an integer that a copy made.
    pub fn is_unshared(self) -> bool {
        self.entry.payload()[0] & UNSHARED != 0
    }

    /// Which kind of value it holds.
    pub fn kind(self) -> Kind {
        match self.entry.object() {
            Some(value) => value.kind(),
            None => Kind::String,
        }
    }

    /// The value if it is not in the record.
    pub fn object(self) -> Option<&'a Value> {
        self.entry.object()
    }

    /// The string, or `None` if the key holds another kind.
    #[inline]
    pub fn string(self) -> Option<Str<'a>> {
        let payload = self.entry.payload();
        let at = if payload[0] & HAS_EXPIRY == 0 { FIXED } else { FIXED + 8 };
        match payload[0] & FORM {
            FORM_BYTES => Some(Str::Inline(&payload[at..])),
            FORM_INT => Some(Str::Int(decode_int(&payload[at..]))),
            _ => match self.entry.object() {
                Some(Value::Str(bytes)) => Some(Str::Shared(bytes)),
                #[allow(unreachable_patterns)]
                _ => None,
            },
        }
    }

    /// How a string is stored, or `None` if the key holds another kind.
    pub fn str_encoding(self) -> Option<StrEncoding> {
        let flags = self.entry.payload()[0];
        Some(match self.string()? {
            Str::Int(_) => StrEncoding::Int,
            Str::Inline(b) if flags & RAW == 0 && b.len() <= EMBSTR_MAX => StrEncoding::Embstr,
            Str::Inline(_) | Str::Shared(_) => StrEncoding::Raw,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_round_trip_in_the_fewest_bytes() {
        for (n, len) in [
            (0, 1),
            (127, 1),
            (-128, 1),
            (128, 2),
            (-32768, 2),
            (32768, 4),
            (i64::from(i32::MIN), 4),
            (1 << 31, 8),
            (i64::MIN, 8),
            (i64::MAX, 8),
        ] {
            let bytes = IntBytes::new(n);
            assert_eq!(bytes.as_slice().len(), len, "{n}");
            assert_eq!(decode_int(bytes.as_slice()), n);
        }
    }

    #[test]
    fn headers_round_trip() {
        for expiry in [None, Some(0), Some(i64::MAX), Some(-1)] {
            for header in [
                Header::int(0xff_ffff, expiry),
                Header::inline(true, 1, expiry),
                Header::object(0, expiry),
            ] {
                let bytes = header.encode();
                assert_eq!(Header::decode(bytes.as_slice()), header);
                assert_eq!(bytes.as_slice().len(), header.len());
            }
        }
    }
}
