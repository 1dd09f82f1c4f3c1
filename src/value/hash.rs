//! Hashes: fields with values.
//!
//! Holds: a small hash is a run of fields and values in turn, in order of insertion; a large one is
//! a table and never becomes a run again. A value of [`SHARED_MIN`] bytes or more in a table is an
//! allocation of its own, which replies refer to.
//! Cost: small, linear in the bounded size; large, O(1). The first change after a clone copies the
//! run, or one segment of the table.

use std::fmt;

use bytes::Bytes;

use super::{Element, Object, Value};
use crate::base::hash::KeyHasher;
use crate::base::prng::Prng;
use crate::data::packed::{self, Item, OneWay};
use crate::data::table::{self, Entry, Table};
use crate::sync::loose::LooseArc;

/// Values in a table from this length on are not kept in its arenas.
pub const SHARED_MIN: usize = 512;

/// No run grows beyond this, whatever the limits are.
const RUN_MAX: usize = 1 << 30;

/// The kind: see the module.
#[derive(Clone, Copy, Debug)]
pub struct Hash;

/// A large hash.
#[derive(Clone)]
pub struct HashTable(LooseArc<Table<Bytes>>);

/// Up to where a hash is a run.
#[derive(Clone, Copy, Debug)]
pub struct HashLimits {
    /// `hash-max-listpack-entries`
    pub entries: usize,
    /// `hash-max-listpack-value`
    pub value: usize,
    /// The hash function of tables.
    pub hasher: KeyHasher,
}

/// A value to store.
#[derive(Clone, Debug)]
pub enum NewValue<'a> {
    /// A text to copy.
    Text(&'a [u8]),
    /// An allocation of its own.
    Owned(Bytes),
}

impl NewValue<'_> {
    /// The text.
    pub fn text(&self) -> &[u8] {
        match self {
            NewValue::Text(text) => text,
            NewValue::Owned(bytes) => bytes,
        }
    }
}

/// A hash, for reading.
#[derive(Clone, Copy, Debug)]
pub enum HashRef<'a> {
    /// Small.
    Packed(&'a OneWay),
    /// Large.
    Table(&'a HashTable),
}

/// A hash, to be changed.
#[derive(Debug)]
pub struct HashMut<'a> {
    value: &'a mut Value,
}

impl Hash {
    /// A hash without fields.
    pub fn empty() -> Value {
        Value::HashPacked(OneWay::new())
    }
}

impl Object for Hash {
    type Ref<'a> = HashRef<'a>;
    type Mut<'a> = HashMut<'a>;

    fn view(value: &Value) -> Option<HashRef<'_>> {
        match value {
            Value::HashPacked(run) => Some(HashRef::Packed(run)),
            Value::HashTable(table) => Some(HashRef::Table(table)),
            _ => None,
        }
    }

    fn view_mut(value: &mut Value) -> Option<HashMut<'_>> {
        matches!(value, Value::HashPacked(_) | Value::HashTable(_)).then_some(HashMut { value })
    }

    fn is_empty(value: HashRef<'_>) -> bool {
        value.is_empty()
    }
}

impl HashTable {
    /// The table.
    pub fn table(&self) -> &Table<Bytes> {
        &self.0
    }

    /// See [`Value::free_effort`].
    pub fn free_effort(&self) -> usize {
        self.0.len()
    }

    /// Sets a field; true if it is new.
    fn set(&mut self, field: &[u8], value: NewValue<'_>) -> bool {
        let table = self.0.make_mut();
        let hash = table.hash(field);
        let (payload, object) = match value {
            NewValue::Text(text) if text.len() >= SHARED_MIN => {
                (&[][..], Some(Bytes::copy_from_slice(text)))
            }
            NewValue::Text(text) => (text, None),
            NewValue::Owned(bytes) if bytes.len() >= SHARED_MIN => (&[][..], Some(bytes)),
            NewValue::Owned(ref bytes) => {
                return !table.insert(hash, field, &[bytes], None).existed;
            }
        };
        !table.insert(hash, field, &[payload], object).existed
    }
}

impl fmt::Debug for HashTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter()).finish()
    }
}

