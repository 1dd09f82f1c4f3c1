//! What the server says to clients without being asked: messages of channels, keyspace events,
//! invalidations of cached keys, lines for monitors.
//!
//! Holds: what a unit has to say is gathered here and leaves when the unit is concluded, behind the
//! reply to the executing client; for any other client that is the order in which it happened.
//! What changed is told after each command, inside a transaction or a script too: whoever
//! subscribes or reads in the next command has no part in it.
//! Cost: a message is rendered once per protocol version, and each receiver refers to it.
//! Not here: who listens to what (`pubsub`, `tracking`).

mod invalidate;
mod listen;
mod monitor;
mod publish;

use std::ops::Range;

use bytes::Bytes;

use super::args::Args;
use super::command::{Flags, Group};
use super::ctx::Ctx;
use super::registry::CommandId;
use super::script::Running;
use super::session::{ClientClass, Session, Sessions};
use super::world::World;
use crate::base::id::ClientKey;
use crate::config::{OutputLimit, OutputLimits};
use crate::keyspace::changes::Changes;
use crate::pubsub::{PubSub, Subscriptions};
use crate::resp::encode::{Reply, Version};
use crate::resp::outbox::{Outbox, Span};
use crate::tracking::prefixes::Prefixes;
use crate::tracking::{Table, Tracking};

pub use listen::Wish;
pub use publish::Payload;

/// What one client listens to.
#[derive(Debug, Default)]
pub struct Listener {
    /// Its subscriptions.
    pub subscriptions: Subscriptions,
    /// Its client-side cache.
    pub tracking: Tracking,
    /// It is shown every command.
    pub monitor: bool,
    /// It has subscribed to something, or is a monitor: not every command is allowed.
    pub restricted: bool,
    /// The container of the command that set `tracking.caching`: commands of the same container
    /// leave it set.
    caching_by: Option<CommandId>,
    /// Bytes pushed to it in this pass of the loop, which its connection does not know of yet.
    queued: usize,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Push {
    /// Channels, patterns and their subscribers.
    pub pubsub: PubSub,
    /// Who may have which key in its cache.
    pub tracking: Table,
    /// Who wants to know of all changes below a prefix.
    pub prefixes: Prefixes,
    monitors: Vec<ClientKey>,
    /// There are monitors, or clients with tracking on: commands are looked at before and after.
    pub attentive: bool,
    /// What the unit has to say.
    out: Outbox,
    /// Keys that the executing client has changed and has in its own cache (`None`: all keys).
    own_keys: Vec<Option<Bytes>>,
    /// Events and modified keys of the change log that are dealt with.
    settled: (usize, usize),
    /// Clients with `Listener::queued`.
    pushed_to: Vec<ClientKey>,
    /// Clients that may have more output than they may have.
    over: Vec<ClientKey>,
    /// How often in a row the table of tracked keys was too large in the end.
    over_limit: usize,
}

impl Listener {
    /// Bytes of memory, estimated.
    pub fn memory(&self) -> usize {
        let each = |prefix: &Bytes| size_of::<Bytes>() + prefix.len();
        self.subscriptions.memory() + self.tracking.prefixes.iter().map(each).sum::<usize>()
    }
}

impl Push {
    /// True if there is something to flush.
    #[inline]
    pub fn is_pending(&self) -> bool {
        !self.out.is_empty() || !self.own_keys.is_empty()
    }

    /// True if somebody has to be told which keys are modified.
    pub fn wants_keys(&self) -> bool {
        self.tracking.clients > 0 || !self.tracking.is_empty()
    }

    fn note_attention(&mut self) {
        self.attentive = !self.monitors.is_empty() || self.tracking.clients > 0;
    }
}

/// All sessions, the executing one included.
struct Everyone<'a> {
    sessions: &'a mut Sessions,
    executing: Option<&'a mut Session>,
}

impl Everyone<'_> {
    fn get(&mut self, client: ClientKey) -> Option<&mut Session> {
        match &mut self.executing {
            Some(session) if session.key == client => Some(session),
            _ => self.sessions.get_mut(client),
        }
    }

    fn executes(&self, client: ClientKey) -> bool {
        self.executing.as_ref().is_some_and(|session| session.key == client)
    }
}

