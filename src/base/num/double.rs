//! Doubles as text.

use std::fmt::Write;

use super::expand::{Parts, push_fixed};
use super::grisu::{self, Decimal};
use super::int::format_i64;
use super::text::Text;

/// A printed double: at most a sign, eighteen digits and eight more bytes of zeros or exponent.
pub type DoubleText = Text<32>;

/// A double with a fixed number of decimals: at most a sign, 309 digits, a point and 17 digits.
pub type FixedText = Text<330>;

/// Doubles beyond this are not printed as integers even if they are: half the range of `i64`.
const INTEGER_MAX: f64 = 4_611_686_018_427_387_904.0;

/// The most significant digits of [`format_double_g`].
const PRECISION_MAX: u32 = 17;

/// Prints a double as replies carry it, in RESP2 bulk strings and RESP3 doubles alike.
///
/// `inf`, `-inf`, `nan` (never signed), `-0`; integers up to 2^62 without an exponent; the rest as
/// [`format_double_plain`].
pub fn format_double(value: f64) -> DoubleText {
    if value.is_nan() {
        return Text::of(b"nan");
    }
    let whole = value.abs() <= INTEGER_MAX && value.trunc() == value;
    if whole && (value != 0.0 || value.is_sign_positive()) {
        return Text::of(&format_i64(value as i64));
    }
    format_double_plain(value)
}

/// Prints a double by its digits alone, integers included: 1e15 is `1e+15` here.
///
/// The form of the append-only file and of `DEBUG DIGEST`; a NaN keeps its sign.
pub fn format_double_plain(value: f64) -> DoubleText {
    let mut text = Text::new();
    if value.is_sign_negative() {
        text.push(b'-');
    }
    if value.is_nan() {
        text.push_all(b"nan");
    } else if value.is_infinite() {
        text.push_all(b"inf");
    } else if value == 0.0 {
        text.push(b'0');
    } else {
        push_decimal(&mut text, &grisu::digits(value));
    }
    text
}

/// Lays digits out: plain where at most seven zeros follow them or few precede them, else with an
/// exponent.
fn push_decimal(text: &mut DoubleText, decimal: &Decimal) {
    let digits = decimal.digits();
    let count = digits.len() as i32;
    let scientific = decimal.exponent + count - 1;
    if decimal.exponent >= 0 && scientific < count + 7 {
        text.push_all(digits);
        text.push_zeros(decimal.exponent as usize);
    } else if decimal.exponent < 0 && (decimal.exponent > -7 || scientific.abs() < 4) {
        let before_point = count + decimal.exponent;
        if before_point > 0 {
            let (whole, part) = digits.split_at(before_point as usize);
            text.push_all(whole);
            text.push(b'.');
            text.push_all(part);
        } else {
            text.push_all(b"0.");
            text.push_zeros(before_point.unsigned_abs() as usize);
            text.push_all(digits);
        }
    } else {
        // An eighteenth digit after a minus sign would not fit Redis's buffer: it drops it.
        let kept = digits.len().min(if text.is_empty() { 18 } else { 17 });
        text.push(digits[0]);
        if kept > 1 {
            text.push(b'.');
            text.push_all(&digits[1..kept]);
        }
        text.push_all(if scientific < 0 { b"e-" } else { b"e+" });
        text.push_all(&format_i64(i64::from(scientific.abs())));
    }
}

/// Prints a double as C's `%.17g`: always enough digits, often a tail of noise (0.1 is
/// `0.10000000000000001`).
pub fn format_double_17g(value: f64) -> DoubleText {
    format_double_g(value, 17)
}

/// Prints a double as C's `%.<precision>g`; NaN is never signed.
///
/// # Panics
/// If the precision is 0 or exceeds 17.
pub fn format_double_g(value: f64, precision: u32) -> DoubleText {
    assert!((1..=PRECISION_MAX).contains(&precision), "a precision of {precision}");
    if !value.is_finite() {
        return format_double(value);
    }
    let whole = value as i64;
    let plain = whole.unsigned_abs() < 10_u64.pow(precision);
    if plain && whole as f64 == value && (whole != 0 || value.is_sign_positive()) {
        return Text::of(&format_i64(whole));
    }
    let decimals = precision as usize - 1;
    let mut exact = DoubleText::new();
    write!(exact, "{value:.decimals$e}")
        .expect("a text of 32 bytes holds 17 digits and an exponent");
    let (mantissa, exponent) =
        exact.as_str().split_once('e').expect("`e` formats have an exponent");
    let exponent: i32 = exponent.parse().expect("the exponent is a small integer");

    let mut digits = Text::<{ PRECISION_MAX as usize }>::new();
    mantissa.bytes().filter(u8::is_ascii_digit).for_each(|digit| digits.push(digit));
    let significant = digits.iter().rposition(|digit| *digit != b'0').map_or(1, |last| last + 1);
    digits.truncate(significant);

    let mut text = Text::new();
    if value.is_sign_negative() {
        text.push(b'-');
    }
    if !(-4..precision as i32).contains(&exponent) {
        text.push(digits[0]);
        if digits.len() > 1 {
            text.push(b'.');
            text.push_all(&digits[1..]);
        }
        text.push_all(if exponent < 0 { b"e-" } else { b"e+" });
        write!(text, "{:02}", exponent.abs()).expect("three digits fit");
    } else if exponent < 0 {
        text.push_all(b"0.");
        text.push_zeros((-exponent - 1) as usize);
        text.push_all(&digits);
    } else {
        let before_point = exponent as usize + 1;
        let whole = digits.len().min(before_point);
        text.push_all(&digits[..whole]);
        text.push_zeros(before_point - whole);
        if digits.len() > before_point {
            text.push(b'.');
            text.push_all(&digits[before_point..]);
        }
    }
    text
}

/// Prints a double as C's `%.<decimals>f`: the exact value, rounded half to even.
///
/// # Panics
/// If `decimals` exceeds 17.
pub fn format_fixed(value: f64, decimals: usize) -> FixedText {
    let mut text = Text::new();
    if value.is_sign_negative() {
        text.push(b'-');
    }
    if value.is_nan() {
        text.push_all(b"nan");
    } else if value.is_infinite() {
        text.push_all(b"inf");
    } else {
        push_fixed(&mut text, Parts::of_f64(value), decimals);
    }
    text
}

/// Prints a distance: four decimals by way of a 64-bit integer.
///
/// The product with 10^4 is rounded as a double, then half to even to an integer, so the last digit
/// may differ from [`format_fixed`]; never prints `-0`. What does not fit the integer, NaN
/// included, prints as its least value.
pub fn format_distance(value: f64) -> DoubleText {
    const UNIT: u64 = 10_000;
    let scaled = (value * UNIT as f64).round_ties_even();
    // What the hardware conversion yields for a number that is not one or too large.
    let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&scaled);
    let scaled = if fits { scaled as i64 } else { i64::MIN };
    let magnitude = scaled.unsigned_abs();

    let mut text = Text::new();
    if scaled < 0 {
        text.push(b'-');
    }
    write!(text, "{}.{:04}", magnitude / UNIT, magnitude % UNIT).expect("22 bytes fit");
    text
}
