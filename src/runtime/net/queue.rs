//! What a connection still has to write, because its peer reads slower than it is answered.
//!
//! Holds: `len` is the sum of the chunks less what of the first one is written.
//! Cost: small replies share chunks of 20 KiB; shared bytes stay shared. What comes first goes to
//! the connection's reply buffer, which is kept ready.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes};
use smallvec::SmallVec;

use crate::resp::outbox::{OUTPUT_CHUNK as CHUNK, Unsent};

/// Slices given to one write; the system takes up to 1024.
pub(crate) const SLICES: usize = 64;

/// See [`OutQueue::slices`].
pub(crate) type Slices<'a> = SmallVec<[IoSlice<'a>; SLICES]>;

#[derive(Debug)]
enum Chunk {
    /// Copied replies, and how many of their bytes are written.
    Own(Vec<u8>, usize),
    Shared(Bytes),
}

impl Chunk {
    fn rest(&self) -> &[u8] {
        match self {
            Self::Own(bytes, written) => &bytes[*written..],
            Self::Shared(bytes) => bytes,
        }
    }

    /// What it costs. Bytes that others share count in full: they may be the last ones.
    fn memory(&self) -> usize {
        let bytes = match self {
            Self::Own(bytes, _) => bytes.capacity(),
            Self::Shared(bytes) => bytes.len(),
        };
        bytes + size_of::<Self>()
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct OutQueue {
    chunks: VecDeque<Chunk>,
    len: usize,
    /// Memory of the chunks but the reply buffer.
    memory: usize,
    /// The first chunk is the connection's reply buffer.
    buffered: bool,
}

impl OutQueue {
    /// An empty queue whose first bytes go to `buffer`.
    pub(crate) fn with_buffer(buffer: Vec<u8>) -> Self {
        let mut queue = Self { buffered: buffer.capacity() > 0, ..Self::default() };
        if queue.buffered {
            queue.chunks.push_back(Chunk::Own(buffer, 0));
        }
        queue
    }

    /// What the queue holds.
    pub(crate) fn unsent(&self) -> Unsent {
        let buffered = match self.chunks.front() {
            Some(first) if self.buffered => first.rest().len(),
            _ => 0,
        };
        let chunks = self.chunks.len() - usize::from(self.buffered);
        Unsent { bytes: self.len, buffered, chunks, memory: self.memory }
    }

    /// The reply buffer, if it is here and nothing is in it.
    pub(crate) fn take_buffer(&mut self) -> Option<Vec<u8>> {
        if !(self.buffered && self.len == 0) {
            return None;
        }
        self.buffered = false;
        match self.chunks.pop_front() {
            Some(Chunk::Own(mut buffer, _)) => {
                buffer.clear();
                Some(buffer)
            }
            _ => None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends a copy of `bytes`.
    pub(crate) fn copy(&mut self, mut bytes: &[u8]) {
        self.len += bytes.len();
        if let Some(Chunk::Own(last, _)) = self.chunks.back_mut() {
            let (now, later) = bytes.split_at(bytes.len().min(last.capacity() - last.len()));
            last.extend_from_slice(now);
            bytes = later;
        }
        if !bytes.is_empty() {
            let mut chunk = Vec::with_capacity(bytes.len().max(CHUNK));
            chunk.extend_from_slice(bytes);
            self.push(Chunk::Own(chunk, 0));
        }
    }

    /// Appends `bytes` without a copy.
    pub(crate) fn share(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.len += bytes.len();
            self.push(Chunk::Shared(bytes));
        }
    }

    fn push(&mut self, chunk: Chunk) {
        self.memory += chunk.memory();
        self.chunks.push_back(chunk);
    }

    /// The oldest bytes, about `max` of them.
    pub(crate) fn slices(&self, max: usize) -> Slices<'_> {
        let mut slices = Slices::new();
        let mut left = max;
        for chunk in self.chunks.iter().filter(|chunk| !chunk.rest().is_empty()).take(SLICES) {
            let rest = chunk.rest();
            let taken = &rest[..rest.len().min(left)];
            slices.push(IoSlice::new(taken));
            left -= taken.len();
            if left == 0 {
                break;
            }
        }
        slices
    }

    /// Takes the oldest `written` bytes away.
    pub(crate) fn advance(&mut self, mut written: usize) {
        self.len -= written;
        let only = self.chunks.len() == 1;
        if self.buffered
            && let Some(Chunk::Own(buffer, done)) = self.chunks.front_mut()
        {
            let now = written.min(buffer.len() - *done);
            *done += now;
            written -= now;
            if only && *done == buffer.len() {
                buffer.clear();
                *done = 0;
            }
        }
        let first = usize::from(self.buffered);
        while let Some(chunk) = self.chunks.get_mut(first) {
            let rest = chunk.rest().len();
            if written < rest {
                let before = chunk.memory();
                match chunk {
                    Chunk::Own(_, done) => *done += written,
                    Chunk::Shared(bytes) => bytes.advance(written),
                }
                self.memory -= before - chunk.memory();
                return;
            }
            written -= rest;
            self.memory -= chunk.memory();
            self.chunks.remove(first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_leave_in_the_order_in_which_they_came_whatever_fits() {
        order(OutQueue::default());
        order(OutQueue::with_buffer(Vec::with_capacity(5000)));
    }

    fn order(mut queue: OutQueue) {
        let (mut expected, mut left) = (Vec::new(), Vec::new());
        for round in 0..200_usize {
            let bytes = vec![round as u8; round * 37 % 3000];
            expected.extend_from_slice(&bytes);
            if round % 3 == 0 {
                queue.share(bytes.into())
            } else {
                queue.copy(&bytes)
            }
            let slices: Vec<u8> =
                queue.slices(1500).iter().flat_map(|slice| slice.to_vec()).collect();
            assert!(slices.len() <= 1500 && (slices.len() == 1500 || slices.len() == queue.len));
            let fits = slices.len() * (round % 4) / 3;
            left.extend_from_slice(&slices[..fits]);
            queue.advance(fits);
            assert_eq!(queue.len, expected.len() - left.len());
        }
        while !queue.is_empty() {
            let rest: Vec<u8> =
                queue.slices(usize::MAX).iter().flat_map(|slice| slice.to_vec()).collect();
            queue.advance(rest.len());
            left.extend_from_slice(&rest);
        }
        assert!(left == expected);
        assert_eq!(queue.unsent(), Unsent::default());
    }

    #[test]
    fn the_reply_buffer_fills_first_and_comes_back_when_all_is_written() {
        let mut queue = OutQueue::with_buffer(Vec::with_capacity(1024));
        queue.copy(&[1; 1000]);
        queue.copy(&[2; 1000]);
        let unsent = queue.unsent();
        assert_eq!((unsent.bytes, unsent.buffered, unsent.chunks), (2000, 1024, 1));
        assert!(unsent.memory >= CHUNK && queue.take_buffer().is_none());
        queue.advance(1500);
        assert_eq!((queue.unsent().buffered, queue.unsent().chunks), (0, 1));
        queue.advance(500);
        assert_eq!(queue.unsent(), Unsent::default());
        assert_eq!(queue.take_buffer().map(|buffer| buffer.capacity()), Some(1024));
    }

    #[test]
    fn small_replies_share_a_chunk() {
        let mut queue = OutQueue::default();
        (0..1000).for_each(|_| queue.copy(b"+OK\r\n"));
        assert_eq!((queue.len, queue.chunks.len()), (5000, 1));
    }
}
