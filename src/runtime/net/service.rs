//! What the network asks of whoever executes commands. The runtime knows the core only through
//! this.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::base::id::ClientKey;
use crate::resp::outbox::{Outbox, Unsent};
use crate::resp::turn::Turn;

/// The two ends of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A TCP connection.
    Tcp {
        /// The client's address.
        remote: SocketAddr,
        /// Our address.
        local: SocketAddr,
    },
    /// A connection to our unix socket.
    Unix(PathBuf),
}

/// The answer to a new connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// Serve it under this key.
    Accepted {
        /// Names the connection from now on; reused only after `closed`.
        client: ClientKey,
        /// Whether it may send large requests at once (no password is required).
        trusted: bool,
    },
    /// Write these bytes, without waiting, and close.
    Refused(Vec<u8>),
}

/// Why a connection has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The peer closed it.
    Peer,
    /// Reading failed; the system's text.
    ReadFailed(String),
    /// Writing failed; the system's text.
    WriteFailed(String),
    /// An incomplete command grew beyond `client-query-buffer-limit`; how the query buffer starts,
    /// 64 bytes at most.
    QueryTooLong(Vec<u8>),
    /// A [`Control`](crate::resp::outbox::Control) asked for it.
    Asked,
}

/// What is in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaughtUp {
    /// The client whose command it is.
    pub client: ClientKey,
    /// It is the only one of its turn: the others have been dealt with.
    pub alone: bool,
}

/// The command side, called by the thread that runs commands.
pub trait Service {
    /// A connection was accepted. `fd` is shown by `CLIENT LIST`.
    fn open(&mut self, peer: Peer, fd: i32, out: &mut Outbox) -> Opened;

    /// Says why a connection ended, before the turn that has it in `closed` is executed. Every
    /// accepted connection ends exactly once, also one that was closed on request.
    fn ended(&mut self, client: ClientKey, why: &End) {
        let _ = (client, why);
    }

    /// What follows comes from the I/O thread of this number (the first is 0), which owns so many
    /// connections.
    fn io_thread(&mut self, thread: usize, clients: usize) {
        let _ = (thread, clients);
    }

    /// Executes what was read; replies and requests go to `out`. The commands of a client that is
    /// in
    /// `turn.closed` come before its end.
    fn execute(&mut self, turn: &Turn, out: &mut Outbox);

    /// In the middle of a command: says what was to be said at the end of the turn, and executes
    /// what comes later in it. `None`: everything may be in the middle.
    fn catch_up(&mut self, out: &mut Outbox) -> Option<CaughtUp> {
        let _ = out;
        None
    }

    /// What could not be written to a client yet. Called when that changes; output-buffer limits
    /// are decided with it.
    fn unsent(&mut self, client: ClientKey, unsent: Unsent, out: &mut Outbox);

    /// A client's query buffer was shrunk as asked: what is in it, and what is free.
    fn shrunk(&mut self, client: ClientKey, pending: usize, free: usize) {
        let _ = (client, pending, free);
    }

    /// Bytes written to sockets since the last call, for statistics.
    fn written(&mut self, bytes: u64);

    /// The end of a pass of the loop, before replies are written: timers, expiry, background work.
    /// Returns in how many milliseconds at the latest it wants to be called again.
    fn before_sleep(&mut self, out: &mut Outbox) -> u32;

    /// True once the loop is to end: replies in flight are flushed, then the sockets are closed.
    fn finished(&self) -> bool;
}
