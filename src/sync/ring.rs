//! A bounded ring between one producer and one consumer.
//!
//! Holds: items come out in the order in which they went in, each exactly once; what was pushed
//! before the producer was dropped can still be popped; what nobody popped is dropped with the
//! ring. Cost: a push or a pop is wait-free; while the other side keeps pace it touches one shared
//! cache line, since each half remembers where it last saw the other.
//! Threads: each half belongs to one thread at a time and cannot be cloned.
//! Not here: sleeping and waking (`sync::wake`).
#![allow(unsafe_code)]

use std::mem::MaybeUninit;

use super::shim::{Arc, AtomicBool, AtomicUsize, Ordering, UnsafeCell};

/// Keeps what two threads write apart: two lines, since the prefetcher fetches them in pairs.
#[derive(Debug)]
#[repr(align(128))]
struct Padded<T>(T);

/// Indices run freely over `usize`; a cell is at the index modulo the (power of two) capacity.
#[derive(Debug)]
struct Ring<T> {
    /// Next index to be read. Written by the consumer only.
    head: Padded<AtomicUsize>,
    /// Next index to be written. Written by the producer only.
    tail: Padded<AtomicUsize>,
    producer_gone: AtomicBool,
    consumer_gone: AtomicBool,
    cells: Box<[UnsafeCell<MaybeUninit<T>>]>,
}

impl<T> Ring<T> {
    fn cell(&self, index: usize) -> &UnsafeCell<MaybeUninit<T>> {
        &self.cells[index & (self.cells.len() - 1)]
    }
}

// SAFETY: a cell is reached by the producer only while it is outside head..tail and by the consumer
// only while it is inside, and the halves cannot be cloned, so no two threads reach one cell at a
// time. Items only move between threads, hence `T: Send`. Checked by loom-tests/tests/ring.rs.
unsafe impl<T: Send> Send for Ring<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Ring<T> {}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        let tail = self.tail.0.load(Ordering::Relaxed);
        let mut index = self.head.0.load(Ordering::Relaxed);
        while index != tail {
            // SAFETY: both halves are gone (this is the last reference), and cells in head..tail
            // are initialised. Exercised by
            // loom-tests/tests/ring.rs::what_nobody_popped_is_dropped_once.
            self.cell(index).with_mut(|cell| unsafe { (*cell).assume_init_drop() });
            index = index.wrapping_add(1);
        }
    }
}

/// Why an item was not taken; it is handed back.
#[derive(Debug, PartialEq, Eq)]
pub enum PushError<T> {
    /// The ring holds as many items as it can.
    Full(T),
    /// Nobody will ever pop.
    Closed(T),
}

/// Why there is no item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PopError {
    /// Nothing is in the ring now.
    Empty,
    /// Nothing is in the ring, and nothing will be.
    Closed,
}

/// The half that pushes.
#[derive(Debug)]
pub struct Producer<T> {
    ring: Arc<Ring<T>>,
    tail: usize,
    /// The consumer's `head` as last seen: never ahead of it.
    head_seen: usize,
}

/// The half that pops.
#[derive(Debug)]
pub struct Consumer<T> {
    ring: Arc<Ring<T>>,
    head: usize,
    /// The producer's `tail` as last seen: never ahead of it.
    tail_seen: usize,
}

/// A ring for `capacity` items, rounded up to a power of two.
pub fn ring<T>(capacity: usize) -> (Producer<T>, Consumer<T>) {
    // Starting near the end of `usize` costs nothing and makes the wrap an everyday event.
    starting_at(capacity, usize::MAX - 1)
}

fn starting_at<T>(capacity: usize, index: usize) -> (Producer<T>, Consumer<T>) {
    let capacity = capacity.max(1).next_power_of_two();
    let ring = Arc::new(Ring {
        head: Padded(AtomicUsize::new(index)),
        tail: Padded(AtomicUsize::new(index)),
        producer_gone: AtomicBool::new(false),
        consumer_gone: AtomicBool::new(false),
        cells: (0..capacity).map(|_| UnsafeCell::new(MaybeUninit::uninit())).collect(),
    });
    (
        Producer { ring: ring.clone(), tail: index, head_seen: index },
        Consumer { ring, head: index, tail_seen: index },
    )
}

