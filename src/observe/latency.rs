//! The latency monitor: slow moments of the server by what caused them.
//!
//! Holds: a series has one sample per second at most, the worst of it; 160 samples are kept.
//! Cost: nothing for what is fast; O(events) for what is slow.

use std::collections::BTreeMap;

/// Samples of a series that are kept.
pub const SAMPLES_MAX: usize = 160;

/// What may be slow, by the names that clients know.
pub mod event {
    /// A command.
    pub const COMMAND: &str = "command";
    /// A command that is said to be fast.
    pub const FAST_COMMAND: &str = "fast-command";
    /// A pass of active expiry.
    pub const EXPIRE_CYCLE: &str = "expire-cycle";
}

/// A slow moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Unix time in seconds.
    pub at: i64,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

/// The slow moments of one event.
#[derive(Clone, Debug, Default)]
pub struct Series {
    samples: Vec<Sample>,
    /// Index of the oldest once the series is full.
    oldest: usize,
    /// The worst since the last reset.
    pub worst: u64,
}

impl Series {
    fn newest(&mut self) -> Option<&mut Sample> {
        let newest = if self.oldest == 0 { self.samples.len() } else { self.oldest };
        self.samples.get_mut(newest.wrapping_sub(1))
    }

    fn add(&mut self, sample: Sample) {
        self.worst = self.worst.max(sample.millis);
        if let Some(newest) = self.newest()
            && newest.at == sample.at
        {
            newest.millis = newest.millis.max(sample.millis);
        } else if self.samples.len() < SAMPLES_MAX {
            self.samples.push(sample);
        } else {
            self.samples[self.oldest] = sample;
            self.oldest = (self.oldest + 1) % SAMPLES_MAX;
        }
    }

    /// The samples, oldest first. A series has at least one.
    pub fn samples(&self) -> impl ExactSizeIterator<Item = Sample> + Clone {
        let all = self.samples.len();
        (0..all).map(move |index| self.samples[(self.oldest + index) % all])
    }

    /// The last sample.
    pub fn last(&self) -> Option<Sample> {
        self.samples().last()
    }

    /// What the samples say together, as of `now` in Unix seconds.
    pub fn analysis(&self, now: i64) -> Analysis {
        let count = self.samples.len().max(1) as u64;
        let average = self.samples().map(|sample| sample.millis).sum::<u64>() / count;
        let deviation = self.samples().map(|sample| sample.millis.abs_diff(average)).sum::<u64>();
        let first = self.samples().map(|sample| sample.at).min().unwrap_or(now);
        Analysis {
            samples: self.samples.len(),
            average,
            deviation: deviation / count,
            seconds: (now - first).max(1),
        }
    }
}

/// Figures about a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Analysis {
    /// Number of samples.
    pub samples: usize,
    /// Milliseconds on average.
    pub average: u64,
    /// Mean absolute deviation from it.
    pub deviation: u64,
    /// Time since the oldest sample.
    pub seconds: i64,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Latency {
    /// What takes at least this many milliseconds is recorded; 0: nothing is.
    pub threshold_ms: u64,
    series: BTreeMap<&'static str, Series>,
}

impl Latency {
    /// Records that something took `nanos`, if it is slow. `at`: Unix seconds.
    pub fn note(&mut self, event: &'static str, nanos: u64, at: i64) {
        let millis = nanos / 1_000_000;
        if self.threshold_ms > 0 && millis >= self.threshold_ms {
            self.series.entry(event).or_default().add(Sample { at, millis });
        }
    }

    /// All series by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&'static str, &Series)> {
        self.series.iter().map(|(event, series)| (*event, series))
    }

    /// The series of an event, whose name is given in its own case.
    pub fn get(&self, event: &[u8]) -> Option<(&'static str, &Series)> {
        self.iter().find(|(name, _)| name.as_bytes() == event)
    }

    /// Forgets an event, whatever the case of its name, or all; returns how many there were.
    pub fn reset(&mut self, event: Option<&[u8]>) -> usize {
        let before = self.series.len();
        let wanted = |name: &str| event.is_none_or(|e| name.as_bytes().eq_ignore_ascii_case(e));
        self.series.retain(|name, _| !wanted(name));
        before - self.series.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn watched() -> Latency {
        Latency { threshold_ms: 10, ..Latency::default() }
    }

    #[test]
    fn only_what_reaches_the_threshold_is_kept() {
        let mut latency = watched();
        latency.note(event::COMMAND, 10 * MS - 1, 1);
        assert_eq!(latency.iter().len(), 0);
        latency.note(event::COMMAND, 10 * MS, 1);
        assert_eq!(latency.iter().len(), 1);
        latency.threshold_ms = 0;
        latency.note(event::FAST_COMMAND, u64::MAX, 1);
        assert_eq!(latency.iter().len(), 1);
    }

    #[test]
    fn a_second_has_its_worst_sample_and_the_oldest_go() {
        let mut latency = watched();
        for (at, millis) in [(1, 20), (1, 30), (1, 25)] {
            latency.note(event::COMMAND, millis * MS, at);
        }
        let series = |latency: &Latency| latency.get(b"command").unwrap().1.clone();
        assert_eq!(series(&latency).last(), Some(Sample { at: 1, millis: 30 }));
        (2..=200).for_each(|at| latency.note(event::COMMAND, 11 * MS, at));
        latency.note(event::COMMAND, 12 * MS, 200);
        let series = series(&latency);
        assert_eq!(series.samples().len(), SAMPLES_MAX);
        assert_eq!(series.samples().next(), Some(Sample { at: 41, millis: 11 }));
        assert_eq!(series.last(), Some(Sample { at: 200, millis: 12 }));
        assert_eq!(series.worst, 30);
        let seconds = 210 - 41;
        let expected = Analysis { samples: SAMPLES_MAX, average: 11, deviation: 0, seconds };
        assert_eq!(series.analysis(210), expected);
    }

    #[test]
    fn reset_takes_names_in_any_case() {
        let mut latency = watched();
        latency.note(event::COMMAND, 20 * MS, 1);
        latency.note(event::EXPIRE_CYCLE, 20 * MS, 1);
        assert!(latency.get(b"COMMAND").is_none());
        assert_eq!(latency.reset(Some(b"fork")), 0);
        assert_eq!(latency.reset(Some(b"COMMAND")), 1);
        assert_eq!(latency.reset(None), 1);
    }
}
