//! The few raw operations that everything here is built of: strings on the stack, constant words,
//! and the place where callbacks find what they work for.

#![allow(unsafe_code, reason = "the interface of Lua is a C interface")]

use std::cell::Cell;
use std::os::raw::{c_char, c_int};
use std::ptr;
use std::rc::Rc;

use mlua::ffi;

use super::load::Loading;
use super::random::Random;
use crate::core::busy::Rest;
use crate::core::ctx::Ctx;

macro_rules! words {
    ($($name:ident = $text:literal;)*) => {
        /// A string that is kept in the machine, so that nobody looks it up by its bytes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Word {
            $(#[doc = $text] $name,)*
        }

        const WORDS: &[&[u8]] = &[$($text.as_bytes()),*];
    };
}

words! {
    Err = "err";
    Ok = "ok";
    Double = "double";
    BigNumber = "big_number";
    Verbatim = "verbatim_string";
    Map = "map";
    Set = "set";
    String = "string";
    Format = "format";
    Source = "source";
    Line = "line";
    Counted = "ignore_error_stats_update";
    Keys = "KEYS";
    Argv = "ARGV";
}

/// The words of one machine: where its registry has them.
#[derive(Debug)]
pub(super) struct Words([c_int; WORDS.len()]);

impl Words {
    /// Puts the words into the registry.
    ///
    /// # Safety
    /// `state` is a live state in protected mode with two free slots.
    pub(super) unsafe fn new(state: *mut ffi::lua_State) -> Words {
        let mut places = [0; WORDS.len()];
        for (place, word) in places.iter_mut().zip(WORDS) {
            // SAFETY: the caller's.
            unsafe {
                push_bytes(state, word);
                *place = ffi::luaL_ref(state, ffi::LUA_REGISTRYINDEX);
            }
        }
        Words(places)
    }

    /// Pushes a word.
    ///
    /// # Safety
    /// `state` belongs to the machine of these words and has a free slot.
    #[inline]
    pub(super) unsafe fn push(&self, state: *mut ffi::lua_State, word: Word) {
        // SAFETY: the caller's; reading the registry raises nothing.
        unsafe {
            ffi::lua_rawgeti(state, ffi::LUA_REGISTRYINDEX, self.0[word as usize].into());
        }
    }
}

/// Pushes a string.
///
/// # Safety
/// `state` is a live state with a free slot; if memory ends, Lua jumps out of here.
#[inline]
pub(super) unsafe fn push_bytes(state: *mut ffi::lua_State, bytes: &[u8]) {
    // SAFETY: the caller's; Lua copies `bytes`.
    unsafe { ffi::lua_pushlstring(state, bytes.as_ptr().cast::<c_char>(), bytes.len()) };
}

/// The bytes of the string (or number, which becomes a string) at `index`; empty for anything else.
///
/// # Safety
/// The value stays on the stack as long as the bytes are used.
#[inline]
pub(super) unsafe fn bytes_at<'s>(state: *mut ffi::lua_State, index: c_int) -> &'s [u8] {
    let mut length = 0;
    // SAFETY: Lua's string does not move and is not collected while it is on the stack.
    unsafe {
        let start = ffi::lua_tolstring(state, index, &raw mut length);
        if start.is_null() {
            return &[];
        }
        std::slice::from_raw_parts(start.cast::<u8>(), length)
    }
}

/// What a callback works for while a script runs.
pub(super) struct Run<'r, 'a> {
    /// The command that runs the script.
    pub(super) cx: &'r mut Ctx<'a>,
    /// The reply to the command that the script calls.
    pub(super) reply: Vec<u8>,
    /// The command that runs the script, as it was sent.
    pub(super) argv: &'r [&'r [u8]],
    /// What is left of the turn that it stands in.
    pub(super) rest: Option<&'r Rest<'r>>,
    /// A command is being called: it cannot call a script that calls a command.
    pub(super) in_call: bool,
}

/// What the callbacks of a machine find: pinned in a box, which the machine owns.
pub(super) struct Slot {
    /// See the type.
    pub(super) words: Words,
    /// The script that runs; null while none does.
    pub(super) run: Cell<*mut Run<'static, 'static>>,
    /// The library that is being loaded; null while none is.
    pub(super) loading: Cell<*mut Loading<'static>>,
    /// Shared by all machines.
    pub(super) random: Rc<Random>,
}

impl Slot {
    /// A slot on the heap.
    pub(super) fn new(words: Words, random: Rc<Random>) -> Box<Slot> {
        let (run, loading) = (Cell::new(ptr::null_mut()), Cell::new(ptr::null_mut()));
        Box::new(Slot { words, run, loading, random })
    }

    /// The slot of the machine whose callback is running.
    ///
    /// # Safety
    /// The running function was made by [`push_function`] with a slot that lives.
    #[inline]
    pub(super) unsafe fn of_callback<'s>(state: *mut ffi::lua_State) -> &'s Slot {
        // SAFETY: the first upvalue is the slot's address, and the machine owns the slot longer
        // than its state. Scripts cannot reach upvalues: they have no debug library.
        unsafe { &*ffi::lua_touserdata(state, ffi::lua_upvalueindex(1)).cast::<Slot>() }
    }

    /// The slot of the machine whose hook is running.
    ///
    /// # Safety
    /// The hook was set by the machine, whose slot lives; two stack slots are free.
    pub(super) unsafe fn of_hook<'s>(state: *mut ffi::lua_State) -> &'s Slot {
        // SAFETY: as in `of_callback`; only the machine writes to its registry.
        unsafe {
            ffi::lua_pushlightuserdata(state, (&raw const SLOT_KEY).cast_mut().cast());
            ffi::lua_rawget(state, ffi::LUA_REGISTRYINDEX);
            let slot = ffi::lua_touserdata(state, -1).cast::<Slot>();
            ffi::lua_pop(state, 1);
            &*slot
        }
    }

    /// Puts the address of the slot where hooks find it.
    ///
    /// # Safety
    /// `state` is a live state in protected mode with two free slots; the slot lives as long as it.
    pub(super) unsafe fn publish(&self, state: *mut ffi::lua_State) {
        // SAFETY: the caller's.
        unsafe {
            ffi::lua_pushlightuserdata(state, (&raw const SLOT_KEY).cast_mut().cast());
            ffi::lua_pushlightuserdata(state, ptr::from_ref(self).cast_mut().cast());
            ffi::lua_rawset(state, ffi::LUA_REGISTRYINDEX);
        }
    }
}

/// Its address is the key under which a registry has its slot.
static SLOT_KEY: u8 = 0;

/// Pushes a function that finds `slot`.
///
/// # Safety
/// `state` is a live state in protected mode with two free slots; `slot` lives as long as it.
pub(super) unsafe fn push_function(
    state: *mut ffi::lua_State,
    slot: &Slot,
    function: ffi::lua_CFunction,
) {
    // SAFETY: the caller's.
    unsafe {
        ffi::lua_pushlightuserdata(state, ptr::from_ref(slot).cast_mut().cast());
        ffi::lua_pushcclosure(state, function, 1);
    }
}

/// A double as the hardware converts it: what does not fit is the least integer.
pub(super) fn to_integer(number: f64) -> i64 {
    let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number);
    if fits { number as i64 } else { i64::MIN }
}
