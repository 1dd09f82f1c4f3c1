//! From a framed command to its execution: find it, pass the gates in Redis's order, run it as a
//! unit.

use std::borrow::Cow;

use super::args::Args;
use super::command::Flags;
use super::engine::Engine;
use super::multi::abort_exec;
use super::refusal::Refusal;
use super::registry::{CommandId, Registry};
use super::session::Session;
use super::world::World;
use crate::base::text::{eq_ignore_case, until_nul};
use crate::config::MaxmemoryPolicy;
use crate::keyspace::access::Hints;
use crate::resp::encode::Reply;
use crate::resp::outbox::Outbox;

/// Whether the first word is one that browsers begin with. No command goes by it.
pub(super) fn is_cross_protocol(word: &[u8]) -> bool {
    eq_ignore_case(word, b"host:") || eq_ignore_case(word, b"post")
}

/// What a name leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A command that can be run.
    Command(CommandId),
    /// A container whose subcommand is not known.
    UnknownSub,
    /// A command of Redis that is not built yet.
    Unbuilt(CommandId),
    /// Nothing.
    Unknown,
}

/// Finds the command of `argv`, subcommands included. O(1).
#[inline]
pub fn find(registry: &Registry, argv: &[&[u8]]) -> Found {
    let Some(entry) = registry.find(argv[0]) else { return Found::Unknown };
    if entry.subcommands.is_empty() || argv.len() == 1 {
        return if entry.built { Found::Command(entry.id) } else { Found::Unbuilt(entry.id) };
    }
    match registry.find_sub(entry.id, argv[1]) {
        Some(sub) if sub.built => Found::Command(sub.id),
        Some(sub) => Found::Unbuilt(sub.id),
        None => Found::UnknownSub,
    }
}

/// Finds the command that a client asks for: like [`find`], but for names that are taken as a sign
/// that it is none of ours.
#[inline]
pub(super) fn find_asked(registry: &Registry, argv: &[&[u8]]) -> Found {
    if registry.unsayable && is_cross_protocol(argv[0]) {
        return Found::Unknown;
    }
    find(registry, argv)
}

impl Found {
    /// The command, if it is one.
    pub fn command(self) -> Option<CommandId> {
        match self {
            Found::Command(id) => Some(id),
            _ => None,
        }
    }
}

/// The refusal of a command that is not built yet, by its full name as a client says it.
pub fn unbuilt(full_name: &str) -> Refusal {
    let name = full_name.to_ascii_uppercase().replace('|', " ");
    Refusal::new(format!("ERR this version of Ferrous does not have the command '{name}' yet"))
}

/// Why a command cannot be found, in words.
pub(super) fn not_found(registry: &Registry, found: Found, argv: &[&[u8]]) -> Refusal {
    let clip = |bytes: &[u8], max: usize| {
        let bytes = until_nul(bytes);
        bytes[..bytes.len().min(max)].to_vec()
    };
    let mut text = Vec::new();
    match found {
        Found::Unbuilt(id) => return unbuilt(&registry.get(id).full_name),
        Found::UnknownSub => {
            text.extend_from_slice(b"ERR unknown subcommand '");
            text.extend(clip(argv[1], 128));
            text.extend_from_slice(b"'. Try ");
            text.extend(argv[0].to_ascii_uppercase());
            text.extend_from_slice(b" HELP.");
        }
        Found::Unknown | Found::Command(_) => {
            text.extend_from_slice(b"ERR unknown command '");
            text.extend(clip(argv[0], 128));
            text.extend_from_slice(b"', with args beginning with: ");
            let mut shown = Vec::new();
            for arg in &argv[1..] {
                if shown.len() >= 128 {
                    break;
                }
                let room = 128 - shown.len();
                shown.push(b'\'');
                shown.extend(clip(arg, room));
                shown.extend_from_slice(b"' ");
            }
            text.extend(shown);
        }
    }
    for byte in &mut text {
        if matches!(byte, b'\r' | b'\n') {
            *byte = b' ';
        }
    }
    Refusal::new(text)
}

/// True if a client on this machine is asking.
pub fn is_local(session: &Session) -> bool {
    session.unix || session.peer.starts_with("127.") || session.peer.starts_with("[::1]")
}

