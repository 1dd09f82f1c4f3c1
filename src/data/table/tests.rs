//! Properties of the table as a whole.

use super::*;

fn table<X>() -> Table<X> {
    Table::new(KeyHasher::new(*b"a seed for tests"))
}

fn put(table: &mut Table<u32>, number: u32) {
    let key = number.to_be_bytes();
    table.insert(table.hash(&key), &key, &[b"payload"], None);
}

fn cut(table: &mut Table<u32>, number: u32) -> bool {
    let key = number.to_be_bytes();
    table.remove(table.hash(&key), &key).is_some()
}

fn number(entry: Entry<'_, u32>) -> u32 {
    u32::from_be_bytes(entry.key().try_into().unwrap())
}

#[test]
fn random_operations_agree_with_a_model() {
    for seed in 0..300 {
        let mut prng = Prng::from_seed(seed);
        let len = 200 + prng.below(if seed % 10 == 0 { 20_000 } else { 3_000 });
        let data: Vec<u8> = (0..len).map(|_| prng.next_u64() as u8).collect();
        let outcome = std::panic::catch_unwind(|| fuzz::ops(&data));
        assert!(outcome.is_ok(), "seed {seed}");
    }
}

#[test]
fn table_and_views_may_cross_threads() {
    fn crosses<T: Send + Sync>() {}
    crosses::<Table<std::sync::Arc<u8>>>();
    crosses::<Frozen<std::sync::Arc<u8>>>();
    crosses::<Segments<std::sync::Arc<u8>>>();
}

#[test]
fn growth_and_shrinking_keep_segments_between_bounds() {
    let mut table = table();
    for n in 0..40_000 {
        put(&mut table, n);
        assert!(table.len() <= table.segments() * TARGET);
    }
    table.invariants();
    let full = table.segments();
    assert_eq!(full, 40_000usize.div_ceil(TARGET));
    for n in 0..39_990 {
        assert!(cut(&mut table, n));
        assert!(table.segments() == 1 || table.len() >= table.segments() * TARGET_LOW);
    }
    table.invariants();
    assert_eq!(table.segments(), 1);
    assert!(table.memory() < 4096, "{} bytes for ten elements", table.memory());
}

#[test]
fn scan_step_visits_about_count_elements_in_order_of_position() {
    let mut table = table();
    (0..30_000).for_each(|n| put(&mut table, n));
    for count in [1, 10, 1000] {
        let (mut cursor, mut seen, mut last) = (0, 0, 0);
        loop {
            let mut visited = 0;
            cursor = table.scan_count(cursor, count, |entry| {
                visited += 1;
                // Prefix and tag: six bits and sixteen, in the larger segments.
                let position = table.hash(entry.key()).0 >> 42;
                assert!(position >= last, "order of position");
                last = position;
            });
            assert!(visited <= count + 4);
            seen += visited;
            if cursor == 0 {
                break;
            }
            assert!(visited >= count);
        }
        assert_eq!(seen, table.len());
    }
}

#[test]
fn scan_gives_what_stays_exactly_once_while_the_table_grows_and_shrinks() {
    for seed in 0..10 {
        let mut prng = Prng::from_seed(seed);
        let mut table = table();
        let stay = 1 + prng.below(1_000) as u32;
        (0..stay).for_each(|n| put(&mut table, n));
        let mut seen = vec![0u8; stay as usize];
        let (mut cursor, mut others) = (0, stay..stay);
        loop {
            cursor = table.scan_count(cursor, 10, |entry| {
                if let Some(times) = seen.get_mut(number(entry) as usize) {
                    *times += 1;
                }
            });
            if cursor == 0 {
                break;
            }
            // Swings between nothing and twenty thousand others, several times per walk.
            if prng.below(3) == 0 {
                let more = prng.below(9_000) as u32;
                (others.end..others.end + more).for_each(|n| put(&mut table, n));
                others.end += more;
            } else if others.len() > 10_000 {
                others.clone().for_each(|n| assert!(cut(&mut table, n)));
                others.start = others.end;
            }
        }
        assert!(seen.iter().all(|&times| times == 1), "seed {seed}");
    }
}

#[test]
fn cursor_of_a_large_table_is_exact_in_a_small_one() {
    // In one segment the elements on both sides of a cursor may share a tag.
    for walk in 1..=12 {
        let mut table = table();
        (0..30_000).for_each(|n| put(&mut table, n));
        let (mut cursor, mut before) = (0, Vec::new());
        for _ in 0..walk * 10 {
            before.clear();
            cursor = table.scan_count(cursor, 10, |entry| before.push(number(entry)));
        }
        let mut after = Vec::new();
        table.scan_count(cursor, 10, |entry| after.push(number(entry)));
        (0..30_000)
            .filter(|n| !before.contains(n) && !after.contains(n))
            .for_each(|n| assert!(cut(&mut table, n)));
        let mut rest = Vec::new();
        let end = table.scan_count(cursor, 100, |entry| rest.push(number(entry)));
        after.sort_unstable();
        rest.sort_unstable();
        assert_eq!((end, rest), (0, after));
    }
}

