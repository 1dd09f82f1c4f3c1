//! What the server remembers of its own work: the slow log, slow moments, run times by command.
//!
//! Holds: state only; when to record something is decided in `core`, what it looks like to a client
//! in `commands`.
//! Cost: a command that is neither slow nor refused costs one comparison and one counter of its
//! histogram.

pub mod command;
pub mod histogram;
pub mod latency;
pub mod slowlog;
pub mod threads;

use latency::Latency;
use slowlog::SlowLog;
use threads::IoThreads;

/// Which run times are worth recording.
#[derive(Clone, Copy, Debug)]
pub struct Thresholds {
    /// `slowlog-log-slower-than` in microseconds; negative: the slow log is off.
    pub slowlog_micros: i64,
    /// `slowlog-max-len`.
    pub slowlog_len: u64,
    /// `latency-monitor-threshold` in milliseconds; 0: slow moments are not recorded.
    pub latency_millis: i64,
    /// `latency-tracking`.
    pub histograms: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Observe {
    /// The slow log.
    pub slowlog: SlowLog,
    /// Slow moments by event.
    pub latency: Latency,
    /// What I/O threads did.
    pub threads: IoThreads,
    /// Whether run times go into histograms.
    pub histograms: bool,
    /// No command that took less is slow by any measure.
    pub slow_nanos: u64,
}

impl Default for Observe {
    fn default() -> Observe {
        Observe {
            slowlog: SlowLog::default(),
            latency: Latency::default(),
            threads: IoThreads::default(),
            histograms: true,
            slow_nanos: u64::MAX,
        }
    }
}

impl Observe {
    /// Takes over settings. A slow log that is on is cut to its length.
    pub fn adopt(&mut self, thresholds: Thresholds) {
        self.slowlog.adopt(thresholds.slowlog_micros, thresholds.slowlog_len);
        self.latency.threshold_ms = thresholds.latency_millis.max(0) as u64;
        self.histograms = thresholds.histograms;
        let monitored = match self.latency.threshold_ms {
            0 => u64::MAX,
            millis => millis.saturating_mul(1_000_000),
        };
        self.slow_nanos = self.slowlog.slow_nanos().min(monitored);
    }
}
