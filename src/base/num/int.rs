//! Integers as text.

use super::text::Text;
use crate::base::text::{is_space, until_nul};

/// Longest text of a 64-bit integer, sign included.
pub const INT_TEXT_MAX: usize = 20;

/// A printed 64-bit integer.
pub type IntText = Text<INT_TEXT_MAX>;

/// Prints `value` in decimal.
pub fn format_i64(value: i64) -> IntText {
    Text::of(itoa::Buffer::new().format(value).as_bytes())
}

/// Prints `value` in decimal.
pub fn format_u64(value: u64) -> IntText {
    Text::of(itoa::Buffer::new().format(value).as_bytes())
}

/// Reads an integer in the one form [`format_i64`] prints it.
///
/// So a leading zero, `+`, `-0`, any space and anything beyond 64 bits are `None`, and a value that
/// is read can be stored as an integer without losing its text.
pub fn parse_i64(text: &[u8]) -> Option<i64> {
    if text == b"0" {
        return Some(0);
    }
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    if !matches!(digits, [b'1'..=b'9', ..]) || digits.len() > INT_TEXT_MAX - 1 {
        return None;
    }
    // Nineteen digits stay below 2^64, so the sum itself cannot overflow.
    let mut magnitude = 0u64;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        magnitude = magnitude * 10 + u64::from(digit);
    }
    if negative { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// What [`strtoull`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsigned {
    /// The value; negated modulo 2^64 after a minus sign, `u64::MAX` if out of range.
    pub value: u64,
    /// How many bytes of the text were the number, leading spaces included; 0 if there was none.
    pub used: usize,
    /// The digits exceed 64 bits.
    pub out_of_range: bool,
}

/// C's `strtoull` in base 10: spaces, one sign, digits; what follows is the caller's affair.
pub fn strtoull(text: &[u8]) -> Unsigned {
    let mut at = text.iter().take_while(|byte| is_space(**byte)).count();
    let negative = text.get(at) == Some(&b'-');
    if matches!(text.get(at), Some(b'-' | b'+')) {
        at += 1;
    }
    let digits = text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return Unsigned { value: 0, used: 0, out_of_range: false };
    }
    let magnitude = text[at..at + digits]
        .iter()
        .try_fold(0u64, |sum, byte| sum.checked_mul(10)?.checked_add(u64::from(byte - b'0')));
    let used = at + digits;
    match magnitude {
        Some(sum) if negative => Unsigned { value: sum.wrapping_neg(), used, out_of_range: false },
        Some(value) => Unsigned { value, used, out_of_range: false },
        None => Unsigned { value: u64::MAX, used, out_of_range: true },
    }
}

/// Reads an unsigned integer as stream ids are read.
///
/// More lenient than [`parse_i64`], because Redis falls back on C's `strtoull`: leading zeros,
/// leading spaces and a sign are accepted (` -1` is `u64::MAX`, though plain `-1` is refused), and
/// a NUL byte ends the text.
pub fn parse_u64(text: &[u8]) -> Option<u64> {
    let text = until_nul(text);
    if let Some(value) = parse_i64(text) {
        return u64::try_from(value).ok();
    }
    let number = strtoull(text);
    (!text.is_empty() && number.used == text.len() && !number.out_of_range).then_some(number.value)
}

/// Reads a scan cursor.
///
/// As lenient as [`parse_u64`] but for a leading space; `-1` is `u64::MAX` and an empty text is 0.
pub fn parse_cursor(text: &[u8]) -> Option<u64> {
    let text = until_nul(text);
    let number = strtoull(text);
    let whole = number.used == text.len() && !text.first().is_some_and(|byte| is_space(*byte));
    (whole && !number.out_of_range).then_some(number.value)
}
