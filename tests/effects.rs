//! What commands leave behind besides replies: the propagation stream and the keyspace events, as
//! Redis 7.2.4 wrote the one into its AOF and sent it to a replica, and published the others.
//!
//! `tests/data/effects/*.txt` are replayed in the simulation. `FERROUS_RECORD=path` runs that
//! server and writes down what it did. The form of the files:
//!
//! | line | meaning |
//! |---|---|
//! | `# text` | a comment |
//! | `> SET k v` | client *default* sends a command |
//! | `b> GET k` | client *b* does |
//! | `b~> BLPOP l 0` | client *b* does, and the reply is not waited for |
//! | `@sleep N` | N milliseconds pass |
//! | `@one a b c` | in the next effects, each of these words reads `{one}`: which one is free |
//! | two spaces, `2: SET k v` | was propagated, in database 2 (0 is not named) |
//! | two spaces, `aof SET k v` | was written into the AOF only |
//! | two spaces, `replica SET k v` | was sent to replicas only |
//! | two spaces, `! 2: set k` | the event `set` of key `k` |
//!
//! A point in time within a few minutes reads `{now+N}`, in whole seconds.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ferrous::config::{Config, EventClasses, ProtectedAction};
use ferrous::keyspace::changes::Targets;
use ferrous::keyspace::event::Class;
use ferrous::sim::Sim;
use support::client::{Client, PATIENCE};
use support::frame::Node;
use support::process::{Launch, Server};
use support::{frame, quote};

#[allow(dead_code, reason = "each test program uses a part of the shared code")]
mod support;

/// One effect, as a line of a file.
type Effect = String;

/// An effect as it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Raw {
    kind: Kind,
    /// `None`: it brackets others, which have one.
    db: Option<u32>,
    words: Vec<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A command for the AOF and for replicas.
    Command,
    /// A command for one of them.
    AofOnly,
    ReplicaOnly,
    Event,
}

/// One order for two streams that have most in common.
fn merge(aof: Vec<Raw>, replica: Vec<Raw>) -> Vec<Raw> {
    let only = |raw: &Raw, kind| Raw { kind, ..raw.clone() };
    let (mut aof, mut replica) = (aof.as_slice(), replica.as_slice());
    let mut merged = Vec::new();
    loop {
        match (aof, replica) {
            ([], []) => return merged,
            ([a, aofs @ ..], [r, replicas @ ..]) if a == r => {
                merged.push(a.clone());
                (aof, replica) = (aofs, replicas);
            }
            ([a, aofs @ ..], rest) if rest.is_empty() || !rest.contains(a) => {
                merged.push(only(a, Kind::AofOnly));
                aof = aofs;
            }
            (_, [r, replicas @ ..]) => {
                merged.push(only(r, Kind::ReplicaOnly));
                replica = replicas;
            }
            ([a, aofs @ ..], []) => {
                merged.push(only(a, Kind::AofOnly));
                aof = aofs;
            }
        }
    }
}

/// Something that has effects.
trait World {
    /// Runs a command of a client; `waits`: its reply ends it.
    fn run(&mut self, client: &str, words: &[Vec<u8>], waits: bool);

    /// Lets time pass.
    fn pass(&mut self, millis: u64);

    /// The effects since the last call: commands, then events.
    fn effects(&mut self) -> Vec<Raw>;

    /// Milliseconds since 1970.
    fn now(&self) -> i64;
}

/// A step of a file.
enum Step {
    Run { client: String, words: Vec<Vec<u8>>, waits: bool },
    Pass(u64),
    One(Vec<Vec<u8>>),
}

/// A file: the lines of steps, each with the effects behind it.
struct Script {
    steps: Vec<(usize, Step, Vec<Effect>)>,
}

