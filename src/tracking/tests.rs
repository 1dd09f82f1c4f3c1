use std::collections::BTreeMap as Model;

use super::prefixes::{Overlap, Prefixes, find_overlap};
use super::*;

fn client(n: u64) -> ClientRef {
    ClientRef { key: ClientKey(n as u32), id: ClientId(n) }
}

#[test]
fn the_table_agrees_with_a_plain_map_whatever_is_taken() {
    let mut rng = Prng::from_seed(11);
    let mut table = Table::default();
    let mut model: Model<Vec<u8>, Vec<ClientRef>> = Model::new();
    for _ in 0..5000 {
        let key = rng.below(60).to_string().into_bytes();
        match rng.below(8) {
            0..5 => {
                let reader = client(rng.below(4));
                table.remember(&key, reader);
                let readers = model.entry(key).or_default();
                if !readers.contains(&reader) {
                    readers.push(reader);
                }
            }
            5..7 => {
                let readers = model.remove(&key).unwrap_or_default();
                assert_eq!(table.take(&key).as_slice(), readers.as_slice());
            }
            _ => {
                let taken = table.take_any(&mut rng);
                assert_eq!(taken.is_none(), model.is_empty());
                if let Some((key, readers)) = taken {
                    assert_eq!(model.remove(&key[..]), Some(readers.to_vec()));
                }
            }
        }
        assert_eq!(table.len(), model.len());
        assert_eq!(table.items(), model.values().map(Vec::len).sum::<usize>());
    }
    drop(table.clear());
    assert_eq!((table.len(), table.items(), table.is_empty()), (0, 0, true));
}

#[test]
fn caching_inverts_the_mode() {
    let mut tracking = Tracking { on: true, ..Tracking::default() };
    assert!(tracking.remembers());
    for (mode, plain) in [(Mode::OptIn, false), (Mode::OptOut, true)] {
        tracking.mode = mode;
        tracking.caching = false;
        assert_eq!(tracking.remembers(), plain);
        tracking.caching = true;
        assert_eq!(tracking.remembers(), !plain);
    }
    tracking.mode = Mode::Broadcast;
    assert!(!tracking.remembers());
}

#[test]
fn prefixes_overlap_if_one_begins_with_the_other() {
    let (mut prefixes, mut own) = (Prefixes::default(), Tracking::default());
    prefixes.add(ClientKey(1), &mut own, b"foo");
    let known = Bytes::from_static(b"foo");
    assert_eq!(find_overlap(&own, &[b"bar", b"fo"]), Some(Overlap::Known(b"fo", known)));
    assert_eq!(find_overlap(&own, &[b"b", b"x", b"bar"]), Some(Overlap::Given(b"b", b"bar")));
    assert_eq!(find_overlap(&own, &[b"bar", b"x"]), None);
}

#[test]
fn changed_keys_are_given_once_prefix_by_prefix() {
    let (mut prefixes, mut own) = (Prefixes::default(), Tracking::default());
    let (one, two) = (ClientKey(1), ClientKey(2));
    prefixes.add(one, &mut own, b"b");
    prefixes.add(one, &mut own, b"a");
    prefixes.add(two, &mut Tracking::default(), b"a");
    prefixes.changed(&Bytes::from_static(b"ab"), None);
    prefixes.changed(&Bytes::from_static(b"ab"), Some(two));
    prefixes.changed(&Bytes::from_static(b"b"), None);
    prefixes.changed(&Bytes::from_static(b"c"), None);
    assert!(prefixes.is_pending());
    let taken = prefixes.take_changed();
    let a: Changed = Changed::from([(Bytes::from_static(b"ab"), Some(two))]);
    let b: Changed = Changed::from([(Bytes::from_static(b"b"), None)]);
    assert_eq!(taken, [(a, vec![one, two]), (b, vec![one])]);
    assert!(!prefixes.is_pending() && prefixes.take_changed().is_empty());
    prefixes.forget(one, &mut own);
    assert_eq!((prefixes.len(), own.prefixes.len()), (1, 0));
}

use super::prefixes::Changed;
