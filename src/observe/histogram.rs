//! A histogram of run times after the published HDR layout: values from a nanosecond to a second,
//! two significant figures.
//!
//! Holds: the buckets, and so all quantiles, are those of the reference implementation configured
//! with (1, 10^9, 2). Values outside are counted at the nearest end.
//! Cost: recording is a few instructions and one counter; 24 KiB per histogram.

/// Values below this have a bucket each; above, each doubling has half as many buckets.
const LINEAR_BITS: u32 = 8;
const HALF: usize = 1 << (LINEAR_BITS - 1);
/// The largest value that is told apart.
const VALUE_MAX: u64 = 1_000_000_000;
/// Buckets up to the doubling that holds the largest value.
const BUCKETS: usize = index_of(VALUE_MAX) / HALF * HALF + HALF;
/// The end of the first step of a cumulated distribution.
const FIRST_STEP: u64 = 1024;

/// The bucket of a value.
#[inline]
const fn index_of(value: u64) -> usize {
    let doubling = u64::BITS - (value | ((1 << LINEAR_BITS) - 1)).leading_zeros() - LINEAR_BITS;
    (doubling as usize) * HALF + (value >> doubling) as usize
}

/// The least value of a bucket, and how many values share it.
const fn range_of(index: usize) -> (u64, u64) {
    let doubling = (index / HALF).saturating_sub(1);
    (((index - doubling * HALF) as u64) << doubling, 1 << doubling)
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Histogram {
    total: u64,
    counts: [u64; BUCKETS],
}

impl Histogram {
    /// Nothing recorded yet.
    pub fn new() -> Box<Histogram> {
        Box::new(Histogram { total: 0, counts: [0; BUCKETS] })
    }

    /// Counts `count` executions of the same run time.
    #[inline]
    pub fn record(&mut self, nanos: u64, count: u64) {
        self.total += count;
        self.counts[index_of(nanos.clamp(1, VALUE_MAX))] += count;
    }

    /// Number of recorded values.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The value in nanoseconds below which `percentile` percent of the recorded ones lie: the
    /// largest of its bucket, or the least if 0 percent are asked for.
    ///
    /// Cost: O(buckets).
    pub fn percentile(&self, percentile: f64) -> u64 {
        let wanted = (percentile.min(100.0) / 100.0 * self.total as f64 + 0.5) as u64;
        let mut below = 0;
        let found = self.counts.iter().position(|count| {
            below += count;
            below >= wanted.max(1)
        });
        let (least, width) = range_of(found.unwrap_or(0));
        if percentile == 0.0 { least } else { least + width - 1 }
    }

    /// The distribution in steps that double from about a microsecond: the largest value of each
    /// in nanoseconds, and how many values lie up to there. Steps that add nothing are left out.
    ///
    /// Cost: O(buckets).
    pub fn cumulated(&self) -> Vec<(u64, u64)> {
        let mut steps: Vec<(u64, u64)> = Vec::new();
        let (mut next, mut below, mut end) = (0, 0, FIRST_STEP);
        while below < self.total {
            let last = index_of(end).min(BUCKETS - 1);
            let added: u64 = self.counts[next..=last].iter().sum();
            if added > 0 {
                below += added;
                let (least, width) = range_of(last);
                steps.push((least + width - 1, below));
            }
            next = last + 1;
            end *= 2;
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_contiguous_and_hold_what_falls_into_them() {
        assert_eq!(BUCKETS, 3072);
        let mut expected = 0;
        for index in 0..BUCKETS {
            let (least, width) = range_of(index);
            assert_eq!(least, expected);
            assert_eq!((index_of(least), index_of(least + width - 1)), (index, index));
            expected = least + width;
        }
        assert_eq!(expected, 1 << 30);
    }

    #[test]
    fn relative_width_is_below_one_percent() {
        for value in (1..=40).map(|exponent| 7_u64.pow(exponent % 11) + 3) {
            let (least, width) = range_of(index_of(value));
            assert!((width - 1) * 100 < least.max(1), "{value}: {least} + {width}");
        }
    }

    #[test]
    fn percentiles_are_the_upper_ends_of_buckets() {
        let mut histogram = Histogram::new();
        assert_eq!(histogram.percentile(50.0), 0);
        (1..=100).for_each(|n| histogram.record(n * 1000, 1));
        assert_eq!(histogram.percentile(0.0), 1000);
        assert_eq!(histogram.percentile(50.0), 50_175);
        assert_eq!(histogram.percentile(100.0), 100_351);
        assert_eq!(histogram.percentile(300.0), 100_351);
    }

    #[test]
    fn cumulated_steps_end_with_the_total() {
        let mut histogram = Histogram::new();
        assert_eq!(histogram.cumulated(), []);
        for nanos in [0, 900, 1024, 1032, 2_000_000_000] {
            histogram.record(nanos, 1);
        }
        let steps = [(1031, 3), (2063, 4), ((1 << 30) - 1, 5)];
        assert_eq!(histogram.cumulated(), steps);
        assert_eq!(histogram.total(), 5);
    }
}
