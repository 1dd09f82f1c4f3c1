//! Tables that scripts can read but not change.
//!
//! Lua 5.1 has no such tables. What scripts get instead of a table is its view: an empty table
//! whose metatable reads from the table behind it and refuses to write. The functions that look
//! past metatables are replaced by some that know views, so that a script cannot tell a view from a
//! table, nor reach what is behind it.
//!
//! Holds: no table that was sealed is on a stack, in an upvalue or in an environment that a script
//! can reach; only its view is.
//! Cost: reading a field of a view looks in two tables more; `next`, `rawget` and the like look in
//! one more.

#![allow(unsafe_code, reason = "functions for Lua are C functions")]

use std::os::raw::{c_char, c_int, c_void};
use std::ptr;

use mlua::ffi;

use super::raw::push_bytes;

const REFUSAL: &[u8] = b"Attempt to modify a readonly table";

/// The tables that know which view is of which table, as upvalues of the functions here.
const BEHIND: c_int = ffi::lua_upvalueindex(1);
const VIEWS: c_int = ffi::lua_upvalueindex(2);
/// For `pairs`: the `next` of tables that are no views, and that of views.
const PLAIN_NEXT: c_int = ffi::lua_upvalueindex(3);
const VIEW_NEXT: c_int = ffi::lua_upvalueindex(4);

/// Their addresses are the keys under which a registry has the two tables.
static BEHIND_KEY: u8 = 0;
static VIEWS_KEY: u8 = 1;

type Function = unsafe extern "C-unwind" fn(*mut ffi::lua_State) -> c_int;

const GLOBALS: &[(&str, Function)] = &[
    ("getmetatable", getmetatable),
    ("load", load),
    ("loadstring", loadstring),
    ("next", next),
    ("rawget", rawget),
    ("rawset", rawset),
    ("setmetatable", setmetatable),
    ("unpack", unpack),
];

const OF_TABLES: &[(&str, Function)] = &[("foreach", foreach), ("insert", insert)];

unsafe fn push_registered(state: *mut ffi::lua_State, key: &'static u8) {
    // SAFETY: the caller has a free slot.
    unsafe {
        ffi::lua_pushlightuserdata(state, ptr::from_ref(key).cast_mut().cast());
        ffi::lua_rawget(state, ffi::LUA_REGISTRYINDEX);
    }
}

/// Puts the functions that know views in place of Lua's, in the table of globals on top, and makes
/// the machine ready for [`seal`].
///
/// # Safety
/// `state` is a live state in protected mode with a table on top and ten free slots.
pub(super) unsafe fn install(state: *mut ffi::lua_State) {
    // SAFETY: the caller's.
    unsafe {
        for key in [&BEHIND_KEY, &VIEWS_KEY] {
            ffi::lua_pushlightuserdata(state, ptr::from_ref(key).cast_mut().cast());
            ffi::lua_createtable(state, 0, 16);
            ffi::lua_rawset(state, ffi::LUA_REGISTRYINDEX);
        }
        push_bytes(state, b"pairs");
        push_registered(state, &BEHIND_KEY);
        push_registered(state, &VIEWS_KEY);
        ffi::lua_getfield(state, -4, c"next".as_ptr());
        push_closure(state, next);
        ffi::lua_pushcclosure(state, pairs, 4);
        ffi::lua_rawset(state, -3);
        set_closures(state, GLOBALS);
        ffi::lua_getfield(state, -1, c"table".as_ptr());
        set_closures(state, OF_TABLES);
        ffi::lua_pop(state, 1);
    }
}

unsafe fn push_closure(state: *mut ffi::lua_State, function: Function) {
    // SAFETY: the caller has three free slots.
    unsafe {
        push_registered(state, &BEHIND_KEY);
        push_registered(state, &VIEWS_KEY);
        ffi::lua_pushcclosure(state, function, 2);
    }
}

unsafe fn set_closures(state: *mut ffi::lua_State, functions: &[(&str, Function)]) {
    for (name, function) in functions {
        // SAFETY: a table is on top, with four free slots.
        unsafe {
            push_bytes(state, name.as_bytes());
            push_closure(state, *function);
            ffi::lua_rawset(state, -3);
        }
    }
}