impl Script {
    fn parse(text: &str) -> Result<Self, String> {
        let mut steps: Vec<(usize, Step, Vec<Effect>)> = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let fail = |why: &str| format!("line {}: {why}", at + 1);
            if let Some(effect) = line.strip_prefix("  ") {
                let last = steps.last_mut().ok_or_else(|| fail("an effect of nothing"))?;
                last.2.push(effect.to_owned());
            } else if let Some(rest) = line.strip_prefix("@sleep ") {
                let millis = rest.parse().map_err(|_| fail("no number"))?;
                steps.push((at + 1, Step::Pass(millis), Vec::new()));
            } else if let Some(rest) = line.strip_prefix("@one ") {
                steps.push((at + 1, Step::One(quote::split(rest)?), Vec::new()));
            } else if !line.is_empty() && !line.starts_with('#') {
                let (client, command) = line.split_once("> ").ok_or_else(|| fail("what?"))?;
                let (client, waits) = match client.strip_suffix('~') {
                    Some(client) => (client, false),
                    None => (client, true),
                };
                let words = quote::split(command)?;
                let client = client.to_owned();
                steps.push((at + 1, Step::Run { client, words, waits }, Vec::new()));
            }
        }
        Ok(Self { steps })
    }

    /// Runs it: the effects of each step.
    fn play(&self, world: &mut dyn World) -> Vec<Vec<Effect>> {
        let mut one = Vec::new();
        let mut all = Vec::new();
        for (_, step, _) in &self.steps {
            match step {
                Step::Run { client, words, waits } => world.run(client, words, *waits),
                Step::Pass(millis) => world.pass(*millis),
                Step::One(words) => {
                    one.clone_from(words);
                    all.push(Vec::new());
                    continue;
                }
            }
            let now = world.now();
            let effects = world.effects();
            all.push(effects.iter().map(|effect| line(effect, &one, now)).collect());
            one.clear();
        }
        all
    }
}

/// The line of an effect.
fn line(raw: &Raw, one: &[Vec<u8>], now: i64) -> Effect {
    let word = |word: &Vec<u8>| {
        if one.contains(word) {
            return "{one}".to_owned();
        }
        let text = std::str::from_utf8(word).unwrap_or("");
        let (number, rest) = text.split_at(text.find('-').unwrap_or(text.len()));
        match number.parse::<i64>() {
            Ok(at) if (now - 400_000..now + 400_000).contains(&at) => {
                // Rounded: the command took its time.
                let seconds = (at - now + 400_500) / 1000 - 400;
                format!("{{now+{seconds}}}{rest}")
            }
            _ => quote::join(std::slice::from_ref(word)),
        }
    };
    let words: Vec<_> = raw.words.iter().map(word).collect();
    let mark = match raw.kind {
        Kind::Command => "",
        Kind::AofOnly => "aof ",
        Kind::ReplicaOnly => "replica ",
        Kind::Event => "! ",
    };
    let db = raw.db.filter(|db| *db != 0).map_or(String::new(), |db| format!("{db}: "));
    format!("{mark}{db}{}", words.join(" "))
}

/// Everything that can be published, on channels named after events.
const EVERYTHING: Class =
    Class(Class::ALL.0 | Class::KEY_MISS.0 | Class::NEW.0 | Class::KEYEVENT.0);

/// The simulation.
struct Simulated {
    sim: Sim,
    clients: HashMap<String, usize>,
}

impl Simulated {
    fn start() -> Self {
        let config = Config {
            enable_debug_command: ProtectedAction::Yes,
            notify_keyspace_events: EventClasses(EVERYTHING.0),
            ..Config::default()
        };
        let mut sim = Sim::with_config(11, config);
        sim.engine.record_effects(EVERYTHING);
        Self { sim, clients: HashMap::new() }
    }
}

impl World for Simulated {
    fn run(&mut self, client: &str, words: &[Vec<u8>], waits: bool) {
        let sim = &mut self.sim;
        let client = *self.clients.entry(client.to_owned()).or_insert_with(|| sim.connect());
        sim.send(client, &quote::request(words));
        let mut answered = !sim.received(client).is_empty();
        // A client that waits for a time is answered when it has passed.
        for _ in 0..100 {
            if answered || !waits {
                return;
            }
            sim.advance(1);
            answered = !sim.received(client).is_empty();
        }
        panic!("no reply to {}", quote::join(words));
    }

