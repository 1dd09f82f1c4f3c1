//! The execution unit: run a handler, then conclude: every side effect, once, in Redis's order.

use bytes::Bytes;

use super::args::Args;
use super::at_hand::AtHand;
use super::command::Flags;
use super::ctx::{Ctx, Propagation};
use super::engine::Engine;
use super::push;
use super::registry::CommandId;
use super::session::{Session, Version};
use super::world::World;
use crate::base::id::{ClientId, ClientKey};
use crate::keyspace::access::{Hints, Keys};
use crate::keyspace::changes::{Garbage, Propagated, Targets, verb};
use crate::observe::latency::event;
use crate::observe::slowlog::Slow;
use crate::resp::encode::{Mark, Reply};
use crate::resp::outbox::Outbox;

/// Runs the handler of one command and records what it did: the reply or the error, counters,
/// propagation. Used for commands of clients and for those inside a transaction or a script.
#[inline]
pub fn run(cx: &mut Ctx<'_>, args: Args<'_>) {
    let mark = cx.reply.mark();
    let was_silent = cx.session.reply_mode.is_silent();
    let dirty = cx.keys.changes.dirty;
    let in_stretch = cx.world.enter_stretch(cx.command);
    let start = cx.world.latest.mono_ns;
    let handler = cx.entry().row.run.expect("dispatch found a command that can be run");
    if cx.world.push.attentive {
        push::before_command(cx, args);
    }
    let outcome = handler(cx, args);
    if in_stretch
        && outcome.is_ok()
        && !cx.session.hold.is_waiting()
        && cx.world.extend_stretch(cx.command, cx.reply.written_since(&mark))
    {
        return finish(cx, args, mark, was_silent, dirty);
    }
    cx.world.latest = cx.world.host.tick();
    let own = cx.world.latest.mono_ns.saturating_sub(start);
    if cx.session.hold.is_waiting() {
        return suspend(cx, args, own, dirty);
    }
    let nanos = own + cx.session.hold.take_nanos();
    if let Err(refusal) = &outcome {
        cx.session.buffers.cut_off |= cx.reply.is_over_limit();
        cx.reply.rewind(mark.clone());
        refusal.write(&mut cx.reply);
        cx.world.stats.error(refusal.code());
    }
    account(cx, args, own, nanos, outcome.is_err());
    finish(cx, args, mark, was_silent, dirty);
}

/// What follows from an execution, apart from its time.
#[inline]
fn finish(cx: &mut Ctx<'_>, args: Args<'_>, mark: Mark, was_silent: bool, dirty: u64) {
    // A command that ends the silence is heard; one that begins it has said what it had to say.
    if was_silent && cx.session.reply_mode.is_silent() {
        cx.reply.rewind(mark);
    }
    if cx.world.push.attentive || cx.keys.changes.has_news() {
        push::after_command(cx, args);
    }
    cx.world.stats.processed += 1;
    cx.session.commands += 1;
    if cx.keys.changes.propagate {
        let changed = cx.keys.changes.dirty != dirty;
        propagate(cx, args, changed);
    }
}

/// Counts the time of an executed command, and remembers it if it was slow. A command that has
/// waited counts once it is served: `nanos` is the time of all its executions, `own` that of the
/// last.
#[inline]
fn account(cx: &mut Ctx<'_>, args: Args<'_>, own: u64, nanos: u64, failed: bool) {
    let world = &mut *cx.world;
    let last = world.close_stretch(cx.command, nanos, failed);
    if last >= world.observe.slow_nanos {
        note_event(world, cx.command, own.min(last));
        note_slow(world, cx.session, cx.command, args.slice(), last);
    }
}

/// The name of whoever has none.
static NAMELESS: Bytes = Bytes::new();

/// Tells the latency monitor of a slow execution.
#[cold]
fn note_event(world: &mut World, command: CommandId, nanos: u64) {
    let fast = world.registry.get(command).flags.has(Flags::FAST);
    let event = if fast { event::FAST_COMMAND } else { event::COMMAND };
    let at = world.latest.seconds();
    world.observe.latency.note(event, nanos, at);
}

/// Puts a slow command into the slow log.
#[cold]
pub(super) fn note_slow(
    world: &mut World,
    session: &Session,
    command: CommandId,
    argv: &[&[u8]],
    nanos: u64,
) {
    let entry = world.registry.get(command);
    if !entry.flags.has(Flags::SKIP_SLOWLOG) {
        let said: Option<Vec<&[u8]>> =
            session.hold.said().map(|said| said.iter().map(|arg| &arg[..]).collect());
        let argv = entry.row.shown(said.as_deref().unwrap_or(argv));
        let at = world.latest.seconds();
        let mut slow = Slow { at, nanos, peer: &session.peer, name: &session.name };
        if world.scripts.running.is_some() {
            // What a script calls comes from no connection.
            (slow.peer, slow.name) = ("", &NAMELESS);
        }
        world.observe.slowlog.note(slow, &argv);
    }
}

/// The command has to wait: it counts once it is over. What it has changed so far stays.
#[cold]
fn suspend(cx: &mut Ctx<'_>, args: Args<'_>, nanos: u64, dirty: u64) {
    cx.session.hold.add_nanos(nanos);
    if nanos >= cx.world.observe.slow_nanos {
        note_event(cx.world, cx.command, nanos);
    }
    if cx.world.push.attentive || cx.keys.changes.has_news() {
        push::after_command(cx, args);
    }
    if cx.keys.changes.propagate {
        let changed = cx.keys.changes.dirty != dirty;
        propagate(cx, args, changed);
    }
}

