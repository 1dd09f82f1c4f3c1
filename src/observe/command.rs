//! Counters of one command.

use super::histogram::Histogram;

/// Executions that took so many times longer than usual did not all do so.
const FAR: u64 = 4;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct CommandStats {
    /// Executions.
    pub calls: u64,
    /// Time they took, in nanoseconds.
    pub nanos: u64,
    /// Times that it was refused before it ran.
    pub rejected: u64,
    /// Executions that answered an error.
    pub failed: u64,
    /// Run times; none before the first.
    pub histogram: Option<Box<Histogram>>,
}

impl CommandStats {
    /// Counts `count` executions that took `nanos` together, the last of which has failed or not.
    /// Returns how long that one took: as long as each of the others, unless they took so much
    /// longer than usual that it must have been a single one; that is taken to be the last.
    #[inline]
    pub fn note(&mut self, count: u64, nanos: u64, failed: bool, histogram: bool) -> u64 {
        let (mut each, mut last) = (nanos, nanos);
        if count > 1 {
            let mean = nanos / count;
            let usual = self.nanos.checked_div(self.calls).unwrap_or(mean);
            each = if mean > usual * FAR { usual } else { mean };
            last = nanos - each * (count - 1);
        }
        self.calls += count;
        self.nanos += nanos;
        self.failed += u64::from(failed);
        if histogram {
            let histogram = self.histogram.get_or_insert_with(Histogram::new);
            if count > 1 {
                histogram.record(each, count - 1);
            }
            histogram.record(last, 1);
        }
        last
    }

    /// True if nothing was ever counted.
    pub fn is_unused(&self) -> bool {
        self.calls == 0 && self.rejected == 0 && self.failed == 0
    }

    /// Microseconds in all, and the average per call.
    pub fn micros(&self) -> (u64, f64) {
        let micros = self.nanos / 1000;
        (micros, if self.calls == 0 { 0.0 } else { micros as f64 / self.calls as f64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(stats: &CommandStats) -> &Histogram {
        stats.histogram.as_deref().expect("something was counted")
    }

    #[test]
    fn executions_that_were_timed_together_took_equally_long() {
        let mut stats = CommandStats::default();
        assert_eq!(stats.note(1, 1000, false, true), 1000);
        assert_eq!(stats.note(8, 16_007, true, true), 2007);
        assert_eq!((stats.calls, stats.nanos, stats.failed), (9, 17_007, 1));
        assert_eq!(histogram(&stats).total(), 9);
        assert_eq!(histogram(&stats).percentile(50.0), 2007);
    }

    #[test]
    fn the_first_are_compared_with_nothing() {
        let mut stats = CommandStats::default();
        assert_eq!(stats.note(8, 8000, false, true), 1000);
        assert_eq!(histogram(&stats).percentile(0.0), 1000);
    }

    #[test]
    fn one_that_must_have_been_far_longer_is_the_last() {
        let mut stats = CommandStats::default();
        stats.note(1, 1000, false, true);
        assert_eq!(stats.note(8, 1_007_000, false, true), 1_000_000);
        assert_eq!((stats.calls, stats.nanos), (9, 1_008_000));
        assert_eq!(histogram(&stats).percentile(85.0), 1003);
        assert_eq!(histogram(&stats).percentile(100.0), 1_003_519);
    }
}
