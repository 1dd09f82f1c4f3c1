//! Exact decimal expansion of binary floating point.

use super::text::Text;

/// Most decimals that [`push_fixed`] prints.
pub(super) const DECIMALS_MAX: usize = 17;

/// 32-bit limbs of the largest long double, 2^16384.
const LIMBS: usize = 513;

/// A magnitude `significand * 2^exponent`.
#[derive(Clone, Copy)]
pub(super) struct Parts {
    pub(super) significand: u64,
    pub(super) exponent: i32,
}

impl Parts {
    /// The magnitude of a finite double.
    pub(super) fn of_f64(value: f64) -> Self {
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        match (bits >> 52 & 0x7ff) as i32 {
            0 => Parts { significand: fraction, exponent: -1074 },
            biased => Parts { significand: fraction | 1 << 52, exponent: biased - 1075 },
        }
    }
}

/// Appends the exact value rounded half to even to `decimals` places, as C's `%.*f` does.
pub(super) fn push_fixed<const N: usize>(text: &mut Text<N>, parts: Parts, decimals: usize) {
    assert!(decimals <= DECIMALS_MAX, "at most {DECIMALS_MAX} decimals");
    let unit = 10u64.pow(decimals as u32);
    if parts.exponent >= 0 {
        push_whole(text, parts);
        if decimals > 0 {
            text.push(b'.');
            text.push_zeros(decimals);
        }
        return;
    }
    // Below 2^64 * 10^17 < 2^121: the whole computation fits.
    let scaled = u128::from(parts.significand) * u128::from(unit);
    let rounded = shift_half_even(scaled, parts.exponent.unsigned_abs());
    let mut buffer = itoa::Buffer::new();
    text.push_all(buffer.format(rounded / u128::from(unit)).as_bytes());
    if decimals > 0 {
        text.push(b'.');
        let part = buffer.format((rounded % u128::from(unit)) as u64);
        text.push_zeros(decimals - part.len());
        text.push_all(part.as_bytes());
    }
}

/// `value / 2^shift` to the nearest integer, ties to the even one; `value` is below 2^126.
pub(super) fn shift_half_even(value: u128, shift: u32) -> u128 {
    if shift > 126 {
        return 0;
    }
    let quotient = value >> shift;
    let rest = value - (quotient << shift);
    let half = (1u128 << shift) >> 1;
    let up = shift > 0 && (rest > half || rest == half && quotient & 1 == 1);
    quotient + u128::from(up)
}

/// Appends an integer of any size, by repeated division by 10^9. Cost: quadratic in the digits.
fn push_whole<const N: usize>(text: &mut Text<N>, parts: Parts) {
    const CHUNK: u64 = 1_000_000_000;
    const CHUNK_DIGITS: usize = 9;
    let mut limbs = [0u32; LIMBS + 2];
    let (at, shift) = (parts.exponent as usize / 32, parts.exponent as usize % 32);
    let spread = u128::from(parts.significand) << shift;
    for (index, limb) in limbs[at..at + 3].iter_mut().enumerate() {
        *limb = (spread >> (32 * index)) as u32;
    }

    let mut chunks = [0u32; LIMBS * 32 / 29 + 2];
    let mut count = 0;
    let mut used = at + 3;
    loop {
        while used > 0 && limbs[used - 1] == 0 {
            used -= 1;
        }
        if used == 0 {
            break;
        }
        let mut rest = 0u64;
        for limb in limbs[..used].iter_mut().rev() {
            let sum = rest << 32 | u64::from(*limb);
            *limb = (sum / CHUNK) as u32;
            rest = sum % CHUNK;
        }
        chunks[count] = rest as u32;
        count += 1;
    }

    let mut buffer = itoa::Buffer::new();
    let Some((first, others)) = chunks[..count].split_last() else {
        text.push(b'0');
        return;
    };
    text.push_all(buffer.format(*first).as_bytes());
    for chunk in others.iter().rev() {
        let digits = buffer.format(*chunk);
        text.push_zeros(CHUNK_DIGITS - digits.len());
        text.push_all(digits.as_bytes());
    }
}
