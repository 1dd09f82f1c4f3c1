//! Who waits for which key, and which of those keys may be worth a look.
//!
//! Whatever adds, replaces or removes a key signals it here; the signal is kept only if somebody
//! waits for that key, and once however often it comes. The core looks at the signalled keys when
//! the unit is over, in the order in which they were first signalled.
//!
//! Holds: clients wait for a key in the order of their turns; a key without waiting clients takes
//! no memory.
//! Cost: a signal is a flag test while nobody waits, else O(log keys waited for). The next client
//! to be served is found in O(log clients), however many of them cannot be.

use std::collections::BTreeMap;
use std::mem;

use bytes::Bytes;

use crate::base::id::{ClientKey, DbIndex};
use crate::value::Kind;

/// What a client wants of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Want {
    /// An element of a list.
    Element,
    /// A member of a sorted set.
    Member,
    /// Entries of a stream.
    Entries,
    /// Entries of a stream for a group; and to know if the key or its kind changes, which ends the
    /// group.
    GroupEntries,
}

impl Want {
    /// The kind of value that has it.
    fn kind(self) -> Kind {
        match self {
            Want::Element => Kind::List,
            Want::Member => Kind::Zset,
            Want::Entries | Want::GroupEntries => Kind::Stream,
        }
    }

    /// Who may be served from a value of this kind, other than those who want to know of any.
    fn served_by(kind: Kind) -> Option<Want> {
        match kind {
            Kind::List => Some(Want::Element),
            Kind::Zset => Some(Want::Member),
            Kind::Stream => Some(Want::Entries),
            Kind::String | Kind::Hash | Kind::Set => None,
        }
    }
}

/// A place in the order of arrival: who waits again gets a new one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn(pub u64);

/// The clients that wait for one key.
#[derive(Debug, Default)]
struct Queue {
    clients: BTreeMap<(Want, Turn), ClientKey>,
    /// Those of them who want [`Want::GroupEntries`].
    groups: usize,
    /// The key stands among those that are ready.
    ready: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Waiting {
    /// Something has happened that those who wait are to be told when the unit is over.
    pub stirred: bool,
    /// Queues by database and key. Keys are ordered, not hashed: clients choose them.
    dbs: Vec<BTreeMap<Bytes, Queue>>,
    /// Clients by the kind of value that they wait for.
    lists: usize,
    zsets: usize,
    streams: usize,
    /// Keys that clients of groups wait for.
    group_keys: usize,
    turns: u64,
    ready: Vec<(DbIndex, Bytes)>,
}

impl Waiting {
    /// True if nobody waits for any key.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.lists + self.zsets + self.streams == 0
    }

    /// Number of keys that somebody waits for.
    pub fn keys(&self) -> usize {
        self.dbs.iter().map(BTreeMap::len).sum()
    }

    /// Number of keys whose waiting clients want to know if the key goes.
    pub fn group_keys(&self) -> usize {
        self.group_keys
    }

    /// A client waits for keys, each named once, behind all who do already. Returns its turn.
    pub fn enlist(&mut self, client: ClientKey, want: Want, db: DbIndex, keys: &[Bytes]) -> Turn {
        self.turns += 1;
        let turn = Turn(self.turns);
        let db = db.0 as usize;
        if self.dbs.len() <= db {
            self.dbs.resize_with(db + 1, BTreeMap::new);
        }
        for key in keys {
            let queue = self.dbs[db].entry(key.clone()).or_default();
            queue.clients.insert((want, turn), client);
            if want == Want::GroupEntries {
                queue.groups += 1;
                self.group_keys += usize::from(queue.groups == 1);
            }
        }
        *self.count(want.kind()).expect("clients wait for such values") += 1;
        turn
    }