/// The value of a field in a table.
#[inline]
fn value_of<'a>(entry: Entry<'a, Bytes>) -> Element<'a> {
    match entry.object() {
        Some(bytes) => Element::Shared(bytes),
        None => Element::Item(Item::Text(entry.payload())),
    }
}

impl<'a> HashRef<'a> {
    /// Number of fields.
    pub fn len(self) -> usize {
        match self {
            HashRef::Packed(run) => run.len() / 2,
            HashRef::Table(table) => table.0.len(),
        }
    }

    /// Whether there is no field.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The value of a field.
    #[inline]
    pub fn get(self, field: &[u8]) -> Option<Element<'a>> {
        match self {
            HashRef::Packed(run) => {
                let place = run.find(Item::new(field), 2)?;
                Some(Element::Item(run.get(run.next(place))))
            }
            HashRef::Table(table) => table.0.get(table.0.hash(field), field).map(value_of),
        }
    }

    /// All fields with their values.
    pub fn iter(self) -> Iter<'a> {
        match self {
            HashRef::Packed(run) => Iter::Packed(run.iter()),
            HashRef::Table(table) => Iter::Table(table.0.iter()),
        }
    }

    /// A random field, all equally likely; `None` if there is none.
    pub fn random(self, prng: &mut Prng) -> Option<(Element<'a>, Element<'a>)> {
        match self {
            HashRef::Packed(run) if run.is_empty() => None,
            HashRef::Packed(run) => {
                let index = prng.below(run.len() as u64 / 2) as usize;
                Iter::Packed(run.iter_from(run.nth(2 * index))).next()
            }
            HashRef::Table(table) => table.0.random(prng).map(pair),
        }
    }
}

/// An element of a large hash as a field with its value.
#[inline]
pub fn pair<'a>(entry: Entry<'a, Bytes>) -> (Element<'a>, Element<'a>) {
    (Element::Item(Item::Text(entry.key())), value_of(entry))
}

/// Fields with their values.
pub enum Iter<'a> {
    /// Of a small hash.
    Packed(packed::Iter<'a, false>),
    /// Of a large hash.
    Table(table::Iter<'a, Bytes>),
}

impl<'a> Iterator for Iter<'a> {
    type Item = (Element<'a>, Element<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Iter::Packed(run) => {
                let field = run.next()?;
                let value = run.next().expect("a run holds a value behind each field");
                Some((Element::Item(field), Element::Item(value)))
            }
            Iter::Table(entries) => entries.next().map(pair),
        }
    }
}

