//! Signals: what was asked of the process from outside, as flags that the loop looks at.
//!
//! Holds: a signal sets its flag and then makes the descriptor of [`Signals::install`] readable, so
//! a poller that watches that descriptor never sleeps over one.
//! Not here: what is done about a signal.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::{flag, low_level};

/// A request from outside to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// SIGTERM.
    Terminate,
    /// SIGINT.
    Interrupt,
}

/// The flags of the signals that the process handles. See the module.
#[derive(Clone, Debug)]
pub struct Signals {
    terminate: Arc<AtomicBool>,
    interrupt: Arc<AtomicBool>,
    user: Arc<AtomicBool>,
}

impl Signals {
    /// Takes over SIGTERM, SIGINT and SIGUSR1, ignores SIGHUP (Rust's start-up ignores SIGPIPE),
    /// and returns the descriptor to watch.
    ///
    /// A SIGINT while a stop is asked for or carried out (the flag `stopping` is set, which a first
    /// SIGTERM or SIGINT does as well) ends the process at once with status 1.
    ///
    /// # Errors
    /// The system refused a handler or a descriptor.
    pub fn install(stopping: Arc<AtomicBool>) -> io::Result<(Self, UnixStream)> {
        let (wake, waker) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        waker.set_nonblocking(true)?;
        let signals = Self {
            terminate: Arc::new(AtomicBool::new(false)),
            interrupt: Arc::new(AtomicBool::new(false)),
            user: Arc::new(AtomicBool::new(false)),
        };
        // The order of registration is the order of execution: flags first, then the wake-up.
        flag::register_conditional_shutdown(SIGINT, 1, Arc::clone(&stopping))?;
        flag::register(SIGINT, Arc::clone(&stopping))?;
        flag::register(SIGTERM, stopping)?;
        flag::register(SIGHUP, Arc::new(AtomicBool::new(false)))?;
        for (signal, raised) in
            [(SIGTERM, &signals.terminate), (SIGINT, &signals.interrupt), (SIGUSR1, &signals.user)]
        {
            flag::register(signal, raised.clone())?;
            low_level::pipe::register(signal, waker.try_clone()?)?;
        }
        Ok((signals, wake))
    }

    /// Which stop was asked for since the last call, SIGTERM before SIGINT.
    pub fn stop(&self) -> Option<Stop> {
        if self.terminate.swap(false, Ordering::Relaxed) {
            return Some(Stop::Terminate);
        }
        self.interrupt.swap(false, Ordering::Relaxed).then_some(Stop::Interrupt)
    }

    /// Whether [`Signals::stop`] would tell of one.
    pub fn is_stop_due(&self) -> bool {
        self.terminate.load(Ordering::Relaxed) || self.interrupt.load(Ordering::Relaxed)
    }

    /// Whether SIGUSR1 came since the last call.
    pub fn user(&self) -> bool {
        self.user.swap(false, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn signals_set_their_flag_and_wake_the_poller() {
        let stopping = Arc::new(AtomicBool::new(false));
        let (signals, mut wake) = Signals::install(Arc::clone(&stopping)).unwrap();
        low_level::raise(SIGHUP).unwrap();
        assert_eq!(signals.stop(), None);
        for (signal, stop) in [(SIGINT, Stop::Interrupt), (SIGTERM, Stop::Terminate)] {
            assert!(!stopping.load(Ordering::Relaxed) && !signals.is_stop_due());
            low_level::raise(signal).unwrap();
            assert!(stopping.swap(false, Ordering::Relaxed) && signals.is_stop_due());
            assert!(wake.read(&mut [0; 8]).unwrap() > 0);
            assert_eq!((signals.stop(), signals.stop()), (Some(stop), None));
        }
        low_level::raise(SIGUSR1).unwrap();
        assert!(signals.user() && !signals.user());
    }
}
