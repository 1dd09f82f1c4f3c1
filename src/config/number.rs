//! Numbers as only configuration texts spell them.

use crate::base::text::is_space;

/// A number of bytes in the largest unit that divides it.
pub(super) fn show_memory(bytes: i64) -> String {
    let units = [(1 << 30, "gb"), (1 << 20, "mb"), (1 << 10, "kb")];
    match units.into_iter().find(|(size, _)| bytes != 0 && bytes % size == 0) {
        Some((size, unit)) => format!("{}{unit}", bytes / size),
        None => bytes.to_string(),
    }
}

/// An integer as C's `strtoll` reads it, all of the text: leading blanks and a sign are allowed,
/// nothing at all is zero. The flag tells that the number was too large and was cut to the limit.
pub(super) fn lenient(text: &[u8], radix: u32) -> Option<(i64, bool)> {
    if text.is_empty() {
        return Some((0, false));
    }
    let blanks = text.iter().take_while(|byte| is_space(**byte)).count();
    let (negative, digits) = match &text[blanks..] {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.is_empty() {
        return None;
    }
    let mut sum = Some(0i64);
    for byte in digits {
        let digit = i64::from(char::from(*byte).to_digit(radix)?);
        let digit = if negative { -digit } else { digit };
        sum = sum.and_then(|sum| sum.checked_mul(i64::from(radix))?.checked_add(digit));
    }
    let limit = if negative { i64::MIN } else { i64::MAX };
    Some((sum.unwrap_or(limit), sum.is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_shown_in_the_largest_unit_that_divides_it() {
        for (bytes, text) in [(0, "0"), (1000, "1000"), (1024, "1kb"), (5 << 30, "5gb"), (-1, "-1")]
        {
            assert_eq!(show_memory(bytes), text);
        }
    }

    #[test]
    fn lenient_integers_follow_strtoll() {
        assert_eq!(lenient(b"", 10), Some((0, false)));
        assert_eq!(lenient(b" \t+12", 10), Some((12, false)));
        assert_eq!(lenient(b"-99999999999999999999", 10), Some((i64::MIN, true)));
        assert_eq!(lenient(b"755", 8), Some((0o755, false)));
        for text in ["8", " ", "-", "1 "] {
            assert_eq!(lenient(text.as_bytes(), 8), None, "{text}");
        }
    }
}
