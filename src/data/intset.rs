//! A sorted set of integers in one allocation, each in as many bytes as the largest needs.
//!
//! Holds: ascending, no duplicates; the width never shrinks; a clone never sees a later change.
//! Cost: a handle is 8 bytes; lookup O(log n); insert and remove move what lies behind; the first
//! change of a shared set copies it. Owners bound the size.

use std::fmt;

use super::packed::Buffer;

/// See the module.
#[derive(Clone)]
pub struct IntSet {
    /// The owner's number of the buffer is the width.
    buffer: Buffer,
}

impl Default for IntSet {
    fn default() -> Self {
        Self::new()
    }
}

impl IntSet {
    /// The empty set.
    pub fn new() -> Self {
        Self { buffer: Buffer::new(&[], 1) }
    }

    /// The set of these integers, which ascend without duplicates.
    pub fn from_sorted(members: &[i64]) -> Self {
        debug_assert!(members.is_sorted_by(|a, b| a < b), "the caller sorts");
        let ends = [members.first(), members.last()];
        let width = ends.into_iter().flatten().map(|&n| width_of(n)).max().unwrap_or(1);
        Self { buffer: pack(members.iter().copied(), width) }
    }

    fn width(&self) -> usize {
        self.buffer.note() as usize
    }

    /// Number of members.
    #[inline]
    pub fn len(&self) -> usize {
        self.buffer.as_slice().len() / self.width()
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.buffer.as_slice().is_empty()
    }

    /// Bytes allocated.
    pub fn memory(&self) -> usize {
        self.buffer.memory()
    }

    /// Member `index` in ascending order.
    ///
    /// # Panics
    /// If there are not so many.
    #[inline]
    pub fn get(&self, index: usize) -> i64 {
        let width = self.width();
        read(&self.buffer.as_slice()[index * width..(index + 1) * width])
    }

    /// Where `member` is, or else where it would be.
    fn search(&self, member: i64) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle).cmp(&member) {
                std::cmp::Ordering::Equal => return Ok(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    /// Whether `member` is in the set.
    pub fn contains(&self, member: i64) -> bool {
        self.search(member).is_ok()
    }

    /// Adds a member; false if it was there.
    pub fn insert(&mut self, member: i64) -> bool {
        let Err(index) = self.search(member) else { return false };
        let (width, wanted) = (self.width(), width_of(member));
        if wanted > width {
            self.buffer = pack(self.iter(), wanted);
        }
        let width = width.max(wanted);
        let at = index * width;
        self.buffer.splice(at..at, &member.to_le_bytes()[..width], width as u32);
        true
    }

    /// Removes a member; false if there is none.
    pub fn remove(&mut self, member: i64) -> bool {
        let Ok(index) = self.search(member) else { return false };
        self.remove_range(index, 1);
        true
    }

    /// Removes `count` members from the one with this index on; the set must have them.
    pub fn remove_range(&mut self, index: usize, count: usize) {
        let width = self.width();
        self.buffer.splice(index * width..(index + count) * width, &[], width as u32);
    }

    /// All members, ascending.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = i64> + DoubleEndedIterator + Clone + '_ {
        self.buffer.as_slice().chunks_exact(self.width()).map(read)
    }
}

impl fmt::Debug for IntSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

fn pack(members: impl Iterator<Item = i64>, width: usize) -> Buffer {
    let mut bytes = Vec::with_capacity(members.size_hint().0 * width);
    for member in members {
        bytes.extend_from_slice(&member.to_le_bytes()[..width]);
    }
    Buffer::new(&[&bytes], width as u32)
}

/// Bytes of the shortest two's complement form.
fn width_of(n: i64) -> usize {
    let spare = if n < 0 { n.leading_ones() } else { n.leading_zeros() };
    (65 - spare as usize).div_ceil(8)
}

/// Reads a little-endian integer of 1 to 8 bytes.
#[inline]
fn read(bytes: &[u8]) -> i64 {
    let negative = bytes.last().is_some_and(|&last| last >= 0x80);
    let mut wide = [if negative { 0xff } else { 0 }; 8];
    wide[..bytes.len()].copy_from_slice(bytes);
    i64::from_le_bytes(wide)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::base::prng::Prng;

    #[test]
    fn agrees_with_a_model_at_every_width() {
        let mut prng = Prng::from_seed(3);
        for bits in [1, 8, 9, 16, 31, 40, 55, 64] {
            let (mut set, mut model) = (IntSet::new(), BTreeSet::new());
            let mut frozen = None;
            for step in 0..400 {
                let member = (prng.next_u64() as i64) >> (64 - bits);
                if prng.below(3) > 0 {
                    assert_eq!(set.insert(member), model.insert(member));
                } else {
                    let gone = model.iter().nth(prng.below(8) as usize).copied().unwrap_or(member);
                    assert_eq!(set.remove(gone), model.remove(&gone));
                }
                assert!(set.contains(member) == model.contains(&member));
                if step == 200 {
                    frozen = Some((set.clone(), model.clone()));
                }
            }
            assert!(set.iter().eq(model.iter().copied()));
            assert_eq!(set.len(), model.len());
            let (set, model) = frozen.expect("the walk passes its middle");
            assert!(set.iter().eq(model.iter().copied()));
        }
    }

    #[test]
    fn extremes_fit_together() {
        let mut set = IntSet::from_sorted(&[-1, 0, 1]);
        assert_eq!(set.width(), 1);
        assert!(set.insert(i64::MAX) && set.insert(i64::MIN) && !set.insert(0));
        assert_eq!(set.iter().collect::<Vec<_>>(), [i64::MIN, -1, 0, 1, i64::MAX]);
        assert_eq!(IntSet::from_sorted(&[-128, 127]).width(), 1);
        assert_eq!(IntSet::from_sorted(&[-129]).width(), 2);
    }

    #[test]
    fn ranges_are_removed_by_index() {
        let mut set = IntSet::from_sorted(&[1, 2, 300, 4000]);
        set.remove_range(1, 2);
        assert_eq!(set.iter().collect::<Vec<_>>(), [1, 4000]);
    }
}
