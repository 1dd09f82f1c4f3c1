//! A byte buffer with a reference count, in one allocation and behind a thin pointer.
//!
//! ```text
//! up to 112 bytes:  bit 0-2  size class   3-13  a note of the owner   14-15  owners
//!                   rest: the content
//! larger:           bit 0-2  7   3-15  owners      byte 2  size class
//!                   rest: the content
//! ```
//! Holds: the allocation is exactly one size class of the allocator, and the content is all of it
//! but [`overhead`] bytes; only a sole owner changes content and note, so clones never see a
//! change.
//! Cost: two or three bytes beside the content, where a reference count and a length of a word each
//! take sixteen: small collections are a tenth smaller for it. Clone and drop are one atomic
//! operation; a clone beyond as many owners as can be counted (3 of a small buffer: the keyspace
//! and two frozen views) is a copy.
//! Threads: handles may be sent, shared and dropped anywhere.
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::fmt;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU16, Ordering, fence};

/// The largest allocation whose class is in its first bits.
pub const SMALL: usize = 112;
/// Bits of the note of a small buffer.
pub const NOTE_BITS: u32 = 11;

const FORM_BITS: u32 = 3;
const FORM: u16 = (1 << FORM_BITS) - 1;
const NOTE: u16 = ((1 << NOTE_BITS) - 1) << FORM_BITS;
/// In the place of the class in a larger buffer.
const LARGE: u16 = FORM;
const CLASS_AT: usize = size_of::<AtomicU16>();

/// Bytes that are not content in an allocation of so many.
#[inline]
pub const fn overhead(allocation: usize) -> usize {
    if allocation <= SMALL { CLASS_AT } else { CLASS_AT + 1 }
}

/// See the module. Asks for no alignment, as `loose::LooseArc`.
#[repr(Rust, packed)]
pub struct SharedBytes {
    start: NonNull<u8>,
}

/// The first two bytes.
#[derive(Clone, Copy)]
struct Head(u16);

impl Head {
    #[inline]
    fn is_large(self) -> bool {
        self.0 & FORM == LARGE
    }

    /// What one owner counts.
    #[inline]
    fn owner(self) -> u16 {
        if self.is_large() { 1 << FORM_BITS } else { 1 << (FORM_BITS + NOTE_BITS) }
    }

    #[inline]
    fn has_one_owner(self) -> bool {
        // The count is the upper bits, and it is not 0.
        self.0 / self.owner() == 1
    }

    /// With one more owner, if they can be counted.
    #[inline]
    fn with_another(self) -> Option<u16> {
        self.0.checked_add(self.owner())
    }
}

// SAFETY: the content is bytes that change only through `get_mut`, which demands the sole owner;
// the count is atomic. Run under Miri by `owners_on_several_threads_free_once`.
unsafe impl Send for SharedBytes {}
// SAFETY: as above: through `&SharedBytes` the content can only be read.
unsafe impl Sync for SharedBytes {}

impl SharedBytes {
    /// A buffer of zeros, its note too, that takes the smallest size class of at least `allocation`
    /// bytes.
    pub fn zeroed(allocation: usize) -> Self {
        let class = Class::of(allocation.max(CLASS_AT));
        let layout = class.layout();
        // SAFETY: no class is of size 0.
        let start = unsafe { alloc_zeroed(layout) };
        let Some(start) = NonNull::new(start) else { handle_alloc_error(layout) };
        let form = if class.size() <= SMALL { u16::from(class.0) } else { LARGE };
        let head = Head(form);
        // SAFETY: every class has room for a head and the class, and is aligned for the head, which
        // comes first; nobody else knows the allocation yet.
        unsafe {
            start.cast::<AtomicU16>().write(AtomicU16::new(form + head.owner()));
            if head.is_large() {
                start.add(CLASS_AT).write(class.0);
            }
        }
        Self { start }
    }

    #[inline]
    fn atomic(&self) -> &AtomicU16 {
        // SAFETY: `zeroed` has written a head there, aligned; it lives as long as any handle.
        unsafe { self.start.cast::<AtomicU16>().as_ref() }
    }

    /// The head now: the form never changes, and the note only while there is one owner, who is
    /// borrowed mutably then.
    #[inline]
    fn head(&self) -> Head {
        Head(self.atomic().load(Ordering::Relaxed))
    }

    #[inline]
    fn class(&self, head: Head) -> Class {
        if !head.is_large() {
            return Class((head.0 & FORM) as u8);
        }
        // SAFETY: `zeroed` has written this byte of a large buffer, and nothing changes it.
        Class(unsafe { self.start.add(CLASS_AT).read() })
    }

