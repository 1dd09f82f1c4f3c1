//! A segment: the elements of one range of positions, with their bytes in one arena.
//!
//! Holds: every slot names a record in the arena or a boxed one; at most a quarter of the arena is
//! waste after an operation.
//! Cost: lookup O(1) in two to four cache lines; insert and remove O(1) amortised, O(elements of
//! the segment) at most; a copy is a few memory copies and a clone per object.
//! Not here: which segment an element belongs to.

use smallvec::SmallVec;
use triomphe::Arc;

use super::arena::{Arena, PLACES, Record};
use super::cells::Cells;
use super::entry::{Entry, Removed};
use super::record::{NO_OBJECT, Shape, UNIT};
use super::slots::{EMPTY, Slots, tag_of};
use crate::base::hash::Hash;
use crate::base::prefetch::prefetch;

/// A record that does not belong in the arena: its key is long, or the arena is full.
struct Boxed {
    /// Shared by copies of the segment: a key may have 512 MB.
    key: Arc<[u8]>,
    payload: Box<[u8]>,
    object: u16,
}

impl Clone for Boxed {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), payload: self.payload.clone(), object: self.object }
    }
}

/// The elements of one range of positions. The order of fields keeps what a lookup reads in the
/// cache line of the reference count.
#[repr(C)]
pub(super) struct Segment<X> {
    slots: Slots,
    arena: Arena,
    live: u32,
    objects: Cells<X>,
    boxed: Cells<Boxed>,
}

/// What a split or merge hands from one segment to another.
enum Parcel<'a> {
    Bytes { key: &'a [u8], payload: &'a [u8] },
    Boxed(Boxed),
}

impl<X> Segment<X> {
    pub(super) fn new() -> Self {
        Self::with_room(0)
    }

    fn with_room(count: usize) -> Self {
        Self {
            slots: Slots::with_room(count),
            arena: Arena::new(),
            live: 0,
            objects: Cells::new(),
            boxed: Cells::new(),
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.live as usize
    }

    /// Bytes of the arena, wasted ones included.
    #[inline]
    pub(super) fn bytes(&self) -> usize {
        self.arena.len()
    }

    #[inline]
    pub(super) fn slots(&self) -> &Slots {
        &self.slots
    }

    /// Bytes in use and allocated of the arena, boxed records, objects.
    pub(super) fn sizes(&self) -> Sizes {
        let boxed = self.boxed.iter().map(|one| one.key.len() + one.payload.len()).sum::<usize>();
        Sizes {
            arena: self.arena.capacity(),
            waste: self.arena.waste() + self.arena.capacity() - self.arena.len(),
            boxed: self.boxed.len(),
            objects: self.objects.len(),
            memory: size_of::<Self>()
                + size_of::<usize>()
                + self.slots.memory()
                + self.arena.memory()
                + self.objects.memory()
                + self.boxed.memory()
                + boxed,
        }
    }

    /// The slot of an element, or the slot where it would be inserted.
    #[inline]
    pub(super) fn find(&self, tag: u16, key: &[u8]) -> Result<usize, usize> {
        let mut at = self.slots.lower_bound(tag);
        let slots = self.slots.as_slice();
        while let Some(&slot) = slots.get(at)
            && tag_of(slot) == tag
            && slot != EMPTY
        {
            if self.key(slot as u16) == key {
                return Ok(at);
            }
            at += 1;
        }
        Err(at)
    }

    #[inline]
    fn key(&self, place: u16) -> &[u8] {
        if in_arena(place) { self.arena.record(place).key } else { &self.boxed(place).key }
    }

    #[inline]
    fn boxed(&self, place: u16) -> &Boxed {
        self.boxed
            .at(place - PLACES as u16)
            .expect("a slot names a record for as long as it holds it")
    }

    fn boxed_mut(&mut self, place: u16) -> &mut Boxed {
        self.boxed
            .at_mut(place - PLACES as u16)
            .expect("a slot names a record for as long as it holds it")
    }

    /// The element in slot `at`, which is not empty.
    #[inline]
    pub(super) fn entry(&self, at: usize) -> Entry<'_, X> {
        let place = self.slots.place(at);
        let (key, payload, object) = if in_arena(place) {
            let record = self.arena.record(place);
            (record.key, record.payload, record.object)
        } else {
            let boxed = self.boxed(place);
            (&boxed.key[..], &boxed.payload[..], boxed.object)
        };
        let object = if object == NO_OBJECT { None } else { self.objects.at(object) };
        Entry::new(key, payload, object)
    }

