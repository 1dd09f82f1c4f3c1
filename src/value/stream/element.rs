//! Fields and values of entries as packed bytes, and the sizes that Redis's listpack would give
//! them.
//!
//! ```text
//! 00-7f          the integer 0 to 127
//! 80-bf          a text of 0 to 63 bytes, which follow
//! c0-df, byte    a text of up to 8191 bytes: 13 bits of length, high ones first, then the text
//! e1-e8          an integer in 1 to 8 bytes, little endian, signed
//! f0, 4 bytes    a longer text: length, little endian, then the text
//! ```
//! Holds: a text that is an integer as Redis prints it is stored as an integer, and only such.

use crate::base::num::parse_i64;

/// A field or a value where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element<'a> {
    /// A text that is an integer.
    Int(i64),
    /// Another text.
    Text(&'a [u8]),
}

impl<'a> Element<'a> {
    /// The form in which `text` is stored.
    #[inline]
    pub fn of(text: &'a [u8]) -> Element<'a> {
        // The longest integer is 20 bytes.
        if text.len() <= 20
            && let Some(n) = parse_i64(text)
        {
            return Element::Int(n);
        }
        Element::Text(text)
    }

    /// The text; `scratch` receives an integer's digits.
    pub fn text<'b>(self, scratch: &'b mut itoa::Buffer) -> &'b [u8]
    where
        'a: 'b,
    {
        match self {
            Element::Int(n) => scratch.format(n).as_bytes(),
            Element::Text(text) => text,
        }
    }

    /// Appends it.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        match self {
            Element::Int(n @ 0..=127) => out.push(n as u8),
            Element::Int(n) => {
                let width = int_width(n);
                out.push(0xe0 | width as u8);
                out.extend_from_slice(&n.to_le_bytes()[..width]);
            }
            Element::Text(text) => {
                let len = text.len();
                if len < 64 {
                    out.push(0x80 | len as u8);
                } else if len < 8192 {
                    out.extend_from_slice(&[0xc0 | (len >> 8) as u8, len as u8]);
                } else {
                    out.push(0xf0);
                    out.extend_from_slice(&(len as u32).to_le_bytes());
                }
                out.extend_from_slice(text);
            }
        }
    }

    /// Upper bound of what [`Element::write`] appends.
    pub(super) fn bytes_max(self) -> usize {
        match self {
            Element::Int(_) => 9,
            Element::Text(text) => 5 + text.len(),
        }
    }

    /// Reads the element at the start of `bytes` and moves past it.
    #[inline]
    pub(super) fn read(bytes: &mut &'a [u8]) -> Element<'a> {
        let tag = bytes[0];
        let (skip, len) = match tag {
            0..=0x7f => {
                *bytes = &bytes[1..];
                return Element::Int(i64::from(tag));
            }
            0x80..=0xbf => (1, usize::from(tag & 0x3f)),
            0xc0..=0xdf => (2, usize::from(tag & 0x1f) << 8 | usize::from(bytes[1])),
            0xf0 => {
                let len = bytes[1..5].try_into().expect("four bytes of length follow");
                (5, u32::from_le_bytes(len) as usize)
            }
            _ => {
                let width = usize::from(tag & 0x0f);
                let mut wide = [0; 8];
                wide[8 - width..].copy_from_slice(&bytes[1..=width]);
                *bytes = &bytes[1 + width..];
                return Element::Int(i64::from_le_bytes(wide) >> (64 - 8 * width));
            }
        };
        let text = &bytes[skip..skip + len];
        *bytes = &bytes[skip + len..];
        Element::Text(text)
    }

    /// Bytes that it takes in a listpack.
    pub(super) fn listpack_bytes(self) -> usize {
        match self {
            Element::Int(n) => listpack_int(n),
            Element::Text(text) => {
                let header = match text.len() {
                    0..64 => 1,
                    64..4096 => 2,
                    _ => 5,
                };
                with_back_length(header + text.len())
            }
        }
    }
}

/// How many bytes hold `n`.
fn int_width(n: i64) -> usize {
    let sign_bits = if n < 0 { n.leading_ones() } else { n.leading_zeros() };
    (65 - sign_bits as usize).div_ceil(8)
}

/// Bytes that an integer takes in a listpack.
pub(super) fn listpack_int(n: i64) -> usize {
    1 + match n {
        0..=127 => 1,
        -4096..=4095 => 2,
        -0x8000..=0x7fff => 3,
        -0x80_0000..=0x7f_ffff => 4,
        -0x8000_0000..=0x7fff_ffff => 5,
        _ => 9,
    }
}

/// An element of a listpack is followed by its own length, 7 bits a byte.
fn with_back_length(len: usize) -> usize {
    len + match len {
        0..=127 => 1,
        128..16383 => 2,
        16383..2_097_151 => 3,
        2_097_151..268_435_455 => 4,
        _ => 5,
    }
}

/// Appends a number, 7 bits a byte, low ones first.
pub(super) fn write_varint(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Reads a number and moves past it.
#[inline]
pub(super) fn read_varint(bytes: &mut &[u8]) -> u64 {
    let (mut n, mut shift) = (0, 0);
    loop {
        let byte = bytes[0];
        *bytes = &bytes[1..];
        n |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return n;
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_round_trip() {
        let long = vec![b'x'; 9000];
        let mut texts: Vec<Vec<u8>> =
            [0, 1, 63, 64, 8191, 8192, 9000].iter().map(|&len| long[..len].to_vec()).collect();
        for n in [0, 1, 127, 128, -1, -128, -129, 255, 32767, 32768, -8388608, i64::MIN, i64::MAX] {
            texts.push(n.to_string().into_bytes());
        }
        for shift in 0..63 {
            texts.push((1_i64 << shift).to_string().into_bytes());
            texts.push((-1_i64 << shift).to_string().into_bytes());
        }
        texts.extend([&b"-0"[..], b"007", b"+1", b"9223372036854775808"].map(<[u8]>::to_vec));
        let mut bytes = Vec::new();
        for text in &texts {
            let before = bytes.len();
            Element::of(text).write(&mut bytes);
            assert!(bytes.len() - before <= Element::of(text).bytes_max());
        }
        let mut rest = &bytes[..];
        for text in &texts {
            let element = Element::read(&mut rest);
            assert_eq!(element.text(&mut itoa::Buffer::new()), &text[..]);
        }
        assert!(rest.is_empty());
    }

    #[test]
    fn varints_round_trip() {
        let numbers = [0, 1, 127, 128, 16383, 16384, u64::from(u32::MAX), u64::MAX];
        let mut bytes = Vec::new();
        numbers.iter().for_each(|&n| write_varint(&mut bytes, n));
        let mut rest = &bytes[..];
        assert!(numbers.iter().all(|&n| read_varint(&mut rest) == n));
        assert!(rest.is_empty());
    }
}
