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

/// A member of any form, alike ones in the order of their numbers.
fn member(kind: u64, number: u64) -> Vec<u8> {
    match kind {
        0 => format!("{number:06}").into_bytes(),
        1 => format!("a prefix that no border holds inline: {number:06}").into_bytes(),
        2 => format!("{}{number:06}", "long ".repeat(30)).into_bytes(),
        _ => format!("{number:06}{}", "x".repeat(number as usize % 300)).into_bytes(),
    }
}

#[test]
fn a_tree_of_many_leaves_is_a_sorted_map_and_clones_never_change() {
    // Distinct scores, few scores, one score: what decides is the score, both, the member.
    for (kind, scores) in [(0, 1_000_000), (0, 1), (1, 3), (1, 1), (2, 1), (3, 50)] {
        let mut prng = Prng::from_seed(kind * 100 + scores);
        let mut ranked = Ranked::new(rules(0).hasher);
        let mut model = Model::new();
        let mut frozen: Vec<(Ranked, Model)> = Vec::new();
        for step in 0..12_000 {
            let name = member(kind, prng.below(8_000));
            // Grows, then shrinks.
            if prng.below(100) < if step < 6_000 { 85 } else { 15 } {
                let score = prng.below(scores) as f64 - 20.0;
                assert_eq!(ranked.set(&name, score), model.insert(name, score));
            } else {
                let near =
                    model.range(name.clone()..).next().map_or(name, |(near, _)| near.clone());
                assert_eq!(ranked.remove(&near), model.remove(&near));
            }
            if step % 2_000 == 1_999 {
                let (rank, count) = (model.len() / 3, model.len() / 20);
                for (gone, _) in &sorted(&model)[rank..rank + count] {
                    model.remove(gone);
                }
                ranked.remove_ranks(rank, count);
                check_ranked(&ranked, &model);
                frozen.push((ranked.clone(), model.clone()));
            }
        }
        for (view, then) in frozen {
            check_ranked(&view, &then);
        }
    }
}

fn check_ranked(ranked: &Ranked, model: &Model) {
    ranked.invariants();
    let expected = sorted(model);
    let pair = |scored: Scored<'_>| (scored.member.to_vec(), scored.score);
    assert!(ranked.tree().iter().map(pair).eq(expected.iter().cloned()));
    for (rank, (member, score)) in expected.iter().enumerate().step_by(17) {
        assert_eq!(ranked.rank(*score, member), rank);
        assert_eq!(ranked.partition(|s, m| s < *score || s == *score && m < &member[..]), rank);
        let first = expected.partition_point(|(_, other)| other < score);
        assert_eq!(ranked.partition(|s, _| s < *score), first);
        let back = ranked.tree().iter_back_from(rank).map(pair).take(200);
        assert!(back.eq(expected[..=rank].iter().rev().take(200).cloned()));
    }
}

#[test]
fn memory_of_a_large_one_is_that_of_its_members() {
    let bytes = |kind, count| {
        let mut ranked = Ranked::new(rules(0).hasher);
        for number in 0..count {
            let number = number * 1_000_003 % count;
            ranked.set(&member(kind, number), number as f64);
        }
        ranked.memory() / count as usize
    };
    // Six bytes, and a score, twice: 28; the table adds a header and a slot, the tree an end.
    assert!((40..=56).contains(&bytes(0, 30_000)), "{}", bytes(0, 30_000));
    // Twice 156 bytes.
    assert!((340..=450).contains(&bytes(2, 10_000)), "{}", bytes(2, 10_000));
}
