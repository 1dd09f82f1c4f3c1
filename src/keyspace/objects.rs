//! Values outside the record (lists, sets, hashes, sorted sets, streams ...) under keys: looking up
//! by kind, creating, storing whole, and removing what became empty.
//!
//! A handler reads with [`Keys::object`], changes with [`Keys::object_mut`] or
//! [`Keys::object_or_create`], says what happened with [`Keys::commit`] or its parts, and ends with
//! [`Keys::remove_if_empty`].
//!
//! Cost: each call is one look-up, O(1). The first change after a freeze copies what the kind says
//! it copies.

use super::access::{Keys, Look};
use super::event::Class;
use super::record::{Header, Record};
use crate::value::{Object, Value};

/// The key holds another kind of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongType;

/// What setting a whole value did to the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// There was no such key.
    Created,
    /// Another value was there; its expiry went with it.
    Replaced,
}

impl Keys<'_> {
    /// Looks up a value of kind `T`; `look` says what else that does.
    /// # Errors
    /// [`WrongType`]
    #[inline]
    pub fn object<T: Object>(
        &mut self,
        key: &[u8],
        look: Look,
    ) -> Result<Option<T::Ref<'_>>, WrongType> {
        object_of::<T>(self.find(key, look))
    }

    /// Looks up a value of kind `T` that is about to be changed. The caller commits what it
    /// changes.
    /// # Errors
    /// [`WrongType`]
    #[inline]
    pub fn object_mut<T: Object>(&mut self, key: &[u8]) -> Result<Option<T::Mut<'_>>, WrongType> {
        let hash = self.hash(key);
        let Ok(found) = self.locate(hash, key, Look::Write) else { return Ok(None) };
        self.mark_used(found);
        let value = self.database_mut().at_mut(found.place).into_object();
        value.and_then(T::view_mut).ok_or(WrongType).map(Some)
    }

    /// Looks up a value of kind `T` that is about to be changed, and creates it by `make` if the
    /// key does not exist (publishing `new`). The caller puts something into it, and commits.
    /// # Errors
    /// [`WrongType`]
    #[inline]
    pub fn object_or_create<T: Object>(
        &mut self,
        key: &[u8],
        make: impl FnOnce() -> Value,
    ) -> Result<T::Mut<'_>, WrongType> {
        let hash = self.hash(key);
        if let Ok(found) = self.locate(hash, key, Look::Write) {
            self.mark_used(found);
            let value = self.database_mut().at_mut(found.place).into_object();
            return value.and_then(T::view_mut).ok_or(WrongType);
        }
        self.add_object(key, make());
        Ok(self.stored_mut::<T>(key).expect("it was created above"))
    }

    /// The value of kind `T` under a key that the command has looked up already, to be changed.
    /// Does nothing else; `None` if there is none.
    #[inline]
    pub fn stored_mut<T: Object>(&mut self, key: &[u8]) -> Option<T::Mut<'_>> {
        let hash = self.hash(key);
        let place = self.database().find(hash, key).ok()?;
        self.database_mut().at_mut(place).into_object().and_then(T::view_mut)
    }

    /// The value of kind `T` under a key that the command has looked up already. Does nothing else.
    #[inline]
    pub fn stored<T: Object>(&self, key: &[u8]) -> Option<T::Ref<'_>> {
        let hash = self.hash(key);
        self.database().get(hash, key)?.object().and_then(T::view)
    }

    /// Adds a key that does not exist, and publishes `new`. The caller commits.
    pub fn add_object(&mut self, key: &[u8], value: Value) {
        let kind = value.kind();
        let old = self.put_object(key, value);
        debug_assert!(old.is_none(), "the key was said not to exist");
        self.signal(key, kind);
        self.event(key, Class::NEW, "new");
    }

    /// Stores a whole value, whatever was there, without an expiry (`setKey`): tells watchers, and
    /// publishes `new` if the key is. The caller publishes its own event and counts the change.
    pub fn store_object(&mut self, key: &[u8], value: Value) -> Stored {
        // As before a write: an expired key is removed whatever holds expiry back.
        let place = self.hash(key);
        let existed = self.locate(place, key, Look::Write).is_ok();
        let kind = value.kind();
        if let Some(old) = self.put_object(key, value) {
            self.signal_replaced(key, &old);
            self.changes.discard(old);
        }
        // Those who wait for such a value are told of a new key only, not of one that was
        // replaced.
        if !existed {
            self.signal(key, kind);
            self.event(key, Class::NEW, "new");
        }
        self.modified(key);
        if existed { Stored::Replaced } else { Stored::Created }
    }

    /// Removes a key whose value of kind `T` has no elements left and publishes `del`; false if it
    /// has some. Goes after the event of what emptied it. The caller counts the change and tells
    /// watchers.
    pub fn remove_if_empty<T: Object>(&mut self, key: &[u8]) -> bool {
        if self.stored::<T>(key).is_none_or(|value| !T::is_empty(value)) {
            return false;
        }
        self.remove(key);
        self.event(key, Class::GENERIC, "del");
        true
    }

    /// Says that a command changed `count` elements of a value of kind `T`: publishes its event,
    /// removes the key (`del`) if nothing is left, tells watchers, counts. True if the key is gone.
    pub fn commit_object<T: Object>(
        &mut self,
        key: &[u8],
        class: Class,
        event: &'static str,
        count: u64,
    ) -> bool {
        let emptied = self.stored::<T>(key).is_some_and(T::is_empty);
        self.commit_taken(key, class, event, count, emptied);
        emptied
    }

    /// [`Keys::commit_object`] for a caller who had the value at hand and knows whether it was
    /// `emptied`: saves a look-up.
    pub fn commit_taken(
        &mut self,
        key: &[u8],
        class: Class,
        event: &'static str,
        count: u64,
        emptied: bool,
    ) {
        self.event(key, class, event);
        if emptied {
            self.remove(key);
            self.event(key, Class::GENERIC, "del");
        }
        self.modified(key);
        self.dirty(count);
    }

    fn put_object(&mut self, key: &[u8], value: Value) -> Option<Value> {
        let hash = self.hash(key);
        let access = self.space.access_now(self.now);
        self.database_mut().put(hash, key, Header::object(access, None), &[], Some(value))
    }
}

/// The value of kind `T` of a record that may be missing.
/// # Errors
/// [`WrongType`]
#[inline]
pub fn object_of<T: Object>(record: Option<Record<'_>>) -> Result<Option<T::Ref<'_>>, WrongType> {
    match record {
        None => Ok(None),
        Some(record) => record.object().and_then(T::view).map(Some).ok_or(WrongType),
    }
}
