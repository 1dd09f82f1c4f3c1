//! What happens every so many instructions of a script, or of a library that is loaded.

#![allow(unsafe_code, reason = "Lua's hooks are C functions")]

use mlua::ffi;

use super::api::raise;
use super::raw::{Run, Slot};
use crate::core::busy::look;

/// Looks at the clock, and serves others if a script takes long. Gives the error with which what
/// runs is to end. Raises nothing.
fn verdict(slot: &Slot) -> Option<&'static [u8]> {
    // SAFETY: the hook is set while a script runs or a library is loaded, and neither is used by
    // anybody else in between: no callback is on its way when an instruction of Lua is due.
    let (run, loading) = unsafe { (slot.run.get().as_mut(), slot.loading.get().as_mut()) };
    if let Some(Run { cx, argv, rest, .. }) = run {
        return look(cx, argv, *rest).then_some(b"Script killed by user with SCRIPT KILL...");
    }
    loading?.is_late().then_some(b"FUNCTION LOAD timeout")
}

/// Ends what is to end.
pub(super) unsafe extern "C-unwind" fn on_count(
    state: *mut ffi::lua_State,
    _: *mut ffi::lua_Debug,
) {
    // SAFETY: the slot is that of the machine whose hook this is. Nothing is owned when it raises.
    unsafe {
        ffi::luaL_checkstack(state, 8, std::ptr::null());
        let slot = Slot::of_hook(state);
        if let Some(text) = verdict(slot) {
            // From now on at each line, so that no `pcall` goes on.
            ffi::lua_sethook(state, Some(on_count), ffi::LUA_MASKLINE, 0);
            raise(state, slot, text);
        }
    }
}
