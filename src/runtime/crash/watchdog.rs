//! Tells where a thread stands that has not been heard of for a while.
//!
//! Cost: a store per beat; without a watchdog nothing.
#![allow(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::libc;
use nix::sys::pthread::{pthread_kill, pthread_self};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

use super::stack::{Frame, Labels, Note};

/// Written by the handler, read by the watching thread.
static NOTE: Note = Note::new();
/// The handler has run.
static NOTED: AtomicBool = AtomicBool::new(false);

/// Runs on the thread that is watched.
extern "C" fn handler(_: libc::c_int) {
    NOTE.take();
    NOTED.store(true, Ordering::Release);
}

#[derive(Debug, Default)]
struct Shared {
    /// Signs of life.
    beats: AtomicU64,
    ended: AtomicBool,
}

/// Watches the thread that made it, until it is dropped.
#[derive(Debug)]
pub struct Watchdog {
    shared: Arc<Shared>,
}

impl Watchdog {
    /// Watches the calling thread: after `period` without a sign of life `report` gets the calls
    /// that it is in, once per silence.
    ///
    /// # Errors
    /// The system has no thread left, or refuses the signal.
    pub fn start(
        period: Duration,
        labels: Labels,
        report: impl Fn(&[Frame]) + Send + 'static,
    ) -> std::io::Result<Watchdog> {
        let action = SigHandler::Handler(handler);
        let action = SigAction::new(action, SaFlags::SA_RESTART, SigSet::empty());
        // SAFETY: the handler touches atomics and walks the stack of its own thread.
        unsafe { sigaction(Signal::SIGALRM, &action) }.map_err(std::io::Error::from)?;
        let shared = Arc::new(Shared::default());
        let (watched, mine) = (pthread_self(), Arc::clone(&shared));
        thread::Builder::new().name("watchdog".into()).spawn(move || {
            watch(&mine, period, || {
                NOTED.store(false, Ordering::Relaxed);
                if pthread_kill(watched, Signal::SIGALRM).is_ok() && noted() {
                    report(&NOTE.frames(&labels));
                }
            });
        })?;
        Ok(Watchdog { shared })
    }

    /// A sign of life.
    #[inline]
    pub fn beat(&self) {
        self.shared.beats.store(self.shared.beats.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
    }
}

/// Calls `alarm` once for each silence of a period.
fn watch(shared: &Shared, period: Duration, alarm: impl Fn()) {
    const LOOKS: u32 = 8;
    let (mut beats, mut since, mut told) = (0, Instant::now(), false);
    while !shared.ended.load(Ordering::Relaxed) {
        thread::sleep(period / LOOKS);
        let now = shared.beats.load(Ordering::Relaxed);
        if now != beats {
            (beats, since, told) = (now, Instant::now(), false);
        } else if !told && since.elapsed() >= period {
            alarm();
            told = true;
        }
    }
}

/// Waits for the handler to have run.
fn noted() -> bool {
    (0..100).any(|_| {
        thread::sleep(Duration::from_millis(1));
        NOTED.load(Ordering::Acquire)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_silent_thread_is_told_of_once_and_a_lively_one_never() {
        let (tell, told) = channel();
        let watched = thread::spawn(move || {
            let report = move |frames: &[Frame]| tell.send(frames.len()).unwrap();
            let period = Duration::from_millis(400);
            let watchdog = Watchdog::start(period, Labels::new(), report).unwrap();
            for _ in 0..100 {
                watchdog.beat();
                thread::sleep(Duration::from_millis(10));
            }
            // A thread that is interrupted in its sleep goes on sleeping.
            thread::sleep(Duration::from_millis(1500));
            drop(watchdog);
        });
        watched.join().unwrap();
        assert_eq!(told.iter().filter(|frames| *frames > 3).count(), 1);
    }
}
