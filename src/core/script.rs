//! Scripts: what the core needs of the machine that runs them, and the rules by which a running
//! script calls commands.
//!
//! Holds: a script's commands take the same way as those of clients (`unit::run`); time stands
//! still for all of them; what they change is propagated, the script is not.
//! Not here: the language, and the conversions between its values and replies.

use bytes::Bytes;

use super::args::Args;
use super::busy::Rest;
use super::busy::Sockets;
use super::command::Flags;
use super::ctx::{Ctx, Done};
use super::dispatch::{Found, find, not_found};
use super::refusal::Refusal;
use super::session::{ReplyMode, Version};
use super::unit::run_detached;
use super::world::World;
use crate::base::id::DbIndex;
use crate::keyspace::changes::Targets;

/// What a script or a function has declared about itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScriptFlags(u8);

impl ScriptFlags {
    /// Calls no command that writes.
    pub const NO_WRITES: ScriptFlags = ScriptFlags(1);
    /// Runs although memory is above the limit.
    pub const ALLOW_OOM: ScriptFlags = ScriptFlags(2);
    /// Runs on a replica with stale data.
    pub const ALLOW_STALE: ScriptFlags = ScriptFlags(4);
    /// Does not run in a cluster.
    pub const NO_CLUSTER: ScriptFlags = ScriptFlags(8);
    /// May touch keys of several slots.
    pub const ALLOW_CROSS_SLOT_KEYS: ScriptFlags = ScriptFlags(16);

    /// All flags by name, in the order in which replies show them.
    pub const NAMES: [(ScriptFlags, &str); 5] = [
        (ScriptFlags::NO_WRITES, "no-writes"),
        (ScriptFlags::ALLOW_OOM, "allow-oom"),
        (ScriptFlags::ALLOW_STALE, "allow-stale"),
        (ScriptFlags::NO_CLUSTER, "no-cluster"),
        (ScriptFlags::ALLOW_CROSS_SLOT_KEYS, "allow-cross-slot-keys"),
    ];

    /// The flag of that name.
    pub fn by_name(name: &[u8]) -> Option<ScriptFlags> {
        Self::NAMES.iter().find(|(_, text)| text.as_bytes() == name).map(|&(flag, _)| flag)
    }

    /// The union.
    pub fn or(self, other: ScriptFlags) -> ScriptFlags {
        ScriptFlags(self.0 | other.0)
    }

    /// True if all of `other` are in.
    pub fn has(self, other: ScriptFlags) -> bool {
        self.0 & other.0 == other.0
    }

    /// The flags of a command that runs a script of these flags.
    pub fn command_flags(self, command: Flags) -> Flags {
        let replaced = Flags::STALE.or(Flags::DENYOOM).or(Flags::WRITE).or(Flags::MAY_REPLICATE);
        let mut flags = command.without(replaced);
        if !self.has(ScriptFlags::NO_WRITES) {
            flags = flags.or(Flags::WRITE);
            if !self.has(ScriptFlags::ALLOW_OOM) {
                flags = flags.or(Flags::DENYOOM);
            }
        }
        if self.has(ScriptFlags::ALLOW_STALE) {
            flags = flags.or(Flags::STALE);
        }
        flags
    }

    /// Names of the flags, in the order of replies.
    pub fn names(self) -> impl Iterator<Item = &'static str> + Clone {
        Self::NAMES.iter().filter(move |(flag, _)| self.has(*flag)).map(|&(_, name)| name)
    }
}

/// A script by its text, or by the digest of a text that is cached.
#[derive(Clone, Copy, Debug)]
pub enum ScriptName<'a> {
    /// The text itself.
    Text(&'a [u8]),
    /// Forty hexadecimal digits, in any case.
    Digest(&'a [u8]),
}

/// A call of a script or of a function.
#[derive(Clone, Copy, Debug)]
pub struct Invocation<'a> {
    /// The whole command.
    pub argv: &'a [&'a [u8]],
    /// What is left of the turn that it stands in.
    pub rest: Option<&'a Rest<'a>>,
    /// The arguments that are keys.
    pub keys: &'a [&'a [u8]],
    /// The others.
    pub args: &'a [&'a [u8]],
    /// It may call no command that writes, whatever it declares.
    pub read_only: bool,
}

