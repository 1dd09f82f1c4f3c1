//! A simulated process: the same core under a fake world, for tests.
//!
//! Time moves only when the test says so, plus a microsecond per command, so that durations are not
//! zero.

pub mod fuzz;
pub mod restore;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::base::id::ClientKey;
use crate::base::time::{Millis, Tick};
use crate::commands::GROUPS;
use crate::config::{Apply, ChangeDir, Config, Effect};
use crate::core::busy::{BusyCore, Sockets};
use crate::core::engine::{Engine, NewClient};
use crate::core::host::{CpuFigures, Host, Level, MemoryFigures, ProcessFacts};
use crate::resp::outbox::{Control, Outbox, Span};
use crate::resp::parse::{Limits, Parser};
use crate::resp::turn::Turn;
use crate::scripting::Machine;

/// Where simulated time starts: an instant in 2023, so that expiries look like real ones.
const START_US: i64 = 1_700_000_000_000_000;

/// The fake process.
#[derive(Debug, Default)]
pub struct FakeWorld {
    /// Microseconds since the start.
    pub elapsed_us: i64,
    /// Microseconds that pass with each look at the clock; 0 stands for 1.
    pub look_us: i64,
    /// Read instead of simulated time, for measuring what that costs.
    pub clock: Option<fn() -> Tick>,
    /// Bytes that the core is told are in use.
    pub used_memory: usize,
    /// Contents of files by path.
    pub files: std::collections::BTreeMap<Vec<u8>, Vec<u8>>,
    /// Lines of the log.
    pub log: Vec<(Level, String)>,
    /// Number of things given up for dropping elsewhere.
    pub discarded: u64,
}

struct FakeHost(Rc<RefCell<FakeWorld>>, ProcessFacts);

impl ChangeDir for FakeHost {
    fn change_dir(&mut self, path: &[u8]) -> Result<Vec<u8>, String> {
        Ok(path.to_vec())
    }
}

impl Apply for FakeHost {
    fn apply(&mut self, _: Effect, _: &Config) -> Result<(), String> {
        Ok(())
    }
}

impl Host for FakeHost {
    fn tick(&mut self) -> Tick {
        let mut world = self.0.borrow_mut();
        if let Some(clock) = world.clock {
            return clock();
        }
        world.elapsed_us += world.look_us.max(1);
        let us = world.elapsed_us;
        Tick { wall_us: START_US + us, mono_ns: us as u64 * 1000 }
    }

    fn used_memory(&self) -> usize {
        self.0.borrow().used_memory
    }

    fn memory(&self) -> MemoryFigures {
        MemoryFigures { used: self.used_memory(), ..MemoryFigures::default() }
    }

    fn cpu(&self) -> CpuFigures {
        CpuFigures::default()
    }

    fn facts(&self) -> &ProcessFacts {
        &self.1
    }

    fn settings(&mut self, _: &Config) {}

    fn listeners(&self, _: &Config) -> Vec<String> {
        Vec::new()
    }

    fn log(&mut self, level: Level, text: &str) {
        self.0.borrow_mut().log.push((level, text.to_owned()));
    }

    fn read_file(&mut self, path: &[u8]) -> Result<Vec<u8>, String> {
        Ok(self.0.borrow().files.get(path).cloned().unwrap_or_default())
    }

    fn replace_file(&mut self, path: &[u8], contents: &[u8]) -> Result<(), String> {
        self.0.borrow_mut().files.insert(path.to_vec(), contents.to_vec());
        Ok(())
    }

    fn sleep(&mut self, micros: u64) {
        self.0.borrow_mut().elapsed_us += micros as i64;
    }

    fn discard(&mut self, _: Box<dyn Send>, objects: usize) {
        self.0.borrow_mut().discarded += objects as u64;
    }

    fn discarded(&self) -> (usize, u64) {
        (0, self.0.borrow().discarded)
    }

    fn crash(&mut self) {
        panic!("a simulated process crashes");
    }