    fn pass(&mut self, millis: u64) {
        self.sim.advance(millis as i64);
    }

    fn effects(&mut self) -> Vec<Raw> {
        let world = &mut self.sim.engine.world;
        let sent = world.propagated.as_mut().map(std::mem::take).unwrap_or_default();
        let stream = |to: Targets| -> Vec<Raw> {
            let taken = sent.iter().filter(|one| one.to.meets(to));
            let raw = taken.map(|one| Raw {
                kind: Kind::Command,
                db: one.db.map(|db| db.0),
                words: one.argv.iter().map(|word| word.to_vec()).collect(),
            });
            raw.collect()
        };
        let commands = merge(stream(Targets::LOG), stream(Targets::REPLICAS));
        let events = world.events.as_mut().map(std::mem::take).unwrap_or_default();
        let events = events.into_iter().map(|event| Raw {
            kind: Kind::Event,
            db: Some(event.db.0),
            words: vec![event.name.as_bytes().to_vec(), event.key.to_vec()],
        });
        commands.into_iter().chain(events).collect()
    }

    fn now(&self) -> i64 {
        self.sim.engine.world.tick.millis()
    }
}

/// A stream of propagated commands, as it is read.
#[derive(Default)]
struct Stream {
    db: u32,
}

impl Stream {
    /// A command of the stream, unless it selects a database or keeps the link alive.
    fn take(&mut self, node: &Node) -> Option<Raw> {
        let words: Vec<_> = node.elements().iter().map(|word| word.text().to_vec()).collect();
        let (mut db, kind) = (Some(self.db), Kind::Command);
        if words[0].eq_ignore_ascii_case(b"SELECT") {
            self.db = String::from_utf8_lossy(&words[1]).parse().expect("a number");
            return None;
        }
        if words[0] == b"PING" {
            return None;
        }
        if words.len() == 1 && (words[0] == b"MULTI" || words[0] == b"EXEC") {
            db = None;
        }
        Some(Raw { kind, db, words })
    }
}

/// A real server with an AOF, a replica of it, and a client that listens to events.
struct Real {
    server: Server,
    clients: HashMap<String, Client>,
    listener: Client,
    replica: Client,
    sent: Stream,
    read: usize,
    log: Stream,
    started: bool,
}

impl Real {
    fn start(binary: &Path) -> Self {
        let options = [
            ("appendonly", "yes"),
            ("appendfsync", "no"),
            ("notify-keyspace-events", "EAmn"),
            ("enable-debug-command", "yes"),
            ("repl-diskless-sync-delay", "0"),
        ];
        let launch = options
            .iter()
            .fold(Launch::new(binary), |launch, (name, value)| launch.option(name, value));
        let server = launch.start();
        let mut listener = server.client();
        listener.ask("PSUBSCRIBE __keyevent@*");
        let mut replica = server.client();
        replica.send(b"SYNC\r\n");
        replica.skip_snapshot();
        let clients = HashMap::new();
        let (sent, log) = (Stream::default(), Stream::default());
        Self { server, clients, listener, replica, sent, read: 0, log, started: false }
    }

    /// What was appended to the AOF since the last look.
    fn appended(&mut self) -> Vec<Raw> {
        let path = self.server.dir().join("appendonlydir/appendonly.aof.1.incr.aof");
        let bytes = fs::read(path).expect("the AOF of the server");
        let mut commands = Vec::new();
        while let Some((node, len)) = frame::parse(&bytes[self.read..]).expect("an AOF") {
            self.read += len;
            commands.extend(self.log.take(&node));
        }
        commands
    }

    /// What was sent to the replica since the last look.
    fn replicated(&mut self) -> Vec<Raw> {
        let mut commands = Vec::new();
        while self.replica.has_input() {
            let node = self.replica.reply(PATIENCE).expect("a propagated command");
            commands.extend(self.sent.take(&node));
        }
        commands
    }
}

