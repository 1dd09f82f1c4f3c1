//! A packed run of a large list, with the size that Redis's listpack of the same elements has, and
//! the range of what is in it.

use smallvec::SmallVec;

use super::End;
use crate::data::packed::{Item, Needle, TwoWay};
use crate::data::tree::Element;

/// Bytes of an empty listpack: its header and its end.
const LISTPACK_EMPTY: usize = 7;
/// Sizes that negative values of `list-max-listpack-size` stand for, -1 first.
const SIZES: [usize; 5] = [4096, 8192, 16384, 32768, 65536];
/// A limit by number of elements does not hold above this many bytes.
const SAFE_BYTES: usize = 8192;
/// What Redis adds to an element's length when it asks whether it fits.
const ESTIMATED_OVERHEAD: usize = 8;

/// See the module.
#[derive(Clone, Debug)]
pub struct Chunk {
    run: TwoWay,
    count: u32,
    /// Size as a listpack.
    bytes: u32,
    /// Holds the marks of all elements.
    range: Range,
}

/// The least and the greatest mark of some elements, or bounds beyond them: a removal leaves them
/// as they are.
///
/// A search passes over a chunk whose range excludes what it looks for. In lists of numbers, times
/// or identifiers that go up or down that is nearly every chunk.
#[derive(Clone, Copy, Debug)]
struct Range {
    low: u64,
    high: u64,
}

/// A number that equal elements have in common: an integer itself, in order, or the last eight
/// bytes of a text, in which identifiers differ first.
pub(super) fn mark(item: Item<'_>) -> u64 {
    match item {
        Item::Int(n) => n as u64 ^ 1 << 63,
        Item::Text(text) => match text.last_chunk() {
            Some(&last) => u64::from_be_bytes(last),
            None => text.iter().fold(0, |mark, &byte| mark << 8 | u64::from(byte)),
        },
    }
}

impl Range {
    /// That of no elements.
    const NONE: Range = Range { low: u64::MAX, high: 0 };

    #[inline]
    fn add(&mut self, item: Item<'_>) {
        let mark = mark(item);
        self.low = self.low.min(mark);
        self.high = self.high.max(mark);
    }
}

impl Element for Chunk {
    #[inline]
    fn weight(&self) -> usize {
        self.count as usize
    }
}

impl Chunk {
    pub(super) fn new(run: TwoWay) -> Chunk {
        let (mut bytes, mut range) = (LISTPACK_EMPTY, Range::NONE);
        for item in run.iter() {
            bytes += entry_bytes(item);
            range.add(item);
        }
        // Both are bounded by the run, which places elements with 32 bits.
        Chunk { count: run.len() as u32, bytes: bytes as u32, range, run }
    }

    pub(super) fn of(item: Item<'_>) -> Chunk {
        Chunk::new(TwoWay::from_items([item]))
    }

    /// The elements.
    #[inline]
    pub fn run(&self) -> &TwoWay {
        &self.run
    }

    /// Size as a listpack.
    pub(super) fn bytes(&self) -> usize {
        self.bytes as usize
    }

    pub(super) fn into_run(self) -> TwoWay {
        self.run
    }

    /// False if no element has this [`mark`].
    #[inline]
    pub(super) fn may_hold(&self, mark: u64) -> bool {
        (self.range.low..=self.range.high).contains(&mark)
    }

    /// Whether an element whose text has `len` bytes may be added.
    pub(super) fn has_room(&self, len: usize, fill: i32) -> bool {
        !exceeds(fill, self.bytes() + len + ESTIMATED_OVERHEAD, self.weight() + 1)
    }

    /// Whether the elements of both may be in one chunk.
    pub(super) fn may_join(&self, other: &Chunk, fill: i32) -> bool {
        let bytes = self.bytes() + other.bytes() - LISTPACK_EMPTY;
        !exceeds(fill, bytes, self.weight() + other.weight())
    }

    pub(super) fn join(&mut self, other: &Chunk) {
        self.run.append(&other.run);
        self.count += other.count;
        self.bytes += other.bytes - LISTPACK_EMPTY as u32;
        self.range.low = self.range.low.min(other.range.low);
        self.range.high = self.range.high.max(other.range.high);
    }

    pub(super) fn insert(&mut self, index: usize, item: Item<'_>) {
        let place = self.run.nth(index);
        self.run.insert(place, &[item]);
        self.count += 1;
        self.bytes += entry_bytes(item) as u32;
        self.range.add(item);
    }

    /// Adds an element at an end. Cost: the bytes that move, without looking at any.
    pub(super) fn push(&mut self, end: End, item: Item<'_>) {
        let place = if end == End::Left { self.run.start() } else { self.run.end() };
        self.run.insert(place, &[item]);
        self.count += 1;
        self.bytes += entry_bytes(item) as u32;
        self.range.add(item);
    }

