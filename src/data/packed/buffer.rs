//! A shared byte buffer in one allocation: what `sync::bytes` needs, length, a number of the owner,
//! bytes.
//!
//! Holds: a clone never sees a later change; the bytes that the allocator would round up to anyway
//! are the room to grow, so a buffer has no capacity of its own to waste. Of an allocation of up to
//! 112 bytes, a *tiny* buffer, length and number are in the note that comes with it. They take two
//! bytes in one of up to 256 bytes. In a larger one they take twelve, with the place where the
//! content begins: the room is in front of it after a change there, else behind it.
//! Cost: a handle is 8 bytes, an allocation 2, 5 or 15 more than its bytes; a change moves the
//! bytes behind it, but for most at the front of a large buffer, which move nothing; the first
//! change of a shared buffer, and those that outgrow the size class, copy it.

use std::ops::Range;

use crate::sync::bytes::{NOTE_BITS, SMALL as TINY, SharedBytes, overhead, size_class};

/// Largest allocation whose length and number are a byte each.
const SMALL: usize = 256;
const SMALL_PREFIX: usize = 2;
const PREFIX: usize = 12;
/// Content of a tiny buffer, at most.
pub(super) const TINY_MAX: usize = TINY - overhead(TINY);
/// A buffer that is not tiny becomes so with this content at most: few changes at the border move
/// it.
const TINY_AGAIN: usize = TINY_MAX - 16;
/// Tiny classes are so far apart: the room behind the content is less.
const TINY_STEP: usize = 16;
const TINY_ROOM_BITS: u32 = TINY_STEP.ilog2();
/// The number of a tiny buffer is below this.
const TINY_NUMBER_END: u32 = 1 << (NOTE_BITS - TINY_ROOM_BITS);
const _: () = assert!(TINY_MAX < TINY_NUMBER_END as usize, "the number may be the length");

/// What stands in front of the content.
struct Head {
    used: usize,
    note: u32,
    /// Unused bytes between the head and the content.
    gap: usize,
}

/// See the module.
#[derive(Clone)]
pub(in crate::data) struct Buffer {
    bytes: SharedBytes,
}

impl Buffer {
    /// A buffer with this content; `note` is below 128, or at most the length.
    ///
    /// # Panics
    /// If that is 4 GiB or more.
    pub(in crate::data) fn new(content: &[&[u8]], note: u32) -> Self {
        let used = content.iter().map(|part| part.len()).sum::<usize>();
        Self::with_room(content, 0, note, false, used <= TINY_MAX)
    }

