//! Segmented copy-on-write hash table, with byte-string keys, opaque payloads and an optional
//! object per element. The keyspace, the large hash, the large set and the member index of a large
//! sorted set are all this table.
//!
//! Elements are ordered by the hash of their key, their *position*. A segment holds the elements
//! of one contiguous range of positions, a few hundred: an index of 32-bit slots sorted by
//! position, and one arena with the keys and payloads. Segments are numbered by reversed prefix
//! and split one at a time (linear hashing), so growth appends at the end of the array.
//!
//! Why so, and not a table of hashbrown segments with inline entries:
//! - *Memory.* A slot is 4 bytes, not an entry of 40, so the empty slots of an index cost one
//!   byte per key; records lie in equal pieces that any segment can use again. A key of any length
//!   costs
//!   its bytes and a header of two, with no heap object of its own.
//! - *Copies.* The first write after a freeze copies a segment by two `memcpy`, not entry by entry.
//! - *SCAN.* The order of slots is the order of positions, whatever the number of segments and
//!   slots, so a cursor is a position: no state, every element present throughout exactly once,
//!   and a step stops wherever it likes.
//! - *Rebuilding.* An index of another size is filled from the tags in order; only a split, once
//!   per doubling, hashes keys.
//!
//! Holds: reading through `&self` writes nothing; a frozen view never changes; what an operation
//! moves is bounded by a segment or two, whatever the size of the table.
//! Cost: lookup O(1), four cache lines cold, each of which can be prefetched; freeze one pointer
//! per 64 segments; first write to a segment after a freeze a copy of that segment.
//! Threads: one writer; frozen views may be read and dropped anywhere.
//! Not here: what payloads and objects mean, expiry, events.

mod arena;
mod cells;
mod entry;
mod frozen;
pub mod fuzz;
mod record;
mod root;
mod segment;
mod slots;
#[cfg(test)]
mod tests;

use triomphe::Arc;

pub use self::entry::{Entry, EntryMut, Removed, Replaced, Touch};
pub use self::frozen::{Frozen, FrozenSegment, Segments};
use self::root::{CHUNK, Chunk, LEVEL_MAX, Root, Spot};
pub use self::root::{Iter, SegmentIter, Shape};
use self::segment::Segment;
use crate::base::hash::{Hash, KeyHasher};
use crate::base::prng::Prng;

/// Mean number of elements of a segment above which the table splits one.
///
/// With 256 the last piece of each arena and the header of each segment take a byte per key more;
/// with 512 a split and a copy move a third more.
const TARGET: usize = 384;
/// Mean number of elements of a segment below which the table merges two.
const TARGET_LOW: usize = TARGET * 3 / 8;
/// Mean bytes of a segment's arena above which the table splits one, so that large payloads neither
/// fill an arena (segments reach twice the mean) nor make a copy of a segment slow.
const BYTES: usize = 48 << 10;
/// Mean bytes of a segment's arena that forbid a merge.
const BYTES_LOW: usize = BYTES * 3 / 8;
/// The hint of a segment until its owner sets another.
const NO_HINT: u64 = u64::MAX;

/// Where an element lies, or where it would be inserted: see [`Table::find`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    segment: usize,
    slot: usize,
    tag: u16,
}

/// A hash table with cheap frozen views: see the module.
pub struct Table<X> {
    root: Root<X>,
    /// A number per segment, for the owner of the table. Kept outside the segments so that
    /// changing it copies nothing.
    hints: Vec<u64>,
    /// No segment has more cells than this.
    widest: usize,
    /// Bytes of all arenas.
    bytes: usize,
}

impl<X> Table<X> {
    /// An empty table whose keys are hashed by `hasher`.
    pub fn new(hasher: KeyHasher) -> Self {
        let root = Root::new(hasher);
        let widest = root.segment(0).slots().cells();
        Self { root, hints: vec![NO_HINT], widest, bytes: 0 }
    }

    /// The hash of a key in this table, which all other operations take along with the key.
    #[inline]
    pub fn hash(&self, key: &[u8]) -> Hash {
        self.root.hasher.hash(key)
    }

    /// Number of elements.
    #[inline]
    pub fn len(&self) -> usize {
        self.root.len
    }