/// Notes that `view` (an absolute index) is the view of the table at `table`.
unsafe fn note(state: *mut ffi::lua_State, table: c_int, view: c_int) {
    // SAFETY: both are tables; the caller has three free slots.
    unsafe {
        for (map, key, value) in [(&BEHIND_KEY, view, table), (&VIEWS_KEY, table, view)] {
            push_registered(state, map);
            ffi::lua_pushvalue(state, key);
            ffi::lua_pushvalue(state, value);
            ffi::lua_rawset(state, -3);
            ffi::lua_pop(state, 1);
        }
    }
}

/// Pushes what a map has for the table at an absolute index; pushes nothing if it has nothing.
unsafe fn push_mapped(state: *mut ffi::lua_State, map: &'static u8, index: c_int) -> bool {
    // SAFETY: the caller has two free slots.
    unsafe {
        push_registered(state, map);
        ffi::lua_pushvalue(state, index);
        if ffi::lua_rawget(state, -2) == ffi::LUA_TNIL {
            ffi::lua_pop(state, 2);
            return false;
        }
        ffi::lua_remove(state, -2);
        true
    }
}

/// Pushes the table behind the view at an absolute index; pushes nothing if it is no view, or this
/// machine has none.
///
/// # Safety
/// `state` is a live state with two free slots.
pub(super) unsafe fn push_table_behind(state: *mut ffi::lua_State, index: c_int) -> bool {
    // SAFETY: the caller's.
    unsafe {
        push_registered(state, &BEHIND_KEY);
        let has_views = ffi::lua_type(state, -1) == ffi::LUA_TTABLE;
        ffi::lua_pop(state, 1);
        has_views && push_mapped(state, &BEHIND_KEY, index)
    }
}

/// Replaces the table on top by its view, and all tables that can be reached from it likewise.
///
/// # Safety
/// `state` is a live state in protected mode, made ready by [`install`], with a table on top.
pub(super) unsafe fn seal(state: *mut ffi::lua_State) {
    // SAFETY: the slots are made free. `lua_next` walks a table whose fields are only replaced.
    unsafe {
        ffi::luaL_checkstack(state, 10, ptr::null());
        let table = ffi::lua_gettop(state);
        if push_mapped(state, &VIEWS_KEY, table) {
            return ffi::lua_replace(state, table);
        }
        if push_mapped(state, &BEHIND_KEY, table) {
            return ffi::lua_pop(state, 1); // a view already
        }
        ffi::lua_createtable(state, 0, 0);
        let view = ffi::lua_gettop(state);
        note(state, table, view);
        ffi::lua_pushnil(state);
        while ffi::lua_next(state, table) != 0 {
            if ffi::lua_type(state, -1) != ffi::LUA_TTABLE {
                ffi::lua_pop(state, 1);
                continue;
            }
            seal(state);
            ffi::lua_pushvalue(state, -2);
            ffi::lua_insert(state, -2);
            ffi::lua_rawset(state, table);
        }
        if ffi::lua_getmetatable(state, table) != 0 {
            seal(state);
            ffi::lua_pop(state, 1);
        }
        push_guard(state, table);
        ffi::lua_setmetatable(state, view);
        ffi::lua_replace(state, table);
    }
}

/// Pushes a metatable that reads from the table at an absolute index and refuses to write.
unsafe fn push_guard(state: *mut ffi::lua_State, table: c_int) {
    // SAFETY: the caller has three free slots.
    unsafe {
        ffi::lua_createtable(state, 0, 2);
        ffi::lua_pushvalue(state, table);
        ffi::lua_setfield(state, -2, c"__index".as_ptr());
        ffi::lua_pushcclosure(state, refuse, 0);
        ffi::lua_setfield(state, -2, c"__newindex".as_ptr());
    }
}

/// Seals the metatable of strings: through it a script would reach the functions on strings.
/// The table `string` has been sealed, and `globals` is the index of the table that has its view.
///
/// # Safety
/// As [`seal`], with six free slots.
pub(super) unsafe fn seal_strings(state: *mut ffi::lua_State, globals: c_int) {
    // SAFETY: the caller's.
    unsafe {
        push_bytes(state, b"");
        if ffi::lua_getmetatable(state, -1) != 0 {
            let real = ffi::lua_gettop(state);
            // What getmetatable gives: it looks the same, but leads to the view of `string`.
            ffi::lua_createtable(state, 0, 1);
            ffi::lua_getfield(state, globals, c"string".as_ptr());
            ffi::lua_setfield(state, -2, c"__index".as_ptr());
            seal(state);
            let view = ffi::lua_gettop(state);
            push_registered(state, &VIEWS_KEY);
            ffi::lua_pushvalue(state, real);
            ffi::lua_pushvalue(state, view);
            ffi::lua_rawset(state, -3);
            ffi::lua_pop(state, 3);
        }
        ffi::lua_pop(state, 1);
    }
}

