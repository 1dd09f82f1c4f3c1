//! The random numbers that scripts see: the 48-bit generator of POSIX, which gives the same
//! sequence for the same seed everywhere.
//!
//! Holds: the sequence goes on from script to script, and starts anew with the process.

use std::cell::Cell;

/// See the module.
#[derive(Debug)]
pub(super) struct Random(Cell<u64>);

/// What `random` gives is below this.
pub(super) const RANDOM_MAX: u32 = i32::MAX as u32;

const MULTIPLIER: u64 = 0x5_DEEC_E66D;
const INCREMENT: u64 = 0xB;
const MASK: u64 = (1 << 48) - 1;

impl Default for Random {
    fn default() -> Random {
        Random(Cell::new(0x1234_ABCD_330E))
    }
}

impl Random {
    /// Begins the sequence of a seed.
    pub(super) fn seed(&self, seed: i32) {
        self.0.set((u64::from(seed as u32) << 16) | 0x330E);
    }

    /// The next 31 bits.
    pub(super) fn next(&self) -> u32 {
        let next = self.0.get().wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT) & MASK;
        self.0.set(next);
        (next >> 17) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_those_of_lrand48() {
        let random = Random::default();
        random.seed(0);
        // From `srand48(0)` and three times `lrand48()`.
        assert_eq!(
            [random.next(), random.next(), random.next()],
            [366_850_414, 1_610_402_240, 206_956_554]
        );
    }
}
