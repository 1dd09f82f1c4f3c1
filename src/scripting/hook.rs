//! What happens every so many instructions of a script.

#![allow(unsafe_code, reason = "Lua's hooks are C functions")]

use mlua::ffi;

use super::api::raise;
use super::raw::{Run, Slot};
use crate::core::busy::look;

/// Serves others if the script takes long. Raises nothing.
fn serve(run: &mut Run<'_, '_>) -> bool {
    look(run.cx, run.argv, run.rest)
}

/// Looks at the clock, and ends a script that is to end.
pub(super) unsafe extern "C-unwind" fn on_count(
    state: *mut ffi::lua_State,
    _: *mut ffi::lua_Debug,
) {
    // SAFETY: the hook is set while a script runs, and the run is used by nobody else in between:
    // no callback is on its way when an instruction of Lua is due. It owns nothing when it raises.
    unsafe {
        ffi::luaL_checkstack(state, 8, std::ptr::null());
        let slot = Slot::of_hook(state);
        let Some(run) = slot.run.get().as_mut() else { return };
        if serve(run) {
            // From now on at each line, so that no `pcall` of the script goes on.
            ffi::lua_sethook(state, Some(on_count), ffi::LUA_MASKLINE, 0);
            raise(state, slot, b"Script killed by user with SCRIPT KILL...");
        }
    }
}
