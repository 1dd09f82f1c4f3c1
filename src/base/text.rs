//! Bytes as people write and read them: quoting, splitting into words, trimming, sizes.
//!
//! Letters and spaces are those of the C locale: bytes from 0x80 on are neither.

use super::num::{DoubleText, format_fixed, format_u64};

/// The digits of lower-case hexadecimal.
pub const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The bytes before the first NUL: what C takes for the string.
pub fn until_nul(text: &[u8]) -> &[u8] {
    &text[..memchr::memchr(0, text).unwrap_or(text.len())]
}

/// C's `isspace` in the C locale.
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

/// Quotes `data` as MONITOR, DEBUG and a rewritten configuration show it.
///
/// `\"`, `\\`, `\n`, `\r`, `\t`, `\a`, `\b`, and `\xHH` for all that is not printable ASCII;
/// [`split_args`] reads it back.
pub fn repr(data: &[u8]) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(data.len() + 2);
    push_repr(&mut quoted, data);
    quoted
}

/// Appends [`repr`] of `data` to `out`.
pub fn push_repr(out: &mut Vec<u8>, data: &[u8]) {
    out.push(b'"');
    for &byte in data {
        match byte {
            b'\\' | b'"' => out.extend([b'\\', byte]),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            0x07 => out.extend(b"\\a"),
            0x08 => out.extend(b"\\b"),
            b' '..=b'~' => out.push(byte),
            _ => {
                let (high, low) = (usize::from(byte >> 4), usize::from(byte & 15));
                out.extend([b'\\', b'x', HEX_DIGITS[high], HEX_DIGITS[low]]);
            }
        }
    }
    out.push(b'"');
}

/// Splits an inline command or a configuration line into words; `None` if its quotes are
/// unbalanced.
///
/// Words are separated by spaces. In double quotes `\xHH`, `\n`, `\r`, `\t`, `\b`, `\a` and
/// `\` before any other byte are escapes, in single quotes `\'` alone; a closing quote must end its
/// word. A NUL byte ends the line.
pub fn split_args(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut rest = until_nul(line);
    let mut words = Vec::new();
    loop {
        rest = &rest[rest.iter().take_while(|byte| is_space(**byte)).count()..];
        if rest.is_empty() {
            return Some(words);
        }
        let (word, tail) = split_word(rest)?;
        words.push(word);
        rest = tail;
    }
}

/// The first word of `text`, which does not start with a space, and what follows it.
fn split_word(mut text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut word = Vec::new();
    loop {
        match text {
            [b'"', tail @ ..] => return close_word(word, tail, quoted_element),
            [b'\'', tail @ ..] => return close_word(word, tail, single_quoted_element),
            // Vertical tab and form feed separate words but do not end one.
            [] | [b' ' | b'\n' | b'\r' | b'\t', ..] => return Some((word, text)),
            [byte, tail @ ..] => {
                word.push(*byte);
                text = tail;
            }
        }
    }
}

/// Reads on to the closing quote, which must be followed by a space or nothing.
fn close_word(
    mut word: Vec<u8>,
    mut text: &[u8],
    element: impl Fn(&[u8]) -> Option<(Option<u8>, usize)>,
) -> Option<(Vec<u8>, &[u8])> {
    loop {
        let (byte, length) = element(text)?;
        text = &text[length..];
        let Some(byte) = byte else { break };
        word.push(byte);
    }
    text.first().is_none_or(|byte| is_space(*byte)).then_some((word, text))
}

/// One byte inside double quotes and its length as written, or no byte at the closing quote.
fn quoted_element(text: &[u8]) -> Option<(Option<u8>, usize)> {
    let is_hex = |byte: u8| byte.is_ascii_hexdigit();
    match *text {
        [] => None,
        [b'"', ..] => Some((None, 1)),
        [b'\\', b'x', high, low, ..] if is_hex(high) && is_hex(low) => {
            Some((Some(hex_value(high) << 4 | hex_value(low)), 4))
        }
        [b'\\', escaped, ..] => {
            let byte = match escaped {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'b' => 0x08,
                b'a' => 0x07,
                other => other,
            };
            Some((Some(byte), 2))
        }
        [byte, ..] => Some((Some(byte), 1)),
    }
}

