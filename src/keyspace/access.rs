//! Access to keys: the only way in for commands.
//!
//! A look-up expires, counts, touches and notifies as Redis's does; a change is said once, through
//! [`Keys::commit`] or its parts, and everything that follows from it happens when the unit ends.

use std::cell::Cell;

use bytes::Bytes;
use smallvec::SmallVec;

use super::Keyspace;
use super::changes::{Changes, Targets, verb};
use super::db::{Db, Taken};
use super::event::Class;
use super::record::{Record, set_access};
use crate::base::hash::Hash;
use crate::base::id::DbIndex;
use crate::base::time::Millis;
use crate::data::table::Place;
use crate::value::{Kind, Value};

/// Random keys that are drawn at most while expired ones may not be removed: perhaps there is no
/// other.
const RANDOM_TRIES_MAX: usize = 100;

/// What a look-up does beside looking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// A read: counts a hit or a miss, notifies a miss, marks the key as used.
    Read,
    /// A read that leaves the access clock alone (TTL, TYPE, EXISTS, OBJECT ...).
    ReadNoTouch,
    /// A look from outside (OBJECT, SCAN with TYPE): counts as a read does, and does nothing else.
    Inspect,
    /// Before a write: marks the key as used.
    Write,
    /// None of it, but an expired key is still removed.
    Quiet,
}

/// Whether a key is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is not.
    Absent,
    /// It is, but its time has come.
    Expired,
    /// It is.
    Live,
}

/// A key that was found: where, and what its record's header says.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub(super) place: Place,
    pub(super) access: u32,
    pub(super) expiry: Option<Millis>,
}

/// Hashes that were computed ahead for the arguments of a command.
#[derive(Clone, Copy, Default)]
pub struct Hints<'a> {
    /// (address of the argument's first byte, hash), in the order of the arguments.
    hashes: &'a [(usize, Hash)],
}

impl<'a> Hints<'a> {
    /// Wraps a list.
    pub fn new(hashes: &'a [(usize, Hash)]) -> Hints<'a> {
        Hints { hashes }
    }
}

/// See the module. Lives as long as one command.
pub struct Keys<'a> {
    /// All databases.
    pub space: &'a mut Keyspace,
    /// Where changes are recorded.
    pub changes: &'a mut Changes,
    /// The selected database.
    pub db: usize,
    /// The time of the unit.
    pub now: Millis,
    /// False: look-ups leave access clocks alone (CLIENT NO-TOUCH).
    pub touch: bool,
    hints: Hints<'a>,
    next_hint: Cell<usize>,
}

