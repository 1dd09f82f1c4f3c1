//! The grammar of `strtod`: what part of a text is a number, and of which kind.

use crate::base::text::is_space;

/// Exponents saturate here: no text that fits memory can bring them back into range.
const EXPONENT_MAX: i64 = 1 << 50;

/// The longest prefix of a text that C reads as a floating-point number.
pub(super) struct Literal<'a> {
    pub(super) negative: bool,
    pub(super) number: Number<'a>,
    /// Bytes up to the end of the number, leading spaces included.
    pub(super) used: usize,
}

pub(super) enum Number<'a> {
    Infinity,
    Nan,
    Decimal(Decimal<'a>),
    Hex(Hex),
}

/// A decimal number as it is written.
pub(super) struct Decimal<'a> {
    /// Digits with at most one point among them.
    mantissa: &'a [u8],
    /// The mantissa with the exponent that follows it, if any.
    text: &'a [u8],
    exponent: i64,
}

/// `significand * 2^exponent`, and whether something smaller than its last bit was left out.
pub(super) struct Hex {
    pub(super) significand: u128,
    pub(super) exponent: i64,
    pub(super) sticky: bool,
}

impl Decimal<'_> {
    /// The power of ten of the first digit that is not zero; none if all are.
    pub(super) fn leading_exponent(&self) -> Option<i64> {
        let first = self.mantissa.iter().position(|byte| matches!(byte, b'1'..=b'9'))? as i64;
        let point = self.point() as i64;
        let place = if first < point { point - 1 - first } else { point - first };
        Some(self.exponent.saturating_add(place))
    }

    /// The text in a form every correct parser takes: as it is written, or, where it is longer than
    /// `digits_max` or its exponent is, rewritten with that many significant digits and one more
    /// that stands for a remainder.
    pub(super) fn with_text<R>(&self, digits_max: usize, read: impl FnOnce(&str) -> R) -> R {
        if self.mantissa.len() <= digits_max && self.exponent.abs() < 30_000 {
            return read(std::str::from_utf8(self.text).expect("the grammar admits ASCII only"));
        }
        let mut digits = significant(self.mantissa);
        let mut text: String = digits.by_ref().take(digits_max).map(char::from).collect();
        if digits.next().is_some() {
            text.push('1');
        }
        let last_place = self.leading_exponent().unwrap_or(0) - (text.len() as i64 - 1);
        read(&format!("{text}e{last_place}"))
    }

    /// Whether this is exactly the number `text`, printed by `{:e}` with decimals.
    pub(super) fn equals_scientific(&self, text: &str) -> bool {
        let Some((digits, exponent)) = text.split_once('e') else { return false };
        exponent.parse().ok() == self.leading_exponent()
            && significant(self.mantissa).eq(significant(digits.as_bytes()))
    }

    /// Whether the significant digits, as a fraction, are below these.
    pub(super) fn is_below(&self, digits: &str) -> bool {
        significant(self.mantissa).take(digits.len()).le(digits.bytes())
    }

    fn point(&self) -> usize {
        memchr::memchr(b'.', self.mantissa).unwrap_or(self.mantissa.len())
    }
}

/// The digits of a mantissa without its point and without the zeros at either end.
fn significant(mantissa: &[u8]) -> impl Iterator<Item = u8> {
    let end = mantissa.iter().rposition(|byte| matches!(byte, b'1'..=b'9')).map_or(0, |at| at + 1);
    mantissa[..end].iter().copied().filter(|byte| *byte != b'.').skip_while(|byte| *byte == b'0')
}

impl<'a> Literal<'a> {
    /// The number at the start of `text`, after any spaces.
    pub(super) fn scan(text: &'a [u8]) -> Option<Self> {
        let mut start = text.iter().take_while(|byte| is_space(**byte)).count();
        let negative = text.get(start) == Some(&b'-');
        if matches!(text.get(start), Some(b'-' | b'+')) {
            start += 1;
        }
        let (number, length) = scan_unsigned(&text[start..])?;
        Some(Literal { negative, number, used: start + length })
    }
}

fn scan_unsigned(text: &[u8]) -> Option<(Number<'_>, usize)> {
    if starts_with_word(text, b"inf") {
        let length = if starts_with_word(text, b"infinity") { 8 } else { 3 };
        return Some((Number::Infinity, length));
    }
    if starts_with_word(text, b"nan") {
        return Some((Number::Nan, 3 + nan_payload(&text[3..])));
    }
    if starts_with_word(text, b"0x")
        && let Some((hex, length)) = scan_hex(&text[2..])
    {
        return Some((Number::Hex(hex), 2 + length));
    }
    let mantissa = mantissa_length(text, u8::is_ascii_digit)?;
    let (exponent, tail) = scan_exponent(&text[mantissa..], b'e');
    let length = mantissa + tail;
    let decimal = Decimal { mantissa: &text[..mantissa], text: &text[..length], exponent };
    Some((Number::Decimal(decimal), length))
}

/// Hexadecimal digits with an optional point and binary exponent; `text` is what follows `0x`.
fn scan_hex(text: &[u8]) -> Option<(Hex, usize)> {
    let mantissa = mantissa_length(text, u8::is_ascii_hexdigit)?;
    let (power, tail) = scan_exponent(&text[mantissa..], b'p');
    let mut hex = Hex { significand: 0, exponent: power, sticky: false };
    let mut after_point = false;
    for byte in &text[..mantissa] {
        let Some(digit) = (*byte as char).to_digit(16) else {
            after_point = true;
            continue;
        };
        if hex.significand >> 124 == 0 {
            hex.significand = hex.significand << 4 | u128::from(digit);
            hex.exponent -= if after_point { 4 } else { 0 };
        } else {
            hex.sticky |= digit != 0;
            hex.exponent += if after_point { 0 } else { 4 };
        }
    }
    Some((hex, mantissa + tail))
}

/// Length of a run of digits with at most one point; none if it holds no digit.
fn mantissa_length(text: &[u8], is_digit: impl Fn(&u8) -> bool) -> Option<usize> {
    let run = |text: &[u8]| text.iter().take_while(|byte| is_digit(byte)).count();
    let whole = run(text);
    if text.get(whole) != Some(&b'.') {
        return (whole > 0).then_some(whole);
    }
    let part = run(&text[whole + 1..]);
    (whole + part > 0).then_some(whole + 1 + part)
}

/// An exponent and its length; 0 and 0 unless at least one digit follows the letter.
fn scan_exponent(text: &[u8], letter: u8) -> (i64, usize) {
    if text.first().is_none_or(|byte| byte.to_ascii_lowercase() != letter) {
        return (0, 0);
    }
    let sign = usize::from(matches!(text.get(1), Some(b'-' | b'+')));
    let digits = &text[1 + sign..];
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 {
        return (0, 0);
    }
    let magnitude = digits[..count].iter().fold(0i64, |sum, byte| {
        (sum.saturating_mul(10).saturating_add(i64::from(byte - b'0'))).min(EXPONENT_MAX)
    });
    (if text[1] == b'-' { -magnitude } else { magnitude }, 1 + sign + count)
}

/// Length of a parenthesized word after `nan`; 0 if there is none or it does not close.
fn nan_payload(text: &[u8]) -> usize {
    if text.first() != Some(&b'(') {
        return 0;
    }
    let word = text[1..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    if text.get(1 + word) == Some(&b')') { word + 2 } else { 0 }
}

fn starts_with_word(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}
