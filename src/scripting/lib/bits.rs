//! The library `bit`: operations on the low 32 bits of numbers.

use mlua::{Lua, Table};

use super::native::{Call, Fault, function};

/// Adding it to a double leaves the integer, modulo 2^32, in the low bits of the sum.
const SHIFTER: f64 = 6_755_399_441_055_744.0;

/// The most digits of [`to_hex`].
const HEX_DIGITS_MAX: usize = 8;

/// The library.
///
/// # Errors
/// Only the machine's.
pub(super) fn table(lua: &Lua) -> mlua::Result<Table> {
    let bit = lua.create_table()?;
    let unary = |name, of: fn(u32) -> u32| {
        bit.raw_set(name, function(lua, move |call| Ok(signed(of(word(call, 1)?))))?)
    };
    unary("tobit", |word| word)?;
    unary("bnot", |word| !word)?;
    unary("bswap", u32::swap_bytes)?;

    let fold = |name, of: fn(u32, u32) -> u32| {
        let body = move |call: &Call<'_>| {
            // From the last on: which of two bad arguments is named shows it.
            let first = word(call, 1)?;
            let mut rest = (2..=call.count()).rev();
            let result = rest.try_fold(first, |sum, n| Ok(of(sum, word(call, n)?)));
            result.map(signed)
        };
        bit.raw_set(name, function(lua, body)?)
    };
    fold("band", |a, b| a & b)?;
    fold("bor", |a, b| a | b)?;
    fold("bxor", |a, b| a ^ b)?;

    // These methods take the count modulo 32.
    let shift = |name, of: fn(u32, u32) -> u32| {
        let body = move |call: &Call<'_>| Ok(signed(of(word(call, 1)?, word(call, 2)?)));
        bit.raw_set(name, function(lua, body)?)
    };
    shift("lshift", u32::wrapping_shl)?;
    shift("rshift", u32::wrapping_shr)?;
    shift("arshift", |word, by| (word as i32).wrapping_shr(by) as u32)?;
    shift("rol", |word, by| word.rotate_left(by & 31))?;
    shift("ror", |word, by| word.rotate_right(by & 31))?;

    bit.raw_set("tohex", function(lua, to_hex)?)?;
    Ok(bit)
}

/// The low bits of an argument.
fn word(call: &Call<'_>, number: usize) -> Result<u32, Fault> {
    call.number(number).map(|number| (number + SHIFTER).to_bits() as u32)
}

/// How results are given: signed.
fn signed(word: u32) -> i32 {
    word as i32
}

/// The last digits, as many as the second argument says; upper case if it is negative.
fn to_hex(call: &Call<'_>) -> Result<String, Fault> {
    let word = word(call, 1)?;
    let digits = if call.count() < 2 { 8 } else { signed(self::word(call, 2)?) };
    let text = if digits < 0 { format!("{word:08X}") } else { format!("{word:08x}") };
    // The least integer has no counterpart; Redis reads far out of bounds there.
    let kept = (digits.unsigned_abs() as usize).min(HEX_DIGITS_MAX);
    Ok(text[HEX_DIGITS_MAX - kept..].to_owned())
}
