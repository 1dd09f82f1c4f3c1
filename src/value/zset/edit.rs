//! Changing a sorted set.

use super::{Ranked, Rules, Zset, ZsetRef, score_bytes};
use crate::data::packed::{Item, OneWay};
use crate::sync::loose::LooseArc;
use crate::value::{Object, Value};

/// A sorted set, to be changed.
pub struct ZsetMut<'a> {
    value: &'a mut Value,
}

/// The form, to be changed.
enum Form<'a> {
    Packed(&'a mut OneWay),
    Tree(&'a mut Ranked),
}

impl<'a> ZsetMut<'a> {
    /// The value is a sorted set.
    pub(super) fn new(value: &'a mut Value) -> ZsetMut<'a> {
        ZsetMut { value }
    }

    /// The sorted set as it is now.
    pub fn as_ref(&self) -> ZsetRef<'_> {
        Zset::view(self.value).expect("it was a sorted set and its changes make sorted sets")
    }

    fn form(&mut self) -> Form<'_> {
        match self.value {
            Value::ZsetPacked(run) => Form::Packed(run),
            Value::ZsetTree(ranked) => Form::Tree(ranked.make_mut()),
            _ => unreachable!("it was a sorted set and its changes make sorted sets"),
        }
    }

    /// Makes it large if a command brings more members than a small one has. Goes before adding
    /// them.
    pub fn expect(&mut self, count: usize, rules: Rules) {
        if count > rules.entries {
            self.enlarge(rules);
        }
    }

    fn enlarge(&mut self, rules: Rules) {
        if let ZsetRef::Packed(run) = self.as_ref() {
            let mut ranked = Ranked::new(rules.hasher);
            let mut scratch = itoa::Buffer::new();
            for (item, score) in ZsetRef::Packed(run).iter() {
                ranked.set(item.text(&mut scratch), score);
            }
            *self.value = Value::ZsetTree(LooseArc::new(ranked));
        }
    }

    /// Adds a member that is not there, and makes the sorted set large if it has to be.
    pub fn insert(&mut self, member: &[u8], score: f64, rules: Rules) {
        if let ZsetRef::Packed(run) = self.as_ref()
            && (run.len() / 2 >= rules.entries || member.len() > rules.value)
        {
            self.enlarge(rules);
        }
        self.put(member, score);
    }

    /// Changes the score of a member that is there.
    pub fn update(&mut self, member: &[u8], score: f64) {
        if let Form::Packed(run) = self.form()
            && let Some(place) = run.find(Item::new(member), 2)
        {
            run.remove(place, 2);
        }
        self.put(member, score);
    }

    /// Puts a member in its order; a small form does not have it.
    fn put(&mut self, member: &[u8], score: f64) {
        let rank = match self.as_ref() {
            ZsetRef::Tree(_) => 0,
            small => small.partition(|s, m| s < score || s == score && m < member),
        };
        match self.form() {
            Form::Packed(run) => {
                let place = run.nth(rank * 2);
                run.insert(place, &[Item::new(member), score_bytes(score).item()]);
            }
            Form::Tree(ranked) => {
                ranked.set(member, score);
            }
        }
    }

    /// Removes a member; false if it is not there. It never becomes small again.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        match self.form() {
            Form::Packed(run) => match run.find(Item::new(member), 2) {
                Some(place) => {
                    run.remove(place, 2);
                    true
                }
                None => false,
            },
            Form::Tree(ranked) => ranked.remove(member).is_some(),
        }
    }

    /// Removes `count` members from `rank` on, which exist.
    pub fn remove_ranks(&mut self, rank: usize, count: usize) {
        match self.form() {
            Form::Packed(run) => {
                let place = run.nth(rank * 2);
                run.remove(place, count * 2);
            }
            Form::Tree(ranked) => ranked.remove_ranks(rank, count),
        }
    }
}
