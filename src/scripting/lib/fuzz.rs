//! Bodies of the fuzz targets, and their corpora as tests.

use mlua::{Function, Lua, LuaOptions, LuaString, MultiValue, StdLib, Table, Value};

use super::register;

/// A machine with nothing but the libraries.
fn machine() -> Lua {
    let lua = Lua::new_with(StdLib::NONE, LuaOptions::default()).expect("a machine");
    register(&lua, &lua.globals()).expect("the libraries");
    lua
}

fn function(lua: &Lua, library: &str, name: &str) -> Function {
    let library: Table = lua.globals().raw_get(library).expect("the library");
    library.raw_get(name).expect("the function")
}

/// Reads bytes as JSON. What was read is written again, and that reads as the same.
///
/// # Panics
/// If a property does not hold.
pub fn cjson_decode(data: &[u8]) {
    let lua = machine();
    let (encode, decode) = (function(&lua, "cjson", "encode"), function(&lua, "cjson", "decode"));
    let lax = function(&lua, "cjson", "encode_invalid_numbers");
    lax.call::<Value>(true).expect("a switch");

    let Ok(value) = decode.call::<Value>(LuaString::wrap(data)) else { return };
    let text: LuaString = encode.call(value).expect("what was read can be written");
    let again: Value = decode.call(&text).expect("what was written can be read");
    let again: LuaString = encode.call(again).expect("as before");
    // The order of keys may be another one.
    assert_eq!(sorted(&text), sorted(&again), "a text that changes when it is read");
}

fn sorted(text: &LuaString) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.sort_unstable();
    bytes
}

/// Reads bytes as MessagePack. What was read is written again, and that reads as the same; reading
/// value by value comes to the same end.
///
/// # Panics
/// If a property does not hold.
pub fn cmsgpack_unpack(data: &[u8]) {
    let lua = machine();
    let pack = function(&lua, "cmsgpack", "pack");
    let unpack = function(&lua, "cmsgpack", "unpack");
    let one = function(&lua, "cmsgpack", "unpack_one");

    let text = lua.create_string(data).expect("memory");
    let values = unpack.call::<MultiValue>(&text);
    let mut count = 0;
    let mut at = 0;
    let by_one = loop {
        if data.is_empty() {
            break Ok(());
        }
        match one.call::<(i64, Value)>((&text, at)) {
            Ok((next, _)) => {
                count += 1;
                assert!(next == -1 || next > at, "no progress at {at}");
                if next == -1 {
                    break Ok(());
                }
                at = next;
            }
            Err(error) => break Err(error),
        }
    };
    let values = match values {
        Ok(values) => values,
        Err(error) => {
            // Too many results at once are refused as well, fewer if one of them is nested deep:
            // both lie on one stack.
            let overflow = error.to_string().contains("stack overflow");
            assert!(by_one.is_err() || overflow, "only all at once is refused: {error}");
            return;
        }
    };
    assert!(by_one.is_ok(), "only one by one is refused");
    assert_eq!(values.len(), count);
    for value in values {
        // What is nested too deep is written as nil, and a nil in a table is no entry of it: the
        // first time something may go, and a table that is a key may become no key at all.
        let again = |value: &Value| -> mlua::Result<(LuaString, Value)> {
            let text: LuaString = pack.call(value)?;
            let value = unpack.call(&text)?;
            Ok((text, value))
        };
        let Ok((_, second)) = again(&value) else { continue };
        let (text, third) = again(&second).expect("what was read can be written and read");
        let (last, _) = again(&third).expect("as before");
        assert_eq!(text.as_bytes().len(), last.as_bytes().len(), "a value that changes");
    }
}

/// Reads the bytes up to the first `|` as a format, and the rest by it.
///
/// # Panics
/// If a property does not hold.
pub fn struct_unpack(data: &[u8]) {
    let lua = machine();
    let cut = memchr::memchr(b'|', data).unwrap_or(data.len());
    let (format, rest) = (&data[..cut], data.get(cut + 1..).unwrap_or_default());
    let size = function(&lua, "struct", "size").call::<f64>(LuaString::wrap(format));
    let unpack = function(&lua, "struct", "unpack");
    let results = unpack.call::<MultiValue>((LuaString::wrap(format), LuaString::wrap(rest)));
    let Ok(results) = results else { return };
    let next = match results.back() {
        Some(Value::Integer(next)) => *next as f64,
        other => panic!("{other:?} instead of the next position"),
    };
    assert!((1.0..=rest.len() as f64 + 1.0).contains(&next), "position {next}");
    if let Ok(size) = size {
        assert_eq!(size, next - 1.0, "a size that is not that of the data");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs `body` on every file of a committed corpus.
    fn replay(target: &str, body: fn(&[u8])) {
        let folder = format!("{}/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
        let mut seeds = 0;
        for entry in std::fs::read_dir(&folder).expect("the corpus is committed") {
            let path = entry.expect("a readable folder").path();
            body(&std::fs::read(path).expect("a readable seed"));
            seeds += 1;
        }
        assert!(seeds >= 10, "{folder} has {seeds} seeds");
    }

    #[test]
    fn corpus_of_json() {
        replay("cjson_decode", cjson_decode);
    }

    #[test]
    fn corpus_of_messages() {
        replay("cmsgpack_unpack", cmsgpack_unpack);
    }

    #[test]
    fn corpus_of_structs() {
        replay("struct_unpack", struct_unpack);
    }
}
