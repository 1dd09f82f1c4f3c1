//! What threads share: a bounded ring, a sleep/wake flag, figures, reference-counted bytes and
//! pointers.
//!
//! Holds: nothing here blocks, nor allocates after construction; every atomic names its partner.
//! Not here: channels for rare control work (`crossbeam-channel` serves those).
//!
//! `loom-tests` compiles these files against loom's atomics and checks every interleaving of small
//! cases; that is why they name their primitives through the private module `shim`.

// Miri runs these two. Under loom the count of the first would not fit the place that it has in the
// allocation; the count of the second is another crate's.
#[cfg(not(loom))]
pub mod bytes;
#[cfg(not(loom))]
pub mod loose;
pub mod ring;
pub mod shared;
pub mod wake;

#[cfg(not(loom))]
mod shim {
    pub(super) use std::sync::Arc;
    pub(super) use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};

    /// `std`'s cell behind loom's interface.
    #[derive(Debug)]
    pub(super) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        pub(super) fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        #[inline]
        pub(super) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
            f(self.0.get())
        }
    }
}

#[cfg(loom)]
mod shim {
    pub(super) use loom::cell::UnsafeCell;
    pub(super) use loom::sync::Arc;
    pub(super) use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
}