    /// The client with this turn waits no more.
    pub fn delist(&mut self, turn: Turn, want: Want, db: DbIndex, keys: &[Bytes]) {
        let queues = &mut self.dbs[db.0 as usize];
        for key in keys {
            let Some(queue) = queues.get_mut(key) else { continue };
            queue.clients.remove(&(want, turn));
            if want == Want::GroupEntries {
                queue.groups -= 1;
                self.group_keys -= usize::from(queue.groups == 0);
            }
            if queue.clients.is_empty() {
                queues.remove(key);
            }
        }
        *self.count(want.kind()).expect("clients wait for such values") -= 1;
    }

    /// How many clients wait for values of a kind; `None`: nobody ever does.
    fn count(&mut self, kind: Kind) -> Option<&mut usize> {
        match kind {
            Kind::List => Some(&mut self.lists),
            Kind::Zset => Some(&mut self.zsets),
            Kind::Stream => Some(&mut self.streams),
            Kind::String | Kind::Hash | Kind::Set => None,
        }
    }

    /// A key was added with a value of this kind, or its value has got something new.
    #[inline]
    pub fn signal(&mut self, db: DbIndex, key: &[u8], kind: Kind) {
        if !self.is_empty() {
            self.note(db, key, kind, false);
        }
    }

    /// A key's value of this kind is gone, or was replaced.
    #[inline]
    pub fn signal_gone(&mut self, db: DbIndex, key: &[u8], kind: Kind) {
        if self.group_keys > 0 {
            self.note(db, key, kind, true);
        }
    }

    #[cold]
    fn note(&mut self, db: DbIndex, key: &[u8], kind: Kind, gone: bool) {
        if self.count(kind).is_none_or(|count| *count == 0) {
            return;
        }
        let Some(queues) = self.dbs.get_mut(db.0 as usize) else { return };
        let Some((name, _)) = queues.get_key_value(key) else { return };
        let name = name.clone();
        let Some(queue) = queues.get_mut(key) else { return };
        if gone && queue.groups == 0 || mem::replace(&mut queue.ready, true) {
            return;
        }
        self.ready.push((db, name));
        self.stirred = true;
    }

    /// The keys of a database that somebody waits for, in their order.
    pub fn keys_of(&self, db: DbIndex) -> Vec<Bytes> {
        let queues = self.dbs.get(db.0 as usize);
        queues.map(|queues| queues.keys().cloned().collect()).unwrap_or_default()
    }

    /// The keys that were signalled since the last call. Each is to be given to
    /// [`Waiting::begin`] before it is looked at.
    pub fn take_ready(&mut self) -> Vec<(DbIndex, Bytes)> {
        mem::take(&mut self.ready)
    }

    /// A signalled key is about to be looked at: from now on it may be signalled again. Returns the
    /// last turn that is to be served now: who waits again in the meantime is not.
    pub fn begin(&mut self, db: DbIndex, key: &[u8]) -> Turn {
        if let Some(queue) = self.dbs.get_mut(db.0 as usize).and_then(|db| db.get_mut(key)) {
            queue.ready = false;
        }
        Turn(self.turns)
    }

