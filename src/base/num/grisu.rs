//! The digits of a double by Grisu2 (F. Loitsch, "Printing Floating-Point Numbers Quickly and
//! Accurately with Integers", PLDI 2010).
//!
//! Holds: the digits read back as the same double. In about one value of a thousand they are not
//! the shortest or not the nearest such digits; clients see Redis's choice, so the same errors must
//! be made here: table step, target exponent and rounding of the 64-bit product are part of the
//! result. Cost: O(digits), no division by a variable.

/// Most digits the algorithm produces.
pub(super) const DIGITS_MAX: usize = 18;

const FRACTION_BITS: i32 = 52;
const HIDDEN_BIT: u64 = 1 << FRACTION_BITS;

/// The scaled upper boundary has its binary exponent at or above this one, so that its integer part
/// fits 32 bits and its fraction 60.
const TARGET_EXPONENT_MIN: i32 = -60;

const FIRST_POWER: i32 = -348;
const POWER_STEP: i32 = 8;

/// Significands of 10^-348, 10^-340 .. 10^340, rounded to 64 bits. The test computes them anew.
const POWER_SIGNIFICANDS: [u64; 87] = [
    0xfa8fd5a0081c0288,
    0xbaaee17fa23ebf76,
    0x8b16fb203055ac76,
    0xcf42894a5dce35ea,
    0x9a6bb0aa55653b2d,
    0xe61acf033d1a45df,
    0xab70fe17c79ac6ca,
    0xff77b1fcbebcdc4f,
    0xbe5691ef416bd60c,
    0x8dd01fad907ffc3c,
    0xd3515c2831559a83,
    0x9d71ac8fada6c9b5,
    0xea9c227723ee8bcb,
    0xaecc49914078536d,
    0x823c12795db6ce57,
    0xc21094364dfb5637,
    0x9096ea6f3848984f,
    0xd77485cb25823ac7,
    0xa086cfcd97bf97f4,
    0xef340a98172aace5,
    0xb23867fb2a35b28e,
    0x84c8d4dfd2c63f3b,
    0xc5dd44271ad3cdba,
    0x936b9fcebb25c996,
    0xdbac6c247d62a584,
    0xa3ab66580d5fdaf6,
    0xf3e2f893dec3f126,
    0xb5b5ada8aaff80b8,
    0x87625f056c7c4a8b,
    0xc9bcff6034c13053,
    0x964e858c91ba2655,
    0xdff9772470297ebd,
    0xa6dfbd9fb8e5b88f,
    0xf8a95fcf88747d94,
    0xb94470938fa89bcf,
    0x8a08f0f8bf0f156b,
    0xcdb02555653131b6,
    0x993fe2c6d07b7fac,
    0xe45c10c42a2b3b06,
    0xaa242499697392d3,
    0xfd87b5f28300ca0e,
    0xbce5086492111aeb,
    0x8cbccc096f5088cc,
    0xd1b71758e219652c,
    0x9c40000000000000,
    0xe8d4a51000000000,
    0xad78ebc5ac620000,
    0x813f3978f8940984,
    0xc097ce7bc90715b3,
    0x8f7e32ce7bea5c70,
    0xd5d238a4abe98068,
    0x9f4f2726179a2245,
    0xed63a231d4c4fb27,
    0xb0de65388cc8ada8,
    0x83c7088e1aab65db,
    0xc45d1df942711d9a,
    0x924d692ca61be758,
    0xda01ee641a708dea,
    0xa26da3999aef774a,
    0xf209787bb47d6b85,
    0xb454e4a179dd1877,
    0x865b86925b9bc5c2,
    0xc83553c5c8965d3d,
    0x952ab45cfa97a0b3,
    0xde469fbd99a05fe3,
    0xa59bc234db398c25,
    0xf6c69a72a3989f5c,
    0xb7dcbf5354e9bece,
    0x88fcf317f22241e2,
    0xcc20ce9bd35c78a5,
    0x98165af37b2153df,
    0xe2a0b5dc971f303a,
    0xa8d9d1535ce3b396,
    0xfb9b7cd9a4a7443c,
    0xbb764c4ca7a44410,
    0x8bab8eefb6409c1a,
    0xd01fef10a657842c,
    0x9b10a4e5e9913129,
    0xe7109bfba19c0c9d,
    0xac2820d9623bf429,
    0x80444b5e7aa7cf85,
    0xbf21e44003acdd2d,
    0x8e679c2f5e44ff8f,
    0xd433179d9c8cb841,
    0x9e19db92b4e31ba9,
    0xeb96bf6ebadf77d9,
    0xaf87023b9bf0ee6b,
];

