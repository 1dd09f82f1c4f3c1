//! One database: a table of records, and the index of their expiries.
//!
//! Expiry is indexed by segment of the table, not by key: each segment keeps a lower bound of the
//! expiries in it, and a heap orders the segments by that bound. A key with an expiry costs the
//! eight bytes of the expiry and nothing more, where Redis keeps a second table. A bound may be too
//! low (the key was deleted or given more time): then the segment is visited once in vain and gets
//! its true bound. An entry of the heap counts while it says what its segment says; outdated ones
//! are passed over, and swept out when they outnumber the segments.
//!
//! Holds: no key expires before its segment's bound; every bound stands in the heap.
//! Cost: an expiry that becomes the earliest of its segment O(log segments), any other O(1).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use smallvec::SmallVec;

use super::record::{Header, Record, expiry_of};
use crate::base::hash::{Hash, KeyHasher};
use crate::base::time::Millis;
use crate::data::table::{EntryMut, Frozen, Place, Table};
use crate::value::Value;

/// The bound of a segment without expiries.
const NEVER: u64 = u64::MAX;

/// Entries that the heap may have beyond two per segment.
const DUE_SPARE: usize = 64;

/// A segment's bound of expiry and its index, ordered by the bound.
type Due = Reverse<(u64, u32)>;

/// See the module.
pub struct Db {
    table: Table<Value>,
    volatile: usize,
    /// Sum of all expiries: the average time to live is exact and costs an addition.
    expiry_sum: i128,
    due: BinaryHeap<Due>,
    segments: usize,
}

/// A key taken out of its database, whole.
#[derive(Debug)]
pub struct Taken {
    /// Header and value as stored.
    pub payload: SmallVec<[u8; 32]>,
    /// The value outside the record.
    pub object: Option<Value>,
}

/// Keys that were found to have expired, in one buffer that is used again.
#[derive(Debug, Default)]
pub struct Expired {
    bytes: Vec<u8>,
    /// Where each key ends.
    ends: Vec<usize>,
    /// The earliest of their expiries.
    pub earliest: Option<Millis>,
}

impl Expired {
    /// Number of keys.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The keys.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.bytes[start..end])
    }

    /// Forgets the keys and keeps the buffer.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.earliest = None;
    }

    fn push(&mut self, key: &[u8], at: Millis) {
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len());
        self.earliest = Some(self.earliest.map_or(at, |earliest| earliest.min(at)));
    }
}

/// Where a value is to be stored.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The place of the key, or the place for it.
    pub place: Result<Place, Place>,
    /// The key's hash.
    pub hash: Hash,
    /// The expiry that the key has now.
    pub expiry: Option<Millis>,
}

/// A negative expiry (a time before the epoch) is due as early as any.
fn bound(expiry: Millis) -> u64 {
    expiry.max(0) as u64
}

impl Db {
    /// An empty database.
    pub fn new(hasher: KeyHasher) -> Db {
        let table = Table::new(hasher);
        let segments = table.segments();
        let mut db = Db { table, volatile: 0, expiry_sum: 0, due: BinaryHeap::new(), segments };
        for segment in 0..segments {
            db.table.set_hint(segment, NEVER);
        }
        db
    }

    /// Number of keys, expired ones that were not removed yet included.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// True if there is no key.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Number of keys with an expiry.
    pub fn volatile(&self) -> usize {
        self.volatile
    }

    /// Bytes of structure that are neither keys nor values, estimated in O(1): four bytes of slot
    /// at four fifths load and six of header for each key, and a fixed part for each segment.
    pub fn overhead(&self) -> usize {
        const EACH: usize = 11;
        const SEGMENT: usize = 192;
        self.len() * EACH + self.segments * SEGMENT + self.index_overhead()
    }

    /// The part of [`Db::overhead`] that the index of expiries takes.
    pub fn index_overhead(&self) -> usize {
        self.due.capacity() * size_of::<Due>()
    }

    /// Number of entries in the index of expiries, outdated ones included.
    pub fn due_entries(&self) -> usize {
        self.due.len()
    }

    /// Average time to live of the keys with an expiry, in milliseconds; 0 if there are none.
    pub fn average_ttl(&self, now: Millis) -> i64 {
        if self.volatile == 0 {
            return 0;
        }
        let average = self.expiry_sum / self.volatile as i128 - i128::from(now);
        average.clamp(0, i128::from(i64::MAX)) as i64
    }

    /// The table, for reading.
    pub fn table(&self) -> &Table<Value> {
        &self.table
    }

    /// A frozen view of all keys. Cost: a pointer per few dozen segments.
    pub fn freeze(&self) -> Frozen<Value> {
        self.table.freeze()
    }