#[test]
fn any_number_is_a_harmless_cursor() {
    let mut table = table();
    (0..3_000).for_each(|n| put(&mut table, n));
    let mut prng = Prng::from_seed(1);
    for shift in 0..64 {
        let cursor = prng.next_u64() >> shift;
        let next = table.scan(cursor, |_| ());
        assert!(next == 0 || next > cursor);
    }
    assert_eq!(table.scan_count(1 << 48, 10, |_| panic!("beyond the last")), 0);
}

#[test]
fn random_is_fair_between_full_and_empty_segments() {
    // A split round half done: a third of the segments are half as full as the others.
    let mut table = table();
    let count = TARGET as u32 * 6 - 100;
    (0..count).for_each(|n| put(&mut table, n));
    let shape = table.shape();
    assert!(shape.largest * 3 > shape.smallest * 4, "uneven segments");
    let mut hits = vec![0u32; count as usize];
    let mut prng = Prng::from_seed(3);
    let draws = count * 100;
    for _ in 0..draws {
        hits[number(table.random(&mut prng).unwrap()) as usize] += 1;
    }
    let chi: f64 = hits.iter().map(|&n| (f64::from(n) - 100.0).powi(2) / 100.0).sum();
    let freedom = f64::from(count - 1);
    let deviation = (chi - freedom) / (2.0 * freedom).sqrt();
    assert!(deviation.abs() < 4.0, "chi-square is {deviation} deviations off");
}

#[test]
fn reading_and_touching_copy_nothing_while_frozen() {
    let mut table = table();
    (0..20_000).for_each(|n| put(&mut table, n));
    let hash = table.hash(&5u32.to_be_bytes());
    let before = std::ptr::from_ref(&**table.root.segment(table.segment_index(hash)));
    let frozen = table.freeze();
    assert!(table.get_mut_if_owned(hash, &5u32.to_be_bytes()).is_none());
    assert!(matches!(table.touch(hash, &5u32.to_be_bytes()), Some(Touch::Shared(_))));
    assert!(table.get_mut(hash, b"absent").is_none());
    assert!(table.remove(hash, b"absent").is_none());
    table.set_hint(0, 7);
    let same = std::ptr::from_ref(&**table.root.segment(table.segment_index(hash)));
    assert_eq!(before, same);
    drop(frozen);
    assert!(table.get_mut_if_owned(hash, &5u32.to_be_bytes()).is_some());
}

#[test]
fn a_write_after_a_freeze_copies_one_segment() {
    let mut table = table();
    (0..60_000).for_each(|n| put(&mut table, n));
    let frozen = table.freeze();
    put(&mut table, 5);
    let own = |table: &Table<u32>, index: usize| {
        table.root.chunks[index / CHUNK].is_unique() && table.root.segment(index).is_unique()
    };
    assert_eq!((0..table.segments()).filter(|&index| own(&table, index)).count(), 1);
    // Whoever consumes the view gives back segment by segment.
    let mut segments = frozen.into_segments();
    for given in 1..=100 {
        drop(segments.next());
        assert!((0..given).all(|index| own(&table, index)), "{given} segments are given back");
    }
}

#[test]
fn large_payloads_split_segments_before_arenas_are_full() {
    let mut table = table::<u32>();
    for n in 0..5_000u32 {
        let key = n.to_be_bytes();
        table.insert(table.hash(&key), &key, &[&[0; 400]], None);
    }
    table.invariants();
    let shape = table.shape();
    assert_eq!(shape.boxed, 0, "{shape:?}");
    assert!(shape.segments > 30 && shape.segments < 60, "{shape:?}");
    (0..4_990).for_each(|n| assert!(cut(&mut table, n)));
    assert_eq!(table.segments(), 1);
}

#[test]
fn an_operation_replaces_two_segments_at_most() {
    let mut table = table();
    let all = |table: &Table<u32>| -> Vec<usize> {
        let segments = (0..table.segments()).map(|index| table.root.segment(index));
        segments.map(|segment| std::ptr::from_ref(&**segment).addr()).collect()
    };
    let mut before = all(&table);
    for n in 0..12_000 {
        if n < 6_000 {
            put(&mut table, n)
        } else {
            assert!(cut(&mut table, n - 6_000))
        }
        let after = all(&table);
        let same = before.iter().zip(&after).filter(|(one, other)| one == other).count();
        assert!(before.len().max(after.len()) - same <= 2);
        before = after;
        if n % 500 == 0 {
            assert!(table.shape().largest < TARGET * 2, "a segment is bounded");
        }
    }
}