/// `significand * 2^exponent`, without a sign.
#[derive(Clone, Copy)]
struct Scaled {
    significand: u64,
    exponent: i32,
}

impl Scaled {
    /// Moves the leading one to the top bit.
    fn normalized(self) -> Self {
        let shift = self.significand.leading_zeros();
        Scaled { significand: self.significand << shift, exponent: self.exponent - shift as i32 }
    }

    /// The product's upper 64 bits, halves rounded up.
    fn times(self, other: Self) -> Self {
        let product = u128::from(self.significand) * u128::from(other.significand);
        Scaled {
            significand: ((product + (1 << 63)) >> 64) as u64,
            exponent: self.exponent + other.exponent + 64,
        }
    }
}

/// Decimal digits and the power of ten of the last one.
pub(super) struct Decimal {
    digits: [u8; DIGITS_MAX],
    count: usize,
    pub(super) exponent: i32,
}

impl Decimal {
    /// The digits as ASCII, first one not zero.
    pub(super) fn digits(&self) -> &[u8] {
        &self.digits[..self.count]
    }

    /// Appends a digit unless it would be a leading zero.
    fn push(&mut self, digit: u64) {
        if digit != 0 || self.count != 0 {
            self.digits[self.count] = b'0' + digit as u8;
            self.count += 1;
        }
    }

    /// Steps the last digit down while that brings the text nearer to the value.
    ///
    /// All distances are measured downward from the upper boundary in one unit: `rest` to the
    /// digits so far, `target` to the value, `width` to the lower boundary, `step` per unit of the
    /// last digit.
    fn approach(&mut self, mut rest: u64, target: u64, width: u64, step: u64) {
        while rest < target && width - rest >= step {
            let next = rest + step;
            if next >= target && target - rest <= next - target {
                break;
            }
            self.digits[self.count - 1] -= 1;
            rest = next;
        }
    }
}

/// The digits of `value`, which is finite and not zero; its sign is ignored.
pub(super) fn digits(value: f64) -> Decimal {
    let (value, lower, upper) = with_boundaries(value);
    let (power, ten_exponent) = power_for(upper.exponent);
    let value = value.times(power);
    let lower = lower.times(power);
    let upper = upper.times(power);
    // Each product is off by at most one unit, so both ends move inward by one.
    let top = upper.significand - 1;
    let width = top - (lower.significand + 1);
    generate(top, upper.exponent, top - value.significand, width, -ten_exponent)
}

/// The value and the midpoints to its neighbours, all normalized to one exponent.
fn with_boundaries(value: f64) -> (Scaled, Scaled, Scaled) {
    let bits = value.to_bits();
    let fraction = bits & (HIDDEN_BIT - 1);
    let biased = ((bits >> FRACTION_BITS) & 0x7ff) as i32;
    let exact = if biased == 0 {
        Scaled { significand: fraction, exponent: 1 - 1023 - FRACTION_BITS }
    } else {
        Scaled { significand: fraction | HIDDEN_BIT, exponent: biased - 1023 - FRACTION_BITS }
    };
    let upper = Scaled { significand: exact.significand * 2 + 1, exponent: exact.exponent - 1 }
        .normalized();
    // Below a power of two the neighbours stand twice as close.
    let closeness = if exact.significand == HIDDEN_BIT { 2 } else { 1 };
    let lower = (exact.significand << closeness) - 1;
    let lower_shift = exact.exponent - closeness - upper.exponent;
    let lower = Scaled { significand: lower << lower_shift, exponent: upper.exponent };
    (exact.normalized(), lower, upper)
}

/// The smallest tabled power of ten that lifts `exponent` to the target, and its decimal exponent.
fn power_for(exponent: i32) -> (Scaled, i32) {
    // ceil((-61 - exponent) * log10(2)): 78913 / 2^18 is log10(2), exact enough below 2^11.
    let least = -(((61 + exponent) * 78_913) >> 18);
    let index = (least - FIRST_POWER + POWER_STEP - 1) / POWER_STEP;
    let ten_exponent = FIRST_POWER + index * POWER_STEP;
    let power = Scaled {
        significand: POWER_SIGNIFICANDS[index as usize],
        exponent: power_exponent(ten_exponent),
    };
    debug_assert!(exponent + power.exponent + 64 >= TARGET_EXPONENT_MIN);
    (power, ten_exponent)
}

