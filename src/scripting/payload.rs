//! The payload of FUNCTION DUMP and RESTORE: the sources of libraries as an RDB file has them, the
//! version of that format, and a checksum.
//!
//! Holds: what is read here can come from anywhere; lengths are checked before anything is taken.
//! Cost: linear in the payload; a compressed source costs its length, which is limited.

use crate::base::digest::crc64;
use crate::base::lzf::{Compressor, decompress};
use crate::base::num::format_i64;

/// Version of the RDB format that we write; newer ones are not read.
const VERSION: u16 = 11;

/// What follows is a library.
const LIBRARY: u8 = 245;

/// What follows is a function of a version that never was released.
const OLD_FUNCTION: u8 = 246;

/// Version and checksum at the end.
const FOOTER: usize = 10;

/// Shorter strings are not compressed.
const COMPRESSED_MIN: usize = 21;

/// Longer strings are not read, nor made: the limit of arguments.
const SOURCE_MAX: u64 = 512 << 20;

/// Why a payload is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable(pub(super) &'static str);

const CUT: Unreadable = Unreadable("Failed loading library payload");

/// Writes the sources of libraries.
pub(super) fn write<'s>(sources: impl Iterator<Item = &'s [u8]>, compress: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut compressor = compress.then(Compressor::default);
    for source in sources {
        out.push(LIBRARY);
        write_string(&mut out, source, compressor.as_mut());
    }
    out.extend_from_slice(&VERSION.to_le_bytes());
    let sum = crc64(&out);
    out.extend_from_slice(&sum.to_le_bytes());
    out
}

fn write_string(out: &mut Vec<u8>, text: &[u8], compressor: Option<&mut Compressor>) {
    if let Some(compressor) = compressor.filter(|_| text.len() >= COMPRESSED_MIN) {
        let mut packed = Vec::new();
        if compressor.compress(text, &mut packed, text.len() - 4) {
            out.push(0xC3);
            write_length(out, packed.len() as u64);
            write_length(out, text.len() as u64);
            out.extend_from_slice(&packed);
            return;
        }
    }
    write_length(out, text.len() as u64);
    out.extend_from_slice(text);
}

fn write_length(out: &mut Vec<u8>, length: u64) {
    match length {
        0..0x40 => out.push(length as u8),
        0x40..0x4000 => out.extend_from_slice(&(0x4000 | length as u16).to_be_bytes()),
        0x4000..=0xFFFF_FFFF => {
            out.push(0x80);
            out.extend_from_slice(&(length as u32).to_be_bytes());
        }
        _ => {
            out.push(0x81);
            out.extend_from_slice(&length.to_be_bytes());
        }
    }
}

/// The part before the footer, if version and checksum are right.
fn body(payload: &[u8]) -> Result<&[u8], Unreadable> {
    const WRONG: Unreadable = Unreadable("DUMP payload version or checksum are wrong");
    let (body, footer) = payload.split_last_chunk::<FOOTER>().ok_or(WRONG)?;
    let version = u16::from_le_bytes([footer[0], footer[1]]);
    let sum = crc64(&payload[..payload.len() - 8]).to_le_bytes();
    if version > VERSION || footer[2..] != sum { Err(WRONG) } else { Ok(body) }
}

/// Reads the sources of libraries.
/// # Errors
/// If it is damaged, or holds something else.
pub(super) fn read(payload: &[u8]) -> Result<Vec<Vec<u8>>, Unreadable> {
    let mut rest = Reader(body(payload)?);
    let mut sources = Vec::new();
    while !rest.0.is_empty() {
        match rest.byte()? {
            LIBRARY => sources.push(rest.string()?),
            OLD_FUNCTION => return Err(Unreadable("Pre-GA function format not supported")),
            _ => return Err(Unreadable("given type is not a function")),
        }
    }
    Ok(sources)
}

/// What is not read yet.
struct Reader<'a>(&'a [u8]);

/// What stands before a string.
enum Head {
    Length(u64),
    Integer(i64),
    Packed,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: u64) -> Result<&'a [u8], Unreadable> {
        let count = usize::try_from(count).map_err(|_| CUT)?;
        let (taken, rest) = self.0.split_at_checked(count).ok_or(CUT)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(CUT)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn byte(&mut self) -> Result<u8, Unreadable> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn head(&mut self) -> Result<Head, Unreadable> {
        let first = self.byte()?;
        let low = u64::from(first & 0x3F);
        Ok(match (first >> 6, low) {
            (0, _) => Head::Length(low),
            (1, _) => Head::Length(low << 8 | u64::from(self.byte()?)),
            (2, 0) => Head::Length(u64::from(u32::from_be_bytes(self.array()?))),
            (2, 1) => Head::Length(u64::from_be_bytes(self.array()?)),
            (3, 0) => Head::Integer(i64::from(i8::from_le_bytes(self.array()?))),
            (3, 1) => Head::Integer(i64::from(i16::from_le_bytes(self.array()?))),
            (3, 2) => Head::Integer(i64::from(i32::from_le_bytes(self.array()?))),
            (3, 3) => Head::Packed,
            _ => return Err(CUT),
        })
    }

    fn length(&mut self) -> Result<u64, Unreadable> {
        match self.head()? {
            Head::Length(length) if length <= SOURCE_MAX => Ok(length),
            _ => Err(CUT),
        }
    }

    fn string(&mut self) -> Result<Vec<u8>, Unreadable> {
        match self.head()? {
            Head::Length(length) => self.take(length).map(<[u8]>::to_vec),
            Head::Integer(number) => Ok(format_i64(number).to_vec()),
            Head::Packed => {
                let (packed, length) = (self.length()?, self.length()?);
                let packed = self.take(packed)?;
                decompress(packed, length as usize).ok_or(CUT)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let long = b"#!lua name=long\n".repeat(5000);
        let sources: Vec<&[u8]> =
            vec![b"", b"12345", b"short", &long[..60], &long[..20_000], &long];
        for compress in [false, true] {
            let payload = write(sources.iter().copied(), compress);
            assert_eq!(read(&payload).expect("readable"), sources);
        }
    }

    #[test]
    fn damage_is_noticed() {
        let payload = write([b"some text".as_slice()].into_iter(), true);
        for index in 0..payload.len() {
            let mut damaged = payload.clone();
            damaged[index] ^= 1;
            assert!(read(&damaged).is_err(), "byte {index}");
            assert!(read(&payload[..index]).is_err(), "cut at {index}");
        }
        assert_eq!(read(&payload), Ok(vec![b"some text".to_vec()]));
    }
}