    /// The record of a key, expired or not. O(1).
    #[inline]
    pub fn get(&self, hash: Hash, key: &[u8]) -> Option<Record<'_>> {
        self.table.get(hash, key).map(Record::new)
    }

    /// Where a key is, expired or not, or where it would be stored. Good until a key is added or
    /// removed.
    #[inline]
    pub fn find(&self, hash: Hash, key: &[u8]) -> Result<Place, Place> {
        self.table.find(hash, key)
    }

    /// The record at a place that was found.
    #[inline]
    pub fn at(&self, place: Place) -> Record<'_> {
        Record::new(self.table.at(place))
    }

    /// The access clock and the expiry of the record at a place that was found.
    #[inline]
    pub fn clocks(&self, place: Place) -> (u32, Option<Millis>) {
        let payload = self.table.at(place).payload();
        (super::record::access_of(payload), expiry_of(payload))
    }

    /// The record at a place that was found, for changing its value in place.
    #[inline]
    pub fn at_mut(&mut self, place: Place) -> BodyMut<'_> {
        BodyMut { entry: self.table.at_mut(place) }
    }

    /// Stores a value under a key, whatever was there. Returns the object that was replaced.
    #[inline]
    pub fn put(
        &mut self,
        hash: Hash,
        key: &[u8],
        header: Header,
        body: &[u8],
        object: Option<Value>,
    ) -> Option<Value> {
        let place = self.table.find(hash, key);
        let expiry = place.ok().and_then(|place| self.clocks(place).1);
        self.put_at(Target { place, hash, expiry }, key, header, body, object)
    }

    /// [`Db::put`] for a key that was looked up already.
    #[inline]
    pub fn put_at(
        &mut self,
        target: Target,
        key: &[u8],
        header: Header,
        body: &[u8],
        object: Option<Value>,
    ) -> Option<Value> {
        let bytes = header.encode();
        let bytes = bytes.as_slice();
        let old_object = match target.place {
            Ok(place) => {
                self.forget_expiry(target.expiry);
                if object.is_none() && self.overwrite(place, bytes, body) {
                    None
                } else {
                    self.table.set_at(place, &[bytes, body], object)
                }
            }
            Err(place) => {
                self.table.insert_at(place, key, &[bytes, body], object);
                None
            }
        };
        self.follow_table();
        if let Some(at) = header.expiry {
            self.note_expiry(target.hash, at);
        }
        old_object
    }

    /// Writes a record over one of the same size; false if it has another.
    #[inline]
    fn overwrite(&mut self, place: Place, header: &[u8], body: &[u8]) -> bool {
        let mut entry = self.table.at_mut(place);
        let old = entry.as_entry();
        if old.payload().len() != header.len() + body.len() || old.object().is_some() {
            return false;
        }
        let (to_header, to_body) = entry.payload_mut().split_at_mut(header.len());
        to_header.copy_from_slice(header);
        to_body.copy_from_slice(body);
        true
    }

    /// Removes a key. O(1).
    pub fn remove(&mut self, hash: Hash, key: &[u8]) -> Option<Taken> {
        let removed = self.table.remove(hash, key)?;
        self.forget_expiry(expiry_of(&removed.payload));
        self.follow_table();
        Some(Taken { payload: removed.payload, object: removed.object })
    }

    /// Puts a taken key back under another name, expiry and all. The name must be free.
    pub fn put_taken(&mut self, hash: Hash, key: &[u8], taken: Taken) {
        let header = Header::decode(&taken.payload);
        self.put(hash, key, header, &taken.payload[header.len()..], taken.object);
    }

    /// Changes a key's expiry; the key must exist.
    pub fn set_expiry(&mut self, hash: Hash, key: &[u8], expiry: Option<Millis>) {
        let Some(mut entry) = self.table.get_mut(hash, key) else { return };
        let old = Header::decode(entry.payload());
        let header = old.with_expiry(expiry);
        if old.expiry.is_some() == expiry.is_some() {
            let bytes = header.encode();
            entry.payload_mut()[..bytes.as_slice().len()].copy_from_slice(bytes.as_slice());
        } else {
            let body: SmallVec<[u8; 256]> = SmallVec::from_slice(&entry.payload()[old.len()..]);
            // Cloning shares it; the old one goes with the old record.
            let object = entry.object().cloned();
            entry.set(&[header.encode().as_slice(), &body], object);
        }
        self.forget_expiry(old.expiry);
        if let Some(at) = expiry {
            self.note_expiry(hash, at);
        }
    }

    /// Writes the access clock, unless a frozen view shares the record: a read must not cause a
    /// copy.
    #[inline]
    pub fn set_access(&mut self, place: Place, access: u32) {
        if let Some(mut entry) = self.table.at_mut_if_owned(place) {
            super::record::set_access(entry.payload_mut(), access);
        }
    }

    /// The earliest time at which a key may expire, never later than the true one.
    pub fn next_due(&mut self) -> Option<Millis> {
        while let Some(&Reverse((at, segment))) = self.due.peek() {
            if self.is_current(at, segment) {
                return Some(i64::try_from(at).unwrap_or(i64::MAX));
            }
            self.due.pop();
        }
        None
    }

    /// Looks at the segment that has been due at `now` for longest: adds its expired keys to
    /// `expired` until there are `limit`, and corrects its bound. Returns how many records were
    /// looked at, or `None` if no segment is due.
    ///
    /// Cost: O(records of a segment).
    pub fn collect_due(
        &mut self,
        now: Millis,
        limit: usize,
        expired: &mut Expired,
    ) -> Option<usize> {
        let at = self.next_due()?;
        if at >= now {
            return None;
        }
        let Reverse((_, segment)) = self.due.pop().expect("next_due saw an element");
        let (mut earliest, mut seen) = (NEVER, 0);
        for entry in self.table.segment_iter(segment as usize) {
            seen += 1;
            let Some(at) = expiry_of(entry.payload()) else { continue };
            if at < now && expired.len() < limit {
                expired.push(entry.key(), at);
            } else {
                earliest = earliest.min(bound(at));
            }
        }
        self.table.set_hint(segment as usize, NEVER);
        self.lower_bound(segment as usize, earliest);
        Some(seen)
    }

    fn is_current(&self, at: u64, segment: u32) -> bool {
        (segment as usize) < self.table.segments() && self.table.hint(segment as usize) == at
    }

    #[inline]
    fn forget_expiry(&mut self, expiry: Option<Millis>) {
        if let Some(at) = expiry {
            self.volatile -= 1;
            self.expiry_sum -= i128::from(at);
        }
    }

    fn note_expiry(&mut self, hash: Hash, at: Millis) {
        self.volatile += 1;
        self.expiry_sum += i128::from(at);
        self.lower_bound(self.table.segment_index(hash), bound(at));
    }

    /// Makes sure that the bound of a segment is at most `to`.
    #[inline]
    fn lower_bound(&mut self, segment: usize, to: u64) {
        if to < self.table.hint(segment) {
            self.table.set_hint(segment, to);
            self.push_due(segment);
        }
    }

    /// Puts the bound of a segment into the heap.
    fn push_due(&mut self, segment: usize) {
        if self.due.len() >= 2 * self.table.segments() + DUE_SPARE {
            let hints = (0..self.table.segments())
                .map(|segment| Reverse((self.table.hint(segment), segment as u32)));
            self.due = hints.filter(|&Reverse((at, _))| at != NEVER).collect::<Vec<_>>().into();
        } else {
            self.due.push(Reverse((self.table.hint(segment), segment as u32)));
        }
    }

    /// After a change of the table: if it split or merged a segment, hints moved with them, and the
    /// heap follows. A split copies its parent's bound; a merge lowers the bound of the segment
    /// that the last one went into.
    #[inline]
    fn follow_table(&mut self) {
        if self.table.segments() != self.segments {
            self.segments_changed();
        }
    }

    #[cold]
    fn segments_changed(&mut self) {
        let (old, new) = (self.segments, self.table.segments());
        self.segments = new;
        for segment in old.min(new)..old.max(new) {
            let parent = segment & !(1 << segment.max(1).ilog2());
            for changed in [segment, parent] {
                if changed < new && self.table.hint(changed) != NEVER {
                    self.push_due(changed);
                }
            }
        }
    }

    /// For tests: panics if a promise of the module does not hold. Cost: O(keys + heap).
    pub fn invariants(&self) {
        let (mut volatile, mut sum) = (0, 0);
        for segment in 0..self.table.segments() {
            let hint = self.table.hint(segment);
            for at in self.table.segment_iter(segment).filter_map(|e| expiry_of(e.payload())) {
                volatile += 1;
                sum += i128::from(at);
                assert!(hint <= bound(at), "a bound is a lower bound");
            }
            let stands = self.due.iter().any(|&Reverse(entry)| entry == (hint, segment as u32));
            assert!(hint == NEVER || stands, "a bound stands in the heap");
        }
        assert_eq!((volatile, sum), (self.volatile, self.expiry_sum));
        assert!(self.due.len() <= 2 * self.segments.max(self.table.segments()) + DUE_SPARE);
    }
}

