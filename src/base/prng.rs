//! Seeded pseudo-random numbers: xoshiro256** (Blackman and Vigna), seeded through SplitMix64.
//!
//! Holds: equal seeds give equal sequences on every platform. The only randomness below `runtime`.
//! Cost: about a nanosecond per number.
//! Not here: secrets. The sequence can be computed from a few outputs.

/// A generator of pseudo-random numbers.
#[derive(Clone, Debug)]
pub struct Prng {
    state: [u64; 4],
}

impl Prng {
    /// The generator for this seed; every seed is good, zero included.
    pub fn from_seed(seed: u64) -> Self {
        let mut mix = seed;
        Self { state: std::array::from_fn(|_| split_mix(&mut mix)) }
    }

    /// The next 64 bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        let [s0, s1, s2, s3] = &mut self.state;
        let result = s1.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = *s1 << 17;
        *s2 ^= *s0;
        *s3 ^= *s1;
        *s1 ^= *s2;
        *s0 ^= *s3;
        *s2 ^= shifted;
        *s3 = s3.rotate_left(45);
        result
    }

    /// A number in `0..limit`, all equally likely.
    ///
    /// # Panics
    /// If `limit` is zero: there is no such number.
    #[inline]
    pub fn below(&mut self, limit: u64) -> u64 {
        assert!(limit > 0, "no number is below zero");
        // Multiplying maps 2^64 values on `limit` intervals; the low half tells when a value lies
        // in the part that would make some intervals longer by one, and is drawn again.
        let mut wide = u128::from(self.next_u64()) * u128::from(limit);
        if (wide as u64) < limit {
            let excess = limit.wrapping_neg() % limit;
            while (wide as u64) < excess {
                wide = u128::from(self.next_u64()) * u128::from(limit);
            }
        }
        (wide >> 64) as u64
    }
}

/// One step of SplitMix64, which spreads a seed over the state.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequence_is_the_published_one() {
        // SplitMix64 from zero starts with this value; xoshiro256** from the state 1, 2, 3, 4 too.
        assert_eq!(split_mix(&mut 0), 0xe220_a839_7b1d_cdaf);
        let mut prng = Prng { state: [1, 2, 3, 4] };
        let first: Vec<u64> = (0..4).map(|_| prng.next_u64()).collect();
        assert_eq!(first, [11520, 0, 1509978240, 1215971899390074240]);
    }

    #[test]
    fn below_is_bounded_and_reaches_every_value_evenly() {
        let mut prng = Prng::from_seed(7);
        let mut hits = [0u32; 7];
        for _ in 0..70_000 {
            hits[prng.below(7) as usize] += 1;
        }
        assert!(hits.iter().all(|&n| (9_500..10_500).contains(&n)), "{hits:?}");
        assert_eq!(prng.below(1), 0);
        let half = (1u64 << 63) + 1;
        let upper = (0..1000).filter(|_| prng.below(half) >= half / 2).count();
        assert!((400..600).contains(&upper), "{upper} of 1000 in the upper half");
    }
}
