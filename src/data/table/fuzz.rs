//! The body of a fuzz target: operations read from bytes, against a `BTreeMap`.
//!
//! Checks results, invariants, frozen views, the guarantee of SCAN and that no object is leaked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Entry, Frozen, Table, Touch};
use crate::base::fuzz::Input;
use crate::base::hash::{Hash, KeyHasher};
use crate::base::prng::Prng;

type Object = Arc<u32>;
type Model = BTreeMap<Vec<u8>, (Vec<u8>, Option<u32>)>;

/// Runs the operations that `data` describes and panics if the table errs.
pub fn ops(data: &[u8]) {
    let mut bytes = Input::new(data);
    let mut run = Run::new(&mut bytes);
    let mut step = 0u32;
    while !bytes.is_empty() {
        run.step(&mut bytes);
        step += 1;
        if step.is_multiple_of(64) {
            run.table.invariants();
        }
    }
    run.finish();
}

/// Reads what a table stores.
trait Draw {
    /// A key out of a few thousand; its number decides its length, so that equal keys recur.
    fn key(&mut self, domain: u16) -> Vec<u8>;
    /// Mostly small, at times too large for an arena.
    fn payload(&mut self) -> Vec<u8>;
}

impl Draw for Input<'_> {
    fn key(&mut self, domain: u16) -> Vec<u8> {
        key(self.two() % domain)
    }

    fn payload(&mut self) -> Vec<u8> {
        let (kind, fill) = (self.one(), self.one());
        let len = match kind {
            0..200 => usize::from(kind % 24),
            200..240 => usize::from(kind) * 2,
            240..254 => usize::from(kind) * 4 - 80,
            _ => usize::from(kind) * 12,
        };
        (0..len).map(|at| fill.wrapping_add(at as u8)).collect()
    }
}

fn key(number: u16) -> Vec<u8> {
    let len = match number % 16 {
        0..12 => 4 + usize::from(number % 23),
        12..14 => 64 + usize::from(number % 64),
        14 => 255,
        _ => 256 + usize::from(number % 300),
    };
    let mut key = vec![b'k'; len];
    key[..2].copy_from_slice(&number.to_le_bytes());
    key
}

/// A walk by cursor, running while the table changes.
struct Walk {
    cursor: u64,
    /// Keys that were there from the first step on.
    throughout: BTreeSet<Vec<u8>>,
    seen: BTreeSet<Vec<u8>>,
}

struct Run {
    table: Table<Object>,
    model: Model,
    frozen: Vec<(Frozen<Object>, Model)>,
    walk: Option<Walk>,
    objects: Vec<Object>,
    prng: Prng,
    domain: u16,
}

impl Run {
    fn new(bytes: &mut Input<'_>) -> Self {
        let seed = bytes.one();
        let domain = [40, 600, 3000, 20_000][usize::from(bytes.one() % 4)];
        Self {
            table: Table::new(KeyHasher::new([seed; 16])),
            model: Model::new(),
            frozen: Vec::new(),
            walk: None,
            objects: (0..8).map(Arc::new).collect(),
            prng: Prng::from_seed(seed.into()),
            domain,
        }
    }

    fn step(&mut self, bytes: &mut Input<'_>) {
        match bytes.one() {
            0..90 => {
                let (key, payload, object) = (bytes.key(self.domain), bytes.payload(), bytes.one());
                self.insert(key, payload, object);
            }
            90..150 => {
                let key = bytes.key(self.domain);
                self.remove(&key);
            }
            150..180 => self.set(bytes),
            180..200 => self.change(bytes),
            200..215 => self.look(bytes),
            215..235 => self.walk_on(usize::from(bytes.one() % 32)),
            235..240 => self.freeze(bytes.one()),
            240..247 => {
                let (first, count) = (bytes.two(), bytes.two() % 512);
                for number in first..first.saturating_add(count) {
                    let payload = vec![bytes.one(); usize::from(number % 40)];
                    self.insert(key(number % self.domain), payload, number as u8);
                }
            }
            247..254 => {
                let (first, count) = (bytes.two(), bytes.two() % 512);
                for number in first..first.saturating_add(count) {
                    self.remove(&key(number % self.domain));
                }
            }
            _ => self.take(bytes.one()),
        }
        assert_eq!(self.table.len(), self.model.len());
    }

