//! The bytes of a segment's records, in pieces of equal size.
//!
//! All pieces but the last are of one size class of the allocator: whatever grows, shrinks or is
//! copied exchanges equal pieces, so memory does not fragment, growth moves at most one piece, and
//! only the last piece can be allocated larger than it is used.
//!
//! Holds: a record lies in one piece; `waste` counts the bytes that no record uses.
//! Cost: all O(1) but for the bytes of the record.

use super::record::{Layout, Shape, UNIT};
use crate::base::prefetch::{prefetch, prefetch_address};

/// Bytes of a piece: a size class that jemalloc packs four to a run of three pages, so that its
/// own bookkeeping is small too.
///
/// Resident bytes per key of 16 bytes at 10 M keys, payload 20, by the form of the arena: one
/// vector per segment 56.8; pieces of 4096 with the last one in any size class 55.8, in powers of
/// two 50.6; 2048 48.5; 3584 47.6; 2560 46.7; 7168 51.1. With a payload of 104 at 1 M keys 2048 and
/// 2560 take 141, 3584 takes 136 and 3072 takes 135: records that do not fit the rest of a piece
/// waste more of it.
const PIECE: usize = 3072;
const PIECE_PLACES: usize = PIECE / UNIT;
/// Places that an arena may have; a segment gives the numbers above another meaning.
pub(super) const PLACES: usize = 0xe000;
/// Waste that is not worth a compaction, in bytes.
const WASTE_MIN: usize = 256;
/// The first allocation of the last piece, which then doubles: few sizes, so that what one segment
/// has outgrown serves another.
const FIRST: usize = 128;

/// Records by place, a place being a multiple of [`UNIT`] bytes.
pub(super) struct Arena {
    #[expect(clippy::vec_box, reason = "pieces stay where they are when there is one more")]
    full: Vec<Box<[u8; PIECE]>>,
    last: Vec<u8>,
    waste: u32,
}

/// One record, as it lies in its piece.
pub(super) struct Record<'a> {
    pub(super) key: &'a [u8],
    pub(super) payload: &'a [u8],
    pub(super) object: u16,
}

impl Arena {
    pub(super) fn new() -> Self {
        Self { full: Vec::new(), last: Vec::new(), waste: 0 }
    }

    /// Bytes in use, wasted ones included.
    pub(super) fn len(&self) -> usize {
        self.full.len() * PIECE + self.last.len()
    }

    /// Bytes that no record uses.
    pub(super) fn waste(&self) -> usize {
        self.waste as usize
    }

    /// Bytes allocated for records.
    pub(super) fn capacity(&self) -> usize {
        self.full.len() * PIECE + self.last.capacity()
    }

    /// Bytes allocated in all.
    pub(super) fn memory(&self) -> usize {
        self.capacity() + self.full.capacity() * size_of::<usize>()
    }

    /// Whether a copy without the waste is worth its price: a quarter of the arena is waste.
    ///
    /// A record takes a seventh of a piece at most, so a copy leaves no piece with more waste than
    /// that: each copy frees a tenth of the arena at least.
    pub(super) fn is_wasteful(&self) -> bool {
        let waste = self.waste();
        waste > 0 && (waste == self.len() || (waste > WASTE_MIN && waste * 4 > self.len()))
    }

    #[inline]
    fn piece(&self, place: u16) -> (&[u8], usize) {
        let (piece, at) = split(place);
        match self.full.get(piece) {
            Some(full) => (&full[..], at),
            None => (&self.last, at),
        }
    }

    #[inline]
    fn piece_mut(&mut self, place: u16) -> (&mut [u8], usize) {
        let (piece, at) = split(place);
        match self.full.get_mut(piece) {
            Some(full) => (&mut full[..], at),
            None => (&mut self.last, at),
        }
    }

