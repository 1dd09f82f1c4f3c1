//! A small pool of values named by 16-bit indices, for what does not fit a segment's arena.
//!
//! Holds: an index stays with its value until it is taken; freed indices are used again.
//! Cost: O(1); growth copies the pool and reserves an eighth, up to the next size class.

use crate::base::size_class::good_size;

/// Values of one segment, by index.
pub(super) struct Cells<T> {
    cells: Vec<Option<T>>,
    free: Vec<u16>,
}

impl<T> Cells<T> {
    pub(super) fn new() -> Self {
        Self { cells: Vec::new(), free: Vec::new() }
    }

    /// Number of values in use.
    pub(super) fn len(&self) -> usize {
        self.cells.len() - self.free.len()
    }

    /// Stores a value and names it.
    ///
    /// # Panics
    /// At 65535 values. A segment holds a few hundred elements: the seeded hash spreads them.
    pub(super) fn put(&mut self, value: T) -> u16 {
        if let Some(index) = self.free.pop() {
            self.cells[usize::from(index)] = Some(value);
            return index;
        }
        let index = u16::try_from(self.cells.len()).ok().filter(|&index| index < u16::MAX);
        let index = index.expect("a segment never holds this many elements");
        if self.cells.len() == self.cells.capacity() {
            let size = size_of::<Option<T>>();
            let wanted = self.cells.len() + self.cells.len() / 8 + 1;
            let capacity = (good_size(wanted * size) / size).max(wanted);
            self.cells.reserve_exact(capacity - self.cells.len());
        }
        self.cells.push(Some(value));
        index
    }

    /// Takes the value out; its index is free again.
    pub(super) fn take(&mut self, index: u16) -> Option<T> {
        let value = self.cells.get_mut(usize::from(index))?.take()?;
        self.free.push(index);
        if self.free.len() == self.cells.len() {
            *self = Self::new();
        }
        Some(value)
    }

    #[inline]
    pub(super) fn at(&self, index: u16) -> Option<&T> {
        self.cells.get(usize::from(index))?.as_ref()
    }

    #[inline]
    pub(super) fn at_mut(&mut self, index: u16) -> Option<&mut T> {
        self.cells.get_mut(usize::from(index))?.as_mut()
    }

    /// All values in use.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.cells.iter().flatten()
    }

    /// Bytes allocated for the pool itself.
    pub(super) fn memory(&self) -> usize {
        self.cells.capacity() * size_of::<Option<T>>() + self.free.capacity() * size_of::<u16>()
    }
}

impl<T: Clone> Clone for Cells<T> {
    fn clone(&self) -> Self {
        Self { cells: self.cells.clone(), free: self.free.clone() }
    }
}