/// Protected commands run only if a directive named after the command says so.
fn check_protected(world: &World, session: &Session, id: CommandId) -> Result<(), Refusal> {
    let entry = world.registry.get(id);
    let container = entry.parent.map_or(entry, |parent| world.registry.get(parent));
    let name = container.row.name;
    let directive = format!("enable-{name}-command");
    let value = crate::config::lookup(directive.as_bytes()).map(|(row, _)| world.config.shown(row));
    let allowed = match value.as_deref() {
        Some(b"yes") => true,
        Some(b"local") => is_local(session),
        _ => false,
    };
    if allowed {
        return Ok(());
    }
    let name = name.to_ascii_uppercase();
    Err(Refusal::new(format!(
        "ERR {name} command not allowed. If the {directive} option is set to \"local\", you can \
         run it from a local connection, otherwise you need to set this option in the \
         configuration file, and then restart the server."
    )))
}

/// What clients may not do that listen to something.
fn check_listener(
    world: &World,
    session: &Session,
    id: CommandId,
    flags: Flags,
) -> Result<(), Refusal> {
    if session.hears_messages_only() && !flags.has(Flags::WHILE_SUBSCRIBED) {
        return Err(Refusal::new(format!(
            "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET \
             are allowed in this context",
            world.registry.get(id).full_name
        )));
    }
    let keyspace = Flags::WRITE.or(Flags::READONLY).or(Flags::MAY_REPLICATE);
    if session.push.monitor && flags.any(keyspace) {
        return Err(Refusal::fixed("ERR Replica can't interact with the keyspace"));
    }
    Ok(())
}

/// The gates before execution that are rarely closed, in Redis's order.
#[cold]
pub(super) fn admit(
    world: &World,
    session: &Session,
    id: CommandId,
    flags: Flags,
) -> Result<(), Refusal> {
    if flags.has(Flags::PROTECTED) {
        check_protected(world, session, id)?;
    }
    if !session.authenticated && !flags.has(Flags::NO_AUTH) && world.password_required() {
        return Err(Refusal::NO_AUTH);
    }
    if session.multi.active && flags.has(Flags::NO_MULTI) {
        return Err(Refusal::fixed("ERR Command not allowed inside a transaction"));
    }
    if session.push.restricted {
        check_listener(world, session, id, flags)?;
    }
    Ok(())
}

/// The flags of a command as its arguments make them: a script's declaration replaces what is said
/// of scripts in general.
pub fn effective_flags(world: &World, id: CommandId, args: Args<'_>) -> Flags {
    let entry = world.registry.get(id);
    let declared = entry.row.declares.and_then(|declares| declares(world, args));
    declared.map_or(entry.flags, |declared| declared.command_flags(entry.flags))
}

/// Memory above the limit lets only those commands pass that need none.
/// # Errors
/// `OOM`
#[cold]
fn check_memory(
    world: &mut World,
    session: &Session,
    id: CommandId,
    args: Args<'_>,
) -> Result<(), Refusal> {
    world.out_of_memory = world.config.maxmemory_policy == MaxmemoryPolicy::NoEviction
        && world.host.used_memory() as u64 > world.config.maxmemory;
    if !world.out_of_memory {
        return Ok(());
    }
    let flags = effective_flags(world, id, args);
    let refused = if flags.has(Flags::ENDS_TRANSACTION) {
        session.multi.flags.has(Flags::DENYOOM)
    } else {
        // What is queued takes memory, whatever it does later.
        flags.has(Flags::DENYOOM) || session.multi.active && !flags.has(Flags::LEAVES_TRANSACTION)
    };
    if refused { Err(Refusal::OOM) } else { Ok(()) }
}

/// Writes are to have replicas, and nobody follows.
/// # Errors
/// `NOREPLICAS`
#[cold]
fn check_replicas(
    world: &World,
    session: &Session,
    id: CommandId,
    args: Args<'_>,
) -> Result<(), Refusal> {
    let flags = effective_flags(world, id, args);
    let queued = flags.has(Flags::ENDS_TRANSACTION) && session.multi.flags.has(Flags::WRITE);
    if world.wants_replicas() && (flags.has(Flags::WRITE) || queued) {
        return Err(Refusal::NO_REPLICAS);
    }
    Ok(())
}

