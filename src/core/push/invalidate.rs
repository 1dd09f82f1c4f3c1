//! Invalidation messages: what clients have in their caches is not true any more.

use bytes::Bytes;

use super::{Copies, Sender};
use crate::base::id::ClientKey;
use crate::core::args::Args;
use crate::core::command::Flags;
use crate::core::ctx::Ctx;
use crate::core::introspect::routed_keys;
use crate::core::session::{Session, Version};
use crate::core::world::World;
use crate::resp::encode::Reply;
use crate::tracking::prefixes::Changed;
use crate::tracking::{ClientRef, Mode, Readers};

/// The channel on which a client with RESP2 gets the messages of another.
const CHANNEL: &[u8] = b"__redis__:invalidate";

/// Keys forgotten at a time when there are too many, for each time in a row that there are.
const EFFORT: usize = 100;

/// What is not true any more.
#[derive(Clone, Copy)]
enum Stale<'a> {
    /// A key.
    Key(&'a [u8]),
    /// These keys, encoded as an array.
    Keys(&'a [u8]),
    /// Everything; the version is that of the client whose cache it is.
    All(Version),
}

impl Stale<'_> {
    fn write(self, reply: &mut Reply<'_>) {
        match self {
            Stale::Key(key) => {
                reply.array(1);
                reply.bulk(key);
            }
            Stale::Keys(encoded) => reply.raw(encoded),
            Stale::All(Version::Resp2) => reply.raw(b"$-1\r\n"),
            Stale::All(Version::Resp3) => reply.raw(b"_\r\n"),
        }
    }
}

impl Sender<'_> {
    /// Sends to the client that gets the messages of `target`, which may be itself.
    fn invalidate(&mut self, target: ClientKey, copies: &mut Copies, stale: Stale<'_>) {
        let Some(session) = self.everyone.get(target) else { return };
        let redirect = session.push.tracking.redirect;
        let receiver = redirect.map_or(target, |to| to.key);
        let is_alive = |to: ClientRef, s: &Session| s.id == to.id && !s.dead && !s.closing;
        let own_version = self.own_version_of(receiver);
        let known = self.everyone.get(receiver);
        let Some(session) = known.filter(|s| redirect.is_none_or(|to| is_alive(to, s))) else {
            return self.report_broken(target);
        };
        if own_version.unwrap_or(session.version) == Version::Resp3 {
            self.send(receiver, copies, |reply| {
                reply.push(2);
                reply.bulk(b"invalidate");
                stale.write(reply);
            });
        } else if redirect.is_some() && !session.push.subscriptions.is_empty() {
            self.send(receiver, copies, |reply| {
                reply.push(3);
                reply.bulk(b"message");
                reply.bulk(CHANNEL);
                stale.write(reply);
            });
        }
    }

    /// The client that gets the messages of `target` is gone.
    fn report_broken(&mut self, target: ClientKey) {
        let own_version = self.own_version_of(target);
        let Some(session) = self.everyone.get(target) else { return };
        session.push.tracking.broken = true;
        let id = session.push.tracking.redirect_id();
        if own_version.unwrap_or(session.version) == Version::Resp3 {
            self.send(target, &mut Copies::default(), |reply| {
                reply.push(2);
                reply.bulk(b"tracking-redir-broken");
                reply.int(id);
            });
        }
    }
}

impl World {
    /// A key was modified: by the executing client, or (`by_command` is false) because its time had
    /// come.
    pub(super) fn invalidate(
        &mut self,
        key: &Bytes,
        by_command: bool,
        executing: Option<&mut Session>,
    ) {
        if !self.push.prefixes.is_empty() {
            // What a script changes is no change of the client that runs it.
            let by_command = by_command && self.scripts.running.is_none();
            let by = executing.as_ref().map(|session| session.key).filter(|_| by_command);
            self.push.prefixes.changed(key, by);
        }
        let readers = self.push.tracking.take(key);
        self.tell_readers(key, readers, executing);
    }

    /// Tells those who have read a key; the executing client is told when its unit is over.
    fn tell_readers(&mut self, key: &Bytes, readers: Readers, mut executing: Option<&mut Session>) {
        let (mut sender, state) = self.sender(executing.as_deref_mut());
        let mut copies = Copies::default();
        for reader in readers {
            let is_own = sender.everyone.executes(reader.key);
            let Some(session) = sender.everyone.get(reader.key) else { continue };
            let tracking = &session.push.tracking;
            let wanted = tracking.on && tracking.mode != Mode::Broadcast;
            if session.id != reader.id || !wanted || (is_own && tracking.no_loop) {
                continue;
            }
            if is_own {
                state.own_keys.push(Some(key.clone()));
            } else {
                sender.invalidate(reader.key, &mut copies, Stale::Key(key));
            }
        }
        if !self.push.over.is_empty() {
            self.check_pushed(executing);
        }
    }

