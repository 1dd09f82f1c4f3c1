//! Prints what a table takes in memory and time: `table_figures [keys] [payload bytes]`.
//!
//! Times are processor time of the thread: what an operation itself does, page faults included,
//! whatever else the machine runs meanwhile. Memory is the growth of the resident set, and the
//! allocator's own account.

use std::hint::black_box;
use std::time::Duration;

use ferrous::base::hash::KeyHasher;
use ferrous::base::prng::Prng;
use ferrous::data::table::Table;
use rustix::time::{ClockId, clock_gettime};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const PAGE: usize = 4096;
const BATCH: usize = 16;

fn main() {
    let mut args = std::env::args().skip(1);
    let mut number = |default: u64| args.next().and_then(|arg| arg.parse().ok()).unwrap_or(default);
    let count = number(1_000_000);
    let payload = vec![7u8; number(20) as usize];

    let before = resident();
    let mut table: Table<()> = Table::new(KeyHasher::new([3; 16]));
    load(&mut table, count, &payload);
    let per_key = |bytes: usize| bytes as f64 / count as f64;
    println!("resident           {:8.1} B/key", per_key(resident() - before));
    let (allocated, active) = allocator();
    println!("allocated, active  {:8.1}, {:.1} B/key", per_key(allocated), per_key(active));
    println!("structure          {:8.1} B/key", per_key(table.memory()));
    let shape = table.shape();
    println!("arena slack        {:8.1} B/key", per_key(shape.waste));
    println!("load               {:8.3}", shape.len as f64 / shape.cells as f64);
    println!("segments           {} of {} to {}", shape.segments, shape.smallest, shape.largest);
    println!("distances          {:?}", shape.distances);

    read(&table, count);
    write(&mut table, count, &payload);
    walk(&table, count);
    frozen(&mut table, count, &payload);
    remove(&mut table, count);
}

/// The longest of many operations.
///
/// The clock costs more than an operation: a look at it after every few is near enough.
struct Longest {
    operations: u64,
    last: Duration,
    largest: Duration,
    over_100us: u32,
    over_1ms: u32,
}

impl Longest {
    const FEW: u64 = 8;

    fn new() -> Self {
        Self { operations: 0, last: now(), largest: Duration::ZERO, over_100us: 0, over_1ms: 0 }
    }

    fn note(&mut self) {
        self.operations += 1;
        if self.operations.is_multiple_of(Self::FEW) {
            let time = now();
            let few = time - self.last;
            self.last = time;
            self.largest = self.largest.max(few);
            self.over_100us += u32::from(few > Duration::from_micros(100));
            self.over_1ms += u32::from(few > Duration::from_millis(1));
        }
    }

    fn report(&self, what: &str) {
        let Self { largest, over_100us, over_1ms, .. } = self;
        let (few, largest) = (Self::FEW, largest.as_micros());
        println!("largest {few} {what} {largest} us; {over_100us} > 100 us, {over_1ms} > 1 ms");
    }
}

fn load(table: &mut Table<()>, count: u64, payload: &[u8]) {
    let start = now();
    let mut longest = Longest::new();
    for n in 0..count {
        let key = key(n);
        table.insert(table.hash(&key), &key, &[payload], None);
        longest.note();
    }
    report("insert", start, count);
    longest.report("inserts");
}

