//! Amounts of memory as the configuration writes them.

use super::num::parse_i64;
use super::text::until_nul;

/// Longest run of digits that is read.
const DIGITS_MAX: usize = 127;

/// Reads an amount of memory: digits and a unit in any case, in bytes.
///
/// None or `b` is 1; `k`, `m`, `g` are powers of 1000; `kb`, `mb`, `gb` powers of 1024. As Redis
/// does, takes a missing number for 0, saturates digits beyond 64 bits, and lets the product wrap;
/// a NUL byte ends the text. Refused: any sign, space, point or other unit, and 128 digits or more.
pub fn parse_memory(text: &[u8]) -> Option<u64> {
    let text = until_nul(text);
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, unit) = text.split_at(digits);
    let scale: u64 = match &*unit.to_ascii_lowercase() {
        b"" | b"b" => 1,
        b"k" => 1000,
        b"kb" => 1 << 10,
        b"m" => 1000 * 1000,
        b"mb" => 1 << 20,
        b"g" => 1000 * 1000 * 1000,
        b"gb" => 1 << 30,
        _ => return None,
    };
    if digits > DIGITS_MAX {
        return None;
    }
    let number = number.iter().fold(0u64, |sum, byte| {
        sum.checked_mul(10)
            .and_then(|sum| sum.checked_add(u64::from(byte - b'0')))
            .unwrap_or(u64::MAX)
    });
    Some(number.wrapping_mul(scale))
}

/// Reads what `maxmemory-clients` takes: an amount of memory, or a percentage as a negative number.
///
/// `5%` is -5. An amount of 2^63 bytes and more comes out negative as well, as it does in Redis,
/// and is then held against the limit for percentages.
pub fn parse_memory_or_percent(text: &[u8]) -> Option<i64> {
    if let Some(bytes) = parse_memory(text) {
        return Some(bytes as i64);
    }
    let percent = parse_i64(text.strip_suffix(b"%")?)?;
    (percent >= 0).then_some(-percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_recorded() {
        let recorded: &[(&[u8], Option<u64>)] = &[
            (b"0", Some(0)),
            (b"", Some(0)),
            (b"kb", Some(0)),
            (b"100", Some(100)),
            (b"007b", Some(7)),
            (b"1k", Some(1000)),
            (b"1Kb", Some(1024)),
            (b"2M", Some(2_000_000)),
            (b"2mB", Some(2 << 20)),
            (b"3G", Some(3_000_000_000)),
            (b"3gb", Some(3 << 30)),
            (b"18446744073709551615", Some(u64::MAX)),
            (b"18446744073709551616", Some(u64::MAX)),
            (b"184467440737095516150", Some(u64::MAX)),
            (b"17179869184gb", Some(0)),
            (b"99999999999999999999kb", Some(u64::MAX << 10)),
            (b"5\0x", Some(5)),
            (b"-1", None),
            (b"+1", None),
            (b" 1", None),
            (b"1 kb", None),
            (b"1.5gb", None),
            (b"1t", None),
            (b"1kbb", None),
            (b"5%", None),
        ];
        for (text, amount) in recorded {
            assert_eq!(parse_memory(text), *amount, "{text:?}");
        }
        assert_eq!(parse_memory(&[b'0'; 127]), Some(0));
        assert_eq!(parse_memory(&[b'0'; 128]), None);
    }

    #[test]
    fn percentages_are_negative_amounts() {
        assert_eq!(parse_memory_or_percent(b"5%"), Some(-5));
        assert_eq!(parse_memory_or_percent(b"0%"), Some(0));
        assert_eq!(parse_memory_or_percent(b"1mb"), Some(1 << 20));
        for text in [&b"%"[..], b"-5%", b"05%", b"5%%", b"5.5%"] {
            assert_eq!(parse_memory_or_percent(text), None);
        }
    }
}
