//! Streams: entries by ID, in packed nodes, and the consumer groups that read them.
//!
//! Holds: nodes ascend and do not overlap; `length` is the number of entries in them; a node
//! without entries remains only where Redis keeps one; where nodes begin and end is what Redis's
//! settings make of it.
//! Cost: appending O(log n); a look-up O(log n) plus one node; cloning O(1). The first change after
//! that copies the directory of nodes, one chunk of it and one node.
//! Not here: how arguments are read and what is said of changes (the commands).

pub mod element;
pub mod group;
pub mod id;
pub mod node;
mod ordered;
mod radix;
#[cfg(test)]
mod tests;

use std::ops::{Deref, DerefMut};

use triomphe::Arc;

use self::group::{Group, Name, UNKNOWN};
use self::id::{NewId, StreamId};
use self::node::{Entry, Node};
pub use self::ordered::Ordered;
use super::{Object, Value};
use crate::base::time::Millis;
use crate::sync::loose::LooseArc;

/// Texts of an entry, and nodes, cannot be longer than this.
const NODE_BYTES_MAX: u64 = 1 << 30;

/// A stream, as a handle: cloning shares it until one of the two changes.
#[derive(Clone, Debug, Default)]
pub struct Stream(LooseArc<Data>);

impl Deref for Stream {
    type Target = Data;

    fn deref(&self) -> &Data {
        &self.0
    }
}

/// To be used for changes only: a shared stream is copied.
impl DerefMut for Stream {
    fn deref_mut(&mut self) -> &mut Data {
        self.0.make_mut()
    }
}

impl Object for Stream {
    type Ref<'a> = &'a Data;
    type Mut<'a> = &'a mut Stream;

    #[inline]
    fn view(value: &Value) -> Option<&Data> {
        match value {
            Value::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    #[inline]
    fn view_mut(value: &mut Value) -> Option<&mut Stream> {
        match value {
            Value::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    /// Never: a stream without entries keeps its key.
    fn is_empty(_: &Data) -> bool {
        false
    }
}

/// The settings that decide where nodes end.
#[derive(Clone, Copy, Debug)]
pub struct NodeLimits {
    /// `stream-node-max-bytes`; 0: no limit.
    pub bytes: u64,
    /// `stream-node-max-entries`; 0: no limit.
    pub entries: i64,
}

/// Why an entry cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendError {
    /// Its ID is not greater than the last one.
    NotAbove,
    /// Its texts are too long together.
    TooLarge,
}

/// What trimming leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// At most so many entries.
    MaxLen(u64),
    /// No entry below this ID.
    MinId(StreamId),
}

/// How to trim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trim {
    /// What to leave.
    pub keep: Keep,
    /// Remove whole nodes only.
    pub approx: bool,
    /// Remove at most so many entries; 0: no limit.
    pub limit: u64,
}

/// What a [`Stream`] shares.
#[derive(Clone, Debug)]
pub struct Data {
    /// The last ID that was given to an entry, or set.
    pub last_id: StreamId,
    /// The greatest ID that was deleted.
    pub max_deleted_id: StreamId,
    /// Number of entries ever added, or set.
    pub entries_added: u64,
    first_id: StreamId,
    length: u64,
    radix_nodes: u64,
    nodes: Ordered<StreamId, Arc<Node>>,
    groups: Ordered<Name, Arc<Group>>,
}

impl Default for Data {
    fn default() -> Data {
        Data {
            last_id: StreamId::MIN,
            max_deleted_id: StreamId::MIN,
            entries_added: 0,
            first_id: StreamId::MIN,
            length: 0,
            radix_nodes: radix::EMPTY,
            nodes: Ordered::default(),
            groups: Ordered::default(),
        }
    }
}

impl Data {
    /// Number of entries.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// True if there is no entry.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The first entry's ID; `0-0` if there is none.
    pub fn first_id(&self) -> StreamId {
        self.first_id
    }

    /// Number of nodes, and of the nodes of the radix tree in which Redis would keep them.
    pub fn node_counts(&self) -> (u64, u64) {
        (self.nodes.len() as u64, self.radix_nodes)
    }