    #[inline]
    pub(super) fn record(&self, place: u16) -> Record<'_> {
        let (piece, at) = self.piece(place);
        let layout = Layout::read(piece, at);
        Record { key: &piece[layout.key], payload: &piece[layout.payload], object: layout.object }
    }

    #[inline]
    pub(super) fn payload_mut(&mut self, place: u16) -> &mut [u8] {
        let (piece, at) = self.piece_mut(place);
        let layout = Layout::read(piece, at);
        &mut piece[layout.payload]
    }

    /// Bytes of the record with its padding.
    pub(super) fn bytes(&self, place: u16) -> usize {
        let (piece, at) = self.piece(place);
        Layout::read(piece, at).bytes(at)
    }

    /// Starts loading the record, or where a record would go.
    #[inline]
    pub(super) fn prefetch(&self, place: u16) {
        let (piece, at) = split(place);
        let mut base = self.last.as_ptr();
        if !self.full.is_empty() {
            let full = self.full[piece.min(self.full.len() - 1)].as_ptr();
            base = if piece < self.full.len() { full } else { base };
        }
        prefetch_address(base.wrapping_add(at));
        // The next line too: the record begins anywhere in its line.
        prefetch_address(base.wrapping_add(at + 63));
    }

    /// The place of the next record.
    #[inline]
    pub(super) fn end(&self) -> u16 {
        (self.full.len() * PIECE_PLACES + self.last.len() / UNIT) as u16
    }

    /// Starts loading the list of pieces.
    #[inline]
    pub(super) fn prefetch_pieces(&self) {
        prefetch(self.full.as_slice());
    }

    /// Appends a record; `None` if the arena is full.
    pub(super) fn push(&mut self, shape: Shape, key: &[u8], payload: &[&[u8]]) -> Option<u16> {
        let bytes = shape.bytes();
        if self.last.len() + bytes > PIECE {
            if (self.full.len() + 2) * PIECE_PLACES > PLACES {
                return None;
            }
            self.seal();
        }
        let need = self.last.len() + bytes;
        if need > self.last.capacity() {
            let capacity = need.max(FIRST).next_power_of_two().min(PIECE);
            self.last.reserve_exact(capacity - self.last.len());
        }
        let place = self.end();
        shape.append(&mut self.last, key, payload);
        Some(place)
    }

    /// Ends the last piece; the next record begins another.
    fn seal(&mut self) {
        self.waste += (PIECE - self.last.len()) as u32;
        let mut piece = std::mem::take(&mut self.last);
        if piece.capacity() < PIECE {
            piece.reserve_exact(PIECE - piece.len());
        }
        piece.resize(PIECE, 0);
        let piece = Box::try_from(piece).expect("it was just made as long as a piece");
        if self.full.len() == self.full.capacity() {
            self.full.reserve_exact(2);
        }
        self.full.push(piece);
    }

    /// Writes another payload and object over a record if it fits there.
    pub(super) fn rewrite(&mut self, place: u16, shape: Option<Shape>, payload: &[&[u8]]) -> bool {
        let (piece, at) = self.piece_mut(place);
        let layout = Layout::read(piece, at);
        let old_bytes = layout.bytes(at);
        let Some(shape) = shape.filter(|shape| shape.bytes() <= old_bytes) else { return false };
        shape.overwrite(piece, at, layout.key, payload);
        self.waste += (old_bytes - shape.bytes()) as u32;
        true
    }

    /// Gives up a record.
    pub(super) fn free(&mut self, place: u16) {
        self.waste += self.bytes(place) as u32;
    }

    /// Copies one record of another arena, which has no more records than fit one arena.
    pub(super) fn copy(&mut self, from: &Self, place: u16) -> Option<u16> {
        let record = from.record(place);
        let shape = Shape::new(record.key.len(), record.payload.len(), record.object)?;
        self.push(shape, record.key, &[record.payload])
    }
}

impl Clone for Arena {
    fn clone(&self) -> Self {
        let mut last = Vec::with_capacity(self.last.capacity());
        last.extend_from_slice(&self.last);
        Self { full: self.full.clone(), last, waste: self.waste }
    }
}

#[inline]
fn split(place: u16) -> (usize, usize) {
    let place = usize::from(place);
    (place / PIECE_PLACES, place % PIECE_PLACES * UNIT)
}