/// Pushes an empty table that reads from the table on top, which it replaces; [`redirect`] lets it
/// read from another.
///
/// # Safety
/// As [`seal`], with eight free slots.
pub(super) unsafe fn screen(state: *mut ffi::lua_State) {
    // SAFETY: the caller's.
    unsafe {
        let table = ffi::lua_gettop(state);
        ffi::lua_createtable(state, 0, 0);
        let view = ffi::lua_gettop(state);
        // Nothing is behind it for those who look past metatables.
        note(state, view, view);
        push_guard(state, table);
        ffi::lua_setmetatable(state, view);
        ffi::lua_replace(state, table);
    }
}

/// Lets the screen at an absolute index read from the table on top, which is popped.
///
/// # Safety
/// There is one, made by [`screen`]; two slots are free.
pub(super) unsafe fn redirect(state: *mut ffi::lua_State, screen: c_int) {
    // SAFETY: the caller's; the field exists, so that nothing is allocated but its name.
    unsafe {
        if ffi::lua_getmetatable(state, screen) != 0 {
            ffi::lua_insert(state, -2);
            ffi::lua_setfield(state, -2, c"__index".as_ptr());
        }
        ffi::lua_pop(state, 1);
    }
}

/// True if the value at `index` is a view: then what is behind it is pushed.
#[inline]
unsafe fn push_behind(state: *mut ffi::lua_State, index: c_int) -> bool {
    // SAFETY: a callback with free slots.
    unsafe {
        ffi::lua_pushvalue(state, index);
        if ffi::lua_rawget(state, BEHIND) == ffi::LUA_TNIL {
            ffi::lua_pop(state, 1);
            return false;
        }
        true
    }
}

/// Puts what is behind a view in its place at `index`.
#[inline]
unsafe fn look_behind(state: *mut ffi::lua_State, index: c_int) {
    // SAFETY: as in `push_behind`.
    unsafe {
        if push_behind(state, index) {
            ffi::lua_replace(state, index);
        }
    }
}

/// The refusal as a function of Lua's own would raise it: without a place.
unsafe fn refuse_plainly(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback that owns nothing.
    unsafe {
        push_bytes(state, REFUSAL);
        ffi::lua_error(state)
    }
}

/// The refusal of an assignment.
unsafe extern "C-unwind" fn refuse(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback that owns nothing.
    unsafe {
        ffi::luaL_where(state, 1);
        push_bytes(state, REFUSAL);
        ffi::lua_concat(state, 2);
        ffi::lua_error(state)
    }
}

unsafe extern "C-unwind" fn next(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback that owns nothing.
    unsafe {
        ffi::luaL_checktype(state, 1, ffi::LUA_TTABLE);
        ffi::lua_settop(state, 2);
        look_behind(state, 1);
        if ffi::lua_next(state, 1) != 0 {
            return 2;
        }
        ffi::lua_pushnil(state);
        1
    }
}

unsafe extern "C-unwind" fn pairs(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback that owns nothing.
    unsafe {
        ffi::luaL_checktype(state, 1, ffi::LUA_TTABLE);
        let walker = if push_behind(state, 1) { VIEW_NEXT } else { PLAIN_NEXT };
        ffi::lua_pushvalue(state, walker);
        ffi::lua_pushvalue(state, 1);
        ffi::lua_pushnil(state);
        3
    }
}

unsafe extern "C-unwind" fn rawget(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback that owns nothing.
    unsafe {
        ffi::luaL_checktype(state, 1, ffi::LUA_TTABLE);
        ffi::luaL_checkany(state, 2);
        ffi::lua_settop(state, 2);
        look_behind(state, 1);
        ffi::lua_pushvalue(state, 2);
        ffi::lua_rawget(state, 1);
        1
    }
}

