//! Extended precision: the 80-bit `long double` that float increments are computed in.

use std::ops::Add;

use rustc_apfloat::ieee::X87DoubleExtended;
use rustc_apfloat::{Float, Round};

use super::expand::{DECIMALS_MAX, Parts, push_fixed};
use super::literal::{Decimal, Hex, Literal, Number};
use super::round::{Format, Rounded};
use super::text::Text;
use crate::base::text::is_space;

/// Redis refuses longer texts before it reads them.
const TEXT_MAX: usize = 5 * 1024 - 1;

/// Leading powers of ten outside of which a number overflows or vanishes.
const LEADING_EXPONENT_MAX: i64 = 4935;
const LEADING_EXPONENT_MIN: i64 = -4955;

const EXPONENT_MASK: u16 = 0x7fff;

/// A printed [`LongDouble`]: at most a sign, 4933 digits, a point and 17 decimals.
pub type LongDoubleText = Text<{ 5 * 1024 }>;

/// An x87 extended double: 64 bits of precision, computed in software, so equal on every platform.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LongDouble(X87DoubleExtended);

impl LongDouble {
    /// Positive zero, the value of what is absent.
    pub const ZERO: LongDouble = LongDouble(X87DoubleExtended::ZERO);

    /// Reads the whole text, without a leading space: the grammar and the refusals are those of
    /// [`super::parse_double`] at this range; texts of 5120 bytes and more are refused too.
    pub fn parse(text: &[u8]) -> Option<Self> {
        if text.is_empty() || text.len() > TEXT_MAX || is_space(text[0]) {
            return None;
        }
        let literal = Literal::scan(text)?;
        if literal.used != text.len() {
            return None;
        }
        let magnitude = match literal.number {
            Number::Infinity => LongDouble(X87DoubleExtended::INFINITY),
            Number::Nan => return None,
            Number::Decimal(decimal) => Self::of_decimal(&decimal)?,
            Number::Hex(hex) => Self::of_hex(&hex)?,
        };
        Some(if literal.negative { magnitude.negated() } else { magnitude })
    }

    fn of_decimal(decimal: &Decimal<'_>) -> Option<Self> {
        match decimal.leading_exponent() {
            None => return Some(Self::ZERO),
            Some(LEADING_EXPONENT_MIN..=LEADING_EXPONENT_MAX) => {}
            Some(_) => return None,
        }
        let value = decimal
            .with_text(TEXT_MAX, |text| {
                X87DoubleExtended::from_str_r(text, Round::NearestTiesToEven)
            })
            .expect("apfloat's grammar contains C's decimal numbers")
            .value;
        (value.is_finite() && !value.is_zero()).then_some(LongDouble(value))
    }

    fn of_hex(hex: &Hex) -> Option<Self> {
        if hex.significand == 0 {
            return Some(Self::ZERO);
        }
        match Format::EXTENDED.round(hex) {
            Rounded::Overflow => None,
            Rounded::Finite { significand: 0, .. } => None,
            Rounded::Finite { significand, biased_exponent, .. } => {
                let bits = u128::from(biased_exponent) << 64 | u128::from(significand);
                Some(LongDouble(X87DoubleExtended::from_bits(bits)))
            }
        }
    }

    /// The integer itself: every `i64` has an exact long double.
    pub fn from_i64(value: i64) -> Self {
        LongDouble(X87DoubleExtended::from_i128(i128::from(value)).value)
    }

    /// The double itself: every double has an exact long double.
    pub fn from_f64(value: f64) -> Self {
        let magnitude = if value.is_nan() {
            X87DoubleExtended::NAN
        } else if value.is_infinite() {
            X87DoubleExtended::INFINITY
        } else {
            let Parts { significand, exponent } = Parts::of_f64(value);
            X87DoubleExtended::from_u128(u128::from(significand)).value.scalbn(exponent)
        };
        LongDouble(if value.is_sign_negative() { -magnitude } else { magnitude })
    }

    /// Whether this is not a number, as an infinity plus its opposite is.
    pub fn is_nan(self) -> bool {
        self.0.is_nan()
    }

    /// Whether this is either infinity.
    pub fn is_infinite(self) -> bool {
        self.0.is_infinite()
    }

    /// A thousand times the value, rounded up: seconds as milliseconds. `None` if that is above the
    /// range; what is below it, the lowest integer.
    pub fn thousandfold(self) -> Option<i64> {
        let thousand = X87DoubleExtended::from_u128(1000).value;
        let value = (self.0 * thousand).value;
        if value > Self::from_i64(i64::MAX).0 {
            return None;
        }
        Some(value.to_i128_r(64, Round::TowardPositive, &mut false).value as i64)
    }

    /// Prints the value for people: never an exponent, at most 17 decimals (rounded half to even),
    /// no zeros at the end, no `-0`; `inf`, `-inf` and `nan`.
    ///
    /// Cost: quadratic in the digits before the point, of which there can be 4933.
    pub fn format(self) -> LongDoubleText {
        let mut text = Text::new();
        if self.0.is_nan() {
            return Text::of(b"nan");
        }
        if self.0.is_negative() {
            text.push(b'-');
        }
        if self.0.is_infinite() {
            text.push_all(b"inf");
            return text;
        }
        push_fixed(&mut text, self.parts(), DECIMALS_MAX);
        let mut len = text.len() - text.iter().rev().take_while(|byte| **byte == b'0').count();
        if text[len - 1] == b'.' {
            len -= 1;
        }
        text.truncate(len);
        if &*text == b"-0" { Text::of(b"0") } else { text }
    }

    fn parts(self) -> Parts {
        let bits = self.0.to_bits();
        let biased = i32::from((bits >> 64) as u16 & EXPONENT_MASK);
        Parts { significand: bits as u64, exponent: biased.max(1) - 16_383 - 63 }
    }

    fn negated(self) -> Self {
        LongDouble(-self.0)
    }
}

impl Add for LongDouble {
    type Output = LongDouble;

    /// Rounded to nearest, ties to even.
    fn add(self, other: LongDouble) -> LongDouble {
        LongDouble((self.0 + other.0).value)
    }
}
