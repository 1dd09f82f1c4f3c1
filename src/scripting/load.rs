//! Loading of libraries: running their code once, so that it registers functions.

#![allow(unsafe_code, reason = "functions for Lua are C functions")]

use std::os::raw::c_int;

use mlua::ffi;

use super::api::raise;
use super::raw::Slot;
use crate::base::log::Level;

/// What the code of a library has done so far.
#[derive(Debug, Default)]
pub(super) struct Loading {
    /// Lines for the log.
    pub(super) log: Vec<(Level, String)>,
}

/// `redis.register_function`.
pub(super) unsafe extern "C-unwind" fn register_function(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback that owns nothing.
    unsafe { raise(state, Slot::of_callback(state), b"not yet") }
}