fn read(table: &Table<()>, count: u64) {
    let lookups = 2_000_000;
    let mut prng = Prng::from_seed(1);
    time("get", lookups, || {
        let key = key(prng.below(count));
        black_box(table.get(table.hash(&key), &key).map(|entry| entry.payload()[0]));
    });
    let mut state = 0;
    time("get, dependent", lookups, || {
        let key = key((prng.below(count) + state) % count);
        let entry = table.get(table.hash(&key), &key).expect("it was inserted");
        state = u64::from(entry.payload()[0]);
    });
    time("get, absent", lookups, || {
        let key = key(count + prng.below(count));
        black_box(table.get(table.hash(&key), &key).is_none());
    });
    let start = now();
    for _ in 0..lookups / BATCH as u64 {
        let keys: [[u8; 16]; BATCH] = std::array::from_fn(|_| key(prng.below(count)));
        let hashes = keys.map(|key| table.hash(&key));
        hashes.iter().for_each(|&hash| table.prefetch_segment(hash));
        hashes.iter().for_each(|&hash| table.prefetch_slots(hash));
        hashes.iter().for_each(|&hash| table.prefetch_record(hash));
        for (hash, key) in hashes.iter().zip(&keys) {
            let entry = table.get(*hash, key).expect("it was inserted");
            state += u64::from(entry.payload()[0]);
        }
    }
    black_box(state);
    report("get, 16 prefetched", start, lookups);
    time("random", lookups, || {
        black_box(table.random(&mut prng).map(|entry| entry.payload()[0]));
    });
}

fn write(table: &mut Table<()>, count: u64, payload: &[u8]) {
    let mut prng = Prng::from_seed(2);
    time("overwrite", 2_000_000, || {
        let key = key(prng.below(count));
        table.insert(table.hash(&key), &key, &[payload], None);
    });
    time("remove and insert", 1_000_000, || {
        let key = key(prng.below(count));
        let hash = table.hash(&key);
        black_box(table.remove(hash, &key).is_some());
        table.insert(hash, &key, &[payload], None);
    });
}

fn walk(table: &Table<()>, count: u64) {
    let start = now();
    black_box(table.iter().map(|entry| u64::from(entry.payload()[0])).sum::<u64>());
    report("iterate", start, count);
    let start = now();
    let (mut cursor, mut sum) = (0, 0);
    loop {
        cursor = table.scan_count(cursor, 10, |entry| sum += u64::from(entry.payload()[0]));
        if cursor == 0 {
            break;
        }
    }
    black_box(sum);
    report("scan by 10", start, count);
}

fn frozen(table: &mut Table<()>, count: u64, payload: &[u8]) {
    let start = now();
    let view = table.freeze();
    println!("freeze             {:8.1} us", (now() - start).as_nanos() as f64 / 1e3);
    let before = resident();
    let mut prng = Prng::from_seed(3);
    let mut longest = Longest::new();
    time("overwrite, frozen", count, || {
        let key = key(prng.below(count));
        table.insert(table.hash(&key), &key, &[payload], None);
        longest.note();
    });
    longest.report("overwrites, frozen");
    println!("copied             {:8.1} MB", (resident().saturating_sub(before)) as f64 / 1e6);
    let start = now();
    let sum: u64 = view
        .into_segments()
        .map(|segment| segment.iter().map(|entry| u64::from(entry.payload()[0])).sum::<u64>())
        .sum();
    black_box(sum);
    report("consume the view", start, count);
}

fn remove(table: &mut Table<()>, count: u64) {
    let start = now();
    for n in 0..count {
        let key = key(n);
        black_box(table.remove(table.hash(&key), &key).is_some());
    }
    report("remove", start, count);
    assert!(table.is_empty(), "every key was removed");
}

/// Sixteen bytes, cheap to make.
fn key(n: u64) -> [u8; 16] {
    let mut key = [b'k'; 16];
    key[8..].copy_from_slice(&n.to_le_bytes());
    key
}

fn time(what: &str, times: u64, mut operation: impl FnMut()) {
    let start = now();
    for _ in 0..times {
        operation();
    }
    report(what, start, times);
}

fn report(what: &str, start: Duration, times: u64) {
    println!("{what:18} {:8.1} ns", (now() - start).as_nanos() as f64 / times as f64);
}

/// Processor time of this thread.
fn now() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Bytes that the allocator has given out, and bytes of the pages these lie in.
fn allocator() -> (usize, usize) {
    use tikv_jemalloc_ctl::{epoch, stats};
    epoch::advance().expect("jemalloc keeps statistics");
    let read = stats::allocated::read().and_then(|bytes| Ok((bytes, stats::active::read()?)));
    read.expect("jemalloc keeps statistics")
}

/// Resident bytes of this process.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.expect("the second field is a number") * PAGE
}