/// Where a message is: spans of its first receiver, and from which byte of the arena on they are
/// the message's.
#[derive(Clone, Debug)]
struct Rendered {
    spans: Range<usize>,
    from: usize,
    len: usize,
}

/// A message under way, rendered for each version that was needed so far.
#[derive(Default)]
struct Copies {
    rendered: [Option<Rendered>; 2],
}

/// What sending touches, apart from the state that says who listens.
struct Sender<'a> {
    everyone: Everyone<'a>,
    /// The protocol of the executing client while its session has that of a script.
    own_version: Option<Version>,
    out: &'a mut Outbox,
    pushed_to: &'a mut Vec<ClientKey>,
    over: &'a mut Vec<ClientKey>,
    limits: &'a OutputLimits,
}

impl Sender<'_> {
    /// The protocol of a client, where its session does not say it.
    fn own_version_of(&self, client: ClientKey) -> Option<Version> {
        self.own_version.filter(|_| self.everyone.executes(client))
    }

    /// Queues a message for a client. `write` renders it; a copy of what was rendered before for
    /// the same version is taken if there is one. False: there is no such client.
    fn send(
        &mut self,
        client: ClientKey,
        copies: &mut Copies,
        write: impl FnOnce(&mut Reply<'_>),
    ) -> bool {
        let own_version = self.own_version_of(client);
        let is_executing = self.everyone.executes(client);
        let Some(session) = self.everyone.get(client) else { return false };
        if session.dead || session.closing {
            // It lingers since it was answered nothing; what it is told without asking ends it.
            if session.closing && !is_executing {
                self.over.push(client);
            }
            return true;
        }
        let version = own_version.unwrap_or(session.version);
        let rendered = &mut copies.rendered[usize::from(version == Version::Resp3)];
        let len = match rendered {
            Some(rendered) => {
                copy(self.out, rendered, client);
                rendered.len
            }
            None => rendered.insert(render(self.out, client, version, write)).len,
        };
        if session.push.queued == 0 {
            self.pushed_to.push(client);
        }
        session.push.queued += len;
        let buffered = session.buffers.output(session.push.queued) as u64;
        if buffered >= lowest(self.limits, session.class()) {
            self.over.push(client);
        }
        true
    }
}

