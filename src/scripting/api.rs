//! What scripts find in `redis`, and the functions that replace Lua's own.
//!
//! Each is a C function. Lua raises errors by a jump over frames, so each is made of parts: what
//! may raise owns nothing, and what owns something raises nothing.

#![allow(unsafe_code, reason = "functions for Lua are C functions")]

use std::os::raw::c_int;

use mlua::ffi;
use smallvec::SmallVec;

use super::random::RANDOM_MAX;
use super::raw::{Run, Slot, Word, bytes_at, push_bytes, push_function, to_integer};
use super::values::{push_error, push_reply, set_bytes};
use crate::base::digest::sha1_hex;
use crate::base::log::Level;
use crate::base::num::format_double_plain;
use crate::base::text::until_nul;
use crate::core::script;
use crate::core::session::Version;
use crate::core::world::REDIS_VERSION;
use crate::keyspace::changes::Targets;

/// `REDIS_VERSION` as a number: a byte for each part.
const REDIS_VERSION_NUM: u32 = 0x0007_0204;

/// Functions by name.
pub(super) type Functions<'n> = &'n [(&'n str, Function)];

type Function = unsafe extern "C-unwind" fn(*mut ffi::lua_State) -> c_int;

/// What is in `redis` for scripts and functions, and before the constants.
const FUNCTIONS: Functions<'static> = &[
    ("setresp", setresp),
    ("sha1hex", sha1hex),
    ("error_reply", error_reply),
    ("status_reply", status_reply),
    ("set_repl", set_repl),
];

/// What is there for scripts beside.
const SCRIPT_FUNCTIONS: Functions<'static> =
    &[("breakpoint", breakpoint), ("debug", nothing), ("replicate_commands", replicate_commands)];

/// The constants that are there for scripts and functions.
const CONSTANTS: &[(&str, i64)] = &[
    ("REPL_NONE", 0),
    ("REPL_AOF", REPL_AOF),
    ("REPL_SLAVE", REPL_REPLICA),
    ("REPL_REPLICA", REPL_REPLICA),
    ("REPL_ALL", REPL_ALL),
];

/// How scripts name who gets what they change.
const REPL_AOF: i64 = 1;
const REPL_REPLICA: i64 = 2;
const REPL_ALL: i64 = REPL_AOF | REPL_REPLICA;

const LEVELS: [(&str, Level); 4] = [
    ("LOG_DEBUG", Level::Debug),
    ("LOG_VERBOSE", Level::Verbose),
    ("LOG_NOTICE", Level::Notice),
    ("LOG_WARNING", Level::Warning),
];

/// Sets the functions in the table on top.
///
/// # Safety
/// `state` is a live state in protected mode with a table on top and four free slots; `slot` lives
/// as long as it.
pub(super) unsafe fn set_functions(
    state: *mut ffi::lua_State,
    slot: &Slot,
    functions: Functions<'_>,
) {
    for (name, function) in functions {
        // SAFETY: the caller's.
        unsafe {
            push_bytes(state, name.as_bytes());
            push_function(state, slot, *function);
            ffi::lua_rawset(state, -3);
        }
    }
}

unsafe fn set_number(state: *mut ffi::lua_State, name: &str, value: f64) {
    // SAFETY: as in `set_functions`.
    unsafe {
        push_bytes(state, name.as_bytes());
        ffi::lua_pushnumber(state, value);
        ffi::lua_rawset(state, -3);
    }
}

/// Pushes the table `redis`; `for_scripts`: with what is not there for functions.
///
/// The order in which scripts meet its fields hangs on the order in which they come here, and on
/// how the table grows.
///
/// # Safety
/// As [`set_functions`], with five free slots.
pub(super) unsafe fn push_redis(state: *mut ffi::lua_State, slot: &Slot, for_scripts: bool) {
    // SAFETY: the caller's.
    unsafe {
        ffi::lua_createtable(state, 0, 0);
        set_functions(state, slot, &[("call", call), ("pcall", pcall_command)]);
        set_basics(state, slot);
        set_functions(state, slot, FUNCTIONS);
        for (name, value) in CONSTANTS {
            set_number(state, name, *value as f64);
        }
        set_functions(state, slot, &[("acl_check_cmd", acl_check_cmd)]);
        if for_scripts {
            set_functions(state, slot, SCRIPT_FUNCTIONS);
        }
    }
}

/// Sets the version, `log` and its levels in the table on top: what a library finds, too, while it
/// is loaded.
///
/// # Safety
/// As [`set_functions`].
pub(super) unsafe fn set_basics(state: *mut ffi::lua_State, slot: &Slot) {
    // SAFETY: the caller's.
    unsafe {
        set_functions(state, slot, &[("log", log)]);
        for (number, (name, _)) in LEVELS.iter().enumerate() {
            set_number(state, name, number as f64);
        }
        set_number(state, "REDIS_VERSION_NUM", f64::from(REDIS_VERSION_NUM));
        push_bytes(state, b"REDIS_VERSION");
        push_bytes(state, REDIS_VERSION.as_bytes());
        ffi::lua_rawset(state, -3);
    }
}

/// Raises an error object with this text.
///
/// # Safety
/// Inside a callback, which owns nothing.
pub(super) unsafe fn raise(state: *mut ffi::lua_State, slot: &Slot, text: &[u8]) -> c_int {
    // SAFETY: the caller's; callbacks have 20 free slots, and those that fill them settle the stack
    // first.
    unsafe {
        push_error(state, &slot.words, &[b"ERR ", text], false);
        ffi::lua_error(state)
    }
}

/// Raises a string with the place of the caller in front, as Lua's own functions do.
unsafe fn raise_string(state: *mut ffi::lua_State, text: &[u8]) -> c_int {
    // SAFETY: as in `raise`.
    unsafe {
        ffi::luaL_where(state, 1);
        push_bytes(state, text);
        ffi::lua_concat(state, 2);
        ffi::lua_error(state)
    }
}

/// The text of an error as its object has it: with a code, without line ends around.
fn split_error(text: &[u8]) -> [&[u8]; 4] {
    let text = until_nul(text.strip_prefix(b"-").unwrap_or(text));
    let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let (code, between, message): (&[u8], &[u8], _) = match memchr::memchr(b' ', text) {
        Some(space) => (&text[..space], b" ", &text[space + 1..]),
        None => (b"ERR", b" ", text),
    };
    let start = message.iter().position(|byte| !is_end(byte)).unwrap_or(message.len());
    let end = message.iter().rposition(|byte| !is_end(byte)).map_or(start, |last| last + 1);
    [code, between, &message[start..end], b""]
}

unsafe extern "C-unwind" fn nothing(_: *mut ffi::lua_State) -> c_int {
    0
}

unsafe extern "C-unwind" fn breakpoint(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback has free slots.
    unsafe { ffi::lua_pushboolean(state, 0) };
    1
}

unsafe extern "C-unwind" fn replicate_commands(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback has free slots.
    unsafe { ffi::lua_pushboolean(state, 1) };
    1
}

unsafe extern "C-unwind" fn call(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: Lua calls this as a callback.
    unsafe { command(state, true) }
}

unsafe extern "C-unwind" fn pcall_command(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: Lua calls this as a callback.
    unsafe { command(state, false) }
}

/// What became of a command that a script called.
enum Called {
    /// Its reply is in the run.
    Replied,
    /// It was refused before it ran; the error is in the run, as a reply would have it.
    Refused,
    /// The script is in the middle of another one.
    Nested,
}

/// Turns arguments that are numbers into strings, exactly; false if one is neither.
unsafe fn settle_arguments(state: *mut ffi::lua_State, count: c_int) -> bool {
    for index in 1..=count {
        // SAFETY: `index` is one of the arguments; Lua leaves a C function 20 slots beside them, of
        // which each string takes one in turn.
        unsafe {
            match ffi::lua_type(state, index) {
                ffi::LUA_TSTRING => {}
                ffi::LUA_TNUMBER => {
                    push_bytes(state, &format_double_plain(ffi::lua_tonumber(state, index)));
                    ffi::lua_replace(state, index);
                }
                _ => return false,
            }
        }
    }
    true
}

/// The arguments of a call, all of them strings.
type Argv<'s> = SmallVec<[&'s [u8]; 16]>;

