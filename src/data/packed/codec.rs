//! The bytes of one element.
//!
//! ```text
//! 0xxxxxxx                          integer 0 to 127, all of the element
//! 10llllll bytes                    string of up to 63 bytes
//! 1100llll llllllll bytes           string of up to 4095 bytes
//! 11010000 length:32 LE bytes       longer string
//! 11100nnn n bytes LE               integer of n bytes, 1 to 7; 0 stands for 8
//! 1111xxxx xxxxxxxx                 integer 128 to 4223
//! ```
//! An element has one form only, so equal elements are equal bytes. No form is the beginning of
//! another. In a run with lengths every element but those of the first form is followed by its own,
//! to be read backwards: `1lllllll` up to 125, else 16 bits and 0xfe, or 32 bits and 0xff.

use smallvec::SmallVec;

use super::Item;

const SHORT: u8 = 0x80;
const MIDDLE: u8 = 0xc0;
const LONG: u8 = 0xd0;
const INT: u8 = 0xe0;
const SMALL_INT: u8 = 0xf0;

const SHORT_MAX: usize = 63;
const MIDDLE_MAX: usize = 4095;
const TINY_INT_MAX: i64 = 127;
const SMALL_INT_MAX: i64 = TINY_INT_MAX + 4096;

const BACK_SHORT_MAX: usize = 125;
const BACK_16: u8 = 0xfe;
const BACK_32: u8 = 0xff;

/// Encoded elements.
pub(super) type Encoded = SmallVec<[u8; 128]>;

/// A few bytes at most, most often one.
#[derive(Clone, Copy)]
struct Few<const MAX: usize> {
    bytes: [u8; MAX],
    len: usize,
}

impl<const MAX: usize> Few<MAX> {
    /// The bytes of two parts in a row.
    #[inline]
    fn new(first: &[u8], rest: &[u8]) -> Self {
        let mut bytes = [0; MAX];
        bytes[..first.len()].copy_from_slice(first);
        bytes[first.len()..][..rest.len()].copy_from_slice(rest);
        Self { bytes, len: first.len() + rest.len() }
    }

    #[inline]
    fn one(byte: u8) -> Self {
        let mut bytes = [0; MAX];
        bytes[0] = byte;
        Self { bytes, len: 1 }
    }

    #[inline]
    fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Writes them to the front and gives the rest.
    #[inline]
    fn write<'a>(&self, to: &'a mut [u8]) -> &'a mut [u8] {
        let (mine, rest) = to.split_at_mut(self.len);
        match mine {
            [one] => *one = self.bytes[0],
            many => many.copy_from_slice(self.as_slice()),
        }
        rest
    }
}

/// An element as it is going to stand in a run: what comes before a text or is an integer, the
/// text, the length behind.
#[derive(Clone, Copy)]
pub(super) struct Encoding<'a> {
    head: Few<9>,
    text: &'a [u8],
    back: Few<5>,
}

impl<'a> Encoding<'a> {
    /// The one form that an element has.
    #[inline]
    pub(super) fn new(item: Item<'a>, lengths: bool) -> Self {
        let (head, text) = match item {
            Item::Int(n) => (int_head(n), &[][..]),
            Item::Text(text) => (text_head(text.len()), text),
        };
        let len = head.len + text.len();
        let back = match len {
            _ if !lengths || head.bytes[0] < SHORT => Few { bytes: [0; 5], len: 0 },
            0..=BACK_SHORT_MAX => Few::one(SHORT | len as u8),
            _ => match u16::try_from(len) {
                Ok(len) => Few::new(&len.to_le_bytes(), &[BACK_16]),
                Err(_) => Few::new(&(len as u32).to_le_bytes(), &[BACK_32]),
            },
        };
        Self { head, text, back }
    }

    /// Bytes of it but for the length behind.
    #[inline]
    pub(super) fn len_in_front(&self) -> usize {
        self.head.len + self.text.len()
    }

