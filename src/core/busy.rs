//! What the server does for others while a script takes long: it refuses most, and lets some end
//! the script.
//!
//! Holds: the script stands still meanwhile, in the middle of its unit; only commands run that
//! leave the keyspace alone; a client whose turn it is, or is about to be, is not served.

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;

use super::args::Args;
use super::command::Flags;
use super::ctx::{Ctx, Propagation};
use super::dispatch::{Found, admit, find_asked, is_cross_protocol, not_found};
use super::engine::NewClient;
use super::host::Level;
use super::multi::abort_exec;
use super::refusal::Refusal;
use super::registry::CommandId;
use super::session::Session;
use super::shutdown::StopSignal;
use super::unit::run;
use crate::base::id::ClientKey;
use crate::resp::encode::Reply;
use crate::resp::outbox::{Outbox, Unsent};
use crate::resp::turn::{Item, Turn};

/// The sockets, to be served in the middle of a command.
pub trait Sockets {
    /// Takes what clients have sent and gives it to the core, without waiting.
    fn serve(&mut self, core: &mut BusyCore<'_, '_>);
}

/// The core as it serves others while a script takes long.
pub struct BusyCore<'c, 'a> {
    cx: &'c mut Ctx<'a>,
    rest: Option<&'c Rest<'c>>,
}

/// The clients of a turn that have not been served yet.
#[derive(Debug)]
pub struct Rest<'t> {
    turn: &'t Turn,
    /// The next one.
    next: Cell<usize>,
}

impl<'t> Rest<'t> {
    /// All clients of a turn.
    pub fn new(turn: &'t Turn) -> Rest<'t> {
        Rest { turn, next: Cell::new(0) }
    }

    /// The next client's place in the turn, which is taken.
    #[inline]
    pub fn take(&self) -> Option<usize> {
        let next = self.next.get();
        self.next.set(next + 1);
        (next < self.turn.clients.len()).then_some(next)
    }

    fn take_all(&self) -> Range<usize> {
        let end = self.turn.clients.len();
        self.next.replace(end).min(end)..end
    }
}

/// A look at the clock in the middle of a script: serves others if it takes long. `argv` is the
/// command that runs it. True if the script has to end.
#[cold]
pub fn look(cx: &mut Ctx<'_>, argv: &[&[u8]], rest: Option<&Rest<'_>>) -> bool {
    let tick = cx.world.host.tick();
    let threshold = cx.world.config.busy_reply_threshold as u64;
    let Some(running) = &mut cx.world.scripts.running else { return false };
    if running.ending {
        return true;
    }
    if !running.slow {
        let elapsed = running.elapsed_ms(tick.mono_ns);
        if elapsed < threshold {
            return false;
        }
        running.slow = true;
        running.command = Args::new(argv, &[]).to_owned();
        let way = if running.is_script { "SCRIPT KILL" } else { "FUNCTION KILL" };
        let line = format!(
            "Slow script detected: still in execution after {elapsed} milliseconds. You can try \
             killing the script using the {way} command. Script name is: {}.",
            String::from_utf8_lossy(&running.name)
        );
        cx.world.log(Level::Warning, &line);
    }
    if let Some(running) = &mut cx.world.scripts.running {
        running.served_us = Some(tick.wall_us);
    }
    if let Some(mut sockets) = cx.world.scripts.sockets.take() {
        sockets.serve(&mut BusyCore { cx, rest });
        cx.world.scripts.sockets = Some(sockets);
    }
    if cx.world.shutdown {
        // The end is here: of what the script has done so far, nobody hears any more.
        cx.session.dead = true;
        cx.keys.changes.propagate = false;
        cx.keys.changes.propagation.clear();
    }
    let shutdown = cx.world.shutdown;
    let Some(running) = &mut cx.world.scripts.running else { return false };
    running.ending = running.killed || shutdown;
    let ending = running.ending;
    if running.killed {
        cx.world.log(Level::Notice, "Lua script killed by user with SCRIPT KILL.");
    }
    ending
}

impl BusyCore<'_, '_> {
    /// A client has connected.
    /// # Errors
    /// The reply with which it is sent away.
    pub fn open(&mut self, client: NewClient) -> Result<ClientKey, &'static str> {
        self.cx.world.open(client)
    }

    /// True if clients have to authenticate before anything else.
    pub fn password_required(&self) -> bool {
        self.cx.world.password_required()
    }

    /// Writes a line to the log.
    pub fn log(&mut self, level: Level, text: &str) {
        self.cx.world.log(level, text);
    }

    /// The client that runs the script.
    pub fn client(&self) -> ClientKey {
        self.cx.session.key
    }

    /// The server is to end, here and now.
    pub fn is_over(&self) -> bool {
        self.cx.world.shutdown
    }

    /// A signal has come: what it asks for follows when the script is over.
    pub fn signal_stop(&mut self, signal: StopSignal) {
        self.cx.world.signal_stop(signal);
    }

    /// Says to others what they were to hear at the end of the turn, and serves those of the turn
    /// that come later. True if the client that runs the script is now the only one of the turn in
    /// the middle of something; else all clients of the turn wait.
    pub fn catch_up(&mut self, out: &mut Outbox) -> bool {
        self.cx.reply.release(out);
        let Some(rest) = self.rest else { return false };
        self.serve_some(rest.turn, rest.take_all(), out);
        true
    }

