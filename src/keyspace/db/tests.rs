use std::collections::BTreeMap;

use super::*;
use crate::base::prng::Prng;

type Model = BTreeMap<Vec<u8>, Option<Millis>>;

fn database() -> Db {
    Db::new(KeyHasher::new([7; 16]))
}

fn put(db: &mut Db, key: &[u8], expiry: Option<Millis>) {
    let hash = db.table().hash(key);
    db.put(hash, key, Header::inline(false, 0, expiry), b"value", None);
}

/// Removes what is due as active expiry does, and the same from the model.
fn expire(db: &mut Db, model: &mut Model, now: Millis, limit: usize) {
    let mut expired = Expired::default();
    while db.collect_due(now, limit, &mut expired).is_some() {
        assert!(expired.len() <= limit);
        for key in expired.iter() {
            assert!(model.remove(key).flatten().is_some_and(|at| at < now), "an early death");
            let hash = db.table().hash(key);
            assert!(db.remove(hash, key).is_some());
        }
        expired.clear();
    }
    assert!(model.values().all(|at| at.is_none_or(|at| at >= now)), "all that is due is found");
}

fn check(db: &mut Db, model: &Model) {
    db.invariants();
    assert_eq!(db.len(), model.len());
    let earliest = model.values().flatten().min();
    let next = db.next_due();
    assert!(earliest.is_none_or(|&at| next.is_some_and(|next| next <= at.max(0))));
}

#[test]
fn expiry_agrees_with_a_model_while_the_table_grows_and_shrinks() {
    for seed in 0..6 {
        let (mut prng, mut db, mut model) = (Prng::from_seed(seed), database(), Model::new());
        let mut now = 1_000;
        for phase in 0..6 {
            let (grow, keys) = if phase % 2 == 0 { (8, 20_000) } else { (2, 4_000) };
            for _ in 0..6_000 {
                let key = format!("key:{}", prng.below(keys)).into_bytes();
                let hash = db.table().hash(&key);
                let at = prng.below(4).gt(&0).then(|| now - 50 + prng.below(3_000) as Millis);
                if prng.below(10) >= grow {
                    assert_eq!(db.remove(hash, &key).is_some(), model.remove(&key).is_some());
                } else if model.contains_key(&key) && prng.below(2) == 0 {
                    db.set_expiry(hash, &key, at);
                    model.insert(key, at);
                } else {
                    put(&mut db, &key, at);
                    model.insert(key, at);
                }
            }
            check(&mut db, &model);
            now += 700;
            expire(&mut db, &mut model, now, 1 + prng.below(50) as usize);
            check(&mut db, &model);
        }
        expire(&mut db, &mut model, Millis::MAX, 1000);
        assert_eq!(db.volatile(), 0);
        assert_eq!(db.next_due(), None);
        check(&mut db, &model);
    }
}

#[test]
fn expiries_that_only_fall_do_not_fill_the_index() {
    let (mut db, mut model) = (database(), Model::new());
    let hash = db.table().hash(b"key");
    put(&mut db, b"key", Some(100_000));
    for at in (1_000..100_000).rev() {
        db.set_expiry(hash, b"key", Some(at));
    }
    model.insert(b"key".to_vec(), Some(1_000));
    check(&mut db, &model);
    assert!(db.due_entries() <= 2 * db.table().segments() + DUE_SPARE);
}

#[test]
fn negative_expiries_are_due_at_any_time() {
    let mut db = database();
    put(&mut db, b"old", Some(Millis::MIN));
    put(&mut db, b"new", Some(5));
    db.invariants();
    let mut expired = Expired::default();
    assert_eq!(db.collect_due(1, 10, &mut expired), Some(2));
    assert_eq!(expired.iter().collect::<Vec<_>>(), [b"old"]);
    assert_eq!(expired.earliest, Some(Millis::MIN));
}

#[test]
fn the_average_time_to_live_is_exact() {
    let mut db = database();
    put(&mut db, b"a", Some(1_000));
    put(&mut db, b"b", Some(2_000));
    put(&mut db, b"c", None);
    assert_eq!((db.volatile(), db.average_ttl(500)), (2, 1_000));
    put(&mut db, b"b", None);
    assert_eq!((db.volatile(), db.average_ttl(500)), (1, 500));
    assert_eq!(db.average_ttl(5_000), 0);
}