/// Figures for INFO, in bytes where not said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScriptFigures {
    /// Memory of the machine of scripts.
    pub eval_machine: usize,
    /// Texts of the cached scripts and what they take around them.
    pub scripts: usize,
    /// Number of cached scripts.
    pub cached: usize,
    /// Memory of the machine of functions.
    pub function_machine: usize,
    /// Texts of the libraries and what they take around them.
    pub function_code: usize,
    /// Number of functions.
    pub functions: usize,
    /// Number of libraries.
    pub libraries: usize,
    /// The language of libraries.
    pub engine: &'static str,
}

/// What FUNCTION RESTORE does with the libraries that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestorePolicy {
    /// Keeps them; one of the same name is an error.
    Append,
    /// Keeps them; those of the same name make way.
    Replace,
    /// Removes them.
    Flush,
}

/// A library, as FUNCTION LIST shows it.
#[derive(Clone, Debug)]
pub struct LibraryInfo {
    /// Its name.
    pub name: Bytes,
    /// Its language.
    pub engine: &'static str,
    /// Its functions.
    pub functions: Vec<FunctionInfo>,
    /// Its source.
    pub code: Bytes,
}

/// A function, likewise.
#[derive(Clone, Debug)]
pub struct FunctionInfo {
    /// Its name.
    pub name: Bytes,
    /// What its library says about it.
    pub description: Option<Bytes>,
    /// What it declares.
    pub flags: ScriptFlags,
}

/// What nobody uses any more, to be dropped here or elsewhere.
pub struct Retired {
    /// The machine.
    pub machine: Box<dyn Send>,
    /// Scripts or functions that were in it.
    pub objects: usize,
}

