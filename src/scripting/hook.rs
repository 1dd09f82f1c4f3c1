//! What happens every so many instructions of a script.

#![allow(unsafe_code, reason = "Lua's hooks are C functions")]

use mlua::ffi;

/// Looks at the clock.
pub(super) unsafe extern "C-unwind" fn on_count(_: *mut ffi::lua_State, _: *mut ffi::lua_Debug) {}
