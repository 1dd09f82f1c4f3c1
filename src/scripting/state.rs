//! A machine: one state of Lua with the sandbox around it.
//!
//! Holds: every table that a script can reach without making it is read-only; a script finds the
//! machine as every other found it, but for what closures of the libraries keep.
//! Cost: a call costs the arrays of its arguments and the conversion of its reply.

#![allow(unsafe_code, reason = "the machine is driven through its C interface")]

use std::os::raw::c_int;
use std::ptr;
use std::rc::Rc;

use mlua::{Lua, LuaOptions, StdLib, ffi};

use super::api;
use super::hook;
use super::lib;
use super::load::{Function, Loading};
use super::random::Random;
use super::raw::{Run, Slot, Word, Words, bytes_at, push_bytes, push_function};
use super::sealed;
use super::values::{count_failure, error_fields, write_reply};
use crate::base::text::until_nul;
use crate::core::ctx::Ctx;
use crate::core::host::Host;
use crate::core::refusal::Refusal;
use crate::core::script::{Invocation, begin_reply};

/// Instructions between two looks at the clock.
const HOOK_PERIOD: c_int = 100_000;

/// Calls between two steps of the collector, and the size of such a step.
const COLLECT_PERIOD: u32 = 50;

/// What a machine is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Scripts: they have their arguments in globals.
    Scripts,
    /// Functions of libraries.
    Functions,
}

/// A compiled piece of code, in the registry of its machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk(pub(super) c_int);

impl Chunk {
    /// Takes what is on top into the registry.
    unsafe fn take(state: *mut ffi::lua_State) -> Chunk {
        // SAFETY: the caller's; a value is on top.
        unsafe { Chunk(ffi::luaL_ref(state, ffi::LUA_REGISTRYINDEX)) }
    }

    /// Pushes what is there.
    unsafe fn push(self, state: *mut ffi::lua_State) {
        // SAFETY: the caller has a free slot, and the machine is the one of this place.
        unsafe {
            ffi::lua_rawgeti(state, ffi::LUA_REGISTRYINDEX, self.0.into());
        }
    }
}

/// What `build` leaves.
#[derive(Clone, Copy)]
struct Sandbox {
    /// The error handler.
    handler: Chunk,
    /// The globals as scripts see them, and the table behind.
    view: Chunk,
    behind: Chunk,
}

/// See the module.
pub(super) struct State {
    /// Owns the state. Before `slot`: the state goes first.
    lua: Lua,
    pub(super) raw: *mut ffi::lua_State,
    pub(super) slot: Box<Slot>,
    sandbox: Sandbox,
    /// For functions: the globals while a library is loaded, and at all other times.
    pub(super) globals: Option<Globals>,
    usage: Use,
    /// Bytes that the machine may hold while a script runs; 0: as many as there are.
    memory_max: usize,
    /// The buffer of replies to a script's commands, kept.
    reply: Vec<u8>,
    calls: u32,
}

