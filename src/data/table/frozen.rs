//! A table as it was at one moment.

use triomphe::Arc;

use super::entry::Entry;
use super::root::{Chunk, Iter, Root, SegmentIter};
use super::segment::Segment;
use crate::base::hash::Hash;

/// A read-only view of a table at the moment of [`Table::freeze`](super::Table::freeze).
///
/// May be sent to another thread and dropped there. While it lives, the first write of the live
/// table to a segment copies that segment; [`Frozen::into_segments`] gives segments back early.
pub struct Frozen<X> {
    root: Root<X>,
}

impl<X> Frozen<X> {
    pub(super) fn new(root: Root<X>) -> Self {
        Self { root }
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.root.len
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The hash of a key in this table.
    pub fn hash(&self, key: &[u8]) -> Hash {
        self.root.hasher.hash(key)
    }

    /// The element with this key. Cost: O(1).
    pub fn get(&self, hash: Hash, key: &[u8]) -> Option<Entry<'_, X>> {
        self.root.get(hash, key)
    }

    /// All elements, segment by segment. Allocates nothing.
    pub fn iter(&self) -> Iter<'_, X> {
        self.root.iter()
    }

    /// Visits about `count` elements: see [`Table::scan_count`](super::Table::scan_count).
    pub fn scan_count<'a>(
        &'a self,
        cursor: u64,
        count: usize,
        visit: impl FnMut(Entry<'a, X>),
    ) -> u64 {
        self.root.scan(cursor, count, visit)
    }

    /// Number of segments.
    pub fn segments(&self) -> usize {
        self.root.count
    }

    /// The elements of one segment, `index` being below [`Frozen::segments`].
    pub fn segment_iter(&self, index: usize) -> SegmentIter<'_, X> {
        self.root.segment_iter(index)
    }

    /// Bytes allocated for the structure, as if nothing were shared. Cost: O(segments).
    pub fn memory(&self) -> usize {
        self.root.memory()
    }

    /// The segments one by one; each is given back to the live table when it is dropped.
    pub fn into_segments(self) -> Segments<X> {
        let mut chunks = self.root.chunks;
        chunks.reverse();
        Segments { chunks, segments: Vec::new() }
    }
}

/// The segments of a frozen table: see [`Frozen::into_segments`].
pub struct Segments<X> {
    chunks: Vec<Chunk<X>>,
    segments: Vec<Arc<Segment<X>>>,
}

impl<X> Iterator for Segments<X> {
    type Item = FrozenSegment<X>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.segments.is_empty() {
            let chunk = self.chunks.pop()?;
            self.segments.extend(chunk.iter().rev().cloned());
        }
        self.segments.pop().map(|segment| FrozenSegment { segment })
    }
}

/// One segment of a frozen table.
pub struct FrozenSegment<X> {
    segment: Arc<Segment<X>>,
}

impl<X> FrozenSegment<X> {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.segment.len()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements, in order of position.
    pub fn iter(&self) -> SegmentIter<'_, X> {
        SegmentIter::new(&self.segment)
    }
}
