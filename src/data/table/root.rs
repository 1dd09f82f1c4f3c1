//! The array of segments, shared by the live table and frozen views: geometry and reading.
//!
//! The number of segments is `2^level + split`, any number. The segment of a position is the
//! reversed prefix of the position: its `level + 1` bits if a segment of that number exists, else
//! its `level` bits. So the next segment to split is always number `split`, its upper half becomes
//! the new last segment, and nothing else moves.
//!
//! Holds: a segment covers one contiguous range of positions; the ranges cover all, once.
//! Cost: finding the segment of a position is two dependent loads.

use triomphe::Arc;

use super::entry::Entry;
use super::segment::Segment;
use super::slots::{EMPTY, Slots};
use crate::base::hash::{Hash, KeyHasher};

/// Segments per chunk. A first write after a freeze copies so many pointers and touches as many
/// reference counts; a freeze copies one pointer per chunk.
pub(super) const CHUNK: usize = 64;

pub(super) type Chunk<X> = Arc<[Arc<Segment<X>>]>;

/// The segments and how to find the right one.
pub(super) struct Root<X> {
    pub(super) chunks: Vec<Chunk<X>>,
    pub(super) count: usize,
    level: u32,
    pub(super) len: usize,
    pub(super) hasher: KeyHasher,
}

/// The segment of a position and what is left of the position within it.
#[derive(Clone, Copy)]
pub(super) struct Spot {
    pub(super) index: usize,
    pub(super) tag: u16,
}

impl<X> Root<X> {
    pub(super) fn new(hasher: KeyHasher) -> Self {
        let first = Arc::from_iter([Arc::new(Segment::new())]);
        Self { chunks: vec![first], count: 1, level: 0, len: 0, hasher }
    }

    /// The number of the next segment to split, and its depth.
    pub(super) fn next_split(&self) -> (usize, u32) {
        (self.count - (1 << self.level), self.level)
    }

    pub(super) fn set_count(&mut self, count: usize) {
        self.count = count;
        self.level = count.ilog2();
    }

    /// The number of prefix bits of a segment.
    #[inline]
    fn depth(&self, index: usize) -> u32 {
        let full = 1 << self.level;
        self.level + u32::from(index & (full - 1) < self.count - full)
    }

    #[inline]
    pub(super) fn index(&self, hash: Hash) -> usize {
        let full = 1usize << self.level;
        let index = hash.0.reverse_bits() as usize & (2 * full - 1);
        if index < self.count { index } else { index & (full - 1) }
    }

    #[inline]
    pub(super) fn locate(&self, hash: Hash) -> Spot {
        let index = self.index(hash);
        Spot { index, tag: tag_at(hash.0, self.depth(index)) }
    }

    #[inline]
    pub(super) fn segment(&self, index: usize) -> &Arc<Segment<X>> {
        &self.chunks[index / CHUNK][index % CHUNK]
    }

    #[inline]
    pub(super) fn get(&self, hash: Hash, key: &[u8]) -> Option<Entry<'_, X>> {
        let spot = self.locate(hash);
        let segment = self.segment(spot.index);
        let at = segment.find(spot.tag, key).ok()?;
        Some(segment.entry(at))
    }

    /// Visits about `count` elements from a cursor on, in order of position; see
    /// [`Table::scan_count`](super::Table::scan_count).
    pub(super) fn scan<'a>(
        &'a self,
        cursor: u64,
        count: usize,
        mut visit: impl FnMut(Entry<'a, X>),
    ) -> u64 {
        if cursor > CURSOR_MAX {
            return 0;
        }
        let mut position = cursor << CURSOR_SHIFT;
        let mut seen = 0;
        loop {
            let index = self.index(Hash(position));
            let depth = self.depth(index);
            let segment = self.segment(index);
            let start = range_start(index);
            let first = tag_at(position, depth);
            // A cursor of a time with more segments may lie between two elements of one tag.
            let inside = position << depth << TAG_BITS != 0;
            let mut at = segment.slots().lower_bound(first);
            let mut group = None;
            while let Some((slot, tag)) = segment.next(at) {
                if seen >= count && group != Some(tag) {
                    return (start | (u64::from(tag) << TAG_SHIFT) >> depth) >> CURSOR_SHIFT;
                }
                at = slot + 1;
                group = Some(tag);
                let entry = segment.entry(slot);
                if inside && tag == first && self.hasher.hash(entry.key()).0 < position {
                    continue;
                }
                visit(entry);
                seen += 1;
            }
            // The end of the ring shows as an overflow, of a single segment's range too.
            let Some(next) =
                1u64.checked_shl(64 - depth).and_then(|range| start.checked_add(range))
            else {
                return 0;
            };
            if seen >= count {
                return next >> CURSOR_SHIFT;
            }
            position = next;
        }
    }

    pub(super) fn iter(&self) -> Iter<'_, X> {
        Iter { root: self, next: 0, segment: SegmentIter::empty(), left: self.len }
    }

    pub(super) fn segment_iter(&self, index: usize) -> SegmentIter<'_, X> {
        SegmentIter::new(self.segment(index))
    }

    /// Bytes allocated. Cost: O(segments).
    pub(super) fn memory(&self) -> usize {
        let segments: usize = (0..self.count).map(|i| self.segment(i).sizes().memory).sum();
        let pointers =
            self.count * size_of::<usize>() + self.chunks.len() * size_of::<[usize; 2]>();
        segments + pointers + self.chunks.capacity() * size_of::<Chunk<X>>()
    }

    /// Figures about the form of the table. Cost: O(cells).
    pub(super) fn shape(&self) -> Shape {
        let mut shape = Shape { segments: self.count, len: self.len, ..Shape::default() };
        shape.smallest = usize::MAX;
        for index in 0..self.count {
            let segment = self.segment(index);
            let sizes = segment.sizes();
            shape.cells += segment.slots().cells();
            shape.smallest = shape.smallest.min(segment.len());
            shape.largest = shape.largest.max(segment.len());
            shape.arena += sizes.arena;
            shape.waste += sizes.waste;
            shape.boxed += sizes.boxed;
            shape.objects += sizes.objects;
            shape.count_distances(segment.slots());
        }
        shape
    }

    /// Panics if something that the headers of this directory promise does not hold.
    pub(super) fn invariants(&self) {
        assert_eq!(self.level, self.count.ilog2());
        assert_eq!(self.chunks.iter().map(|chunk| chunk.len()).sum::<usize>(), self.count);
        let mut len = 0;
        for index in 0..self.count {
            let depth = self.depth(index);
            self.segment(index).invariants(|tag, key| {
                let hash = self.hasher.hash(key);
                self.index(hash) == index && tag_at(hash.0, depth) == tag
            });
            len += self.segment(index).len();
        }
        assert_eq!(len, self.len);
    }
}

