//! The libraries that scripts have beside those of Lua: `cjson`, `cmsgpack`, `struct` and `bit`.
//! They know Lua values and nothing of the server.
//!
//! Holds: results, and errors with their texts and places, are those of the C libraries that come
//! with Redis 7.2.4. Not here: making the tables read-only, which the machine does for all of them.

mod bits;
mod cjson;
mod cmsgpack;
pub mod fuzz;
pub mod native;
mod structs;
mod walk;

#[cfg(test)]
mod tests;

use mlua::{Lua, Table};

/// Puts the libraries into `globals`.
///
/// # Errors
/// Only the machine's.
pub fn register(lua: &Lua, globals: &Table) -> mlua::Result<()> {
    globals.raw_set("cjson", cjson::table(lua)?)?;
    globals.raw_set("struct", structs::table(lua)?)?;
    globals.raw_set("cmsgpack", cmsgpack::table(lua)?)?;
    globals.raw_set("bit", bits::table(lua)?)
}
