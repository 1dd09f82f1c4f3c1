//! Prefixes of clients that are told of all changes, and the changed keys to tell them of at the
//! end of a pass.
//!
//! Cost: a changed key O(prefixes) while there are any.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::Tracking;
use crate::base::id::ClientKey;

/// A changed key and who was the last to change it; `None`: nobody's command.
pub type Changed = BTreeMap<Bytes, Option<ClientKey>>;

#[derive(Debug, Default)]
struct Prefix {
    clients: Vec<ClientKey>,
    changed: Changed,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Prefixes {
    prefixes: BTreeMap<Bytes, Prefix>,
    /// Some prefix has changed keys.
    pending: bool,
}

/// True if some key has both prefixes.
fn overlap(a: &[u8], b: &[u8]) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

/// Two prefixes of one client of which one is the beginning of the other.
#[derive(Debug, PartialEq, Eq)]
pub enum Overlap<'a> {
    /// With one that the client has.
    Known(&'a [u8], Bytes),
    /// With another new one.
    Given(&'a [u8], &'a [u8]),
}

/// The first overlap among the prefixes that a client has and new ones.
pub fn find_overlap<'a>(own: &Tracking, new: &[&'a [u8]]) -> Option<Overlap<'a>> {
    for (index, prefix) in new.iter().enumerate() {
        if let Some(known) = own.prefixes.iter().find(|known| overlap(known, prefix)) {
            return Some(Overlap::Known(prefix, known.clone()));
        }
        if let Some(other) = new[index + 1..].iter().find(|other| overlap(other, prefix)) {
            return Some(Overlap::Given(prefix, other));
        }
    }
    None
}

impl Prefixes {
    /// Number of prefixes.
    pub fn len(&self) -> usize {
        self.prefixes.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
    }

    /// A client wants to know of changes below a prefix.
    pub fn add(&mut self, client: ClientKey, own: &mut Tracking, prefix: &[u8]) {
        let prefix = Bytes::copy_from_slice(prefix);
        let clients = &mut self.prefixes.entry(prefix.clone()).or_default().clients;
        if !clients.contains(&client) {
            clients.push(client);
        }
        own.prefixes.insert(prefix);
    }

    /// A client does not want to know any more.
    pub fn forget(&mut self, client: ClientKey, own: &mut Tracking) {
        for name in std::mem::take(&mut own.prefixes) {
            let Some(prefix) = self.prefixes.get_mut(&name) else { continue };
            prefix.clients.retain(|other| *other != client);
            if prefix.clients.is_empty() {
                self.prefixes.remove(&name);
            }
        }
    }

    /// A key has changed.
    pub fn changed(&mut self, key: &Bytes, by: Option<ClientKey>) {
        for (name, prefix) in &mut self.prefixes {
            if key.starts_with(name) {
                prefix.changed.insert(key.clone(), by);
                self.pending = true;
            }
        }
    }

    /// True if there are changed keys to tell of.
    pub fn is_pending(&self) -> bool {
        self.pending
    }

    /// Takes the changed keys, prefix by prefix, with the clients that are to be told.
    pub fn take_changed(&mut self) -> Vec<(Changed, Vec<ClientKey>)> {
        self.pending = false;
        let changed = self.prefixes.values_mut().filter(|prefix| !prefix.changed.is_empty());
        changed
            .map(|prefix| (std::mem::take(&mut prefix.changed), prefix.clients.clone()))
            .collect()
    }
}
