//! CLIENT PAUSE: commands, or those that may write, are held back for a while.
//!
//! Holds: while a pause goes on nothing changes the dataset of its own accord: no key expires.

use super::On;
use crate::base::time::Millis;
use crate::core::args::Args;
use crate::core::command::Flags;
use crate::core::ctx::Ctx;
use crate::core::dispatch::effective_flags;
use crate::core::engine::Engine;
use crate::core::registry::CommandId;
use crate::core::session::{OwnedCommand, Session};
use crate::core::world::World;
use crate::keyspace::ready::Waiting;

/// What a pause holds back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Paused {
    /// Commands that write, or may have something propagated.
    Writes,
    /// All commands.
    All,
}

/// A pause that goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pause {
    pub(super) until: Millis,
    what: Paused,
}

impl World {
    /// True if nothing may change of its own accord: keys are not evicted, either.
    pub fn is_paused(&self) -> bool {
        self.block.pause.is_some()
    }

    /// True if a pause holds back this command of a client.
    #[cold]
    fn holds_back(&self, session: &Session, id: CommandId, args: Args<'_>) -> bool {
        let Some(pause) = self.block.pause else { return false };
        if pause.what == Paused::All {
            return true;
        }
        let flags = effective_flags(self, id, args);
        let ends = flags.has(Flags::ENDS_TRANSACTION);
        let flags = if ends { session.multi.flags } else { flags };
        flags.any(Flags::WRITE.or(Flags::MAY_REPLICATE))
    }

    /// Ends the pause: who was held back goes on at the end of the pass, in the order of commands.
    fn end_pause(&mut self, waiting: &mut Waiting) {
        self.block.pause = None;
        let clients: Vec<_> = self.block.postponed.values().copied().collect();
        for client in clients {
            let Some(session) = self.sessions.get_mut(client) else { continue };
            // Whom another client has freed in this unit is told so, and executes nothing.
            if session.hold.ended {
                continue;
            }
            if let Some(wait) = self.block.end(waiting, session) {
                session.hold.pending = Some(Box::new(wait.command));
                self.block.resume(session);
            }
        }
    }
}

impl Ctx<'_> {
    /// Holds commands back until `until`. A pause that goes on is never made shorter or milder.
    pub fn pause(&mut self, what: Paused, until: Millis) {
        let old = self.world.block.pause;
        let pause = Pause {
            until: old.map_or(until, |old| old.until.max(until)),
            what: old.map_or(what, |old| old.what.max(what)),
        };
        if pause.until <= self.now() {
            return self.unpause();
        }
        self.world.block.pause = Some(pause);
        self.keys.space.policy.expiry_held_until = pause.until;
    }

    /// Lets everything go on.
    pub fn unpause(&mut self) {
        self.keys.space.policy.expiry_held_until = 0;
        self.world.end_pause(&mut self.keys.space.waiting);
    }
}

impl Engine {
    /// Holds a command back if there is a pause for it; false if there is none.
    #[inline]
    pub(in crate::core) fn postpone(
        &mut self,
        session: &mut Session,
        args: Args<'_>,
        id: CommandId,
    ) -> bool {
        if self.world.block.pause.is_none() || !self.world.holds_back(session, id, args) {
            return false;
        }
        let argv = if session.hold.again { Vec::new() } else { args.to_owned() };
        self.world.block.begin(session, On::Pause, 0, OwnedCommand { id, argv });
        true
    }

    /// Ends a pause whose time is over.
    pub(super) fn check_pause(&mut self, now: Millis) {
        if self.world.block.pause.is_some_and(|pause| now >= pause.until) {
            self.keyspace.policy.expiry_held_until = 0;
            self.world.end_pause(&mut self.keyspace.waiting);
        }
    }
}
