//! Sets.
//!
//! Holds: a set of integers only is sorted, other small sets are runs in order of insertion; a
//! large one is a table, and becomes small again only when it is built anew.
//! Cost: small, linear in the bounded size; large, O(1). The first change after a clone copies the
//! small form, or one segment of the table.

use std::fmt;

use super::{Object, Value};
use crate::base::hash::KeyHasher;
use crate::base::prng::Prng;
use crate::data::intset::IntSet;
use crate::data::packed::{self, Item, OneWay};
use crate::data::table::{self, Table};
use crate::sync::loose::LooseArc;

/// No run grows beyond this, whatever the limits are.
const RUN_MAX: usize = 1 << 30;
/// No set of integers has more members than this, whatever the limits are.
const INTS_MAX: usize = 1 << 30;

/// The kind: see the module.
#[derive(Clone, Copy, Debug)]
pub struct Set;

/// Members have nothing beside their text.
#[derive(Clone, Copy, Debug)]
pub enum Nothing {}

/// A large set.
#[derive(Clone)]
pub struct SetTable(LooseArc<Table<Nothing>>);

/// Up to where a set has a small form.
#[derive(Clone, Copy, Debug)]
pub struct SetLimits {
    /// `set-max-intset-entries`
    pub ints: usize,
    /// `set-max-listpack-entries`
    pub entries: usize,
    /// `set-max-listpack-value`
    pub value: usize,
    /// The hash function of tables.
    pub hasher: KeyHasher,
}

/// A set, for reading.
#[derive(Clone, Copy, Debug)]
pub enum SetRef<'a> {
    /// Integers only.
    Ints(&'a IntSet),
    /// Small.
    Packed(&'a OneWay),
    /// Large.
    Table(&'a SetTable),
}

/// A set, to be changed.
#[derive(Debug)]
pub struct SetMut<'a> {
    value: &'a mut Value,
}

impl Set {
    /// An empty set in the form for a first member and an expected size.
    pub fn for_member(first: &[u8], size: usize, limits: &SetLimits) -> Value {
        if matches!(Item::new(first), Item::Int(_)) && size <= limits.ints {
            Self::of_ints()
        } else if size <= limits.entries {
            Self::packed()
        } else {
            Value::SetTable(SetTable::new(limits.hasher))
        }
    }

    /// The set in a value, which is one.
    ///
    /// # Panics
    /// If it is not.
    pub fn view_of(value: &Value) -> SetRef<'_> {
        Self::view(value).expect("the caller made a set")
    }

    /// An empty set that expects integers.
    pub fn of_ints() -> Value {
        Value::SetInts(IntSet::new())
    }

    /// An empty set that expects a few members.
    pub fn packed() -> Value {
        Value::SetPacked(OneWay::new())
    }
}

impl Object for Set {
    type Ref<'a> = SetRef<'a>;
    type Mut<'a> = SetMut<'a>;

    fn view(value: &Value) -> Option<SetRef<'_>> {
        match value {
            Value::SetInts(ints) => Some(SetRef::Ints(ints)),
            Value::SetPacked(run) => Some(SetRef::Packed(run)),
            Value::SetTable(table) => Some(SetRef::Table(table)),
            _ => None,
        }
    }

    fn view_mut(value: &mut Value) -> Option<SetMut<'_>> {
        let is_set = matches!(value, Value::SetInts(_) | Value::SetPacked(_) | Value::SetTable(_));
        is_set.then_some(SetMut { value })
    }

    fn is_empty(value: SetRef<'_>) -> bool {
        value.is_empty()
    }
}

impl SetTable {
    fn new(hasher: KeyHasher) -> Self {
        Self(LooseArc::new(Table::new(hasher)))
    }

    /// The table.
    pub fn table(&self) -> &Table<Nothing> {
        &self.0
    }

    /// See [`Value::free_effort`].
    pub fn free_effort(&self) -> usize {
        self.0.len()
    }