    /// The client that is to be served next of those behind turn `after` and up to turn `last`, if
    /// the key now holds a value of this kind (`None`: none at all).
    pub fn next(
        &self,
        (db, key): (DbIndex, &[u8]),
        kind: Option<Kind>,
        after: Turn,
        last: Turn,
    ) -> Option<(Turn, ClientKey)> {
        let queue = self.dbs.get(db.0 as usize)?.get(key)?;
        let first = |want: Want| {
            let mut range = queue.clients.range((want, Turn(after.0 + 1))..=(want, last));
            range.next().map(|(&(_, turn), &client)| (turn, client))
        };
        if after >= last {
            return None;
        }
        let served = kind.and_then(Want::served_by).and_then(first);
        let told = if queue.groups > 0 { first(Want::GroupEntries) } else { None };
        match (served, told) {
            (Some(served), Some(told)) => Some(served.min(told)),
            (served, told) => served.or(told),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DB: DbIndex = DbIndex(0);

    fn key(name: &'static str) -> Bytes {
        Bytes::from_static(name.as_bytes())
    }

    fn walk(waiting: &Waiting, name: &'static str, kind: Option<Kind>, last: Turn) -> Vec<u32> {
        let (mut after, mut seen) = (Turn(0), Vec::new());
        while let Some((turn, client)) = waiting.next((DB, name.as_bytes()), kind, after, last) {
            seen.push(client.0);
            after = turn;
        }
        seen
    }

    #[test]
    fn clients_are_found_in_the_order_of_arrival_whatever_they_want() {
        let mut waiting = Waiting::default();
        let wants = [Want::Element, Want::GroupEntries, Want::Entries, Want::Member, Want::Element];
        for (client, want) in wants.into_iter().enumerate() {
            waiting.enlist(ClientKey(client as u32), want, DB, &[key("k")]);
        }
        let last = waiting.begin(DB, b"k");
        assert_eq!(walk(&waiting, "k", Some(Kind::List), last), [0, 1, 4]);
        assert_eq!(walk(&waiting, "k", Some(Kind::Stream), last), [1, 2]);
        assert_eq!(walk(&waiting, "k", Some(Kind::Zset), last), [1, 3]);
        assert_eq!(walk(&waiting, "k", Some(Kind::String), last), [1]);
        assert_eq!(walk(&waiting, "k", None, last), [1]);
        assert_eq!(walk(&waiting, "other", Some(Kind::List), last), [0; 0]);
        waiting.enlist(ClientKey(9), Want::Element, DB, &[key("k")]);
        assert_eq!(walk(&waiting, "k", Some(Kind::List), last), [0, 1, 4], "not in this round");
    }

    #[test]
    fn a_key_is_ready_once_and_only_if_somebody_of_the_kind_waits() {
        let mut waiting = Waiting::default();
        let turn = waiting.enlist(ClientKey(1), Want::Element, DB, &[key("a"), key("b")]);
        waiting.signal(DB, b"a", Kind::Zset);
        waiting.signal(DB, b"c", Kind::List);
        waiting.signal(DbIndex(1), b"a", Kind::List);
        waiting.signal_gone(DB, b"a", Kind::List);
        assert!(!waiting.stirred && waiting.take_ready().is_empty());
        ["b", "a", "b"].iter().for_each(|k| waiting.signal(DB, k.as_bytes(), Kind::List));
        assert_eq!(waiting.take_ready(), [(DB, key("b")), (DB, key("a"))]);
        waiting.signal(DB, b"b", Kind::List);
        assert!(waiting.take_ready().is_empty(), "not looked at yet");
        waiting.begin(DB, b"b");
        waiting.signal(DB, b"b", Kind::List);
        assert_eq!(waiting.take_ready(), [(DB, key("b"))]);
        waiting.delist(turn, Want::Element, DB, &[key("a"), key("b")]);
        assert!(waiting.is_empty() && waiting.keys() == 0);
    }

    #[test]
    fn only_clients_of_groups_are_told_that_a_key_goes() {
        let mut waiting = Waiting::default();
        waiting.enlist(ClientKey(1), Want::Entries, DB, &[key("a"), key("b")]);
        let turn = waiting.enlist(ClientKey(2), Want::GroupEntries, DB, &[key("a")]);
        assert_eq!((waiting.keys(), waiting.group_keys()), (2, 1));
        waiting.signal_gone(DB, b"b", Kind::Stream);
        waiting.signal_gone(DB, b"a", Kind::String);
        assert!(!waiting.stirred);
        waiting.signal_gone(DB, b"a", Kind::Stream);
        assert_eq!(waiting.take_ready(), [(DB, key("a"))]);
        waiting.delist(turn, Want::GroupEntries, DB, &[key("a")]);
        assert_eq!((waiting.keys(), waiting.group_keys()), (2, 0));
    }
}
