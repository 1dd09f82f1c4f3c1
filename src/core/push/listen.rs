//! Beginning and ending to listen.

use super::Listener;
use crate::core::ctx::Ctx;
use crate::core::registry::CommandId;
use crate::core::session::Session;
use crate::core::world::World;
use crate::pubsub::Kind;
use crate::resp::encode::Reply;
use crate::tracking::{ClientRef, Mode, Tracking};

impl Listener {
    fn note_restriction(&mut self) {
        self.restricted = self.monitor || !self.subscriptions.is_empty();
    }
}

/// How CLIENT TRACKING switches tracking on.
#[derive(Debug, Default)]
pub struct Wish<'a> {
    /// Which keys.
    pub mode: Mode,
    /// Changes that the client itself makes are not told.
    pub no_loop: bool,
    /// The client that gets the messages instead.
    pub redirect: Option<ClientRef>,
    /// Prefixes of `Mode::Broadcast`; none: all keys.
    pub prefixes: Vec<&'a [u8]>,
}

impl Ctx<'_> {
    /// Subscribes the client, and confirms it.
    pub fn subscribe(&mut self, kind: Kind, name: &[u8]) {
        let (key, listener) = (self.session.key, &mut self.session.push);
        self.world.push.pubsub.subscribe(key, &mut listener.subscriptions, kind, name);
        listener.note_restriction();
        let word = match kind {
            Kind::Channel => "subscribe",
            Kind::Pattern => "psubscribe",
            Kind::Shard => "ssubscribe",
        };
        self.confirm(word, kind, Some(name));
    }

    /// Ends a subscription of the client, and confirms that it has it not.
    pub fn unsubscribe(&mut self, kind: Kind, name: Option<&[u8]>) {
        let (key, listener) = (self.session.key, &mut self.session.push);
        if let Some(name) = name {
            self.world.push.pubsub.unsubscribe(key, &mut listener.subscriptions, kind, name);
            listener.note_restriction();
        }
        let word = match kind {
            Kind::Channel => "unsubscribe",
            Kind::Pattern => "punsubscribe",
            Kind::Shard => "sunsubscribe",
        };
        self.confirm(word, kind, name);
    }

    /// Confirmations are messages: a client that wants no replies gets them nevertheless.
    fn confirm(&mut self, word: &str, kind: Kind, name: Option<&[u8]>) {
        let count = self.session.push.subscriptions.count(kind) as i64;
        let write = |reply: &mut Reply<'_>| {
            reply.push(3);
            reply.bulk(word);
            match name {
                Some(name) => reply.bulk(name),
                None => reply.null(),
            }
            reply.int(count);
        };
        if self.session.reply_mode.is_silent() {
            let out = &mut self.world.push.out;
            write(&mut Reply::new(out, self.session.key, self.session.version));
        } else {
            write(&mut self.reply);
        }
    }

    /// The client is shown every command from now on. False: it is already.
    pub fn begin_monitoring(&mut self) -> bool {
        if self.session.push.monitor {
            return false;
        }
        self.session.push.monitor = true;
        self.session.push.note_restriction();
        self.world.push.monitors.push(self.session.key);
        self.world.push.note_attention();
        true
    }

    /// Keys that the client reads are tracked from now on, or in another way than before.
    pub fn track(&mut self, wish: &Wish<'_>) {
        let (key, push) = (self.session.key, &mut self.world.push);
        let tracking = &mut self.session.push.tracking;
        push.tracking.clients += usize::from(!tracking.on);
        tracking.on = true;
        tracking.broken = false;
        (tracking.mode, tracking.no_loop) = (wish.mode, wish.no_loop);
        tracking.redirect = wish.redirect;
        if wish.mode == Mode::Broadcast {
            let all: &[&[u8]] = if wish.prefixes.is_empty() { &[b""] } else { &wish.prefixes };
            all.iter().for_each(|prefix| push.prefixes.add(key, tracking, prefix));
        }
        push.note_attention();
        self.keys.changes.track_keys = true;
    }

    /// No keys are tracked for the client any more.
    pub fn untrack(&mut self) {
        self.world.untrack(self.session);
    }

    /// CLIENT CACHING counts for the next command of another container.
    pub fn cache_next(&mut self) {
        self.session.push.tracking.caching = true;
        self.session.push.caching_by = self.entry().parent;
    }
}

impl World {
    fn untrack(&mut self, session: &mut Session) {
        let tracking = &mut session.push.tracking;
        self.push.prefixes.forget(session.key, tracking);
        self.push.tracking.clients -= usize::from(tracking.on);
        *tracking = Tracking::default();
        self.push.note_attention();
    }

    /// The client listens to nothing any more: it is gone, or begins anew.
    pub fn stop_listening(&mut self, session: &mut Session) {
        let listener = &mut session.push;
        self.push.pubsub.forget(session.key, &mut listener.subscriptions);
        if std::mem::take(&mut listener.monitor) {
            self.push.monitors.retain(|monitor| *monitor != session.key);
        }
        listener.note_restriction();
        self.untrack(session);
    }

    /// CLIENT CACHING counts for one command. `command`: the one that was just dealt with, if it is
    /// one.
    #[cold]
    pub(in crate::core) fn settle_caching(
        &self,
        session: &mut Session,
        command: Option<CommandId>,
    ) {
        let parent = command.and_then(|id| self.registry.get(id).parent);
        let keeps = session.multi.active || (parent.is_some() && parent == session.push.caching_by);
        session.push.tracking.caching &= keeps;
    }
}
