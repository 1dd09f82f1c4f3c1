//! All state of the core but the keyspace and the session that executes.

use super::at_hand::AtHand;
use super::block::Blocking;
use super::buffers::ClientMemory;
use super::command::Command;
use super::engine::NewClient;
use super::host::{Host, Level};
use super::push::Push;
use super::registry::Registry;
use super::script::Scripts;
use super::session::{ClientClass, Session, Sessions};
use super::shutdown::StopSignal;
use super::stats::Stats;
use super::stretch::Stretch;
use super::switches::Switches;
use super::watch::Watchers;
use crate::base::id::{ClientId, ClientKey};
use crate::base::time::{Millis, Tick};
use crate::config::{Config, Keep};
use crate::keyspace::changes::{KeyEvent, Propagated};
use crate::keyspace::ready::Waiting;
use crate::observe::Observe;
use crate::resp::encode::Reply;
use crate::resp::outbox::{Control, Outbox};
use crate::resp::turn::{ClientInput, ProtocolError};

/// The version of Redis that clients are told: its behaviour is what we have.
pub const REDIS_VERSION: &str = "7.2.4";

/// See the module.
pub struct World {
    /// The process.
    pub host: Box<dyn Host>,
    /// Directives and their values.
    pub config: Config,
    /// All commands.
    pub registry: Registry,
    /// All clients but the executing one.
    pub sessions: Sessions,
    /// Counters.
    pub stats: Stats,
    /// The slow log, the latency monitor.
    pub observe: Observe,
    /// What DEBUG has switched.
    pub switches: Switches,
    /// Names the history of the dataset, for replicas.
    pub replication_id: String,
    /// The clocks, as of the unit.
    pub tick: Tick,
    /// The last reading of the clocks: moves on inside a unit, for durations.
    pub latest: Tick,
    /// Watched keys.
    pub watchers: Watchers,
    /// Who listens to what, and what they are to be told.
    pub push: Push,
    /// Clients that wait.
    pub block: Blocking,
    /// Memory in use when the server began to serve.
    pub startup_memory: usize,
    /// When the server started.
    pub started: Millis,
    /// Requests to the connections, to be given out with the next outbox.
    pub controls: Vec<Control>,
    /// Where the propagation stream goes, until the log and the replicas take it. `None`: nowhere.
    pub propagated: Option<Vec<Propagated>>,
    /// Where keyspace events go, until pub/sub takes them. `None`: nowhere.
    pub events: Option<Vec<KeyEvent>>,
    /// Scripts and functions.
    pub scripts: Scripts,
    /// Memory was above the limit when the command being executed began.
    pub out_of_memory: bool,
    /// The command that executes now.
    pub at_hand: Option<AtHand>,
    /// Executions that are timed together.
    pub(super) stretch: Stretch,
    /// The server is to end.
    pub shutdown: bool,
    /// A signal has asked for the end.
    pub stop_asked: Option<StopSignal>,
    /// Memory of all clients.
    pub client_memory: ClientMemory,
    /// Clients that are only left to be closed.
    pub(super) condemned: usize,
    /// How often a second the timer runs.
    pub hz: u16,
    /// The timer does nothing (DEBUG).
    pub cron_paused: bool,
    next_id: u64,
}

impl World {
    /// A world without clients.
    pub fn new(mut host: Box<dyn Host>, config: Config, groups: &[&'static [Command]]) -> World {
        let tick = host.tick();
        let registry = Registry::new(groups);
        let replication_id = host.facts().replication_id.clone();
        let stats = Stats::new(registry.len());
        World {
            host,
            config,
            registry,
            sessions: Sessions::default(),
            stats,
            observe: Observe::default(),
            switches: Switches::default(),
            replication_id,
            tick,
            latest: tick,
            watchers: Watchers::default(),
            push: Push::default(),
            block: Blocking::default(),
            startup_memory: 0,
            started: tick.millis(),
            controls: Vec::new(),
            propagated: None,
            events: None,
            scripts: Scripts::default(),
            out_of_memory: false,
            at_hand: None,
            stretch: Stretch::default(),
            shutdown: false,
            stop_asked: None,
            client_memory: ClientMemory::default(),
            condemned: 0,
            hz: 10,
            cron_paused: false,
            next_id: 1,
        }
    }

    /// The time of the unit in milliseconds.
    pub fn now(&self) -> Millis {
        self.tick.millis()
    }

    /// A new public client id.
    pub fn mint_id(&mut self) -> ClientId {
        let id = ClientId(self.next_id);
        self.next_id += 1;
        id
    }

    /// The id that the next client will get, for INFO-like figures.
    pub fn last_id(&self) -> u64 {
        self.next_id - 1
    }

    /// Writes a line to the log.
    pub fn log(&mut self, level: Level, text: &str) {
        self.host.log(level, text);
    }

    /// True if clients have to authenticate before anything else.
    pub fn password_required(&self) -> bool {
        self.config.requirepass.as_ref().is_some_and(|password| !password.is_empty())
    }

    /// True if writes are to have replicas (`min-replicas-to-write`) which are not there: nobody
    /// can follow yet.
    pub fn wants_replicas(&self) -> bool {
        self.config.min_replicas_to_write > 0 && self.config.min_replicas_max_lag > 0
    }

    /// True if somebody has to be told which keys are modified.
    pub fn wants_keys(&self) -> bool {
        !self.watchers.is_empty() || self.push.wants_keys()
    }

    /// Writes the values in force into the configuration file; `force_all`: also those that are not
    /// in it and at their default.
    /// # Errors
    /// The system's text.
    pub fn rewrite_config(&mut self, force_all: bool) -> Result<(), String> {
        let path = self.config.config_file.clone();
        let keep = Keep { users: &[], modules: &[], force_all };
        let old = self.host.read_file(&path)?;
        let new = self.config.rewrite(&old, &keep);
        self.host.replace_file(&path, &new)
    }

    /// How often a second the timer runs: `hz`, or with `dynamic-hz` more often while many clients
    /// are to be visited.
    pub fn adapt_hz(&mut self) -> u16 {
        const CLIENTS_PER_RUN: usize = 200;
        const HZ_MAX: u16 = 500;
        let mut hz = self.config.hz.clamp(1, i32::from(HZ_MAX)) as u16;
        if self.config.dynamic_hz {
            while hz < HZ_MAX && self.sessions.len() / usize::from(hz) > CLIENTS_PER_RUN {
                hz = (hz * 2).min(HZ_MAX);
            }
        }
        self.hz = hz;
        hz
    }

    /// A client has connected.
    /// # Errors
    /// The reply with which it is sent away.
    pub fn open(&mut self, client: NewClient) -> Result<ClientKey, &'static str> {
        self.admit_client(&client)?;
        let id = self.mint_id();
        let tick = self.tick;
        let authenticated = !self.password_required();
        let memory = &mut self.client_memory;
        Ok(self.sessions.insert(|key| {
            let mut session = Session::new(key, id, tick);
            session.peer = client.peer;
            session.local = client.local;
            session.unix = client.unix;
            session.fd = client.fd;
            session.authenticated = authenticated;
            memory.sample(&mut session);
            session
        }))
    }