    fn object_index(&self, at: usize) -> u16 {
        let place = self.slots.place(at);
        if in_arena(place) { self.arena.record(place).object } else { self.boxed(place).object }
    }

    pub(super) fn object_mut(&mut self, at: usize) -> Option<&mut X> {
        self.objects.at_mut(self.object_index(at))
    }

    pub(super) fn payload_mut(&mut self, at: usize) -> &mut [u8] {
        let place = self.slots.place(at);
        if in_arena(place) {
            self.arena.payload_mut(place)
        } else {
            &mut self.boxed_mut(place).payload
        }
    }

    /// Starts loading what a lookup reads of this struct.
    #[inline]
    pub(super) fn prefetch_header(&self) {
        // The struct begins anywhere in its line; an insertion reads down to `live`.
        prefetch(&self.slots);
        prefetch(&self.arena);
        prefetch(&self.live);
    }

    /// Starts loading the part of the index where `tag` is looked for.
    #[inline]
    pub(super) fn prefetch_slots(&self, tag: u16) {
        let slots = self.slots.as_slice();
        let home = self.slots.home(tag);
        for at in [home, home + 8] {
            if let Some(slot) = slots.get(at) {
                prefetch(slot);
            }
        }
        self.arena.prefetch_pieces();
    }

    /// Starts loading the record of the first element with this tag, or where a new record would
    /// go.
    #[inline]
    pub(super) fn prefetch_record(&self, tag: u16) {
        // A branch on what the index says would wait for it, and be guessed wrong: it is part of
        // the address instead.
        let slot = self.slots.guess(tag);
        let found = slot != EMPTY && tag_of(slot) == tag;
        let place = if found { slot as u16 } else { self.arena.end() };
        self.arena.prefetch(place);
    }

    /// Inserts an element that is not there, at the slot where it was looked for.
    pub(super) fn insert(
        &mut self,
        mut at: usize,
        tag: u16,
        key: &[u8],
        payload: &[&[u8]],
        object: Option<X>,
    ) {
        if self.grow_slots() {
            at = self.slots.lower_bound(tag);
        }
        let object = object.map_or(NO_OBJECT, |object| self.objects.put(object));
        let place = self.put_record(key, payload, object);
        self.slots.insert(at, tag, place);
        self.live += 1;
        self.compact_if_wasteful();
    }

    /// Makes room in the index for one more; true if slots have moved.
    fn grow_slots(&mut self) -> bool {
        // Equal tags in masses could fill the tail of an index of any size: it then grows by
        // itself, so more homes are tried only while they can help.
        let crowded = self.slots.tail_is_full() && self.slots.homes() < 2 * self.len();
        if self.len() < self.slots.room() && !crowded {
            return false;
        }
        self.slots.rebuild(self.len().max(self.slots.room()) + 1, |tag| tag);
        true
    }

    /// Stores a record in the arena if it belongs there and the arena has room, else boxed.
    fn put_record(&mut self, key: &[u8], payload: &[&[u8]], object: u16) -> u16 {
        if let Some(shape) = Shape::new(key.len(), total(payload), object) {
            if let Some(place) = self.arena.push(shape, key, payload) {
                return place;
            }
            if self.arena.waste() * 8 > self.arena.len() {
                self.compact();
                if let Some(place) = self.arena.push(shape, key, payload) {
                    return place;
                }
            }
        }
        self.put_boxed(Boxed { key: Arc::from(key), payload: payload.concat().into(), object })
    }

    fn put_boxed(&mut self, boxed: Boxed) -> u16 {
        let place = usize::from(self.boxed.put(boxed)) + PLACES;
        // 8191 elements in one segment of an expected few hundred: the seeded hash excludes it.
        assert!(place < usize::from(u16::MAX), "a segment never holds this many boxed records");
        place as u16
    }

