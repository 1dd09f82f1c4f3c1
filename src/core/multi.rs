//! Transactions: what begins, ends and breaks them.

use bytes::Bytes;

use super::ctx::Ctx;
use super::queue::Queue;
use super::refusal::Refusal;
use super::session::Session;
use super::world::World;
use crate::base::id::DbIndex;
use crate::keyspace::access::Presence;
use crate::keyspace::changes::Changes;

/// A client watches nothing any more.
fn unwatch(world: &mut World, changes: &mut Changes, session: &mut Session) {
    world.watchers.unwatch(session);
    changes.track_keys = world.wants_keys();
}

/// The text of a refused EXEC, from why it was refused: codes other than the general one are shown.
fn abort_text(why: &Refusal) -> Vec<u8> {
    let why = why.text().strip_prefix(b"ERR ").unwrap_or(why.text());
    [b"EXECABORT Transaction discarded because of: ".as_slice(), why].concat()
}

impl Ctx<'_> {
    /// The client watches a key of the selected database.
    pub fn watch(&mut self, key: &[u8]) {
        let expired = self.keys.presence(key) == Presence::Expired;
        let (db, key) = (self.keys.db_index(), Bytes::copy_from_slice(key));
        self.world.watchers.watch(self.session, db, key, expired);
        self.keys.changes.track_keys = true;
    }

    /// The client watches nothing any more.
    pub fn unwatch(&mut self) {
        unwatch(self.world, self.keys.changes, self.session);
    }

    /// True if a key that the client watches has changed, be it by expiring.
    pub fn watched_key_changed(&self) -> bool {
        let presence = |db: DbIndex, key: &[u8]| self.keys.presence_in(db.0 as usize, key);
        self.session.multi.dirty || self.world.watchers.has_expired(self.session, presence)
    }

    /// Two databases are about to trade places, or (`other` is `None`) one is about to be emptied:
    /// tells those who watch keys of theirs.
    pub fn replace_database(&mut self, db: usize, other: Option<usize>) {
        self.signal_replaced(db, other);
        let keys = &self.keys;
        self.world.watchers.replace(
            &mut self.world.sessions,
            self.session,
            DbIndex(db as u32),
            |key| keys.presence_in(db, key),
            |key| other.map_or(Presence::Absent, |other| keys.presence_in(other, key)),
        );
    }

    /// Ends the transaction without executing it, or after that.
    pub fn discard_transaction(&mut self) {
        self.unwatch();
        self.session.multi = Default::default();
    }

    /// Takes the queued commands; the transaction goes on until it is discarded.
    pub fn take_queue(&mut self) -> Queue {
        std::mem::take(&mut self.session.multi.queue)
    }
}

/// EXEC itself was refused: the transaction is over. Returns the error to reply with.
#[cold]
pub(super) fn abort_exec(
    world: &mut World,
    changes: &mut Changes,
    session: &mut Session,
    why: &Refusal,
) -> Refusal {
    unwatch(world, changes, session);
    session.multi = Default::default();
    Refusal::new(abort_text(why))
}