unsafe extern "C-unwind" fn rawset(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback that owns nothing.
    unsafe {
        ffi::luaL_checktype(state, 1, ffi::LUA_TTABLE);
        ffi::luaL_checkany(state, 2);
        ffi::luaL_checkany(state, 3);
        ffi::lua_settop(state, 3);
        if push_behind(state, 1) {
            return refuse_plainly(state);
        }
        ffi::lua_rawset(state, 1);
        1
    }
}

unsafe extern "C-unwind" fn getmetatable(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback that owns nothing.
    unsafe {
        ffi::luaL_checkany(state, 1);
        ffi::lua_settop(state, 1);
        look_behind(state, 1);
        if ffi::lua_getmetatable(state, 1) == 0 {
            ffi::lua_pushnil(state);
            return 1;
        }
        ffi::lua_pushstring(state, c"__metatable".as_ptr());
        if ffi::lua_rawget(state, 2) != ffi::LUA_TNIL {
            return 1;
        }
        ffi::lua_settop(state, 2);
        ffi::lua_pushvalue(state, 2);
        if ffi::lua_rawget(state, VIEWS) == ffi::LUA_TNIL {
            ffi::lua_pop(state, 1);
        }
        1
    }
}

unsafe extern "C-unwind" fn setmetatable(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback that owns nothing.
    unsafe {
        ffi::luaL_checktype(state, 1, ffi::LUA_TTABLE);
        let kind = ffi::lua_type(state, 2);
        if kind != ffi::LUA_TNIL && kind != ffi::LUA_TTABLE {
            return ffi::luaL_argerror(state, 2, c"nil or table expected".as_ptr());
        }
        if push_behind(state, 1) {
            return refuse_plainly(state);
        }
        if ffi::luaL_getmetafield(state, 1, c"__metatable".as_ptr()) != ffi::LUA_TNIL {
            return ffi::luaL_error(state, c"cannot change a protected metatable".as_ptr());
        }
        ffi::lua_settop(state, 2);
        ffi::lua_setmetatable(state, 1);
        1
    }
}

/// Elements of a table as arguments; unlike Lua's own it does not trust a sum to fit.
unsafe extern "C-unwind" fn unpack(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback that owns nothing; the slots are made free.
    unsafe {
        ffi::luaL_checktype(state, 1, ffi::LUA_TTABLE);
        let first = ffi::luaL_optinteger(state, 2, 1) as c_int;
        let last = match ffi::lua_type(state, 3) {
            ffi::LUA_TNIL | ffi::LUA_TNONE => ffi::lua_objlen(state, 1) as c_int,
            _ => ffi::luaL_checkinteger(state, 3) as c_int,
        };
        let count = i64::from(last) - i64::from(first) + 1;
        if count <= 0 {
            return 0;
        }
        let count = c_int::try_from(count).unwrap_or(c_int::MAX);
        if count == c_int::MAX || ffi::lua_checkstack(state, count) == 0 {
            return ffi::luaL_error(state, c"too many results to unpack".as_ptr());
        }
        for index in first..=last {
            ffi::lua_rawgeti(state, 1, index.into());
        }
        count
    }
}

unsafe extern "C-unwind" fn foreach(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback that owns nothing.
    unsafe {
        ffi::luaL_checktype(state, 1, ffi::LUA_TTABLE);
        ffi::luaL_checktype(state, 2, ffi::LUA_TFUNCTION);
        look_behind(state, 1);
        ffi::lua_pushnil(state);
        while ffi::lua_next(state, 1) != 0 {
            ffi::lua_pushvalue(state, 2);
            ffi::lua_pushvalue(state, -3);
            ffi::lua_pushvalue(state, -3);
            ffi::lua_call(state, 2, 1);
            if ffi::lua_type(state, -1) != ffi::LUA_TNIL {
                return 1;
            }
            ffi::lua_pop(state, 2);
        }
        0
    }
}

unsafe extern "C-unwind" fn insert(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback that owns nothing.
    unsafe {
        ffi::luaL_checktype(state, 1, ffi::LUA_TTABLE);
        let count = ffi::lua_gettop(state);
        let end = ffi::lua_objlen(state, 1) as i64 + 1;
        let place = match count {
            2 => end,
            3 => i64::from(ffi::luaL_checkinteger(state, 2) as c_int),
            _ => {
                return ffi::luaL_error(state, c"wrong number of arguments to 'insert'".as_ptr());
            }
        };
        if push_behind(state, 1) {
            return refuse_plainly(state);
        }
        let mut hole = end.max(place);
        while hole > place {
            ffi::lua_rawgeti(state, 1, hole - 1);
            ffi::lua_rawseti(state, 1, hole);
            hole -= 1;
        }
        ffi::lua_settop(state, count);
        ffi::lua_rawseti(state, 1, place);
        0
    }
}

