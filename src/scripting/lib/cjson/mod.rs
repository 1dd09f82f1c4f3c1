//! The library `cjson`: JSON to and from Lua values.
//!
//! Null is `cjson.null`, a light userdata without an address. An empty table is an object.

mod decode;
mod encode;
mod options;
pub(super) mod scan;

use std::cell::Cell;
use std::rc::Rc;

use mlua::{Lua, Table, Value};

use self::options::Options;
use super::native::{Fault, function};

/// A text that is kept for the next call may hold so many bytes.
const KEPT_BYTES_MAX: usize = 1 << 20;

/// What the functions of one instance share.
struct Shared {
    options: Cell<Options>,
    /// The buffer of the last encoding, empty.
    buffer: Cell<Vec<u8>>,
}

/// An instance of the library with options of its own.
///
/// # Errors
/// Only the machine's.
pub(super) fn table(lua: &Lua) -> mlua::Result<Table> {
    let options = Cell::new(Options::default());
    let shared = Rc::new(Shared { options, buffer: Cell::default() });
    let library = lua.create_table()?;

    let own = Rc::clone(&shared);
    let encode = function(lua, move |call| {
        if call.count() != 1 {
            return Err(Fault::argument(1, "expected 1 argument"));
        }
        let mut out = own.buffer.take();
        let done = encode::encode(call.lua, own.options.get(), call.value(1), &mut out);
        let text = done.and_then(|()| Ok(call.lua.create_string(&out)?));
        if out.capacity() <= KEPT_BYTES_MAX {
            out.clear();
            own.buffer.set(out);
        }
        text
    });
    library.raw_set("encode", encode?)?;

    let own = Rc::clone(&shared);
    let decode = function(lua, move |call| {
        if call.count() != 1 {
            return Err(Fault::argument(1, "expected 1 argument"));
        }
        decode::decode(call.lua, own.options.get(), &call.bytes(1)?)
    });
    library.raw_set("decode", decode?)?;

    options::register(lua, &library, &shared)?;
    library.raw_set("new", function(lua, |call| Ok(table(call.lua)?))?)?;
    library.raw_set("null", Value::NULL)?;
    library.raw_set("_NAME", "cjson")?;
    library.raw_set("_VERSION", "2.1.0")?;
    Ok(library)
}
