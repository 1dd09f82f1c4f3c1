use super::chunk::{exceeds, listpack_bytes, mark};
use super::*;
use crate::base::prng::Prng;

const FILL: i32 = 16;
const LIMITS: Limits = Limits { fill: FILL, depth: 0 };

fn all(value: &Value) -> Vec<Vec<u8>> {
    let list = List::view(value).expect("it is a list");
    let items: Vec<_> = list.iter().map(Item::to_vec).collect();
    let mut back: Vec<_> = list.iter_back().map(Item::to_vec).collect();
    back.reverse();
    assert_eq!(items, back, "both directions meet the same elements");
    items
}

fn element(prng: &mut Prng) -> Vec<u8> {
    match prng.below(3) {
        0 => prng.below(30).to_string().into_bytes(),
        1 => vec![b'a' + prng.below(4) as u8; prng.below(4) as usize],
        _ => vec![b'z'; prng.below(200) as usize],
    }
}

/// One random change, made to both.
fn change(value: &mut Value, model: &mut Vec<Vec<u8>>, prng: &mut Prng) {
    let mut list = List::view_mut(value).expect("it is a list");
    let text = element(prng);
    let index = if model.is_empty() { 0 } else { prng.below(model.len() as u64) as usize };
    match prng.below(if model.is_empty() { 4 } else { 12 }) {
        0..=1 => {
            list.grow(LIMITS, text.len(), 1);
            list.push(End::Left, &text);
            model.insert(0, text);
        }
        2..=3 => {
            list.grow(LIMITS, text.len(), 1);
            list.push(End::Right, &text);
            model.push(text);
        }
        4..=7 => {
            let after = prng.below(2) == 1;
            list.grow(LIMITS, text.len(), 1);
            list.insert(index, after, &text);
            model.insert(index + usize::from(after), text);
        }
        8 => {
            list.grow(LIMITS, text.len(), 1);
            list.replace(index, &text);
            model[index] = text;
        }
        9..=10 => {
            let count = 1 + prng.below((model.len() - index).min(40) as u64) as usize;
            list.remove(index, count);
            list.shrink(LIMITS);
            model.drain(index..index + count);
        }
        _ => {
            let limit = 1 + prng.below(3) as usize;
            let from = if prng.below(2) == 0 { End::Left } else { End::Right };
            let removed = list.remove_equal(&text, limit, from);
            let mut equal: Vec<_> = (0..model.len()).filter(|&i| model[i] == text).collect();
            if from == End::Left {
                equal.truncate(limit);
            } else {
                equal.drain(..equal.len().saturating_sub(limit));
            }
            assert_eq!(removed, equal.len());
            equal.iter().rev().for_each(|&i| drop(model.remove(i)));
        }
    }
}

#[test]
fn a_list_is_a_vector_in_either_form_and_clones_never_change() {
    for seed in 0..4 {
        let mut prng = Prng::from_seed(seed);
        let (mut value, mut model) = (List::empty(), Vec::new());
        let mut frozen = Vec::new();
        let mut was_large = false;
        for _ in 0..1_500 {
            change(&mut value, &mut model, &mut prng);
            was_large |= matches!(value, Value::ListChunks(_));
            if prng.below(60) == 0 {
                assert_eq!(all(&value), model, "seed {seed}");
                frozen.push((value.clone(), model.clone()));
            }
        }
        assert!(was_large);
        for (view, then) in frozen {
            assert_eq!(all(&view), then, "seed {seed}");
        }
    }
}

#[test]
fn chunks_know_their_size_as_listpacks_and_stay_within_the_limit() {
    let mut prng = Prng::from_seed(3);
    let (mut value, mut model) = (List::empty(), Vec::new());
    for _ in 0..1_500 {
        change(&mut value, &mut model, &mut prng);
        if let Value::ListChunks(chunks) = &value {
            chunks.invariants();
            for chunk in chunks.iter() {
                assert_eq!(chunk.bytes(), listpack_bytes(chunk.run()));
                assert!(chunk.run().len() <= FILL as usize);
                assert!(chunk.run().iter().all(|item| chunk.may_hold(mark(item))));
            }
        }
    }
}

