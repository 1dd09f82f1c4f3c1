//! Random histories of many clients, compared with a model that is as simple as it gets: one list
//! of waiting clients, searched from its start whenever a key becomes ready.

use std::collections::{BTreeMap, VecDeque};

use super::{got, nobody_waits};
use crate::base::prng::Prng;
use crate::sim::Sim;

const CLIENTS: usize = 7;
const KEYS: [&str; 4] = ["a", "b", "c", "d"];

/// Milliseconds by which the test's clock moves.
const STEP: i64 = 100;

#[derive(Clone, Debug)]
enum Op {
    Push {
        left: bool,
        key: usize,
        values: usize,
    },
    /// `wait`: milliseconds, `None`: the form that does not wait.
    Pop {
        left: bool,
        keys: Vec<usize>,
        wait: Option<i64>,
    },
    Move {
        from: usize,
        to: usize,
        wait: Option<i64>,
    },
    Del {
        key: usize,
    },
    Expire {
        key: usize,
        millis: i64,
    },
    Rename {
        from: usize,
        to: usize,
    },
    Unblock {
        client: usize,
    },
    Multi(Vec<Op>),
    Ping,
}

struct Waiter {
    client: usize,
    op: Op,
    keys: Vec<usize>,
    until: i64,
}

#[derive(Default)]
struct Model {
    lists: BTreeMap<usize, VecDeque<String>>,
    expiries: BTreeMap<usize, i64>,
    waiters: Vec<Waiter>,
    ready: Vec<usize>,
    backlog: Vec<VecDeque<(Op, String)>>,
    resumed: VecDeque<usize>,
    replies: Vec<String>,
    values: u64,
    now: i64,
    ids: Vec<u64>,
}

fn bulk(text: &str) -> String {
    format!("${}\r\n{text}\r\n", text.len())
}

impl Model {
    fn created(&mut self, key: usize) {
        let waits = self.waiters.iter().any(|waiter| waiter.keys.contains(&key));
        if waits && !self.ready.contains(&key) {
            self.ready.push(key);
        }
    }

    fn push(&mut self, left: bool, key: usize, value: String) {
        if !self.lists.contains_key(&key) {
            self.created(key);
        }
        let list = self.lists.entry(key).or_default();
        if left { list.push_front(value) } else { list.push_back(value) }
    }

    fn pop(&mut self, left: bool, key: usize) -> Option<String> {
        let list = self.lists.get_mut(&key)?;
        let value = if left { list.pop_front() } else { list.pop_back() };
        if list.is_empty() {
            self.remove(key);
        }
        value
    }

    fn remove(&mut self, key: usize) -> bool {
        self.expiries.remove(&key);
        self.lists.remove(&key).is_some()
    }

    /// Executes; `None`: it has to wait.
    fn run(&mut self, op: &Op, values: &[String]) -> Option<String> {
        Some(match op {
            Op::Push { left, key, .. } => {
                values.iter().for_each(|value| self.push(*left, *key, value.clone()));
                format!(":{}\r\n", self.lists[key].len())
            }
            Op::Pop { left, keys, wait } => {
                let found = keys.iter().find(|key| self.lists.contains_key(key))?;
                let value = self.pop(*left, *found)?;
                match wait {
                    Some(_) => format!("*2\r\n{}{}", bulk(KEYS[*found]), bulk(&value)),
                    None => bulk(&value),
                }
            }
            Op::Move { from, to, .. } => {
                let value = self.lists.get(from)?.front()?.clone();
                if from != to {
                    // The destination is made before the source goes.
                    self.push(true, *to, value.clone());
                    self.pop(true, *from);
                }
                bulk(&value)
            }
            Op::Del { key } => format!(":{}\r\n", i32::from(self.remove(*key))),
            Op::Expire { key, millis } => {
                let there = self.lists.contains_key(key);
                if there {
                    self.expiries.insert(*key, self.now + millis);
                }
                format!(":{}\r\n", i32::from(there))
            }
            Op::Rename { from, to } => {
                let Some(list) = self.lists.get(from).cloned() else {
                    return Some("-ERR no such key\r\n".to_owned());
                };
                if from != to {
                    let expiry = self.expiries.get(from).copied();
                    self.remove(*from);
                    self.remove(*to);
                    self.lists.insert(*to, list);
                    expiry.map(|at| self.expiries.insert(*to, at));
                    self.created(*to);
                }
                "+OK\r\n".to_owned()
            }
            Op::Unblock { client } => {
                let place = self.waiters.iter().position(|waiter| waiter.client == *client);
                if let Some(place) = place {
                    self.waiters.remove(place);
                    self.replies[*client] += "*-1\r\n";
                    self.resumed.push_back(*client);
                }
                format!(":{}\r\n", i32::from(place.is_some()))
            }
            Op::Multi(ops) => {
                let mut reply = "+OK\r\n".to_owned() + &"+QUEUED\r\n".repeat(ops.len());
                reply += &format!("*{}\r\n", ops.len());
                let mut values = values;
                for op in ops {
                    let (own, rest) = values.split_at(op.values());
                    values = rest;
                    reply += &self.run(op, own).unwrap_or_else(|| op.nothing());
                }
                reply
            }
            Op::Ping => "+PONG\r\n".to_owned(),
        })
    }

