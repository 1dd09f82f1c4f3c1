//! The body of a fuzz target: hashes, sets, sorted sets and lists under changes that take them
//! through all their forms, against models. Copies are kept at random moments and whenever a value
//! has changed its form; they must stay what they were.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use bytes::Bytes;

use super::hash::{Hash, HashLimits, NewValue};
use super::list::{End, Limits, List};
use super::set::{Set, SetLimits, SetMut};
use super::zset::{Rules, Zset};
use super::{Element, Object, Value};
use crate::base::fuzz::Input;
use crate::base::hash::KeyHasher;
use crate::data::packed::Item;

/// Changes a value of the kind and with the limits that `data` says, as it says.
pub fn ops(data: &[u8]) {
    let mut input = Input::new(data);
    let kind = input.one();
    let entries = [0, 1, 3, 16, 128][input.below(5)];
    let value = [0, 8, 64][input.below(3)];
    let hasher = KeyHasher::new([kind; 16]);
    match kind % 4 {
        0 => run(&Hashes(HashLimits { entries, value, hasher }), Hash::empty(), &mut input),
        1 => {
            let limits = SetLimits { ints: 2 * entries, entries, value, hasher };
            let first = input.text();
            run(&Sets(limits), Set::for_member(&first, input.below(9), &limits), &mut input);
        }
        2 => {
            let rules = Rules { entries, value, hasher };
            run(&Zsets(rules), Zset::with_hint(input.below(9), 3, rules), &mut input);
        }
        _ => {
            let fill = [-1, -2, -5, 0, 1, 2, 16, 128][input.below(8)];
            run(&Lists(Limits { fill, depth: 0 }), List::empty(), &mut input);
        }
    }
}

/// A kind of value with its limits.
trait Subject {
    type Model: Clone + Debug + Default;

    /// Makes one change to both.
    fn change(&self, value: &mut Value, model: &mut Self::Model, input: &mut Input<'_>);

    /// Panics if they are not equal.
    fn check(value: &Value, model: &Self::Model);
}

fn run<S: Subject>(subject: &S, mut value: Value, input: &mut Input<'_>) {
    let mut model = S::Model::default();
    let mut frozen: Vec<(Value, S::Model)> = Vec::new();
    while !input.is_empty() {
        if input.one().is_multiple_of(8) {
            frozen.push((value.clone(), model.clone()));
        }
        let form = value.encoding();
        subject.change(&mut value, &mut model, input);
        if value.encoding() != form {
            S::check(&value, &model);
            frozen.push((value.clone(), model.clone()));
        }
        if frozen.len() > 8 {
            let (view, then) = frozen.swap_remove(input.below(8));
            S::check(&view, &then);
        }
    }
    S::check(&value, &model);
    for (view, then) in &frozen {
        S::check(view, then);
    }
    assert!(value.memory() < 1 << 30 && value.free_effort() <= 1 << 20);
}

fn text(element: Element<'_>) -> Vec<u8> {
    element.text(&mut itoa::Buffer::new()).to_vec()
}

struct Hashes(HashLimits);

impl Subject for Hashes {
    type Model = BTreeMap<Vec<u8>, Vec<u8>>;

    fn change(&self, value: &mut Value, model: &mut Self::Model, input: &mut Input<'_>) {
        let mut hash = Hash::view_mut(value).expect("it is a hash");
        let (operation, field) = (input.one(), input.text());
        match operation % 8 {
            0..=3 => {
                let content = input.text();
                let new = if operation < 128 {
                    NewValue::Text(&content)
                } else {
                    NewValue::Owned(Bytes::copy_from_slice(&content))
                };
                let is_new = hash.set(&field, new, &self.0);
                assert_eq!(is_new, model.insert(field, content).is_none());
            }
            4..=6 => {
                let field = match model.range(field.clone()..).next() {
                    Some((near, _)) if operation < 200 => near.clone(),
                    _ => field,
                };
                assert_eq!(hash.remove(&field), model.remove(&field).is_some());
            }
            _ => {
                let content = input.text();
                hash.prepare(&[&field, &content], &self.0);
            }
        }
    }

