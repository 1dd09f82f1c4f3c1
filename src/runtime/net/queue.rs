//! What a connection still has to write, because its peer reads slower than it is answered.
//!
//! Holds: `len` is the sum of the chunks less what of the first one is written.
//! Cost: small replies share chunks of 16 KiB; shared bytes stay shared.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes};
use smallvec::SmallVec;

/// The chunk that small replies are gathered in.
const CHUNK: usize = 16 * 1024;

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
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct OutQueue {
    chunks: VecDeque<Chunk>,
    len: usize,
}

impl OutQueue {
    /// Bytes still to be written.
    pub(crate) fn len(&self) -> usize {
        self.len
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
            self.chunks.push_back(Chunk::Own(chunk, 0));
        }
    }

    /// Appends `bytes` without a copy.
    pub(crate) fn share(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.len += bytes.len();
            self.chunks.push_back(Chunk::Shared(bytes));
        }
    }

    /// The oldest bytes, about `max` of them.
    pub(crate) fn slices(&self, max: usize) -> Slices<'_> {
        let mut slices = Slices::new();
        let mut left = max;
        for chunk in self.chunks.iter().take(SLICES) {
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
        while let Some(first) = self.chunks.front_mut() {
            let rest = first.rest().len();
            if written < rest {
                match first {
                    Chunk::Own(_, done) => *done += written,
                    Chunk::Shared(bytes) => bytes.advance(written),
                }
                return;
            }
            written -= rest;
            self.chunks.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_leave_in_the_order_in_which_they_came_whatever_fits() {
        let (mut queue, mut expected, mut left) = (OutQueue::default(), Vec::new(), Vec::new());
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
            assert!(slices.len() <= 1500 && (slices.len() == 1500 || slices.len() == queue.len()));
            let fits = slices.len() * (round % 4) / 3;
            left.extend_from_slice(&slices[..fits]);
            queue.advance(fits);
            assert_eq!(queue.len(), expected.len() - left.len());
        }
        while !queue.is_empty() {
            let rest: Vec<u8> =
                queue.slices(usize::MAX).iter().flat_map(|slice| slice.to_vec()).collect();
            queue.advance(rest.len());
            left.extend_from_slice(&rest);
        }
        assert!(left == expected);
        assert!(queue.chunks.is_empty());
    }

    #[test]
    fn small_replies_share_a_chunk() {
        let mut queue = OutQueue::default();
        (0..1000).for_each(|_| queue.copy(b"+OK\r\n"));
        assert_eq!((queue.len(), queue.chunks.len()), (5000, 1));
    }
}
