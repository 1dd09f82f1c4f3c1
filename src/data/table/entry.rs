//! What a table shows of its elements.

use std::fmt;

use smallvec::SmallVec;

use super::segment::Segment;

/// A view of one element.
pub struct Entry<'a, X> {
    key: &'a [u8],
    payload: &'a [u8],
    object: Option<&'a X>,
}

impl<'a, X> Entry<'a, X> {
    #[inline]
    pub(super) fn new(key: &'a [u8], payload: &'a [u8], object: Option<&'a X>) -> Self {
        Self { key, payload, object }
    }

    /// The key.
    #[inline]
    pub fn key(&self) -> &'a [u8] {
        self.key
    }

    /// The bytes stored with the key.
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// The object stored with the key.
    #[inline]
    pub fn object(&self) -> Option<&'a X> {
        self.object
    }
}

impl<X> Clone for Entry<'_, X> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<X> Copy for Entry<'_, X> {}

impl<X> fmt::Debug for Entry<'_, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("key", &self.key)
            .field("payload", &self.payload)
            .field("object", &self.object.is_some())
            .finish()
    }
}

/// One element of a segment that no frozen view shares.
pub struct EntryMut<'a, X> {
    segment: &'a mut Segment<X>,
    slot: usize,
    /// The table's sum of the bytes of its segments.
    bytes: &'a mut usize,
}

impl<'a, X> EntryMut<'a, X> {
    #[inline]
    pub(super) fn new(segment: &'a mut Segment<X>, slot: usize, bytes: &'a mut usize) -> Self {
        Self { segment, slot, bytes }
    }

    /// The element as a view.
    #[inline]
    pub fn as_entry(&self) -> Entry<'_, X> {
        self.segment.entry(self.slot)
    }

    /// The element as a view that lives as long as the table is borrowed.
    #[inline]
    pub fn into_entry(self) -> Entry<'a, X> {
        self.segment.entry(self.slot)
    }

    /// The key.
    #[inline]
    pub fn key(&self) -> &[u8] {
        self.as_entry().key
    }

    /// The bytes stored with the key.
    #[inline]
    pub fn payload(&self) -> &[u8] {
        self.as_entry().payload
    }

    /// The bytes stored with the key, to be changed in place.
    #[inline]
    pub fn payload_mut(&mut self) -> &mut [u8] {
        self.segment.payload_mut(self.slot)
    }

    /// The object stored with the key.
    #[inline]
    pub fn object(&self) -> Option<&X> {
        self.as_entry().object
    }

    /// The object stored with the key, to be changed in place.
    ///
    /// Frozen views hold clones of it: what it shares with them is for `X` to keep apart.
    #[inline]
    pub fn object_mut(&mut self) -> Option<&mut X> {
        self.segment.object_mut(self.slot)
    }

    /// The object stored with the key, to be changed for as long as the table is borrowed.
    #[inline]
    pub fn into_object_mut(self) -> Option<&'a mut X> {
        self.segment.object_mut(self.slot)
    }

    /// Replaces payload (the parts in a row) and object; gives back the old object.
    ///
    /// Cost: O(bytes); at times a compaction of the segment.
    #[inline]
    pub fn set(&mut self, payload: &[&[u8]], object: Option<X>) -> Option<X> {
        *self.bytes -= self.segment.bytes();
        let old = self.segment.set(self.slot, payload, object);
        *self.bytes += self.segment.bytes();
        old
    }
}

/// An element found for a change that is not worth a copy: see
/// [`Table::touch`](super::Table::touch).
pub enum Touch<'a, X> {
    /// Nobody shares the segment: it may be changed.
    Owned(EntryMut<'a, X>),
    /// A frozen view shares the segment: it can only be read.
    Shared(Entry<'a, X>),
}

impl<'a, X> Touch<'a, X> {
    /// The element as a view.
    #[inline]
    pub fn into_entry(self) -> Entry<'a, X> {
        match self {
            Self::Owned(entry) => entry.into_entry(),
            Self::Shared(entry) => entry,
        }
    }
}

/// What [`Table::insert`](super::Table::insert) found in the place of the new element.
#[derive(Debug)]
pub struct Replaced<X> {
    /// Whether the key was there.
    pub existed: bool,
    /// The object it had; a large one is freed elsewhere by the caller.
    pub object: Option<X>,
}

/// What [`Table::remove`](super::Table::remove) took out.
#[derive(Debug)]
pub struct Removed<X> {
    /// The bytes that were stored with the key.
    pub payload: SmallVec<[u8; 32]>,
    /// The object that was stored with the key.
    pub object: Option<X>,
}