unsafe fn arguments<'s>(state: *mut ffi::lua_State, count: c_int) -> Argv<'s> {
    // SAFETY: they are strings on the stack and stay there; reading them raises nothing.
    (1..=count).map(|index| unsafe { bytes_at(state, index) }).collect()
}

/// Runs the command whose arguments are on the stack. Raises nothing.
unsafe fn execute(state: *mut ffi::lua_State, run: &mut Run<'_, '_>, count: c_int) -> Called {
    if std::mem::replace(&mut run.in_call, true) {
        return Called::Nested;
    }
    // SAFETY: the arguments were settled and stay on the stack.
    let argv = unsafe { arguments(state, count) };
    run.reply.clear();
    let outcome = script::call(run.cx, &argv, &mut run.reply);
    run.in_call = false;
    match outcome {
        Ok(()) => Called::Replied,
        Err(refusal) => {
            run.reply.clear();
            run.reply.push(b'-');
            run.reply.extend_from_slice(refusal.text());
            run.reply.extend_from_slice(b"\r\n");
            Called::Refused
        }
    }
}

unsafe fn command(state: *mut ffi::lua_State, raises: bool) -> c_int {
    // SAFETY: the run is set while a script runs, and nothing else uses it while this callback
    // does. What may raise stands at the end or before anything is owned.
    unsafe {
        let slot = Slot::of_callback(state);
        let Some(run) = slot.run.get().as_mut() else {
            return raise(
                state,
                slot,
                b"redis.call/pcall can only be called inside a script invocation",
            );
        };
        let fail = |text: &[u8]| {
            push_error(state, &slot.words, &[b"ERR ", text], false);
            if raises { ffi::lua_error(state) } else { 1 }
        };
        let count = ffi::lua_gettop(state);
        if count == 0 {
            return fail(b"Please specify at least one argument for this redis lib call");
        }
        if !settle_arguments(state, count) {
            ffi::lua_settop(state, 0);
            return fail(b"Lua redis lib command arguments must be strings or integers");
        }
        let called = execute(state, run, count);
        ffi::lua_settop(state, 0);
        if matches!(called, Called::Nested) {
            return fail(b"a command that a script calls cannot call a command");
        }
        let is_error = run.reply.first() == Some(&b'-');
        push_reply(state, &slot.words, &run.reply);
        if raises && is_error { ffi::lua_error(state) } else { 1 }
    }
}

