//! The data types: what a key can hold when it does not fit into the key's own record.

pub mod fuzz;
pub mod hash;
pub mod hll;
pub mod list;
pub mod sample;
pub mod set;
pub mod stream;
pub mod zset;

use self::hash::HashTable;
use self::list::ListRef;
use self::set::SetTable;
use self::stream::Stream;
use crate::base;
use crate::data::intset::IntSet;
use crate::data::packed::{Item, OneWay, TwoWay};
use crate::data::table::Table;
use crate::sync::loose::LooseArc;
use bytes::Bytes;

/// A value outside its key's record. Asks for no alignment: a keyspace keeps it in nine bytes.
///
/// A small string never appears here: it lives in the record (`keyspace::record`).
#[derive(Clone, Debug)]
pub enum Value {
    /// A string too long for the record. The bytes are shared with replies and frozen views; that
    /// they lie elsewhere keeps the other values at a quarter of the size.
    Str(LooseArc<Bytes>),
    /// A small hash: fields and values in turn.
    HashPacked(OneWay),
    /// A large hash.
    HashTable(HashTable),
    /// A set of integers only.
    SetInts(IntSet),
    /// A small set.
    SetPacked(OneWay),
    /// A large set.
    SetTable(SetTable),
    /// A stream.
    Stream(Stream),
    /// A small list.
    ListPacked(TwoWay),
    /// A large list.
    ListChunks(LooseArc<list::Chunks>),
    /// A small sorted set: members, each followed by its score.
    ZsetPacked(OneWay),
    /// A large sorted set.
    ZsetTree(LooseArc<zset::Ranked>),
}

/// The kinds of values, as TYPE names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    String,
    /// A hash.
    Hash,
    /// A set.
    Set,
    /// A stream.
    Stream,
    /// A list.
    List,
    /// A sorted set.
    Zset,
}

/// A kind of value that lives outside its key's record, in one or more variants of [`Value`] (its
/// forms).
///
/// Cloning a [`Value`] is O(1) and gives an independent value: what both share is copied, in
/// bounded pieces, when one of them changes.
pub trait Object {
    /// How a value of this kind is read: a reference, or an enumeration of references if it has
    /// several forms.
    type Ref<'a>: Copy;

    /// How a value of this kind is changed; it may put another form in the place of the one that is
    /// there.
    type Mut<'a>;

    /// The value as this kind, or `None` if it is another.
    fn view(value: &Value) -> Option<Self::Ref<'_>>;

    /// The same, to be changed.
    fn view_mut(value: &mut Value) -> Option<Self::Mut<'_>>;

    /// True if nothing is left in it: then its key goes.
    fn is_empty(value: Self::Ref<'_>) -> bool;
}

impl Kind {
    /// The name in replies.
    pub fn name(self) -> &'static str {
        match self {
            Kind::String => "string",
            Kind::Hash => "hash",
            Kind::Set => "set",
            Kind::Stream => "stream",
            Kind::List => "list",
            Kind::Zset => "zset",
        }
    }
}

impl Value {
    /// Bytes that the value takes outside its key's record. O(1) for small values, else it goes
    /// over the nodes or segments.
    pub fn memory(&self) -> usize {
        match self {
            Value::Str(bytes) => size_of::<(usize, Bytes)>() + bytes.len(),
            Value::HashPacked(run) | Value::SetPacked(run) | Value::ZsetPacked(run) => run.memory(),
            Value::ListPacked(run) => run.memory(),
            Value::SetInts(ints) => ints.memory(),
            Value::HashTable(table) => table.table().memory(),
            Value::SetTable(table) => table.table().memory(),
            Value::Stream(stream) => stream.memory().0,
            Value::ListChunks(chunks) => {
                let chunk = size_of::<list::Chunk>();
                chunks.iter().map(|each| chunk + each.run().memory()).sum()
            }
            Value::ZsetTree(ranked) => ranked.memory(),
        }
    }

    /// Which kind of value it is.
    pub fn kind(&self) -> Kind {
        match self {
            Value::Str(_) => Kind::String,
            Value::HashPacked(_) | Value::HashTable(_) => Kind::Hash,
            Value::SetInts(_) | Value::SetPacked(_) | Value::SetTable(_) => Kind::Set,
            Value::Stream(_) => Kind::Stream,
            Value::ListPacked(_) | Value::ListChunks(_) => Kind::List,
            Value::ZsetPacked(_) | Value::ZsetTree(_) => Kind::Zset,
        }
    }

