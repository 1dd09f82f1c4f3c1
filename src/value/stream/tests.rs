//! Streams against a model: random appends, deletions and trims, with frozen copies on the way.

use std::collections::BTreeMap;

use super::group::{Group, Pending};
use super::id::{NewId, StreamId};
use super::{Keep, NodeLimits, Stream, Trim};
use crate::base::prng::Prng;

type Model = BTreeMap<StreamId, Vec<Vec<u8>>>;

const LIMITS: NodeLimits = NodeLimits { bytes: 400, entries: 10 };

fn texts(rng: &mut Prng) -> Vec<Vec<u8>> {
    let words: [&[u8]; 6] = [b"field", b"12", b"-70000", b"x", b"", b"1700000000000"];
    let count = 1 + rng.below(3) as usize;
    (0..2 * count).map(|_| words[rng.below(6) as usize].to_vec()).collect()
}

fn check(stream: &Stream, model: &Model) {
    let flat = |entry: super::node::Entry<'_>| {
        let text =
            |element: super::element::Element<'_>| element.text(&mut itoa::Buffer::new()).to_vec();
        let pairs = entry.pairs().flat_map(|(field, value)| [text(field), text(value)]);
        (entry.id, pairs.collect::<Vec<_>>())
    };
    let (min, max) = (StreamId::MIN, StreamId::MAX);
    assert!(stream.range(min, max).map(flat).eq(model.clone()));
    assert!(stream.range_back(min, max).map(flat).eq(model.clone().into_iter().rev()));
    assert_eq!(stream.len(), model.len() as u64);
    assert_eq!(stream.top(), model.keys().next_back().copied());
    assert_eq!(stream.first_id(), model.keys().next().copied().unwrap_or_default());
}

#[test]
fn streams_agree_with_a_model_and_frozen_ones_stay() {
    let mut rng = Prng::from_seed(11);
    let (mut stream, mut model) = (Stream::default(), Model::new());
    let mut frozen = Vec::new();
    let mut ms = 1;
    for step in 0..4000 {
        match rng.below(10) {
            0..7 => {
                ms += rng.below(2) * rng.below(300);
                let pairs = texts(&mut rng);
                let argv: Vec<&[u8]> = pairs.iter().map(|text| &text[..]).collect();
                let id = stream.append(NewId::Time(ms), 0, &argv, LIMITS).expect("it is above");
                model.insert(id, pairs);
            }
            7 | 8 => {
                let nth = rng.below(1 + model.len() as u64) as usize;
                let id = model.keys().nth(nth).copied().unwrap_or(StreamId::MAX);
                let deleted = stream.delete(&[id, id]);
                assert_eq!(deleted == 1, model.remove(&id).is_some());
                assert!(!stream.contains(id));
            }
            _ => {
                let keep = match model.keys().nth(rng.below(5) as usize) {
                    Some(&id) if rng.below(2) == 0 => Keep::MinId(id),
                    _ => Keep::MaxLen(model.len().saturating_sub(3) as u64),
                };
                let deleted = stream.trim(Trim { keep, approx: false, limit: 0 });
                let before = model.len();
                match keep {
                    Keep::MinId(min) => model.retain(|id, _| *id >= min),
                    Keep::MaxLen(max) => {
                        while model.len() as u64 > max {
                            model.pop_first();
                        }
                    }
                }
                assert_eq!(deleted, (before - model.len()) as u64);
            }
        }
        if step % 500 == 0 {
            frozen.push((stream.clone(), model.clone()));
        }
        if step % 50 == 0 {
            check(&stream, &model);
        }
    }
    frozen.push((stream, model));
    frozen.iter().for_each(|(stream, model)| check(stream, model));
}

#[test]
fn approximate_trimming_removes_whole_nodes_within_the_limit() {
    let mut stream = Stream::default();
    for ms in 1..=95 {
        stream.append(NewId::Time(ms), 0, &[b"f", b"v"], LIMITS).expect("it is above");
    }
    assert_eq!(stream.node_counts().0, 10);
    let mut trim = |keep, limit| stream.trim(Trim { keep, approx: true, limit });
    assert_eq!(trim(Keep::MaxLen(89), 0), 0);
    assert_eq!(trim(Keep::MaxLen(50), 15), 10);
    assert_eq!(trim(Keep::MinId(StreamId::new(30, 0)), 0), 10);
    assert_eq!(trim(Keep::MinId(StreamId::new(31, 0)), 0), 10);
    assert_eq!(stream.len(), 65);
    assert_eq!(stream.first_id(), StreamId::new(31, 0));
}

#[test]
fn what_is_pending_belongs_to_one_consumer() {
    let mut group = Group::new(StreamId::MIN, -1);
    let (one, _) = group.see_consumer(b"one", 5);
    let (two, created) = group.see_consumer(b"two", 6);
    assert!(created && !group.see_consumer(b"two", 7).1);
    let id = StreamId::new(1, 1);
    for to in [&one, &two, &two] {
        group.assign(id, Pending { consumer: to.clone(), time: 0, count: 1 });
    }
    assert!(group.consumer(b"one").expect("it was created").pending().is_empty());
    assert_eq!(group.consumer(b"two").expect("it was created").pending().len(), 1);
    group.deliver_again(id, 9);
    assert_eq!(group.release(id).map(|pending| (pending.time, pending.count)), Some((9, 2)));
    group.assign(id, Pending { consumer: one, time: 0, count: 1 });
    assert_eq!(group.delete_consumer(b"one"), Some(1));
    assert!(group.pending().is_empty() && group.release(id).is_none());
}
