//! The bytes of an element in a segment's arena.
//!
//! ```text
//! short, key <= 63 and payload <= 255:  [flags:2 key:6] [payload:8]               [object:16]? key
//! payload wide,  key <= 255, at most 512 B:     [flags:2   0:6] [key:8] [payload:16 LE]
//! [object:16]? key payload
//! ```
//! A record begins on a multiple of [`UNIT`] bytes and is padded to it, so that 16 bits name every
//! place of an arena of 112 KiB.

use std::ops::Range;

/// Granularity of places in an arena, in bytes. Four would allow arenas of twice the size and takes
/// a byte more per record on average.
pub(super) const UNIT: usize = 2;
/// The object index of a record without object.
pub(super) const NO_OBJECT: u16 = u16::MAX;

/// Larger keys leave the arena, so that a copy of a segment does not copy them.
const KEY_MAX: usize = 255;
/// Larger records leave the arena: a seventh of a piece.
const RECORD_MAX: usize = 512;
const SHORT_KEY_MAX: usize = 63;
const SHORT_PAYLOAD_MAX: usize = 255;
const OBJECT: u8 = 0x80;
const WIDE: u8 = 0x40;

/// Where the parts of one record lie in its arena.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) key: Range<usize>,
    pub(super) payload: Range<usize>,
    pub(super) object: u16,
}

impl Layout {
    /// Reads the header of the record at byte `at`.
    #[inline]
    pub(super) fn read(arena: &[u8], at: usize) -> Self {
        let flags = arena[at];
        let (mut key_at, key_len, payload_len);
        if flags & WIDE == 0 {
            key_at = at + 2;
            key_len = usize::from(flags & 0x3f);
            payload_len = usize::from(arena[at + 1]);
        } else {
            key_at = at + 4;
            key_len = usize::from(arena[at + 1]);
            payload_len = usize::from(u16::from_le_bytes([arena[at + 2], arena[at + 3]]));
        }
        let mut object = NO_OBJECT;
        if flags & OBJECT != 0 {
            object = u16::from_le_bytes([arena[key_at], arena[key_at + 1]]);
            key_at += 2;
        }
        let key_end = key_at + key_len;
        Self { key: key_at..key_end, payload: key_end..key_end + payload_len, object }
    }

    /// Size with padding of the record, which begins at byte `at`.
    #[inline]
    pub(super) fn bytes(&self, at: usize) -> usize {
        padded(self.payload.end - at)
    }
}

/// The form and size of a record to be written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    key_len: usize,
    payload_len: usize,
    wide: bool,
    object: u16,
}

impl Shape {
    /// The form for these sizes; `None` if the record does not belong in an arena.
    pub(super) fn new(key_len: usize, payload_len: usize, object: u16) -> Option<Self> {
        let wide = key_len > SHORT_KEY_MAX || payload_len > SHORT_PAYLOAD_MAX;
        let shape = Self { key_len, payload_len, wide, object };
        (key_len <= KEY_MAX && payload_len <= RECORD_MAX && shape.bytes() <= RECORD_MAX)
            .then_some(shape)
    }

    fn header_len(self) -> usize {
        2 + if self.wide { 2 } else { 0 } + if self.object == NO_OBJECT { 0 } else { 2 }
    }

    /// Size with padding.
    pub(super) fn bytes(self) -> usize {
        padded(self.header_len() + self.key_len + self.payload_len)
    }

    fn header(self) -> ([u8; 6], usize) {
        let mut header = [0; 6];
        let mut len = 2;
        if self.wide {
            let payload = (self.payload_len as u16).to_le_bytes();
            header[..4].copy_from_slice(&[WIDE, self.key_len as u8, payload[0], payload[1]]);
            len = 4;
        } else {
            header[..2].copy_from_slice(&[self.key_len as u8, self.payload_len as u8]);
        }
        if self.object != NO_OBJECT {
            header[0] |= OBJECT;
            header[len..len + 2].copy_from_slice(&self.object.to_le_bytes());
            len += 2;
        }
        (header, len)
    }

    /// Appends the record to the arena.
    pub(super) fn append(self, arena: &mut Vec<u8>, key: &[u8], payload: &[&[u8]]) {
        let (header, len) = self.header();
        arena.extend_from_slice(&header[..len]);
        arena.extend_from_slice(key);
        for part in payload {
            arena.extend_from_slice(part);
        }
        arena.resize(padded(arena.len()), 0);
    }

    /// Writes the record over the one at byte `at`, whose key is the same and lies at `old_key`.
    pub(super) fn overwrite(
        self,
        arena: &mut [u8],
        at: usize,
        old_key: Range<usize>,
        payload: &[&[u8]],
    ) {
        let (header, len) = self.header();
        if old_key.start != at + len {
            arena.copy_within(old_key, at + len);
        }
        arena[at..at + len].copy_from_slice(&header[..len]);
        let mut to = at + len + self.key_len;
        for part in payload {
            arena[to..to + part.len()].copy_from_slice(part);
            to += part.len();
        }
    }
}

/// Rounds up to the granularity of places.
pub(super) fn padded(bytes: usize) -> usize {
    bytes.next_multiple_of(UNIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_back() {
        let payload = [7u8; 1024];
        for key_len in [0, 1, 16, 63, 64, 255] {
            for payload_len in [0, 1, 20, 200, 256, 480] {
                for object in [NO_OBJECT, 0, 300] {
                    if key_len + payload_len > 506 {
                        continue;
                    }
                    let key = vec![9u8; key_len];
                    let shape = Shape::new(key_len, payload_len, object).unwrap();
                    let mut arena = vec![1u8; 6];
                    shape.append(&mut arena, &key, &[&payload[..payload_len]]);
                    assert_eq!(arena.len(), 6 + shape.bytes());
                    let layout = Layout::read(&arena, 6);
                    assert_eq!(arena[layout.key], key);
                    assert_eq!(arena[layout.payload], payload[..payload_len]);
                    assert_eq!(layout.object, object);
                }
            }
        }
        assert!(Shape::new(256, 0, NO_OBJECT).is_none());
        assert!(Shape::new(255, 300, NO_OBJECT).is_none());
    }

    #[test]
    fn header_of_a_short_record_takes_two_bytes() {
        assert_eq!(Shape::new(16, 20, NO_OBJECT).unwrap().bytes(), 38);
    }
}
