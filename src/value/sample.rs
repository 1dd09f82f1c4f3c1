//! Fair samples from a walk.

use crate::base::prng::Prng;

/// Chooses `wanted` of `total` elements that are met one after the other; every choice of so many
/// is equally likely.
#[derive(Clone, Debug)]
pub struct Sampler {
    left: usize,
    wanted: usize,
}

impl Sampler {
    /// `wanted` is at most `total`.
    pub fn new(total: usize, wanted: usize) -> Self {
        debug_assert!(wanted <= total);
        Self { left: total, wanted }
    }

    /// Whether the next element is chosen. Called at most `total` times.
    #[inline]
    pub fn choose(&mut self, prng: &mut Prng) -> bool {
        let chosen = prng.below(self.left as u64) < self.wanted as u64;
        self.left -= 1;
        self.wanted -= usize::from(chosen);
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_equally_likely() {
        let mut prng = Prng::from_seed(5);
        let mut hits = [0; 16];
        for _ in 0..6000 {
            let mut sampler = Sampler::new(4, 2);
            let chosen =
                (0..4).fold(0, |set, bit| set | usize::from(sampler.choose(&mut prng)) << bit);
            hits[chosen] += 1;
        }
        for (chosen, &hits) in hits.iter().enumerate() {
            let fair = if chosen.count_ones() == 2 { 880..1120 } else { 0..1 };
            assert!(fair.contains(&hits), "{chosen:04b}: {hits}");
        }
    }
}