impl<'a> Keys<'a> {
    /// Access to database `db` at time `now`.
    pub fn new(
        space: &'a mut Keyspace,
        changes: &'a mut Changes,
        db: usize,
        now: Millis,
    ) -> Keys<'a> {
        let hints = Hints::default();
        Keys { space, changes, db, now, touch: true, hints, next_hint: Cell::new(0) }
    }

    /// The same with hashes computed ahead.
    pub fn with_hints(mut self, hints: Hints<'a>) -> Keys<'a> {
        self.hints = hints;
        self
    }

    /// The same on another database.
    pub fn in_db(&mut self, db: usize) -> Keys<'_> {
        let mut keys = Keys::new(self.space, self.changes, db, self.now);
        keys.touch = self.touch;
        keys
    }

    /// The selected database's index.
    pub fn db_index(&self) -> DbIndex {
        DbIndex(self.db as u32)
    }

    /// The selected database, for reading.
    pub fn database(&self) -> &Db {
        &self.space.dbs[self.db]
    }

    pub(super) fn database_mut(&mut self) -> &mut Db {
        &mut self.space.dbs[self.db]
    }

    /// The key's hash, computed ahead if it was.
    #[inline]
    pub fn hash(&self, key: &[u8]) -> Hash {
        let next = self.next_hint.get();
        if let Some(&(at, hash)) = self.hints.hashes.get(next)
            && at == key.as_ptr() as usize
        {
            self.next_hint.set(next + 1);
            return hash;
        }
        // A command may look its first key up again; the hints then start over.
        if let Some(&(at, hash)) = self.hints.hashes.first()
            && at == key.as_ptr() as usize
        {
            self.next_hint.set(1);
            return hash;
        }
        self.database().table().hash(key)
    }

    /// Looks a key up. O(1).
    #[inline]
    pub fn find(&mut self, key: &[u8], look: Look) -> Option<Record<'_>> {
        let hash = self.hash(key);
        self.find_hashed(hash, key, look)
    }

    /// Looks a key up as a read does.
    #[inline]
    pub fn read(&mut self, key: &[u8]) -> Option<Record<'_>> {
        self.find(key, Look::Read)
    }

    /// Looks a key up as a write does.
    #[inline]
    pub fn write(&mut self, key: &[u8]) -> Option<Record<'_>> {
        self.find(key, Look::Write)
    }

    /// Looks a key up with its hash.
    #[inline]
    pub fn find_hashed(&mut self, hash: Hash, key: &[u8], look: Look) -> Option<Record<'_>> {
        let counts = matches!(look, Look::Read | Look::ReadNoTouch | Look::Inspect);
        let Ok(found) = self.locate(hash, key, look) else {
            if counts {
                self.space.stats.misses += 1;
            }
            if counts && look != Look::Inspect {
                self.changes.event(Class::KEY_MISS, "keymiss", DbIndex(self.db as u32), key);
            }
            return None;
        };
        if counts {
            self.space.stats.hits += 1;
        }
        if matches!(look, Look::Read | Look::Write) {
            self.mark_used(found);
        }
        Some(self.database().at(found.place))
    }

    /// Finds a key, or (`Err`) the place for it; a key whose time has come is removed first. While
    /// expiry is held back only a write removes it: for all others it merely is not there.
    #[inline]
    pub(super) fn locate(&mut self, hash: Hash, key: &[u8], look: Look) -> Result<Found, Place> {
        let db = self.database();
        let place = db.find(hash, key)?;
        let (access, expiry) = db.clocks(place);
        let found = Found { place, access, expiry };
        match found.expiry {
            Some(at) if self.now > at => {
                if look != Look::Write && self.holds_expiry() {
                    return Err(place);
                }
                self.expire_now(key);
                self.database().find(hash, key).map(|place| Found { place, ..found })
            }
            _ => Ok(found),
        }
    }

    /// What a look-up makes of the access clock, unless it is told to leave it alone.
    #[inline]
    pub(super) fn used(&mut self, found: Found) -> u32 {
        if self.touch { self.space.access_used(found.access, self.now) } else { found.access }
    }

    /// Moves the access clock of a key that was found.
    #[inline]
    pub(super) fn mark_used(&mut self, found: Found) {
        let used = self.used(found);
        if used != found.access {
            self.database_mut().set_access(found.place, used);
        }
    }

    /// True if keys whose time has come are not to be removed now (CLIENT PAUSE).
    pub fn holds_expiry(&self) -> bool {
        self.now < self.space.policy.expiry_held_until
    }

    /// Takes a key out of the database, and tells those who wait for it that it is gone.
    fn unlink(&mut self, hash: Hash, key: &[u8]) -> Option<Taken> {
        let taken = self.database_mut().remove(hash, key)?;
        if let Some(object) = &taken.object {
            self.space.waiting.signal_gone(DbIndex(self.db as u32), key, object.kind());
        }
        Some(taken)
    }

    /// Tells those who wait for a key that its value was replaced by another.
    pub(super) fn signal_replaced(&mut self, key: &[u8], old: &Value) {
        self.space.waiting.signal_gone(DbIndex(self.db as u32), key, old.kind());
    }

    /// Tells those who wait for a key that its value is new, or has got something new.
    #[inline]
    pub fn signal(&mut self, key: &[u8], kind: Kind) {
        self.space.waiting.signal(DbIndex(self.db as u32), key, kind);
    }

    /// Removes a key whose time has come, with all that Redis does about it.
    pub fn expire_now(&mut self, key: &[u8]) {
        let hash = self.database().table().hash(key);
        let Some(taken) = self.unlink(hash, key) else { return };
        self.discard(taken);
        let db = self.db_index();
        self.changes.event(Class::EXPIRED, "expired", db, key);
        self.changes.modified_unasked(db, key);
        let lazy = self.space.policy.lazy_expire;
        self.propagate_removal(key, lazy);
        self.space.stats.expired += 1;
    }

    /// Propagates the removal of a key that no command named.
    pub fn propagate_removal(&mut self, key: &[u8], unlink: bool) {
        if self.changes.propagate {
            let name = verb::removal(unlink).as_bytes();
            let argv = vec![Bytes::from_static(name), Bytes::copy_from_slice(key)];
            self.changes.propagate_to(Targets::ALL, self.db_index(), argv);
        }
    }

    /// True if the key exists; counts and notifies as a read.
    pub fn exists(&mut self, key: &[u8]) -> bool {
        self.find(key, Look::ReadNoTouch).is_some()
    }

    /// Removes a key as DEL does: one whose time has come expires instead, and counts as absent.
    /// True if there was a key. Says nothing of it: the caller commits.
    pub fn delete(&mut self, key: &[u8]) -> bool {
        let hash = self.hash(key);
        match self.database().get(hash, key).map(Record::expiry) {
            None => false,
            Some(Some(at)) if self.now > at => {
                self.expire_now(key);
                false
            }
            Some(_) => match self.unlink(hash, key) {
                Some(taken) => {
                    self.discard(taken);
                    true
                }
                None => false,
            },
        }
    }

    /// Whether a key is there, without any of the effects of a look-up.
    pub fn presence(&self, key: &[u8]) -> Presence {
        self.presence_in(self.db, key)
    }

    /// [`Keys::presence`] in database `db`.
    pub fn presence_in(&self, db: usize, key: &[u8]) -> Presence {
        let db = &self.space.dbs[db];
        match db.get(db.table().hash(key), key) {
            None => Presence::Absent,
            Some(record) if self.has_expired(record) => Presence::Expired,
            Some(_) => Presence::Live,
        }
    }

    /// True if the time of a record has come.
    #[inline]
    pub fn has_expired(&self, record: Record<'_>) -> bool {
        record.expiry().is_some_and(|at| self.now > at)
    }

    /// A random key; expired ones that are met are removed, with all that follows from it.
    ///
    /// Cost: O(1) beside the expired keys met, of which each is met once.
    pub fn random_key(&mut self) -> Option<SmallVec<[u8; 64]>> {
        let mut tries = RANDOM_TRIES_MAX;
        loop {
            let entry = self.space.dbs[self.db].table().random(&mut self.space.rng)?;
            let (key, expiry) = (SmallVec::from_slice(entry.key()), Record::new(entry).expiry());
            if expiry.is_none_or(|at| self.now <= at) {
                return Some(key);
            }
            if !self.holds_expiry() {
                self.expire_now(&key);
                continue;
            }
            tries -= 1;
            if tries == 0 {
                return Some(key);
            }
        }
    }

    /// Removes a key; false if there is none. Says nothing of it: the caller commits.
    pub fn remove(&mut self, key: &[u8]) -> bool {
        match self.take(key) {
            Some(taken) => {
                self.discard(taken);
                true
            }
            None => false,
        }
    }

    /// Takes a key out whole, with its expiry.
    pub fn take(&mut self, key: &[u8]) -> Option<Taken> {
        let hash = self.hash(key);
        self.unlink(hash, key)
    }

    /// Stores a taken key under a name, which must be free, and notifies of a new key. Its access
    /// clock starts anew; its expiry stays.
    pub fn put_taken(&mut self, key: &[u8], mut taken: Taken) {
        let hash = self.hash(key);
        set_access(&mut taken.payload, self.space.access_now(self.now));
        let kind = taken.object.as_ref().map(Value::kind);
        self.database_mut().put_taken(hash, key, taken);
        if let Some(kind) = kind {
            self.signal(key, kind);
        }
        self.changes.event(Class::NEW, "new", self.db_index(), key);
    }

    /// A copy of a key, to be stored elsewhere. Large values are shared until one of them changes.
    pub fn copy_of(&mut self, key: &[u8]) -> Option<Taken> {
        let hash = self.hash(key);
        let entry = self.database().table().get(hash, key)?;
        let mut payload = SmallVec::from_slice(entry.payload());
        super::record::mark_unshared(&mut payload, true);
        Some(Taken { payload, object: entry.object().cloned() })
    }

    /// Sets or clears the expiry of an existing key. Says nothing of it: the caller commits.
    pub fn set_expiry(&mut self, key: &[u8], at: Option<Millis>) {
        let hash = self.hash(key);
        self.database_mut().set_expiry(hash, key, at);
    }

    pub(super) fn discard(&mut self, taken: Taken) {
        if let Some(value) = taken.object {
            self.changes.discard(value);
        }
    }

    /// A key was changed by this command: counts the change, tells watchers, publishes the event.
    #[inline]
    pub fn commit(&mut self, key: &[u8], class: Class, event: &'static str) {
        self.commit_count(key, class, event, 1);
    }

    /// [`Keys::commit`] for `count` changes.
    #[inline]
    pub fn commit_count(&mut self, key: &[u8], class: Class, event: &'static str, count: u64) {
        self.changes.dirty += count;
        self.modified(key);
        self.event(key, class, event);
    }

    /// Tells watchers and trackers that the key's value is not what it was.
    #[inline]
    pub fn modified(&mut self, key: &[u8]) {
        self.changes.modified(DbIndex(self.db as u32), key);
    }

    /// Publishes a keyspace event.
    #[inline]
    pub fn event(&mut self, key: &[u8], class: Class, name: &'static str) {
        self.changes.event(class, name, DbIndex(self.db as u32), key);
    }

    /// Counts changes that have no key of their own.
    pub fn dirty(&mut self, by: u64) {
        self.changes.dirty += by;
    }
}
