//! What the hot hand-offs of the runtime cost: ring, clock, counting allocator. Prints ns per step.

use std::hint::{black_box, spin_loop};
use std::time::Instant;

use ferrous::runtime::clock::Clock;
use ferrous::runtime::memory::CountingAllocator;
use ferrous::sync::ring::{PopError, ring};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn report(what: &str, steps: u32, start: Instant) {
    println!("{what}: {:.1} ns", start.elapsed().as_nanos() as f64 / f64::from(steps));
}

/// A boxed item there and back, one at a time.
fn round_trips(steps: u32) {
    let (mut to, mut inbound) = ring::<Box<u64>>(4);
    let (mut outbound, mut from) = ring::<Box<u64>>(4);
    let echo = std::thread::spawn(move || {
        loop {
            match inbound.pop() {
                Ok(item) => drop(outbound.push(item)),
                Err(PopError::Empty) => spin_loop(),
                Err(PopError::Closed) => return,
            }
        }
    });
    let start = Instant::now();
    let mut item = Box::new(0_u64);
    for _ in 0..steps {
        to.push(item).expect("one item is under way");
        item = loop {
            match from.pop() {
                Ok(item) => break item,
                Err(_) => spin_loop(),
            }
        };
        *item += 1;
    }
    report("ring, round trip of a box", steps, start);
    drop(to);
    echo.join().expect("the other side ends when the ring is closed");
}

fn main() {
    round_trips(1_000_000);

    let mut clock = Clock::new();
    std::thread::sleep(std::time::Duration::from_millis(150));
    clock.resync();
    let start = Instant::now();
    for _ in 0..10_000_000 {
        black_box(clock.now());
    }
    report("clock, reading", 10_000_000, start);
    let start = Instant::now();
    for _ in 0..1_000_000 {
        black_box(clock.resync());
    }
    report("clock, resync", 1_000_000, start);

    let start = Instant::now();
    (0..10_000_000).for_each(|_| drop(black_box(Box::new([0_u8; 48]))));
    report("allocator, 48 bytes and back, counted", 10_000_000, start);
    let start = Instant::now();
    for _ in 0..10_000_000 {
        black_box(ferrous::runtime::memory::used_memory());
    }
    report("used_memory", 10_000_000, start);
}
