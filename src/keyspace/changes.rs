//! The change log of an execution unit: what handlers did to keys, said once, read once.
//!
//! Holds: filled only through `keyspace::access`, drained only when the unit is concluded.
//! Cost: when nobody listens, a change costs an addition.

use bytes::Bytes;

use super::event::Class;
use crate::base::id::DbIndex;
use crate::value::Value;

/// Names of the commands that stand in the propagation stream for what another command did.
pub mod verb {
    /// Removes keys.
    pub const DEL: &str = "DEL";
    /// Removes keys, and frees them elsewhere.
    pub const UNLINK: &str = "UNLINK";
    /// Sets an expiry.
    pub const PEXPIREAT: &str = "PEXPIREAT";
    /// Removes an expiry.
    pub const PERSIST: &str = "PERSIST";
    /// Sets a string.
    pub const SET: &str = "SET";
    /// Takes from the front of a list.
    pub const LPOP: &str = "LPOP";
    /// Takes from the back of a list.
    pub const RPOP: &str = "RPOP";
    /// Moves an element from an end of a list to an end of one.
    pub const LMOVE: &str = "LMOVE";
    /// Moves an element from the back of a list to the front of one.
    pub const RPOPLPUSH: &str = "RPOPLPUSH";
    /// Takes the members of the least scores.
    pub const ZPOPMIN: &str = "ZPOPMIN";
    /// Takes the members of the greatest scores.
    pub const ZPOPMAX: &str = "ZPOPMAX";
    /// Makes an entry of a stream pending.
    pub const XCLAIM: &str = "XCLAIM";
    /// Changes a group of a stream.
    pub const XGROUP: &str = "XGROUP";
    /// Sets fields of a hash.
    pub const HSET: &str = "HSET";
    /// Removes members of a set.
    pub const SREM: &str = "SREM";
    /// Opens a transaction.
    pub const MULTI: &str = "MULTI";
    /// Closes a transaction.
    pub const EXEC: &str = "EXEC";

    /// The verb for a removal that no client asked for (`lazyfree-lazy-expire` decides).
    pub fn removal(lazy: bool) -> &'static str {
        if lazy { UNLINK } else { DEL }
    }
}

/// A keyspace event to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEvent {
    /// Class of the event.
    pub class: Class,
    /// Its name.
    pub name: &'static str,
    /// The database of the key.
    pub db: DbIndex,
    /// The key.
    pub key: Bytes,
    /// Number of modified keys in the log when it happened.
    pub modified_before: usize,
}

/// Who gets a propagated command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Targets(u8);

impl Default for Targets {
    fn default() -> Targets {
        Targets::ALL
    }
}

impl Targets {
    /// Nobody.
    pub const NONE: Targets = Targets(0);
    /// The log.
    pub const LOG: Targets = Targets(1);
    /// The replicas.
    pub const REPLICAS: Targets = Targets(2);
    /// Both.
    pub const ALL: Targets = Targets(3);

    /// True if somebody is in both.
    pub fn meets(self, other: Targets) -> bool {
        self.0 & other.0 != 0
    }

    /// Those in both.
    pub fn and(self, other: Targets) -> Targets {
        Targets(self.0 & other.0)
    }
}

/// A command for the log and the replicas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Propagated {
    /// Who gets it.
    pub to: Targets,
    /// The database it runs in. `None`: it runs in none, and whoever takes it selects none for it
    /// (the brackets of a transaction: the database is selected inside).
    pub db: Option<DbIndex>,
    /// Its arguments.
    pub argv: Vec<Bytes>,
}

/// See the module.
#[derive(Default)]
pub struct Changes {
    /// Number of changes since the start (`server.dirty` of Redis, never reset here).
    pub dirty: u64,
    /// Classes of events that somebody wants to know, with `K` or `E`; `NONE`: nobody.
    pub event_mask: Class,
    /// True if somebody wants to know which keys were modified (WATCH, tracking, blocked clients).
    pub track_keys: bool,
    /// True if there is a log, a replica or a test that wants the propagation stream.
    pub propagate: bool,
    /// Those who take propagated commands: what goes to none of them is not kept.
    pub takers: Targets,
    /// Who may get what the command at hand propagates: a running script decides.
    pub targets: Targets,
    /// Events in the order in which they happened.
    pub events: Vec<KeyEvent>,
    /// Modified keys in the order in which they were modified.
    pub modified: Vec<(DbIndex, Bytes)>,
    /// Which of `modified` no command has modified (indices, ascending): their time had come.
    pub unasked: Vec<usize>,
    /// What the log and the replicas get, in the order in which it happened.
    pub propagation: Vec<Propagated>,
    /// Values to be dropped on another thread.
    pub garbage: Vec<Garbage>,
}

/// Something too large to be dropped on the command thread.
pub enum Garbage {
    /// A value.
    Value(Value),
    /// All keys of a database.
    Database(Box<super::Db>),
}

impl Changes {
    /// Records a command for the log and the replicas, behind what is there.
    pub fn propagate_to(&mut self, to: Targets, db: DbIndex, argv: Vec<Bytes>) {
        if to.meets(self.takers) {
            self.propagation.push(Propagated { to, db: Some(db), argv });
        }
    }

    /// Records an event if somebody listens to its class.
    #[inline]
    pub fn event(&mut self, class: Class, name: &'static str, db: DbIndex, key: &[u8]) {
        if self.event_mask.any(class) {
            let key = Bytes::copy_from_slice(key);
            let modified_before = self.modified.len();
            self.events.push(KeyEvent { class, name, db, key, modified_before });
        }
    }

    /// Records that a key's value is not what it was.
    #[inline]
    pub fn modified(&mut self, db: DbIndex, key: &[u8]) {
        if self.track_keys {
            self.modified.push((db, Bytes::copy_from_slice(key)));
        }
    }

    /// [`Changes::modified`] for a key that no command has modified.
    pub fn modified_unasked(&mut self, db: DbIndex, key: &[u8]) {
        if self.track_keys {
            self.unasked.push(self.modified.len());
        }
        self.modified(db, key);
    }

    /// True if there are events or modified keys in the log.
    #[inline]
    pub fn has_news(&self) -> bool {
        !self.events.is_empty() || !self.modified.is_empty()
    }

    /// True if the unit left nothing to conclude.
    #[inline]
    pub fn is_quiet(&self) -> bool {
        self.propagation.is_empty()
            && self.modified.is_empty()
            && self.events.is_empty()
            && self.garbage.is_empty()
    }

    /// Gives a value up, to this thread if it is cheap to drop and to another if not.
    #[inline]
    pub fn discard(&mut self, value: Value) {
        let large = match &value {
            Value::Str(bytes) => bytes.len() >= 64 * 1024,
            #[allow(unreachable_patterns)]
            other => other.free_effort() > 64,
        };
        if large {
            self.garbage.push(Garbage::Value(value));
        }
    }
}