    /// Executes what was read from clients, none of which is in the middle of something.
    pub fn execute(&mut self, turn: &Turn, out: &mut Outbox) {
        self.serve_some(turn, 0..turn.clients.len(), out);
        for &client in &turn.closed {
            self.cx.world.close(&mut self.cx.keys.space.waiting, client);
        }
        out.controls.append(&mut self.cx.world.controls);
    }

    fn serve_some(&mut self, turn: &Turn, clients: Range<usize>, out: &mut Outbox) {
        let argv: Vec<&[u8]> = turn.args.iter().map(|&arg| turn.bytes(arg)).collect();
        for input in &turn.clients[clients] {
            let Some(mut session) = self.cx.world.sessions.take(input.client) else { continue };
            self.cx.world.note_input(&mut session, input);
            let end = (input.first_item + input.items) as usize;
            for index in input.first_item as usize..end {
                if session.closing || session.dead {
                    break;
                }
                if session.hold.is_held() {
                    self.cx.world.keep(&mut session, turn, &argv, &turn.items[index..end]);
                    break;
                }
                match &turn.items[index] {
                    Item::Command { first, count } => {
                        let argv = &argv[*first as usize..(*first + *count) as usize];
                        self.command(&mut session, Args::new(argv, &turn.owned), out);
                    }
                    Item::Broken(error) => {
                        self.cx.world.broken(&mut session, *error, out);
                    }
                }
            }
            self.cx.world.after_input(&mut session, out);
            self.cx.world.sessions.put(session);
        }
        out.controls.append(&mut self.cx.world.controls);
    }

    /// Tells what output of a client the socket has not taken.
    pub fn unsent(&mut self, client: ClientKey, unsent: Unsent, out: &mut Outbox) {
        let world = &mut *self.cx.world;
        let Some(mut session) = world.sessions.take(client) else { return };
        session.buffers.unsent = unsent;
        if !session.dead && !world.output_within_limits(&mut session, 0) {
            world.end_client(&mut session);
        }
        world.client_memory.count(&mut session);
        world.sessions.put(session);
        out.controls.append(&mut world.controls);
    }

    /// Bytes that were written to sockets.
    pub fn written(&mut self, bytes: u64) {
        self.cx.world.stats.net_out += bytes;
        self.cx.world.stats.writes += 1;
    }

    /// Why a command does not run now, in Redis's order.
    fn check(&self, session: &Session, argv: &[&[u8]], id: CommandId) -> Result<(), Refusal> {
        let entry = self.cx.world.registry.get(id);
        if !entry.row.arity_fits(argv.len()) {
            return Err(Refusal::arity(&entry.full_name));
        }
        admit(self.cx.world, session, id, entry.flags)?;
        match &self.cx.world.scripts.running {
            Some(running) if !entry.flags.has(Flags::ALLOW_BUSY) => Err(running.busy()),
            _ => Ok(()),
        }
    }

    fn command(&mut self, session: &mut Session, args: Args<'_>, out: &mut Outbox) {
        let argv = args.slice();
        let found = find_asked(&self.cx.world.registry, argv);
        let Found::Command(id) = found else {
            if is_cross_protocol(argv[0]) {
                return self.cx.world.cut_off(session);
            }
            let refusal = not_found(&self.cx.world.registry, found, argv);
            return self.refuse(session, None, &refusal, out);
        };
        session.last_command = Some(id);
        if let Err(refusal) = self.check(session, argv, id) {
            return self.refuse(session, Some(id), &refusal, out);
        }
        let flags = self.cx.world.registry.get(id).flags;
        if session.multi.active && !flags.has(Flags::UNQUEUED) {
            session.multi.enqueue(id, || flags, args);
            return reply_to(session, out, |reply| reply.queued());
        }
        let keys = self.cx.keys.in_db(session.db.0 as usize);
        let reply = Reply::new(out, session.key, session.version);
        let mut cx = Ctx::new(keys, reply, &mut *session, &mut *self.cx.world, id);
        // What is let through here changes nothing that the log or the replicas have.
        cx.propagation = Propagation::Nothing;
        run(&mut cx, args);
        drop(cx);
        session.reply_mode.settle();
    }

    /// An error before execution: it fails a transaction that is being queued.
    fn refuse(
        &mut self,
        session: &mut Session,
        id: Option<CommandId>,
        refusal: &Refusal,
        out: &mut Outbox,
    ) {
        session.multi.failed |= session.multi.active;
        let Ctx { world, keys, .. } = &mut *self.cx;
        let mut refusal = Cow::Borrowed(refusal);
        if let Some(id) = id {
            world.stats.command(id).rejected += 1;
            if world.registry.get(id).flags.has(Flags::ENDS_TRANSACTION) {
                refusal = Cow::Owned(abort_exec(world, keys.changes, session, &refusal));
            }
        }
        world.stats.error(refusal.code());
        reply_to(session, out, |reply| refusal.write(reply));
    }
}

/// Writes a reply, if the client wants replies.
fn reply_to(session: &mut Session, out: &mut Outbox, write: impl FnOnce(&mut Reply<'_>)) {
    if !session.reply_mode.is_silent() {
        write(&mut Reply::new(out, session.key, session.version));
    }
    session.reply_mode.settle();
}