    fn insert(&mut self, member: &[u8]) -> bool {
        let hash = self.0.hash(member);
        let Err(place) = self.0.find(hash, member) else { return false };
        self.0.make_mut().insert_at(place, member, &[], None);
        true
    }

    fn remove(&mut self, member: &[u8]) -> bool {
        let hash = self.0.hash(member);
        if let Some(table) = self.0.get_mut() {
            return table.remove(hash, member).is_some();
        }
        // A look before the change: what is shared stays so if there is nothing to remove.
        self.0.find(hash, member).is_ok() && self.0.make_mut().remove(hash, member).is_some()
    }
}

impl fmt::Debug for SetTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter()).finish()
    }
}

/// The member in the form that runs and sets of integers know it by.
fn canonical(member: Item<'_>) -> Item<'_> {
    match member {
        Item::Text(text) => Item::new(text),
        Item::Int(_) => member,
    }
}

impl<'a> SetRef<'a> {
    /// Number of members.
    pub fn len(self) -> usize {
        match self {
            SetRef::Ints(ints) => ints.len(),
            SetRef::Packed(run) => run.len(),
            SetRef::Table(table) => table.0.len(),
        }
    }

    /// Whether there is no member.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether it has this member. A text may hold an integer's digits.
    #[inline]
    pub fn contains(self, member: Item<'_>) -> bool {
        match self {
            SetRef::Ints(ints) => matches!(canonical(member), Item::Int(n) if ints.contains(n)),
            SetRef::Packed(run) => run.find(canonical(member), 1).is_some(),
            SetRef::Table(table) => {
                let mut scratch = itoa::Buffer::new();
                let text = member.text(&mut scratch);
                table.0.find(table.0.hash(text), text).is_ok()
            }
        }
    }

    /// All members. A text may hold an integer's digits.
    pub fn iter(self) -> Iter<'a> {
        match self {
            SetRef::Ints(ints) => Iter::Ints(ints, 0),
            SetRef::Packed(run) => Iter::Packed(run.iter()),
            SetRef::Table(table) => Iter::Table(table.0.iter()),
        }
    }

    /// A random member, all equally likely; `None` if there is none.
    pub fn random(self, prng: &mut Prng) -> Option<Item<'a>> {
        if self.is_empty() {
            return None;
        }
        let mut index = || prng.below(self.len() as u64) as usize;
        match self {
            SetRef::Ints(ints) => Some(Item::Int(ints.get(index()))),
            SetRef::Packed(run) => Some(run.get(run.nth(index()))),
            SetRef::Table(table) => table.0.random(prng).map(|entry| Item::Text(entry.key())),
        }
    }
}

