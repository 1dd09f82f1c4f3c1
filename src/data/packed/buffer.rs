//! A shared byte buffer in one allocation: what `sync::bytes` needs, length, a number of the owner,
//! bytes.
//!
//! Holds: a clone never sees a later change; the bytes that the allocator would round up to anyway
//! are the room to grow, so a buffer has no capacity of its own to waste. Length and number take
//! two bytes in an allocation of up to 256 bytes, eight in a larger one.
//! Cost: a handle is 8 bytes, an allocation 7 or 13 more than its bytes; a change moves the bytes
//! behind it; the first change of a shared buffer, and one in five of those that make it longer,
//! copy it.

use std::ops::Range;

use crate::sync::bytes::{OVERHEAD, SharedBytes, size_class};

/// Largest allocation whose length and number are a byte each.
const SMALL: usize = 256;
const SMALL_PREFIX: usize = 2;
const PREFIX: usize = 8;

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
        let used = content.iter().map(|part| part.len()).sum();
        let mut bytes = SharedBytes::zeroed(allocation(used));
        let whole = bytes.get_mut().expect("a new buffer has one owner");
        let mut at = prefix(whole.len());
        for part in content {
            whole[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        write_prefix(whole, used, note);
        Self { bytes }
    }

    /// Length and number.
    #[inline]
    fn read_prefix(bytes: &[u8]) -> (usize, u32) {
        if prefix(bytes.len()) == SMALL_PREFIX {
            return (usize::from(bytes[0]), u32::from(bytes[1]));
        }
        let word = |at: usize| {
            let word = bytes[at..at + 4].try_into().expect("four bytes were asked for");
            u32::from_le_bytes(word)
        };
        (word(0) as usize, word(4))
    }

    /// The content.
    #[inline]
    pub(in crate::data) fn as_slice(&self) -> &[u8] {
        let whole = self.bytes.as_slice();
        let start = prefix(whole.len());
        &whole[start..start + Self::read_prefix(whole).0]
    }

    /// The owner's number.
    #[inline]
    pub(in crate::data) fn note(&self) -> u32 {
        Self::read_prefix(self.bytes.as_slice()).1
    }

    /// Bytes allocated.
    pub(in crate::data) fn memory(&self) -> usize {
        self.bytes.memory()
    }

    /// Puts `insert` in the place of the bytes of `range`, and sets the owner's number.
    ///
    /// Cost: O(bytes behind `range`), at times O(all bytes).
    pub(in crate::data) fn splice(&mut self, range: Range<usize>, insert: &[u8], note: u32) {
        let used = self.as_slice().len();
        let tail = range.start + insert.len();
        let new_used = tail + (used - range.end);
        let wanted = allocation(new_used);
        if wanted <= self.memory()
            && wanted > self.memory() * 3 / 4
            && let Some(whole) = self.bytes.get_mut()
        {
            let start = prefix(whole.len());
            let content = &mut whole[start..];
            content.copy_within(range.end..used, tail);
            content[range.start..tail].copy_from_slice(insert);
            write_prefix(whole, new_used, note);
            return;
        }
        let old = self.as_slice();
        *self = Self::new(&[&old[..range.start], insert, &old[range.end..]], note);
    }
}

/// Where the content begins in this many bytes.
#[inline]
fn prefix(capacity: usize) -> usize {
    if capacity <= SMALL - OVERHEAD { SMALL_PREFIX } else { PREFIX }
}

fn write_prefix(bytes: &mut [u8], used: usize, note: u32) {
    if prefix(bytes.len()) == SMALL_PREFIX {
        bytes[0] = u8::try_from(used).expect("the content is smaller than its allocation");
        bytes[1] = u8::try_from(note).expect("it is below 256 or at most the length");
    } else {
        let used = u32::try_from(used).expect("owners keep far below 4 GiB");
        bytes[..4].copy_from_slice(&used.to_le_bytes());
        bytes[4..PREFIX].copy_from_slice(&note.to_le_bytes());
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
            [(0, 16), (9, 16), (10, 32), (121, 128), (249, 256), (250, 320), (8179, 8192)];
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
}
