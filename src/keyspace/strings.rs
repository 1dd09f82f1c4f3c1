//! Strings under keys: storing, counting, and changing in place.
//!
//! Holds: nothing here counts a change or tells of it, but for the event `new`: the caller commits.
//! Cost: one probe of the table per call, and no allocation for values that fit into their record.

use bytes::{Bytes, BytesMut};
use smallvec::SmallVec;

use super::access::{Found, Keys, Look};
use super::db::Target;
use super::event::Class;
use super::record::{EMBSTR_MAX, Header, INLINE_MAX, IntBytes, Str};
use crate::base::hash::Hash;
use crate::base::num::parse_i64;
use crate::base::time::Millis;
use crate::data::table::Place;
use crate::sync::loose::LooseArc;
use crate::value::Value;

/// No text of an integer is longer.
const INT_TEXT_MAX: usize = 20;

/// A string to store.
#[derive(Clone, Debug)]
pub enum NewStr<'a> {
    /// As an integer.
    Int(i64),
    /// As text that was set whole: `embstr` or, if longer than that, `raw`.
    Text(&'a [u8]),
    /// As text that was changed: `raw` whatever its length.
    Raw(&'a [u8]),
    /// As bytes that are an allocation of their own already: `raw`.
    Owned(Bytes),
}

impl<'a> NewStr<'a> {
    /// The form that SET gives to an argument: an integer if the text is exactly one.
    #[inline]
    pub fn encoded(text: &'a [u8]) -> NewStr<'a> {
        if text.len() <= INT_TEXT_MAX
            && let Some(n) = parse_i64(text)
        {
            return NewStr::Int(n);
        }
        NewStr::Text(text)
    }
}

/// What becomes of a key's expiry when its value is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ttl {
    /// It is removed.
    Clear,
    /// It stays.
    Keep,
    /// It is this time.
    At(Millis),
}

/// Why there is no sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSum {
    /// The key holds another kind of value.
    WrongType,
    /// The string is not a 64-bit integer.
    NotInteger,
    /// The sum is not a 64-bit integer.
    Overflow,
}

/// The key holds another kind of value than a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotString;