/// Binary exponent of a normalized 10^`ten_exponent`: 217706 / 2^16 is log2(10).
fn power_exponent(ten_exponent: i32) -> i32 {
    ((ten_exponent * 217_706) >> 16) - 63
}

/// Shortest digits between `top - width` and `top`, brought near `top - target`.
fn generate(top: u64, exponent: i32, target: u64, mut width: u64, ten_exponent: i32) -> Decimal {
    let shift = -exponent as u32;
    let one = 1u64 << shift;
    let mut whole = top >> shift;
    let mut part = top & (one - 1);
    let mut decimal = Decimal { digits: [0; DIGITS_MAX], count: 0, exponent: ten_exponent };

    let mut unit = 1_000_000_000u64;
    for position in (0..10).rev() {
        decimal.push(whole / unit);
        whole %= unit;
        let rest = (whole << shift) + part;
        if rest <= width {
            decimal.exponent += position;
            decimal.approach(rest, target, width, unit << shift);
            return decimal;
        }
        unit /= 10;
    }

    let mut scale = 1u64;
    loop {
        part *= 10;
        width *= 10;
        scale *= 10;
        decimal.exponent -= 1;
        decimal.push(part >> shift);
        part &= one - 1;
        if part < width {
            decimal.approach(part, target * scale, width, one);
            return decimal;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A natural number of any size, little-endian in 32-bit limbs: the yardstick for the table.
    struct Big(Vec<u32>);

    impl Big {
        fn times(&mut self, factor: u32) {
            let mut carry = 0u64;
            for limb in &mut self.0 {
                let sum = u64::from(*limb) * u64::from(factor) + carry;
                *limb = sum as u32;
                carry = sum >> 32;
            }
            if carry != 0 {
                self.0.push(carry as u32);
            }
        }

        fn divided_by_ten(&mut self) -> u32 {
            let mut rest = 0u64;
            for limb in self.0.iter_mut().rev() {
                let sum = rest << 32 | u64::from(*limb);
                *limb = (sum / 10) as u32;
                rest = sum % 10;
            }
            while self.0.last() == Some(&0) {
                self.0.pop();
            }
            rest as u32
        }

        fn bits(&self) -> usize {
            self.0.len() * 32 - self.0.last().map_or(0, |limb| limb.leading_zeros() as usize)
        }

        fn bit(&self, index: usize) -> bool {
            self.0[index / 32] >> (index % 32) & 1 == 1
        }

        /// The top 64 bits rounded to nearest, and the exponent that belongs to them.
        fn rounded(&self) -> (u64, i32) {
            let bits = self.bits();
            let drop = bits as i32 - 64;
            let mut top = 0u64;
            for place in 0..64 {
                let index = drop + 63 - place;
                top = top << 1 | u64::from(index >= 0 && self.bit(index as usize));
            }
            let up = drop > 0 && self.bit(drop as usize - 1);
            (top + u64::from(up), drop)
        }
    }

    #[test]
    fn power_table_holds_powers_of_ten_rounded_to_nearest() {
        for (index, &significand) in POWER_SIGNIFICANDS.iter().enumerate() {
            let ten_exponent = FIRST_POWER + index as i32 * POWER_STEP;
            let (expected, exponent) = if ten_exponent >= 0 {
                let mut power = Big(vec![1]);
                (0..ten_exponent).for_each(|_| power.times(10));
                power.rounded()
            } else {
                // 2^2048 / 10^n by n exact divisions; 800 bits of quotient remain, so truncation at
                // each step cannot reach the 65th bit.
                let mut power = Big(vec![0; 64]);
                power.0.push(1);
                (0..-ten_exponent).for_each(|_| {
                    power.divided_by_ten();
                });
                let (top, drop) = power.rounded();
                (top, drop - 2048)
            };
            assert_eq!((significand, power_exponent(ten_exponent)), (expected, exponent));
        }
    }

    #[test]
    fn chosen_power_is_the_smallest_that_reaches_the_target() {
        // Exponents of a normalized upper boundary, from the smallest subnormal to the largest
        // double.
        for exponent in -1137..=960 {
            let (power, ten_exponent) = power_for(exponent);
            let reached = exponent + power.exponent + 64;
            assert!((TARGET_EXPONENT_MIN..=-32).contains(&reached));
            let smaller = power_exponent(ten_exponent - POWER_STEP);
            assert!(exponent + smaller + 64 < TARGET_EXPONENT_MIN);
        }
    }
}
