//! Counters of the server, for INFO.

use std::collections::BTreeMap;

use super::registry::CommandId;
use crate::base::time::Millis;
use crate::observe::command::CommandStats;

/// Samples kept for the `instantaneous_` figures: 1.6 seconds.
const SAMPLES: usize = 16;

/// How often a sample is taken.
const SAMPLE_MS: Millis = 100;

/// A rate over the last samples.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rate {
    samples: [f64; SAMPLES],
    next: usize,
    last_value: u64,
    last_at: Millis,
}

impl Rate {
    /// Takes a sample of a growing counter, if it is time for one.
    pub fn sample(&mut self, now: Millis, value: u64) {
        let elapsed = now - self.last_at;
        if elapsed < SAMPLE_MS {
            return;
        }
        if self.last_at != 0 {
            let per_second = value.saturating_sub(self.last_value) as f64 * 1000.0 / elapsed as f64;
            self.samples[self.next] = per_second;
            self.next = (self.next + 1) % SAMPLES;
        }
        (self.last_at, self.last_value) = (now, value);
    }

    /// Units per second.
    pub fn per_second(&self) -> f64 {
        self.samples.iter().sum::<f64>() / SAMPLES as f64
    }
}

/// More codes of errors than this are not told apart (a script could make them up).
const ERROR_CODES_MAX: usize = 128;

/// What is counted instead of one code too many.
const ERROR_CODES_OVERFLOW: &[u8] = b"ERRORSTATS_OVERFLOW";

/// See the module.
#[derive(Debug, Default)]
pub struct Stats {
    /// By command number.
    pub commands: Vec<CommandStats>,
    /// Error replies by code.
    pub errors: BTreeMap<Box<[u8]>, u64>,
    /// Error replies.
    pub error_replies: u64,
    /// Commands executed.
    pub processed: u64,
    /// Connections accepted.
    pub connections: u64,
    /// Connections refused because of `maxclients`.
    pub rejected_connections: u64,
    /// Bytes received.
    pub net_in: u64,
    /// Bytes sent.
    pub net_out: u64,
    /// Reads from clients.
    pub reads: u64,
    /// Turns that wrote to clients.
    pub writes: u64,
    /// Clients closed because of the query-buffer limit.
    pub query_limit_closed: u64,
    /// Clients closed because of the output-buffer limits.
    pub output_limit_closed: u64,
    /// Clients closed because all of them together held too much memory.
    pub evicted_clients: u64,
    /// Times that a reply buffer was made smaller.
    pub reply_buffer_shrinks: u64,
    /// Times that a reply buffer was made larger.
    pub reply_buffer_expands: u64,
    /// Time spent in active expiry, in nanoseconds.
    pub expire_nanos: u64,
    /// Of the keys that expire, the part that was found to have done so: an average over the last
    /// runs of the timer.
    pub stale: f64,
    /// Expired keys removed unasked up to the last run of the timer.
    expired_before: u64,
    /// Passes of the loop.
    pub loops: u64,
    /// Time spent in them, without waiting, in nanoseconds.
    pub loop_nanos: u64,
    /// The longest pass, in nanoseconds.
    pub loop_nanos_max: u64,
    /// Most commands executed in one pass.
    pub loop_commands_max: u64,
    /// Time spent in timers, in nanoseconds.
    pub cron_nanos: u64,
    /// Time spent executing commands, in nanoseconds.
    pub command_nanos: u64,
    /// Passes of the loop per second.
    pub loop_rate: Rate,
    /// Nanoseconds spent in passes per second.
    pub loop_time_rate: Rate,
    /// What the host had freed elsewhere when the counters were reset.
    pub freed_at_reset: u64,
    /// Most memory ever used.
    pub peak_memory: usize,
    /// Commands per second.
    pub ops_rate: Rate,
    /// Bytes received per second.
    pub in_rate: Rate,
    /// Bytes sent per second.
    pub out_rate: Rate,
}

impl Stats {
    /// For `commands` commands and subcommands.
    pub fn new(commands: usize) -> Stats {
        Stats { commands: vec![CommandStats::default(); commands], ..Stats::default() }
    }

    /// The counters of a command.
    #[inline]
    pub fn command(&mut self, id: CommandId) -> &mut CommandStats {
        &mut self.commands[id.0 as usize]
    }

    /// Counts an error reply by its code.
    pub fn error(&mut self, code: &[u8]) {
        self.error_replies += 1;
        if let Some(count) = self.errors.get_mut(code) {
            *count += 1;
            return;
        }
        let code = if self.errors.len() < ERROR_CODES_MAX { code } else { ERROR_CODES_OVERFLOW };
        *self.errors.entry(code.into()).or_default() += 1;
    }

    /// Takes a sample of how many keys had expired unnoticed: `expired` were removed unasked so
    /// far, `left` have their time before them.
    pub fn sample_stale(&mut self, expired: u64, left: u64) {
        /// Weight of a sample.
        const WEIGHT: f64 = 0.05;
        let found = expired - std::mem::replace(&mut self.expired_before, expired);
        let part = if found == 0 { 0.0 } else { found as f64 / (found + left) as f64 };
        self.stale = part * WEIGHT + self.stale * (1.0 - WEIGHT);
    }

    /// Average duration of a pass of the loop, in microseconds.
    pub fn loop_micros(&self) -> u64 {
        let passes = self.loop_rate.per_second();
        if passes < 1.0 { 0 } else { (self.loop_time_rate.per_second() / passes / 1000.0) as u64 }
    }

    /// CONFIG RESETSTAT.
    pub fn reset(&mut self) {
        let (commands, peak) = (self.commands.len(), self.peak_memory);
        *self = Stats::new(commands);
        self.peak_memory = peak;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_of_stale_keys_follows_samples_slowly_and_fades() {
        let mut stats = Stats::new(0);
        stats.sample_stale(0, 100);
        assert_eq!(stats.stale, 0.0);
        stats.sample_stale(50, 50);
        assert_eq!(stats.stale, 0.025);
        stats.sample_stale(50, 50);
        assert_eq!(stats.stale, 0.025 * 0.95);
        (0..1000).for_each(|_| stats.sample_stale(50, 50));
        assert!(stats.stale < 1e-9);
        stats.reset();
        stats.sample_stale(1, 0);
        assert_eq!(stats.stale, 0.05);
    }
}