/// The machine that runs scripts. Implemented by the floor above.
pub trait ScriptVm {
    /// Runs a script and writes its reply.
    /// # Errors
    /// If it does not start: it is not known, does not compile, or may not run now.
    fn eval(&mut self, cx: &mut Ctx<'_>, name: ScriptName<'_>, call: &Invocation<'_>) -> Done;
    /// Caches a script and gives its digest.
    /// # Errors
    /// If it does not compile.
    fn load(&mut self, text: &[u8]) -> Result<[u8; 40], Refusal>;
    /// True if a script of that digest is cached.
    fn knows(&self, digest: &[u8]) -> bool;
    /// Forgets all cached scripts, and all that scripts left behind in their machine.
    fn flush(&mut self) -> Retired;
    /// What a script declares about itself; `None` if it declares nothing or nothing can be said.
    fn declared(&self, name: ScriptName<'_>) -> Option<ScriptFlags>;
    /// What a function declares about itself; `None` if there is none of that name.
    fn function_flags(&self, name: &[u8]) -> Option<ScriptFlags>;
    /// Runs a function and writes its reply.
    /// # Errors
    /// If there is none of that name, or it may not run now.
    fn fcall(&mut self, cx: &mut Ctx<'_>, name: &[u8], call: &Invocation<'_>) -> Done;
    /// Loads a library and gives its name.
    /// # Errors
    /// If it does not load, or its name or that of a function is taken.
    fn function_load(
        &mut self,
        cx: &mut Ctx<'_>,
        code: &[u8],
        replace: bool,
    ) -> Result<Bytes, Refusal>;
    /// Removes a library; false if there is none of that name.
    fn function_delete(&mut self, library: &[u8]) -> bool;
    /// Removes all libraries.
    fn function_flush(&mut self) -> Retired;
    /// All libraries as a payload for [`ScriptVm::function_restore`].
    fn function_dump(&self, compress: bool) -> Vec<u8>;
    /// Loads all libraries of a payload, or none.
    /// # Errors
    /// If the payload is damaged, or one of its libraries cannot be loaded.
    fn function_restore(&mut self, cx: &mut Ctx<'_>, payload: &[u8], policy: RestorePolicy)
    -> Done;
    /// All libraries, by name.
    fn libraries(&self) -> Vec<LibraryInfo>;
    /// See the type.
    fn figures(&self) -> ScriptFigures;
}

/// A script or function that is running.
#[derive(Debug)]
pub struct Running {
    /// Digest of the script, or name of the function.
    pub name: Bytes,
    /// A script, not a function.
    pub is_script: bool,
    /// The protocol in which it gets replies.
    pub version: Version,
    /// A command that writes has run: it can be stopped no more.
    pub wrote: bool,
    /// What the client itself sees of the script's commands, if it watches all commands.
    pub shown: Vec<u8>,
    /// Somebody asked for its end.
    pub killed: bool,
    /// It has been told to end.
    pub ending: bool,
    /// It takes long: others are served meanwhile.
    pub slow: bool,
    /// The command that runs it, once it takes long.
    pub command: Vec<Bytes>,
    /// The wall clock when others were last served: all that a script sees of time passing.
    pub served_us: Option<i64>,
    read_only: bool,
    allow_oom: bool,
    /// Who gets what it changes.
    targets: Targets,
    /// Time of its start on the monotonic clock.
    began_ns: u64,
    outer: Outer,
}

/// What the session gets back when the script is done.
#[derive(Debug)]
struct Outer {
    db: DbIndex,
    version: Version,
    reply_mode: ReplyMode,
}

/// Scripting as the world holds it.
#[derive(Default)]
pub struct Scripts {
    /// The machine; away while it works, and in a world that has none.
    pub vm: Option<Box<dyn ScriptVm>>,
    /// What it works on.
    pub running: Option<Running>,
    /// The sockets, for the time that a script takes long.
    pub sockets: Option<Box<dyn Sockets>>,
    /// Figures as of when the machine went away.
    kept: ScriptFigures,
}

impl Scripts {
    /// The figures; those of before while the machine is at work.
    pub fn figures(&self) -> ScriptFigures {
        self.vm.as_ref().map_or(self.kept, |vm| vm.figures())
    }

    /// Keeps the figures for those who ask while the machine is at work for long.
    pub fn keep_figures(&mut self, figures: ScriptFigures) {
        self.kept = figures;
    }
}

/// True if memory was above the limit when the command began, and there still is one.
fn is_out_of_memory(world: &World) -> bool {
    world.out_of_memory && world.config.maxmemory != 0
}

/// Why a script may not run now, in Redis's order.
fn check_start(
    world: &World,
    declared: Option<ScriptFlags>,
    read_only: bool,
) -> Result<(), Refusal> {
    // A script without a declaration is judged by the commands it calls.
    let Some(flags) = declared else { return Ok(()) };
    if flags.has(ScriptFlags::NO_WRITES) {
        return Ok(());
    }
    if read_only {
        return Err(Refusal::fixed(
            "ERR Can not execute a script with write flag using *_ro command.",
        ));
    }
    if world.wants_replicas() {
        return Err(Refusal::NO_REPLICAS);
    }
    if is_out_of_memory(world) && !flags.has(ScriptFlags::ALLOW_OOM) {
        return Err(Refusal::fixed(
            "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'",
        ));
    }
    Ok(())
}

/// Gets everything ready for a script. Each success is followed by one [`finish`].
/// # Errors
/// If it may not run now.
pub fn prepare(
    cx: &mut Ctx<'_>,
    name: Bytes,
    is_script: bool,
    declared: Option<ScriptFlags>,
    read_only: bool,
) -> Result<(), Refusal> {
    check_start(cx.world, declared, read_only)?;
    let flags = declared.unwrap_or_default();
    let session = &mut *cx.session;
    let outer = Outer { db: session.db, version: session.version, reply_mode: session.reply_mode };
    session.reply_mode = ReplyMode::On;
    session.version = Version::Resp2;
    cx.world.scripts.running = Some(Running {
        name,
        is_script,
        version: Version::Resp2,
        wrote: false,
        shown: Vec::new(),
        killed: false,
        ending: false,
        slow: false,
        command: Vec::new(),
        served_us: None,
        read_only: read_only || flags.has(ScriptFlags::NO_WRITES),
        allow_oom: flags.has(ScriptFlags::ALLOW_OOM),
        targets: Targets::ALL,
        began_ns: cx.world.latest.mono_ns,
        outer,
    });
    Ok(())
}

/// Puts back what [`prepare`] changed.
pub fn finish(cx: &mut Ctx<'_>) {
    let Some(Running { outer, .. }) = cx.world.scripts.running.take() else { return };
    cx.session.db = outer.db;
    cx.session.version = outer.version;
    cx.session.reply_mode = outer.reply_mode;
    cx.keys.db = outer.db.0 as usize;
    // What it did is propagated, not the script.
    cx.propagation = super::ctx::Propagation::Nothing;
}

/// The script is done and its reply follows.
pub fn begin_reply(cx: &mut Ctx<'_>) -> Version {
    let Some(running) = &mut cx.world.scripts.running else { return Version::Resp2 };
    let (shown, version) = (std::mem::take(&mut running.shown), running.version);
    if !shown.is_empty() {
        cx.reply.raw(&shown);
    }
    version
}

/// Counts an error of the executing command's own reply by its text (without the `-`).
pub fn count_error(cx: &mut Ctx<'_>, text: &[u8]) {
    const CODE_MAX: usize = 31;
    let space = text.iter().take(CODE_MAX).position(|&byte| byte == b' ');
    let code = space.map_or(b"ERR".as_slice(), |end| &text[..end]);
    cx.world.stats.error(code);
}

/// Why a command that a script calls does not run.
fn check_call(world: &World, running: &Running, flags: Flags) -> Result<(), Refusal> {
    if flags.has(Flags::NOSCRIPT) && !world.switches.allow_denied_in_scripts {
        return Err(Refusal::fixed("ERR This Redis command is not allowed from script"));
    }
    if running.read_only && flags.any(Flags::WRITE.or(Flags::MAY_REPLICATE)) {
        return Err(Refusal::fixed("ERR Write commands are not allowed from read-only scripts."));
    }
    if flags.has(Flags::WRITE) && world.wants_replicas() && !running.wrote {
        return Err(Refusal::NO_REPLICAS);
    }
    // A script that has written is not stopped in the middle.
    if flags.has(Flags::DENYOOM) && is_out_of_memory(world) && !running.allow_oom && !running.wrote
    {
        return Err(Refusal::OOM);
    }
    Ok(())
}

/// Runs a command for the running script; its reply is appended to `reply`.
/// # Errors
/// If it does not run: it is not known, has the wrong number of arguments, or is not allowed. The
/// refusal has been counted.
pub fn call(cx: &mut Ctx<'_>, argv: &[&[u8]], reply: &mut Vec<u8>) -> Result<(), Refusal> {
    let world = &mut *cx.world;
    let found = find(&world.registry, argv);
    let (Found::Command(id) | Found::Unbuilt(id)) = found else {
        world.stats.error(b"ERR");
        return Err(Refusal::fixed("ERR Unknown Redis command called from script"));
    };
    let entry = world.registry.get(id);
    let flags = entry.flags;
    let running = world.scripts.running.as_ref().expect("a script is running");
    let checked = if entry.row.arity_fits(argv.len()) {
        check_call(world, running, flags).and_then(|()| match found {
            Found::Command(_) => Ok(()),
            _ => Err(not_found(&world.registry, found, argv)),
        })
    } else {
        Err(Refusal::fixed("ERR Wrong number of args calling Redis command from script"))
    };
    if let Err(refusal) = checked {
        world.stats.error(refusal.code());
        world.stats.command(id).rejected += 1;
        return Err(refusal);
    }
    let running = world.scripts.running.as_mut().expect("a script is running");
    running.wrote |= flags.has(Flags::WRITE);
    let version = running.version;
    let outer = std::mem::replace(&mut cx.keys.changes.targets, running.targets);
    cx.session.version = version;
    run_detached(cx, id, Args::new(argv, &[]), version, reply);
    cx.keys.changes.targets = outer;
    Ok(())
}

/// Whether a command of that name exists and the client may run it; `None` if it does not exist.
pub fn may_run(cx: &Ctx<'_>, argv: &[&[u8]]) -> Option<bool> {
    match find(&cx.world.registry, argv) {
        Found::Command(_) | Found::Unbuilt(_) => Some(true),
        Found::Unknown | Found::UnknownSub => None,
    }
}

/// Sets where the writes of the running script go.
pub fn set_targets(cx: &mut Ctx<'_>, targets: Targets) {
    if let Some(running) = &mut cx.world.scripts.running {
        running.targets = targets;
    }
}

impl Running {
    /// What others are told while it takes long.
    pub fn busy(&self) -> Refusal {
        if self.is_script { Refusal::BUSY_SCRIPT } else { Refusal::BUSY_FUNCTION }
    }

    /// The protocol of the client that runs it.
    pub fn client_version(&self) -> Version {
        self.outer.version
    }

    /// Milliseconds since its start.
    pub fn elapsed_ms(&self, now_ns: u64) -> u64 {
        now_ns.saturating_sub(self.began_ns) / 1_000_000
    }
}
