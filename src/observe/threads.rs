//! What I/O threads have read and written.

/// One I/O thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IoThread {
    /// Connections that it owns.
    pub clients: usize,
    /// Reads from clients.
    pub reads: u64,
    /// Bytes written to clients.
    pub written: u64,
}

/// All I/O threads but the command thread.
#[derive(Clone, Debug, Default)]
pub struct IoThreads {
    threads: Vec<IoThread>,
    /// Whose turn is being executed; past the end: the command thread's own.
    current: usize,
}

impl IoThreads {
    /// What follows comes from this thread, which owns so many connections.
    pub fn turn_of(&mut self, thread: usize, clients: usize) {
        if self.threads.len() <= thread {
            self.threads.resize(thread + 1, IoThread::default());
        }
        self.threads[thread].clients = clients;
        self.current = thread;
    }

    /// Counts reads.
    #[inline]
    pub fn read(&mut self, reads: u64) {
        if let Some(thread) = self.threads.get_mut(self.current) {
            thread.reads += reads;
        }
    }

    /// Counts bytes that were written.
    #[inline]
    pub fn written(&mut self, bytes: u64) {
        if let Some(thread) = self.threads.get_mut(self.current) {
            thread.written += bytes;
        }
    }

    /// The threads by number.
    pub fn iter(&self) -> impl Iterator<Item = IoThread> + '_ {
        self.threads.iter().copied()
    }

    /// Counts from zero again.
    pub fn reset(&mut self) {
        for thread in &mut self.threads {
            (thread.reads, thread.written) = (0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_belong_to_the_thread_whose_turn_it_is() {
        let mut threads = IoThreads::default();
        threads.read(5);
        threads.turn_of(1, 3);
        threads.read(2);
        threads.turn_of(0, 4);
        threads.written(7);
        let one = IoThread { clients: 4, reads: 0, written: 7 };
        let other = IoThread { clients: 3, reads: 2, written: 0 };
        assert_eq!(threads.iter().collect::<Vec<_>>(), [one, other]);
        threads.reset();
        assert_eq!(threads.iter().map(|thread| thread.reads + thread.written).sum::<u64>(), 0);
    }
}
