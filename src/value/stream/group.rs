//! Consumer groups: what was delivered to whom, and is not acknowledged yet.
//!
//! Holds: an ID is pending in a group exactly if it is pending for the consumer that its record
//! names.
//! Cost: everything about one ID or one consumer is O(log n).

use std::borrow::Borrow;

use triomphe::{Arc, ThinArc};

use super::id::StreamId;
use super::ordered::Ordered;
use crate::base::time::Millis;

/// What `entries_read` is while nobody knows it.
pub const UNKNOWN: i64 = -1;

/// The name of a group or a consumer; cloning shares it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(ThinArc<(), u8>);

impl Name {
    /// A name of its own.
    pub fn new(name: &[u8]) -> Name {
        Name(ThinArc::from_header_and_slice((), name))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0.slice
    }
}

impl Borrow<[u8]> for Name {
    fn borrow(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// What is known of an entry that was delivered and is not acknowledged.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Who has it.
    pub consumer: Name,
    /// When it was delivered last.
    pub time: Millis,
    /// How often it was delivered.
    pub count: u64,
}

/// A consumer of a group.
#[derive(Clone, Debug)]
pub struct Consumer {
    /// When it last tried to do something.
    pub seen: Millis,
    /// When it last got an entry; -1: never.
    pub active: Millis,
    pending: Ordered<StreamId, ()>,
}

impl Consumer {
    /// What is pending for it; the records are those of the group.
    pub fn pending(&self) -> &Ordered<StreamId, ()> {
        &self.pending
    }
}

/// A consumer group.
#[derive(Clone, Debug)]
pub struct Group {
    /// The last ID that was delivered.
    pub last_id: StreamId,
    /// How many entries of the stream, from the first ever, were delivered; or [`UNKNOWN`].
    pub entries_read: i64,
    pending: Ordered<StreamId, Pending>,
    consumers: Ordered<Name, Arc<Consumer>>,
}

impl Group {
    /// A group without consumers.
    pub fn new(last_id: StreamId, entries_read: i64) -> Group {
        Group { last_id, entries_read, pending: Ordered::default(), consumers: Ordered::default() }
    }

    /// What is pending.
    pub fn pending(&self) -> &Ordered<StreamId, Pending> {
        &self.pending
    }

    /// The consumers by name.
    pub fn consumers(&self) -> &Ordered<Name, Arc<Consumer>> {
        &self.consumers
    }

    /// A consumer.
    pub fn consumer(&self, name: &[u8]) -> Option<&Consumer> {
        self.consumers.get(name).map(|consumer| &**consumer)
    }

    /// Creates a consumer unless there is one; true if it was created.
    pub fn create_consumer(&mut self, name: &[u8], now: Millis) -> bool {
        if self.consumers.get(name).is_some() {
            return false;
        }
        let consumer = Consumer { seen: now, active: -1, pending: Ordered::default() };
        self.consumers.insert(Name::new(name), Arc::new(consumer));
        true
    }

    /// A consumer that exists now, with the time at which it was seen, and whether it is new.
    pub fn see_consumer(&mut self, name: &[u8], now: Millis) -> (Name, bool) {
        let created = self.create_consumer(name, now);
        if let Some(consumer) = self.consumers.get_mut(name) {
            Arc::make_mut(consumer).seen = now;
        }
        (self.consumers.key(name).expect("it exists or was created above").clone(), created)
    }

    /// Notes that a consumer got an entry.
    pub fn set_active(&mut self, name: &Name, now: Millis) {
        if let Some(consumer) = self.consumers.get_mut(name) {
            Arc::make_mut(consumer).active = now;
        }
    }

    /// Removes a consumer and what is pending for it; returns how much that was.
    pub fn delete_consumer(&mut self, name: &[u8]) -> Option<usize> {
        let consumer = self.consumers.remove(name)?;
        for (id, ()) in consumer.pending.iter() {
            self.pending.remove(id);
        }
        Some(consumer.pending.len())
    }

    /// Makes an entry pending for a consumer, whoever had it before.
    pub fn assign(&mut self, id: StreamId, to: Pending) {
        let name = to.consumer.clone();
        let old = self.pending.insert(id, to);
        if let Some(old) = old {
            if old.consumer == name {
                return;
            }
            self.forget(&old.consumer, id);
        }
        if let Some(consumer) = self.consumers.get_mut(&name) {
            Arc::make_mut(consumer).pending.insert(id, ());
        }
    }

    /// Notes that a pending entry was delivered once more to the consumer that has it.
    pub fn deliver_again(&mut self, id: StreamId, now: Millis) {
        if let Some(pending) = self.pending.get_mut(&id) {
            pending.time = now;
            pending.count = pending.count.wrapping_add(1);
        }
    }

    /// An entry is not pending any more; returns what was known of it.
    pub fn release(&mut self, id: StreamId) -> Option<Pending> {
        let pending = self.pending.remove(&id)?;
        self.forget(&pending.consumer, id);
        Some(pending)
    }

    fn forget(&mut self, name: &Name, id: StreamId) {
        if let Some(consumer) = self.consumers.get_mut(name) {
            Arc::make_mut(consumer).pending.remove(&id);
        }
    }
}
