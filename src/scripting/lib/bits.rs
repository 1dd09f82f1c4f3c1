//! The library `bit`: operations on the low 32 bits of numbers.
//!
//! Its functions are so small that they are C functions of Lua's own kind: the way through `mlua`
//! takes four times as long as the work. Lua raises by a jump, so none of them owns anything.

#![allow(unsafe_code, reason = "C functions for Lua")]

use std::os::raw::c_int;

use mlua::{Lua, Table, ffi};

/// Adding it to a double leaves the integer, modulo 2^32, in the low bits of the sum.
const SHIFTER: f64 = 6_755_399_441_055_744.0;

/// The most digits of [`tohex`].
const HEX_DIGITS_MAX: usize = 8;

type Function = unsafe extern "C-unwind" fn(*mut ffi::lua_State) -> c_int;

const FUNCTIONS: &[(&str, Function)] = &[
    ("tobit", tobit),
    ("bnot", bnot),
    ("bswap", bswap),
    ("band", band),
    ("bor", bor),
    ("bxor", bxor),
    ("lshift", lshift),
    ("rshift", rshift),
    ("arshift", arshift),
    ("rol", rol),
    ("ror", ror),
    ("tohex", tohex),
];

/// The library.
///
/// # Errors
/// Only the machine's.
pub(super) fn table(lua: &Lua) -> mlua::Result<Table> {
    let bit = lua.create_table()?;
    for (name, function) in FUNCTIONS {
        // SAFETY: the function follows the rules for C functions: it takes its arguments from the
        // stack, leaves one result there, and owns nothing when Lua raises.
        bit.raw_set(*name, unsafe { lua.create_c_function(*function)? })?;
    }
    Ok(bit)
}

/// The low bits of an argument, which must be a number.
unsafe fn word(state: *mut ffi::lua_State, number: c_int) -> u32 {
    // SAFETY: a callback that owns nothing.
    (unsafe { ffi::luaL_checknumber(state, number) } + SHIFTER).to_bits() as u32
}

/// Gives a result: signed.
unsafe fn give(state: *mut ffi::lua_State, word: u32) -> c_int {
    // SAFETY: a callback has free slots.
    unsafe { ffi::lua_pushnumber(state, f64::from(word as i32)) };
    1
}

macro_rules! functions {
    (unary $($name:ident: $of:expr;)*) => {$(
        unsafe extern "C-unwind" fn $name(state: *mut ffi::lua_State) -> c_int {
            let of: fn(u32) -> u32 = $of;
            // SAFETY: a callback that owns nothing.
            unsafe { give(state, of(word(state, 1))) }
        }
    )*};
    (fold $($name:ident: $of:expr;)*) => {$(
        unsafe extern "C-unwind" fn $name(state: *mut ffi::lua_State) -> c_int {
            let of: fn(u32, u32) -> u32 = $of;
            // SAFETY: a callback that owns nothing.
            unsafe {
                let mut sum = word(state, 1);
                // From the last on: which of two bad arguments is named shows it.
                for number in (2..=ffi::lua_gettop(state)).rev() {
                    sum = of(sum, word(state, number));
                }
                give(state, sum)
            }
        }
    )*};
    (shift $($name:ident: $of:expr;)*) => {$(
        unsafe extern "C-unwind" fn $name(state: *mut ffi::lua_State) -> c_int {
            let of: fn(u32, u32) -> u32 = $of;
            // SAFETY: a callback that owns nothing.
            unsafe {
                let (word, by) = (word(state, 1), word(state, 2));
                give(state, of(word, by))
            }
        }
    )*};
}

functions! { unary
    tobit: |word| word;
    bnot: |word| !word;
    bswap: u32::swap_bytes;
}

functions! { fold
    band: |a, b| a & b;
    bor: |a, b| a | b;
    bxor: |a, b| a ^ b;
}

// The counts are taken modulo 32.
functions! { shift
    lshift: u32::wrapping_shl;
    rshift: u32::wrapping_shr;
    arshift: |word, by| (word as i32).wrapping_shr(by) as u32;
    rol: |word, by| word.rotate_left(by & 31);
    ror: |word, by| word.rotate_right(by & 31);
}

/// The last digits, as many as the second argument says; upper case if it is negative.
unsafe extern "C-unwind" fn tohex(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: a callback that owns nothing; Lua copies the digits.
    unsafe {
        let word = word(state, 1);
        let digits = if ffi::lua_gettop(state) < 2 { 8 } else { self::word(state, 2) as i32 };
        let alphabet = if digits < 0 { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
        let mut text = [0; HEX_DIGITS_MAX];
        for (place, digit) in text.iter_mut().rev().enumerate() {
            *digit = alphabet[(word >> (4 * place) & 15) as usize];
        }
        // The least integer has no counterpart; Redis reads far out of bounds there.
        let kept = (digits.unsigned_abs() as usize).min(HEX_DIGITS_MAX);
        let start = text.as_ptr().add(HEX_DIGITS_MAX - kept);
        ffi::lua_pushlstring(state, start.cast(), kept);
        1
    }
}