    /// Tells the client whose unit is over of a key that it had in its cache, or of all keys.
    pub(super) fn invalidate_own(&mut self, session: &mut Session, key: Option<&[u8]>) {
        let (own, version) = (session.key, session.version);
        let stale = key.map_or(Stale::All(version), Stale::Key);
        let (mut sender, _) = self.sender(Some(session));
        sender.invalidate(own, &mut Copies::default(), stale);
        if !self.push.over.is_empty() {
            self.check_pushed(Some(session));
        }
    }

    /// Tells of the keys that have changed below prefixes.
    pub(super) fn broadcast(&mut self) {
        for (changed, clients) in self.push.prefixes.take_changed() {
            let all = encode(&changed, None);
            let mut copies = Copies::default();
            for client in clients {
                let (mut sender, _) = self.sender(None);
                let no_loop = sender.everyone.get(client).is_some_and(|s| s.push.tracking.no_loop);
                if !no_loop {
                    sender.invalidate(client, &mut copies, Stale::Keys(&all));
                    continue;
                }
                let others = encode(&changed, Some(client));
                if others != EMPTY {
                    sender.invalidate(client, &mut Copies::default(), Stale::Keys(&others));
                }
            }
            self.check_pushed(None);
        }
    }

    /// Forgets tracked keys while there are more than `tracking-table-max-keys`, a bounded number
    /// at a time, as if they had been modified.
    pub(in crate::core) fn limit_tracked(
        &mut self,
        keys: &mut crate::keyspace::Keyspace,
        mut executing: Option<&mut Session>,
    ) {
        let max = self.config.tracking_table_max_keys as usize;
        if max == 0 || self.push.tracking.len() <= max {
            self.push.over_limit = 0;
            return;
        }
        for _ in 0..EFFORT * (self.push.over_limit + 1) {
            let Some((key, readers)) = self.push.tracking.take_any(&mut keys.rng) else { break };
            self.tell_readers(&key, readers, executing.as_deref_mut());
            if self.push.tracking.len() <= max {
                self.push.over_limit = 0;
                return;
            }
        }
        self.push.over_limit += 1;
    }
}

const EMPTY: &[u8] = b"*0\r\n";

/// An array of the keys that somebody other than `but` has changed last.
fn encode(changed: &Changed, but: Option<ClientKey>) -> Vec<u8> {
    let keys = || changed.iter().filter(|(_, by)| but.is_none() || **by != but);
    let mut bytes = Vec::new();
    let mut reply = Reply::detached(&mut bytes, Version::Resp2);
    reply.array(keys().count());
    keys().for_each(|(key, _)| reply.bulk(key));
    reply.finish();
    bytes
}

impl Ctx<'_> {
    /// Remembers the keys that the command has read for the client that executes it.
    pub(super) fn remember_keys(&mut self, args: Args<'_>) {
        let row = self.entry().row;
        // Shard channels stand where keys would.
        if row.flags.has(Flags::PUBSUB) {
            return;
        }
        let client = ClientRef { key: self.session.key, id: self.session.id };
        for key in routed_keys(row, args.slice()) {
            self.world.push.tracking.remember(args[key.index], client);
        }
    }

    /// All keys of some databases are gone: every cache is empty from now on.
    pub fn invalidate_all(&mut self) {
        let world = &mut *self.world;
        if world.push.tracking.clients > 0 {
            let tracks = |session: &&Session| session.push.tracking.on;
            let others: Vec<(ClientKey, Version)> =
                world.sessions.iter().filter(tracks).map(|s| (s.key, s.version)).collect();
            let (mut sender, state) = world.sender(Some(self.session));
            for (client, version) in others {
                sender.invalidate(client, &mut Copies::default(), Stale::All(version));
            }
            let own = sender.everyone.executing;
            if own.is_some_and(|session| session.push.tracking.on) {
                state.own_keys.push(None);
            }
            world.check_pushed(Some(self.session));
        }
        let keys = world.push.tracking.len();
        if keys > 0 {
            world.host.discard(Box::new(world.push.tracking.clear()), keys);
        }
    }
}
