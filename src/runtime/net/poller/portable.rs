//! The poller of other systems: the `polling` crate, level-triggered.
#![allow(unsafe_code)]

use std::io;
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use polling::PollMode;

use super::{Event, Interest, NOTIFIED};

/// `polling`'s poller; it keeps notifications to itself, so that there was one is noted here.
#[derive(Debug)]
pub(crate) struct Poller {
    inner: polling::Poller,
    notified: AtomicBool,
}

/// What the last wait reported.
pub(crate) struct Events {
    raw: polling::Events,
    list: Vec<Event>,
}

impl Default for Events {
    fn default() -> Self {
        let batch = NonZeroUsize::new(1024).unwrap_or(NonZeroUsize::MIN);
        Self { raw: polling::Events::with_capacity(batch), list: Vec::new() }
    }
}

impl Events {
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn at(&self, index: usize) -> Event {
        self.list[index]
    }
}

fn event(key: usize, interest: Interest) -> polling::Event {
    let event = polling::Event::new(key, interest.read, interest.write);
    if interest.hangup { event.with_interrupt() } else { event }
}

impl Poller {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { inner: polling::Poller::new()?, notified: AtomicBool::new(false) })
    }

    pub(crate) fn add(&self, fd: impl AsFd, key: usize, interest: Interest) -> io::Result<()> {
        let fd = fd.as_fd().as_raw_fd();
        // SAFETY: the contract asks that the descriptor is removed before it is closed: connections
        // and listeners do so (`Poller::forget`). Exercised by the tests of `net`.
        unsafe { self.inner.add_with_mode(fd, event(key, interest), PollMode::Level) }
    }

    pub(crate) fn modify(&self, fd: impl AsFd, key: usize, interest: Interest) -> io::Result<()> {
        self.inner.modify_with_mode(fd.as_fd(), event(key, interest), PollMode::Level)
    }

    pub(crate) fn remove(&self, fd: impl AsFd) {
        // An error means that it is not there, which is what is wanted.
        let _ = self.inner.delete(fd.as_fd());
    }

    pub(crate) fn forget(&self, fd: impl AsFd) {
        self.remove(fd);
    }

    pub(crate) fn wait(&self, events: &mut Events, millis: Option<u32>) -> io::Result<()> {
        events.raw.clear();
        let timeout = millis.map(|millis| Duration::from_millis(millis.into()));
        match self.inner.wait(&mut events.raw, timeout) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        events.list.clear();
        events.list.extend(events.raw.iter().map(|event| {
            let failed = event.is_interrupt() || event.is_err() == Some(true);
            Event {
                key: event.key,
                readable: failed || event.readable,
                writable: failed || event.writable,
                hangup: failed,
            }
        }));
        // Both sides only ever meet through `inner`, which orders this exchange with the store.
        if self.notified.swap(false, Ordering::AcqRel) {
            let hangup = false;
            events.list.push(Event { key: NOTIFIED, readable: true, writable: false, hangup });
        }
        Ok(())
    }

    pub(crate) fn notify(&self) -> io::Result<()> {
        self.notified.store(true, Ordering::Release);
        self.inner.notify()
    }
}