    pub(super) fn replace(&mut self, index: usize, item: Item<'_>) {
        let place = self.run.nth(index);
        self.bytes -= entry_bytes(self.run.get(place)) as u32;
        self.run.replace(place, item);
        self.bytes += entry_bytes(item) as u32;
        self.range.add(item);
    }

    pub(super) fn remove(&mut self, index: usize, count: usize) {
        let place = self.run.nth(index);
        let removed: usize = self.run.iter_from(place).take(count).map(entry_bytes).sum();
        self.run.remove(place, count);
        self.count -= count as u32;
        self.bytes -= removed as u32;
    }

    /// Shows the element at an end, which is not the only one, and removes it.
    pub(super) fn pop(&mut self, end: End, see: impl FnOnce(Item<'_>)) {
        self.count -= 1;
        self.bytes -= pop(&mut self.run, end, see) as u32;
    }

    /// Removes the elements equal to `item`: at most `limit` of them, from an end on; returns how
    /// many.
    pub(super) fn remove_equal(
        &mut self,
        item: Item<'_>,
        needle: &Needle,
        limit: usize,
        from: End,
    ) -> usize {
        let removed = remove_equal(&mut self.run, needle, limit, from);
        self.count -= removed as u32;
        self.bytes -= (removed * entry_bytes(item)) as u32;
        removed
    }

    /// Takes the elements from `index` on out.
    pub(super) fn split_off(&mut self, index: usize) -> Chunk {
        let place = self.run.nth(index);
        let tail = Chunk::new(self.run.split_off(place));
        self.count -= tail.count;
        self.bytes -= tail.bytes - LISTPACK_EMPTY as u32;
        tail
    }
}

/// Shows the element at an end of a run, which has some, and removes it; returns its size in a
/// listpack.
pub(super) fn pop(run: &mut TwoWay, end: End, see: impl FnOnce(Item<'_>)) -> usize {
    let (from, to) = match end {
        End::Left => (run.start(), run.next(run.start())),
        End::Right => (run.previous(run.end()), run.end()),
    };
    let item = run.get(from);
    let bytes = entry_bytes(item);
    see(item);
    run.cut(from, to, 1);
    bytes
}

/// Removes the elements equal to the needle: at most `limit` of them, from an end on; returns how
/// many.
pub(super) fn remove_equal(run: &mut TwoWay, needle: &Needle, limit: usize, from: End) -> usize {
    let found = run.seek_all(needle).map(|(place, _)| place);
    let places: SmallVec<[_; 32]> = match from {
        End::Left => found.take(limit).collect(),
        End::Right => {
            let all: SmallVec<[_; 32]> = found.collect();
            SmallVec::from_slice(&all[all.len().saturating_sub(limit)..])
        }
    };
    if !places.is_empty() {
        run.remove_at(&places);
    }
    places.len()
}

/// Limits of a node: bytes and elements.
pub(super) fn limits(fill: i32) -> (usize, usize) {
    match usize::try_from(fill) {
        Ok(count) => (usize::MAX, count.max(1)),
        Err(_) => {
            let level = (fill.unsigned_abs() as usize - 1).min(SIZES.len() - 1);
            (SIZES[level], usize::MAX)
        }
    }
}

/// Whether a node of this size would be too large for `list-max-listpack-size`.
pub(super) fn exceeds(fill: i32, bytes: usize, count: usize) -> bool {
    let (bytes_max, count_max) = limits(fill);
    if bytes_max != usize::MAX {
        bytes > bytes_max
    } else {
        bytes > SAFE_BYTES || count > count_max
    }
}

/// Whether a run may be too large once `bytes` more are in it; a quick look that is never wrong
/// when it says no.
pub(super) fn may_exceed(run: &TwoWay, fill: i32, bytes: usize, count: usize) -> bool {
    // No element is more than twice as long in a listpack as in a run.
    exceeds(fill, LISTPACK_EMPTY + 2 * run.bytes() + bytes, run.len() + count)
}

/// The size of a listpack of these elements.
pub(super) fn listpack_bytes(run: &TwoWay) -> usize {
    LISTPACK_EMPTY + run.iter().map(entry_bytes).sum::<usize>()
}

/// The size of an element in a listpack.
fn entry_bytes(item: Item<'_>) -> usize {
    match item {
        Item::Int(n) => match n {
            0..=127 => 2,
            -4096..=4095 => 3,
            -0x8000..=0x7fff => 4,
            -0x80_0000..=0x7f_ffff => 5,
            -0x8000_0000..=0x7fff_ffff => 6,
            _ => 10,
        },
        Item::Text(text) => {
            let len = match text.len() {
                len @ 0..64 => 1 + len,
                len @ 64..4096 => 2 + len,
                len => 5 + len,
            };
            let back = match len {
                0..128 => 1,
                128..16383 => 2,
                16383..2_097_151 => 3,
                2_097_151..268_435_455 => 4,
                _ => 5,
            };
            len + back
        }
    }
}