unsafe extern "C-unwind" fn sha1hex(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback; nothing is owned where it may raise.
    unsafe {
        if ffi::lua_gettop(state) != 1 {
            return raise(state, Slot::of_callback(state), b"wrong number of arguments");
        }
        let digest = sha1_hex(bytes_at(state, 1));
        push_bytes(state, &digest);
        1
    }
}

/// True if the only argument is a string; else pushes the error that is given back.
unsafe fn takes_string(state: *mut ffi::lua_State, slot: &Slot) -> bool {
    // SAFETY: a callback has free slots.
    unsafe {
        if ffi::lua_gettop(state) == 1 && ffi::lua_type(state, 1) == ffi::LUA_TSTRING {
            return true;
        }
        ffi::lua_settop(state, 0);
        push_error(state, &slot.words, &[b"ERR wrong number or type of arguments"], false);
        false
    }
}

unsafe extern "C-unwind" fn error_reply(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback; the argument stays on the stack while it is used.
    unsafe {
        let slot = Slot::of_callback(state);
        if takes_string(state, slot) {
            push_error(state, &slot.words, &split_error(bytes_at(state, 1)), false);
        }
        1
    }
}

unsafe extern "C-unwind" fn status_reply(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback; the argument stays on the stack while it is used.
    unsafe {
        let slot = Slot::of_callback(state);
        if takes_string(state, slot) {
            ffi::lua_createtable(state, 0, 1);
            set_bytes(state, &slot.words, Word::Ok, bytes_at(state, 1));
        }
        1
    }
}

unsafe extern "C-unwind" fn set_repl(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback; the run is not used elsewhere meanwhile.
    unsafe {
        let slot = Slot::of_callback(state);
        if ffi::lua_gettop(state) != 1 {
            return raise(state, slot, b"redis.set_repl() requires one argument.");
        }
        let targets = match to_integer(ffi::lua_tonumber(state, 1)) {
            0 => Targets::NONE,
            REPL_AOF => Targets::LOG,
            REPL_REPLICA => Targets::REPLICAS,
            REPL_ALL => Targets::ALL,
            _ => {
                let text = b"Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or \
                             REPL_NONE.";
                return raise(state, slot, text);
            }
        };
        if let Some(run) = slot.run.get().as_mut() {
            script::set_targets(run.cx, targets);
        }
        0
    }
}