    /// Bytes in a run.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.head.len + self.text.len() + self.back.len
    }

    /// Writes it to the front, and gives the rest.
    #[inline]
    pub(super) fn write<'b>(&self, to: &'b mut [u8]) -> &'b mut [u8] {
        let (text, rest) = self.head.write(to).split_at_mut(self.text.len());
        text.copy_from_slice(self.text);
        self.back.write(rest)
    }

    /// Appends it.
    pub(super) fn push(&self, out: &mut Encoded) {
        for part in [self.head.as_slice(), self.text, self.back.as_slice()] {
            out.extend_from_slice(part);
        }
    }
}

#[inline]
fn int_head(n: i64) -> Few<9> {
    match n {
        0..=TINY_INT_MAX => Few::one(n as u8),
        128..=SMALL_INT_MAX => {
            let bits = (n - TINY_INT_MAX - 1) as u16;
            Few::new(&[SMALL_INT | (bits >> 8) as u8], &[bits as u8])
        }
        _ => {
            let spare = if n < 0 { n.leading_ones() } else { n.leading_zeros() };
            let len = (65 - spare as usize).div_ceil(8);
            Few::new(&[INT | (len & 7) as u8], &n.to_le_bytes()[..len])
        }
    }
}

#[inline]
fn text_head(len: usize) -> Few<9> {
    match len {
        0..=SHORT_MAX => Few::one(SHORT | len as u8),
        _ if len <= MIDDLE_MAX => Few::new(&[MIDDLE | (len >> 8) as u8], &[len as u8]),
        _ => {
            let len = u32::try_from(len).expect("callers keep far below 4 GiB");
            Few::new(&[LONG], &len.to_le_bytes())
        }
    }
}

/// How many bytes stand behind the element that begins with `head` and has `len` bytes.
#[inline]
fn back_length(head: u8, len: usize) -> usize {
    match len {
        _ if head < SHORT => 0,
        _ if len <= BACK_SHORT_MAX => 1,
        0..=0xffff => 3,
        _ => 5,
    }
}

/// Where the content of the element at `at` begins, and where it ends.
#[inline]
fn body(bytes: &[u8], at: usize) -> (usize, usize) {
    let head = bytes[at];
    match head {
        0..SHORT => (at, at + 1),
        SHORT..MIDDLE => (at + 1, at + 1 + usize::from(head & 0x3f)),
        MIDDLE..LONG => {
            let len = usize::from(head & 0xf) << 8 | usize::from(bytes[at + 1]);
            (at + 2, at + 2 + len)
        }
        LONG..INT => {
            let len = bytes[at + 1..at + 5].try_into().expect("four bytes were asked for");
            (at + 5, at + 5 + u32::from_le_bytes(len) as usize)
        }
        INT..SMALL_INT => (at + 1, at + 1 + int_len(head)),
        SMALL_INT.. => (at + 1, at + 2),
    }
}

fn int_len(head: u8) -> usize {
    match usize::from(head & 7) {
        0 => 8,
        len => len,
    }
}

/// Where the element after the one at `at` begins.
#[inline]
pub(super) fn next(bytes: &[u8], at: usize, lengths: bool) -> usize {
    let (_, end) = body(bytes, at);
    if lengths { end + back_length(bytes[at], end - at) } else { end }
}

/// The element at `at`, and where the next one begins.
#[inline]
pub(super) fn read(bytes: &[u8], at: usize, lengths: bool) -> (Item<'_>, usize) {
    let (start, end) = body(bytes, at);
    let head = bytes[at];
    let item = match head {
        0..SHORT => Item::Int(i64::from(head)),
        SHORT..INT => Item::Text(&bytes[start..end]),
        INT..SMALL_INT => {
            let mut n = [if bytes[end - 1] < 0x80 { 0 } else { 0xff }; 8];
            n[..end - start].copy_from_slice(&bytes[start..end]);
            Item::Int(i64::from_le_bytes(n))
        }
        SMALL_INT.. => {
            let bits = u16::from(head & 0xf) << 8 | u16::from(bytes[start]);
            Item::Int(i64::from(bits) + TINY_INT_MAX + 1)
        }
    };
    (item, if lengths { end + back_length(head, end - at) } else { end })
}