#[test]
fn growth_moves_objects_and_clones_them_only_for_a_view() {
    struct Object(#[expect(dead_code, reason = "kept for its count")] std::sync::Arc<()>);
    impl Clone for Object {
        fn clone(&self) -> Self {
            Self(std::sync::Arc::new(()))
        }
    }
    let original = std::sync::Arc::new(());
    let mut table = table();
    let grow = |table: &mut Table<Object>, from: u32| {
        for key in (from..from + 5_000).map(u32::to_be_bytes) {
            table.insert(table.hash(&key), &key, &[], Some(Object(original.clone())));
        }
    };
    grow(&mut table, 0);
    assert_eq!(std::sync::Arc::strong_count(&original), 5_001, "all are still the originals");
    let view = table.freeze();
    grow(&mut table, 5_000);
    assert_eq!(std::sync::Arc::strong_count(&original), 10_001, "the view keeps the originals");
    drop((view, table));
    assert_eq!(std::sync::Arc::strong_count(&original), 1);
}

#[test]
fn arena_that_is_full_falls_back_to_boxed_records() {
    // Twice as many elements as a segment gets, so the table is left out of it.
    let mut segment = Segment::<u32>::new();
    let payload = |n: u32| vec![n as u8; 400 + n as usize % 80];
    let tag = |n: u32| (n * 40_503) as u16;
    for n in 0..600 {
        let at = segment.find(tag(n), &n.to_be_bytes()).unwrap_err();
        segment.insert(at, tag(n), &n.to_be_bytes(), &[&payload(n)], Some(n));
    }
    segment.invariants(|_, _| true);
    let sizes = segment.sizes();
    assert!(sizes.boxed > 300 && sizes.boxed < 400, "{} boxed", sizes.boxed);
    assert_eq!(sizes.objects, 600);
    for n in 0..600 {
        let at = segment.find(tag(n), &n.to_be_bytes()).unwrap();
        let entry = segment.entry(at);
        assert_eq!((entry.payload(), entry.object()), (&payload(n)[..], Some(&n)));
        let removed = segment.remove(at);
        assert_eq!((removed.payload.to_vec(), removed.object), (payload(n), Some(n)));
        segment.invariants(|_, _| true);
    }
}

#[test]
fn huge_keys_are_shared_by_copies() {
    let mut table = table::<u32>();
    let key = vec![b'x'; 1 << 20];
    let hash = table.hash(&key);
    table.insert(hash, &key, &[b"one"], None);
    let frozen = table.freeze();
    table.get_mut(hash, &key).unwrap().set(&[b"two"], None);
    let (old, new) = (frozen.get(hash, &key).unwrap(), table.get(hash, &key).unwrap());
    assert_eq!((old.payload(), new.payload()), (&b"one"[..], &b"two"[..]));
    assert_eq!(old.key().as_ptr(), new.key().as_ptr());
}

#[test]
fn overwriting_with_other_sizes_keeps_memory_bounded() {
    let mut table = table::<u32>();
    let mut prng = Prng::from_seed(5);
    let payload = [0u8; 200];
    for round in 0..60_000u32 {
        let key = (round % 2_000).to_be_bytes();
        let len = prng.below(200) as usize;
        table.insert(table.hash(&key), &key, &[&payload[..len]], None);
    }
    table.invariants();
    // Payloads take a hundred bytes on average.
    let shape = table.shape();
    assert!(shape.arena < 2_000 * 110 * 8 / 5, "{shape:?}");
}

#[test]
fn hints_follow_splits_and_merges() {
    let mut table = table();
    put(&mut table, 0);
    assert_eq!(table.hint(0), u64::MAX);
    table.set_hint(0, 50);
    (0..30_000).for_each(|n| put(&mut table, n));
    assert!((0..table.segments()).all(|index| table.hint(index) == 50));
    let last = table.segments() - 1;
    table.set_hint(last, 20);
    (0..29_900).for_each(|n| assert!(cut(&mut table, n)));
    assert_eq!((table.segments(), table.hint(0)), (1, 20));
}

#[test]
fn equal_hashes_are_kept_apart_by_key() {
    // No seed gives this; the index must hold all the same.
    let mut segment = Segment::<u32>::new();
    for tag in [u16::MAX, 0, 0x8000] {
        for n in 0..200u32 {
            let at = segment.find(tag, &n.to_be_bytes()).unwrap_err();
            segment.insert(at, tag, &n.to_be_bytes(), &[b"v"], Some(n));
            segment.invariants(|_, _| true);
        }
    }
    for tag in [u16::MAX, 0, 0x8000] {
        for n in 0..200u32 {
            let at = segment.find(tag, &n.to_be_bytes()).unwrap();
            assert_eq!(segment.remove(at).object, Some(n));
            segment.invariants(|_, _| true);
        }
    }
    assert_eq!(segment.len(), 0);
}

#[test]
fn a_place_serves_several_steps() {
    let mut table = table::<u32>();
    for n in 0..2_000u32 {
        let key = n.to_be_bytes();
        let hash = table.hash(&key);
        let free = table.find(hash, &key).unwrap_err();
        table.insert_at(free, &key, &[b"one"], None);
        let place = table.find(hash, &key).unwrap();
        table.at_mut(place).set(&[b"longer than before"], Some(n));
        let entry = table.at(place);
        assert_eq!((entry.payload(), entry.object()), (&b"longer than before"[..], Some(&n)));
        if n % 500 == 0 {
            let view = table.freeze();
            assert!(table.at_mut_if_owned(place).is_none(), "a view shares it");
            table.at_mut(place).payload_mut()[0] = b'L';
            assert!(table.at_mut_if_owned(place).is_some(), "the change has made a copy");
            drop(view);
        }
    }
    table.invariants();
}
