//! Counters of one command.

use super::histogram::Histogram;

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
    /// Counts an execution.
    #[inline]
    pub fn note(&mut self, nanos: u64, failed: bool, histogram: bool) {
        self.calls += 1;
        self.nanos += nanos;
        self.failed += u64::from(failed);
        if histogram {
            match &mut self.histogram {
                Some(histogram) => histogram.record(nanos),
                none => none.insert(Histogram::new()).record(nanos),
            }
        }
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