/// Writes a message to its first receiver.
fn render(
    out: &mut Outbox,
    client: ClientKey,
    version: Version,
    write: impl FnOnce(&mut Reply<'_>),
) -> Rendered {
    let (first, from) = (out.spans.len(), out.bytes.len());
    let mut reply = Reply::new(out, client, version);
    write(&mut reply);
    reply.finish();
    // The first bytes may have become a part of the client's span before.
    let joined = first.checked_sub(1).filter(|&last| match out.spans[last] {
        Span::Arena { client: receiver, end, .. } => receiver == client && end > from,
        Span::Shared { .. } => false,
    });
    let spans = joined.unwrap_or(first)..out.spans.len();
    let len = out.spans[spans.clone()].iter().map(|span| span.len_from(from)).sum();
    Rendered { spans, from, len }
}

/// Gives a message that was rendered to another client.
fn copy(out: &mut Outbox, rendered: &Rendered, client: ClientKey) {
    for index in rendered.spans.clone() {
        let span = out.spans[index].clipped(rendered.from, client);
        out.spans.push(span);
    }
}

/// The fewest bytes that a limit of a class of clients speaks of.
fn lowest(limits: &OutputLimits, class: ClientClass) -> u64 {
    let limit: OutputLimit = match class {
        ClientClass::Normal => limits.normal,
        ClientClass::Replica => limits.replica,
        ClientClass::PubSub => limits.pubsub,
    };
    let speaks = |bytes: u64| if bytes == 0 { u64::MAX } else { bytes };
    speaks(limit.hard_bytes).min(speaks(limit.soft_bytes))
}

impl World {
    /// The parts that sending needs, beside `Push`'s own state.
    fn sender<'a>(&'a mut self, executing: Option<&'a mut Session>) -> (Sender<'a>, Heard<'a>) {
        let Push { pubsub, monitors, out, own_keys, pushed_to, over, .. } = &mut self.push;
        let everyone = Everyone { sessions: &mut self.sessions, executing };
        let limits = &self.config.client_output_buffer_limit;
        let own_version = self.scripts.running.as_ref().map(Running::client_version);
        let sender = Sender { everyone, own_version, out, pushed_to, over, limits };
        (sender, Heard { pubsub, monitors, own_keys })
    }

    /// Closes those whose output has grown beyond their limits.
    fn check_pushed(&mut self, mut executing: Option<&mut Session>) {
        while let Some(client) = self.push.over.pop() {
            if let Some(session) = executing.as_mut().filter(|session| session.key == client) {
                let queued = session.push.queued;
                if !session.dead && !self.output_within_limits(session, queued) {
                    self.end_client(session);
                }
                continue;
            }
            let Some(mut session) = self.sessions.take(client) else { continue };
            let queued = session.push.queued;
            let keep =
                session.dead || !session.closing && self.output_within_limits(&mut session, queued);
            self.sessions.put(session);
            if !keep {
                self.kill(client);
            }
        }
    }

    /// Tells what has changed since the last call: keys first that were modified before an event.
    pub(super) fn settle(&mut self, changes: &Changes, mut executing: Option<&mut Session>) {
        let (mut events, mut modified) = self.push.settled;
        loop {
            let event = changes.events.get(events);
            let before = event.map_or(changes.modified.len(), |event| event.modified_before);
            if modified < before {
                let (_, key) = &changes.modified[modified];
                let by_command = changes.unasked.binary_search(&modified).is_err();
                self.invalidate(key, by_command, executing.as_deref_mut());
                modified += 1;
            } else if let Some(event) = event {
                self.notify(event, executing.as_deref_mut());
                events += 1;
            } else {
                break;
            }
        }
        self.push.settled = (events, modified);
    }

    /// The unit is over: moves all that it has to say behind what it has replied.
    pub(super) fn flush_pushes(&mut self, mut executing: Option<&mut Session>, out: &mut Outbox) {
        self.push.settled = (0, 0);
        for key in std::mem::take(&mut self.push.own_keys) {
            let Some(session) = executing.as_deref_mut() else { continue };
            self.invalidate_own(session, key.as_deref());
        }
        out.append(&mut self.push.out);
    }

    /// The end of a pass: tells of the changes below prefixes, and forgets what was pushed, since
    /// the connections are about to know.
    pub(super) fn end_push_pass(&mut self, out: &mut Outbox) {
        if self.push.prefixes.is_pending() {
            self.broadcast();
        }
        out.append(&mut self.push.out);
        for client in self.push.pushed_to.drain(..) {
            if let Some(session) = self.sessions.get_mut(client) {
                session.push.queued = 0;
            }
        }
    }
}

/// The parts of [`Push`] that sending does not write to.
struct Heard<'a> {
    pubsub: &'a PubSub,
    monitors: &'a [ClientKey],
    own_keys: &'a mut Vec<Option<Bytes>>,
}

/// Before a command runs: those that show themselves first, scripts, are shown.
#[cold]
pub(super) fn before_command(cx: &mut Ctx<'_>, args: Args<'_>) {
    if cx.entry().flags.has(Flags::SKIP_MONITOR) {
        cx.show_to_monitors(args);
    }
}

/// After a command has run: tells what it changed, shows it, remembers what it read.
#[cold]
pub(super) fn after_command(cx: &mut Ctx<'_>, args: Args<'_>) {
    cx.world.settle(cx.keys.changes, Some(cx.session));
    if !cx.world.push.attentive {
        return;
    }
    let flags = cx.entry().flags;
    if !flags.any(Flags::SKIP_MONITOR.or(Flags::ADMIN)) && !cx.is_again() {
        cx.show_to_monitors(args);
    }
    // Of a script only what it executes counts.
    let reads = flags.has(Flags::READONLY) && cx.entry().row.group != Group::Scripting;
    if reads && cx.session.push.tracking.remembers() {
        cx.remember_keys(args);
    }
}

#[cfg(test)]
mod tests;
