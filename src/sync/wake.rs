//! The agreement between a thread that sleeps in a poller and those that give it work.
//!
//! Holds: work that was published before [`WakeFlag::must_notify`] is either seen by the sleeper's
//! check after [`WakeFlag::announce`], or `must_notify` says true, and the notification ends the
//! sleep. Cost: a fence and a load per hand-over while the other side is awake; no system call.
//!
//! The sleeper: look for work, and spin briefly; `announce`; look once more; sleep if there is
//! none;
//! `awake`. The giver: publish the work; notify the sleeper's poller if `must_notify`.

use super::shim::{AtomicBool, Ordering, fence};

/// See the module.
#[derive(Debug)]
pub struct WakeFlag {
    asleep: AtomicBool,
}

impl Default for WakeFlag {
    fn default() -> Self {
        Self::new()
    }
}

impl WakeFlag {
    /// A flag of a thread that is awake.
    pub fn new() -> Self {
        Self { asleep: AtomicBool::new(false) }
    }

    /// The sleeper says that it is about to sleep. It must look for work once more before it does.
    pub fn announce(&self) {
        // An exchange, so that a giver's exchange in `must_notify` is ordered with it either way.
        self.asleep.swap(true, Ordering::AcqRel);
        // Pairs with the fence in `must_notify`: of two threads that each write and then look, at
        // least one sees what the other wrote.
        fence(Ordering::SeqCst);
    }

    /// The sleeper is awake again, or did not sleep after all.
    pub fn awake(&self) {
        self.asleep.swap(false, Ordering::AcqRel);
    }

    /// The giver, after it has published work: whether it has to notify the sleeper. Of several
    /// givers one is told to.
    pub fn must_notify(&self) -> bool {
        fence(Ordering::SeqCst); // pairs with the fence in `announce`
        self.asleep.load(Ordering::Relaxed) && self.asleep.swap(false, Ordering::AcqRel)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn one_giver_notifies_and_only_while_asleep() {
        let flag = WakeFlag::new();
        assert!(!flag.must_notify());
        flag.announce();
        assert!(flag.must_notify());
        assert!(!flag.must_notify());
        flag.announce();
        flag.awake();
        assert!(!flag.must_notify());
    }
}