impl<T> Producer<T> {
    /// Appends an item.
    ///
    /// # Errors
    /// `Full`, or `Closed` once the consumer has been dropped.
    pub fn push(&mut self, item: T) -> Result<(), PushError<T>> {
        if self.ring.consumer_gone.load(Ordering::Relaxed) {
            return Err(PushError::Closed(item));
        }
        if self.is_full() {
            return Err(PushError::Full(item));
        }
        // SAFETY: `tail` lies outside head..tail (the ring is not full), so the consumer does not
        // hold this cell; only this half moves `tail`, and it cannot be cloned. Checked by
        // loom-tests/tests/ring.rs::wraps_without_overlap.
        self.ring.cell(self.tail).with_mut(|cell| unsafe {
            (*cell).write(item);
        });
        self.tail = self.tail.wrapping_add(1);
        self.ring.tail.0.store(self.tail, Ordering::Release); // pairs with the load in `pop`
        Ok(())
    }

    /// True if a push would be refused now.
    pub fn is_full(&mut self) -> bool {
        if self.tail.wrapping_sub(self.head_seen) < self.ring.cells.len() {
            return false;
        }
        self.head_seen = self.ring.head.0.load(Ordering::Acquire); // pairs with the store in `pop`
        self.tail.wrapping_sub(self.head_seen) == self.ring.cells.len()
    }
}

impl<T> Consumer<T> {
    /// Takes the oldest item.
    ///
    /// # Errors
    /// `Empty`, or `Closed` if the producer was dropped and everything it pushed was taken.
    pub fn pop(&mut self) -> Result<T, PopError> {
        if self.head == self.tail_seen {
            // Read before `tail`: whoever sees that the producer is gone sees its last push too.
            // These pair with Producer::drop and with the store in `push`.
            let closed = self.ring.producer_gone.load(Ordering::Acquire);
            self.tail_seen = self.ring.tail.0.load(Ordering::Acquire);
            if self.head == self.tail_seen {
                return Err(if closed { PopError::Closed } else { PopError::Empty });
            }
        }
        // SAFETY: `head` lies in head..tail, so the item was written (the Acquire load above saw
        // its
        // `tail`) and the producer keeps out until `head` moves; only this half moves `head`.
        // Checked by loom-tests/tests/ring.rs::wraps_without_overlap.
        let item = self.ring.cell(self.head).with_mut(|cell| unsafe { (*cell).assume_init_read() });
        self.head = self.head.wrapping_add(1);
        self.ring.head.0.store(self.head, Ordering::Release); // pairs with the load in `is_full`
        Ok(item)
    }

    /// True if a pop would find nothing now.
    pub fn is_empty(&mut self) -> bool {
        if self.head == self.tail_seen {
            // Pairs with the store in `push`.
            self.tail_seen = self.ring.tail.0.load(Ordering::Acquire);
        }
        self.head == self.tail_seen
    }
}

impl<T> Drop for Producer<T> {
    fn drop(&mut self) {
        self.ring.producer_gone.store(true, Ordering::Release); // pairs with the load in `pop`
    }
}

impl<T> Drop for Consumer<T> {
    fn drop(&mut self) {
        // Relaxed: a late sight of it only means that an item is dropped with the ring.
        self.ring.consumer_gone.store(true, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn items_arrive_in_order_across_threads() {
        // Miri runs a thousandth as fast, but takes threads off the processor at any instruction.
        const ITEMS: u32 = if cfg!(miri) { 200 } else { 20_000 };
        let (mut producer, mut consumer) = ring(4);
        let sender = std::thread::spawn(move || {
            for item in 0..ITEMS {
                while producer.push(item).is_err() {
                    std::thread::yield_now();
                }
            }
        });
        let mut expected = 0;
        loop {
            match consumer.pop() {
                Ok(item) => {
                    assert_eq!(item, expected);
                    expected += 1;
                }
                Err(PopError::Empty) => std::thread::yield_now(),
                Err(PopError::Closed) => break,
            }
        }
        assert_eq!(expected, ITEMS);
        sender.join().unwrap();
    }

    #[test]
    fn capacity_is_exact_and_a_refused_item_comes_back() {
        let (mut producer, mut consumer) = ring(2);
        assert_eq!(producer.push('a'), Ok(()));
        assert_eq!(producer.push('b'), Ok(()));
        assert_eq!(producer.push('c'), Err(PushError::Full('c')));
        assert_eq!(consumer.pop(), Ok('a'));
        assert_eq!(producer.push('c'), Ok(()));
        assert_eq!((consumer.pop(), consumer.pop()), (Ok('b'), Ok('c')));
        assert_eq!(consumer.pop(), Err(PopError::Empty));
    }

    #[test]
    fn items_left_behind_are_dropped() {
        let item = std::rc::Rc::new(());
        let (mut producer, mut consumer) = ring(4);
        for _ in 0..3 {
            producer.push(item.clone()).unwrap();
        }
        drop(consumer.pop());
        drop((producer, consumer));
        assert_eq!(std::rc::Rc::strong_count(&item), 1);
    }
}
