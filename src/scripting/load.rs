//! Loading of libraries: running their code once, so that it registers functions.

#![allow(unsafe_code, reason = "functions for Lua are C functions")]

use std::os::raw::c_int;

use bytes::Bytes;
use mlua::ffi;

use super::api::raise;
use super::raw::{Slot, bytes_at};
use super::state::Chunk;
use crate::base::text::until_nul;
use crate::core::host::Host;
use crate::core::script::ScriptFlags;

/// A function that a library registers.
#[derive(Clone, Debug)]
pub(super) struct Function {
    /// Its name, in the case in which it was given.
    pub(super) name: Bytes,
    /// What the library says about it.
    pub(super) description: Option<Bytes>,
    /// What it declares.
    pub(super) flags: ScriptFlags,
    /// Its code.
    pub(super) chunk: Chunk,
}

/// A library whose code is running.
pub(super) struct Loading<'a> {
    /// For the log and the clock.
    pub(super) host: &'a mut dyn Host,
    /// When it must be done, on the monotonic clock; `None`: it may take its time.
    pub(super) until_ns: Option<u64>,
    /// What it has registered so far.
    pub(super) functions: Vec<Function>,
}

impl Loading<'_> {
    /// Its time is over.
    pub(super) fn is_late(&mut self) -> bool {
        let now = self.host.tick().mono_ns;
        self.until_ns.is_some_and(|until| now > until)
    }
}

/// What names of libraries and functions are made of.
pub(super) const BAD_NAME: &str = "Library names can only contain letters, numbers, or underscores(_) \
                                   and must be at least one character long";

const NOT_NAMED: &str = "calling redis.register_function with a single argument is only \
                         applicable to Lua table (representing named arguments).";

/// True of a name for a library or a function.
pub(super) fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// The arguments of a registration.
#[derive(Default)]
struct Registration {
    name: Option<Bytes>,
    description: Option<Bytes>,
    flags: ScriptFlags,
    chunk: Option<Chunk>,
}

type Why = &'static str;

/// The string (or number) at `index`.
unsafe fn text_at(state: *mut ffi::lua_State, index: c_int) -> Option<Bytes> {
    // SAFETY: the value stays on the stack; a number there becomes a string.
    unsafe {
        let is_text = ffi::lua_isstring(state, index) != 0;
        is_text.then(|| Bytes::copy_from_slice(bytes_at(state, index)))
    }
}

/// Takes the function on top into the registry.
unsafe fn take_function(state: *mut ffi::lua_State) -> Chunk {
    // SAFETY: there is a value on top.
    unsafe { Chunk(ffi::luaL_ref(state, ffi::LUA_REGISTRYINDEX)) }
}

/// Reads the list of flags on top, which stays.
unsafe fn read_flags(state: *mut ffi::lua_State) -> Option<ScriptFlags> {
    let mut flags = ScriptFlags::default();
    for index in 1.. {
        // SAFETY: a callback has free slots; the string stays on the stack while it is compared.
        unsafe {
            ffi::lua_rawgeti(state, -1, index);
            let flag = match ffi::lua_isstring(state, -1) != 0 {
                true => ScriptFlags::by_name(&until_nul(bytes_at(state, -1)).to_ascii_lowercase()),
                false => None,
            };
            let ends = ffi::lua_type(state, -1) == ffi::LUA_TNIL;
            ffi::lua_pop(state, 1);
            if ends {
                break;
            }
            flags = flags.or(flag?);
        }
    }
    Some(flags)
}