    fn check(value: &Value, model: &Self::Model) {
        let hash = Hash::view(value).expect("it is a hash");
        assert_eq!(hash.len(), model.len());
        let content: BTreeMap<_, _> =
            hash.iter().map(|(field, value)| (text(field), text(value))).collect();
        assert_eq!(content, *model);
        for (field, content) in model {
            assert_eq!(hash.get(field).map(text).as_ref(), Some(content));
        }
    }
}

struct Sets(SetLimits);

impl Subject for Sets {
    type Model = BTreeSet<Vec<u8>>;

    fn change(&self, value: &mut Value, model: &mut Self::Model, input: &mut Input<'_>) {
        let mut set = SetMut::of(value);
        let (operation, member) = (input.one(), input.text());
        match operation % 8 {
            0..=3 => {
                // A caller may know that it is an integer, or not.
                let item = if operation < 128 { Item::new(&member) } else { Item::Text(&member) };
                assert_eq!(set.insert(item, &self.0), !model.contains(&member));
                model.insert(member);
            }
            4..=5 => {
                let member = model.range(member.clone()..).next().cloned().unwrap_or(member);
                assert_eq!(set.remove(Item::Text(&member)), model.remove(&member));
            }
            6 => set.expect_members(usize::from(operation), &self.0),
            _ => {
                if model.iter().all(|member| matches!(Item::new(member), Item::Int(_))) {
                    set.make_ints(&self.0);
                }
            }
        }
    }

    fn check(value: &Value, model: &Self::Model) {
        let set = Set::view_of(value);
        assert_eq!(set.len(), model.len());
        assert_eq!(set.iter().map(Item::to_vec).collect::<BTreeSet<_>>(), *model);
        assert!(model.iter().all(|member| set.contains(Item::Text(member))));
    }
}

struct Zsets(Rules);

impl Subject for Zsets {
    type Model = BTreeMap<Vec<u8>, f64>;

    fn change(&self, value: &mut Value, model: &mut Self::Model, input: &mut Input<'_>) {
        let mut zset = Zset::view_mut(value).expect("it is a sorted set");
        let (operation, member) = (input.one(), input.text());
        let score = match operation / 32 {
            0 => f64::INFINITY,
            1 => -1e-310,
            2 => 0.1 * f64::from(input.one()),
            _ => f64::from(input.one() % 8),
        };
        match operation % 8 {
            0..=4 => {
                if model.contains_key(&member) {
                    zset.update(&member, score);
                } else {
                    zset.insert(&member, score, self.0);
                }
                model.insert(member, score);
            }
            5 => assert_eq!(zset.remove(&member), model.remove(&member).is_some()),
            6 => {
                let rank = input.below(model.len() + 1);
                let most = if operation < 128 { 5 } else { 500 };
                let count = input.below(most).min(model.len() - rank);
                let gone = sorted(model);
                zset.remove_ranks(rank, count);
                for (member, _) in &gone[rank..rank + count] {
                    model.remove(member);
                }
            }
            _ if operation < 64 => zset.expect(usize::from(operation), self.0),
            _ => {
                // As many as make a tree of several nodes, or nodes too large or too small.
                let most = if model.len() < 500 { 200 } else { 1 };
                for number in 0..input.below(most) {
                    let mut member = member.clone();
                    member.extend(number.to_be_bytes());
                    let score = if operation < 128 { score } else { (number * 7 % 64) as f64 };
                    if model.insert(member.clone(), score).is_some() {
                        zset.update(&member, score);
                    } else {
                        zset.insert(&member, score, self.0);
                    }
                }
            }
        }
    }

