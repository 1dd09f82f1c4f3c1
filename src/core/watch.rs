//! WATCH: who waits for which key to change.
//!
//! A key that had expired when it was watched, but was still stored, does not change when it is
//! removed: for every watch that is remembered until then.

use std::collections::BTreeMap;
use std::ops::Bound;

use bytes::Bytes;
use smallvec::SmallVec;

use super::session::{Session, Sessions};
use crate::base::id::{ClientKey, DbIndex};
use crate::keyspace::access::Presence;
use crate::keyspace::changes::Changes;

/// That a client watches a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Watch {
    client: ClientKey,
    /// The key had expired when the watch began, and is not removed yet.
    expired: bool,
}

type Watches = SmallVec<[Watch; 2]>;

/// Clients whose transactions are to fail.
type Marked = SmallVec<[ClientKey; 4]>;

/// All watched keys. Keys are ordered, not hashed: clients choose them.
#[derive(Debug, Default)]
pub struct Watchers {
    keys: BTreeMap<(DbIndex, Bytes), Watches>,
}

impl Watchers {
    /// True if nobody watches anything.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Number of watched keys.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// A client watches a key; watching it twice changes nothing. `expired`: its time had come, but
    /// it is still stored.
    pub fn watch(&mut self, session: &mut Session, db: DbIndex, key: Bytes, expired: bool) {
        let watches = self.keys.entry((db, key.clone())).or_default();
        if watches.iter().any(|watch| watch.client == session.key) {
            return;
        }
        watches.push(Watch { client: session.key, expired });
        session.multi.watched.push((db, key));
    }

    /// A client watches nothing any more.
    pub fn unwatch(&mut self, session: &mut Session) {
        for watched in session.multi.watched.drain(..) {
            if let Some(watches) = self.keys.get_mut(&watched) {
                watches.retain(|watch| watch.client != session.key);
                if watches.is_empty() {
                    self.keys.remove(&watched);
                }
            }
        }
    }

    /// True if a key that the client watches has expired since, though nobody has noticed.
    pub fn has_expired(
        &self,
        session: &Session,
        presence: impl Fn(DbIndex, &[u8]) -> Presence,
    ) -> bool {
        session.multi.watched.iter().any(|watched| {
            let (db, key) = watched;
            let watches = self.keys.get(watched).into_iter().flatten();
            let known = watches.filter(|watch| watch.client == session.key).any(|w| w.expired);
            !known && presence(*db, key) == Presence::Expired
        })
    }

    /// Marks the transactions of those who watch a modified key, `executing` among them.
    pub fn touch(
        &mut self,
        sessions: &mut Sessions,
        executing: Option<&mut Session>,
        changes: &Changes,
    ) {
        let mut marked = Marked::new();
        for modified in &changes.modified {
            for watch in self.keys.get_mut(modified).into_iter().flatten() {
                // Whatever modifies an expired key removes it first.
                if !std::mem::take(&mut watch.expired) {
                    marked.push(watch.client);
                }
            }
        }
        mark(sessions, executing, &marked);
    }

    /// A database is about to be replaced: marks the transactions of those who watch a key that
    /// this changes. `before` and `after` tell about a key in the database and in what takes its
    /// place.
    ///
    /// Cost: O(watched keys of the database).
    pub fn replace(
        &mut self,
        sessions: &mut Sessions,
        executing: &mut Session,
        db: DbIndex,
        before: impl Fn(&[u8]) -> Presence,
        after: impl Fn(&[u8]) -> Presence,
    ) {
        let first = Bound::Included((db, Bytes::new()));
        let end = Bound::Excluded((DbIndex(db.0 + 1), Bytes::new()));
        let mut marked = Marked::new();
        for ((_, key), watches) in self.keys.range_mut((first, end)) {
            let (before, after) = (before(key), after(key));
            if before == Presence::Absent && after == Presence::Absent {
                continue;
            }
            for watch in watches {
                let was_gone = watch.expired || before == Presence::Absent;
                if was_gone && after != Presence::Live {
                    watch.expired = after == Presence::Expired;
                } else {
                    marked.push(watch.client);
                }
            }
        }
        mark(sessions, Some(executing), &marked);
    }
}

fn mark(sessions: &mut Sessions, mut executing: Option<&mut Session>, clients: &[ClientKey]) {
    for &client in clients {
        match &mut executing {
            Some(session) if session.key == client => session.multi.dirty = true,
            _ => {
                if let Some(session) = sessions.get_mut(client) {
                    session.multi.dirty = true;
                }
            }
        }
    }
}