/// Number of elements, if the bytes are nothing but whole ones in their one form.
pub(super) fn count(bytes: &[u8], lengths: bool) -> Option<u32> {
    let (mut at, mut count) = (0, 0);
    while at < bytes.len() {
        at = check(bytes, at, lengths)?;
        count += 1;
    }
    Some(count)
}

/// Where the element after the one at `at` begins, if a whole element lies there in its one form.
fn check(bytes: &[u8], at: usize, lengths: bool) -> Option<usize> {
    let fixed = match *bytes.get(at)? {
        0..MIDDLE => 1,
        MIDDLE..LONG => 2,
        LONG..INT => 5,
        head @ INT..SMALL_INT => 1 + int_len(head),
        SMALL_INT.. => 2,
    };
    bytes.get(at..at + fixed)?;
    let (_, end) = body(bytes, at);
    bytes.get(at..end)?;
    let (item, next) = read(bytes, at, lengths);
    if let Item::Text(text) = item
        && Item::new(text) != item
    {
        return None;
    }
    let mut same = Encoded::new();
    Encoding::new(item, lengths).push(&mut same);
    (bytes.get(at..next)? == &same[..]).then_some(next)
}

/// Where the element before the one at `at`, which is not the first, begins in a run with lengths.
#[inline]
pub(super) fn previous(bytes: &[u8], at: usize) -> usize {
    match bytes[at - 1] {
        0..SHORT => at - 1,
        BACK_16 => at - 3 - usize::from(u16::from_le_bytes([bytes[at - 3], bytes[at - 2]])),
        BACK_32 => {
            let len = bytes[at - 5..at - 1].try_into().expect("four bytes were asked for");
            at - 5 - u32::from_le_bytes(len) as usize
        }
        len => at - 1 - usize::from(len & 0x7f),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(item: Item<'_>, lengths: bool) -> Encoded {
        let (encoding, mut out) = (Encoding::new(item, lengths), Encoded::new());
        encoding.push(&mut out);
        let mut written = vec![0xee; encoding.len() + 1];
        assert_eq!(encoding.write(&mut written), [0xee]);
        assert_eq!(written[..encoding.len()], out[..]);
        out
    }

    #[test]
    fn every_integer_reads_back_from_the_fewest_bytes() {
        for (n, len) in [
            (0, 1),
            (127, 1),
            (128, 2),
            (4223, 2),
            (4224, 3),
            (-1, 2),
            (-128, 2),
            (-129, 3),
            (32767, 3),
            (32768, 4),
            (-(1 << 23), 4),
            (1 << 31, 6),
            ((1 << 47) - 1, 7),
            (i64::MAX >> 8, 8),
            (i64::MAX, 9),
            (i64::MIN, 9),
        ] {
            let bytes = encoded(Item::Int(n), false);
            assert_eq!(bytes.len(), len, "{n}");
            assert_eq!(read(&bytes, 0, false), (Item::Int(n), len));
        }
    }

    #[test]
    fn every_length_of_text_reads_back_in_both_directions() {
        for len in [0, 1, 63, 64, 123, 124, 125, 126, 4095, 4096, 65_530, 65_531, 70_000] {
            let text = vec![b'x'; len];
            let bytes = encoded(Item::Text(&text), false);
            assert_eq!(read(&bytes, 0, false), (Item::Text(&text), bytes.len()));
            let bytes = encoded(Item::Text(&text), true);
            assert_eq!(read(&bytes, 0, true), (Item::Text(&text), bytes.len()));
            assert_eq!(next(&bytes, 0, true), bytes.len());
            assert_eq!(previous(&bytes, bytes.len()), 0);
        }
    }
}
