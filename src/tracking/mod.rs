//! Client-side caching: which client may hold which key in its cache, and who wants to know of all
//! changes below a prefix. State only: messages are rendered and sent by the core.
//!
//! Holds: a key is in the table while somebody has read it and it has not changed since; keys of
//! all databases are one namespace, as in the messages.
//! Cost: O(log keys) per key read by a tracking client and per key changed while anybody tracks. A
//! client that leaves or stops tracking costs nothing: what the table says of it is dropped when
//! the key is next looked at.

pub mod prefixes;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use smallvec::SmallVec;

use crate::base::id::{ClientId, ClientKey};
use crate::base::prng::Prng;

/// A client: its place, and its id, since another client may have the place by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientRef {
    /// Its place in the core.
    pub key: ClientKey,
    /// Its public id.
    pub id: ClientId,
}

/// Which keys are tracked for a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// All keys that it reads.
    #[default]
    All,
    /// Those that the command after CLIENT CACHING YES reads.
    OptIn,
    /// All that it reads but those of the command after CLIENT CACHING NO.
    OptOut,
    /// None: it is told of all changes below its prefixes.
    Broadcast,
}

/// What one client has asked for.
#[derive(Debug, Default)]
pub struct Tracking {
    /// Tracking is on.
    pub on: bool,
    /// Which keys.
    pub mode: Mode,
    /// Changes that the client itself makes are not told.
    pub no_loop: bool,
    /// CLIENT CACHING was given for the next command.
    pub caching: bool,
    /// The client that gets the messages instead.
    pub redirect: Option<ClientRef>,
    /// A message could not be sent: the client that gets them is gone.
    pub broken: bool,
    /// Prefixes of `Mode::Broadcast`.
    pub prefixes: BTreeSet<Bytes>,
}

impl Tracking {
    /// True if the keys that the client reads now are to be remembered.
    pub fn remembers(&self) -> bool {
        self.on
            && match self.mode {
                Mode::All => true,
                Mode::OptIn => self.caching,
                Mode::OptOut => !self.caching,
                Mode::Broadcast => false,
            }
    }

    /// The id that messages are redirected to, 0 for none, -1 if tracking is off.
    pub fn redirect_id(&self) -> i64 {
        match self.redirect {
            _ if !self.on => -1,
            Some(client) => client.id.0 as i64,
            None => 0,
        }
    }
}

/// Clients that have read a key.
pub type Readers = SmallVec<[ClientRef; 1]>;

#[derive(Debug)]
struct Entry {
    key: Bytes,
    readers: Readers,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Table {
    /// Clients with tracking on.
    pub clients: usize,
    /// Where each key's entry is.
    places: BTreeMap<Bytes, u32>,
    /// In no order, so that one can be picked at random.
    entries: Vec<Entry>,
    items: usize,
}

impl Table {
    /// Number of keys.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if there is no key.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Number of pairs of a key and a client that has read it.
    pub fn items(&self) -> usize {
        self.items
    }

    /// Remembers that a client has read a key.
    pub fn remember(&mut self, key: &[u8], client: ClientRef) {
        let readers = match self.places.get(key) {
            Some(&place) => &mut self.entries[place as usize].readers,
            None => {
                let key = Bytes::copy_from_slice(key);
                self.places.insert(key.clone(), self.entries.len() as u32);
                self.entries.push(Entry { key, readers: Readers::new() });
                &mut self.entries.last_mut().expect("one was pushed").readers
            }
        };
        if !readers.contains(&client) {
            readers.push(client);
            self.items += 1;
        }
    }

    /// Forgets a key; gives those who have read it.
    pub fn take(&mut self, key: &[u8]) -> Readers {
        match self.places.remove(key) {
            Some(place) => self.remove(place).readers,
            None => Readers::new(),
        }
    }

    /// Forgets a key picked at random.
    pub fn take_any(&mut self, rng: &mut Prng) -> Option<(Bytes, Readers)> {
        if self.entries.is_empty() {
            return None;
        }
        let place = rng.below(self.entries.len() as u64) as u32;
        self.places.remove(&self.entries[place as usize].key);
        let entry = self.remove(place);
        Some((entry.key, entry.readers))
    }

    /// Forgets all keys; gives what held them, for dropping elsewhere.
    pub fn clear(&mut self) -> impl Send + use<> {
        self.items = 0;
        (std::mem::take(&mut self.places), std::mem::take(&mut self.entries))
    }

    fn remove(&mut self, place: u32) -> Entry {
        let entry = self.entries.swap_remove(place as usize);
        if let Some(moved) = self.entries.get(place as usize) {
            let known = self.places.get_mut(&moved.key);
            *known.expect("every entry has its place in the index") = place;
        }
        self.items -= entry.readers.len();
        entry
    }
}

#[cfg(test)]
mod tests;