impl<X> Clone for Root<X> {
    fn clone(&self) -> Self {
        Self { chunks: self.chunks.clone(), ..*self }
    }
}

const TAG_BITS: u32 = 16;
const TAG_SHIFT: u32 = u64::BITS - TAG_BITS;
/// A cursor is the top 48 bits of a position: exact in a double, as some clients hold it.
const CURSOR_SHIFT: u32 = 16;
const CURSOR_MAX: u64 = u64::MAX >> CURSOR_SHIFT;
/// With more prefix bits than this the border between two tags would not fit a cursor.
pub(super) const LEVEL_MAX: u32 = u64::BITS - CURSOR_SHIFT - TAG_BITS - 1;

#[inline]
fn tag_at(position: u64, depth: u32) -> u16 {
    (position << depth >> TAG_SHIFT) as u16
}

/// The first position of a segment's range.
fn range_start(index: usize) -> u64 {
    (index as u64).reverse_bits()
}

/// The elements of one segment, in order of position.
pub struct SegmentIter<'a, X> {
    segment: Option<&'a Segment<X>>,
    at: usize,
}

impl<'a, X> SegmentIter<'a, X> {
    fn empty() -> Self {
        Self { segment: None, at: 0 }
    }

    #[inline]
    pub(super) fn new(segment: &'a Segment<X>) -> Self {
        Self { segment: Some(segment), at: 0 }
    }
}

impl<'a, X> Iterator for SegmentIter<'a, X> {
    type Item = Entry<'a, X>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let segment = self.segment?;
        let slots = segment.slots().as_slice();
        while let Some(&slot) = slots.get(self.at) {
            let at = self.at;
            self.at += 1;
            if slot != EMPTY {
                return Some(segment.entry(at));
            }
        }
        None
    }
}

/// All elements, segment by segment.
pub struct Iter<'a, X> {
    root: &'a Root<X>,
    next: usize,
    segment: SegmentIter<'a, X>,
    left: usize,
}

impl<'a, X> Iterator for Iter<'a, X> {
    type Item = Entry<'a, X>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.segment.next() {
                self.left -= 1;
                return Some(entry);
            }
            if self.next == self.root.count {
                return None;
            }
            self.segment = self.root.segment_iter(self.next);
            self.next += 1;
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<X> ExactSizeIterator for Iter<'_, X> {}

/// Figures about the form of a table, for diagnosis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Elements.
    pub len: usize,
    /// Segments.
    pub segments: usize,
    /// Slots of all segments, used or not.
    pub cells: usize,
    /// Elements of the smallest segment.
    pub smallest: usize,
    /// Elements of the largest segment.
    pub largest: usize,
    /// Bytes allocated for records.
    pub arena: usize,
    /// Bytes of these that hold no record.
    pub waste: usize,
    /// Elements whose record does not lie in an arena.
    pub boxed: usize,
    /// Elements with an object.
    pub objects: usize,
    /// Elements by distance from their home slot; the last counts all that are farther.
    pub distances: [usize; 32],
}

impl Shape {
    fn count_distances(&mut self, slots: &Slots) {
        for (at, &slot) in slots.as_slice().iter().enumerate() {
            if slot != EMPTY {
                let distance = at - slots.home(super::slots::tag_of(slot));
                self.distances[distance.min(self.distances.len() - 1)] += 1;
            }
        }
    }
}
