//! Single figures that one thread sets and others read, without any order among them.
//!
//! Holds: a reader sees some value that was set; nothing else may be concluded from it.

use super::shim::{AtomicUsize, Ordering};

/// A setting or a level: set by its owner, read anywhere.
#[derive(Debug)]
pub struct Setting(AtomicUsize);

impl Setting {
    /// Starts with `value`.
    pub fn new(value: usize) -> Self {
        Self(AtomicUsize::new(value))
    }

    /// The value, possibly a moment old.
    pub fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Replaces the value.
    pub fn set(&self, value: usize) {
        self.0.store(value, Ordering::Relaxed);
    }
}

/// A count that several threads raise and lower.
#[derive(Debug)]
pub struct Counter(AtomicUsize);

impl Default for Counter {
    fn default() -> Self {
        Self(AtomicUsize::new(0))
    }
}

impl Counter {
    /// The count, possibly a moment old.
    pub fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Raises the count.
    pub fn add(&self, by: usize) {
        self.0.fetch_add(by, Ordering::Relaxed);
    }

    /// Lowers the count; what is taken away was added before.
    pub fn sub(&self, by: usize) {
        self.0.fetch_sub(by, Ordering::Relaxed);
    }
}
