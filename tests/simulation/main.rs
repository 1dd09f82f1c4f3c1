//! Many clients of a simulated server, driven by a seed, and a model that says what each must hear.
//!
//! `FERROUS_SIM_SEEDS` sets the number of seeds (300), `FERROUS_SIM_SEED` the first one. A failure
//! names its seed; `FERROUS_SIM_SEED=n FERROUS_SIM_SEEDS=1` runs it again.

use std::fmt::Write;

use ferrous::sim::Sim;
use model::{Client, Model};
use random::Random;

mod model;
#[path = "../support/random.rs"]
mod random;

/// Clients of a run.
const CLIENTS: usize = 6;
/// Steps of a run.
const STEPS: usize = 80;
/// Between two timeouts that may come in either order.
const SLACK_MS: i64 = 3;

const KEYS: &[&str] = &["a", "b", "c", "d"];

/// What a run does next.
enum Step {
    /// One client sends commands in one piece.
    Send(Client, Vec<Vec<String>>),
    /// Time passes.
    Pass(i64),
    /// A client goes, and another one comes in its place.
    Leave(Client),
}

/// Chooses steps.
struct Scheduler {
    random: Random,
    abilities: Abilities,
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

fn request(words: &[String]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len())).collect();
    format!("*{}\r\n{}", words.len(), words.concat())
}

