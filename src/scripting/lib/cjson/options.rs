//! The settings of an instance, and the functions that read and change them.

use std::rc::Rc;

use mlua::{IntoLua, Lua, Table, Value};

use super::Shared;
use crate::base::text::until_nul;
use crate::scripting::lib::native::{Call, Fault, function, function_many};

/// Numbers that JSON does not have: infinities and NaN.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Invalid {
    Refused,
    Written,
    Null,
}

/// The settings of an instance.
#[derive(Clone, Copy)]
pub(super) struct Options {
    /// Too sparse an array becomes an object.
    pub(super) sparse_convert: bool,
    /// It is too sparse if the greatest index exceeds the count this many times; 0 is never.
    pub(super) sparse_ratio: i32,
    /// Up to this index it is never too sparse.
    pub(super) sparse_safe: i32,
    pub(super) encode_depth_max: i32,
    pub(super) decode_depth_max: i32,
    pub(super) encode_invalid: Invalid,
    pub(super) decode_invalid: bool,
    /// Significant digits of a number.
    pub(super) precision: i32,
    keep_buffer: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sparse_convert: false,
            sparse_ratio: 2,
            sparse_safe: 10,
            encode_depth_max: 1000,
            decode_depth_max: 1000,
            encode_invalid: Invalid::Refused,
            decode_invalid: true,
            precision: 14,
            keep_buffer: true,
        }
    }
}

/// The words of a switch.
const SWITCH: &[&str] = &["off", "on"];
/// The words for numbers that JSON does not have.
const INVALID: &[&str] = &["off", "on", "null"];

/// Puts the functions into the table of the library.
///
/// # Errors
/// Only the machine's.
pub(super) fn register(lua: &Lua, library: &Table, shared: &Rc<Shared>) -> mlua::Result<()> {
    let own = Rc::clone(shared);
    let sparse = function_many(lua, move |call| {
        expect_at_most(call, 3)?;
        // What comes before a bad argument is set.
        let convert =
            change(&own, |options| switch(call, &mut options.sparse_convert).map(Value::Boolean))?;
        let ratio = change(&own, |o| integer(call, 2, &mut o.sparse_ratio, 0, i32::MAX))?;
        let safe = change(&own, |o| integer(call, 3, &mut o.sparse_safe, 0, i32::MAX))?;
        Ok(vec![convert, ratio, safe])
    });
    library.raw_set("encode_sparse_array", sparse?)?;

    let own = Rc::clone(shared);
    let invalid = function(lua, move |call| {
        expect_at_most(call, 1)?;
        change(&own, |options| encode_invalid(call, &mut options.encode_invalid))
    });
    library.raw_set("encode_invalid_numbers", invalid?)?;

    let number = |name, field: fn(&mut Options) -> &mut i32, max| {
        let own = Rc::clone(shared);
        let set = function(lua, move |call| {
            expect_at_most(call, 1)?;
            change(&own, |options| integer(call, 1, field(options), 1, max))
        });
        library.raw_set(name, set?)
    };
    number("encode_max_depth", |options| &mut options.encode_depth_max, i32::MAX)?;
    number("decode_max_depth", |options| &mut options.decode_depth_max, i32::MAX)?;
    number("encode_number_precision", |options| &mut options.precision, 14)?;

    let flag = |name, field: fn(&mut Options) -> &mut bool| {
        let own = Rc::clone(shared);
        let set = function(lua, move |call| {
            expect_at_most(call, 1)?;
            change(&own, |options| switch(call, field(options)))
        });
        library.raw_set(name, set?)
    };
    flag("encode_keep_buffer", |options| &mut options.keep_buffer)?;
    flag("decode_invalid_numbers", |options| &mut options.decode_invalid)
}

fn expect_at_most(call: &Call<'_>, count: usize) -> Result<(), Fault> {
    if call.count() > count {
        return Err(Fault::argument(count as i32 + 1, "found too many arguments"));
    }
    Ok(())
}

fn change<R>(
    shared: &Shared,
    with: impl FnOnce(&mut Options) -> Result<R, Fault>,
) -> Result<R, Fault> {
    let mut options = shared.options.get();
    let result = with(&mut options)?;
    shared.options.set(options);
    Ok(result)
}

/// Reads a number if there is one, and gives what is set then.
fn integer(
    call: &Call<'_>,
    number: usize,
    setting: &mut i32,
    min: i32,
    max: i32,
) -> Result<Value, Fault> {
    if !call.value(number).is_nil() {
        let wanted = call.integer(number)? as i32;
        if !(min..=max).contains(&wanted) {
            // The message names the first argument, whichever it was.
            let message = format!("expected integer between {min} and {max}");
            return Err(Fault::argument(1, message));
        }
        *setting = wanted;
    }
    Ok(Value::Integer(i64::from(*setting)))
}

/// Reads a switch from the first argument if there is one, and gives what is set then.
fn switch(call: &Call<'_>, setting: &mut bool) -> Result<bool, Fault> {
    match call.value(1) {
        Value::Nil => {}
        Value::Boolean(on) => *setting = *on,
        _ => *setting = word(call, SWITCH)? == 1,
    }
    Ok(*setting)
}

fn encode_invalid(call: &Call<'_>, setting: &mut Invalid) -> Result<Value, Fault> {
    match call.value(1) {
        Value::Nil => {}
        Value::Boolean(on) => *setting = if *on { Invalid::Written } else { Invalid::Refused },
        _ => {
            *setting = match word(call, INVALID)? {
                0 => Invalid::Refused,
                1 => Invalid::Written,
                _ => Invalid::Null,
            }
        }
    }
    Ok(match setting {
        Invalid::Refused => Value::Boolean(false),
        Invalid::Written => Value::Boolean(true),
        Invalid::Null => "null".into_lua(call.lua)?,
    })
}

/// Which of the words the first argument is.
fn word(call: &Call<'_>, words: &[&str]) -> Result<usize, Fault> {
    let text = call.bytes(1)?;
    let text = until_nul(&text);
    words
        .iter()
        .position(|word| word.as_bytes() == text)
        .ok_or_else(|| Fault::argument(1, [b"invalid option '".as_slice(), text, b"'"].concat()))
}
