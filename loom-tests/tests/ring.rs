//! Every interleaving of small uses of the ring. One property per test.

use ferrous_loom_tests::sync::ring::{PopError, PushError, ring};
use loom::sync::Arc;
use loom::thread;

/// Pops until the producer is gone.
fn pop_all(mut consumer: ferrous_loom_tests::sync::ring::Consumer<u32>) -> Vec<u32> {
    let mut seen = Vec::new();
    loop {
        match consumer.pop() {
            Ok(item) => seen.push(item),
            Err(PopError::Empty) => thread::yield_now(),
            Err(PopError::Closed) => return seen,
        }
    }
}

#[test]
fn no_item_is_lost_and_order_is_kept() {
    loom::model(|| {
        let (mut producer, consumer) = ring(4);
        let sender = thread::spawn(move || {
            for item in 0..3 {
                producer.push(item).unwrap();
            }
        });
        assert_eq!(pop_all(consumer), [0, 1, 2]);
        sender.join().unwrap();
    });
}

#[test]
fn wraps_without_overlap() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(4);
    model.check(|| {
        let (mut producer, consumer) = ring(1);
        let sender = thread::spawn(move || {
            for item in 0..3 {
                let mut item = item;
                while let Err(PushError::Full(back)) = producer.push(item) {
                    item = back;
                    thread::yield_now();
                }
            }
        });
        assert_eq!(pop_all(consumer), [0, 1, 2]);
        sender.join().unwrap();
    });
}

#[test]
fn shutdown_delivers_what_is_in_flight() {
    loom::model(|| {
        let (mut producer, consumer) = ring(2);
        producer.push(1).unwrap();
        let sender = thread::spawn(move || {
            producer.push(2).unwrap();
            drop(producer);
        });
        assert_eq!(pop_all(consumer), [1, 2], "closed before the last push was seen");
        sender.join().unwrap();
    });
}

#[test]
fn what_nobody_popped_is_dropped_once() {
    loom::model(|| {
        let token = Arc::new(());
        let (mut producer, mut consumer) = ring(2);
        let sent = token.clone();
        let sender = thread::spawn(move || {
            let _ = producer.push(sent.clone());
            let _ = producer.push(sent);
        });
        drop(consumer.pop());
        drop(consumer);
        sender.join().unwrap();
        assert_eq!(Arc::strong_count(&token), 1);
    });
}