/// A state that nobody uses any more, to be dropped on any thread.
pub(super) struct Retired(#[expect(dead_code, reason = "it is dropped, no more")] State);

// SAFETY: the state is the only owner of all that it refers to. `lua` was never cloned, nobody else
// has its address (callbacks get it from Lua, and none runs), and what the closures of its
// functions share they share among themselves. The generator of random numbers, which other states
// share, is replaced in `State::retire`. Closing a state and dropping closures touches memory
// alone, and that may be given back by any thread. Exercised by
// `commands::scripting::tests::a_flushed_machine_is_dropped_elsewhere`.
unsafe impl Send for Retired {}

impl State {
    /// Gives the state up.
    pub(super) fn retire(mut self) -> Retired {
        self.slot.random = Rc::default();
        Retired(self)
    }
}

/// Tables of globals.
#[derive(Clone, Copy, Debug)]
pub(super) struct Globals {
    pub(super) loading: Chunk,
    pub(super) running: Chunk,
    /// The empty one in front of either.
    screen: Chunk,
}

/// Removed: they read files or write to the console.
const REMOVED: &[&str] = &["dofile", "loadfile", "print"];

impl State {
    /// A machine with nothing but its libraries, which may hold so many bytes; 0: any number.
    pub(super) fn new(usage: Use, random: Rc<Random>, memory_max: usize) -> State {
        let libraries = StdLib::TABLE | StdLib::STRING | StdLib::MATH;
        let lua = Lua::new_with(libraries, LuaOptions::new()).expect("these libraries are safe");
        lib::register(&lua, &lua.globals()).expect("a new machine has memory");
        let mut parts = None;
        // SAFETY: `exec_raw` gives the state in protected mode with an empty stack.
        let done = unsafe {
            lua.exec_raw::<()>((), |state| {
                let slot = Slot::new(Words::new(state), random);
                let sandbox = build(state, &slot, usage);
                let globals = (usage == Use::Functions).then(|| split_globals(state, &slot));
                parts = Some((state, slot, sandbox, globals));
            })
        };
        done.expect("a new machine has memory");
        let (raw, slot, sandbox, globals) = parts.expect("set above");
        let (reply, calls) = (Vec::new(), 0);
        State { lua, raw, slot, sandbox, globals, usage, memory_max, reply, calls }
    }

    /// Another of the same kind.
    pub(super) fn fresh(&self) -> State {
        State::new(self.usage, Rc::clone(&self.slot.random), self.memory_max)
    }

    /// Limits what the machine may hold, or lifts the limit: it holds while something runs that can
    /// bear a lack of memory.
    fn limit_memory(&self, limited: bool) {
        if self.memory_max > 0 {
            let limit = if limited { self.memory_max } else { 0 };
            self.lua.set_memory_limit(limit).expect("the allocator is that of the library");
        }
    }

    /// Calls the function on the stack with its arguments, protected, within the limit of memory.
    /// Gives Lua's status.
    ///
    /// # Safety
    /// As `lua_pcall`.
    unsafe fn call_limited(&self, arguments: c_int, results: c_int, handler: c_int) -> c_int {
        self.limit_memory(true);
        // SAFETY: the caller's.
        let status = unsafe { ffi::lua_pcall(self.raw, arguments, results, handler) };
        self.limit_memory(false);
        let tight = || self.memory_max > 0 && self.lua.used_memory() > self.memory_max / 4;
        if status == ffi::LUA_ERRMEM || (status != 0 && tight()) {
            // What the function held is garbage by now.
            // SAFETY: collecting raises nothing: no script can set a collector's callback.
            unsafe { ffi::lua_gc(self.raw, ffi::LUA_GCCOLLECT, 0) };
        }
        status
    }

    /// Bytes that the machine holds.
    pub(super) fn memory(&self) -> usize {
        self.lua.used_memory()
    }

    /// Compiles code; `place` is how errors call it.
    /// # Errors
    /// The compiler's message.
    pub(super) fn compile(
        &mut self,
        code: &[u8],
        place: &std::ffi::CStr,
    ) -> Result<Chunk, Vec<u8>> {
        // SAFETY: the state lives, and its stack has room: it is empty between calls. Compiling is
        // protected; what it leaves, a function or a message, is taken away.
        unsafe {
            if sealed::compile(self.raw, code, place.as_ptr()) != 0 {
                let message = until_nul(bytes_at(self.raw, -1)).to_vec();
                ffi::lua_settop(self.raw, 0);
                return Err(message);
            }
            Ok(Chunk(ffi::luaL_ref(self.raw, ffi::LUA_REGISTRYINDEX)))
        }
    }

    /// Forgets code.
    pub(super) fn forget(&mut self, chunk: Chunk) {
        // SAFETY: the state lives; freeing a place of the registry raises nothing.
        unsafe { ffi::luaL_unref(self.raw, ffi::LUA_REGISTRYINDEX, chunk.0) };
    }

    /// Runs the code of a library and gives the functions that it registers.
    /// # Errors
    /// If it does not compile, fails, or is not done at `until_ns` on the monotonic clock.
    pub(super) fn load(
        &mut self,
        host: &mut dyn Host,
        code: &[u8],
        until_ns: Option<u64>,
    ) -> Result<Vec<Function>, Refusal> {
        let mut loading = Loading { host, until_ns, functions: Vec::new() };
        let address: *mut Loading<'_> = &raw mut loading;
        self.show_globals(|globals| globals.loading);
        self.slot.loading.set(address.cast());
        let outcome = self.run_library(code);
        self.slot.loading.set(ptr::null_mut());
        self.show_globals(|globals| globals.running);
        match outcome {
            Ok(()) => Ok(loading.functions),
            Err(text) => {
                loading.functions.iter().for_each(|function| self.forget(function.chunk));
                Err(Refusal::new(text))
            }
        }
    }

    /// Puts a table of globals behind the empty one.
    fn show_globals(&mut self, which: impl FnOnce(Globals) -> Chunk) {
        let Some(globals) = self.globals else { return };
        let state = self.raw;
        // SAFETY: the stack is empty and has room; the metatable of the globals was made with one
        // field, which is set again: nothing is allocated but the name, which exists.
        unsafe {
            globals.screen.push(state);
            which(globals).push(state);
            sealed::redirect(state, 1);
            ffi::lua_replace(state, ffi::LUA_GLOBALSINDEX);
            ffi::lua_settop(state, 0);
        }
    }

    fn run_library(&mut self, code: &[u8]) -> Result<(), Vec<u8>> {
        let chunk = self
            .compile(code, c"@user_function")
            .map_err(|message| [b"ERR Error compiling function: ".as_slice(), &message].concat())?;
        let state = self.raw;
        // SAFETY: as in `call`.
        unsafe {
            ffi::lua_rawgeti(state, ffi::LUA_REGISTRYINDEX, chunk.0.into());
            ffi::lua_sethook(state, Some(hook::on_count), ffi::LUA_MASKCOUNT, HOOK_PERIOD);
            let failed = self.call_limited(0, 0, 0) != 0;
            ffi::lua_sethook(state, None, 0, 0);
            let mut outcome = Ok(());
            if failed {
                let mut text = b"ERR Error registering functions: ".to_vec();
                if ffi::lua_type(state, -1) == ffi::LUA_TTABLE {
                    let top = ffi::lua_gettop(state);
                    let fields = error_fields(state, &self.slot.words, top);
                    text.extend_from_slice(fields.text.unwrap_or(b"ERR unknown error"));
                } else if ffi::lua_isstring(state, -1) != 0 {
                    text.extend_from_slice(b"ERR ");
                    text.extend_from_slice(until_nul(bytes_at(state, -1)));
                } else {
                    text.extend_from_slice(b"ERR unknown error");
                }
                outcome = Err(text);
            }
            ffi::lua_settop(state, 0);
            self.forget(chunk);
            outcome
        }
    }

    /// Runs code for the running script, and writes its reply or its error.
    pub(super) fn call(&mut self, cx: &mut Ctx<'_>, chunk: Chunk, call: &Invocation<'_>) {
        let hooked = cx.world.config.busy_reply_threshold > 0;
        let reply = std::mem::take(&mut self.reply);
        let mut run = Run { cx, reply, argv: call.argv, rest: call.rest, in_call: false };
        let run: *mut Run<'_, '_> = &raw mut run;
        let state = self.raw;
        // SAFETY: the run outlives the call, after which its address is taken back; in between only
        // the callbacks use it. The stack is empty before and after. Lua raises nothing to here:
        // the function runs protected, and outside of it memory is not limited.
        unsafe {
            self.slot.run.set(run.cast());
            if hooked {
                ffi::lua_sethook(state, Some(hook::on_count), ffi::LUA_MASKCOUNT, HOOK_PERIOD);
            }
            self.sandbox.handler.push(state);
            chunk.push(state);
            let failed = match self.usage {
                Use::Scripts => {
                    // An earlier script may have put a table of its own there.
                    self.sandbox.view.push(state);
                    ffi::lua_replace(state, ffi::LUA_GLOBALSINDEX);
                    self.sandbox.behind.push(state);
                    for (word, list) in [(Word::Keys, call.keys), (Word::Argv, call.args)] {
                        self.slot.words.push(state, word);
                        push_list(state, list);
                        ffi::lua_rawset(state, -3);
                    }
                    ffi::lua_pop(state, 1);
                    self.call_limited(0, 1, -2)
                }
                Use::Functions => {
                    if let Some(globals) = self.globals {
                        globals.screen.push(state);
                        ffi::lua_replace(state, ffi::LUA_GLOBALSINDEX);
                    }
                    push_list(state, call.keys);
                    push_list(state, call.args);
                    self.call_limited(2, 1, -4)
                }
            };
            self.calls += 1;
            if self.calls == COLLECT_PERIOD {
                self.calls = 0;
                ffi::lua_gc(state, ffi::LUA_GCSTEP, COLLECT_PERIOD as c_int);
            }
            if hooked {
                ffi::lua_sethook(state, None, 0, 0);
            }
            let cx = &mut *(*run).cx;
            let version = begin_reply(cx);
            let errors = cx.world.stats.error_replies;
            if failed == 0 {
                write_reply(state, &self.slot.words, cx, version);
            } else {
                self.write_failure(cx);
            }
            if cx.world.stats.error_replies > errors {
                cx.world.stats.command(cx.command).failed += 1;
            }
            self.slot.run.set(ptr::null_mut());
            ffi::lua_settop(state, 0);
            self.reply = std::mem::take(&mut (*run).reply);
            self.reply.shrink_to(1 << 20);
        }
    }

    /// Writes the error on top of the stack as the reply.
    unsafe fn write_failure(&self, cx: &mut Ctx<'_>) {
        let running = cx.world.scripts.running.as_ref();
        let name = running.map(|running| running.name.clone()).unwrap_or_default();
        // SAFETY: the value on top is the error; what is read of it stays on the stack until the
        // stack is emptied.
        unsafe {
            if ffi::lua_type(self.raw, -1) != ffi::LUA_TTABLE {
                let message: &[u8] = match ffi::lua_isstring(self.raw, -1) {
                    0 => b"execution failure",
                    _ => until_nul(bytes_at(self.raw, -1)),
                };
                let message = &message[..message.len().min(100)];
                let text =
                    [b"ERR Error running script ".as_slice(), &name, b", ", message].concat();
                count_failure(cx, &text, false);
                return cx.reply.error([b"-", &*text].concat());
            }
            let top = ffi::lua_gettop(self.raw);
            let fields = error_fields(self.raw, &self.slot.words, top);
            let mut text = fields.text.unwrap_or(b"ERR unknown error").to_vec();
            if let (Some(source), Some(line)) = (fields.source, fields.line) {
                for part in [b" script: ".as_slice(), &name, b", on ", source, b":", line, b"."] {
                    text.extend_from_slice(part);
                }
            }
            count_failure(cx, &text, fields.counted);
            cx.reply.raw_error(&text);
        }
    }
}

/// Pushes a list of strings.
unsafe fn push_list(state: *mut ffi::lua_State, list: &[&[u8]]) {
    // SAFETY: the caller has two free slots.
    unsafe {
        ffi::lua_createtable(state, list.len() as c_int, 0);
        for (index, item) in list.iter().enumerate() {
            push_bytes(state, item);
            ffi::lua_rawseti(state, -2, index as i64 + 1);
        }
    }
}

/// Builds the sandbox.
unsafe fn build(state: *mut ffi::lua_State, slot: &Slot, usage: Use) -> Sandbox {
    // SAFETY: protected mode, an empty stack, and `slot` lives as long as the state.
    unsafe {
        slot.publish(state);
        ffi::lua_pushvalue(state, ffi::LUA_GLOBALSINDEX);
        for name in REMOVED {
            push_bytes(state, name.as_bytes());
            ffi::lua_pushnil(state);
            ffi::lua_rawset(state, -3);
        }
        api::set_functions(state, slot, &[("pcall", api::pcall)]);
        api::push_redis(state, slot, usage == Use::Scripts);
        ffi::lua_setfield(state, -2, c"redis".as_ptr());
        ffi::lua_getfield(state, -1, c"math".as_ptr());
        let random: api::Functions<'_> =
            &[("random", api::random), ("randomseed", api::randomseed)];
        api::set_functions(state, slot, random);
        ffi::lua_pop(state, 1);
        push_function(state, slot, api::error_handler);
        if usage == Use::Scripts {
            ffi::lua_pushvalue(state, -1);
            ffi::lua_setfield(state, -3, c"__redis__err__handler".as_ptr());
        }
        let handler = Chunk::take(state);
        complain_of_missing(state, slot);
        sealed::install(state);
        ffi::lua_pushvalue(state, -1);
        let behind = Chunk::take(state);
        sealed::seal(state);
        sealed::seal_strings(state, ffi::lua_gettop(state));
        ffi::lua_pushvalue(state, -1);
        ffi::lua_replace(state, ffi::LUA_GLOBALSINDEX);
        let view = Chunk::take(state);
        ffi::lua_settop(state, 0);
        Sandbox { handler, view, behind }
    }
}

/// Lets the table on top raise an error for what it does not have.
unsafe fn complain_of_missing(state: *mut ffi::lua_State, slot: &Slot) {
    // SAFETY: as in `build`.
    unsafe {
        ffi::lua_createtable(state, 0, 1);
        push_function(state, slot, api::missing_global);
        ffi::lua_setfield(state, -2, c"__index".as_ptr());
        ffi::lua_setmetatable(state, -2);
    }
}

/// Puts an empty table in place of the globals, behind which either of two tables stands: that of
/// libraries that are loaded, or that of functions that run.
unsafe fn split_globals(state: *mut ffi::lua_State, slot: &Slot) -> Globals {
    // SAFETY: as in `build`.
    unsafe {
        ffi::lua_createtable(state, 0, 1);
        ffi::lua_createtable(state, 0, 8);
        let register: api::Functions<'_> = &[("register_function", super::load::register_function)];
        api::set_functions(state, slot, register);
        api::set_basics(state, slot);
        complain_of_missing(state, slot);
        ffi::lua_setfield(state, -2, c"redis".as_ptr());
        complain_of_missing(state, slot);
        sealed::seal(state);
        let loading = Chunk::take(state);
        ffi::lua_pushvalue(state, ffi::LUA_GLOBALSINDEX);
        let running = Chunk::take(state);
        running.push(state);
        sealed::screen(state);
        ffi::lua_pushvalue(state, -1);
        ffi::lua_replace(state, ffi::LUA_GLOBALSINDEX);
        let screen = Chunk::take(state);
        ffi::lua_settop(state, 0);
        Globals { loading, running, screen }
    }
}
