//! The engine as the network sees it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::base::id::ClientKey;
use crate::base::log::Level;
use crate::core::busy::{BusyCore, Sockets};
use crate::core::engine::{Engine, NewClient};
use crate::core::shutdown::StopSignal;
use crate::resp::outbox::{Outbox, Unsent};
use crate::resp::turn::Turn;
use crate::runtime::metrics::Requests;
use crate::runtime::net::Meanwhile;
use crate::runtime::net::service::{CaughtUp, End, Opened, Peer, Service};
use crate::runtime::signal::{Signals, Stop};

/// See the module.
pub(super) struct Server {
    /// The core.
    pub(super) engine: Engine,
    /// What was asked of the process from outside.
    pub(super) signals: Signals,
    /// Set once the shutdown has begun: a second SIGINT ends the process at once.
    pub(super) stopping: Arc<AtomicBool>,
    /// Who waits for a page of metrics.
    pub(super) metrics: Option<Requests>,
}

/// An address as Redis shows it: IPv6 in brackets.
fn show(address: std::net::SocketAddr) -> String {
    address.to_string()
}

/// A signal as the core knows it.
fn signal(stop: Stop) -> StopSignal {
    match stop {
        Stop::Terminate => StopSignal::Terminate,
        Stop::Interrupt => StopSignal::Interrupt,
    }
}

/// What the core is told of a new connection.
fn describe(peer: Peer, fd: i32) -> NewClient {
    match peer {
        Peer::Tcp { remote, local } => NewClient {
            peer: show(remote),
            local: show(local),
            unix: false,
            loopback: remote.ip().to_canonical().is_loopback(),
            fd,
        },
        Peer::Unix(path) => {
            let name = format!("{}:0", path.display());
            NewClient { peer: name.clone(), local: name, unix: true, loopback: true, fd }
        }
    }
}

impl Service for Server {
    fn open(&mut self, peer: Peer, fd: i32, _: &mut Outbox) -> Opened {
        let client = describe(peer, fd);
        match self.engine.open(client) {
            Ok(client) => {
                Opened::Accepted { client, trusted: !self.engine.world.password_required() }
            }
            Err(text) => Opened::Refused(text.as_bytes().to_vec()),
        }
    }

    fn ended(&mut self, client: ClientKey, why: &End) {
        match why {
            End::Peer => self.engine.world.log(Level::Verbose, "Client closed connection"),
            End::ReadFailed(text) => {
                self.engine.world.log(Level::Verbose, &format!("Reading from client: {text}"));
            }
            End::WriteFailed(text) => {
                self.engine.world.log(Level::Verbose, &format!("Error writing to client: {text}"));
            }
            End::QueryTooLong(start) => self.engine.query_too_long(client, start),
            End::Asked => {}
        }
    }

    fn io_thread(&mut self, thread: usize, clients: usize) {
        self.engine.world.observe.threads.turn_of(thread, clients);
    }

    fn execute(&mut self, turn: &Turn, out: &mut Outbox) {
        self.engine.execute(turn, out);
    }

    fn unsent(&mut self, client: ClientKey, unsent: Unsent, out: &mut Outbox) {
        self.engine.unsent(client, unsent, out);
    }

    fn shrunk(&mut self, client: ClientKey, pending: usize, free: usize) {
        self.engine.shrunk(client, pending, free);
    }

    fn written(&mut self, bytes: u64) {
        self.engine.written(bytes);
    }

    fn before_sleep(&mut self, out: &mut Outbox) -> u32 {
        if let Some(stop) = self.signals.stop() {
            self.engine.world.signal_stop(signal(stop));
        }
        if let Some(requests) = &self.metrics {
            requests.serve(|| crate::commands::server::metrics(&mut self.engine));
        }
        let millis = self.engine.before_sleep(out);
        let world = &self.engine.world;
        let stopping = world.shutdown || world.stop_asked.is_some() || self.signals.is_stop_due();
        self.stopping.store(stopping, Ordering::Relaxed);
        millis
    }

    fn finished(&self) -> bool {
        self.engine.world.shutdown
    }
}

/// The sockets in the middle of a script, and the signals that come meanwhile.
pub(super) struct Interlude {
    pub(super) sockets: Meanwhile,
    pub(super) signals: Signals,
}

/// The core in the middle of a script, as the network sees it.
struct Busy<'b, 'c, 'a>(&'b mut BusyCore<'c, 'a>);

impl Sockets for Interlude {
    fn serve(&mut self, core: &mut BusyCore<'_, '_>) {
        if let Some(stop) = self.signals.stop() {
            core.signal_stop(signal(stop));
        }
        if let Err(error) = self.sockets.serve(&mut Busy(core)) {
            core.log(Level::Warning, &format!("The poller failed: {error}"));
        }
    }
}

impl Service for Busy<'_, '_, '_> {
    fn open(&mut self, peer: Peer, fd: i32, _: &mut Outbox) -> Opened {
        match self.0.open(describe(peer, fd)) {
            Ok(client) => Opened::Accepted { client, trusted: !self.0.password_required() },
            Err(text) => Opened::Refused(text.as_bytes().to_vec()),
        }
    }

    fn execute(&mut self, turn: &Turn, out: &mut Outbox) {
        self.0.execute(turn, out);
    }

    fn catch_up(&mut self, out: &mut Outbox) -> Option<CaughtUp> {
        let alone = self.0.catch_up(out);
        Some(CaughtUp { client: self.0.client(), alone })
    }

    fn unsent(&mut self, client: ClientKey, unsent: Unsent, out: &mut Outbox) {
        self.0.unsent(client, unsent, out);
    }

    fn written(&mut self, bytes: u64) {
        self.0.written(bytes);
    }

    fn before_sleep(&mut self, _: &mut Outbox) -> u32 {
        0
    }

    fn finished(&self) -> bool {
        self.0.is_over()
    }
}