    fn check(value: &Value, model: &Self::Model) {
        let zset = Zset::view(value).expect("it is a sorted set");
        let expected = sorted(model);
        assert_eq!(zset.len(), expected.len());
        assert!(
            zset.iter()
                .map(|(member, score)| (member.to_vec(), score))
                .eq(expected.iter().cloned())
        );
        for (rank, (member, score)) in expected.iter().enumerate() {
            assert_eq!(zset.rank(member), Some((rank, *score)));
        }
        if let Value::ZsetTree(ranked) = value {
            ranked.invariants();
        }
    }
}

fn sorted(model: &BTreeMap<Vec<u8>, f64>) -> Vec<(Vec<u8>, f64)> {
    let mut all: Vec<_> = model.iter().map(|(member, score)| (member.clone(), *score)).collect();
    all.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    all
}

struct Lists(Limits);

impl Subject for Lists {
    type Model = Vec<Vec<u8>>;

    fn change(&self, value: &mut Value, model: &mut Self::Model, input: &mut Input<'_>) {
        let limits = self.0;
        let mut list = List::view_mut(value).expect("it is a list");
        let (operation, element) = (input.one(), input.text());
        let index = input.below(model.len().max(1));
        let end = if operation < 128 { End::Left } else { End::Right };
        match operation % 8 {
            0..=2 => {
                list.grow(limits, element.len(), 1);
                list.push(end, &element);
                model.insert(if end == End::Left { 0 } else { model.len() }, element);
            }
            3 if index < model.len() => {
                list.grow(limits, element.len(), 1);
                list.insert(index, end == End::Right, &element);
                model.insert(index + usize::from(end == End::Right), element);
            }
            4 if index < model.len() => {
                list.grow(limits, element.len(), 1);
                list.replace(index, &element);
                model[index] = element;
            }
            5 => {
                let count = input.below(9).min(model.len() - index.min(model.len()));
                if count > 0 {
                    list.remove(index, count);
                    list.shrink(limits);
                    model.drain(index..index + count);
                }
            }
            6 => {
                let limit = 1 + input.below(4);
                let mut equal: Vec<_> =
                    (0..model.len()).filter(|&index| model[index] == element).collect();
                match end {
                    End::Left => equal.truncate(limit),
                    End::Right => drop(equal.drain(..equal.len().saturating_sub(limit))),
                }
                assert_eq!(list.remove_equal(&element, limit, end), equal.len());
                equal.iter().rev().for_each(|&index| drop(model.remove(index)));
                list.shrink(limits);
            }
            _ if operation < 64 => list.settle(limits),
            _ => {
                let (back, max) = (end == End::Left, input.below(2 * model.len() + 2));
                let wanted = model.get(index).filter(|_| operation.is_multiple_of(3));
                let wanted = wanted.cloned().unwrap_or(element);
                let found: Vec<_> = list.as_ref().matches(&wanted, back, max).collect();
                assert_eq!(found, matches(model, &wanted, back, max));
            }
        }
    }

    fn check(value: &Value, model: &Self::Model) {
        let list = List::view(value).expect("it is a list");
        assert_eq!(list.len(), model.len());
        assert!(list.iter().map(Item::to_vec).eq(model.iter().cloned()));
        assert!(list.iter_back().map(Item::to_vec).eq(model.iter().rev().cloned()));
        for (index, element) in model.iter().enumerate().step_by(7) {
            assert_eq!(list.get(index).map(Item::to_vec).as_ref(), Some(element));
        }
        if let Value::ListChunks(chunks) = value {
            chunks.invariants();
        }
    }
}

/// The indexes of the elements of `model` equal to `wanted`, among the first `max` from an end on.
fn matches(model: &[Vec<u8>], wanted: &[u8], back: bool, max: usize) -> Vec<usize> {
    let mut all: Vec<_> = (0..model.len()).collect();
    if back {
        all.reverse();
    }
    all.truncate(max);
    all.retain(|&index| model[index] == wanted);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::prng::Prng;

    #[test]
    fn values_of_all_kinds_and_forms_agree_with_models() {
        for seed in 0..120 {
            let mut prng = Prng::from_seed(seed);
            let len = prng.below(3000);
            let data: Vec<u8> = (0..len).map(|_| prng.next_u64() as u8).collect();
            let outcome = std::panic::catch_unwind(|| ops(&data));
            assert!(outcome.is_ok(), "seed {seed}");
        }
    }

    #[test]
    fn corpus_passes() {
        crate::base::fuzz::corpus("value_ops", ops);
    }
}
