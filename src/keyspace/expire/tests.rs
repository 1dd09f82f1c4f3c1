use super::*;
use crate::base::hash::KeyHasher;
use crate::keyspace::record::Header;

fn put(space: &mut Keyspace, db: usize, key: &str, at: Millis) {
    let hash = space.dbs[db].table().hash(key.as_bytes());
    space.dbs[db].put(hash, key.as_bytes(), Header::inline(false, 0, Some(at)), b"v", None);
}

fn space(databases: usize) -> Keyspace {
    Keyspace::new(databases, KeyHasher::new([1; 16]), 1)
}

#[test]
fn a_pass_is_bounded_and_all_keys_go_in_the_end() {
    let (mut space, mut changes) = (space(1), Changes::default());
    let keys = 100_000;
    (0..keys).for_each(|n| put(&mut space, 0, &format!("key:{n}"), 1_000));
    assert_eq!(expire_due(&mut space, &mut changes, 1_000), Pass::default(), "not yet");
    let mut passes = 0;
    loop {
        let pass = expire_due(&mut space, &mut changes, 1_001);
        let segment = 2_000 * REMOVAL;
        assert!(pass.work <= WORK_MAX + segment, "{pass:?}");
        assert!(pass.is_efficient());
        passes += 1;
        if !pass.more {
            break;
        }
    }
    assert_eq!(space.stats.expired, keys);
    assert!(space.dbs[0].is_empty());
    assert!(passes <= 2 * keys as usize * REMOVAL / WORK_MAX, "{passes} passes");
    assert_eq!(space.stats.expire_capped, passes as u64 - 1);
}

#[test]
fn what_was_due_first_goes_first_in_whatever_database() {
    let (mut space, mut changes) = (space(4), Changes::default());
    for (db, at) in [(0, 1_300), (1, 1_200), (2, 1_100), (3, 1_000)] {
        (0..5_000).for_each(|n| put(&mut space, db, &format!("key:{n}"), at));
    }
    while expire_due(&mut space, &mut changes, 2_000).more {
        let left = [3, 2, 1, 0].map(|db| space.dbs[db].len());
        let started = left.iter().filter(|len| (1..5_000).contains(*len)).count();
        assert!(started <= 1 && left.is_sorted(), "{left:?}");
    }
    assert_eq!(space.stats.expired, 20_000);
}

#[test]
fn lag_is_that_of_the_latest_death() {
    let (mut space, mut changes) = (space(2), Changes::default());
    put(&mut space, 0, "a", 1_000);
    put(&mut space, 1, "b", 1_500);
    expire_due(&mut space, &mut changes, 1_600);
    assert_eq!(space.stats.expire_lag_ms, 600);
    put(&mut space, 1, "c", 1_700);
    expire_due(&mut space, &mut changes, 1_701);
    assert_eq!(space.stats.expire_lag_ms, 1);
    expire_due(&mut space, &mut changes, 1_800);
    assert_eq!(space.stats.expire_lag_ms, 0);
}