/// Runs the commands of its argument, separated by `;`, up to one that is refused, and returns the
/// last reply.
const SCRIPT: &str = "local last
for line in string.gmatch(ARGV[1], '[^;]+') do
  local words = {}
  for word in string.gmatch(line, '[^ ]+') do words[#words + 1] = word end
  last = redis.pcall(unpack(words))
  if type(last) == 'table' and last.err then break end
end
return last";

/// What stays outside of scripts.
const UNSCRIPTED: &[&str] = &["MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "NONSENSE", "CLIENT"];

/// What the server can do already.
#[derive(Clone, Copy)]
struct Abilities {
    waits: bool,
    scripts: bool,
}

impl Abilities {
    fn of_the_server() -> Self {
        let mut sim = Sim::seed(1);
        let scripts = sim.ask("EVAL \"return 7\" 0").0 == b":7\r\n";
        let waits = sim.ask("BLPOP nothing 0").0.is_empty();
        Self { waits, scripts }
    }
}

impl Scheduler {
    fn key(&mut self) -> &'static str {
        self.random.pick::<&str>(KEYS)
    }

    /// A command that waits for nothing.
    fn plain(&mut self) -> String {
        let (key, other, n) = (self.key(), self.key(), self.random.below(20));
        match self.random.below(27) {
            0 | 1 => format!("SET {key} {n}"),
            2 => format!("SET {key} {n} PX {}", 1 + self.random.below(200)),
            3 | 4 => format!("GET {key}"),
            5 | 6 => format!("INCR {key}"),
            7 => format!("APPEND {key} {n}"),
            8 | 9 => format!("DEL {key} {other}"),
            10 => format!("EXISTS {key} {other}"),
            11 | 12 => format!("PEXPIRE {key} {}", self.random.below(150)),
            13 => format!("PERSIST {key}"),
            14 => format!("PTTL {key}"),
            15 | 16 => format!("LPUSH {key} {n}"),
            17 => format!("RPUSH {key} {n} x{n} y{n}"),
            18 => format!("LPOP {key}"),
            19 => format!("RPOP {key}"),
            20 => format!("LRANGE {key} 0 -1"),
            21 => format!("LMOVE {key} {other} LEFT {}", self.random.pick(&["LEFT", "RIGHT"])),
            22 | 23 => format!("ZADD {key} {n} m{}", self.random.below(4)),
            24 => format!("ZPOPMIN {key}"),
            25 => format!("LLEN {key}"),
            _ if self.random.one_in(3) => "FLUSHALL".into(),
            _ => format!("ZCARD {key}"),
        }
    }

    fn blocking(&mut self) -> String {
        let (key, other) = (self.key(), self.key());
        let timeout = *self.random.pick(&["0", "0", "0.05", "0.2", "1"]);
        match self.random.below(4) {
            0 => format!("BLPOP {key} {other} {timeout}"),
            1 => format!("BRPOP {key} {timeout}"),
            2 => format!("BLMOVE {key} {other} RIGHT LEFT {timeout}"),
            _ => format!("BZPOPMIN {key} {other} {timeout}"),
        }
    }

    /// What one client does to the others; `@number` is another client.
    fn meddle(&mut self) -> String {
        let (other, millis) = (self.random.below(CLIENTS), 1 + self.random.below(250));
        match self.random.below(9) {
            0 => format!("CLIENT KILL ID @{other}"),
            1 | 2 => format!("CLIENT UNBLOCK @{other} TIMEOUT"),
            3 => format!("CLIENT UNBLOCK @{other} ERROR"),
            4 => format!("CLIENT PAUSE {millis} ALL"),
            5 | 6 => format!("CLIENT PAUSE {millis} WRITE"),
            _ => "CLIENT UNPAUSE".into(),
        }
    }

    /// Commands in one piece; the last one may wait.
    fn commands(&mut self) -> Vec<Vec<String>> {
        let mut lines = Vec::new();
        match self.random.below(13) {
            0..=4 => lines.push(self.plain()),
            5 => lines.extend((0..=self.random.below(4)).map(|_| self.plain())),
            6 => lines.push(format!("WATCH {}", self.key())),
            7 => lines.push("MULTI".into()),
            8 => lines.push((*self.random.pick(&["EXEC", "EXEC", "EXEC", "DISCARD"])).into()),
            9 => {
                lines.push("MULTI".into());
                for _ in 0..self.random.below(4) {
                    lines.push(match self.random.below(16) {
                        0 => self.meddle(),
                        1..=4 => self.blocking(),
                        _ => self.plain(),
                    });
                }
                lines.push("EXEC".into());
            }
            10 if self.random.one_in(6) => lines.push("NONSENSE".into()),
            10 => lines.push("UNWATCH".into()),
            11 => lines.extend([self.meddle(), self.plain()]),
            _ if self.abilities.waits => lines.push(self.blocking()),
            _ => lines.push(self.plain()),
        }
        let mut commands: Vec<_> = lines.iter().map(|line| words(line)).collect();
        if self.abilities.scripts && self.random.one_in(8) {
            for command in &mut commands {
                if !UNSCRIPTED.contains(&&*command[0]) {
                    *command = self.script(command);
                }
            }
        }
        commands
    }

    /// A script that runs this command and others.
    fn script(&mut self, command: &[String]) -> Vec<String> {
        let more = (0..self.random.below(3)).map(|_| self.plain() + ";").collect::<String>();
        let (key, line) = (self.key(), more + &command.join(" "));
        ["EVAL", SCRIPT, "1", key, &line].iter().map(|word| (*word).to_owned()).collect()
    }

    fn step(&mut self, free: &[Client]) -> Step {
        if free.is_empty() || self.random.one_in(6) {
            return Step::Pass(*self.random.pick(&[1, 3, 20, 60, 150, 1000]));
        }
        let client = *self.random.pick(free);
        if self.random.one_in(60) {
            return Step::Leave(self.random.below(CLIENTS));
        }
        Step::Send(client, self.commands())
    }
}

/// A run of one seed.
struct Run {
    sim: Sim,
    /// When the simulation's time began.
    start_us: i64,
    model: Model,
    /// What each client has received and was not compared yet.
    unread: Vec<String>,
    /// Numbers of the clients in the simulation.
    numbers: Vec<usize>,
    /// The id of the simulation's first client; those of the others follow.
    first_id: usize,
    /// What happened, for the report.
    history: String,
    /// Changes what the server answers, to see whether it is noticed.
    lie: fn(usize, Vec<u8>) -> Vec<u8>,
    heard: usize,
}

impl Run {
    fn new(seed: u64, lie: fn(usize, Vec<u8>) -> Vec<u8>) -> Self {
        let mut sim = Sim::seed(seed);
        let numbers = (0..CLIENTS).map(|_| sim.connect()).collect();
        let tick = sim.engine.world.tick;
        let start_us = tick.wall_us - sim.world.borrow().elapsed_us;
        let mut model = Model::new(tick.millis());
        let id = String::from_utf8_lossy(&sim.ask("CLIENT ID").0).into_owned();
        let first_id = id[1..].trim_end().parse().expect("an id");
        let unread = vec![String::new(); CLIENTS];
        let numbers: Vec<usize> = numbers;
        for (client, number) in numbers.iter().enumerate() {
            model.arrive(client, number + first_id);
        }
        let history = String::new();
        Self { sim, start_us, model, numbers, unread, first_id, history, lie, heard: 0 }
    }

    /// A command with the ids of clients in it.
    fn named(&self, words: &[String]) -> Vec<String> {
        let words = words.iter().map(|word| match word.strip_prefix('@') {
            Some(client) => {
                let client: Client = client.parse().expect("the number of a client");
                (self.numbers[client] + self.first_id).to_string()
            }
            None => word.clone(),
        });
        words.collect()
    }

    /// Another client in the place of one that has gone.
    fn replace(&mut self, client: Client) {
        self.numbers[client] = self.sim.connect();
        self.model.arrive(client, self.numbers[client] + self.first_id);
    }

    fn now(&self) -> i64 {
        (self.start_us + self.sim.world.borrow().elapsed_us) / 1000
    }

    /// Lets the current millisecond pass, so that what is sent next sees one time.
    fn align(&mut self) {
        let mut world = self.sim.world.borrow_mut();
        world.elapsed_us += 1000 - (self.start_us + world.elapsed_us) % 1000;
    }

    /// Takes what the clients have received.
    fn receive(&mut self) {
        for client in 0..CLIENTS {
            let bytes = self.sim.received(self.numbers[client]);
            if !bytes.is_empty() {
                self.heard += 1;
                let bytes = (self.lie)(self.heard, bytes);
                self.unread[client] += &String::from_utf8_lossy(&bytes);
            }
        }
    }

    /// Compares what was received with what should have been, and leaves both as they are. Returns
    /// the clients that have been ended.
    fn compare(&mut self, mut wanted: Vec<(Client, String)>) -> Result<Vec<Client>, String> {
        let killed = self.model.take_killed();
        if let Some(client) = killed.iter().find(|one| self.sim.is_open(self.numbers[**one])) {
            return Err(format!("{client} lives"));
        }
        // What those were told before may be lost.
        wanted.retain(|(one, _)| !killed.contains(one));
        wanted.sort_by_key(|(client, _)| *client);
        let mut joined: Vec<(Client, String)> = Vec::new();
        for (client, answer) in wanted {
            match joined.last_mut() {
                Some((last, text)) if *last == client => text.push_str(&answer),
                _ => joined.push((client, answer)),
            }
        }
        let heard = self.unread.iter().cloned().enumerate();
        let heard = heard.filter(|(one, text)| !text.is_empty() && !killed.contains(one));
        let got: Vec<_> = heard.collect();
        match got == joined {
            true => Ok(killed),
            false => Err(format!("wanted {joined:?}\n   got {got:?}")),
        }
    }

    /// Compares what was received with what follows from `act`.
    ///
    /// Whose time is over about now may have been told so before that or not: the server decides,
    /// but what all clients hear must fit one way of it.
    fn settle(
        &mut self,
        now: i64,
        act: impl Fn(&mut Model) -> Vec<(Client, String)>,
    ) -> Result<(), String> {
        self.receive();
        writeln!(self.history, "    {:?}", self.unread).expect("a String takes anything");
        let near = |one: &Client| {
            let deadline = self.model.wait(*one).and_then(|wait| wait.deadline);
            deadline.is_some_and(|at| at <= now + SLACK_MS)
                && self.unread[*one].starts_with(model::NO_ARRAY)
        };
        let near: Vec<Client> = (0..CLIENTS).filter(near).collect();
        let before = self.model.clone();
        let mut outcome = Ok(Vec::new());
        for first in (0..1_u32 << near.len()).rev() {
            self.model = before.clone();
            let over = near.iter().enumerate().filter(|(at, _)| first & (1 << at) != 0);
            let mut wanted: Vec<_> =
                over.map(|(_, client)| (*client, self.model.give_up(*client))).collect();
            wanted.extend(act(&mut self.model));
            wanted.extend(self.give_up(now));
            outcome = self.compare(wanted);
            if outcome.is_ok() {
                break;
            }
        }
        for client in outcome? {
            self.replace(client);
        }
        self.unread.fill(String::new());
        Ok(())
    }

    /// The answers of those whose time is over: at the latest when the slack is used up, and so
    /// near the end the server decides.
    fn give_up(&mut self, now: i64) -> Vec<(Client, String)> {
        let mut answers = Vec::new();
        for client in 0..CLIENTS {
            let deadline = self.model.wait(client).and_then(|wait| wait.deadline);
            let answered = || !self.unread[client].is_empty();
            let over = deadline
                .is_some_and(|at| at < now - SLACK_MS || at <= now + SLACK_MS && answered());
            if over {
                answers.push((client, self.model.give_up(client)));
            }
        }
        answers
    }

    /// Lets time pass, but not beyond the end of a pause, so that the model knows when those go on
    /// that were held back. Returns how much has passed.
    fn pass(&mut self, millis: i64) -> Result<i64, String> {
        let mut passed = millis;
        if let Some(end) = self.model.pause_end() {
            self.align();
            passed = millis.min((end - self.now()).max(1));
        }
        self.sim.advance(passed);
        let now = self.now();
        self.model.pass(now);
        self.settle(now, Model::end_pause)?;
        Ok(passed)
    }

    fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Pass(millis) => {
                writeln!(self.history, "pass {millis}").expect("a String takes anything");
                let mut left = millis;
                while left > 0 {
                    left -= self.pass(left)?;
                }
                Ok(())
            }
            Step::Leave(client) => {
                writeln!(self.history, "{client} leaves").expect("a String takes anything");
                self.sim.disconnect(self.numbers[client]);
                self.model.leave(client);
                self.replace(client);
                let now = self.now();
                self.settle(now, |_| Vec::new())
            }
            Step::Send(client, commands) => {
                for words in &commands {
                    let line = words.join(" ").replace(SCRIPT, "SCRIPT");
                    writeln!(self.history, "{client}> {line}").expect("a String takes anything");
                }
                // One millisecond for all of it, so that the model knows the time.
                self.align();
                if self.model.pause_end().is_some_and(|end| end <= self.now()) {
                    self.pass(1)?;
                    self.align();
                }
                let now = self.now();
                self.model.pass(now);
                let commands: Vec<_> = commands.iter().map(|words| self.named(words)).collect();
                let requests: Vec<_> = commands.iter().map(|words| request(words)).collect();
                self.sim.send(self.numbers[client], requests.concat().as_bytes());
                self.settle(now, |model| model.run(client, &commands))
            }
        }
    }
}