#[test]
fn every_element_is_found_from_either_end_and_no_other() {
    let mut prng = Prng::from_seed(8);
    let (mut value, mut model) = (List::empty(), Vec::new());
    for step in 0..2_000 {
        change(&mut value, &mut model, &mut prng);
        if step % 20 != 0 {
            continue;
        }
        let frozen = value.clone();
        let view = List::view(&frozen).expect("it is a list");
        let absent = element(&mut prng);
        let max = prng.below(2 * model.len() as u64 + 1) as usize;
        for wanted in model.iter().step_by(5).chain([&absent]) {
            let mut all: Vec<_> = (0..model.len()).filter(|&i| model[i] == *wanted).collect();
            let found: Vec<_> = view.matches(wanted, false, usize::MAX).collect();
            assert_eq!(found, all);
            assert_eq!(view.find(wanted), all.first().copied());
            let some: Vec<_> = all.iter().copied().filter(|&i| i < max).collect();
            assert!(view.matches(wanted, false, max).eq(some));
            all.reverse();
            assert!(view.matches(wanted, true, usize::MAX).eq(all.iter().copied()));
            all.retain(|&i| i + max >= model.len());
            assert!(view.matches(wanted, true, max).eq(all));
        }
    }
}

#[test]
fn chunks_that_cannot_hold_an_element_are_told_by_their_range() {
    let ids = |text: fn(i64) -> String| {
        let mut value = List::empty();
        let mut list = List::view_mut(&mut value).expect("it is a list");
        for id in 0..2_000 {
            list.grow(LIMITS, text(id).len(), 1);
            list.push(End::Right, text(id).as_bytes());
        }
        let Value::ListChunks(chunks) = &value else { panic!("it is large") };
        let wanted = text(1_234);
        let may = chunks.iter().filter(|chunk| chunk.may_hold(mark(Item::new(wanted.as_bytes()))));
        assert_eq!(may.count(), 1);
        assert_eq!(List::view(&value).and_then(|list| list.find(wanted.as_bytes())), Some(1_234));
    };
    ids(|id| (id - 1_000).to_string());
    ids(|id| format!("{id:09}"));
    ids(|id| format!("job:2026-11-27:{id:06}"));
    ids(|id| format!("{id:05}"));
}

#[test]
fn limits_are_bytes_if_negative_and_elements_if_not() {
    assert!(!exceeds(-2, 8192, usize::MAX) && exceeds(-2, 8193, 1));
    assert!(!exceeds(-1, 4096, 1) && exceeds(-9, 65537, 1));
    assert!(!exceeds(0, 10, 1) && exceeds(0, 10, 2));
    assert!(!exceeds(128, 8192, 128) && exceeds(128, 10, 129) && exceeds(128, 8193, 1));
}

#[test]
fn indexes_count_from_the_end_if_negative() {
    let mut value = List::empty();
    let mut list = List::view_mut(&mut value).expect("it is a list");
    ["a", "b", "c"].iter().for_each(|text| list.push(End::Right, text.as_bytes()));
    let list = list.as_ref();
    let indexes = [0, 2, 3, -1, -3, -4, i64::MIN, i64::MAX].map(|index| list.index(index));
    assert_eq!(indexes, [Some(0), Some(2), None, Some(2), Some(0), None, None, None]);
}

#[test]
fn a_large_list_keeps_the_limits_that_it_was_made_with() {
    let mut value = List::empty();
    let mut list = List::view_mut(&mut value).expect("it is a list");
    let limits = |fill| Limits { fill, depth: 1 };
    for fill in [3, 3, 3, 3, 100, 100, -1] {
        list.grow(limits(fill), 1, 1);
        list.push(End::Right, b"x");
    }
    let Value::ListChunks(chunks) = &value else { panic!("it is large") };
    let counts: Vec<_> = chunks.iter().map(|chunk| chunk.run().len()).collect();
    assert_eq!((counts, chunks.fill(), chunks.is_compressed()), (vec![3, 3, 1], 3, true));
    assert_eq!(chunks.figures(), (3, 7 * 3 + 7 * 3));
    let mut list = List::view_mut(&mut value).expect("it is a list");
    list.remove(3, 4);
    list.shrink(limits(5));
    assert!(matches!(list.as_ref(), ListRef::Chunks(_)), "half of the limit of now is below");
    list.shrink(limits(6));
    assert!(matches!(list.as_ref(), ListRef::Packed(_)));
    let mut wild = Chunks::new(Limits { fill: i32::MIN, depth: -1 });
    assert_eq!((wild.fill(), wild.is_compressed()), (-5, false));
    wild = Chunks::new(Limits { fill: i32::MAX, depth: i32::MAX });
    assert_eq!((wild.fill(), wild.is_compressed()), (32_767, true));
}