    /// How it is stored, as OBJECT ENCODING names it.
    pub fn encoding(&self) -> &'static str {
        match self {
            Value::Str(_) => "raw",
            Value::HashPacked(_)
            | Value::SetPacked(_)
            | Value::ListPacked(_)
            | Value::ZsetPacked(_) => "listpack",
            Value::ListChunks(_) => "quicklist",
            Value::ZsetTree(_) => "skiplist",
            Value::HashTable(_) | Value::SetTable(_) => "hashtable",
            Value::SetInts(_) => "intset",
            Value::Stream(_) => "stream",
        }
    }

    /// What a command with these arguments behind its key will probably look up in a large value. A
    /// guess that is wrong costs a few nanoseconds.
    #[inline]
    pub fn ahead(&self, args: &[&[u8]]) -> Option<Ahead<'_>> {
        match self {
            Value::HashTable(table) => {
                let table = table.table();
                Some(Ahead::Hash(table, table.hash(args.first()?)))
            }
            Value::SetTable(table) => {
                let table = table.table();
                Some(Ahead::Set(table, table.hash(args.first()?)))
            }
            // Its member is alone or behind a score.
            Value::ZsetTree(ranked) => {
                let table = ranked.table();
                Some(Ahead::Zset(table, table.hash(args.get(1).or(args.first())?)))
            }
            _ => None,
        }
    }

    /// Roughly how many separate allocations dropping it frees: decides whether that is worth
    /// another thread.
    pub fn free_effort(&self) -> usize {
        match self {
            Value::Str(_)
            | Value::HashPacked(_)
            | Value::SetInts(_)
            | Value::SetPacked(_)
            | Value::ListPacked(_)
            | Value::ZsetPacked(_) => 1,
            Value::ListChunks(chunks) => ListRef::Chunks(chunks).allocations(),
            Value::ZsetTree(ranked) => ranked.len(),
            Value::HashTable(table) => table.free_effort(),
            Value::SetTable(table) => table.free_effort(),
            Value::Stream(stream) => stream.free_effort(),
        }
    }
}

/// A look-up in a large value that is going to happen; see the prefetches of [`Table`].
#[derive(Clone, Copy)]
pub enum Ahead<'a> {
    /// Of a field.
    Hash(&'a Table<Bytes>, base::hash::Hash),
    /// Of a member.
    Set(&'a Table<set::Nothing>, base::hash::Hash),
    /// Of a member's score.
    Zset(&'a Table<()>, base::hash::Hash),
}

macro_rules! step {
    ($(#[$doc:meta] $name:ident)*) => {
        impl Ahead<'_> {
            $(#[$doc]
            #[inline]
            pub fn $name(&self) {
                match self {
                    Ahead::Hash(table, hash) => table.$name(*hash),
                    Ahead::Set(table, hash) => table.$name(*hash),
                    Ahead::Zset(table, hash) => table.$name(*hash),
                }
            })*
        }
    };
}

step! {
    /// First step.
    prefetch_segment
    /// Second step.
    prefetch_slots
    /// Third step.
    prefetch_record
}

/// A text of a collection where it lies.
#[derive(Clone, Copy, Debug)]
pub enum Element<'a> {
    /// In a run: perhaps as an integer.
    Item(Item<'a>),
    /// As an allocation of its own that can be shared.
    Shared(&'a Bytes),
}

impl<'a> Element<'a> {
    /// The text; `scratch` receives an integer's digits.
    #[inline]
    pub fn text<'b>(self, scratch: &'b mut itoa::Buffer) -> &'b [u8]
    where
        'a: 'b,
    {
        match self {
            Element::Item(item) => item.text(scratch),
            Element::Shared(bytes) => bytes,
        }
    }

    /// Length of the text in bytes.
    #[expect(clippy::len_without_is_empty, reason = "the length of a text, not of a container")]
    pub fn len(self) -> usize {
        match self {
            Element::Item(item) => item.len(),
            Element::Shared(bytes) => bytes.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_takes_nine_bytes_beside_its_key() {
        assert_eq!((size_of::<Option<Value>>(), align_of::<Value>()), (9, 1));
    }
}
