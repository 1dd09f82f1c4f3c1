//! The thread that frees large things, so that the command thread never does.
//!
//! Holds: everything handed over is dropped, at the latest when the last handle is; in order.
//! Cost: a hand-over allocates the channel's block now and then, and never waits.
//! Threads: handles may be cloned and used anywhere.

use std::io;
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Sender, unbounded};

use crate::sync::shared::Counter;

/// Anything that can be dropped elsewhere.
type Garbage = Box<dyn Send>;

#[derive(Debug, Default)]
struct Counts {
    pending: Counter,
    freed: Counter,
}

/// Hands things to the free thread. The thread ends when the last handle is gone.
#[derive(Clone, Debug)]
pub struct FreeThread {
    queue: Sender<(Garbage, usize)>,
    counts: Arc<Counts>,
}

impl FreeThread {
    /// Starts the thread, which first does `prepare`.
    ///
    /// # Errors
    /// The system refused a thread.
    pub fn start(prepare: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let (queue, work) = unbounded::<(Garbage, usize)>();
        let counts = Arc::new(Counts::default());
        let done = counts.clone();
        thread::Builder::new().name("free".into()).spawn(move || {
            prepare();
            for (garbage, objects) in work {
                drop(garbage);
                done.pending.sub(objects);
                done.freed.add(objects);
            }
        })?;
        Ok(Self { queue, counts })
    }

    /// Drops `garbage`, which counts as `objects`, on the thread.
    pub fn free(&self, garbage: Box<dyn Send>, objects: usize) {
        self.counts.pending.add(objects);
        // The thread holds the receiver as long as any sender lives; were it gone, the error would
        // carry the garbage and drop it here.
        let _ = self.queue.send((garbage, objects));
    }

    /// Objects handed over and not yet freed (`lazyfree_pending_objects`).
    pub fn pending(&self) -> usize {
        self.counts.pending.get()
    }

    /// Objects freed so far (`lazyfreed_objects` counts from its last reset).
    pub fn freed(&self) -> usize {
        self.counts.freed.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::bounded;

    /// Says when and where it was dropped, after it was allowed to.
    struct Slow(crossbeam_channel::Receiver<()>, Sender<thread::ThreadId>);

    impl Drop for Slow {
        fn drop(&mut self) {
            let _ = self.0.recv();
            let _ = self.1.send(thread::current().id());
        }
    }

    #[test]
    fn things_are_dropped_elsewhere_and_counted() {
        let free = FreeThread::start(|| {}).unwrap();
        let (allow, allowed) = bounded(0);
        let (dropped, dropping) = bounded(1);
        free.free(Box::new(Slow(allowed, dropped)), 3);
        assert_eq!((free.pending(), free.freed()), (3, 0));
        allow.send(()).unwrap();
        assert_ne!(dropping.recv().unwrap(), thread::current().id());
        while free.pending() > 0 {
            thread::yield_now();
        }
        assert_eq!(free.freed(), 3);
    }
}