    /// Replaces payload and object of the element in slot `at`; gives back the old object.
    ///
    /// The slot of the element stays the same.
    pub(super) fn set(&mut self, at: usize, payload: &[&[u8]], object: Option<X>) -> Option<X> {
        let (old_object, object) = self.set_object(self.object_index(at), object);
        let place = self.slots.place(at);
        if !in_arena(place) {
            let boxed = self.boxed_mut(place);
            boxed.payload = payload.concat().into();
            boxed.object = object;
            return old_object;
        }
        let key: SmallVec<[u8; 256]> = SmallVec::from_slice(self.arena.record(place).key);
        let shape = Shape::new(key.len(), total(payload), object);
        if !self.arena.rewrite(place, shape, payload) {
            // The old record is given up last: a compaction on the way may move it.
            let new_place = self.put_record(&key, payload, object);
            self.arena.free(self.slots.place(at));
            self.slots.set_place(at, new_place);
        }
        self.compact_if_wasteful();
        old_object
    }

    /// Puts an object in the place of another; gives back the old one and the index of the new.
    fn set_object(&mut self, index: u16, object: Option<X>) -> (Option<X>, u16) {
        match (self.objects.at_mut(index), object) {
            (Some(cell), Some(object)) => (Some(std::mem::replace(cell, object)), index),
            (Some(_), None) => (self.objects.take(index), NO_OBJECT),
            (None, Some(object)) => (None, self.objects.put(object)),
            (None, None) => (None, NO_OBJECT),
        }
    }

    /// Removes the element in slot `at`.
    pub(super) fn remove(&mut self, at: usize) -> Removed<X> {
        let place = self.slots.place(at);
        let (payload, object) = if in_arena(place) {
            let record = self.arena.record(place);
            let taken = (SmallVec::from_slice(record.payload), record.object);
            self.arena.free(place);
            taken
        } else {
            let boxed = self.boxed.take(place - PLACES as u16);
            let boxed = boxed.expect("a slot names a record for as long as it holds it");
            (SmallVec::from_slice(&boxed.payload), boxed.object)
        };
        self.slots.remove(at);
        self.live -= 1;
        let removed = Removed { payload, object: self.objects.take(object) };
        if self.slots.room() > 2 * self.len() + 16 {
            self.slots.rebuild(self.len() + self.len() / 8, |tag| tag);
        }
        self.compact_if_wasteful();
        removed
    }

    fn compact_if_wasteful(&mut self) {
        if self.arena.is_wasteful() {
            self.compact();
        }
    }

    /// Copies the records to a new arena, in order of their positions.
    fn compact(&mut self) {
        let mut arena = Arena::new();
        let mut from = 0;
        while let Some((at, _)) = self.next(from) {
            from = at + 1;
            let place = self.slots.place(at);
            if in_arena(place) {
                let place = arena.copy(&self.arena, place);
                self.slots.set_place(at, place.expect("what fitted with waste fits without"));
            }
        }
        self.arena = arena;
    }

    /// The first occupied slot at or after `at`, and its tag.
    #[inline]
    pub(super) fn next(&self, at: usize) -> Option<(usize, u16)> {
        let slots = self.slots.as_slice();
        let at = at + slots.get(at..)?.iter().position(|&slot| slot != EMPTY)?;
        Some((at, tag_of(slots[at])))
    }

    /// Moves the record in slot `at` of `from` here; the object comes separately.
    fn adopt(&mut self, end: usize, tag: u16, parcel: Parcel<'_>, object: Option<X>) -> usize {
        let object = object.map_or(NO_OBJECT, |object| self.objects.put(object));
        let place = match parcel {
            Parcel::Boxed(boxed) => self.put_boxed(Boxed { object, ..boxed }),
            Parcel::Bytes { key, payload } => self.put_record(key, &[payload], object),
        };
        self.live += 1;
        self.slots.append(end, tag, place)
    }

