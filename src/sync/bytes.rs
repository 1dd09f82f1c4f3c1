//! A byte buffer with a reference count, in one allocation and behind a thin pointer.
//!
//! ```text
//! byte 0-3  reference count      byte 4  size class      rest  the content
//! ```
//! Holds: the allocation is exactly one size class of the allocator, and the content is all of it
//! but [`OVERHEAD`] bytes; only a sole owner changes the content, so clones never see a change.
//! Cost: five bytes beside the content, where a reference count and a length of a word each take
//! sixteen: small collections are a tenth smaller for it. Clone and drop are one atomic operation.
//! Threads: handles may be sent, shared and dropped anywhere.
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::fmt;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering, fence};

/// Bytes of the allocation that are not content.
pub const OVERHEAD: usize = CLASS_AT + 1;
const CLASS_AT: usize = size_of::<AtomicU32>();
/// More owners than this are a leak that would end in an overflow.
const OWNERS_MAX: u32 = u32::MAX / 2;

/// See the module.
pub struct SharedBytes {
    start: NonNull<u8>,
}

// SAFETY: the content is bytes that change only through `get_mut`, which demands the sole owner;
// the count is atomic. Run under Miri by `owners_on_several_threads_free_once`.
unsafe impl Send for SharedBytes {}
// SAFETY: as above: through `&SharedBytes` the content can only be read.
unsafe impl Sync for SharedBytes {}

impl SharedBytes {
    /// A buffer of zeros that takes the smallest size class of at least `allocation` bytes.
    pub fn zeroed(allocation: usize) -> Self {
        let class = Class::of(allocation.max(OVERHEAD));
        let layout = class.layout();
        // SAFETY: no class is of size 0.
        let start = unsafe { alloc_zeroed(layout) };
        let Some(start) = NonNull::new(start) else { handle_alloc_error(layout) };
        // SAFETY: the allocation is larger than `OVERHEAD` and aligned for the count, which comes
        // first; nobody else knows it yet.
        unsafe {
            start.cast::<AtomicU32>().write(AtomicU32::new(1));
            start.add(CLASS_AT).write(class.0);
        }
        Self { start }
    }

    fn class(&self) -> Class {
        // SAFETY: `zeroed` has written this byte, and nothing changes it.
        Class(unsafe { self.start.add(CLASS_AT).read() })
    }

    fn owners(&self) -> &AtomicU32 {
        // SAFETY: `zeroed` has written a count there, aligned; it lives as long as any handle.
        unsafe { self.start.cast::<AtomicU32>().as_ref() }
    }

    /// Bytes allocated.
    #[inline]
    pub fn memory(&self) -> usize {
        self.class().size()
    }

    /// The content.
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        let len = self.memory() - OVERHEAD;
        // SAFETY: the allocation has as many bytes behind the class, initialised by `zeroed`;
        // while this borrow lives there is no `&mut` handle for `get_mut`, and another handle is
        // another owner, which `get_mut` refuses.
        unsafe { std::slice::from_raw_parts(self.start.add(OVERHEAD).as_ptr(), len) }
    }

    /// The content, to be changed; `None` if there is another owner.
    #[inline]
    pub fn get_mut(&mut self) -> Option<&mut [u8]> {
        // Pairs with the release in `drop`: what the other owners have read, they have read.
        if self.owners().load(Ordering::Acquire) != 1 {
            return None;
        }
        let len = self.memory() - OVERHEAD;
        // SAFETY: as in `as_slice`; this handle is the only one and is borrowed mutably, so nobody
        // else can read the content or become an owner.
        Some(unsafe { std::slice::from_raw_parts_mut(self.start.add(OVERHEAD).as_ptr(), len) })
    }
}

impl Clone for SharedBytes {
    #[inline]
    fn clone(&self) -> Self {
        // Relaxed: this handle keeps the buffer alive, and it reads nothing that the count guards.
        let owners = self.owners().fetch_add(1, Ordering::Relaxed);
        assert!(owners < OWNERS_MAX, "handles are leaked");
        Self { start: self.start }
    }
}

impl Drop for SharedBytes {
    #[inline]
    fn drop(&mut self) {
        if self.owners().fetch_sub(1, Ordering::Release) != 1 {
            return;
        }
        // Pairs with the release of each owner before: their reads come before the end.
        fence(Ordering::Acquire);
        let layout = self.class().layout();
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
        let layout = Layout::from_size_align(self.size(), align_of::<AtomicU32>());
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
        assert_eq!((one.memory(), one.as_slice().len()), (32, 32 - OVERHEAD));
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
    fn owners_on_several_threads_free_once() {
        let mut first = SharedBytes::zeroed(100);
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