impl Keys<'_> {
    /// Stores a string under a key, whatever was there; true if the key is new. A key that is there
    /// is looked up as a write does, and keeps its access clock otherwise.
    #[inline]
    pub fn set_string(&mut self, key: &[u8], value: NewStr<'_>, ttl: Ttl) -> bool {
        let hash = self.hash(key);
        let mut place = self.locate(hash, key, Look::Write);
        if let Ok(found) = &mut place {
            found.access = self.used(*found);
        }
        self.store(place, hash, key, value, ttl);
        place.is_err()
    }

    /// [`Keys::set_string`] for a caller that has looked the key up itself: a key that is there
    /// keeps its access clock as it is.
    pub fn replace_string(&mut self, key: &[u8], value: NewStr<'_>, ttl: Ttl) {
        let hash = self.hash(key);
        let place = self.locate(hash, key, Look::Write);
        self.store(place, hash, key, value, ttl);
    }

    /// Stores a string where it was found or at the place for it; publishes `new` in that case.
    #[inline]
    fn store(
        &mut self,
        place: Result<Found, Place>,
        hash: Hash,
        key: &[u8],
        value: NewStr<'_>,
        ttl: Ttl,
    ) {
        let (access, old_expiry) = match place {
            Ok(found) => (found.access, found.expiry),
            Err(_) => (self.space.access_now(self.now), None),
        };
        let target = Target { place: place.map(|found| found.place), hash, expiry: old_expiry };
        let expiry = match ttl {
            Ttl::Clear => None,
            Ttl::Keep => old_expiry,
            Ttl::At(at) => Some(at),
        };
        let db = self.database_mut();
        let old = match value {
            NewStr::Int(n) => {
                let digits = IntBytes::new(n);
                db.put_at(target, key, Header::int(access, expiry), digits.as_slice(), None)
            }
            NewStr::Text(text) | NewStr::Raw(text) if text.len() <= INLINE_MAX => {
                let raw = matches!(value, NewStr::Raw(_)) || text.len() > EMBSTR_MAX;
                db.put_at(target, key, Header::inline(raw, access, expiry), text, None)
            }
            NewStr::Owned(bytes) if bytes.len() <= INLINE_MAX => {
                db.put_at(target, key, Header::inline(true, access, expiry), &bytes, None)
            }
            NewStr::Text(text) | NewStr::Raw(text) => {
                let object = Value::Str(LooseArc::new(Bytes::copy_from_slice(text)));
                db.put_at(target, key, Header::object(access, expiry), &[], Some(object))
            }
            NewStr::Owned(bytes) => {
                let object = Value::Str(LooseArc::new(bytes));
                db.put_at(target, key, Header::object(access, expiry), &[], Some(object))
            }
        };
        if let Some(old) = old {
            self.signal_replaced(key, &old);
            self.changes.discard(old);
        }
        if place.is_err() {
            self.changes.event(Class::NEW, "new", self.db_index(), key);
        }
    }

    /// Adds to the integer under a key, which is looked up as a write does; a missing key counts as
    /// 0. The expiry stays. Cost: O(1), in place unless the sum takes more or fewer bytes.
    /// # Errors
    /// [`NoSum`]; nothing has changed then.
    #[inline]
    pub fn add_to_int(&mut self, key: &[u8], by: i64) -> Result<i64, NoSum> {
        let hash = self.hash(key);
        let mut place = self.locate(hash, key, Look::Write);
        let Ok(found) = &mut place else {
            self.store(place, hash, key, NewStr::Int(by), Ttl::Clear);
            return Ok(by);
        };
        let (old, stored) = match self.database().at(found.place).string() {
            None => (Err(NoSum::WrongType), 0),
            Some(Str::Int(n)) => (Ok(n), IntBytes::new(n).as_slice().len()),
            Some(Str::Inline(text)) => (parse_i64(text).ok_or(NoSum::NotInteger), 0),
            Some(Str::Shared(_)) => (Err(NoSum::NotInteger), 0),
        };
        let sum = match old.and_then(|old| old.checked_add(by).ok_or(NoSum::Overflow)) {
            Ok(sum) => sum,
            Err(why) => {
                self.mark_used(*found);
                return Err(why);
            }
        };
        found.access = self.used(*found);
        let digits = IntBytes::new(sum);
        if stored == digits.as_slice().len() {
            let (at, access) = (found.place, found.access);
            self.database_mut().at_mut(at).set_int(access, digits.as_slice());
        } else {
            self.store(place, hash, key, NewStr::Int(sum), Ttl::Keep);
        }
        Ok(sum)
    }

    /// Changes a string in place: makes it at least `len` bytes long (zero-filled; a missing key
    /// starts empty) and hands `change` its bytes and the length that it had, `None` if the key was
    /// missing. The result is `raw`, whether `change` changes anything or not; the expiry stays.
    /// `len` is not 0 for a missing key.
    ///
    /// Cost: O(1) beyond the change if the length stays; else amortised O(bytes added). A large
    /// string that a reply or a frozen view shares is copied.
    /// # Errors
    /// [`NotString`]
    pub fn edit_string<R>(
        &mut self,
        key: &[u8],
        len: usize,
        look: Look,
        change: impl FnOnce(&mut [u8], Option<usize>) -> R,
    ) -> Result<R, NotString> {
        let hash = self.hash(key);
        let mut place = self.locate(hash, key, Look::Write);
        let Ok(found) = &mut place else {
            let mut bytes = vec![0; len];
            let result = change(&mut bytes, None);
            self.store(place, hash, key, NewStr::Owned(Bytes::from(bytes)), Ttl::Clear);
            return Ok(result);
        };
        if look == Look::Write {
            self.mark_used(*found);
        }
        let (at, record) = (found.place, self.database().at(found.place));
        found.access = record.access();
        match record.string() {
            None => Err(NotString),
            Some(Str::Shared(_)) => {
                Ok(self.edit_big(at, len, |bytes, old| change(&mut bytes[..], Some(old))))
            }
            Some(Str::Inline(text)) if text.len() >= len => {
                let old = text.len();
                let mut body = self.database_mut().at_mut(at);
                body.mark_raw();
                Ok(change(body.bytes(), Some(old)))
            }
            Some(small) => {
                let mut scratch = itoa::Buffer::new();
                let text = small.text(&mut scratch);
                let old = text.len();
                let mut bytes: SmallVec<[u8; INLINE_MAX]> = SmallVec::with_capacity(len);
                bytes.extend_from_slice(text);
                bytes.resize(len.max(old), 0);
                let result = change(&mut bytes, Some(old));
                let value = if bytes.spilled() {
                    NewStr::Owned(Bytes::from(bytes.into_vec()))
                } else {
                    NewStr::Raw(&bytes)
                };
                self.store(place, hash, key, value, Ttl::Keep);
                Ok(result)
            }
        }
    }

    /// Appends to the string that the caller has looked up; the result is `raw`, the expiry stays.
    /// Without a string under the key it does nothing.
    ///
    /// Cost: amortised O(length of `tail`).
    pub fn append_string(&mut self, key: &[u8], tail: &[u8]) {
        let hash = self.hash(key);
        let place = self.locate(hash, key, Look::Write);
        let Ok(found) = place else { return };
        match self.database().at(found.place).string() {
            None => {}
            Some(Str::Shared(head)) => {
                let len = head.len() + tail.len();
                self.edit_big(found.place, len, |bytes, old| bytes[old..].copy_from_slice(tail));
            }
            Some(small) => {
                let mut scratch = itoa::Buffer::new();
                let head = small.text(&mut scratch);
                let mut bytes: SmallVec<[u8; INLINE_MAX]> =
                    SmallVec::with_capacity(head.len() + tail.len());
                bytes.extend_from_slice(head);
                bytes.extend_from_slice(tail);
                let value = if bytes.spilled() {
                    NewStr::Owned(Bytes::from(bytes.into_vec()))
                } else {
                    NewStr::Raw(&bytes)
                };
                self.store(place, hash, key, value, Ttl::Keep);
            }
        }
    }

    /// Changes a string that is an allocation of its own, made at least `len` bytes long: in place
    /// if nobody shares it, else on a copy. `change` gets the bytes and the length that there was.
    fn edit_big<R>(
        &mut self,
        place: Place,
        len: usize,
        change: impl FnOnce(&mut BytesMut, usize) -> R,
    ) -> R {
        let Some(Value::Str(slot)) = self.database_mut().at_mut(place).into_object() else {
            unreachable!("a string that is not in the record is an object")
        };
        let slot = slot.make_mut();
        let shared = std::mem::take(slot);
        let old = shared.len();
        let mut bytes = shared.try_into_mut().unwrap_or_else(|shared| {
            let mut copy = BytesMut::with_capacity(len.max(old));
            copy.extend_from_slice(&shared);
            copy
        });
        if len > old {
            bytes.resize(len, 0);
        }
        let result = change(&mut bytes, old);
        *slot = bytes.freeze();
        result
    }
}
