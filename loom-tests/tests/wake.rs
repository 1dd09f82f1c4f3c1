//! Every interleaving of falling asleep and being given work. One property per test.

use ferrous_loom_tests::sync::ring::{PopError, ring};
use ferrous_loom_tests::sync::wake::WakeFlag;
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

/// Stands for the poller: a notification is remembered until a sleep consumes it. loom reports a
/// sleep that nothing ends as a deadlock.
#[derive(Default)]
struct Poller {
    notified: Mutex<bool>,
    changed: Condvar,
}

impl Poller {
    fn notify(&self) {
        *self.notified.lock().unwrap() = true;
        self.changed.notify_one();
    }

    fn sleep(&self) {
        let mut notified = self.notified.lock().unwrap();
        while !*notified {
            notified = self.changed.wait(notified).unwrap();
        }
        *notified = false;
    }
}

/// Takes `count` items, sleeping whenever there is none.
fn receive(
    mut items: ferrous_loom_tests::sync::ring::Consumer<u32>,
    flag: &WakeFlag,
    poller: &Poller,
    count: usize,
) -> Vec<u32> {
    let mut seen = Vec::new();
    while seen.len() < count {
        match items.pop() {
            Ok(item) => seen.push(item),
            Err(PopError::Closed) => break,
            Err(PopError::Empty) => {
                flag.announce();
                if items.is_empty() {
                    poller.sleep();
                }
                flag.awake();
            }
        }
    }
    seen
}

#[test]
fn no_wake_up_is_lost() {
    loom::model(|| {
        let (mut producer, consumer) = ring(2);
        let shared = Arc::new((WakeFlag::new(), Poller::default()));
        let other = shared.clone();
        let giver = thread::spawn(move || {
            for item in 0..2 {
                producer.push(item).unwrap();
                if other.0.must_notify() {
                    other.1.notify();
                }
            }
            producer
        });
        assert_eq!(receive(consumer, &shared.0, &shared.1, 2), [0, 1]);
        drop(giver.join().unwrap());
    });
}

#[test]
fn no_wake_up_is_lost_with_two_givers() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let shared = Arc::new((WakeFlag::new(), Poller::default()));
        let (mut consumers, mut givers) = (Vec::new(), Vec::new());
        for item in 0..2 {
            let (mut producer, consumer) = ring(1);
            consumers.push(consumer);
            let other = shared.clone();
            givers.push(thread::spawn(move || {
                producer.push(item).unwrap();
                if other.0.must_notify() {
                    other.1.notify();
                }
                producer
            }));
        }
        let mut seen = 0;
        while seen < 2 {
            let before = seen;
            seen += consumers.iter_mut().filter_map(|items| items.pop().ok()).count();
            if seen == before {
                shared.0.announce();
                if consumers.iter_mut().all(|items| items.is_empty()) {
                    shared.1.sleep();
                }
                shared.0.awake();
            }
        }
        givers.into_iter().for_each(|giver| drop(giver.join().unwrap()));
    });
}

#[test]
fn both_sides_may_sleep_on_each_other() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let (mut asks, asked) = ring(1);
        let (mut answers, answered) = ring(1);
        let (server, client) = (
            Arc::new((WakeFlag::new(), Poller::default())),
            Arc::new((WakeFlag::new(), Poller::default())),
        );
        let (to_server, to_client) = (server.clone(), client.clone());
        let serving = thread::spawn(move || {
            let got = receive(asked, &server.0, &server.1, 1);
            answers.push(got[0] + 1).unwrap();
            if to_client.0.must_notify() {
                to_client.1.notify();
            }
            answers
        });
        asks.push(1).unwrap();
        if to_server.0.must_notify() {
            to_server.1.notify();
        }
        assert_eq!(receive(answered, &client.0, &client.1, 1), [2]);
        drop(serving.join().unwrap());
    });
}