/// Puts what the log and the replicas are to get behind what the unit has already put there.
fn propagate(cx: &mut Ctx<'_>, args: Args<'_>, changed: bool) {
    let db = cx.session.db;
    let changes = &mut *cx.keys.changes;
    let to = changes.targets;
    match std::mem::take(&mut cx.propagation) {
        Propagation::Verbatim if changed => changes.propagate_to(to, db, args.to_owned()),
        Propagation::Forced(forced) => {
            let to = if changed { to } else { to.and(forced) };
            changes.propagate_to(to, db, args.to_owned());
        }
        Propagation::Instead(commands) if changed => {
            commands.into_iter().for_each(|argv| changes.propagate_to(to, db, argv));
        }
        Propagation::Apart(commands) if changed => {
            commands.into_iter().for_each(|argv| changes.propagate_to(Targets::ALL, db, argv));
        }
        Propagation::Verbatim
        | Propagation::Instead(_)
        | Propagation::Apart(_)
        | Propagation::Nothing => {}
    }
}

/// Runs a command inside another one (a transaction, a script): same session, same reply, same
/// unit.
pub fn run_nested(cx: &mut Ctx<'_>, id: CommandId, args: Args<'_>) {
    let outer = (std::mem::replace(&mut cx.command, id), std::mem::take(&mut cx.propagation));
    let may_block = std::mem::replace(&mut cx.may_block, false);
    cx.keys.db = cx.session.db.0 as usize;
    cx.keys.touch = !cx.session.no_touch;
    run(cx, args);
    cx.keys.db = cx.session.db.0 as usize;
    (cx.command, cx.propagation) = outer;
    cx.may_block = may_block;
}

/// Runs a command inside another one whose reply goes to `into`: for scripts.
pub fn run_detached(
    cx: &mut Ctx<'_>,
    id: CommandId,
    args: Args<'_>,
    version: Version,
    into: &mut Vec<u8>,
) {
    let keys = cx.keys.in_db(cx.session.db.0 as usize);
    let reply = Reply::detached(into, version);
    run(&mut Ctx::new(keys, reply, &mut *cx.session, &mut *cx.world, id), args);
}

impl Engine {
    /// Looks at the whole as a command would, outside of any client.
    pub fn aside<R>(&mut self, look: impl FnOnce(&mut Ctx<'_>) -> R) -> R {
        let mut nowhere = Vec::new();
        let mut session = Session::new(ClientKey(u32::MAX), ClientId(0), self.world.tick);
        let now = self.world.tick.millis();
        let keys = Keys::new(&mut self.keyspace, &mut self.changes, 0, now);
        let reply = Reply::detached(&mut nowhere, session.version);
        look(&mut Ctx::new(keys, reply, &mut session, &mut self.world, CommandId(0)))
    }

    /// Runs a command of a client as a unit of its own.
    #[inline]
    pub(super) fn execute_unit(
        &mut self,
        session: &mut Session,
        args: Args<'_>,
        id: CommandId,
        hints: Hints<'_>,
        out: &mut Outbox,
    ) {
        let now = self.world.tick.millis();
        let db = session.db.0 as usize;
        self.world.at_hand = Some(AtHand::new(session, args.slice()));
        {
            let keys = Keys::new(&mut self.keyspace, &mut self.changes, db, now).with_hints(hints);
            let reply = Reply::new(out, session.key, session.version);
            let mut cx = Ctx::new(keys, reply, session, &mut self.world, id);
            cx.may_block = true;
            let began = cx.world.latest.mono_ns;
            run(&mut cx, args);
            cx.world.stats.command_nanos += cx.world.latest.mono_ns.saturating_sub(began);
        }
        self.world.at_hand = None;
        if !session.hold.is_waiting() {
            session.reply_mode.settle();
        }
        self.world.tick = self.world.latest;
        if !self.changes.is_quiet()
            || !self.world.controls.is_empty()
            || self.world.push.is_pending()
        {
            let arbitrary = self.world.registry.get(id).flags.has(Flags::TOUCHES_ARBITRARY_KEYS);
            self.conclude(Some(session), !arbitrary, out);
        }
    }

    /// Carries out what a unit has left in the change log. `atomic`: several propagated commands
    /// are one transaction.
    #[cold]
    pub(super) fn conclude(
        &mut self,
        mut executing: Option<&mut Session>,
        atomic: bool,
        out: &mut Outbox,
    ) {
        self.world.forget_condemned(&mut self.keyspace.waiting);
        self.world.settle(&self.changes, executing.as_deref_mut());
        let changes = &mut self.changes;
        if let Some(sink) = &mut self.world.propagated {
            let wrap = atomic && changes.propagation.len() > 1;
            let bracket = |word: &'static str| Propagated {
                to: Targets::ALL,
                db: None,
                argv: vec![Bytes::from_static(word.as_bytes())],
            };
            if wrap {
                sink.push(bracket(verb::MULTI));
            }
            sink.append(&mut changes.propagation);
            if wrap {
                sink.push(bracket(verb::EXEC));
            }
        }
        changes.propagation.clear();
        let sessions = &mut self.world.sessions;
        self.world.watchers.touch(sessions, executing.as_deref_mut(), changes);
        changes.modified.clear();
        changes.unasked.clear();
        if let Some(sink) = &mut self.world.events {
            sink.append(&mut changes.events);
        }
        changes.events.clear();
        self.world.flush_pushes(executing, out);
        for garbage in changes.garbage.drain(..) {
            match garbage {
                Garbage::Value(value) => self.world.host.discard(Box::new(value), 1),
                Garbage::Database(db) => {
                    let keys = db.len();
                    self.world.host.discard(db, keys);
                }
            }
        }
        out.controls.append(&mut self.world.controls);
    }
}
