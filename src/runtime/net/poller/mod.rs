//! Waiting for sockets: level-triggered, so that nothing has to be re-armed.
//!
//! Two implementations of one interface: `epoll` on Linux, `portable` (the `polling` crate)
//! elsewhere. On Linux `polling` 3.11 adds four system calls to every wait: it sets a timerfd, arms
//! it, reads its eventfd and arms that. 5000 requests of one client, one at a time, counted by
//! strace:
//!
//! | | read | write | epoll_pwait | epoll_ctl | timerfd_settime | read of the eventfd |
//! |---|---|---|---|---|---|---|
//! | `polling` | 5003 | 5001 | 5011 | 10027 | 5012 | 5011 |
//! | `epoll` | 5003 | 5001 | 5010 | 2 | 0 | 0 |
//!
//! With 50 clients a wait serves about 40 of them, and the difference is small.

use std::fmt;

#[cfg(target_os = "linux")]
mod epoll;
#[cfg(any(test, not(target_os = "linux")))]
mod portable;

#[cfg(target_os = "linux")]
pub(crate) use epoll::{Events, Poller};
#[cfg(not(target_os = "linux"))]
pub(crate) use portable::{Events, Poller};

/// The key of the event that [`Poller::notify`] causes.
pub(crate) const NOTIFIED: usize = usize::MAX - 1; // `polling` keeps usize::MAX for itself

/// What is to be reported about a descriptor. Errors are reported whatever is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Interest {
    /// There is something to read, or the peer has closed.
    pub(crate) read: bool,
    /// There is room to write.
    pub(crate) write: bool,
    /// The peer has closed, though nobody reads.
    pub(crate) hangup: bool,
}

impl Interest {
    /// Reading alone.
    pub(crate) const READ: Self = Self { read: true, write: false, hangup: false };
}

/// What happened to a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// The key under which it was added.
    pub(crate) key: usize,
    /// A read will not block: it gives bytes, the end, or an error.
    pub(crate) readable: bool,
    /// A write will not block.
    pub(crate) writable: bool,
    /// The peer has closed, or the descriptor is in error.
    pub(crate) hangup: bool,
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries((0..self.len()).map(|at| self.at(at))).finish()
    }
}

#[cfg(test)]
mod tests {
    /// The same properties for both implementations.
    macro_rules! properties {
        ($implementation:ident) => {
            mod $implementation {
                use super::super::$implementation::{Events, Poller};
                use super::super::{Event, Interest, NOTIFIED};
                use std::io::{Read, Write};
                use std::os::unix::net::UnixStream;

                fn wait(poller: &Poller, events: &mut Events, millis: u32) -> Vec<Event> {
                    poller.wait(events, Some(millis)).unwrap();
                    (0..events.len()).map(|at| events.at(at)).collect()
                }

                #[test]
                fn readiness_is_reported_until_it_is_gone() {
                    let (poller, mut events) = (Poller::new().unwrap(), Events::default());
                    let (mut here, mut there) = UnixStream::pair().unwrap();
                    poller.add(&here, 7, Interest::READ).unwrap();
                    assert_eq!(wait(&poller, &mut events, 0), []);
                    there.write_all(b"x").unwrap();
                    for _ in 0..2 {
                        let [event] = wait(&poller, &mut events, 10_000)[..] else { panic!() };
                        assert!(event.key == 7 && event.readable && !event.writable);
                    }
                    here.read_exact(&mut [0]).unwrap();
                    assert_eq!(wait(&poller, &mut events, 0), []);
                    let both = Interest { write: true, ..Interest::READ };
                    poller.modify(&here, 8, both).unwrap();
                    let [event] = wait(&poller, &mut events, 10_000)[..] else { panic!() };
                    assert!(event.key == 8 && event.writable && !event.readable);
                    poller.forget(&here);
                    drop(here);
                    assert_eq!(wait(&poller, &mut events, 0), []);
                }

                #[test]
                fn a_notification_ends_one_wait_also_a_later_one() {
                    let (poller, mut events) = (Poller::new().unwrap(), Events::default());
                    poller.notify().unwrap();
                    poller.notify().unwrap();
                    let keys: Vec<_> =
                        wait(&poller, &mut events, 10_000).iter().map(|e| e.key).collect();
                    assert_eq!(keys, [NOTIFIED]);
                    assert_eq!(wait(&poller, &mut events, 0), []);
                    std::thread::scope(|scope| {
                        scope.spawn(|| poller.notify().unwrap());
                        assert_eq!(wait(&poller, &mut events, 10_000).len(), 1);
                    });
                }
            }
        };
    }

    #[cfg(target_os = "linux")]
    properties!(epoll);
    properties!(portable);

    #[cfg(target_os = "linux")]
    #[test]
    fn a_peer_that_leaves_is_noticed_though_nobody_reads() {
        use super::Interest;
        use super::epoll::{Events, Poller};
        use std::io::Write;

        let (poller, mut events) = (Poller::new().unwrap(), Events::default());
        let (here, mut there) = std::os::unix::net::UnixStream::pair().unwrap();
        poller.add(&here, 1, Interest { hangup: true, ..Interest::default() }).unwrap();
        there.write_all(b"unread").unwrap();
        poller.wait(&mut events, Some(0)).unwrap();
        assert_eq!(events.len(), 0);
        there.shutdown(std::net::Shutdown::Write).unwrap();
        poller.wait(&mut events, Some(10_000)).unwrap();
        assert!(events.at(0).hangup);
    }
}