    /// Adds an entry; `pairs` are fields and values in turn. Returns its ID.
    ///
    /// Cost: O(bytes of the entry + log n).
    /// # Errors
    /// [`AppendError`]
    pub fn append(
        &mut self,
        id: NewId,
        now: Millis,
        pairs: &[&[u8]],
        limits: NodeLimits,
    ) -> Result<StreamId, AppendError> {
        let id = self.new_id(id, now).ok_or(AppendError::NotAbove)?;
        let bytes: u64 = pairs.iter().map(|text| text.len() as u64).sum();
        if bytes > NODE_BYTES_MAX {
            return Err(AppendError::TooLarge);
        }
        match self.nodes.last_mut() {
            Some((base, node)) if has_room(node, bytes, limits) => {
                Arc::make_mut(node).append(*base, id, pairs);
            }
            last => {
                if let Some((_, node)) = last {
                    Arc::make_mut(node).seal();
                }
                self.add_node(id, Node::new(id, pairs));
            }
        }
        self.length += 1;
        self.entries_added = self.entries_added.wrapping_add(1);
        self.last_id = id;
        if self.length == 1 {
            self.first_id = id;
        }
        Ok(id)
    }

    /// The ID of a new entry, if it is above all that were.
    fn new_id(&self, id: NewId, now: Millis) -> Option<StreamId> {
        let last = self.last_id;
        let id = match id {
            NewId::Auto if now as u64 > last.ms => StreamId::new(now as u64, 0),
            NewId::Auto => last.next()?,
            NewId::Time(ms) if ms == last.ms => StreamId::new(ms, last.seq.checked_add(1)?),
            NewId::Time(ms) => StreamId::new(ms, 0),
            NewId::Exact(id) => id,
        };
        (id > last).then_some(id)
    }

    /// Removes the oldest entries; returns how many.
    ///
    /// Cost: O(nodes removed), and O(one node) if it is not approximate.
    pub fn trim(&mut self, trim: Trim) -> u64 {
        let mut deleted = 0;
        while let Some((&base, node)) = self.nodes.first() {
            let entries = node.live() as u64;
            if matches!(trim.keep, Keep::MaxLen(max) if self.length <= max) {
                break;
            }
            if trim.limit != 0 && deleted + entries > trim.limit {
                break;
            }
            let whole = match trim.keep {
                Keep::MaxLen(max) => self.length - entries >= max,
                Keep::MinId(min) => node.last() < min,
            };
            if whole {
                self.remove_node(base);
                self.length -= entries;
                deleted += entries;
                continue;
            }
            if trim.approx {
                break;
            }
            let count = match trim.keep {
                Keep::MaxLen(max) => (self.length - max) as usize,
                Keep::MinId(min) => node.count_below(base, min),
            };
            if count > 0
                && let Some(node) = self.nodes.get_mut(&base)
            {
                Arc::make_mut(node).delete_first(base, count);
                self.length -= count as u64;
                deleted += count as u64;
            }
            break;
        }
        if deleted > 0 {
            self.find_first();
        }
        deleted
    }

    /// Deletes entries; returns how many there were.
    ///
    /// Cost: O(log n + one node) for each.
    pub fn delete(&mut self, ids: &[StreamId]) -> u64 {
        let before = self.length;
        for &id in ids {
            if self.delete_one(id) {
                self.max_deleted_id = self.max_deleted_id.max(id);
            }
        }
        if self.length != before {
            self.find_first();
        }
        before - self.length
    }

    fn delete_one(&mut self, id: StreamId) -> bool {
        let Some((&base, node)) = self.nodes.floor(&id) else { return false };
        if node.find(base, id).is_none() {
            return false;
        }
        if node.live() == 1 {
            self.remove_node(base);
        } else if let Some(node) = self.nodes.get_mut(&base) {
            Arc::make_mut(node).delete(base, id);
        }
        self.length -= 1;
        true
    }

    /// True if there is an entry with this ID.
    pub fn contains(&self, id: StreamId) -> bool {
        self.nodes.floor(&id).is_some_and(|(base, node)| node.find(*base, id).is_some())
    }

    /// The entries from `start` to `end`, both included.
    pub fn range(&self, start: StreamId, end: StreamId) -> impl Iterator<Item = Entry<'_>> {
        let from = self.nodes.floor(&start).map_or(start, |(base, _)| *base);
        self.nodes
            .iter_from(&from)
            .flat_map(|(base, node)| node.entries(*base))
            .skip_while(move |entry| entry.id < start)
            .take_while(move |entry| entry.id <= end)
    }