impl World {
    /// A web browser was tricked into talking to us: drop it at once.
    pub(super) fn cut_off(&mut self, session: &mut Session) {
        let text = format!(
            "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: \
             commands to Redis. This is likely due to an attacker attempting to use Cross Protocol \
             Scripting to compromise your Redis instance. Connection from {} aborted.",
            session.peer
        );
        self.log(super::host::Level::Warning, &text);
        session.dead = true;
    }
}

impl Engine {
    /// Runs one command of a client: replies to `out`, effects concluded. `found` is what the name
    /// leads to.
    pub(super) fn process(
        &mut self,
        session: &mut Session,
        args: Args<'_>,
        found: Found,
        hints: Hints<'_>,
        out: &mut Outbox,
    ) {
        let argv = args.slice();
        let Found::Command(id) = found else {
            if is_cross_protocol(argv[0]) {
                return self.world.cut_off(session);
            }
            let refusal = not_found(&self.world.registry, found, argv);
            self.reject(session, None, &refusal, out);
            return;
        };
        session.last_command = Some(id);
        let entry = self.world.registry.get(id);
        if !entry.row.arity_fits(argv.len()) {
            let refusal = Refusal::arity(&entry.full_name);
            self.reject(session, Some(id), &refusal, out);
            return;
        }
        self.pass_gates(session, args, id, hints, out);
    }

    /// Runs a command that is known and complete, unless a gate is closed. A command that was held
    /// back, or executed in vain, comes here again.
    #[inline]
    pub(super) fn pass_gates(
        &mut self,
        session: &mut Session,
        args: Args<'_>,
        id: CommandId,
        hints: Hints<'_>,
        out: &mut Outbox,
    ) {
        let flags = self.world.registry.get(id).flags;
        if self.world.push.attentive {
            self.limit_tracked(session, out);
        }
        if (!session.authenticated
            || session.multi.active
            || session.push.restricted
            || flags.has(Flags::PROTECTED))
            && let Err(refusal) = admit(&self.world, session, id, flags)
        {
            self.reject(session, Some(id), &refusal, out);
            return;
        }
        if self.world.config.maxmemory != 0
            && let Err(refusal) = check_memory(&mut self.world, session, id, args)
        {
            self.reject(session, Some(id), &refusal, out);
            return;
        }
        if self.world.config.min_replicas_to_write != 0
            && let Err(refusal) = check_replicas(&self.world, session, id, args)
        {
            self.reject(session, Some(id), &refusal, out);
            return;
        }
        if self.postpone(session, args, id) {
            return;
        }
        if session.multi.active && !flags.has(Flags::UNQUEUED) {
            session.multi.enqueue(id, || effective_flags(&self.world, id, args), args);
            self.reply_to(session, out, |reply| reply.queued());
            return;
        }
        self.execute_unit(session, args, id, hints, out);
    }

    /// Keeps the table of tracked keys small; who loses keys by it is told before the command runs.
    #[cold]
    fn limit_tracked(&mut self, session: &mut Session, out: &mut Outbox) {
        self.world.limit_tracked(&mut self.keyspace, Some(session));
        self.world.flush_pushes(Some(session), out);
    }

    /// An error before execution: it fails a transaction that is being queued.
    fn reject(
        &mut self,
        session: &mut Session,
        id: Option<CommandId>,
        refusal: &Refusal,
        out: &mut Outbox,
    ) {
        if session.multi.active {
            session.multi.failed = true;
        }
        let mut refusal = Cow::Borrowed(refusal);
        if let Some(id) = id {
            self.world.stats.command(id).rejected += 1;
            if self.world.registry.get(id).flags.has(Flags::ENDS_TRANSACTION) {
                refusal =
                    Cow::Owned(abort_exec(&mut self.world, &mut self.changes, session, &refusal));
            }
        }
        self.world.stats.error(refusal.code());
        self.reply_to(session, out, |reply| refusal.write(reply));
    }

    /// Writes a reply outside a unit, if the client wants replies.
    pub(super) fn reply_to(
        &mut self,
        session: &mut Session,
        out: &mut Outbox,
        write: impl FnOnce(&mut Reply<'_>),
    ) {
        let mut reply = Reply::new(out, session.key, session.version);
        let mark = reply.mark();
        write(&mut reply);
        if session.reply_mode.is_silent() {
            reply.rewind(mark);
        }
        reply.finish();
        session.reply_mode.settle();
    }
}