/// A value in its record, for changing it in place.
pub struct BodyMut<'a> {
    entry: EntryMut<'a, Value>,
}

impl<'a> BodyMut<'a> {
    /// The header.
    pub fn header(&self) -> Header {
        Header::decode(self.entry.payload())
    }

    /// The value's bytes as stored; their number cannot change. An object's are none.
    #[inline]
    pub fn bytes(&mut self) -> &mut [u8] {
        let at = self.header().len();
        &mut self.entry.payload_mut()[at..]
    }

    /// Writes the access clock and an integer that takes as many bytes as the one that is there.
    #[inline]
    pub fn set_int(&mut self, access: u32, digits: &[u8]) {
        let payload = self.entry.payload_mut();
        super::record::set_access(payload, access);
        super::record::mark_unshared(payload, false);
        let at = payload.len() - digits.len();
        payload[at..].copy_from_slice(digits);
    }

    /// Marks a string in the record as changed in place (`raw`), which it stays until it is set
    /// whole.
    #[inline]
    pub fn mark_raw(&mut self) {
        super::record::mark_raw(self.entry.payload_mut());
    }

    /// The object beside the record.
    pub fn into_object(self) -> Option<&'a mut Value> {
        self.entry.into_object_mut()
    }
}

#[cfg(test)]
mod tests;
