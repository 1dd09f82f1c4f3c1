//! The poller of Linux: one `epoll_wait` per wait and nothing else.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::buffer::spare_capacity;
use rustix::event::{EventfdFlags, Timespec, epoll, eventfd};

use super::{Event, Interest, NOTIFIED};

/// Events taken at once; further ones are reported by the next wait.
const BATCH: usize = 1024;

/// An epoll instance and an eventfd to end its waits.
#[derive(Debug)]
pub(crate) struct Poller {
    epoll: OwnedFd,
    notify: OwnedFd,
}

/// What the last wait reported.
pub(crate) struct Events(Vec<epoll::Event>);

impl Default for Events {
    fn default() -> Self {
        Self(Vec::with_capacity(BATCH))
    }
}

impl Events {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn at(&self, index: usize) -> Event {
        let epoll::Event { flags, data } = self.0[index];
        let failed = flags.intersects(epoll::EventFlags::ERR | epoll::EventFlags::HUP);
        Event {
            key: data.u64() as usize,
            readable: failed || flags.contains(epoll::EventFlags::IN),
            writable: failed || flags.contains(epoll::EventFlags::OUT),
            hangup: failed || flags.contains(epoll::EventFlags::RDHUP),
        }
    }
}

fn flags(interest: Interest) -> epoll::EventFlags {
    let mut flags = epoll::EventFlags::empty();
    flags.set(epoll::EventFlags::IN, interest.read);
    flags.set(epoll::EventFlags::OUT, interest.write);
    flags.set(epoll::EventFlags::RDHUP, interest.hangup);
    flags
}

fn data(key: usize) -> epoll::EventData {
    epoll::EventData::new_u64(key as u64)
}

impl Poller {
    /// # Errors
    /// The process or the system has no descriptor left.
    pub(crate) fn new() -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let notify = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        // Edge-triggered: every notification is an event of its own, and nobody has to read it
        // away. Its count would overflow after 2^64 notifications.
        let edge = epoll::EventFlags::IN | epoll::EventFlags::ET;
        epoll::add(&epoll, &notify, data(NOTIFIED), edge)?;
        Ok(Self { epoll, notify })
    }

    /// Reports about `fd` under `key` from now on.
    ///
    /// # Errors
    /// The descriptor is there already, or the system's limit of watches is reached.
    pub(crate) fn add(&self, fd: impl AsFd, key: usize, interest: Interest) -> io::Result<()> {
        Ok(epoll::add(&self.epoll, fd, data(key), flags(interest))?)
    }

    /// Replaces the interest in (and the key of) `fd`.
    ///
    /// # Errors
    /// The descriptor is not there.
    pub(crate) fn modify(&self, fd: impl AsFd, key: usize, interest: Interest) -> io::Result<()> {
        Ok(epoll::modify(&self.epoll, fd, data(key), flags(interest))?)
    }

    /// Reports nothing about `fd` any more, though it stays open.
    pub(crate) fn remove(&self, fd: impl AsFd) {
        // An error means that it is not there, which is what is wanted.
        let _ = epoll::delete(&self.epoll, fd);
    }

    /// To be called before a descriptor that has no duplicates is closed: epoll forgets it by
    /// itself.
    pub(crate) fn forget(&self, _fd: impl AsFd) {}

    /// Waits until something is to report, or for `millis` (`None`: for ever). A signal ends the
    /// wait too, without an event.
    ///
    /// # Errors
    /// None in practice: the arguments are valid.
    pub(crate) fn wait(&self, events: &mut Events, millis: Option<u32>) -> io::Result<()> {
        let timeout = millis.map(|millis| Timespec {
            tv_sec: i64::from(millis / 1000),
            tv_nsec: i64::from(millis % 1000) * 1_000_000,
        });
        events.0.clear();
        match epoll::wait(&self.epoll, spare_capacity(&mut events.0), timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends the wait that is going on, or the next one.
    ///
    /// # Errors
    /// None in practice.
    pub(crate) fn notify(&self) -> io::Result<()> {
        match rustix::io::write(&self.notify, &1_u64.to_ne_bytes()) {
            Ok(_) | Err(rustix::io::Errno::AGAIN) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