    fn object(&self, byte: u8) -> Option<Object> {
        self.objects.get(usize::from(byte)).cloned()
    }

    fn insert(&mut self, key: Vec<u8>, payload: Vec<u8>, object: u8) {
        let object = self.object(object % 24);
        let hash = self.table.hash(&key);
        let (head, tail) = payload.split_at(payload.len() / 3);
        let segment = self.table.segment_index(hash);
        let hint = self.table.hint(segment).min(u64::from(key[0]));
        self.table.set_hint(segment, hint);
        let replaced = self.table.insert(hash, &key, &[head, tail], object.clone());
        let old = self.model.insert(key, (payload, object.map(|object| *object)));
        assert_eq!(replaced.existed, old.is_some());
        assert_eq!(replaced.object.map(|object| *object), old.and_then(|(_, object)| object));
    }

    fn remove(&mut self, key: &[u8]) {
        let removed = self.table.remove(self.table.hash(key), key);
        let removed =
            removed.map(|removed| (removed.payload.to_vec(), removed.object.map(|object| *object)));
        assert_eq!(removed, self.model.remove(key));
        if let Some(walk) = &mut self.walk {
            walk.throughout.remove(key);
        }
    }

    fn set(&mut self, bytes: &mut Input<'_>) {
        let (key, payload) = (bytes.key(self.domain), bytes.payload());
        let object = self.object(bytes.one() % 24);
        let hash = self.table.hash(&key);
        let found = self.table.get_mut(hash, &key);
        assert_eq!(found.is_some(), self.model.contains_key(&key));
        if let (Some(mut found), Some(model)) = (found, self.model.get_mut(&key)) {
            let old = found.set(&[&payload], object.clone());
            assert_eq!(old.map(|object| *object), model.1);
            assert_eq!((found.key(), found.payload()), (&key[..], &payload[..]));
            *model = (payload, object.map(|object| *object));
        }
    }

    fn change(&mut self, bytes: &mut Input<'_>) {
        let (key, fill, object) = (bytes.key(self.domain), bytes.one(), bytes.one());
        let object = self.object(object % 8);
        let hash = self.table.hash(&key);
        let Some(model) = self.model.get_mut(&key) else { return };
        match self.table.touch(hash, &key).expect("the model has it") {
            Touch::Owned(mut entry) => {
                entry.payload_mut().fill(fill);
                model.0.fill(fill);
                if let (Some(old), Some(new)) = (entry.object_mut(), object) {
                    model.1 = Some(*new);
                    *old = new;
                }
            }
            Touch::Shared(entry) => {
                assert!(!self.frozen.is_empty(), "only a frozen view shares");
                assert_eq!(entry.payload(), model.0);
                assert!(self.table.get_mut_if_owned(hash, &key).is_none());
            }
        }
    }

    fn look(&mut self, bytes: &mut Input<'_>) {
        let key = bytes.key(self.domain);
        let hash = self.table.hash(&key);
        self.table.prefetch_segment(hash);
        self.table.prefetch_slots(hash);
        self.table.prefetch_record(hash);
        let found = self.table.get(hash, &key);
        assert_eq!(found.map(content), self.model.get_key_value(&key).map(owned));
        let drawn = self.table.random(&mut self.prng);
        assert_eq!(drawn.is_some(), !self.model.is_empty());
        assert!(drawn.is_none_or(|drawn| self.model.contains_key(drawn.key())));
    }

