use std::collections::BTreeMap;

use super::*;
use crate::base::prng::Prng;

fn rules(entries: usize) -> Rules {
    Rules { entries, value: 8, hasher: KeyHasher::new([7; 16]) }
}

type Model = BTreeMap<Vec<u8>, f64>;

fn sorted(model: &Model) -> Vec<(Vec<u8>, f64)> {
    let mut all: Vec<_> = model.iter().map(|(member, score)| (member.clone(), *score)).collect();
    all.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    all
}

fn check(value: &Value, model: &Model) {
    let zset = Zset::view(value).expect("it is a sorted set");
    let expected = sorted(model);
    let text = |(member, score): (Item<'_>, f64)| (member.to_vec(), score);
    assert!(zset.iter().map(text).eq(expected.iter().cloned()));
    assert_eq!(zset.len(), expected.len());
    if let Some(last) = expected.len().checked_sub(1) {
        assert!(zset.iter_back_from(last).map(text).eq(expected.iter().rev().cloned()));
    }
    for (rank, (member, score)) in expected.iter().enumerate() {
        assert_eq!(zset.rank(member), Some((rank, *score)));
    }
    for border in [-3.0, 0.0, 2.5, f64::INFINITY] {
        let below = expected.iter().filter(|(_, score)| *score < border).count();
        assert_eq!(zset.partition(|score, _| score < border), below);
    }
    if let ZsetRef::Tree(ranked) = zset {
        ranked.invariants();
    }
}

#[test]
fn both_forms_are_a_sorted_map_and_clones_never_change() {
    for entries in [0, 20, 1000] {
        let rules = rules(entries);
        let mut prng = Prng::from_seed(entries as u64);
        let mut value = Zset::with_hint(1, 1, rules);
        let mut model = Model::new();
        let mut frozen = Vec::new();
        for step in 0..1_500 {
            let member = prng.below(150).to_string().into_bytes();
            let score = [0.5, 1.0, -2.0, 3e300, f64::NEG_INFINITY][prng.below(5) as usize];
            let mut zset = Zset::view_mut(&mut value).expect("it is a sorted set");
            match (model.contains_key(&member), prng.below(3)) {
                (true, 0) => {
                    assert!(zset.remove(&member));
                    model.remove(&member);
                }
                (true, _) => {
                    zset.update(&member, score);
                    model.insert(member, score);
                }
                (false, 0) => assert!(!zset.remove(&member)),
                (false, _) => {
                    zset.insert(&member, score, rules);
                    model.insert(member, score);
                }
            }
            if step % 250 == 249 {
                let rank = prng.below(model.len() as u64) as usize;
                let count = (model.len() - rank).min(7);
                let gone: Vec<_> = sorted(&model)[rank..rank + count].to_vec();
                Zset::view_mut(&mut value).expect("it is a sorted set").remove_ranks(rank, count);
                model.retain(|member, _| !gone.iter().any(|(other, _)| other == member));
            }
            if prng.below(100) == 0 {
                check(&value, &model);
                frozen.push((value.clone(), model.clone()));
            }
        }
        for (view, then) in frozen {
            check(&view, &then);
        }
    }
}

#[test]
fn it_becomes_large_by_number_and_by_length_and_stays_large() {
    let rules = rules(3);
    let large = |value: &Value| matches!(value, Value::ZsetTree(_));
    let mut value = Zset::with_hint(3, 8, rules);
    for member in ["a", "b", "c", "d"] {
        assert!(!large(&value), "before {member}");
        Zset::view_mut(&mut value).expect("a sorted set").insert(member.as_bytes(), 1.0, rules);
    }
    assert!(large(&value));
    Zset::view_mut(&mut value).expect("a sorted set").remove_ranks(0, 3);
    assert!(large(&value));
    assert!(large(&Zset::with_hint(4, 1, rules)) && large(&Zset::with_hint(1, 9, rules)));
    let mut value = Zset::with_hint(1, 1, rules);
    Zset::view_mut(&mut value).expect("a sorted set").insert(b"123456789", 1.0, rules);
    assert!(large(&value));
}

#[test]
fn scores_keep_every_bit_but_the_sign_of_a_small_zero() {
    let rules = rules(10);
    let scores =
        [0.1, -1e-310, 1e300, f64::INFINITY, (1_u64 << 62) as f64, 9_007_199_254_740_993.0];
    let mut value = Zset::with_hint(1, 1, rules);
    for (number, score) in scores.into_iter().chain([-0.0]).enumerate() {
        let name = number.to_string();
        Zset::view_mut(&mut value).expect("a sorted set").insert(name.as_bytes(), score, rules);
    }
    let zset = Zset::view(&value).expect("a sorted set");
    for (number, score) in scores.into_iter().chain([0.0]).enumerate() {
        let stored = zset.score(number.to_string().as_bytes()).expect("it is there");
        assert_eq!(stored.to_bits(), score.to_bits(), "{score}");
    }
}