/// The value of a hexadecimal digit.
fn hex_value(digit: u8) -> u8 {
    (digit as char).to_digit(16).map_or(0, |value| value as u8)
}

/// As [`quoted_element`], inside single quotes.
fn single_quoted_element(text: &[u8]) -> Option<(Option<u8>, usize)> {
    match *text {
        [] => None,
        [b'\'', ..] => Some((None, 1)),
        [b'\\', b'\'', ..] => Some((Some(b'\''), 2)),
        [byte, ..] => Some((Some(byte), 1)),
    }
}

/// Equality of short words, without the call that comparing slices of any length is.
#[inline]
pub fn same_word(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match (a.first_chunk::<4>(), a.last_chunk::<4>()) {
        (Some(first), Some(last)) if a.len() <= 8 => {
            Some(first) == b.first_chunk() && Some(last) == b.last_chunk()
        }
        _ => a == b,
    }
}

/// Whether two texts are equal but for the case of ASCII letters.
pub fn eq_ignore_case(a: &[u8], b: &[u8]) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// Whether an argument is the keyword `word` (which has no NUL byte), in any case.
///
/// As C compares strings, what follows a NUL byte in the argument does not count.
pub fn is_word(argument: &[u8], word: &str) -> bool {
    until_nul(argument).eq_ignore_ascii_case(word.as_bytes())
}

/// `text` without the bytes of `set` at either end; NUL bytes there go too.
pub fn trim<'a>(text: &'a [u8], set: &[u8]) -> &'a [u8] {
    let kept = |byte: &u8| *byte != 0 && !set.contains(byte);
    let Some(start) = text.iter().position(kept) else { return &[] };
    let end = text.iter().rposition(kept).map_or(text.len(), |last| last + 1);
    &text[start..end]
}