unsafe extern "C-unwind" fn setresp(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback; the run is not used elsewhere meanwhile.
    unsafe {
        let slot = Slot::of_callback(state);
        if ffi::lua_gettop(state) != 1 {
            return raise(state, slot, b"redis.setresp() requires one argument.");
        }
        let version = match to_integer(ffi::lua_tonumber(state, 1)) {
            2 => Version::Resp2,
            3 => Version::Resp3,
            _ => return raise(state, slot, b"RESP version must be 2 or 3."),
        };
        let run = slot.run.get().as_mut();
        if let Some(running) = run.and_then(|run| run.cx.world.scripts.running.as_mut()) {
            running.version = version;
        }
        0
    }
}

/// Asks whether the client may run the command whose arguments are on the stack. Raises nothing.
unsafe fn ask(state: *mut ffi::lua_State, run: &Run<'_, '_>, count: c_int) -> Option<bool> {
    // SAFETY: the arguments were settled and stay on the stack.
    let argv = unsafe { arguments(state, count) };
    script::may_run(run.cx, &argv)
}

unsafe extern "C-unwind" fn acl_check_cmd(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: as in `command`.
    unsafe {
        let slot = Slot::of_callback(state);
        let count = ffi::lua_gettop(state);
        if count == 0 {
            let text = b"Please specify at least one argument for this redis lib call";
            return raise(state, slot, text);
        }
        if !settle_arguments(state, count) {
            let text = b"Lua redis lib command arguments must be strings or integers";
            return raise(state, slot, text);
        }
        match slot.run.get().as_ref().and_then(|run| ask(state, run, count)) {
            Some(allowed) => {
                ffi::lua_pushboolean(state, c_int::from(allowed));
                1
            }
            None => raise(state, slot, b"Invalid command passed to redis.acl_check_cmd()"),
        }
    }
}

/// Writes the arguments from the second on to the log. Raises nothing.
unsafe fn write_log(state: *mut ffi::lua_State, slot: &Slot, level: Level, count: c_int) {
    let mut line = Vec::new();
    for index in 2..=count {
        // SAFETY: the argument stays on the stack; only a number is turned into a string here.
        unsafe {
            if ffi::lua_isstring(state, index) != 0 {
                if index > 2 {
                    line.push(b' ');
                }
                line.extend_from_slice(bytes_at(state, index));
            }
        }
    }
    // The log is written up to the first NUL, as a C string.
    let line = String::from_utf8_lossy(until_nul(&line));
    // SAFETY: neither is used elsewhere while the callback runs.
    unsafe {
        if let Some(run) = slot.run.get().as_mut() {
            run.cx.world.log(level, &line);
        } else if let Some(loading) = slot.loading.get().as_mut() {
            loading.host.log(level, &line);
        }
    }
}

unsafe extern "C-unwind" fn log(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback; nothing is owned where it may raise.
    unsafe {
        let slot = Slot::of_callback(state);
        let count = ffi::lua_gettop(state);
        if count < 2 {
            return raise(state, slot, b"redis.log() requires two arguments or more.");
        }
        if ffi::lua_isnumber(state, 1) == 0 {
            return raise(state, slot, b"First argument must be a number (log level).");
        }
        let level = to_integer(ffi::lua_tonumber(state, 1));
        let Some((_, level)) = usize::try_from(level).ok().and_then(|level| LEVELS.get(level))
        else {
            return raise(state, slot, b"Invalid debug level.");
        };
        write_log(state, slot, *level, count);
        0
    }
}

/// Lua's `pcall`, but an error object becomes its text, as it was before there were objects.
pub(super) unsafe extern "C-unwind" fn pcall(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback that owns nothing; the stack is that of the arguments.
    unsafe {
        let count = ffi::lua_gettop(state);
        ffi::lua_pushboolean(state, 1);
        ffi::lua_insert(state, 1);
        if ffi::lua_pcall(state, count - 1, ffi::LUA_MULTRET, 0) != 0 {
            ffi::lua_remove(state, 1);
            if ffi::lua_type(state, -1) == ffi::LUA_TTABLE {
                ffi::lua_getfield(state, -1, c"err".as_ptr());
                if ffi::lua_isstring(state, -1) != 0 {
                    ffi::lua_replace(state, -2);
                }
            }
            ffi::lua_pushboolean(state, 0);
            ffi::lua_insert(state, 1);
        }
        ffi::lua_gettop(state)
    }
}