    /// A buffer with `more` bytes behind the content, which belong to it; the room is in front of
    /// it if `in_front` and the buffer is large.
    fn with_room(content: &[&[u8]], more: usize, note: u32, in_front: bool, tiny: bool) -> Self {
        let used = content.iter().map(|part| part.len()).sum::<usize>() + more;
        let mut bytes = SharedBytes::zeroed(allocation(used, tiny));
        let whole = bytes.get_mut().expect("a new buffer has one owner");
        let start = prefix(whole.len());
        let gap = if in_front && start == PREFIX { whole.len() - start - used } else { 0 };
        let mut at = start + gap;
        for part in content {
            whole[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        Head { used, note, gap }.write(&mut bytes);
        Self { bytes }
    }

    /// The content.
    #[inline]
    pub(in crate::data) fn as_slice(&self) -> &[u8] {
        let whole = self.bytes.as_slice();
        let head = Head::read(&self.bytes);
        let start = prefix(whole.len()) + head.gap;
        &whole[start..start + head.used]
    }

    /// The owner's number.
    #[inline]
    pub(in crate::data) fn note(&self) -> u32 {
        Head::read(&self.bytes).note
    }

    /// Bytes allocated.
    #[inline]
    pub(in crate::data) fn memory(&self) -> usize {
        self.bytes.memory()
    }

    /// Whether the buffer is tiny.
    #[inline]
    pub(super) fn is_tiny(&self) -> bool {
        self.memory() <= TINY
    }

    /// Length of the content and the owner's number.
    #[inline]
    pub(super) fn figures(&self) -> (usize, u32) {
        let Head { used, note, .. } = Head::read(&self.bytes);
        (used, note)
    }

    /// Puts `insert` in the place of the bytes of `range`, and sets the owner's number.
    ///
    /// Cost: O(bytes behind `range`), at times O(all bytes).
    pub(in crate::data) fn splice(&mut self, range: Range<usize>, insert: &[u8], note: u32) {
        self.splice_with(range, insert.len(), note, |to| to.copy_from_slice(insert));
    }

    /// The same with `len` bytes that `write` fills in.
    #[inline]
    pub(in crate::data) fn splice_with(
        &mut self,
        range: Range<usize>,
        len: usize,
        note: u32,
        write: impl FnOnce(&mut [u8]),
    ) {
        let (memory, head) = (self.memory(), Head::read(&self.bytes));
        let used = head.used - range.len() + len;
        if belongs(used, memory)
            && let Some(whole) = self.bytes.get_mut()
        {
            let (at, gap) = splice_within(whole, &head, range, len);
            write(&mut whole[at..at + len]);
            Head { used, note, gap }.write(&mut self.bytes);
            return;
        }
        write(self.move_to_other(range, len, note));
    }

    /// Makes the change in another allocation; gives the bytes to be filled in.
    #[cold]
    fn move_to_other(&mut self, range: Range<usize>, len: usize, note: u32) -> &mut [u8] {
        let old = self.as_slice();
        let at_front = is_at_front(&range, old.len());
        let behind = old.len() - range.end;
        let parts = [&old[..range.start], &old[range.end..]];
        let tiny = will_be_tiny(self.is_tiny(), old.len() - range.len() + len);
        *self = Self::with_room(&parts, len, note, at_front, tiny);
        let gap = Head::read(&self.bytes).gap;
        let whole = self.bytes.get_mut().expect("a new buffer has one owner");
        let at = prefix(whole.len()) + gap + range.start;
        whole.copy_within(at..at + behind, at + len);
        &mut whole[at..at + len]
    }
}

/// Whether a buffer is tiny, or not, after a change that leaves it with so many bytes.
#[inline]
pub(super) fn will_be_tiny(is_tiny: bool, used: usize) -> bool {
    used <= TINY_AGAIN || (used <= TINY_MAX && is_tiny)
}

/// Whether so much content belongs in an allocation of this size.
#[inline]
fn belongs(used: usize, memory: usize) -> bool {
    if memory <= TINY {
        let needed = used + overhead(TINY);
        return needed <= memory && (needed + TINY_STEP > memory);
    }
    // A class holds what is between the class before and itself, so that this says without looking
    // for its class whether most content belongs in this allocation.
    let needed = overhead(memory) + prefix(memory - overhead(memory)) + used;
    used > TINY_AGAIN
        && (needed <= memory && needed > memory * 3 / 4 || {
            let wanted = allocation(used, false);
            wanted <= memory && wanted > memory * 3 / 4
        })
}

/// Whether a change is one at the front of what stays behind it.
fn is_at_front(range: &Range<usize>, used: usize) -> bool {
    range.start == 0 && range.end < used
}

/// Makes room for a change in a buffer that has it: where in `whole` the `len` new bytes go, and
/// the gap in front of the content then.
#[inline]
fn splice_within(whole: &mut [u8], head: &Head, range: Range<usize>, len: usize) -> (usize, usize) {
    let start = prefix(whole.len());
    let &Head { used, mut gap, .. } = head;
    let at_front = is_at_front(&range, used);
    let new_used = used - range.len() + len;
    let content = &mut whole[start..];
    let room = content.len() - new_used;
    let behind = gap + range.end..gap + used;
    if at_front && start == PREFIX {
        // What stays does not move, unless the room in front of it is used up.
        if gap + range.end < len {
            content.copy_within(behind, room + len);
            gap = room;
        } else {
            gap = gap + range.end - len;
        }
    } else if gap > room {
        // The room behind is used up.
        content.copy_within(gap..gap + range.start, 0);
        content.copy_within(behind, range.start + len);
        gap = 0;
    } else {
        content.copy_within(behind, gap + range.start + len);
    }
    (start + gap + range.start, gap)
}

/// Where the content begins in this many bytes.
#[inline]
fn prefix(capacity: usize) -> usize {
    match capacity {
        0..=TINY_MAX => 0,
        _ if capacity <= SMALL - overhead(SMALL) => SMALL_PREFIX,
        _ => PREFIX,
    }
}

impl Head {
    #[inline]
    fn read(bytes: &SharedBytes) -> Self {
        let whole = bytes.as_slice();
        if let Some(bits) = bytes.note() {
            let room = usize::from(bits) % TINY_STEP;
            let note = u32::from(bits >> TINY_ROOM_BITS);
            return Self { used: whole.len() - room, note, gap: 0 };
        }
        if prefix(whole.len()) == SMALL_PREFIX {
            return Self { used: usize::from(whole[0]), note: u32::from(whole[1]), gap: 0 };
        }
        let word = |at: usize| {
            let word = whole[at..at + 4].try_into().expect("four bytes were asked for");
            u32::from_le_bytes(word)
        };
        Self { used: word(0) as usize, note: word(4), gap: word(8) as usize }
    }

    /// Sets it in a buffer that has one owner.
    fn write(&self, bytes: &mut SharedBytes) {
        let memory = bytes.memory();
        if memory <= TINY {
            let room = memory - overhead(memory) - self.used;
            assert!(room < TINY_STEP && self.note < TINY_NUMBER_END, "see `new` and `belongs`");
            return bytes.set_note((self.note as u16) << TINY_ROOM_BITS | room as u16);
        }
        let whole = bytes.get_mut().expect("the caller has changed the content");
        if prefix(whole.len()) == SMALL_PREFIX {
            whole[0] = u8::try_from(self.used).expect("content is smaller than its allocation");
            whole[1] = u8::try_from(self.note).expect("it is below 256 or at most the length");
            return;
        }
        let word = |number: usize| u32::try_from(number).expect("owners keep far below 4 GiB");
        whole[..4].copy_from_slice(&word(self.used).to_le_bytes());
        whole[4..8].copy_from_slice(&self.note.to_le_bytes());
        whole[8..PREFIX].copy_from_slice(&word(self.gap).to_le_bytes());
    }
}

/// The size of the allocation for so many bytes of content.
fn allocation(used: usize, tiny: bool) -> usize {
    if tiny {
        return size_class(overhead(TINY) + used);
    }
    let small = size_class((overhead(SMALL) + SMALL_PREFIX + used).max(TINY + 1));
    if small <= SMALL { small } else { size_class(overhead(small) + PREFIX + used) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacity_is_what_the_size_class_leaves() {
        let classes = [
            (0, 16),
            (14, 16),
            (15, 32),
            (110, 112),
            (111, 128),
            (123, 128),
            (251, 256),
            (252, 320),
            (8177, 8192),
        ];
        for (used, class) in classes {
            assert_eq!(Buffer::new(&[&vec![1; used]], 0).memory(), class, "{used}");
        }
    }

    #[test]
    fn clones_do_not_see_changes() {
        let mut one = Buffer::new(&[b"hello"], 1);
        let two = one.clone();
        one.splice(1..4, b"", 2);
        one.splice(2..2, b"way along", 3);
        assert_eq!((one.as_slice(), one.note()), (&b"howay along"[..], 3));
        assert_eq!((two.as_slice(), two.note()), (&b"hello"[..], 1));
    }

    #[test]
    fn growth_within_the_class_does_not_move_the_buffer_and_shrinking_gives_memory_back() {
        let mut buffer = Buffer::new(&[&[7; 600]], 0);
        let address = buffer.as_slice().as_ptr();
        buffer.splice(300..300, &[8; 10], 0);
        assert_eq!(buffer.as_slice().as_ptr(), address);
        assert_eq!(buffer.as_slice()[299..311], [7, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 7]);
        buffer.splice(0..500, &[], 0);
        assert_eq!(buffer.memory(), 128);
        assert_eq!(buffer.as_slice(), [7; 110]);
        buffer.splice(0..16, &[], 0);
        assert_eq!(buffer.memory(), 96);
        assert_eq!(buffer.as_slice(), [7; 94]);
        buffer.splice(0..0, &[7; 16], 0);
        assert_eq!(buffer.memory(), 112);
    }

    #[test]
    fn what_stays_does_not_move_when_the_front_changes() {
        let mut buffer = Buffer::new(&[&[7; 1020]], 0);
        buffer.splice(0..0, &[8], 0); // a new class, with the room in front
        let last = |buffer: &Buffer| buffer.as_slice().as_ptr_range().end;
        let end = last(&buffer);
        for _ in 0..200 {
            buffer.splice(0..0, &[9], 0);
        }
        for _ in 0..100 {
            buffer.splice(0..2, &[5], 0);
        }
        assert_eq!(last(&buffer), end);
        let want = [&[5][..], &[9; 99], &[8], &[7; 1020]].concat();
        assert_eq!(buffer.as_slice(), want);
    }

    #[test]
    fn changes_at_random_places_agree_with_a_vector() {
        let mut prng = crate::base::prng::Prng::from_seed(9);
        for limit in [60, 130, 300, 2000, 9000] {
            let (mut buffer, mut model) = (Buffer::new(&[], 0), Vec::new());
            for step in 0..if cfg!(miri) { 40 } else { 20_000_u32 } {
                let len = model.len();
                let mut place = |max: usize| prng.below(max as u64 + 1) as usize;
                let start = match step / 64 % 3 {
                    0 => 0,
                    1 => len,
                    _ => place(len),
                };
                let end = (start + place(len - start).min(40)).min(len);
                let insert = vec![step as u8; if len > limit { 0 } else { place(60) }];
                model.splice(start..end, insert.iter().copied());
                buffer.splice(start..end, &insert, step % 128);
                assert!(buffer.as_slice() == model && buffer.note() == step % 128, "{step}");
            }
        }
    }
}