/// A size as INFO's `_human` fields show it: `512B`, `1.50K`, `2.00M` and so on to `P`.
pub fn human_bytes(bytes: u64) -> DoubleText {
    const UNITS: &[u8; 5] = b"KMGTP";
    let magnitude = bytes.checked_ilog2().unwrap_or(0) as usize / 10;
    let mut text = DoubleText::new();
    match UNITS.get(magnitude.wrapping_sub(1)) {
        None => {
            text.push_all(&format_u64(bytes));
            text.push(b'B');
        }
        Some(unit) => {
            let scale = (1u64 << (10 * magnitude)) as f64;
            text.push_all(&format_fixed(bytes as f64 / scale, 2));
            text.push(*unit);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_the_same_if_all_of_their_bytes_are() {
        for len in 0..20 {
            let word: Vec<u8> = (0..len).map(|at| b'a' + at as u8).collect();
            assert!(same_word(&word, &word.clone()));
            assert!(!same_word(&word, &[&word[..], b"x"].concat()));
            for at in 0..len {
                let mut other = word.clone();
                other[at] ^= 0x20;
                assert!(!same_word(&word, &other));
            }
        }
    }

    #[test]
    fn bytes_are_quoted_as_recorded() {
        let recorded: &[(&[u8], &[u8])] = &[
            (b"", b"\"\""),
            (b"abc", b"\"abc\""),
            (b"a\"b", b"\"a\\\"b\""),
            (b"a\\b", b"\"a\\\\b\""),
            (b"\x0a\x0d\x09\x07\x08", b"\"\\n\\r\\t\\a\\b\""),
            (b"\x00\x0b\x7f\x80\xff", b"\"\\x00\\x0b\\x7f\\x80\\xff\""),
            (b"it's", b"\"it's\""),
            (b" ~", b"\" ~\""),
        ];
        for (data, quoted) in recorded {
            assert_eq!(repr(data), *quoted);
        }
    }

    type Words = &'static [&'static [u8]];

    #[test]
    fn lines_are_split_as_recorded() {
        let recorded: &[(&[u8], Option<Words>)] = &[
            (b"", Some(&[])),
            (b"   ", Some(&[])),
            (b"get key", Some(&[b"get", b"key"])),
            (b"  get   key  ", Some(&[b"get", b"key"])),
            (b"\x09get\x0b\x0ckey\x0d\x0a", Some(&[b"get\x0b\x0ckey"])),
            (b"a\x0bb", Some(&[b"a\x0bb"])),
            (b"a\x0b b", Some(&[b"a\x0b", b"b"])),
            (b"\"a b\" c", Some(&[b"a b", b"c"])),
            (b"'a b' c", Some(&[b"a b", b"c"])),
            (b"\"a\"b", None),
            (b"'a'b", None),
            (b"\"a\"\x0b", Some(&[b"a"])),
            (b"a\"b c\"", Some(&[b"ab c"])),
            (b"a'b'", Some(&[b"ab"])),
            (b"\"a", None),
            (b"'a", None),
            (b"\"a\\\"", None),
            (b"\"\\\"", None),
            (b"\"\\x41\\x4g\\X41\"", Some(&[b"Ax4gX41"])),
            (b"\"\\x4\"", Some(&[b"x4"])),
            (b"\"\\n\\r\\t\\b\\a\\q\\\\\"", Some(&[b"\x0a\x0d\x09\x08\x07q\\"])),
            (b"'\\n\\''", Some(&[b"\\n'"])),
            (b"'\\\\'", None),
            (b"\\n", Some(&[b"\\n"])),
            (b"\"\"", Some(&[b""])),
            (b"''", Some(&[b""])),
            (b"\"\" \"\"", Some(&[b"", b""])),
            (b"a\x00b", Some(&[b"a"])),
            (b"\"a\x00b\"", None),
            (b"\"\\", None),
            (b"set \xff \"\xfe\"", Some(&[b"set", b"\xff", b"\xfe"])),
            (b"\"a\"'b'", None),
            (b"\"\\xff\\x00\"", Some(&[b"\xff\x00"])),
        ];
        for (line, words) in recorded {
            let words = words.map(|words| words.iter().map(|word| word.to_vec()).collect());
            assert_eq!(split_args(line), words, "{line:?}");
        }
    }

    #[test]
    fn sizes_are_shown_as_recorded() {
        let recorded = [
            (0, "0B"),
            (1, "1B"),
            (1023, "1023B"),
            (1024, "1.00K"),
            (1025, "1.00K"),
            (1152, "1.12K"),
            (1153, "1.13K"),
            (1536, "1.50K"),
            (10188, "9.95K"),
            (1048575, "1024.00K"),
            (1048576, "1.00M"),
            (1572864, "1.50M"),
            (1073741823, "1024.00M"),
            (1073741824, "1.00G"),
            (1099511627776, "1.00T"),
            (1649267441664, "1.50T"),
            (1125899906842624, "1.00P"),
            (1152921504606846975, "1024.00P"),
            (1152921504606846976, "1152921504606846976B"),
            (18446744073709551615, "18446744073709551615B"),
        ];
        for (bytes, text) in recorded {
            assert_eq!(human_bytes(bytes).as_str(), text);
        }
    }

    #[test]
    fn trimming_takes_nul_bytes_too() {
        assert_eq!(trim(b" \x00a \x00b\t", b" \t"), b"a \x00b");
        assert_eq!(trim(b" \x00 ", b" "), b"");
        assert_eq!(trim(b"", b" "), b"");
    }

    #[test]
    fn a_word_ends_at_a_nul_byte() {
        assert!(is_word(b"MatCh", "MATCH") && is_word(b"match\x00es", "MATCH"));
        assert!(!is_word(b"matches", "MATCH") && !is_word(b"\x00", "MATCH"));
        assert!(eq_ignore_case(b"\xe4A", b"\xe4a") && !eq_ignore_case(b"\xe4", b"\xc4"));
    }

    proptest! {
        #[test]
        fn quoted_bytes_split_back_into_themselves(words: Vec<Vec<u8>>) {
            let mut line = Vec::new();
            for word in &words {
                push_repr(&mut line, word);
                line.push(b' ');
            }
            prop_assert_eq!(split_args(&line), Some(words));
        }
    }
}