    /// A command of a client, and all that follows from it at once.
    fn execute(&mut self, client: usize, op: &Op, values: &[String]) {
        match self.run(op, values) {
            Some(reply) => self.replies[client] += &reply,
            None => match op.wait() {
                Some(millis) => self.wait(client, op.clone(), millis),
                None => self.replies[client] += &op.nothing(),
            },
        }
        while !self.ready.is_empty() {
            for key in std::mem::take(&mut self.ready) {
                self.serve(key);
            }
        }
    }

    fn wait(&mut self, client: usize, op: Op, millis: i64) {
        let keys = match &op {
            Op::Pop { keys, .. } => keys.clone(),
            Op::Move { from, .. } => vec![*from],
            _ => unreachable!("it does not wait"),
        };
        let until = if millis == 0 { i64::MAX } else { self.now + millis };
        self.waiters.push(Waiter { client, op, keys, until });
    }

    fn serve(&mut self, key: usize) {
        let clients = self.waiters.iter().filter(|waiter| waiter.keys.contains(&key));
        for client in clients.map(|waiter| waiter.client).collect::<Vec<_>>() {
            if !self.lists.contains_key(&key) {
                return;
            }
            let place = self.waiters.iter().position(|waiter| waiter.client == client);
            let waiter = self.waiters.remove(place.expect("only this loop removes"));
            let reply = self.run(&waiter.op, &[]).expect("the key is there");
            self.replies[client] += &reply;
            self.resumed.push_back(client);
        }
    }

    /// What a client sends.
    fn send(&mut self, client: usize, op: Op, values: Vec<String>) {
        let waits = self.waiters.iter().any(|waiter| waiter.client == client);
        if waits {
            return self.backlog[client].push_back((op, values.join(" ")));
        }
        self.execute(client, &op, &values);
        self.end_pass();
    }

    fn end_pass(&mut self) {
        while let Some(client) = self.resumed.pop_front() {
            while !self.waiters.iter().any(|waiter| waiter.client == client) {
                let Some((op, values)) = self.backlog[client].pop_front() else { break };
                let values: Vec<String> =
                    values.split(' ').filter(|v| !v.is_empty()).map(str::to_owned).collect();
                self.execute(client, &op, &values);
            }
        }
    }

    fn advance(&mut self, millis: i64) {
        for _ in 0..millis / STEP {
            self.now += STEP;
            let now = self.now;
            let over = self.expiries.iter().filter(|&(_, &at)| at < now).map(|(&key, _)| key);
            for key in over.collect::<Vec<_>>() {
                self.remove(key);
            }
            while let Some(place) = self.waiters.iter().position(|waiter| waiter.until < now) {
                let client = self.waiters.remove(place).client;
                self.replies[client] += "*-1\r\n";
                self.resumed.push_back(client);
            }
            self.end_pass();
        }
    }
}

impl Op {
    fn wait(&self) -> Option<i64> {
        match self {
            Op::Pop { wait, .. } | Op::Move { wait, .. } => *wait,
            _ => None,
        }
    }

    /// The reply where it may not wait.
    fn nothing(&self) -> String {
        let array = matches!(self, Op::Pop { wait: Some(_), .. });
        if array { "*-1\r\n" } else { "$-1\r\n" }.to_owned()
    }

    /// How many values it pushes.
    fn values(&self) -> usize {
        match self {
            Op::Push { values, .. } => *values,
            Op::Multi(ops) => ops.iter().map(Op::values).sum(),
            _ => 0,
        }
    }

