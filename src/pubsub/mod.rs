//! Who has subscribed to what. State only: what is said to subscribers is rendered and sent by the
//! core.
//!
//! Holds: a client stands in the list of a name exactly if the name stands among the client's own;
//! a list without clients does not exist.
//! Cost: names are ordered, not hashed, since clients choose them: O(log names) to find one.
//! Subscribing adds to the end of a list, leaving a list is O(its length).

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use crate::base::glob::matches;
use crate::base::id::ClientKey;

/// What a subscription is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A channel.
    Channel,
    /// All channels that match a pattern.
    Pattern,
    /// A shard channel, a namespace of its own.
    Shard,
}

/// The number of kinds.
const KINDS: usize = 3;

/// The subscriptions of one client.
#[derive(Debug, Default)]
pub struct Subscriptions {
    names: [BTreeSet<Bytes>; KINDS],
}

impl Subscriptions {
    /// Number of subscriptions of a kind.
    pub fn len(&self, kind: Kind) -> usize {
        self.names[kind as usize].len()
    }

    /// True if there is no subscription of any kind.
    pub fn is_empty(&self) -> bool {
        self.names.iter().all(BTreeSet::is_empty)
    }

    /// The number that confirms a subscription of this kind or its end: channels and patterns are
    /// counted together.
    pub fn count(&self, kind: Kind) -> usize {
        match kind {
            Kind::Channel | Kind::Pattern => self.len(Kind::Channel) + self.len(Kind::Pattern),
            Kind::Shard => self.len(Kind::Shard),
        }
    }

    /// The names of a kind, in order.
    pub fn names(&self, kind: Kind) -> impl Iterator<Item = &Bytes> {
        self.names[kind as usize].iter()
    }

    /// Bytes of memory, estimated.
    pub fn memory(&self) -> usize {
        let each = |name: &Bytes| size_of::<Bytes>() + name.len();
        self.names.iter().flatten().map(each).sum()
    }
}

/// See the module.
#[derive(Debug, Default)]
pub struct PubSub {
    subscribers: [BTreeMap<Bytes, Vec<ClientKey>>; KINDS],
}

impl PubSub {
    /// Subscribes a client; nothing changes if it has subscribed to that already.
    pub fn subscribe(
        &mut self,
        client: ClientKey,
        own: &mut Subscriptions,
        kind: Kind,
        name: &[u8],
    ) {
        let own = &mut own.names[kind as usize];
        if own.contains(name) {
            return;
        }
        let table = &mut self.subscribers[kind as usize];
        // Both sides share one copy of the name.
        let name = match table.get_key_value(name) {
            Some((name, _)) => name.clone(),
            None => Bytes::copy_from_slice(name),
        };
        table.entry(name.clone()).or_default().push(client);
        own.insert(name);
    }

    /// Ends a subscription of a client, if it has it.
    pub fn unsubscribe(
        &mut self,
        client: ClientKey,
        own: &mut Subscriptions,
        kind: Kind,
        name: &[u8],
    ) {
        if own.names[kind as usize].remove(name) {
            self.leave(client, kind, name);
        }
    }

    /// Ends all subscriptions of a client.
    pub fn forget(&mut self, client: ClientKey, own: &mut Subscriptions) {
        for kind in [Kind::Channel, Kind::Pattern, Kind::Shard] {
            for name in std::mem::take(&mut own.names[kind as usize]) {
                self.leave(client, kind, &name);
            }
        }
    }

    fn leave(&mut self, client: ClientKey, kind: Kind, name: &[u8]) {
        let table = &mut self.subscribers[kind as usize];
        let Some(clients) = table.get_mut(name) else { return };
        clients.retain(|other| *other != client);
        if clients.is_empty() {
            table.remove(name);
        }
    }

    /// Number of different names of a kind that have subscribers.
    pub fn len(&self, kind: Kind) -> usize {
        self.subscribers[kind as usize].len()
    }

    /// True if nobody has subscribed to anything.
    pub fn is_empty(&self) -> bool {
        self.subscribers.iter().all(BTreeMap::is_empty)
    }

    /// The names of a kind that have subscribers, in order.
    pub fn names(&self, kind: Kind) -> impl Iterator<Item = &Bytes> {
        self.subscribers[kind as usize].keys()
    }

    /// The subscribers of a name, the first one first.
    pub fn subscribers(&self, kind: Kind, name: &[u8]) -> &[ClientKey] {
        self.subscribers[kind as usize].get(name).map_or(&[], Vec::as_slice)
    }

    /// The patterns that match a channel, with their subscribers. Cost: O(patterns).
    pub fn matching(&self, channel: &[u8]) -> impl Iterator<Item = (&Bytes, &[ClientKey])> {
        let patterns = self.subscribers[Kind::Pattern as usize].iter();
        patterns
            .filter(|(pattern, _)| matches(pattern, channel, false))
            .map(|(pattern, clients)| (pattern, clients.as_slice()))
    }
}

#[cfg(test)]
mod tests;