    /// Bytes allocated.
    #[inline]
    pub fn memory(&self) -> usize {
        self.class(self.head()).size()
    }

    /// The note if the buffer is a small one.
    #[inline]
    pub fn note(&self) -> Option<u16> {
        let head = self.head();
        (!head.is_large()).then_some((head.0 & NOTE) >> FORM_BITS)
    }

    /// Sets the note of a small buffer.
    ///
    /// # Panics
    /// If the buffer is large, has another owner, or the note needs more than [`NOTE_BITS`] bits.
    pub fn set_note(&mut self, note: u16) {
        let head = self.head();
        assert!(!head.is_large() && head.has_one_owner() && note >> NOTE_BITS == 0);
        // The only owner is borrowed mutably, so nobody becomes another one meanwhile.
        self.atomic().store(head.0 & !NOTE | note << FORM_BITS, Ordering::Relaxed);
    }

    /// Where the content begins, and its length.
    #[inline]
    fn content(&self) -> (NonNull<u8>, usize) {
        let memory = self.memory();
        let overhead = overhead(memory);
        // SAFETY: the allocation has `memory` bytes, which is more.
        (unsafe { self.start.add(overhead) }, memory - overhead)
    }

    /// The content.
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        let (start, len) = self.content();
        // SAFETY: the allocation has as many bytes behind the head, initialised by `zeroed`; while
        // this borrow lives there is no `&mut` handle for `get_mut`, and another handle is another
        // owner, which `get_mut` refuses.
        unsafe { std::slice::from_raw_parts(start.as_ptr(), len) }
    }

    /// The content, to be changed; `None` if there is another owner.
    #[inline]
    pub fn get_mut(&mut self) -> Option<&mut [u8]> {
        // Pairs with the release in `drop`: what the other owners have read, they have read.
        if !Head(self.atomic().load(Ordering::Acquire)).has_one_owner() {
            return None;
        }
        let (start, len) = self.content();
        // SAFETY: as in `as_slice`; this handle is the only one and is borrowed mutably, so nobody
        // else can read the content or become an owner.
        Some(unsafe { std::slice::from_raw_parts_mut(start.as_ptr(), len) })
    }

    /// A buffer of its own with the same content.
    #[cold]
    fn copy(&self) -> Self {
        let mut copy = Self::zeroed(self.memory());
        copy.get_mut().expect("a new buffer has one owner").copy_from_slice(self.as_slice());
        if let Some(note) = self.note() {
            copy.set_note(note);
        }
        copy
    }
}

impl Clone for SharedBytes {
    #[inline]
    fn clone(&self) -> Self {
        let mut head = self.head();
        while let Some(more) = head.with_another() {
            // Relaxed: this handle keeps the buffer alive, and it reads nothing that the count
            // guards.
            let relaxed = Ordering::Relaxed;
            match self.atomic().compare_exchange_weak(head.0, more, relaxed, relaxed) {
                Ok(_) => return Self { start: self.start },
                Err(other) => head = Head(other),
            }
        }
        self.copy()
    }
}

impl Drop for SharedBytes {
    #[inline]
    fn drop(&mut self) {
        let owner = self.head().owner();
        let before = Head(self.atomic().fetch_sub(owner, Ordering::Release));
        if !before.has_one_owner() {
            return;
        }
        // Pairs with the release of each owner before: their reads come before the end.
        fence(Ordering::Acquire);
        let layout = self.class(before).layout();
        // SAFETY: `zeroed` allocated it with this layout, which depends on the class alone; the
        // last owner is here.
        unsafe { dealloc(self.start.as_ptr(), layout) };
    }
}

impl fmt::Debug for SharedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.as_slice()).finish()
    }
}

/// The size that the allocator gives to so many bytes.
pub fn size_class(bytes: usize) -> usize {
    Class::of(bytes).size()
}

/// A size class by number: jemalloc's, multiples of 16 and then steps of a quarter between powers
/// of two.
#[derive(Clone, Copy)]
struct Class(u8);

impl Class {
    /// Classes that are multiples of 16.
    const FINE: u8 = 8;
    /// The largest of them.
    const FINE_MAX: usize = 16 * Self::FINE as usize;

    /// The smallest class of at least so many bytes.
    #[inline]
    fn of(bytes: usize) -> Self {
        if bytes <= Self::FINE_MAX {
            return Self((bytes.saturating_sub(1) / 16) as u8);
        }
        let last = bytes - 1;
        let log = last.ilog2();
        let quarter = (last >> (log - 2)) as u8 & 3;
        Self(Self::FINE + 4 * (log - Self::FINE_MAX.ilog2()) as u8 + quarter)
    }