    fn walk_on(&mut self, count: usize) {
        let throughout = || self.model.keys().cloned().collect();
        let walk = self.walk.get_or_insert_with(|| Walk {
            cursor: 0,
            throughout: throughout(),
            seen: BTreeSet::new(),
        });
        let mut visited = 0;
        walk.cursor = self.table.scan_count(walk.cursor, count, |entry| {
            visited += 1;
            let again = !walk.seen.insert(entry.key().to_vec());
            assert!(!again || !walk.throughout.contains(entry.key()), "seen twice");
            assert!(self.model.contains_key(entry.key()));
        });
        assert!(visited <= count + 8, "{visited} elements for a count of {count}");
        assert!(walk.cursor < 1 << 48);
        if walk.cursor == 0 {
            assert!(walk.throughout.is_subset(&walk.seen), "an element was missed");
            self.walk = None;
        }
    }

    fn freeze(&mut self, which: u8) {
        if self.frozen.len() < 3 {
            self.frozen.push((self.table.freeze(), self.model.clone()));
        } else {
            let (frozen, model) = self.frozen.swap_remove(usize::from(which % 3));
            check_frozen(frozen, &model);
        }
    }

    fn take(&mut self, which: u8) {
        if which < 16 {
            let taken = self.table.take();
            taken.invariants();
            assert!(taken.iter().map(content).eq_unordered(&self.model));
            self.model.clear();
            self.walk = None;
        }
        assert!(self.table.segments() * 64 <= self.table.len().max(64) * 2);
        assert!(self.table.memory() >= self.table.len() * 4);
    }

    fn finish(mut self) {
        self.table.invariants();
        while self.walk.is_some() {
            self.walk_on(7);
        }
        assert!(self.table.iter().map(content).eq_unordered(&self.model));
        for segment in 0..self.table.segments() {
            for entry in self.table.segment_iter(segment) {
                let hash = self.table.hash(entry.key());
                assert_eq!(self.table.segment_index(hash), segment);
                let bound = self.table.hint(segment);
                assert!(bound <= u64::from(entry.key()[0]), "a hint is a lower bound");
            }
        }
        for (frozen, model) in self.frozen {
            check_frozen(frozen, &model);
        }
        drop(self.table);
        assert!(self.objects.iter().all(|object| Arc::strong_count(object) == 1), "leaked");
    }
}

type Content = (Vec<u8>, (Vec<u8>, Option<u32>));

fn content(entry: Entry<'_, Object>) -> Content {
    (entry.key().to_vec(), (entry.payload().to_vec(), entry.object().map(|object| **object)))
}

fn owned((key, value): (&Vec<u8>, &(Vec<u8>, Option<u32>))) -> Content {
    (key.clone(), value.clone())
}

/// Whether the iterator gives just the elements of a model, each once.
trait EqUnordered: Iterator<Item = Content> + Sized {
    fn eq_unordered(self, model: &Model) -> bool {
        let mut all: Vec<Content> = self.collect();
        all.sort();
        all.into_iter().eq(model.iter().map(owned))
    }
}

impl<I: Iterator<Item = Content>> EqUnordered for I {}

fn check_frozen(frozen: Frozen<Object>, model: &Model) {
    assert_eq!(frozen.len(), model.len());
    assert_eq!(frozen.iter().len(), model.len());
    assert!(frozen.iter().map(content).eq_unordered(model));
    for (key, value) in model.iter().take(50) {
        let hash: Hash = frozen.hash(key);
        assert_eq!(frozen.get(hash, key).map(content), Some((key.clone(), value.clone())));
    }
    let mut scanned = Vec::new();
    let mut cursor = frozen.scan_count(0, 10, |entry| scanned.push(content(entry)));
    while cursor != 0 {
        cursor = frozen.scan_count(cursor, 10, |entry| scanned.push(content(entry)));
    }
    assert!(scanned.into_iter().eq_unordered(model));
    let mut given = Vec::new();
    for segment in frozen.into_segments() {
        given.extend(segment.iter().map(content));
    }
    assert!(given.into_iter().eq_unordered(model));
}