    /// A client is gone; false if it is not there, or executes.
    pub(super) fn close(&mut self, waiting: &mut Waiting, client: ClientKey) -> bool {
        let Some(mut session) = self.sessions.remove(client) else { return false };
        self.watchers.unwatch(&mut session);
        self.stop_listening(&mut session);
        self.client_memory.end(&mut session);
        self.end_hold(waiting, &mut session);
        self.condemned -= usize::from(session.condemned);
        true
    }

    pub(super) fn note_input(&mut self, session: &mut Session, input: &ClientInput) {
        session.active_at = self.tick.millis();
        session.net_in += u64::from(input.read);
        session.buffers.begin(input);
        self.stats.net_in += u64::from(input.read);
    }

    pub(super) fn after_input(&mut self, session: &mut Session, out: &mut Outbox) {
        if session.dead {
            self.stop_listening(session);
            self.condemn(session);
            // As if it had never been answered: what is queued for it goes with it.
            out.spans.retain(|span| span.client() != session.key);
            out.controls.push(Control::Close(session.key));
        } else if session.closing && session.has_output(out) {
            self.stop_listening(session);
            out.controls.push(Control::CloseAfterReply(session.key));
        }
        if self.client_memory.counted {
            self.client_memory.count(session);
        }
        out.controls.append(&mut self.controls);
    }

    /// The stream of a client is broken: says so, and closes.
    pub(super) fn broken(&mut self, session: &mut Session, error: ProtocolError, out: &mut Outbox) {
        self.stats.error(b"ERR");
        if !session.reply_mode.is_silent() {
            let mut reply = Reply::new(out, session.key, session.version);
            reply.error([b"-ERR Protocol error: ".as_slice(), &error.text()].concat());
            reply.finish();
        }
        session.closing = true;
    }

    /// Closes a client that is not executing, at once.
    pub fn kill(&mut self, client: ClientKey) {
        if let Some(mut session) = self.sessions.take(client) {
            self.end_client(&mut session);
            self.sessions.put(session);
        }
    }

    /// Decides whether a client may keep its unsent output, and so many bytes on top; logs and says
    /// false if not.
    pub fn output_within_limits(&mut self, session: &mut Session, queued: usize) -> bool {
        let now = self.now();
        let buffered = session.buffers.output(queued);
        let limits = &self.config.client_output_buffer_limit;
        let limit = match session.class() {
            ClientClass::Normal => limits.normal,
            ClientClass::Replica => limits.replica,
            ClientClass::PubSub => limits.pubsub,
        };
        let hard = limit.hard_bytes != 0 && buffered as u64 >= limit.hard_bytes;
        let mut soft = limit.soft_bytes != 0 && buffered as u64 >= limit.soft_bytes;
        if soft {
            let since = *session.soft_limit_since.get_or_insert(now);
            // Whole seconds of the clock, as 7.2.4 counts them.
            let seconds = now.div_euclid(1000) - since.div_euclid(1000);
            soft = seconds > i64::from(limit.soft_seconds);
        } else {
            session.soft_limit_since = None;
        }
        if hard || soft {
            self.note_output_limit(session);
        }
        !(hard || soft)
    }

    /// Bytes of output at which a client is closed at once; 0: never.
    pub fn hard_output_limit(&self, session: &Session) -> usize {
        let limits = &self.config.client_output_buffer_limit;
        let limit = match session.class() {
            ClientClass::Normal => limits.normal,
            ClientClass::Replica => limits.replica,
            ClientClass::PubSub => limits.pubsub,
        };
        limit.hard_bytes as usize
    }

    /// Counts and logs that a client is closed for its output.
    pub fn note_output_limit(&mut self, session: &Session) {
        self.stats.output_limit_closed += 1;
        let line = session.describe(&self.registry, self.now());
        self.log(
            Level::Warning,
            &format!(
                "Client {line} scheduled to be closed ASAP for overcoming of output buffer limits."
            ),
        );
    }
}