    fn purge(&mut self) {}

    fn print(&mut self, text: &str) {
        self.log(Level::Notice, text);
    }

    fn allocator_setting(&mut self, _: &[u8], _: Option<i64>) -> Result<Option<i64>, String> {
        Err("No such file or directory".to_owned())
    }

    fn allocator_text(&mut self, _: &[u8], _: Option<&[u8]>) -> Result<Option<String>, String> {
        Err("No such file or directory".to_owned())
    }

    fn allocator_report(&mut self) -> String {
        String::new()
    }
}

/// What clients send while a script takes long, one turn at each look at the clock, and what they
/// get.
#[derive(Clone, Default)]
struct Meanwhile(Rc<RefCell<(VecDeque<Turn>, Vec<Outbox>)>>);

impl Sockets for Meanwhile {
    fn serve(&mut self, core: &mut BusyCore<'_, '_>) {
        let (turns, replies) = &mut *self.0.borrow_mut();
        let mut out = Outbox::default();
        core.catch_up(&mut out);
        if let Some(turn) = turns.pop_front() {
            core.execute(&turn, &mut out);
        }
        replies.push(out);
    }
}

/// One server and its clients, in one thread, without sockets.
pub struct Sim {
    /// The core.
    pub engine: Engine,
    /// The fake process.
    pub world: Rc<RefCell<FakeWorld>>,
    clients: Vec<SimClient>,
    turn: Turn,
    out: Outbox,
    meanwhile: Meanwhile,
}

struct SimClient {
    key: ClientKey,
    parser: Parser,
    received: Vec<u8>,
    trusted: bool,
    open: bool,
}

impl Sim {
    /// A server with default configuration and one client, number 0.
    pub fn seed(seed: u64) -> Sim {
        Sim::with_config(seed, Config::default())
    }

    /// A server with one client, number 0.
    pub fn with_config(seed: u64, config: Config) -> Sim {
        let world = Rc::new(RefCell::new(FakeWorld::default()));
        let facts = ProcessFacts { run_id: "0".repeat(40), pid: 1, ..ProcessFacts::default() };
        let host = FakeHost(Rc::clone(&world), facts);
        let seeds = [seed, !seed, seed ^ 0x5eed];
        let mut engine = Engine::new(Box::new(host), config, GROUPS, seeds);
        engine.world.scripts.vm = Some(Box::new(Machine::default()));
        let (turn, out) = (Turn::default(), Outbox::default());
        let meanwhile = Meanwhile::default();
        engine.world.scripts.sockets = Some(Box::new(meanwhile.clone()));
        let mut sim = Sim { engine, world, clients: Vec::new(), turn, out, meanwhile };
        sim.connect();
        sim
    }

    /// Another client; returns its number.
    pub fn connect(&mut self) -> usize {
        let number = self.clients.len();
        let key = self
            .engine
            .open(NewClient {
                peer: format!("127.0.0.1:{}", 50_000 + number),
                local: "127.0.0.1:6379".to_owned(),
                unix: false,
                loopback: true,
                fd: 8 + number as i32,
            })
            .expect("the simulation stays below maxclients");
        let trusted = !self.engine.world.password_required();
        let (parser, received) = (Parser::default(), Vec::new());
        self.clients.push(SimClient { key, parser, received, trusted, open: true });
        number
    }

    /// The client goes away.
    pub fn disconnect(&mut self, client: usize) {
        if std::mem::take(&mut self.clients[client].open) {
            self.engine.close(self.clients[client].key);
        }
    }

    /// True if the server has not closed the connection.
    pub fn is_open(&self, client: usize) -> bool {
        self.clients[client].open
    }

