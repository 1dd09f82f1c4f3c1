//! Lists: a packed run while small (`listpack`), a tree of packed chunks beyond (`quicklist`).
//!
//! Chunks are filled, split and merged as Redis fills, splits and merges the nodes of a quicklist,
//! because a list that shrinks becomes a listpack again only when a single node is left.
//! The limits of its chunks are those that were set when the list became large, as in Redis; when
//! it becomes large, and small again, is up to those that are set then.
//!
//! Holds: a list in a key is not empty between commands.
//! Cost: both ends, an index, an insertion and a removal are O(log n) and a chunk; clone O(1).
//! Not here: the format of files.

mod chunk;
mod chunks;
mod edit;
mod iter;
mod search;
#[cfg(test)]
mod tests;

pub use self::chunk::Chunk;
pub use self::chunks::{Chunks, Limits};
pub use self::edit::{End, ListMut};
pub use self::iter::Items;
pub use self::search::Matches;
use super::{Object, Value};
use crate::data::packed::{Item, TwoWay};
use crate::sync::loose::LooseArc;

/// The kind.
#[derive(Debug)]
pub enum List {}

/// A list, to be read.
#[derive(Clone, Copy)]
pub enum ListRef<'a> {
    /// Small.
    Packed(&'a TwoWay),
    /// Large.
    Chunks(&'a Chunks),
}

impl Object for List {
    type Ref<'a> = ListRef<'a>;
    type Mut<'a> = ListMut<'a>;

    #[inline]
    fn view(value: &Value) -> Option<ListRef<'_>> {
        match value {
            Value::ListPacked(run) => Some(ListRef::Packed(run)),
            Value::ListChunks(chunks) => Some(ListRef::Chunks(chunks)),
            _ => None,
        }
    }

    #[inline]
    fn view_mut(value: &mut Value) -> Option<ListMut<'_>> {
        List::view(value)?;
        Some(ListMut::new(value))
    }

    fn is_empty(value: ListRef<'_>) -> bool {
        value.is_empty()
    }
}

impl List {
    /// A list without elements, to be filled at once.
    pub fn empty() -> Value {
        Value::ListPacked(TwoWay::new())
    }

    /// A large list without elements, to be filled with a result and settled.
    pub fn large(limits: Limits) -> Value {
        Value::ListChunks(LooseArc::new(Chunks::new(limits)))
    }
}

impl<'a> ListRef<'a> {
    /// Number of elements.
    #[inline]
    pub fn len(self) -> usize {
        match self {
            ListRef::Packed(run) => run.len(),
            ListRef::Chunks(chunks) => chunks.len(),
        }
    }

    /// True if there is none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The element at `index`. Cost: O(log n) and half a chunk.
    pub fn get(self, index: usize) -> Option<Item<'a>> {
        self.iter_from(index).next()
    }

    /// The elements from `index` on.
    pub fn iter_from(self, index: usize) -> Items<'a> {
        Items::new(self, index, false)
    }

    /// The elements from `index` back to the first.
    pub fn iter_back_from(self, index: usize) -> Items<'a> {
        Items::new(self, index, true)
    }

    /// All elements.
    pub fn iter(self) -> Items<'a> {
        self.iter_from(0)
    }

    /// All elements, the last one first.
    pub fn iter_back(self) -> Items<'a> {
        self.iter_back_from(self.len().saturating_sub(1))
    }

    /// The index that Redis means by `index`, which counts from the end if negative.
    pub fn index(self, index: i64) -> Option<usize> {
        let index = if index < 0 { index.checked_add_unsigned(self.len() as u64)? } else { index };
        usize::try_from(index).ok().filter(|&index| index < self.len())
    }

    /// Number of allocations, roughly.
    pub fn allocations(self) -> usize {
        match self {
            ListRef::Packed(_) => 1,
            ListRef::Chunks(chunks) => {
                let (nodes, chunks) = chunks.sizes();
                nodes + chunks
            }
        }
    }
}
