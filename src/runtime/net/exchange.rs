//! What sockets and commands tell each other in one go. Without I/O threads both sides are one
//! thread and the same value serves every pass; with them it travels in a box, there and back.

use crate::base::id::ClientKey;
use crate::resp::outbox::{Outbox, Unsent};
use crate::resp::turn::Turn;

use super::connection::Connection;
use super::service::End;

/// Room for so many new connections and ends of old ones is kept: all may come or go at once.
pub(crate) const KEPT_ENDS: usize = 64;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    /// What was read.
    pub(crate) turn: Turn,
    /// Why the connections of `turn.closed` ended, in the same order.
    pub(crate) ends: Vec<End>,
    /// Clients whose unsent bytes changed, and what there is now.
    pub(crate) unsent: Vec<(ClientKey, Unsent)>,
    /// Clients whose query buffer was shrunk, what is in it, and what is free.
    pub(crate) shrunk: Vec<(ClientKey, usize, usize)>,
    /// Bytes written to sockets and not reported before.
    pub(crate) written: u64,
    /// New connections, to be taken over before the outbox is delivered.
    pub(crate) adopted: Vec<Connection>,
    /// What is to be said.
    pub(crate) outbox: Outbox,
    /// Clients whose end was executed, as was all that came before it.
    pub(crate) gone: Vec<ClientKey>,
    /// Clients whose turn was executed though its box is not back.
    pub(crate) answered: Vec<ClientKey>,
    /// The socket side filled this box, and waits for it.
    pub(crate) awaited: bool,
    /// Deliver, and end.
    pub(crate) stop: bool,
}

impl Exchange {
    /// Empties it and keeps its memory.
    pub(crate) fn clear(&mut self) {
        self.turn.clear();
        self.ends.clear();
        self.ends.shrink_to(KEPT_ENDS);
        self.unsent.clear();
        self.shrunk.clear();
        self.written = 0;
        self.adopted.clear();
        self.adopted.shrink_to(KEPT_ENDS);
        self.gone.clear();
        self.answered.clear();
        self.outbox.clear();
        self.awaited = false;
        self.stop = false;
    }

    /// True if the turn has something for the command side.
    pub(crate) fn has_turn(&self) -> bool {
        !self.turn.clients.is_empty() || !self.turn.closed.is_empty()
    }

    /// True if it says how much a client holds.
    pub(crate) fn has_figures(&self) -> bool {
        !self.unsent.is_empty() || !self.shrunk.is_empty()
    }
}