    fn parcel(&self, at: usize) -> Parcel<'_> {
        let place = self.slots.place(at);
        if in_arena(place) {
            let Record { key, payload, .. } = self.arena.record(place);
            Parcel::Bytes { key, payload }
        } else {
            Parcel::Boxed(self.boxed(place).clone())
        }
    }

    /// Panics if something that the header of this module promises does not hold.
    pub(super) fn invariants(&self, belongs: impl Fn(u16, &[u8]) -> bool) {
        assert_eq!(self.slots.invariants(), self.len(), "as many slots as elements");
        let (mut used, mut boxed, mut objects) = (0, 0, 0);
        let mut spans = Vec::new();
        let mut at = 0;
        while let Some((slot, tag)) = self.next(at) {
            at = slot + 1;
            assert!(belongs(tag, self.entry(slot).key()), "an element lies where its hash says");
            objects += usize::from(self.object_index(slot) != NO_OBJECT);
            assert_eq!(self.object_index(slot) != NO_OBJECT, self.entry(slot).object().is_some());
            let place = self.slots.place(slot);
            if in_arena(place) {
                let bytes = self.arena.bytes(place);
                spans.push(usize::from(place)..usize::from(place) + bytes / UNIT);
                used += bytes;
            } else {
                boxed += 1;
            }
        }
        spans.sort_by_key(|span| span.start);
        assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start), "no overlap");
        assert_eq!(used + self.arena.waste(), self.arena.len(), "waste is accounted");
        assert!(!self.arena.is_wasteful(), "waste is bounded");
        assert_eq!(boxed, self.boxed.len(), "no boxed record is lost");
        assert_eq!(objects, self.objects.len(), "no object is lost");
    }
}

impl<X: Clone> Segment<X> {
    /// Splits in two by the next bit of the position: `hash` gives it from the key.
    ///
    /// `depth` is the number of prefix bits of the segment. Objects are moved if nobody shares the
    /// segment, which leaves it without them: the caller replaces it.
    pub(super) fn split(
        this: &mut Arc<Self>,
        depth: u32,
        hash: impl Fn(&[u8]) -> Hash,
    ) -> [Self; 2] {
        let mut order: Vec<(u64, u32)> = Vec::with_capacity(this.len());
        let mut counts = [0; 2];
        let mut from = 0;
        while let Some((at, _)) = this.next(from) {
            from = at + 1;
            let position = hash(this.key(this.slots.place(at))).0 << depth;
            counts[(position >> 63) as usize] += 1;
            order.push((position, at as u32));
        }
        // Nearly sorted already: only the order among equal tags of the parent is open.
        order.sort_unstable();
        let mut halves = counts.map(Self::with_room);
        let mut ends = [0; 2];
        for (position, at) in order {
            let half = (position >> 63) as usize;
            let tag = (position << 1 >> 48) as u16;
            let object = Self::move_object(this, at as usize);
            let parcel = this.parcel(at as usize);
            ends[half] = halves[half].adopt(ends[half], tag, parcel, object);
        }
        halves
    }

    /// Joins the two halves of a range; objects are moved as by [`Segment::split`].
    pub(super) fn join(low: &mut Arc<Self>, high: &mut Arc<Self>) -> Self {
        let count = low.len() + high.len();
        let mut joined = Self::with_room(count);
        let mut end = 0;
        for (half, top) in [(low, 0), (high, 0x8000)] {
            let mut from = 0;
            while let Some((at, tag)) = half.next(from) {
                from = at + 1;
                let object = Self::move_object(half, at);
                end = joined.adopt(end, top | tag >> 1, half.parcel(at), object);
            }
        }
        joined
    }

    /// The object in slot `at`, moved out of a segment of one owner and cloned from a shared one.
    fn move_object(this: &mut Arc<Self>, at: usize) -> Option<X> {
        let index = this.object_index(at);
        if index == NO_OBJECT {
            return None;
        }
        match Arc::get_mut(this) {
            Some(own) => own.objects.take(index),
            None => this.objects.at(index).cloned(),
        }
    }
}

impl<X: Clone> Clone for Segment<X> {
    fn clone(&self) -> Self {
        Self {
            slots: self.slots.clone(),
            arena: self.arena.clone(),
            live: self.live,
            objects: self.objects.clone(),
            boxed: self.boxed.clone(),
        }
    }
}

/// What a segment takes, in bytes and in numbers.
pub(super) struct Sizes {
    pub(super) arena: usize,
    pub(super) waste: usize,
    pub(super) boxed: usize,
    pub(super) objects: usize,
    pub(super) memory: usize,
}

#[inline]
fn in_arena(place: u16) -> bool {
    usize::from(place) < PLACES
}

fn total(parts: &[&[u8]]) -> usize {
    parts.iter().map(|part| part.len()).sum()
}