/// Turns what was raised into an error object that knows where.
pub(super) unsafe extern "C-unwind" fn error_handler(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback that owns nothing; `debug` is filled by Lua before it is read.
    unsafe {
        ffi::lua_settop(state, 1);
        if ffi::lua_type(state, 1) != ffi::LUA_TTABLE {
            ffi::lua_createtable(state, 0, 3);
            ffi::lua_pushliteral(state, c"ERR ");
            push_text(state, 1);
            ffi::lua_concat(state, 2);
            ffi::lua_setfield(state, -2, c"err".as_ptr());
            ffi::lua_replace(state, 1);
        }
        let mut debug: ffi::lua_Debug = std::mem::zeroed();
        // Level 0 is this function, 1 what raised; of a C function it is its caller that counts.
        for level in 1..=2 {
            if ffi::lua_getstack(state, level, &raw mut debug) == 0 {
                break;
            }
            ffi::lua_getinfo(state, c"nSl".as_ptr(), &raw mut debug);
            if level == 2 || *debug.what.cast::<u8>() != b'C' {
                ffi::lua_pushstring(state, debug.source);
                ffi::lua_setfield(state, 1, c"source".as_ptr());
                ffi::lua_pushnumber(state, f64::from(debug.currentline));
                ffi::lua_setfield(state, 1, c"line".as_ptr());
                break;
            }
        }
        1
    }
}

/// Pushes what `tostring` gives for the value at an absolute index.
unsafe fn push_text(state: *mut ffi::lua_State, index: c_int) {
    // SAFETY: a callback that owns nothing.
    unsafe {
        if ffi::luaL_callmeta(state, index, c"__tostring".as_ptr()) != 0 {
            return;
        }
        match ffi::lua_type(state, index) {
            ffi::LUA_TSTRING | ffi::LUA_TNUMBER => ffi::lua_pushvalue(state, index),
            ffi::LUA_TBOOLEAN if ffi::lua_toboolean(state, index) != 0 => {
                ffi::lua_pushliteral(state, c"true");
            }
            ffi::LUA_TBOOLEAN => ffi::lua_pushliteral(state, c"false"),
            ffi::LUA_TNIL => ffi::lua_pushliteral(state, c"nil"),
            other => {
                let name = ffi::lua_typename(state, other);
                ffi::lua_pushfstring(
                    state,
                    c"%s: %p".as_ptr(),
                    name,
                    ffi::lua_topointer(state, index),
                );
            }
        }
    }
}

/// What a table of globals says about names it does not have.
pub(super) unsafe extern "C-unwind" fn missing_global(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback; the name stays on the stack while it is used.
    unsafe {
        if ffi::lua_gettop(state) != 2 {
            return raise_string(state, b"Wrong number of arguments to luaProtectedTableError");
        }
        if ffi::lua_isstring(state, -1) == 0 {
            let text = b"Second argument to luaProtectedTableError must be a string or number";
            return raise_string(state, text);
        }
        ffi::luaL_where(state, 1);
        ffi::lua_pushliteral(state, c"Script attempted to access nonexistent global variable '");
        push_bytes(state, until_nul(bytes_at(state, 2)));
        ffi::lua_pushliteral(state, c"'");
        ffi::lua_concat(state, 4);
        ffi::lua_error(state)
    }
}

/// `math.random`, over our own generator.
pub(super) unsafe extern "C-unwind" fn random(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback that owns nothing.
    unsafe {
        let slot = Slot::of_callback(state);
        let share = f64::from(slot.random.next() % RANDOM_MAX) / f64::from(RANDOM_MAX);
        let number = match ffi::lua_gettop(state) {
            0 => share,
            1 => {
                let upper = ffi::luaL_checkinteger(state, 1) as i32;
                ffi::luaL_argcheck(
                    state,
                    c_int::from(1 <= upper),
                    1,
                    c"interval is empty".as_ptr(),
                );
                (share * f64::from(upper)).floor() + 1.0
            }
            2 => {
                let lower = ffi::luaL_checkinteger(state, 1) as i32;
                let upper = ffi::luaL_checkinteger(state, 2) as i32;
                let fits = c_int::from(lower <= upper);
                ffi::luaL_argcheck(state, fits, 2, c"interval is empty".as_ptr());
                let width = upper.wrapping_sub(lower).wrapping_add(1);
                (share * f64::from(width)).floor() + f64::from(lower)
            }
            _ => return raise_string(state, b"wrong number of arguments"),
        };
        ffi::lua_pushnumber(state, number);
        1
    }
}

/// `math.randomseed`, likewise.
pub(super) unsafe extern "C-unwind" fn randomseed(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback that owns nothing.
    unsafe {
        let seed = ffi::luaL_checkinteger(state, 1) as i32;
        Slot::of_callback(state).random.seed(seed);
    }
    0
}
