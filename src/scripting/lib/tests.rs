//! What scripts see of the libraries; that Redis gives the same is for `tests/libraries` to say.

use mlua::{Lua, LuaOptions, StdLib, Value};

use super::register;

/// A machine with the libraries.
fn lua() -> Lua {
    let libs = StdLib::STRING | StdLib::TABLE | StdLib::MATH;
    let lua = Lua::new_with(libs, LuaOptions::default()).expect("a machine");
    register(&lua, &lua.globals()).expect("libraries");
    lua
}

/// What a script gives, as text; an error as `!text`.
fn run(lua: &Lua, script: &str) -> String {
    let wrapped = lua.load(script).set_name("@user_script").into_function().expect("Lua");
    let pcall: mlua::Function = lua.globals().get("pcall").expect("pcall");
    let (done, value): (bool, Value) = pcall.call(wrapped).expect("pcall does not fail");
    let text = match &value {
        Value::String(text) => text.to_string_lossy(),
        other => other.to_string().expect("a printable value"),
    };
    if done { text } else { format!("!{text}") }
}

/// What a script gives on a machine of its own.
fn eval(script: &str) -> String {
    run(&lua(), script)
}

#[test]
fn an_error_is_a_string_with_the_place_of_the_call() {
    assert_eq!(
        eval("\nlocal x = cjson.decode('{')\nreturn x"),
        "!user_script:2: Expected object key string but found T_END at character 2"
    );
    assert_eq!(
        eval("return cjson.decode('nope')"),
        "!user_script:1: Expected value but found invalid token at character 1"
    );
    assert_eq!(eval("local e = select(2, pcall(bit.band)) return type(e)"), "string");
}

#[test]
fn a_bad_argument_is_named_as_the_caller_called_the_function() {
    for (call, error) in [
        ("cjson.decode()", "bad argument #1 to 'decode' (expected 1 argument)"),
        ("cjson.decode({})", "bad argument #1 to 'decode' (string expected, got table)"),
        ("cjson:decode('1')", "calling 'decode' on bad self (expected 1 argument)"),
        ("bit.band(1, 'x')", "bad argument #2 to 'band' (number expected, got string)"),
        ("bit.band(1, nil, {})", "bad argument #3 to 'band' (number expected, got table)"),
        ("bit.tobit()", "bad argument #1 to 'tobit' (number expected, got no value)"),
        ("struct.pack('i')", "bad argument #2 to 'pack' (number expected, got nil)"),
        ("struct.pack('c9', 'a')", "bad argument #3 to 'pack' (string too short)"),
        ("struct.pack('?', 1)", "bad argument #1 to 'pack' (invalid format option '?')"),
        ("cmsgpack.pack()", "bad argument #0 to 'pack' (MessagePack pack needs input.)"),
    ] {
        assert_eq!(eval(&format!("return {call}")), format!("!user_script:1: {error}"), "{call}");
    }
    // A function that another function calls has neither a line nor a name.
    let direct = eval("return select(2, pcall(bit.tobit))");
    assert_eq!(direct, "bad argument #1 to '?' (number expected, got no value)");
}

#[test]
fn options_last_as_long_as_their_instance() {
    let lua = lua();
    assert_eq!(run(&lua, "cjson.encode_number_precision(3) return cjson.encode(3.14159)"), "3.14");
    assert_eq!(run(&lua, "return cjson.encode(3.14159)"), "3.14");
    assert_eq!(run(&lua, "return cjson.new().encode(3.14159)"), "3.14159");
    let bad = "return cjson.encode_number_precision(15)";
    let error = "!user_script:1: bad argument #1 to 'encode_number_precision' \
                 (expected integer between 1 and 14)";
    assert_eq!(run(&lua, bad), error);
    assert_eq!(run(&lua, "return cjson.encode_number_precision()"), "3");
}

#[test]
fn tables_that_are_arrays_are_told_from_objects() {
    for (value, json) in [
        ("{}", "{}"),
        ("{1,2,3}", "[1,2,3]"),
        ("{1,nil,3}", "[1,null,3]"),
        ("{[3]=1}", "[null,null,1]"),
        ("{[0]=1}", r#"{"0":1}"#),
        ("{[1.5]=1}", r#"{"1.5":1}"#),
        ("{[1e10]=1}", r#"{"10000000000":1}"#),
        ("{a=cjson.null}", r#"{"a":null}"#),
        ("{1, a=2}", r#"{"1":1,"a":2}"#),
    ] {
        assert_eq!(eval(&format!("return cjson.encode({value})")), json, "{value}");
    }
    let sparse = "!user_script:1: Cannot serialise table: excessively sparse array";
    assert_eq!(eval("return cjson.encode({[100]=1})"), sparse);
}

#[test]
fn a_circular_table_comes_to_an_end() {
    // The stack is that of a main thread, where commands run; threads of tests have less.
    let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(|| {
        let nested = "local t = {} t[1] = t ";
        let error = "!user_script:1: Cannot serialise, excessive nesting (1001)";
        assert_eq!(eval(&format!("{nested} return cjson.encode(t)")), error);
        let packed = eval(&format!("{nested} return #cmsgpack.pack(t)"));
        assert_eq!(packed, "17");
        let deeper = "cjson.encode_max_depth(1e9) ";
        let error = "!user_script:1: Cannot serialise, excessive nesting (3001)";
        assert_eq!(eval(&format!("{deeper}{nested} return cjson.encode(t)")), error);
    });
    thread.expect("a thread").join().expect("no assertion failed");
}

#[test]
fn integers_take_the_least_room_in_messages() {
    for (value, bytes) in [
        ("127", "7f"),
        ("128", "cc80"),
        ("65535", "cdffff"),
        ("65536", "ce00010000"),
        ("2^53", "cf0020000000000000"),
        ("-32", "e0"),
        ("-33", "d0df"),
        ("-2^63", "d38000000000000000"),
        ("2^63", "ca5f000000"),
        ("0.5", "ca3f000000"),
        ("0.1", "cb3fb999999999999a"),
        ("-0", "00"),
    ] {
        let hex = "return (s:gsub('.', function(b) return string.format('%02x', b:byte()) end))";
        let script = format!("local s = cmsgpack.pack({value}) {hex}");
        assert_eq!(eval(&script), bytes, "{value}");
    }
}

#[test]
fn every_value_of_a_stream_is_unpacked_or_as_many_as_asked_for() {
    let stream = "local s = cmsgpack.pack(1, 'two', {3}) ";
    assert_eq!(eval(&format!("{stream} return select('#', cmsgpack.unpack(s))")), "3");
    let one = format!("{stream} local at, v = cmsgpack.unpack_one(s, 1) return at .. v");
    assert_eq!(eval(&one), "5two");
    let limit = format!("{stream} return (cmsgpack.unpack_limit(s, 9))");
    assert_eq!(eval(&limit), "-1");
    let beyond = format!("{stream} return cmsgpack.unpack_one(s, 100)");
    let error = "!user_script:1: Start offset 100 greater than input length 7.";
    assert_eq!(eval(&beyond), error);
}