    /// The same, the last first.
    pub fn range_back(&self, start: StreamId, end: StreamId) -> impl Iterator<Item = Entry<'_>> {
        self.nodes
            .up_to(&end)
            .flat_map(|(base, node)| node.entries_back(*base))
            .skip_while(move |entry| entry.id > end)
            .take_while(move |entry| entry.id >= start)
    }

    /// The last entry's ID.
    pub fn top(&self) -> Option<StreamId> {
        self.nodes.iter_back().find_map(|(_, node)| node.last_live())
    }

    /// Where the first node begins, whether its first entry is still there or not; the last ID
    /// possible if there is no node.
    pub fn first_node(&self) -> StreamId {
        self.nodes.first().map_or(StreamId::MAX, |(base, _)| *base)
    }

    /// Bytes of memory without allocator overhead, and the number of allocations.
    ///
    /// Cost: O(nodes + groups).
    pub fn memory(&self) -> (usize, usize) {
        let nodes: usize = self.nodes.iter().map(|(_, node)| node.memory() + 40).sum();
        let pending = |group: &Group| group.pending().len() * 56 + group.consumers().len() * 96;
        let groups: usize = self.groups.iter().map(|(_, group)| 128 + pending(group)).sum();
        (size_of::<Data>() + nodes + groups, self.free_effort())
    }

    /// Roughly how many allocations dropping it frees. O(1): the first group stands for all.
    pub fn free_effort(&self) -> usize {
        let group = self
            .groups
            .first()
            .map_or(0, |(_, group)| 1 + group.pending().len() / 32 + group.consumers().len() * 2);
        1 + self.nodes.len() * 2 + self.groups.len() * group
    }

    /// The groups by name.
    pub fn groups(&self) -> &Ordered<Name, Arc<Group>> {
        &self.groups
    }

    /// A group.
    pub fn group(&self, name: &[u8]) -> Option<&Group> {
        self.groups.get(name).map(|group| &**group)
    }

    /// A group, to be changed.
    pub fn group_mut(&mut self, name: &[u8]) -> Option<&mut Group> {
        self.groups.get_mut(name).map(Arc::make_mut)
    }

    /// Creates a group; false if there is one of that name.
    pub fn create_group(&mut self, name: &[u8], group: Group) -> bool {
        if self.groups.get(name).is_some() {
            return false;
        }
        self.groups.insert(Name::new(name), Arc::new(group));
        true
    }

    /// Removes a group; false if there is none.
    pub fn destroy_group(&mut self, name: &[u8]) -> bool {
        self.groups.remove(name).is_some()
    }

    /// True if an entry above `start` may have been deleted.
    fn has_gaps_from(&self, start: StreamId) -> bool {
        let deleted = self.max_deleted_id;
        !self.is_empty() && deleted != StreamId::MIN && self.first_id <= deleted && start <= deleted
    }

    /// How many entries were ever added up to `id`, if that can be told; else [`UNKNOWN`].
    pub fn entries_up_to(&self, id: StreamId) -> i64 {
        let added = self.entries_added as i64;
        if added == 0 || (self.is_empty() && id <= self.last_id) || id == self.last_id {
            return added;
        }
        if id > self.last_id {
            return UNKNOWN;
        }
        if self.max_deleted_id == StreamId::MIN || self.max_deleted_id < self.first_id {
            let before = added.wrapping_sub(self.length as i64);
            if id < self.first_id {
                return before;
            }
            if id == self.first_id {
                return before.wrapping_add(1);
            }
        }
        UNKNOWN
    }

    /// How many entries a group has yet to be given, if that can be told.
    pub fn lag(&self, group: &Group) -> Option<i64> {
        let added = self.entries_added as i64;
        if added == 0 {
            return Some(0);
        }
        let read = if group.entries_read != UNKNOWN && !self.has_gaps_from(group.last_id) {
            group.entries_read
        } else {
            match self.entries_up_to(group.last_id) {
                UNKNOWN => return None,
                read => read,
            }
        };
        Some(added.wrapping_sub(read))
    }

    /// What a group's count of entries read becomes when it is given the entry `id`.
    pub fn advanced(&self, entries_read: i64, id: StreamId) -> i64 {
        if entries_read != UNKNOWN && !self.has_gaps_from(id) {
            entries_read.wrapping_add(1)
        } else if self.entries_added != 0 {
            self.entries_up_to(id)
        } else {
            entries_read
        }
    }

    fn add_node(&mut self, base: StreamId, node: Node) {
        self.radix_nodes += radix::growth(&self.nodes, base);
        self.nodes.insert(base, Arc::new(node));
    }

    fn remove_node(&mut self, base: StreamId) {
        self.nodes.remove(&base);
        self.radix_nodes -= radix::growth(&self.nodes, base);
    }

    /// Brings `first_id` up to date.
    fn find_first(&mut self) {
        let first = self.range(StreamId::MIN, StreamId::MAX).next().map(|entry| entry.id);
        self.first_id = first.unwrap_or(StreamId::MIN);
    }
}

/// True if an entry with so many bytes of text goes into the node.
fn has_room(node: &Node, bytes: u64, limits: NodeLimits) -> bool {
    let max = if limits.bytes == 0 { NODE_BYTES_MAX } else { limits.bytes.min(NODE_BYTES_MAX) };
    node.listpack_bytes() as u64 + bytes < max
        && (limits.entries == 0 || (node.ever() as i64) < limits.entries)
}
