//! A shared byte buffer in one allocation: what `sync::bytes` needs, length, a number of the owner,
//! bytes.
//!
//! Holds: a clone never sees a later change; the bytes that the allocator would round up to anyway
//! are the room to grow, so a buffer has no capacity of its own to waste. Length and number take
//! two bytes in an allocation of up to 256 bytes. In a larger one they take twelve, with the place
//! where the content begins: the room is in front of it after a change there, else behind it.
//! Cost: a handle is 8 bytes, an allocation 7 or 17 more than its bytes; a change moves the bytes
//! behind it, but for most at the front of a large buffer, which move nothing; the first change of
//! a shared buffer, and those that outgrow the size class, copy it.

use std::ops::Range;

use crate::sync::bytes::{OVERHEAD, SharedBytes, size_class};

/// Largest allocation whose length and number are a byte each.
const SMALL: usize = 256;
const SMALL_PREFIX: usize = 2;
const PREFIX: usize = 12;

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
    /// A buffer with this content.
    ///
    /// # Panics
    /// If that is 4 GiB or more. `note` is below 256, or at most the length.
    pub(in crate::data) fn new(content: &[&[u8]], note: u32) -> Self {
        Self::with_room(content, 0, note, false)
    }

    /// The same with `more` bytes behind the content, which belong to it; the room is in front of
    /// it if `in_front` and the buffer is large.
    fn with_room(content: &[&[u8]], more: usize, note: u32, in_front: bool) -> Self {
        let used = content.iter().map(|part| part.len()).sum::<usize>() + more;
        let mut bytes = SharedBytes::zeroed(allocation(used));
        let whole = bytes.get_mut().expect("a new buffer has one owner");
        let start = prefix(whole.len());
        let gap = if in_front && start == PREFIX { whole.len() - start - used } else { 0 };
        let mut at = start + gap;
        for part in content {
            whole[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        Head { used, note, gap }.write(whole);
        Self { bytes }
    }

    /// The content.
    #[inline]
    pub(in crate::data) fn as_slice(&self) -> &[u8] {
        let whole = self.bytes.as_slice();
        let head = Head::read(whole);
        let start = prefix(whole.len()) + head.gap;
        &whole[start..start + head.used]
    }

    /// The owner's number.
    #[inline]
    pub(in crate::data) fn note(&self) -> u32 {
        Head::read(self.bytes.as_slice()).note
    }

    /// Bytes allocated.
    pub(in crate::data) fn memory(&self) -> usize {
        self.bytes.memory()
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
        let memory = self.memory();
        if let Some(whole) = self.bytes.get_mut() {
            let head = Head::read(whole);
            let new_used = head.used - range.len() + len;
            // A class holds what is between the class before and itself, so that this says without
            // looking for its class whether most content belongs in this allocation.
            let needed = OVERHEAD + prefix(whole.len()) + new_used;
            let belongs = needed <= memory && needed > memory * 3 / 4 || {
                let wanted = allocation(new_used);
                wanted <= memory && wanted > memory * 3 / 4
            };
            if belongs {
                write(splice_within(whole, &head, range, len, note));
                return;
            }
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
        *self = Self::with_room(&parts, len, note, at_front);
        let whole = self.bytes.get_mut().expect("a new buffer has one owner");
        let at = prefix(whole.len()) + Head::read(whole).gap + range.start;
        whole.copy_within(at..at + behind, at + len);
        &mut whole[at..at + len]
    }
}

/// Whether a change is one at the front of what stays behind it.
fn is_at_front(range: &Range<usize>, used: usize) -> bool {
    range.start == 0 && range.end < used
}

/// Changes a buffer that has the room; gives the `len` bytes to be filled in.
#[inline]
fn splice_within<'a>(
    whole: &'a mut [u8],
    head: &Head,
    range: Range<usize>,
    len: usize,
    note: u32,
) -> &'a mut [u8] {
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
    Head { used: new_used, note, gap }.write(whole);
    &mut whole[start + gap + range.start..][..len]
}

/// Where the content begins in this many bytes.
#[inline]
fn prefix(capacity: usize) -> usize {
    if capacity <= SMALL - OVERHEAD { SMALL_PREFIX } else { PREFIX }
}

impl Head {
    #[inline]
    fn read(bytes: &[u8]) -> Self {
        if prefix(bytes.len()) == SMALL_PREFIX {
            return Self { used: usize::from(bytes[0]), note: u32::from(bytes[1]), gap: 0 };
        }
        let word = |at: usize| {
            let word = bytes[at..at + 4].try_into().expect("four bytes were asked for");
            u32::from_le_bytes(word)
        };
        Self { used: word(0) as usize, note: word(4), gap: word(8) as usize }
    }

    fn write(&self, bytes: &mut [u8]) {
        if prefix(bytes.len()) == SMALL_PREFIX {
            bytes[0] = u8::try_from(self.used).expect("content is smaller than its allocation");
            bytes[1] = u8::try_from(self.note).expect("it is below 256 or at most the length");
            return;
        }
        let word = |number: usize| u32::try_from(number).expect("owners keep far below 4 GiB");
        bytes[..4].copy_from_slice(&word(self.used).to_le_bytes());
        bytes[4..8].copy_from_slice(&self.note.to_le_bytes());
        bytes[8..PREFIX].copy_from_slice(&word(self.gap).to_le_bytes());
    }
}

/// The size of the allocation for so many bytes of content.
fn allocation(used: usize) -> usize {
    let small = size_class(OVERHEAD + SMALL_PREFIX + used);
    if small <= SMALL { small } else { size_class(OVERHEAD + PREFIX + used) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacity_is_what_the_size_class_leaves() {
        let classes =
            [(0, 16), (9, 16), (10, 32), (121, 128), (249, 256), (250, 320), (8175, 8192)];
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
        for limit in [300, 2000, 9000] {
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
                buffer.splice(start..end, &insert, step % 200);
                assert!(buffer.as_slice() == model && buffer.note() == step % 200, "{step}");
            }
        }
    }
}
