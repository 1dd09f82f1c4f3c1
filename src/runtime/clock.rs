//! The clocks, read cheaply.
//!
//! Holds: `mono_ns` never goes back; a tick is within microseconds of what the system would say.
//! Cost: 17 to 26 ns per reading where the processor's counter runs at a constant rate (x86-64 with
//! an invariant TSC), else one `clock_gettime`, 31 ns; 90 to 180 ns per [`Clock::resync`]. Measured
//! by `benches/handoff.rs` on a busy virtual machine.
//! Threads: one clock per thread that needs one.
#![allow(unsafe_code)]

use rustix::time::{ClockId, clock_gettime};

use crate::base::time::Tick;

/// The rate is used once it rests on a stretch of this length: 100 ns of jitter in 100 ms are 1 us
/// of error per second since the last `resync`.
const BASELINE_NS: u64 = 100_000_000;

/// A reading further from the last `resync` than this is not extrapolated.
const REACH_NS: u64 = 2_000_000_000;

/// Reads the clocks. See the module.
#[derive(Debug)]
pub struct Clock {
    /// First reading of counter and clock, from which the rate is computed.
    first: (u64, u64),
    /// Reading of counter and clock at the last `resync`.
    anchor: (u64, u64),
    /// Nanoseconds per count times 2^32; 0 while the rate is unknown or the counter is no clock.
    rate: u64,
    invariant: bool,
    /// Wall clock minus monotonic clock, in nanoseconds.
    wall_ahead_ns: i64,
    /// The latest reading given out.
    latest_ns: u64,
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock {
    /// A clock that can be read at once.
    pub fn new() -> Self {
        let first = both();
        let mut clock = Self {
            first,
            anchor: first,
            rate: 0,
            invariant: counter_is_invariant(),
            wall_ahead_ns: 0,
            latest_ns: 0,
        };
        clock.resync();
        clock
    }

    /// Reads the system's clocks; call it once per pass of the loop. The readings of `now` until
    /// the next call are relative to this one, so a step of the wall clock shows from the next pass
    /// on.
    pub fn resync(&mut self) -> Tick {
        let (count, mono_ns) = both();
        self.wall_ahead_ns = wall_ns() - mono_ns as i64;
        let span_ns = mono_ns - self.first.1;
        let counts = count.wrapping_sub(self.first.0);
        if self.invariant && span_ns >= BASELINE_NS && counts != 0 {
            self.rate = ((u128::from(span_ns) << 32) / u128::from(counts)) as u64;
        }
        self.anchor = (count, mono_ns);
        self.tick(mono_ns)
    }

    /// The time now.
    #[inline]
    pub fn now(&mut self) -> Tick {
        let counts = counter().wrapping_sub(self.anchor.0);
        let since_ns = (u128::from(counts) * u128::from(self.rate)) >> 32;
        // Far away: nobody resynchronised for long, or the counter was set back (a migrated
        // machine).
        if self.rate == 0 || since_ns > u128::from(REACH_NS) {
            return self.tick(monotonic_ns());
        }
        self.tick(self.anchor.1 + since_ns as u64)
    }

    fn tick(&mut self, mono_ns: u64) -> Tick {
        self.latest_ns = self.latest_ns.max(mono_ns);
        let wall_ns = self.latest_ns as i64 + self.wall_ahead_ns;
        Tick { wall_us: wall_ns.div_euclid(1000), mono_ns: self.latest_ns }
    }
}

/// Counter and monotonic clock at one moment: read again if the thread was interrupted in between.
fn both() -> (u64, u64) {
    const CLOSE: u64 = 2000; // counts; undisturbed it takes some hundred
    let mut tries = 0;
    loop {
        let before = counter();
        let mono_ns = monotonic_ns();
        let took = counter().wrapping_sub(before);
        tries += 1;
        if took < CLOSE || tries == 4 {
            return (before.wrapping_add(took / 2), mono_ns);
        }
    }
}

fn monotonic_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

fn wall_ns() -> i64 {
    let now = clock_gettime(ClockId::Realtime);
    now.tv_sec * 1_000_000_000 + now.tv_nsec as i64
}

#[cfg(target_arch = "x86_64")]
fn counter() -> u64 {
    // SAFETY: every x86-64 processor has the instruction, and user space may use it (Linux traps it
    // only in processes that asked for that).
    unsafe { std::arch::x86_64::_rdtsc() }
}

#[cfg(target_arch = "x86_64")]
fn counter_is_invariant() -> bool {
    use std::arch::x86_64::__cpuid;
    // Leaf 0x8000_0007, EDX bit 8: the counter's rate is constant in all power states.
    __cpuid(0x8000_0000).eax >= 0x8000_0007 && __cpuid(0x8000_0007).edx & (1 << 8) != 0
}

#[cfg(not(target_arch = "x86_64"))]
fn counter() -> u64 {
    0
}

#[cfg(not(target_arch = "x86_64"))]
fn counter_is_invariant() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_never_go_back() {
        let mut clock = Clock::new();
        let mut last = clock.now();
        for round in 0..50_000 {
            let now = if round % 100 == 0 { clock.resync() } else { clock.now() };
            assert!(now.mono_ns >= last.mono_ns);
            last = now;
        }
    }

    #[test]
    fn a_reading_lies_between_two_of_the_system() {
        let mut clock = Clock::new();
        std::thread::sleep(std::time::Duration::from_nanos(BASELINE_NS));
        clock.resync();
        assert_eq!(clock.rate != 0, clock.invariant);
        for _ in 0..100 {
            let before = monotonic_ns();
            let now = clock.now();
            let after = monotonic_ns();
            let slack = 1_000_000; // the machine may have stalled us while it was calibrated
            assert!(now.mono_ns + slack >= before && now.mono_ns <= after + slack);
            assert!((wall_ns() / 1000 - now.wall_us).abs() < 10_000_000);
        }
    }

    #[test]
    fn a_counter_that_was_set_back_is_not_believed() {
        let mut clock = Clock::new();
        clock.rate = 1 << 32;
        clock.anchor.0 = counter().wrapping_add(1 << 40);
        let now = clock.now();
        assert!(now.mono_ns <= monotonic_ns());
    }
}