impl HashMut<'_> {
    /// The hash, for reading.
    pub fn as_ref(&self) -> HashRef<'_> {
        Hash::view(self.value).expect("it was made from a hash")
    }

    /// Makes a table of it if fields and values to come (in turn) are too many, as if none of them
    /// were there, or one is too long.
    pub fn prepare(&mut self, pairs: &[&[u8]], limits: &HashLimits) {
        let Value::HashPacked(run) = &*self.value else { return };
        let bytes: usize = pairs.iter().map(|text| text.len()).sum();
        if pairs.len() / 2 > limits.entries
            || pairs.iter().any(|text| text.len() > limits.value)
            || run.bytes() + bytes > RUN_MAX
        {
            self.make_table(limits);
        }
    }

    /// Sets a field; true if it is new.
    pub fn set(&mut self, field: &[u8], value: NewValue<'_>, limits: &HashLimits) -> bool {
        if matches!(self.value, Value::HashPacked(_))
            && (field.len() > limits.value || value.text().len() > limits.value)
        {
            self.make_table(limits);
        }
        let run = match self.value {
            Value::HashPacked(run) => run,
            Value::HashTable(table) => return table.set(field, value),
            _ => unreachable!("it was made from a hash"),
        };
        let (field, value) = (Item::new(field), Item::new(value.text()));
        let place = run.find(field, 2);
        match place {
            Some(place) => run.replace(run.next(place), value),
            None => run.push(&[field, value]),
        }
        // Also after a change: the limit may have been higher when the fields came.
        if run.len() / 2 > limits.entries {
            self.make_table(limits);
        }
        place.is_none()
    }

    /// Removes a field; false if there is none.
    pub fn remove(&mut self, field: &[u8]) -> bool {
        match self.value {
            Value::HashPacked(run) => {
                let found = run.find(Item::new(field), 2);
                if let Some(place) = found {
                    run.remove(place, 2);
                }
                found.is_some()
            }
            Value::HashTable(HashTable(table)) => {
                let hash = table.hash(field);
                // A look before the change: what is shared stays so if there is nothing to remove.
                table.find(hash, field).is_ok() && table.make_mut().remove(hash, field).is_some()
            }
            _ => unreachable!("it was made from a hash"),
        }
    }

    fn make_table(&mut self, limits: &HashLimits) {
        let mut table = HashTable(LooseArc::new(Table::new(limits.hasher)));
        let mut scratch = [itoa::Buffer::new(), itoa::Buffer::new()];
        let [field_scratch, value_scratch] = &mut scratch;
        for (field, value) in self.as_ref().iter() {
            table.set(field.text(field_scratch), NewValue::Text(value.text(value_scratch)));
        }
        *self.value = Value::HashTable(table);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn limits(entries: usize, value: usize) -> HashLimits {
        HashLimits { entries, value, hasher: KeyHasher::new([9; 16]) }
    }

    fn content(value: &Value) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let text = |element: Element<'_>| element.text(&mut itoa::Buffer::new()).to_vec();
        let hash = Hash::view(value).expect("the test makes hashes");
        hash.iter().map(|(field, value)| (text(field), text(value))).collect()
    }

    #[test]
    fn agrees_with_a_model_in_both_forms_and_frozen_copies_stay() {
        for entries in [0, 16, 1000] {
            let limits = limits(entries, 64);
            let mut prng = Prng::from_seed(entries as u64);
            let (mut value, mut model) = (Hash::empty(), BTreeMap::new());
            let mut frozen = Vec::new();
            for step in 0..600 {
                let field = prng.below(60).to_string().into_bytes();
                let mut hash = Hash::view_mut(&mut value).expect("it is a hash");
                if prng.below(3) == 0 {
                    assert_eq!(hash.remove(&field), model.remove(&field).is_some());
                } else {
                    let text = vec![b'v'; prng.below(60) as usize];
                    let new = hash.set(&field, NewValue::Text(&text), &limits);
                    assert_eq!(new, model.insert(field, text).is_none());
                }
                if step % 100 == 50 {
                    frozen.push((value.clone(), model.clone()));
                }
            }
            assert_eq!(content(&value), model);
            assert_eq!(matches!(value, Value::HashPacked(_)), entries == 1000);
            for (value, model) in &frozen {
                assert_eq!(content(value), *model);
            }
        }
    }

    #[test]
    fn a_hash_becomes_a_table_beyond_its_limits_and_stays_one() {
        let limits = limits(2, 8);
        let set = |value: &mut Value, field: &[u8], text: &[u8]| {
            let mut hash = Hash::view_mut(value).expect("it is a hash");
            hash.set(field, NewValue::Text(text), &limits)
        };
        let mut value = Hash::empty();
        set(&mut value, b"a", b"12345678");
        set(&mut value, b"b", b"1");
        assert_eq!(value.encoding(), "listpack");
        let mut long = value.clone();
        set(&mut long, b"a", b"123456789");
        assert_eq!(long.encoding(), "hashtable");
        set(&mut value, b"c", b"1");
        assert_eq!(value.encoding(), "hashtable");
        let mut hash = Hash::view_mut(&mut value).expect("it is a hash");
        assert!(hash.remove(b"a") && hash.remove(b"b") && !hash.remove(b"b"));
        assert_eq!(value.encoding(), "hashtable");
    }

    #[test]
    fn long_values_are_shared_and_replaced_by_short_ones() {
        let limits = limits(0, 0);
        let mut value = Hash::empty();
        let long = Bytes::from(vec![7; SHARED_MIN]);
        let mut hash = Hash::view_mut(&mut value).expect("it is a hash");
        assert!(hash.set(b"f", NewValue::Owned(long.clone()), &limits));
        let Some(Element::Shared(stored)) = hash.as_ref().get(b"f") else {
            panic!("a long value is stored as it came");
        };
        assert_eq!(stored.as_ptr(), long.as_ptr());
        assert!(!hash.set(b"f", NewValue::Text(b"short"), &limits));
        assert_eq!(hash.as_ref().get(b"f").map(Element::len), Some(5));
    }
}
