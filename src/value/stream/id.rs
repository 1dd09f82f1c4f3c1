//! IDs of stream entries: a time in milliseconds and a number within it.

use crate::base::num::parse_u64;
use crate::base::text::until_nul;

/// The longest text that is taken for an ID.
const TEXT_MAX: usize = 127;

/// The ID of a stream entry; ordered by time, then by number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamId {
    /// Milliseconds since the epoch, or whatever the client uses as such.
    pub ms: u64,
    /// Number among the entries of that millisecond.
    pub seq: u64,
}

/// An ID as it is written, on the stack.
#[derive(Clone, Copy)]
pub struct IdText {
    bytes: [u8; 41],
    len: usize,
}

/// An ID as XADD reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewId {
    /// `*`: the current time.
    Auto,
    /// `ms-*`: the next number of that millisecond.
    Time(u64),
    /// A whole ID.
    Exact(StreamId),
}

impl StreamId {
    /// `0-0`: no entry has it.
    pub const MIN: StreamId = StreamId { ms: 0, seq: 0 };
    /// The last one possible.
    pub const MAX: StreamId = StreamId { ms: u64::MAX, seq: u64::MAX };

    /// An ID.
    pub const fn new(ms: u64, seq: u64) -> StreamId {
        StreamId { ms, seq }
    }

    /// The one after it, unless it is the last.
    pub fn next(self) -> Option<StreamId> {
        match self.seq.checked_add(1) {
            Some(seq) => Some(StreamId { ms: self.ms, seq }),
            None => self.ms.checked_add(1).map(|ms| StreamId { ms, seq: 0 }),
        }
    }

    /// The one before it, unless it is the first.
    pub fn prev(self) -> Option<StreamId> {
        match self.seq.checked_sub(1) {
            Some(seq) => Some(StreamId { ms: self.ms, seq }),
            None => self.ms.checked_sub(1).map(|ms| StreamId { ms, seq: u64::MAX }),
        }
    }

    /// Reads `ms` or `ms-seq`; a missing number is `missing_seq`.
    pub fn parse(text: &[u8], missing_seq: u64) -> Option<StreamId> {
        let (ms, seq) = split(text)?;
        let seq = match seq {
            Some(seq) => parse_u64(seq)?,
            None => missing_seq,
        };
        Some(StreamId { ms: parse_u64(ms)?, seq })
    }

    /// As [`StreamId::parse`]; `-` and `+` are the first and the last ID.
    pub fn parse_bound(text: &[u8], missing_seq: u64) -> Option<StreamId> {
        match until_nul(text) {
            b"-" if text.len() <= TEXT_MAX => Some(StreamId::MIN),
            b"+" if text.len() <= TEXT_MAX => Some(StreamId::MAX),
            _ => StreamId::parse(text, missing_seq),
        }
    }

    /// The 16 bytes under which the ID is ordered as it should.
    pub fn to_key(self) -> [u8; 16] {
        (u128::from(self.ms) << 64 | u128::from(self.seq)).to_be_bytes()
    }

    /// The text.
    pub fn text(self) -> IdText {
        let mut text = IdText { bytes: [0; 41], len: 0 };
        text.push(itoa::Buffer::new().format(self.ms).as_bytes());
        text.push(b"-");
        text.push(itoa::Buffer::new().format(self.seq).as_bytes());
        text
    }
}

impl NewId {
    /// Reads what XADD takes for an ID.
    pub fn parse(text: &[u8]) -> Option<NewId> {
        if until_nul(text) == b"*" {
            return Some(NewId::Auto);
        }
        match split(text)? {
            (ms, Some(b"*")) => parse_u64(ms).map(NewId::Time),
            _ => StreamId::parse(text, 0).map(NewId::Exact),
        }
    }
}

impl IdText {
    /// The bytes to send.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Two numbers of 20 digits and a dash fit.
    fn push(&mut self, part: &[u8]) {
        let end = self.len + part.len();
        self.bytes[self.len..end].copy_from_slice(part);
        self.len = end;
    }
}

/// The two parts of an ID, the second one if there is a dash.
fn split(text: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    if text.len() > TEXT_MAX {
        return None;
    }
    let text = until_nul(text);
    Some(match memchr::memchr(b'-', text) {
        Some(dash) => (&text[..dash], Some(&text[dash + 1..])),
        None => (text, None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_leniently_as_c_reads_numbers() {
        let id = StreamId::new;
        for (text, expected) in [
            ("5", Some(id(5, 7))),
            ("5-0", Some(id(5, 0))),
            ("007-+3", Some(id(7, 3))),
            ("5--1", None),
            ("5--01", Some(id(5, u64::MAX))),
            ("18446744073709551615-18446744073709551615", Some(StreamId::MAX)),
            ("18446744073709551616", None),
            ("5-", None),
            ("-5", None),
            ("-", None),
            ("+", None),
            ("5-*", None),
            ("5\0x", Some(id(5, 7))),
            ("", None),
        ] {
            assert_eq!(StreamId::parse(text.as_bytes(), 7), expected, "{text:?}");
        }
        assert_eq!(StreamId::parse(&[b'0'; 128], 7), None);
        assert_eq!(StreamId::parse(&[b'0'; 127], 7), Some(id(0, 7)));
        assert_eq!(StreamId::parse_bound(b"+", 7), Some(StreamId::MAX));
        assert_eq!(StreamId::parse_bound(b"-", 7), Some(StreamId::MIN));
    }

    #[test]
    fn new_ids_may_leave_parts_open() {
        assert_eq!(NewId::parse(b"*"), Some(NewId::Auto));
        assert_eq!(NewId::parse(b"9-*"), Some(NewId::Time(9)));
        assert_eq!(NewId::parse(b"9"), Some(NewId::Exact(StreamId::new(9, 0))));
        assert_eq!(NewId::parse(b"-*"), None);
        assert_eq!(NewId::parse(b"+"), None);
    }

    #[test]
    fn neighbours_carry_over_and_end_at_the_ends() {
        assert_eq!(StreamId::new(1, u64::MAX).next(), Some(StreamId::new(2, 0)));
        assert_eq!(StreamId::new(2, 0).prev(), Some(StreamId::new(1, u64::MAX)));
        assert_eq!(StreamId::MAX.next(), None);
        assert_eq!(StreamId::MIN.prev(), None);
        assert_eq!(StreamId::MAX.text().as_bytes().len(), 41);
    }
}