    /// Whether there is no element.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.root.len == 0
    }

    /// The element with this key. Cost: O(1).
    #[inline]
    pub fn get(&self, hash: Hash, key: &[u8]) -> Option<Entry<'_, X>> {
        self.root.get(hash, key)
    }

    /// The place of the element with this key, or (`Err`) the place where it would be inserted.
    ///
    /// Several steps at one place cost one look-up. A place is good until an element is inserted or
    /// removed; a stale one names another element or panics. Cost: O(1).
    #[inline]
    pub fn find(&self, hash: Hash, key: &[u8]) -> Result<Place, Place> {
        let Spot { index, tag } = self.root.locate(hash);
        match self.root.segment(index).find(tag, key) {
            Ok(slot) => Ok(Place { segment: index, slot, tag }),
            Err(slot) => Err(Place { segment: index, slot, tag }),
        }
    }

    /// The element at a place that was found.
    #[inline]
    pub fn at(&self, place: Place) -> Entry<'_, X> {
        self.root.segment(place.segment).entry(place.slot)
    }

    /// First step of a prefetch: the header of the segment.
    ///
    /// For a batch of keys take each step for all keys before the next step: segments, slots,
    /// records. A step reads what the step before has loaded.
    #[inline]
    pub fn prefetch_segment(&self, hash: Hash) {
        self.root.segment(self.root.index(hash)).prefetch_header();
    }

    /// Second step of a prefetch: the slots in which the key is looked for.
    #[inline]
    pub fn prefetch_slots(&self, hash: Hash) {
        let Spot { index, tag } = self.root.locate(hash);
        self.root.segment(index).prefetch_slots(tag);
    }

    /// Third step of a prefetch: the record. Its object, if any, is then to be had by `get`.
    #[inline]
    pub fn prefetch_record(&self, hash: Hash) {
        let Spot { index, tag } = self.root.locate(hash);
        self.root.segment(index).prefetch_record(tag);
    }

    /// Visits the elements of one position, or of the few that share its 16 bits; returns where
    /// to go on, 0 at the end. See [`Table::scan_count`].
    pub fn scan<'a>(&'a self, cursor: u64, visit: impl FnMut(Entry<'a, X>)) -> u64 {
        self.root.scan(cursor, 1, visit)
    }

    /// Visits `count` elements or a few more, from `cursor` on; returns the cursor to go on with,
    /// below 2^48, or 0 at the end. A walk begins with cursor 0.
    ///
    /// A cursor is a border between positions and depends on nothing else: an element that is
    /// there throughout a walk is visited exactly once, whatever is inserted and removed between
    /// the steps. A number that is no cursor ends the walk.
    ///
    /// Cost: O(count).
    pub fn scan_count<'a>(
        &'a self,
        cursor: u64,
        count: usize,
        visit: impl FnMut(Entry<'a, X>),
    ) -> u64 {
        self.root.scan(cursor, count.max(1), visit)
    }

    /// A random element, all equally likely; `None` if there is none.
    ///
    /// Cost: draws cells of random segments until one is in use: three or four on average.
    pub fn random(&self, prng: &mut Prng) -> Option<Entry<'_, X>> {
        if self.is_empty() {
            return None;
        }
        let one_segment = self.root.count == 1;
        let width = if one_segment { self.root.segment(0).slots().cells() } else { self.widest };
        loop {
            // One draw for both, so that the segments' different widths favour nobody.
            let draw = prng.below(self.root.count as u64 * width as u64) as usize;
            let segment = self.root.segment(draw / width);
            if segment.slots().is_used(draw % width) {
                return Some(segment.entry(draw % width));
            }
        }
    }

    /// All elements, segment by segment. Allocates nothing.
    pub fn iter(&self) -> Iter<'_, X> {
        self.root.iter()
    }

    /// Takes all elements out, so that the caller can drop them elsewhere. Cost: O(1).
    #[must_use = "a large table is better dropped on another thread"]
    pub fn take(&mut self) -> Self {
        let empty = Self::new(self.root.hasher);
        std::mem::replace(self, empty)
    }

    /// The table as it is now, for reading. Cost: one pointer per 64 segments.
    pub fn freeze(&self) -> Frozen<X> {
        Frozen::new(self.root.clone())
    }

    /// Number of segments.
    pub fn segments(&self) -> usize {
        self.root.count
    }

    /// The segment in which a key with this hash lies.
    #[inline]
    pub fn segment_index(&self, hash: Hash) -> usize {
        self.root.index(hash)
    }

    /// The elements of one segment, `segment` being below [`Table::segments`].
    pub fn segment_iter(&self, segment: usize) -> SegmentIter<'_, X> {
        self.root.segment_iter(segment)
    }

    /// The number that the owner keeps with a segment; `u64::MAX` at first. The halves of a split
    /// inherit it, a merge takes the smaller one.
    #[inline]
    pub fn hint(&self, segment: usize) -> u64 {
        self.hints[segment]
    }

    /// Sets the number of a segment. Copies nothing.
    #[inline]
    pub fn set_hint(&mut self, segment: usize, hint: u64) {
        self.hints[segment] = hint;
    }

    /// Bytes allocated for the structure, keys and payloads, without what objects refer to; what
    /// frozen views share counts in full. Cost: O(segments).
    pub fn memory(&self) -> usize {
        size_of::<Self>() + self.root.memory() + self.hints.capacity() * size_of::<u64>()
    }

    /// Figures about the form of the table. Cost: O(cells).
    pub fn shape(&self) -> Shape {
        self.root.shape()
    }

    /// For tests: panics if the table is damaged. Cost: O(elements).
    pub fn invariants(&self) {
        self.root.invariants();
        assert_eq!(self.hints.len(), self.root.count);
        let widest = (0..self.root.count).map(|index| self.root.segment(index).slots().cells());
        assert!(widest.max() <= Some(self.widest));
        let bytes = (0..self.root.count).map(|index| self.root.segment(index).bytes());
        assert_eq!(bytes.sum::<usize>(), self.bytes);
    }
}

