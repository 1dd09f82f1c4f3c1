//! Digests that Redis shows to its clients: SHA-1 names of scripts, CRC-16 slots of keys.

use sha1::{Digest, Sha1};

use super::text::HEX_DIGITS;

/// How many hash slots a cluster has.
pub const SLOT_COUNT: u16 = 16_384;

/// The SHA-1 of `data` in lower-case hexadecimal.
pub fn sha1_hex(data: &[u8]) -> [u8; 40] {
    let mut hex = [0; 40];
    for (pair, byte) in hex.chunks_exact_mut(2).zip(Sha1::digest(data)) {
        pair[0] = HEX_DIGITS[usize::from(byte >> 4)];
        pair[1] = HEX_DIGITS[usize::from(byte & 15)];
    }
    hex
}

/// CRC-16/XMODEM: polynomial 0x1021, initial value 0, nothing reflected.
pub fn crc16(data: &[u8]) -> u16 {
    data.iter().fold(0, |crc, byte| crc << 8 ^ CRC16_TABLE[usize::from((crc >> 8) as u8 ^ byte)])
}

/// CRC-64 of Jones: polynomial 0xad93d23594c935a9, initial value 0, both ends reflected.
///
/// Cost: a byte at a time, about 3 ns each: for what is small.
pub fn crc64(data: &[u8]) -> u64 {
    data.iter().fold(0, |crc, byte| crc >> 8 ^ CRC64_TABLE[usize::from(crc as u8 ^ byte)])
}

/// The hash slot of a key: of the part in its first braces, if that is not empty, else of all of
/// it.
pub fn key_slot(key: &[u8]) -> u16 {
    crc16(hash_tag(key)) & (SLOT_COUNT - 1)
}

fn hash_tag(key: &[u8]) -> &[u8] {
    memchr::memchr(b'{', key)
        .map(|open| &key[open + 1..])
        .and_then(|rest| memchr::memchr(b'}', rest).map(|close| &rest[..close]))
        .filter(|tag| !tag.is_empty())
        .unwrap_or(key)
}

static CRC64_TABLE: [u64; 256] = {
    const POLYNOMIAL: u64 = 0xad93_d235_94c9_35a9_u64.reverse_bits();
    let mut table = [0; 256];
    let mut index = 0;
    while index < table.len() {
        let mut crc = index as u64;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 != 0 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
};

static CRC16_TABLE: [u16; 256] = {
    const POLYNOMIAL: u16 = 0x1021;
    let mut table = [0; 256];
    let mut index = 0;
    while index < table.len() {
        let mut crc = (index as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 != 0 { crc << 1 ^ POLYNOMIAL } else { crc << 1 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_have_their_published_check_values() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(&sha1_hex(b""), b"da39a3ee5e6b4b0d3255bfef95601890afd80709");
        assert_eq!(&sha1_hex(b"return 1"), b"e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
    }

    #[test]
    fn keys_fall_into_recorded_slots() {
        let recorded: &[(&[u8], u16)] = &[
            (b"", 0),
            (b"foo", 12182),
            (b"123456789", 12739),
            (b"{user1000}.following", 3443),
            (b"{user1000}.followers", 3443),
            (b"user1000", 3443),
            (b"foo{}{bar}", 8363),
            (b"foo{{bar}}zap", 4015),
            (b"{bar", 4015),
            (b"foo{bar}{zap}", 5061),
            (b"bar", 5061),
            (b"{}", 15257),
            (b"}{a}", 15495),
            (b"a{b", 13340),
            (b"\x00\xff", 7920),
        ];
        for (key, slot) in recorded {
            assert_eq!(key_slot(key), *slot, "{key:?}");
        }
    }

    #[test]
    fn crc64_is_that_of_jones() {
        assert_eq!(crc64(b"123456789"), 0xe9c6_d914_c4b8_d9ca);
    }
}
