//! Text as doubles.

use super::literal::{Decimal, Hex, Literal, Number};
use super::round::{Format, Rounded};
use crate::base::text::{is_space, until_nul};

/// Significant digits that settle the rounding of any double: halfway points have at most 767.
const DIGITS_MAX: usize = 800;

/// Leading powers of ten outside of which a double overflows or vanishes.
const LEADING_EXPONENT_MAX: i64 = 310;
const LEADING_EXPONENT_MIN: i64 = -330;

/// Leading digits of 2^-1022 - 2^-1076 (times 10^308), from where on 53 bits round up to the normal
/// range. It has 767 digits; a text that agrees in all of these is taken for below.
const NORMAL_FROM_DIGITS: &str = "2225073858507201259573821257020768020077017763406988739288376763";

/// What [`strtod`] found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Double {
    /// The nearest double; infinite if the number is too large, 0 if there is none.
    pub value: f64,
    /// How many bytes of the text were the number, leading spaces included; 0 if there was none.
    pub used: usize,
    /// C's `ERANGE`: too large, or below the normal range and not exact.
    pub out_of_range: bool,
}

/// C's `strtod` in the C locale: spaces, a sign, then `inf`, `infinity`, `nan`, a decimal or a
/// hexadecimal number, letters in any case; what follows is the caller's affair.
///
/// Cost: linear in the text.
pub fn strtod(text: &[u8]) -> Double {
    let Some(literal) = Literal::scan(text) else {
        return Double { value: 0.0, used: 0, out_of_range: false };
    };
    let (magnitude, out_of_range) = match literal.number {
        Number::Infinity => (f64::INFINITY, false),
        Number::Nan => (f64::NAN, false),
        Number::Decimal(decimal) => decimal_to_f64(&decimal),
        Number::Hex(hex) => hex_to_f64(&hex),
    };
    let value = if literal.negative { -magnitude } else { magnitude };
    Double { value, used: literal.used, out_of_range }
}

/// Reads a score, an increment or a timeout: the whole text, without a leading space.
///
/// Refused: the empty text, NaN, and numbers beyond the range of a double in either direction; an
/// infinity spelled out is accepted, and so is a subnormal.
pub fn parse_double(text: &[u8]) -> Option<f64> {
    if text.first().is_none_or(|byte| is_space(*byte)) {
        return None;
    }
    let number = strtod(text);
    let lost = number.out_of_range && (number.value.is_infinite() || number.value == 0.0);
    (number.used == text.len() && !lost && !number.value.is_nan()).then_some(number.value)
}

/// Reads an end of a score range, without its parenthesis.
///
/// As lenient as Redis is there: leading spaces are skipped, the empty text is 0, a NUL byte ends
/// the text, and a number out of range is infinite or 0. Only NaN is refused.
pub fn parse_double_bound(text: &[u8]) -> Option<f64> {
    let text = until_nul(text);
    let number = strtod(text);
    (number.used == text.len() && !number.value.is_nan()).then_some(number.value)
}

/// Reads a weight to sort by: as [`parse_double_bound`], but out of range is refused, inexact
/// subnormals included.
pub fn parse_sort_weight(text: &[u8]) -> Option<f64> {
    let text = until_nul(text);
    let number = strtod(text);
    let usable = !number.out_of_range && !number.value.is_nan();
    (number.used == text.len() && usable).then_some(number.value)
}

fn decimal_to_f64(decimal: &Decimal<'_>) -> (f64, bool) {
    match decimal.leading_exponent() {
        None => return (0.0, false),
        Some(LEADING_EXPONENT_MAX..) => return (f64::INFINITY, true),
        Some(..LEADING_EXPONENT_MIN) => return (0.0, true),
        Some(_) => {}
    }
    let value: f64 = decimal
        .with_text(DIGITS_MAX, |text| text.parse())
        .expect("the grammar of std contains C's decimal numbers");
    let out_of_range = value.is_infinite() || value == 0.0 || underflows(value, decimal);
    (value, out_of_range)
}

/// Whether C reports as too small a number that rounds to `value`, which is not zero.
///
/// It does if digits were lost and the number, rounded to 53 bits as if the exponent had no lower
/// end, would still be below the normal range.
fn underflows(value: f64, decimal: &Decimal<'_>) -> bool {
    if value < f64::MIN_POSITIVE {
        // With so many digits the expansion of any double is exact, its tail zeros.
        return !decimal.equals_scientific(&format!("{value:.DIGITS_MAX$e}"));
    }
    if value > f64::MIN_POSITIVE {
        return false;
    }
    decimal.is_below(NORMAL_FROM_DIGITS)
}

fn hex_to_f64(hex: &Hex) -> (f64, bool) {
    if hex.significand == 0 {
        return (0.0, false);
    }
    let rounded = Format::DOUBLE.round(hex);
    let value = match rounded {
        Rounded::Overflow => return (f64::INFINITY, true),
        Rounded::Finite { significand, biased_exponent, .. } => {
            f64::from_bits((significand & ((1 << 52) - 1)) | u64::from(biased_exponent) << 52)
        }
    };
    let tiny = value < f64::MIN_POSITIVE
        || value == f64::MIN_POSITIVE && Format::DOUBLE.is_tiny_unbounded(hex);
    (value, tiny && rounded.is_inexact())
}