impl<X> Clone for Table<X> {
    /// The same elements; what both share is copied by segment when one of them changes.
    /// Cost: as a freeze.
    fn clone(&self) -> Self {
        Self { root: self.root.clone(), hints: self.hints.clone(), ..*self }
    }
}

impl<X: Clone> Table<X> {
    /// The element with this key, to be changed; the segment is copied first if it is shared.
    ///
    /// Cost: O(1).
    #[inline]
    pub fn get_mut(&mut self, hash: Hash, key: &[u8]) -> Option<EntryMut<'_, X>> {
        let Spot { index, tag } = self.root.locate(hash);
        let slot = self.root.segment(index).find(tag, key).ok()?;
        let segment = segment_mut(&mut self.root.chunks, index);
        Some(EntryMut::new(segment, slot, &mut self.bytes))
    }

    /// The element at a place that was found, to be changed; the segment is copied first if it is
    /// shared.
    #[inline]
    pub fn at_mut(&mut self, place: Place) -> EntryMut<'_, X> {
        let segment = segment_mut(&mut self.root.chunks, place.segment);
        EntryMut::new(segment, place.slot, &mut self.bytes)
    }

    /// The same, unless a frozen view shares the element.
    #[inline]
    pub fn at_mut_if_owned(&mut self, place: Place) -> Option<EntryMut<'_, X>> {
        let chunk = &self.root.chunks[place.segment / CHUNK];
        if chunk.is_unique() && chunk[place.segment % CHUNK].is_unique() {
            return Some(self.at_mut(place));
        }
        None
    }

    /// Replaces payload (the parts in a row) and object of the element at a place that was found;
    /// gives back the old object. The place is not good any more then: a table of growing payloads
    /// splits too.
    ///
    /// Cost: O(bytes) amortised; at most a few copies of a segment.
    #[inline]
    pub fn set_at(&mut self, place: Place, payload: &[&[u8]], object: Option<X>) -> Option<X> {
        let old = self.at_mut(place).set(payload, object);
        if self.bytes > self.root.count * BYTES {
            self.split();
        }
        old
    }

    /// Inserts an element at the place where it was looked for in vain.
    ///
    /// Cost: O(bytes) amortised; at most a few copies of a segment.
    pub fn insert_at(&mut self, place: Place, key: &[u8], payload: &[&[u8]], object: Option<X>) {
        let segment = segment_mut(&mut self.root.chunks, place.segment);
        self.bytes -= segment.bytes();
        segment.insert(place.slot, place.tag, key, payload, object);
        self.bytes += segment.bytes();
        self.widest = self.widest.max(segment.slots().cells());
        self.root.len += 1;
        if self.root.len > self.root.count * TARGET || self.bytes > self.root.count * BYTES {
            self.split();
        }
    }

    /// The element with this key, to be changed if that takes no copy: for marks of use that are
    /// not worth one. Cost: O(1).
    #[inline]
    pub fn touch(&mut self, hash: Hash, key: &[u8]) -> Option<Touch<'_, X>> {
        let Spot { index, tag } = self.root.locate(hash);
        let segment = self.root.segment(index);
        let slot = segment.find(tag, key).ok()?;
        if self.root.chunks[index / CHUNK].is_unique() && segment.is_unique() {
            let segment = segment_mut(&mut self.root.chunks, index);
            return Some(Touch::Owned(EntryMut::new(segment, slot, &mut self.bytes)));
        }
        Some(Touch::Shared(self.root.segment(index).entry(slot)))
    }

    /// The element with this key, to be changed, unless a frozen view shares it. Cost: O(1).
    #[inline]
    pub fn get_mut_if_owned(&mut self, hash: Hash, key: &[u8]) -> Option<EntryMut<'_, X>> {
        match self.touch(hash, key)? {
            Touch::Owned(entry) => Some(entry),
            Touch::Shared(_) => None,
        }
    }

    /// Inserts an element or replaces what is stored with its key. The payload is the parts in a
    /// row.
    ///
    /// Cost: O(bytes) amortised; at most a few copies of a segment.
    pub fn insert(
        &mut self,
        hash: Hash,
        key: &[u8],
        payload: &[&[u8]],
        object: Option<X>,
    ) -> Replaced<X> {
        match self.find(hash, key) {
            Ok(place) => Replaced { existed: true, object: self.set_at(place, payload, object) },
            Err(place) => {
                self.insert_at(place, key, payload, object);
                Replaced { existed: false, object: None }
            }
        }
    }

    /// Removes the element with this key.
    ///
    /// Cost: O(bytes) amortised; at most a few copies of a segment.
    pub fn remove(&mut self, hash: Hash, key: &[u8]) -> Option<Removed<X>> {
        let Spot { index, tag } = self.root.locate(hash);
        let slot = self.root.segment(index).find(tag, key).ok()?;
        let segment = segment_mut(&mut self.root.chunks, index);
        self.bytes -= segment.bytes();
        let removed = segment.remove(slot);
        self.bytes += segment.bytes();
        self.root.len -= 1;
        let count = self.root.count;
        if count > 1 && self.root.len < count * TARGET_LOW && self.bytes < count * BYTES_LOW {
            self.merge();
        }
        Some(removed)
    }

    /// Splits the segment whose turn it is.
    #[cold]
    fn split(&mut self) {
        let (index, depth) = self.root.next_split();
        if depth == LEVEL_MAX {
            return;
        }
        let hasher = self.root.hasher;
        let segment = &mut chunk_mut(&mut self.root.chunks, index / CHUNK)[index % CHUNK];
        self.bytes -= segment.bytes();
        let [low, high] = Segment::split(segment, depth, |key| hasher.hash(key));
        let cells = low.slots().cells().max(high.slots().cells());
        self.bytes += low.bytes() + high.bytes();
        *segment = Arc::new(low);
        self.widest = self.widest.max(cells);
        self.push(Arc::new(high));
        self.hints.push(self.hints[index]);
    }

    /// Merges the last segment with the one that it was split from.
    #[cold]
    fn merge(&mut self) {
        let mut high = self.pop();
        let (index, _) = self.root.next_split();
        let low = &mut chunk_mut(&mut self.root.chunks, index / CHUNK)[index % CHUNK];
        self.bytes -= low.bytes() + high.bytes();
        let joined = Segment::join(low, &mut high);
        self.bytes += joined.bytes();
        let cells = joined.slots().cells();
        *low = Arc::new(joined);
        self.widest = self.widest.max(cells);
        if let Some(hint) = self.hints.pop() {
            self.hints[index] = self.hints[index].min(hint);
        }
    }

    fn push(&mut self, segment: Arc<Segment<X>>) {
        if self.root.count.is_multiple_of(CHUNK) {
            self.root.chunks.push(Arc::from_iter([segment]));
        } else if let Some(last) = self.root.chunks.last_mut() {
            let longer: Vec<_> = last.iter().cloned().chain([segment]).collect();
            *last = Arc::from(longer);
        }
        self.root.set_count(self.root.count + 1);
    }

    fn pop(&mut self) -> Arc<Segment<X>> {
        let last = self.root.chunks.pop().expect("a table has two segments when it merges");
        let (segment, shorter) = last.split_last().expect("a chunk is never empty");
        let segment = segment.clone();
        if !shorter.is_empty() {
            self.root.chunks.push(shorter.iter().cloned().collect());
        }
        self.root.set_count(self.root.count - 1);
        segment
    }
}

/// The segments of a chunk, which is copied first if it is shared.
#[inline]
fn chunk_mut<X>(chunks: &mut [Chunk<X>], chunk: usize) -> &mut [Arc<Segment<X>>] {
    let chunk = &mut chunks[chunk];
    if !chunk.is_unique() {
        *chunk = chunk.iter().cloned().collect();
    }
    Arc::get_mut(chunk).expect("just made, or found, to be ours alone")
}

/// A segment, which is copied first if it is shared.
#[inline]
fn segment_mut<X: Clone>(chunks: &mut [Chunk<X>], index: usize) -> &mut Segment<X> {
    Arc::make_mut(&mut chunk_mut(chunks, index / CHUNK)[index % CHUNK])
}