impl World for Real {
    fn run(&mut self, client: &str, words: &[Vec<u8>], waits: bool) {
        if !std::mem::replace(&mut self.started, true) {
            self.appended();
            self.replicated();
        }
        let server = &self.server;
        let client = self.clients.entry(client.to_owned()).or_insert_with(|| server.client());
        client.send(&quote::request(words));
        if waits {
            client.reply(PATIENCE).expect("a reply");
        } else {
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn pass(&mut self, millis: u64) {
        std::thread::sleep(Duration::from_millis(millis));
    }

    fn effects(&mut self) -> Vec<Raw> {
        let aof = self.appended();
        let mut events = Vec::new();
        self.listener.send(b"*1\r\n$4\r\nPING\r\n");
        loop {
            let node = self.listener.reply(PATIENCE).expect("a message or a pong");
            let words: Vec<_> = node.elements().iter().map(|word| word.text().to_vec()).collect();
            if words.first().is_some_and(|word| word == b"pong") {
                let replica = self.replicated();
                return merge(aof, replica).into_iter().chain(events).collect();
            }
            let channel = String::from_utf8_lossy(&words[2]).into_owned();
            let (place, event) = channel.split_once(":").expect("a channel of an event");
            let db = place.trim_matches(|c: char| !c.is_ascii_digit()).parse().expect("a number");
            let words = vec![event.as_bytes().to_vec(), words[3].clone()];
            events.push(Raw { kind: Kind::Event, db: Some(db), words });
        }
    }

    fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        since.as_millis() as i64
    }
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/effects");
    let files = fs::read_dir(folder).expect("the folder of effects").flatten();
    let mut files: Vec<_> = files.map(|entry| entry.path()).collect();
    files.sort();
    files
}

fn record(path: &Path, text: &str, server: &Path) -> Result<(), String> {
    let script = Script::parse(text)?;
    let effects = script.play(&mut Real::start(server));
    let by_line: BTreeMap<_, _> = script.steps.iter().map(|step| step.0).zip(effects).collect();
    let mut out = String::new();
    for (at, line) in text.lines().enumerate() {
        if !line.starts_with("  ") {
            out += &format!("{line}\n");
        }
        for effect in by_line.get(&(at + 1)).into_iter().flatten() {
            out += &format!("  {effect}\n");
        }
    }
    fs::write(path, out).map_err(|why| why.to_string())
}

/// The steps whose effects are others.
fn differences(script: &Script, effects: &[Vec<Effect>]) -> Vec<String> {
    let pairs = script.steps.iter().zip(effects);
    let wrong = pairs.filter(|((_, _, wanted), got)| wanted != *got);
    wrong
        .map(|((line, _, wanted), got)| {
            format!("line {line}:\n  wanted {wanted:?}\n  got    {got:?}")
        })
        .collect()
}

#[test]
fn commands_leave_behind_what_those_of_redis_do() {
    let server = std::env::var_os("FERROUS_RECORD").map(PathBuf::from);
    let only = std::env::var("FERROUS_ONLY").unwrap_or_default();
    let mut wrong = Vec::new();
    for path in files().iter().filter(|path| path.display().to_string().contains(&only)) {
        let text = fs::read_to_string(path).expect("a file of effects");
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(server) = &server {
            record(path, &text, server).unwrap_or_else(|why| panic!("{name}: {why}"));
            continue;
        }
        let script = Script::parse(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
        let effects = script.play(&mut Simulated::start());
        wrong.extend(differences(&script, &effects).iter().map(|text| format!("{name} {text}")));
    }
    assert!(wrong.is_empty(), "{} steps differ\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_wrong_effect_is_noticed() {
    let right = "> SET k v\n  SET k v\n  ! new k\n  ! set k\n";
    let wrong = |text: &str| {
        let script = Script::parse(text).expect("a script");
        differences(&script, &script.play(&mut Simulated::start())).len()
    };
    assert_eq!(wrong(right), 0);
    assert_eq!(wrong("> SET k v\n  SET k v\n  ! set k\n"), 1);
    assert_eq!(wrong("> SET k v\n  ! new k\n  ! set k\n"), 1);
    assert_eq!(wrong("> GET k\n"), 1);
}