/// The first byte of precompiled code, which nobody checks to be sound: it is read as text, which
/// it is not.
const PRECOMPILED: u8 = 0x1B;

/// Compiles text and pushes the function or the message; gives Lua's status. Raises only for lack
/// of memory.
///
/// # Safety
/// `state` has two free slots; `place` lives for the call.
pub(super) unsafe fn compile(
    state: *mut ffi::lua_State,
    code: &[u8],
    place: *const c_char,
) -> c_int {
    // SAFETY: the caller's. The name of the place is kept on the stack: the compiler does not.
    unsafe {
        ffi::lua_pushstring(state, place);
        let status = if code.first() == Some(&PRECOMPILED) {
            let text = [b" ", code].concat();
            ffi::luaL_loadbuffer(state, text.as_ptr().cast(), text.len(), place)
        } else {
            ffi::luaL_loadbuffer(state, code.as_ptr().cast(), code.len(), place)
        };
        ffi::lua_remove(state, -2);
        status
    }
}

/// What `load` and `loadstring` return.
unsafe fn compiled(state: *mut ffi::lua_State, status: c_int) -> c_int {
    // SAFETY: the function or the message is on top.
    unsafe {
        if status == 0 {
            return 1;
        }
        ffi::lua_pushnil(state);
        ffi::lua_insert(state, -2);
        2
    }
}

unsafe extern "C-unwind" fn loadstring(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback that owns nothing; the string stays on the stack.
    unsafe {
        let mut length = 0;
        let start = ffi::luaL_checklstring(state, 1, &raw mut length);
        let place = ffi::luaL_optlstring(state, 2, start, ptr::null_mut());
        let code = std::slice::from_raw_parts(start.cast::<u8>(), length);
        let status = compile(state, code, place);
        compiled(state, status)
    }
}

/// Where a reading `load` is.
#[derive(Default)]
struct Reading {
    /// A piece has come.
    begun: bool,
    /// The piece in slot 3 is still to be given.
    kept: bool,
}

unsafe extern "C-unwind" fn read_piece(
    state: *mut ffi::lua_State,
    reading: *mut c_void,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: `load` has called the compiler with its own `Reading`; slot 1 has the function that
    // gives pieces, slot 3 keeps the piece that is read. Nothing is owned where it may raise.
    unsafe {
        let reading = &mut *reading.cast::<Reading>();
        if std::mem::take(&mut reading.kept) {
            return ffi::lua_tolstring(state, 3, length);
        }
        ffi::luaL_checkstack(state, 2, c"too many nested functions".as_ptr());
        ffi::lua_pushvalue(state, 1);
        ffi::lua_call(state, 0, 1);
        if ffi::lua_type(state, -1) == ffi::LUA_TNIL {
            ffi::lua_pop(state, 1);
            *length = 0;
            return ptr::null();
        }
        if ffi::lua_isstring(state, -1) == 0 {
            ffi::luaL_error(state, c"reader function must return a string".as_ptr());
        }
        ffi::lua_replace(state, 3);
        let piece = ffi::lua_tolstring(state, 3, length);
        if *length > 0 && !std::mem::replace(&mut reading.begun, true) {
            reading.kept = *piece.cast::<u8>() == PRECOMPILED;
            if reading.kept {
                *length = 1;
                return c" ".as_ptr();
            }
        }
        piece
    }
}

unsafe extern "C-unwind" fn load(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback that owns nothing; `reading` outlives the compiler's run.
    unsafe {
        ffi::luaL_checktype(state, 1, ffi::LUA_TFUNCTION);
        let place = ffi::luaL_optlstring(state, 2, c"=(load)".as_ptr(), ptr::null_mut());
        ffi::lua_settop(state, 3);
        ffi::lua_pushstring(state, place);
        let mut reading = Reading::default();
        let address = (&raw mut reading).cast::<c_void>();
        let status = ffi::lua_load(state, read_piece, address, place);
        compiled(state, status)
    }
}
