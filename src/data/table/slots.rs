//! The index of a segment: an open-addressing table of 32-bit slots, sorted by tag.
//!
//! A slot is a 16-bit tag and the 16-bit place of the element; a tag is the bits of the element's
//! position just below the prefix of its segment, so the order of slots is the order of positions.
//!
//! Holds: tags never decrease from left to right; an element lies at its home slot or to the right
//! of it with no empty slot between; the last [`PAD`] slots are empty. So a search needs neither
//! wrap-around nor bounds, a removal leaves no mark, and a table of any size is rebuilt from the
//! tags alone, without the keys.
//! Cost: expected O(1), one or two cache lines.

use crate::base::size_class::good_size;

/// An empty slot; it compares greater than every element.
pub(super) const EMPTY: u32 = u32::MAX;
/// Empty slots at the end: a search reads this many at once.
const PAD: usize = 8;

/// Elements per home slot when the index grows, in sixteenths.
///
/// Steps of growth are the size classes, a quarter to an eighth apart, so the mean load is .80 and
/// an element takes 5.0 bytes and lies 2.4 slots from its home; at 14 it is 5.2 bytes and 2.0.
const FULL_SIXTEENTHS: usize = 15;

/// A sorted index of tags.
pub(super) struct Slots {
    slots: Vec<u32>,
    /// Slots that are somebody's home; the rest takes what overflows.
    homes: u32,
    /// All slots from here on are empty. Kept so that an insertion need not look at the end of the
    /// index, which is cold.
    end: u32,
}

impl Slots {
    /// An empty index for `count` elements.
    pub(super) fn with_room(count: usize) -> Self {
        let homes = (count * 16).div_ceil(FULL_SIXTEENTHS).max(4);
        // The longer the index, the longer the run of elements that may overflow its end.
        let spare = PAD + (homes / 2).min(8);
        let total = good_size((homes + spare) * size_of::<u32>()) / size_of::<u32>();
        Self { slots: vec![EMPTY; total], homes: (total - spare) as u32, end: 0 }
    }

