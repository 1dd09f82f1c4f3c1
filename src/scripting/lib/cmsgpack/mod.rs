//! The library `cmsgpack`: MessagePack to and from Lua values.
//!
//! Strings are written as the raw family, numbers that are integers as integers; what has no form
//! (functions, userdata, tables nested deeper than sixteen) is nil.

mod pack;
mod unpack;

use mlua::{Lua, Table};

use super::native::{Fault, function, function_many, stack_has};

/// The library.
///
/// # Errors
/// Only the machine's.
pub(super) fn table(lua: &Lua) -> mlua::Result<Table> {
    let library = lua.create_table()?;
    let pack = function(lua, |call| {
        if call.count() == 0 {
            return Err(Fault::argument(0, "MessagePack pack needs input."));
        }
        if !stack_has(call.count(), call.count()) {
            return Err(Fault::argument(0, "Too many arguments for MessagePack pack."));
        }
        Ok(call.lua.create_string(pack::pack(call.lua, call.values())?)?)
    });
    library.raw_set("pack", pack?)?;

    let unpack = function_many(lua, |call| {
        let text = call.bytes(1)?;
        unpack::unpack(call.lua, &text, 0, 0)
    });
    library.raw_set("unpack", unpack?)?;

    let unpack_one = function_many(lua, |call| {
        let offset = call.integer_or(2, 0)?;
        let text = call.bytes(1)?;
        unpack::unpack(call.lua, &text, 1, offset)
    });
    library.raw_set("unpack_one", unpack_one?)?;

    let unpack_limit = function_many(lua, |call| {
        let limit = call.integer(2)?;
        let offset = call.integer_or(3, 0)?;
        let text = call.bytes(1)?;
        unpack::unpack(call.lua, &text, limit, offset)
    });
    library.raw_set("unpack_limit", unpack_limit?)?;

    library.raw_set("_NAME", "cmsgpack")?;
    library.raw_set("_VERSION", "lua-cmsgpack 0.4.0")?;
    library.raw_set("_COPYRIGHT", "Copyright (C) 2012, Salvatore Sanfilippo")?;
    library.raw_set("_DESCRIPTION", "MessagePack C implementation for Lua")?;
    Ok(library)
}