/// Members.
pub enum Iter<'a> {
    /// Of a set of integers, from this index on.
    Ints(&'a IntSet, usize),
    /// Of a small set.
    Packed(packed::Iter<'a, false>),
    /// Of a large set.
    Table(table::Iter<'a, Nothing>),
}

impl<'a> Iterator for Iter<'a> {
    type Item = Item<'a>;

    #[inline]
    fn next(&mut self) -> Option<Item<'a>> {
        match self {
            Iter::Ints(ints, index) if *index < ints.len() => {
                *index += 1;
                Some(Item::Int(ints.get(*index - 1)))
            }
            Iter::Ints(..) => None,
            Iter::Packed(run) => run.next(),
            Iter::Table(entries) => entries.next().map(|entry| Item::Text(entry.key())),
        }
    }
}

impl<'a> SetMut<'a> {
    /// The set in a value, which is one.
    ///
    /// # Panics
    /// If it is not.
    pub fn of(value: &'a mut Value) -> Self {
        Set::view_mut(value).expect("the caller made a set")
    }

    /// The set, for reading.
    pub fn as_ref(&self) -> SetRef<'_> {
        Set::view(self.value).expect("it was made from a set")
    }

    /// Makes a table of it if so many members are to come that it will be one.
    pub fn expect_members(&mut self, size: usize, limits: &SetLimits) {
        let max = match self.value {
            Value::SetPacked(_) => limits.entries,
            Value::SetInts(_) => limits.ints,
            _ => return,
        };
        if size > max {
            self.make_table(limits);
        }
    }

    /// Adds a member; false if it was there. A text may hold an integer's digits.
    pub fn insert(&mut self, member: Item<'_>, limits: &SetLimits) -> bool {
        match self.value {
            Value::SetInts(ints) => match canonical(member) {
                Item::Int(n) => {
                    let new = ints.insert(n);
                    if new && ints.len() > limits.ints.min(INTS_MAX) {
                        self.make_table(limits);
                    }
                    new
                }
                text @ Item::Text(_) => {
                    self.insert_text_among_ints(text, limits);
                    true
                }
            },
            Value::SetPacked(run) => {
                let item = canonical(member);
                if run.find(item, 1).is_some() {
                    return false;
                }
                let fits = run.len() < limits.entries
                    && item.len() <= limits.value
                    && run.bytes() + item.len() <= RUN_MAX;
                if fits {
                    run.push(&[item]);
                    return true;
                }
                self.make_table(limits);
                self.insert(item, limits)
            }
            Value::SetTable(table) => table.insert(member.text(&mut itoa::Buffer::new())),
            _ => unreachable!("it was made from a set"),
        }
    }

    /// The first member that is no integer gives a set of integers another form.
    fn insert_text_among_ints(&mut self, member: Item<'_>, limits: &SetLimits) {
        let Value::SetInts(ints) = &*self.value else { unreachable!("the caller checked") };
        let ends = ints.iter().next().into_iter().chain(ints.iter().next_back());
        let longest = ends.map(|n| Item::Int(n).len()).max().unwrap_or(0);
        if ints.len() < limits.entries && member.len() <= limits.value && longest <= limits.value {
            let members = ints.iter().map(Item::Int).chain([member]);
            *self.value = Value::SetPacked(OneWay::from_items(members));
        } else {
            self.make_table(limits);
            self.insert(member, limits);
        }
    }

    /// Removes a member; false if there is none. A text may hold an integer's digits.
    pub fn remove(&mut self, member: Item<'_>) -> bool {
        match self.value {
            Value::SetInts(ints) => matches!(canonical(member), Item::Int(n) if ints.remove(n)),
            Value::SetPacked(run) => {
                let found = run.find(canonical(member), 1);
                if let Some(place) = found {
                    run.remove(place, 1);
                }
                found.is_some()
            }
            Value::SetTable(table) => table.remove(member.text(&mut itoa::Buffer::new())),
            _ => unreachable!("it was made from a set"),
        }
    }

    /// Makes a set of integers of it, all of whose members are; not if there are too many.
    pub fn make_ints(&mut self, limits: &SetLimits) {
        let set = self.as_ref();
        if matches!(set, SetRef::Ints(_)) || set.len() > limits.ints.min(INTS_MAX) {
            return;
        }
        let integer = |member| match canonical(member) {
            Item::Int(n) => n,
            Item::Text(_) => unreachable!("the caller knows that all members are integers"),
        };
        let mut members: Vec<i64> = set.iter().map(integer).collect();
        members.sort_unstable();
        *self.value = Value::SetInts(IntSet::from_sorted(&members));
    }

    /// Puts another set in its place and gives the old one back.
    pub fn replace(&mut self, value: Value) -> Value {
        std::mem::replace(self.value, value)
    }

    fn make_table(&mut self, limits: &SetLimits) {
        let mut table = SetTable::new(limits.hasher);
        for member in self.as_ref().iter() {
            table.insert(member.text(&mut itoa::Buffer::new()));
        }
        *self.value = Value::SetTable(table);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn limits() -> SetLimits {
        SetLimits { ints: 8, entries: 6, value: 4, hasher: KeyHasher::new([9; 16]) }
    }

    fn add(value: &mut Value, member: &str) -> bool {
        SetMut::of(value).insert(Item::new(member.as_bytes()), &limits())
    }

    fn of(members: &[&str]) -> Value {
        let mut value = Set::of_ints();
        members.iter().for_each(|member| assert!(add(&mut value, member)));
        value
    }

    fn content(value: &Value) -> BTreeSet<Vec<u8>> {
        Set::view(value).expect("the test makes sets").iter().map(Item::to_vec).collect()
    }

    #[test]
    fn encoding_follows_the_limits() {
        for (members, encoding) in [
            (&["3", "1", "2"][..], "intset"),
            (&["1", "2", "3", "4", "5", "6", "7", "8"], "intset"),
            (&["1", "2", "3", "4", "5", "6", "7", "8", "9"], "hashtable"),
            (&["3", "1", "x"], "listpack"),
            (&["1", "2", "3", "4", "5", "x"], "listpack"),
            (&["1", "2", "3", "4", "5", "6", "x"], "hashtable"),
            (&["1", "xxxxx"], "hashtable"),
            (&["12345", "x"], "hashtable"),
            (&["x", "12345"], "hashtable"),
        ] {
            let value = of(members);
            assert_eq!(value.encoding(), encoding, "{members:?}");
            let wanted = members.iter().map(|member| member.as_bytes().to_vec()).collect();
            assert_eq!(content(&value), wanted);
        }
    }

    #[test]
    fn a_run_keeps_the_order_of_insertion_behind_the_sorted_integers() {
        let value = of(&["3", "1", "x", "2", "a"]);
        let set = Set::view(&value).expect("it is a set");
        let members: Vec<_> = set.iter().map(Item::to_vec).collect();
        assert_eq!(members, [b"1", b"3", b"x", b"2", b"a"]);
    }

    #[test]
    fn agrees_with_a_model_in_all_forms_and_frozen_copies_stay() {
        let mut prng = Prng::from_seed(4);
        for domain in [6, 20, 200] {
            let (mut value, mut model) = (Set::of_ints(), BTreeSet::new());
            let mut frozen = Vec::new();
            for step in 0..400 {
                let number = prng.below(domain);
                let member = if step > 200 && number.is_multiple_of(3) {
                    format!("x{number}")
                } else {
                    number.to_string()
                };
                let item = Item::Text(member.as_bytes());
                assert_eq!(
                    SetMut::of(&mut value).as_ref().contains(item),
                    model.contains(member.as_bytes())
                );
                if prng.below(2) == 0 {
                    let gone = model.remove(member.as_bytes());
                    assert_eq!(SetMut::of(&mut value).remove(item), gone);
                } else {
                    assert_eq!(add(&mut value, &member), model.insert(member.into_bytes()));
                }
                if step % 50 == 25 {
                    frozen.push((value.clone(), model.clone()));
                }
            }
            assert_eq!(content(&value), model);
            for (value, model) in &frozen {
                assert_eq!(content(value), *model);
            }
        }
    }

    #[test]
    fn random_members_are_fair_in_all_forms() {
        let mut prng = Prng::from_seed(11);
        for members in [&["1", "2", "3", "4"][..], &["1", "2", "3", "x"], &["1", "2", "3", "xxxxx"]]
        {
            let value = of(members);
            let set = Set::view(&value).expect("it is a set");
            let mut hits = [0; 4];
            for _ in 0..4000 {
                let drawn = set.random(&mut prng).expect("the set is not empty").to_vec();
                let index = members.iter().position(|member| member.as_bytes() == drawn);
                hits[index.expect("only members are drawn")] += 1;
            }
            assert!(hits.iter().all(|hits| (850..1150).contains(hits)), "{hits:?}");
        }
    }

    #[test]
    fn a_set_of_digits_can_be_made_a_set_of_integers() {
        let mut value = Set::packed();
        ["5", "1", "3"].iter().for_each(|member| assert!(add(&mut value, member)));
        SetMut::of(&mut value).make_ints(&limits());
        assert!(matches!(&value, Value::SetInts(ints) if ints.iter().eq([1, 3, 5])));
    }
}