    fn text(&self, ids: &[u64], values: &mut &[String]) -> String {
        let end = |left: &bool| if *left { "L" } else { "R" };
        let seconds = |wait: &i64| format!("{}", *wait as f64 / 1000.0);
        match self {
            Op::Push { left, key, values: count } => {
                let (own, rest) = values.split_at(*count);
                *values = rest;
                format!("{}PUSH {} {}", end(left), KEYS[*key], own.join(" "))
            }
            Op::Pop { left, keys, wait: Some(wait) } => {
                let keys: Vec<&str> = keys.iter().map(|&key| KEYS[key]).collect();
                format!("B{}POP {} {}", end(left), keys.join(" "), seconds(wait))
            }
            Op::Pop { left, keys, wait: None } => format!("{}POP {}", end(left), KEYS[keys[0]]),
            Op::Move { from, to, wait } => {
                let (from, to) = (KEYS[*from], KEYS[*to]);
                match wait {
                    Some(wait) => format!("BLMOVE {from} {to} LEFT LEFT {}", seconds(wait)),
                    None => format!("LMOVE {from} {to} LEFT LEFT"),
                }
            }
            Op::Del { key } => format!("DEL {}", KEYS[*key]),
            Op::Expire { key, millis } => format!("PEXPIRE {} {millis}", KEYS[*key]),
            Op::Rename { from, to } => format!("RENAME {} {}", KEYS[*from], KEYS[*to]),
            Op::Unblock { client } => format!("CLIENT UNBLOCK {}", ids[*client]),
            Op::Multi(ops) => {
                let ops: Vec<String> = ops.iter().map(|op| op.text(ids, values)).collect();
                format!("MULTI\r\n{}\r\nEXEC", ops.join("\r\n"))
            }
            Op::Ping => "PING".to_owned(),
        }
    }
}

fn pick(rng: &mut Prng, n: usize) -> usize {
    rng.below(n as u64) as usize
}

/// Times lie half way between the steps of the test's clock: the microseconds that commands take
/// never decide.
fn time(rng: &mut Prng) -> i64 {
    STEP / 2 + STEP * rng.below(8) as i64
}

fn random_op(rng: &mut Prng, nested: bool) -> Op {
    let (key, other, left) = (pick(rng, 4), pick(rng, 4), rng.below(2) == 0);
    let mut wait = || if rng.below(3) == 0 { 0 } else { time(rng) };
    let wait = wait();
    match rng.below(if nested { 12 } else { 16 }) {
        0..=2 => Op::Push { left, key, values: 1 + pick(rng, 3) },
        3 => Op::Pop { left, keys: vec![key], wait: None },
        4..=5 => {
            let keys = (0..1 + pick(rng, 3)).map(|_| pick(rng, 4)).collect();
            Op::Pop { left, keys, wait: Some(wait) }
        }
        6 => Op::Move { from: key, to: other, wait: Some(wait) },
        7 => Op::Move { from: key, to: other, wait: None },
        8 => Op::Del { key },
        9 => Op::Expire { key, millis: time(rng) },
        10 => Op::Rename { from: key, to: other },
        11 if nested => Op::Ping,
        11 => Op::Unblock { client: pick(rng, CLIENTS) },
        12..=13 => Op::Multi((0..1 + pick(rng, 4)).map(|_| random_op(rng, true)).collect()),
        14 => Op::Ping,
        _ => Op::Pop { left, keys: vec![key, other], wait: Some(wait) },
    }
}

fn history(seed: u64, steps: usize) {
    let mut rng = Prng::from_seed(seed);
    let mut sim = Sim::seed(seed);
    for _ in 1..CLIENTS {
        sim.connect();
    }
    let mut model = Model {
        backlog: vec![VecDeque::new(); CLIENTS],
        replies: vec![String::new(); CLIENTS],
        ..Model::default()
    };
    let mut ids: Vec<u64> = sim.engine.world.sessions.iter().map(|session| session.id.0).collect();
    ids.sort_unstable();
    model.ids = ids;
    for _ in 0..steps {
        if rng.below(5) == 0 {
            let millis = STEP * (1 + rng.below(4) as i64);
            sim.advance(millis);
            model.advance(millis);
        } else {
            let (client, op) = (pick(&mut rng, CLIENTS), random_op(&mut rng, false));
            let values: Vec<String> =
                (0..op.values()).map(|nth| format!("v{}", model.values + nth as u64)).collect();
            model.values += values.len() as u64;
            let text = op.text(&model.ids, &mut &values[..]) + "\r\n";
            sim.send(client, text.as_bytes());
            model.send(client, op, values);
        }
        for client in 0..CLIENTS {
            let expected = std::mem::take(&mut model.replies[client]);
            got(&mut sim, client, &expected);
        }
        assert_eq!(sim.engine.world.block.clients(), model.waiters.len());
    }
    (0..CLIENTS).for_each(|client| sim.disconnect(client));
    nobody_waits(&sim);
}

#[test]
fn random_histories_are_those_of_the_model() {
    (0..40).for_each(|seed| history(seed, 400));
}
