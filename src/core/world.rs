//! All state of the core but the keyspace and the session that executes.

use super::command::Command;
use super::host::{Host, Level};
use super::push::Push;
use super::registry::Registry;
use super::script::Scripts;
use super::session::{ClientClass, Session, Sessions};
use super::stats::Stats;
use super::watch::Watchers;
use crate::base::id::{ClientId, ClientKey};
use crate::base::time::{Millis, Tick};
use crate::config::Config;
use crate::keyspace::changes::{KeyEvent, Propagated};
use crate::resp::outbox::Control;

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
    /// The clocks, as of the unit.
    pub tick: Tick,
    /// The last reading of the clocks: moves on inside a unit, for durations.
    pub latest: Tick,
    /// Watched keys.
    pub watchers: Watchers,
    /// Who listens to what, and what they are to be told.
    pub push: Push,
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
    /// The server is to end: asked by a signal or a command.
    pub shutdown: bool,
    pub(super) next_client_check: Millis,
    next_id: u64,
}

impl World {
    /// A world without clients.
    pub fn new(mut host: Box<dyn Host>, config: Config, groups: &[&'static [Command]]) -> World {
        let tick = host.tick();
        let registry = Registry::new(groups);
        let stats = Stats::new(registry.len());
        World {
            host,
            config,
            registry,
            sessions: Sessions::default(),
            stats,
            tick,
            latest: tick,
            watchers: Watchers::default(),
            push: Push::default(),
            startup_memory: 0,
            started: tick.millis(),
            controls: Vec::new(),
            propagated: None,
            events: None,
            scripts: Scripts::default(),
            out_of_memory: false,
            shutdown: false,
            next_client_check: 0,
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

    /// True if somebody has to be told which keys are modified.
    pub fn wants_keys(&self) -> bool {
        !self.watchers.is_empty() || self.push.wants_keys()
    }

    /// Closes a client that is not executing, at once.
    pub fn kill(&mut self, client: ClientKey) {
        if let Some(mut session) = self.sessions.take(client) {
            session.dead = true;
            self.stop_listening(&mut session);
            self.sessions.put(session);
            self.controls.push(Control::Close(client));
        }
    }

    /// Decides whether a client may keep `buffered` bytes of output; logs and says false if not.
    pub fn output_within_limits(&mut self, session: &mut Session, buffered: usize) -> bool {
        let now = self.now();
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
            soft = (now - since) / 1000 > i64::from(limit.soft_seconds);
        } else {
            session.soft_limit_since = None;
        }
        if hard || soft {
            self.stats.output_limit_closed += 1;
            let line = session.describe(&self.registry, now);
            self.log(
                Level::Warning,
                &format!("Client {line} scheduled to be closed ASAP for overcoming of output buffer limits."),
            );
        }
        !(hard || soft)
    }
}
