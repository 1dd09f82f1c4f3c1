//! A walk through a Lua value that holds on to nothing: what it stands on lies on Lua's stack.
//!
//! `mlua`'s own ways through a table keep a reference to each key and value that is a string or a
//! table, which makes an encoder three times as slow and bounds how deep it may nest. Cost: about
//! 10 ns for an entry.

#![allow(unsafe_code, reason = "the way through a table that keeps nothing is a C interface")]

use std::marker::PhantomData;
use std::os::raw::c_int;
use std::slice;

use mlua::{Lua, Value, ffi};

use crate::scripting::sealed::push_table_behind;

/// What a walk stands on.
pub(super) enum Item<'s> {
    Nil,
    Boolean(bool),
    Number(f64),
    Text(&'s [u8]),
    Table,
    /// A light userdata without an address.
    Null,
    /// Anything else, by the name of its type.
    Other(&'static str),
}

/// Whether to go on.
pub(super) enum Next {
    Go,
    Stop,
}

/// A place in a value: the value at the top of the stack.
pub(super) struct Walk<'s> {
    state: *mut ffi::lua_State,
    /// Nobody else touches the stack.
    stack: PhantomData<&'s mut ffi::lua_State>,
}

/// Stands on `value` for as long as `body` runs.
///
/// `body` must not panic, and what it captures must be references: if memory ends, Lua jumps out of
/// it.
///
/// # Errors
/// Only the machine's.
pub(super) fn walk<R>(
    lua: &Lua,
    value: &Value,
    body: impl FnOnce(&mut Walk<'_>) -> R,
) -> mlua::Result<R> {
    let mut result = None;
    // SAFETY: the closure runs in protected mode with the value alone on the stack; every method of
    // `Walk` leaves the stack as high as it found it. It owns nothing: `body` and `result` are
    // reached by reference. The value is popped, so that nothing is returned.
    unsafe {
        let mut body = Some(body);
        let (body, result) = (&mut body, &mut result);
        lua.exec_raw::<()>(value, |state| {
            if let Some(body) = body.take() {
                *result = Some(body(&mut Walk { state, stack: PhantomData }));
            }
            ffi::lua_pop(state, 1);
        })?;
    }
    Ok(result.expect("the closure ran to its end"))
}

impl Walk<'_> {
    /// What this stands on.
    pub(super) fn item(&self) -> Item<'_> {
        // SAFETY: there is a value at the top.
        unsafe { self.item_at(-1) }
    }

    /// Whether the C function that this is may have `slots` more slots of the stack.
    pub(super) fn has_room(&mut self, slots: usize) -> bool {
        // SAFETY: growing the stack moves no value that Lua does not know of.
        unsafe { ffi::lua_checkstack(self.state, slots as c_int) != 0 }
    }

    /// A border of the table that this stands on: 0 if it has no first element.
    pub(super) fn len(&self) -> usize {
        // SAFETY: there is a value at the top; the raw length of any value is defined.
        unsafe { ffi::lua_rawlen(self.state, -1) }
    }

    /// Shows the keys of the table that this stands on, in Lua's order.
    pub(super) fn keys(&mut self, mut visit: impl FnMut(Item<'_>) -> Next) {
        self.each(|entry| visit(entry.key()));
    }

    /// Stands on the values of the table that this stands on, in Lua's order; [`Entry::key`] tells
    /// where. No metamethod runs. A view, which is empty, stands for the table behind it.
    pub(super) fn each(&mut self, mut visit: impl FnMut(&mut Entry<'_>) -> Next) {
        if !matches!(self.item(), Item::Table) || !self.has_room(4) {
            return;
        }
        // SAFETY: as below; what is pushed is popped.
        unsafe {
            ffi::lua_pushnil(self.state);
            if ffi::lua_next(self.state, -2) == 0 {
                let top = ffi::lua_gettop(self.state);
                if push_table_behind(self.state, top) {
                    self.each_of_top(&mut visit);
                    ffi::lua_pop(self.state, 1);
                }
                return;
            }
            ffi::lua_pop(self.state, 2);
        }
        self.each_of_top(&mut visit);
    }

    /// Stands on the values of the table on top, for which there is room.
    fn each_of_top(&mut self, visit: &mut impl FnMut(&mut Entry<'_>) -> Next) {
        // SAFETY: the top is a table, and there is room for a key, a value and one more. `visit`
        // leaves the stack as it found it and changes no table, so the key is still one of the
        // table's when its successor is asked for. `lua_next` leaves nothing at the end.
        unsafe {
            ffi::lua_pushnil(self.state);
            while ffi::lua_next(self.state, -2) != 0 {
                let mut entry = Entry(Walk { state: self.state, stack: PhantomData });
                let next = visit(&mut entry);
                ffi::lua_pop(self.state, 1);
                if matches!(next, Next::Stop) {
                    ffi::lua_pop(self.state, 1);
                    return;
                }
            }
        }
    }

    /// Stands on an element of the table that this stands on; on nil if it is none.
    pub(super) fn element<R>(&mut self, index: i32, body: impl FnOnce(&mut Walk<'_>) -> R) -> R {
        let is_table = matches!(self.item(), Item::Table) && self.has_room(1);
        // SAFETY: the top is a table where it is read, a slot is free (a C function has some to
        // spare where the check failed), and `body` leaves the stack as it found it.
        unsafe {
            if is_table {
                ffi::lua_rawgeti(self.state, -1, index.into());
            } else {
                ffi::lua_pushnil(self.state);
            }
            let result = body(&mut Walk { state: self.state, stack: PhantomData });
            ffi::lua_pop(self.state, 1);
            result
        }
    }

    /// # Safety
    /// There is a value at `index`.
    unsafe fn item_at(&self, index: c_int) -> Item<'_> {
        let state = self.state;
        // SAFETY: the caller's. Only strings are read as such: a number would be changed into one,
        // and a key must not. The bytes do not move, and live while the value is on the stack,
        // which is at least until `self` is used again.
        unsafe {
            match ffi::lua_type(state, index) {
                ffi::LUA_TNIL => Item::Nil,
                ffi::LUA_TBOOLEAN => Item::Boolean(ffi::lua_toboolean(state, index) != 0),
                ffi::LUA_TNUMBER => Item::Number(ffi::lua_tonumber(state, index)),
                ffi::LUA_TSTRING => {
                    let mut len = 0;
                    let start = ffi::lua_tolstring(state, index, &raw mut len);
                    Item::Text(slice::from_raw_parts(start.cast(), len))
                }
                ffi::LUA_TTABLE => Item::Table,
                ffi::LUA_TLIGHTUSERDATA if ffi::lua_touserdata(state, index).is_null() => {
                    Item::Null
                }
                ffi::LUA_TFUNCTION => Item::Other("function"),
                ffi::LUA_TTHREAD => Item::Other("thread"),
                _ => Item::Other("userdata"),
            }
        }
    }
}

/// A place in a table: a value, with its key below it.
pub(super) struct Entry<'s>(Walk<'s>);

impl<'s> Entry<'s> {
    /// The key.
    pub(super) fn key(&self) -> Item<'_> {
        // SAFETY: `Walk::each`, which alone makes entries, has put it there.
        unsafe { self.0.item_at(-2) }
    }

    /// Stands on the key.
    pub(super) fn on_key<R>(&mut self, body: impl FnOnce(&mut Walk<'_>) -> R) -> R {
        // SAFETY: the key is there, and `Walk::each` has made room for a copy of it.
        unsafe {
            ffi::lua_pushvalue(self.0.state, -2);
            let result = body(&mut self.0);
            ffi::lua_pop(self.0.state, 1);
            result
        }
    }

    /// The value.
    pub(super) fn value(&mut self) -> &mut Walk<'s> {
        &mut self.0
    }
}