    #[inline]
    fn size(self) -> usize {
        match self.0.checked_sub(Self::FINE) {
            None => (usize::from(self.0) + 1) * 16,
            Some(step) => (5 + usize::from(step % 4)) << (5 + step / 4),
        }
    }

    #[inline]
    fn layout(self) -> Layout {
        let layout = Layout::from_size_align(self.size(), align_of::<AtomicU16>());
        layout.expect("an allocation is smaller than the address space")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_of_the_allocator() {
        for (bytes, class) in [
            (0, 16),
            (1, 16),
            (16, 16),
            (17, 32),
            (128, 128),
            (129, 160),
            (256, 256),
            (257, 320),
            (8192, 8192),
            (8193, 10240),
            ((1 << 31) + 1, 5 << 29),
        ] {
            assert_eq!(size_class(bytes), class, "{bytes}");
        }
        for bytes in 1..5000 {
            let class = size_class(bytes);
            assert!(class >= bytes && size_class(class) == class);
            assert!(bytes <= 16 || size_class(bytes - 1) <= class);
        }
    }

    #[test]
    fn a_sole_owner_changes_the_content_and_a_second_one_forbids_it() {
        let mut one = SharedBytes::zeroed(20);
        assert_eq!((one.memory(), one.as_slice().len()), (32, 30));
        assert!(one.as_slice().iter().all(|&byte| byte == 0));
        one.get_mut().expect("there is one owner")[3] = 7;
        let two = one.clone();
        assert!(one.get_mut().is_none());
        assert_eq!(two.as_slice()[3], 7);
        drop(two);
        one.get_mut().expect("there is one owner again")[3] = 8;
        assert_eq!(one.as_slice()[3], 8);
    }

    #[test]
    fn what_is_not_content_is_two_bytes_or_three() {
        for (bytes, memory, content) in
            [(0, 16, 14), (112, 112, 110), (113, 128, 125), (300, 320, 317), (8192, 8192, 8189)]
        {
            let buffer = SharedBytes::zeroed(bytes);
            assert_eq!((buffer.memory(), buffer.as_slice().len()), (memory, content));
            assert_eq!(memory - content, overhead(memory));
            assert_eq!(buffer.note(), (memory <= SMALL).then_some(0));
        }
    }

    #[test]
    fn a_note_changes_neither_content_nor_owners() {
        for size in (16..=SMALL).step_by(16) {
            let mut one = SharedBytes::zeroed(size);
            one.get_mut().expect("there is one owner").fill(5);
            one.set_note((1 << NOTE_BITS) - 1);
            assert_eq!((one.memory(), one.note()), (size, Some((1 << NOTE_BITS) - 1)));
            let two = one.clone();
            assert_eq!((two.note(), one.get_mut().is_none()), (one.note(), true));
            drop(two);
            one.set_note(1);
            assert_eq!((one.memory(), one.note()), (size, Some(1)));
            assert!(one.as_slice().iter().all(|&byte| byte == 5));
        }
    }

    #[test]
    fn more_owners_than_can_be_counted_have_copies() {
        for (size, owners) in [(100, 3), (1000, 8191)] {
            let mut first = SharedBytes::zeroed(size);
            first.get_mut().expect("there is one owner")[7] = 1;
            let mut others: Vec<_> = (0..owners).map(|_| first.clone()).collect();
            assert_eq!(others[0].as_slice().as_ptr(), first.as_slice().as_ptr());
            let last = others.pop().expect("there are some");
            assert_ne!(last.as_slice().as_ptr(), first.as_slice().as_ptr());
            assert_eq!((last.as_slice(), last.note()), (first.as_slice(), first.note()));
            assert!(first.get_mut().is_none());
            drop(others);
            assert!(first.get_mut().is_some());
        }
    }

    #[test]
    fn owners_on_several_threads_free_once() {
        for size in [100, 1000] {
            share_among_threads(size);
        }
    }

    fn share_among_threads(size: usize) {
        let mut first = SharedBytes::zeroed(size);
        first.get_mut().expect("there is one owner").fill(9);
        let readers: Vec<_> = (0..3)
            .map(|_| {
                let mine = first.clone();
                std::thread::spawn(move || {
                    let sum: u32 =
                        mine.clone().as_slice().iter().map(|&byte| u32::from(byte)).sum();
                    sum as usize / 9
                })
            })
            .collect();
        let expected = first.as_slice().len();
        drop(first);
        for reader in readers {
            assert_eq!(reader.join().expect("the reader does not panic"), expected);
        }
    }
}