    /// Number of slots, the empty ones included.
    #[inline]
    pub(super) fn cells(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is a slot `at` and an element in it.
    #[inline]
    pub(super) fn is_used(&self, at: usize) -> bool {
        self.slots.get(at).is_some_and(|&slot| slot != EMPTY)
    }

    /// Slots for elements to live in.
    pub(super) fn homes(&self) -> usize {
        self.homes as usize
    }

    /// Elements that the index takes before it is rebuilt.
    pub(super) fn room(&self) -> usize {
        self.homes() * FULL_SIXTEENTHS / 16
    }

    pub(super) fn memory(&self) -> usize {
        self.slots.capacity() * size_of::<u32>()
    }

    #[inline]
    pub(super) fn home(&self, tag: u16) -> usize {
        ((u32::from(tag) * self.homes) >> 16) as usize
    }

    #[inline]
    pub(super) fn as_slice(&self) -> &[u32] {
        &self.slots
    }

    /// The first slot at or after the home of `tag` that does not hold a smaller tag.
    #[inline]
    pub(super) fn lower_bound(&self, tag: u16) -> usize {
        let want = u32::from(tag) << 16;
        let mut at = self.home(tag);
        // Eight at a time without a branch; an empty slot among them ends the search, and the pad
        // holds eight, so the next eight exist.
        while let Some(window) = self.slots[at..].first_chunk::<PAD>() {
            let smaller: u32 = window.iter().map(|&slot| u32::from(slot < want)).sum();
            at += smaller as usize;
            if smaller < PAD as u32 {
                break;
            }
        }
        at
    }

    /// The slot that [`Slots::lower_bound`] finds for most tags, without a branch.
    #[inline]
    pub(super) fn guess(&self, tag: u16) -> u32 {
        let want = u32::from(tag) << 16;
        let home = &self.slots[self.home(tag)..];
        let Some(window) = home.first_chunk::<PAD>() else { return EMPTY };
        let smaller: u32 = window.iter().map(|&slot| u32::from(slot < want)).sum();
        window[(smaller as usize).min(PAD - 1)]
    }

    /// The place in slot `at`.
    #[inline]
    pub(super) fn place(&self, at: usize) -> u16 {
        self.slots[at] as u16
    }

    pub(super) fn set_place(&mut self, at: usize, place: u16) {
        self.slots[at] = self.slots[at] & 0xffff_0000 | u32::from(place);
    }

    /// Puts an element in, at a slot that [`Slots::lower_bound`] found or behind equal tags.
    pub(super) fn insert(&mut self, at: usize, tag: u16, place: u16) {
        let gap = self.slots[at..].iter().position(|&slot| slot == EMPTY);
        let gap = at + gap.expect("the pad is empty");
        self.slots.copy_within(at..gap, at + 1);
        self.slots[at] = slot_of(tag, place);
        self.end = self.end.max(gap as u32 + 1);
        if gap + PAD >= self.slots.len() {
            self.extend_tail();
        }
    }

    fn extend_tail(&mut self) {
        if self.slots.len() == self.slots.capacity() {
            self.slots.reserve_exact(self.slots.len() / 8 + 4);
        }
        self.slots.push(EMPTY);
    }

    /// Whether another element may overflow the end of the index.
    #[inline]
    pub(super) fn tail_is_full(&self) -> bool {
        self.end as usize + PAD == self.slots.len()
    }

    /// Takes the element out and closes the gap.
    pub(super) fn remove(&mut self, at: usize) {
        let mut end = at + 1;
        while self.slots[end] != EMPTY && self.home(tag_of(self.slots[end])) < end {
            end += 1;
        }
        self.slots.copy_within(at + 1..end, at);
        self.slots[end - 1] = EMPTY;
        if end == self.end as usize {
            self.end -= 1;
        }
    }

    /// Copies all elements, in order, to an index with room for `count`.
    pub(super) fn rebuild(&mut self, count: usize, retag: impl Fn(u16) -> u16) {
        let mut grown = Self::with_room(count);
        let mut end = 0;
        for &slot in self.slots.iter().filter(|&&slot| slot != EMPTY) {
            let tag = retag(tag_of(slot));
            end = grown.append(end, tag, slot as u16);
        }
        *self = grown;
    }

    /// Puts an element behind all others, of which the last ends before slot `end`; returns the
    /// new end.
    pub(super) fn append(&mut self, end: usize, tag: u16, place: u16) -> usize {
        let at = end.max(self.home(tag));
        while at + PAD >= self.slots.len() {
            self.extend_tail();
        }
        self.slots[at] = slot_of(tag, place);
        self.end = at as u32 + 1;
        at + 1
    }

    /// Panics if the index is not what the header of this module promises; returns the number of
    /// elements.
    pub(super) fn invariants(&self) -> usize {
        let pad = self.slots.len() - PAD;
        assert!(self.slots[pad..].iter().all(|&slot| slot == EMPTY), "the pad is empty");
        let behind = &self.slots[self.end as usize..];
        assert!(behind.iter().all(|&slot| slot == EMPTY), "nothing lies behind the end");
        assert_eq!(self.tail_is_full(), self.slots[pad - 1] != EMPTY);
        let mut count = 0;
        let mut last = 0;
        let mut empty_at = None;
        for (at, &slot) in self.slots.iter().enumerate() {
            if slot == EMPTY {
                empty_at = Some(at);
                continue;
            }
            let tag = tag_of(slot);
            assert!(tag >= last, "tags are sorted");
            assert!(self.home(tag) <= at, "nobody lies before its home");
            assert!(empty_at.is_none_or(|gap| gap < self.home(tag)), "no gap behind the home");
            last = tag;
            count += 1;
        }
        count
    }
}

impl Clone for Slots {
    fn clone(&self) -> Self {
        Self { slots: self.slots.clone(), ..*self }
    }
}

#[inline]
pub(super) fn tag_of(slot: u32) -> u16 {
    (slot >> 16) as u16
}

#[inline]
fn slot_of(tag: u16, place: u16) -> u32 {
    u32::from(tag) << 16 | u32::from(place)
}
