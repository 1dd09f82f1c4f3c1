//! Rounding of binary numbers to a floating-point format.

use super::literal::Hex;

/// A binary format: precision and the exponent of the last place of its least number.
pub(super) struct Format {
    precision: i64,
    exponent_min: i64,
    biased_max: i64,
}

/// A magnitude in a [`Format`].
pub(super) enum Rounded {
    /// Too large for the format.
    Overflow,
    /// The significand with its leading bit, and the exponent as the format stores it: 0 for zero
    /// and subnormals.
    Finite { significand: u64, biased_exponent: u16, inexact: bool },
}

impl Rounded {
    pub(super) fn is_inexact(&self) -> bool {
        match self {
            Rounded::Overflow => true,
            Rounded::Finite { inexact, .. } => *inexact,
        }
    }
}

impl Format {
    pub(super) const DOUBLE: Format =
        Format { precision: 53, exponent_min: -1074, biased_max: 0x7ff };
    pub(super) const EXTENDED: Format =
        Format { precision: 64, exponent_min: -16_445, biased_max: 0x7fff };

    /// The number nearest to `hex`, which is not zero; ties go to the even one.
    pub(super) fn round(&self, hex: &Hex) -> Rounded {
        let (significand, exponent, inexact) = self.significand(hex, self.exponent_min);
        if significand == 0 {
            return Rounded::Finite { significand: 0, biased_exponent: 0, inexact };
        }
        let top = i64::from(significand.ilog2()) + exponent;
        let biased = top - (self.exponent_min + self.precision - 1) + 1;
        if biased >= self.biased_max {
            return Rounded::Overflow;
        }
        // The exponent of the last place in the stored form; never above the one at hand but where
        // rounding carried into one more bit, which leaves zeros behind it.
        let last_place = (top - self.precision + 1).max(self.exponent_min);
        let shift = exponent - last_place;
        let significand =
            if shift >= 0 { significand << shift } else { significand >> shift.unsigned_abs() };
        Rounded::Finite {
            significand: significand as u64,
            biased_exponent: biased.max(0) as u16,
            inexact,
        }
    }

    /// Whether `hex` rounded to this precision, with no lower end to the exponent, is subnormal.
    pub(super) fn is_tiny_unbounded(&self, hex: &Hex) -> bool {
        let (significand, exponent, _) = self.significand(hex, i64::MIN);
        i64::from(significand.ilog2()) + exponent < self.exponent_min + self.precision - 1
    }

    /// The significand cut to the precision or to `exponent_min`, whichever cuts more.
    fn significand(&self, hex: &Hex, exponent_min: i64) -> (u128, i64, bool) {
        let bits = i64::from(128 - hex.significand.leading_zeros());
        let drop = (bits - self.precision).max(exponent_min.saturating_sub(hex.exponent));
        if drop <= 0 {
            return (hex.significand, hex.exponent, false);
        }
        if drop > 128 {
            return (0, hex.exponent + drop, true);
        }
        let drop = drop as u32;
        let quotient = hex.significand.checked_shr(drop).unwrap_or(0);
        let half_bit = hex.significand >> (drop - 1) & 1 == 1;
        let below = hex.significand & ((1u128 << (drop - 1)) - 1) != 0 || hex.sticky;
        let up = half_bit && (below || quotient & 1 == 1);
        (quotient + u128::from(up), hex.exponent + i64::from(drop), half_bit || below)
    }
}