/// Runs a seed: what went wrong, if anything.
fn run(seed: u64, abilities: Abilities, lie: fn(usize, Vec<u8>) -> Vec<u8>) -> Result<(), String> {
    let mut run = Run::new(seed, lie);
    let mut scheduler = Scheduler { random: Random::new(seed), abilities };
    for _ in 0..STEPS {
        let free: Vec<_> = (0..CLIENTS).filter(|one| run.model.is_free(*one)).collect();
        let step = scheduler.step(&free);
        if let Err(why) = run.step(step) {
            return Err(format!("seed {seed}:\n{}{why}", run.history));
        }
    }
    Ok(())
}

fn setting(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn every_client_hears_what_the_model_says() {
    let (first, count) = (setting("FERROUS_SIM_SEED", 1), setting("FERROUS_SIM_SEEDS", 300));
    let abilities = Abilities::of_the_server();
    if !abilities.waits || !abilities.scripts {
        eprintln!("PENDING: waits {}, scripts {}", abilities.waits, abilities.scripts);
    }
    for seed in first..first + count {
        run(seed, abilities, |_, bytes| bytes).unwrap_or_else(|why| panic!("{why}"));
    }
}

#[test]
fn a_wrong_answer_is_noticed() {
    let abilities = Abilities::of_the_server();
    let twist = |heard, bytes: Vec<u8>| if heard == 20 { b":77\r\n".to_vec() } else { bytes };
    let noticed = (1..=20).filter(|seed| run(*seed, abilities, twist).is_err()).count();
    assert_eq!(noticed, 20);
}

#[test]
fn a_lost_answer_is_noticed() {
    let abilities = Abilities::of_the_server();
    let lose = |heard, bytes: Vec<u8>| if heard == 20 { Vec::new() } else { bytes };
    let noticed = (1..=20).filter(|seed| run(*seed, abilities, lose).is_err()).count();
    assert_eq!(noticed, 20);
}
