//! The core without sockets: parse, look up, execute, reply, for requests that arrive in batches.
//!
//! Figures are per command; the difference between batches of 1 and 64 is what a turn costs.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};

use divan::Bencher;
use divan::counter::ItemsCount;
use ferrous::base::prng::Prng;
use ferrous::base::time::Tick;
use ferrous::config::Config;
use ferrous::runtime::clock::Clock;
use ferrous::runtime::memory::CountingAllocator;
use ferrous::sim::Sim;
use tikv_jemallocator::Jemalloc;

#[global_allocator]
static ALLOCATOR: Switched = Switched;

/// Whether memory is counted.
static COUNTED: AtomicBool = AtomicBool::new(false);

/// jemalloc, behind a count or not.
struct Switched;

// SAFETY: both are the same allocator, so that either may free what the other has given out.
#[allow(unsafe_code, reason = "an allocator")]
unsafe impl GlobalAlloc for Switched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if COUNTED.load(Ordering::Relaxed) {
            // SAFETY: the caller's promise is that of this function.
            return unsafe { CountingAllocator.alloc(layout) };
        }
        // SAFETY: the caller's promise is that of this function.
        unsafe { Jemalloc.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        if COUNTED.load(Ordering::Relaxed) {
            // SAFETY: the caller's promise is that of this function.
            return unsafe { CountingAllocator.dealloc(ptr, layout) };
        }
        // SAFETY: the caller's promise is that of this function.
        unsafe { Jemalloc.dealloc(ptr, layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if COUNTED.load(Ordering::Relaxed) {
            // SAFETY: the caller's promise is that of this function.
            return unsafe { CountingAllocator.realloc(ptr, layout, size) };
        }
        // SAFETY: the caller's promise is that of this function.
        unsafe { Jemalloc.realloc(ptr, layout, size) }
    }
}

const BATCHES: [usize; 3] = [1, 16, 64];
/// Commands per measured run: a single one is shorter than the clock can tell.
const RUN: usize = 1024;
/// Enough that neither keys nor elements fit the caches.
const KEYS: u64 = 1_000_000;

fn main() {
    divan::main();
}

/// A request with places for a number of twelve digits: quick to write, so that a profile of the
/// bench shows the core.
struct Template {
    bytes: Vec<u8>,
    /// Where the numbers go.
    places: Vec<usize>,
}

impl Template {
    /// `#` in a word of `command` stands for the number.
    fn new(command: &str) -> Self {
        let words: Vec<_> =
            command.split(' ').map(|word| word.replace('#', "############")).collect();
        let mut text = format!("*{}\r\n", words.len());
        words.iter().for_each(|word| text.push_str(&format!("${}\r\n{word}\r\n", word.len())));
        let places = text.match_indices("############").map(|(at, _)| at).collect();
        Self { bytes: text.into(), places }
    }

    fn write(&self, number: u64, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&self.bytes);
        for place in &self.places {
            let mut rest = number;
            for digit in out[start + place..][..12].iter_mut().rev() {
                *digit = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
        }
    }
}

/// Requests with random numbers, in batches.
fn batches(prng: &mut Prng, template: &Template, batch: usize) -> Vec<Vec<u8>> {
    let one = |prng: &mut Prng| {
        let mut bytes = Vec::with_capacity(batch * (template.bytes.len() + 12));
        (0..batch).for_each(|_| template.write(prng.below(KEYS), &mut bytes));
        bytes
    };
    (0..RUN / batch).map(|_| one(prng)).collect()
}

/// Measures `command` on a server that has executed `fill` with every number.
fn measure(bencher: Bencher, fill: &str, command: &str, batch: usize) {
    measure_on(Sim::seed(1), bencher, fill, command, batch);
}

/// The same on a given server.
fn measure_on(mut sim: Sim, bencher: Bencher, fill: &str, command: &str, batch: usize) {
    let mut bytes = Vec::new();
    let template = Template::new(fill);
    for number in (0..KEYS).filter(|_| !fill.is_empty()) {
        template.write(number, &mut bytes);
        if bytes.len() > 1 << 16 || number + 1 == KEYS {
            sim.send(0, &bytes);
            sim.received(0);
            bytes.clear();
        }
    }
    let mut prng = Prng::from_seed(2);
    let template = Template::new(command);
    bencher
        .counter(ItemsCount::new(RUN))
        .with_inputs(|| batches(&mut prng, &template, batch))
        .bench_local_values(|batches| {
            batches.iter().for_each(|batch| sim.send(0, batch));
            sim.received(0)
        });
}

#[divan::bench(args = BATCHES)]
fn ping(bencher: Bencher, batch: usize) {
    measure(bencher, "", "PING", batch);
}

#[divan::bench(args = BATCHES)]
fn set(bencher: Bencher, batch: usize) {
    measure(bencher, "SET key:# xyz", "SET key:# abc", batch);
}

#[divan::bench(args = BATCHES)]
fn set_new(bencher: Bencher, batch: usize) {
    measure(bencher, "SET key:# xyz", "SET new:# abc", batch);
}

#[divan::bench(args = BATCHES)]
fn get(bencher: Bencher, batch: usize) {
    measure(bencher, "SET key:# xyz", "GET key:#", batch);
}

#[divan::bench(args = BATCHES)]
fn incr(bencher: Bencher, batch: usize) {
    measure(bencher, "SET key:# 1", "INCR key:#", batch);
}

#[divan::bench(args = BATCHES)]
fn mset_of_4(bencher: Bencher, batch: usize) {
    measure(bencher, "SET key:# xyz", "MSET key:# a 1:# b 2:# c 3:# d", batch);
}

#[divan::bench(args = BATCHES)]
fn lpush(bencher: Bencher, batch: usize) {
    measure(bencher, "", "LPUSH list xyz", batch);
}

#[divan::bench(args = BATCHES)]
fn rpush(bencher: Bencher, batch: usize) {
    measure(bencher, "", "RPUSH list xyz", batch);
}

#[divan::bench(args = BATCHES)]
fn lpop(bencher: Bencher, batch: usize) {
    measure(bencher, "RPUSH list xyz", "LPOP list", batch);
}

#[divan::bench(args = BATCHES)]
fn zpopmin(bencher: Bencher, batch: usize) {
    measure(bencher, "ZADD zset # element:#", "ZPOPMIN zset", batch);
}

#[divan::bench(args = BATCHES)]
fn xadd(bencher: Bencher, batch: usize) {
    measure(bencher, "", "XADD stream * field xyz", batch);
}

#[divan::bench(args = BATCHES)]
fn zadd(bencher: Bencher, batch: usize) {
    measure(bencher, "ZADD zset # element:#", "ZADD zset # element:#", batch);
}

#[divan::bench(args = BATCHES)]
fn hset(bencher: Bencher, batch: usize) {
    measure(bencher, "HSET hash field:# xyz", "HSET hash field:# abc", batch);
}

/// What watching costs: the clock for each command, histograms, the slow log, slow moments, and
/// memory that is counted. The difference between the two, beside what a command costs the whole
/// server, sockets included.
fn watched(bencher: Bencher, command: &str, on: bool) {
    /// As the server reads it: once per pass from the system.
    fn now() -> Tick {
        thread_local!(static CLOCK: RefCell<(Clock, u32)> = RefCell::new((Clock::new(), 0)));
        CLOCK.with_borrow_mut(|(clock, readings)| {
            *readings += 1;
            if readings.is_multiple_of(64) { clock.resync() } else { clock.now() }
        })
    }
    let config = Config {
        latency_tracking: on,
        slowlog_log_slower_than: if on { 10_000 } else { -1 },
        latency_monitor_threshold: if on { 100 } else { 0 },
        ..Config::default()
    };
    let sim = Sim::with_config(1, config);
    sim.world.borrow_mut().clock = Some(if on { now } else { Tick::default });
    COUNTED.store(on, Ordering::Relaxed);
    measure_on(sim, bencher, "SET key:# xyz", command, 64);
    COUNTED.store(false, Ordering::Relaxed);
}

#[divan::bench(args = [false, true])]
fn watched_get(bencher: Bencher, on: bool) {
    watched(bencher, "GET key:#", on);
}

#[divan::bench(args = [false, true])]
fn watched_set(bencher: Bencher, on: bool) {
    watched(bencher, "SET key:# abc", on);
}

#[divan::bench(args = [false, true])]
fn watched_ping(bencher: Bencher, on: bool) {
    watched(bencher, "PING", on);
}