    /// Sends raw bytes as a client; everything that can be executed is executed before it returns.
    pub fn send(&mut self, client: usize, bytes: &[u8]) {
        let mut rest = bytes;
        let mut more = true;
        while more && self.clients[client].open {
            self.turn.clear();
            let state = &mut self.clients[client];
            let limits = Limits::default();
            let limits = if state.trusted { limits } else { limits.untrusted() };
            let fed = if rest.is_empty() {
                state.parser.resume(&mut self.turn, &limits)
            } else {
                state.parser.feed(&mut self.turn, &limits, std::mem::take(&mut rest))
            };
            more = fed.more;
            self.turn.clients.push(fed.client_input(state.key, &state.parser));
            self.engine.execute(&self.turn, &mut self.out);
            self.engine.before_sleep(&mut self.out);
            self.deliver();
        }
    }

    /// Lets a client send whole commands in the middle of the next script that takes long.
    pub fn send_meanwhile(&mut self, client: usize, bytes: &[u8]) {
        let mut turn = Turn::default();
        let state = &mut self.clients[client];
        let fed = state.parser.feed(&mut turn, &Limits::default(), bytes);
        turn.clients.push(fed.client_input(state.key, &state.parser));
        self.meanwhile.0.borrow_mut().0.push_back(turn);
    }

    /// What a client has received since the last call.
    pub fn received(&mut self, client: usize) -> Vec<u8> {
        std::mem::take(&mut self.clients[client].received)
    }

    /// Sends an inline command as client 0 and returns the raw reply.
    pub fn ask(&mut self, command: &str) -> Reply {
        self.send(0, format!("{command}\r\n").as_bytes());
        Reply(self.received(0), command.to_owned())
    }

    /// Lets time pass; timers run at least every 100 ms of it.
    pub fn advance(&mut self, millis: Millis) {
        let mut left = millis;
        while left > 0 {
            let step = left.min(100);
            self.world.borrow_mut().elapsed_us += step * 1000;
            left -= step;
            self.engine.before_sleep(&mut self.out);
            self.deliver();
        }
    }

    fn deliver(&mut self) {
        let earlier = std::mem::take(&mut self.meanwhile.0.borrow_mut().1);
        earlier.iter().for_each(|out| self.carry_out(out));
        let mut out = std::mem::take(&mut self.out);
        self.carry_out(&out);
        out.clear();
        self.out = out;
    }

    fn carry_out(&mut self, out: &Outbox) {
        for span in &out.spans {
            match span {
                Span::Arena { client, start, end } => {
                    self.give(*client, &out.bytes[*start..*end]);
                }
                Span::Shared { client, bytes } => self.give(*client, bytes),
            }
        }
        for control in &out.controls {
            match *control {
                Control::Close(key) | Control::CloseAfterReply(key) => {
                    if let Some(number) = self.number(key) {
                        self.disconnect(number);
                    }
                }
                Control::Trust(key, trusted) => {
                    if let Some(number) = self.number(key) {
                        self.clients[number].trusted = trusted;
                    }
                }
                Control::ShrinkQuery(key, keep) => {
                    if let Some(number) = self.number(key) {
                        let parser = &mut self.clients[number].parser;
                        parser.shrink(keep as usize);
                        let (pending, free) = (parser.query_bytes(), parser.query_bytes_free());
                        self.engine.shrunk(key, pending, free);
                    }
                }
                // A simulated socket takes everything at once.
                Control::ReplyBuffer(..) | Control::Read(..) => {}
            }
        }
    }

    fn number(&self, key: ClientKey) -> Option<usize> {
        self.clients.iter().position(|client| client.open && client.key == key)
    }

    fn give(&mut self, key: ClientKey, bytes: &[u8]) {
        if let Some(number) = self.number(key) {
            self.clients[number].received.extend_from_slice(bytes);
        }
    }
}

/// A raw reply.
pub struct Reply(pub Vec<u8>, String);

impl Reply {
    /// Checks the raw bytes.
    ///
    /// # Panics
    /// If they differ.
    #[track_caller]
    pub fn is(&self, expected: &str) {
        let got = String::from_utf8_lossy(&self.0);
        assert_eq!(got, expected, "reply to {:?}", self.1);
    }
}