/// Reads one named argument: its name is below its value, which is popped.
unsafe fn read_named(state: *mut ffi::lua_State, into: &mut Registration) -> Result<(), Why> {
    // SAFETY: a callback has free slots; a copy of the name is read, since a number that is read as
    // a string would be one afterwards, which `lua_next` must not see.
    unsafe {
        if ffi::lua_isstring(state, -2) == 0 {
            return Err("named argument key given to redis.register_function is not a string");
        }
        ffi::lua_pushvalue(state, -2);
        let key = until_nul(bytes_at(state, -1)).to_ascii_lowercase();
        ffi::lua_pop(state, 1);
        match key.as_slice() {
            b"function_name" => {
                let name = text_at(state, -1);
                let why =
                    "function_name argument given to redis.register_function must be a string";
                into.name = Some(name.ok_or(why)?);
            }
            b"description" => {
                let text = text_at(state, -1);
                let why = "description argument given to redis.register_function must be a string";
                into.description = Some(text.ok_or(why)?);
            }
            b"callback" => {
                if ffi::lua_type(state, -1) != ffi::LUA_TFUNCTION {
                    return Err(
                        "callback argument given to redis.register_function must be a function",
                    );
                }
                into.chunk = Some(take_function(state));
                return Ok(());
            }
            b"flags" => {
                if ffi::lua_type(state, -1) != ffi::LUA_TTABLE {
                    return Err(
                        "flags argument to redis.register_function must be a table representing function flags",
                    );
                }
                into.flags = read_flags(state).ok_or("unknown flag given")?;
            }
            _ => return Err("unknown argument given to redis.register_function"),
        }
        ffi::lua_pop(state, 1);
    }
    Ok(())
}

/// Reads the arguments on the stack.
unsafe fn read(state: *mut ffi::lua_State, into: &mut Registration) -> Result<(), Why> {
    // SAFETY: a callback; `lua_next` walks a table that nobody changes meanwhile.
    unsafe {
        match ffi::lua_gettop(state) {
            1 => {
                if ffi::lua_type(state, 1) != ffi::LUA_TTABLE {
                    return Err(NOT_NAMED);
                }
                ffi::lua_pushnil(state);
                while ffi::lua_next(state, 1) != 0 {
                    read_named(state, into)?;
                }
            }
            2 => {
                let why = "first argument to redis.register_function must be a string";
                into.name = Some(text_at(state, 1).ok_or(why)?);
                if ffi::lua_type(state, 2) != ffi::LUA_TFUNCTION {
                    return Err("second argument to redis.register_function must be a function");
                }
                into.chunk = Some(take_function(state));
            }
            _ => return Err("wrong number of arguments to redis.register_function"),
        }
    }
    Ok(())
}

/// Adds a function to the library. Raises nothing; forgets the code of one that is refused.
unsafe fn register(state: *mut ffi::lua_State, loading: &mut Loading<'_>) -> Result<(), Why> {
    let mut given = Registration::default();
    // SAFETY: a callback.
    let mut outcome = unsafe { read(state, &mut given) };
    let Registration { name, description, flags, chunk } = given;
    if outcome.is_ok() {
        outcome = match (&name, &chunk) {
            (None, _) => Err("redis.register_function must get a function name argument"),
            (_, None) => Err("redis.register_function must get a callback argument"),
            (Some(name), _) if !is_name(name) => Err(BAD_NAME),
            (Some(name), _) if loading.functions.iter().any(|known| known.name == name) => {
                Err("Function already exists in the library")
            }
            _ => Ok(()),
        };
    }
    match (outcome, name, chunk) {
        (Ok(()), Some(name), Some(chunk)) => {
            loading.functions.push(Function { name, description, flags, chunk });
            Ok(())
        }
        (outcome, _, chunk) => {
            if let Some(Chunk(place)) = chunk {
                // SAFETY: freeing a place of the registry raises nothing.
                unsafe { ffi::luaL_unref(state, ffi::LUA_REGISTRYINDEX, place) };
            }
            outcome
        }
    }
}

/// `redis.register_function`.
pub(super) unsafe extern "C-unwind" fn register_function(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback that owns nothing when it raises.
    unsafe {
        let slot = Slot::of_callback(state);
        let why = match slot.loading.get().as_mut() {
            None => Err("redis.register_function can only be called on FUNCTION LOAD command"),
            Some(loading) => register(state, loading),
        };
        match why {
            Ok(()) => 0,
            Err(why) => {
                ffi::lua_settop(state, 0);
                raise(state, slot, why.as_bytes())
            }
        }
    }
}
