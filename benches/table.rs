//! The hash table, at a size that fits the cache and at one that does not.

use divan::Bencher;
use divan::counter::ItemsCount;
use ferrous::base::hash::KeyHasher;
use ferrous::base::prng::Prng;
use ferrous::data::table::Table;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const SIZES: [u64; 2] = [10_000, 1_000_000];
const PAYLOAD: [u8; 20] = [7; 20];
const BATCH: usize = 16;
/// Operations per measured run: a single one is shorter than the clock can tell.
const RUN: usize = 1024;

fn main() {
    divan::main();
}

/// Sixteen bytes, cheap to make.
fn key(n: u64) -> [u8; 16] {
    let mut key = [b'k'; 16];
    key[8..].copy_from_slice(&n.to_le_bytes());
    key
}

fn filled(count: u64) -> Table<()> {
    let mut table = Table::new(KeyHasher::new([3; 16]));
    (0..count).for_each(|n| put(&mut table, n));
    table
}

fn put(table: &mut Table<()>, n: u64) {
    let key = key(n);
    table.insert(table.hash(&key), &key, &[&PAYLOAD], None);
}

fn keys(first: u64, count: u64) -> Vec<[u8; 16]> {
    let mut prng = Prng::from_seed(first);
    (0..RUN).map(|_| key(first + prng.below(count))).collect()
}

#[divan::bench(args = SIZES, sample_count = 3)]
fn insert(bencher: Bencher, count: u64) {
    bencher.counter(ItemsCount::new(count)).bench(|| filled(count));
}

fn look_up(bencher: Bencher, count: u64, first: u64) {
    let table = filled(count);
    bencher.counter(ItemsCount::new(RUN)).with_inputs(|| keys(first, count)).bench_values(|keys| {
        let found = |key: &&[u8; 16]| table.get(table.hash(&key[..]), &key[..]).is_some();
        keys.iter().filter(found).count()
    });
}

#[divan::bench(args = SIZES)]
fn get_hit(bencher: Bencher, count: u64) {
    look_up(bencher, count, 0);
}

#[divan::bench(args = SIZES)]
fn get_miss(bencher: Bencher, count: u64) {
    look_up(bencher, count, count);
}

#[divan::bench(args = SIZES)]
fn get_prefetched(bencher: Bencher, count: u64) {
    let table = filled(count);
    bencher.counter(ItemsCount::new(RUN)).with_inputs(|| keys(0, count)).bench_values(|keys| {
        let mut sum = 0;
        for batch in keys.as_chunks::<BATCH>().0 {
            let hashes = batch.map(|key| table.hash(&key));
            hashes.iter().for_each(|&hash| table.prefetch_segment(hash));
            hashes.iter().for_each(|&hash| table.prefetch_slots(hash));
            hashes.iter().for_each(|&hash| table.prefetch_record(hash));
            for (&hash, key) in hashes.iter().zip(batch) {
                sum += table.get(hash, key).map_or(0, |entry| usize::from(entry.payload()[0]));
            }
        }
        sum
    });
}

#[divan::bench(args = SIZES)]
fn overwrite(bencher: Bencher, count: u64) {
    let mut table = filled(count);
    bencher.counter(ItemsCount::new(RUN)).with_inputs(|| keys(0, count)).bench_local_values(
        |keys| {
            for key in keys {
                table.insert(table.hash(&key), &key, &[&PAYLOAD], None);
            }
        },
    );
}

#[divan::bench(args = SIZES, sample_count = 3)]
fn remove(bencher: Bencher, count: u64) {
    bencher.counter(ItemsCount::new(count)).with_inputs(|| filled(count)).bench_local_values(
        |mut table| {
            for key in (0..count).map(key) {
                table.remove(table.hash(&key), &key);
            }
        },
    );
}

#[divan::bench(args = SIZES)]
fn freeze(bencher: Bencher, count: u64) {
    let table = filled(count);
    bencher.bench(|| table.freeze());
}

/// Each run holds a fresh view, so that most writes to the large table copy a segment.
#[divan::bench(args = SIZES)]
fn overwrite_frozen(bencher: Bencher, count: u64) {
    let mut table = filled(count);
    bencher.counter(ItemsCount::new(RUN)).with_inputs(|| keys(0, count)).bench_local_values(
        |keys| {
            let view = table.freeze();
            for key in keys {
                table.insert(table.hash(&key), &key, &[&PAYLOAD], None);
            }
            view
        },
    );
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn scan_by_10(bencher: Bencher, count: u64) {
    let table = filled(count);
    bencher.counter(ItemsCount::new(count)).bench(|| {
        let (mut cursor, mut sum) = (0, 0);
        loop {
            cursor = table.scan_count(cursor, 10, |entry| sum += entry.payload().len());
            if cursor == 0 {
                return sum;
            }
        }
    });
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn iterate(bencher: Bencher, count: u64) {
    let table = filled(count);
    bencher
        .counter(ItemsCount::new(count))
        .bench(|| table.iter().map(|entry| entry.payload().len()).sum::<usize>());
}
