//! Functions for scripts that fail as C functions do: with a Lua value of their own choice.
//!
//! An error that a callback of `mlua` returns reaches the script as an opaque object, and a wrapper
//! written in Lua would lose the caller of a tail call. So each function is a C closure around the
//! callback: it calls it, and raises what the callback hands back marked as a failure.
//!
//! Holds: the closure is what the script calls, so names and lines in messages are those that the C
//! libraries report. Cost: about 100 ns for a call on top of the work.

use std::borrow::Cow;
use std::ffi::c_void;
use std::os::raw::c_int;

use mlua::{BorrowedBytes, Function, IntoLua, LightUserData, Lua, Value, Variadic, ffi};

/// What a C function may keep on Lua's stack.
const STACK_SLOTS_MAX: usize = 8000;

/// The levels of the callback, of the closure around it and of who called that.
const CLOSURE_LEVEL: usize = 1;
const CALLER_LEVEL: usize = 2;

/// Its address marks a failure; a script can make no such value.
static FAILURE: u8 = 0;

fn failure_mark() -> LightUserData {
    LightUserData((&raw const FAILURE).cast_mut().cast())
}

/// Why a function failed.
#[derive(Debug)]
pub enum Fault {
    /// A message that is put behind the place of the call.
    Error(Vec<u8>),
    /// A message about an argument, the first being 1.
    Argument(i32, Vec<u8>),
    /// A message as it is.
    Plain(&'static str),
    /// Any value.
    Value(Value),
    /// The machine failed: out of memory or of stack.
    Machine(mlua::Error),
}

impl Fault {
    /// A message that is put behind the place of the call.
    pub fn error(message: impl Into<Vec<u8>>) -> Self {
        Self::Error(message.into())
    }

    /// A message about an argument.
    pub fn argument(number: i32, message: impl Into<Vec<u8>>) -> Self {
        Self::Argument(number, message.into())
    }
}

impl From<mlua::Error> for Fault {
    fn from(error: mlua::Error) -> Self {
        Self::Machine(error)
    }
}

/// One call of a function: its arguments, read as C functions read theirs.
pub struct Call<'a> {
    /// The machine.
    pub lua: &'a Lua,
    args: Vec<Value>,
}

/// The name of a type as messages give it.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Nil => "nil",
        Value::Boolean(_) => "boolean",
        Value::Integer(_) | Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Table(_) => "table",
        Value::Function(_) => "function",
        Value::Thread(_) => "thread",
        _ => "userdata",
    }
}

/// A double as the hardware converts it: what does not fit is the least integer.
pub fn to_integer(number: f64) -> i64 {
    let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number);
    if fits { number as i64 } else { i64::MIN }
}

/// How long a text that is made outside the machine may become: it has to fit into what the machine
/// may still hold.
///
/// # Errors
/// Only the machine's.
pub fn text_max(lua: &Lua) -> mlua::Result<usize> {
    // The limit is told by who replaces it.
    let limit = lua.set_memory_limit(0)?;
    lua.set_memory_limit(limit)?;
    let room = limit.saturating_sub(lua.used_memory());
    Ok(if limit == 0 { usize::MAX } else { room })
}

/// Refuses a text that becomes longer than [`text_max`] allows: values that occur in one another
/// many times make a long text out of little memory.
///
/// # Errors
/// `not enough memory`.
pub fn check_text(len: usize, max: usize) -> Result<(), Fault> {
    if len <= max {
        return Ok(());
    }
    Err(Fault::Machine(mlua::Error::MemoryError(String::new())))
}

/// Whether a C function that holds `used` slots may have `more`.
pub fn stack_has(used: usize, more: usize) -> bool {
    used + more <= STACK_SLOTS_MAX
}

/// Refuses as `luaL_checkstack` does.
///
/// # Errors
/// If a C function that holds `used` slots may not have `more`.
pub fn check_stack(used: usize, more: usize, what: &str) -> Result<(), Fault> {
    if stack_has(used, more) {
        return Ok(());
    }
    Err(Fault::error(format!("stack overflow ({what})")))
}

impl Call<'_> {
    /// The number of arguments.
    pub fn count(&self) -> usize {
        self.args.len()
    }

    /// An argument, the first being 1; nil where there is none.
    pub fn value(&self, number: usize) -> &Value {
        self.args.get(number - 1).unwrap_or(&Value::Nil)
    }

    /// All arguments.
    pub fn values(&self) -> &[Value] {
        &self.args
    }

    /// The fault of an argument that has the wrong type.
    pub fn mistyped(&self, number: usize, wanted: &str) -> Fault {
        let found = self.args.get(number - 1).map_or("no value", type_name);
        Fault::argument(number as i32, format!("{wanted} expected, got {found}"))
    }

    /// An argument as a number, if it is one or a string that reads as one.
    ///
    /// # Errors
    /// Only the machine's.
    pub fn to_number(&self, number: usize) -> Result<Option<f64>, Fault> {
        number_of(self.lua, self.value(number))
    }

    /// An argument that must be a number.
    ///
    /// # Errors
    /// If it is none and does not read as one.
    pub fn number(&self, number: usize) -> Result<f64, Fault> {
        self.to_number(number)?.ok_or_else(|| self.mistyped(number, "number"))
    }

    /// An argument that must be a number, cut to an integer.
    ///
    /// # Errors
    /// If it is none and does not read as one.
    pub fn integer(&self, number: usize) -> Result<i64, Fault> {
        self.number(number).map(to_integer)
    }

    /// An argument that may be missing or nil, cut to an integer.
    ///
    /// # Errors
    /// If it is there and not a number.
    pub fn integer_or(&self, number: usize, default: i64) -> Result<i64, Fault> {
        if self.value(number).is_nil() {
            return Ok(default);
        }
        self.integer(number)
    }

    /// An argument that must be a string; a number is printed.
    ///
    /// # Errors
    /// If it is neither.
    pub fn bytes(&self, number: usize) -> Result<BorrowedBytes, Fault> {
        let value = self.value(number);
        match value {
            Value::String(text) => Ok(text.as_bytes()),
            Value::Integer(_) | Value::Number(_) => {
                let text = self.lua.coerce_string(value.clone())?.expect("a number has a text");
                Ok(text.as_bytes())
            }
            _ => Err(self.mistyped(number, "string")),
        }
    }

    /// The message of a fault, with the names and places of the running call.
    fn describe(&self, fault: Fault) -> mlua::Result<Value> {
        let message = match fault {
            Fault::Value(value) => return Ok(value),
            Fault::Plain(message) => message.into(),
            Fault::Error(message) => self.placed(&message),
            Fault::Argument(number, message) => {
                self.placed(&argument_message(self.lua, number, &message))
            }
            Fault::Machine(mlua::Error::StackError) => self.placed(b"stack overflow"),
            Fault::Machine(mlua::Error::MemoryError(_)) => b"not enough memory".to_vec(),
            // Calls of C functions are nested too deep.
            Fault::Machine(mlua::Error::RuntimeError(message)) => message.into_bytes(),
            Fault::Machine(other) => return Err(other),
        };
        self.lua.create_string(message).map(Value::String)
    }

    /// The message behind the line that called, if a line of a script did.
    fn placed(&self, message: &[u8]) -> Vec<u8> {
        let place = self.lua.inspect_stack(CALLER_LEVEL, |caller| {
            let line = caller.current_line().filter(|line| *line > 0)?;
            let source = caller.source().short_src.unwrap_or_default().into_owned();
            Some(format!("{source}:{line}: "))
        });
        let mut text = place.flatten().unwrap_or_default().into_bytes();
        text.extend_from_slice(message);
        text
    }
}

fn argument_message(lua: &Lua, number: i32, message: &[u8]) -> Vec<u8> {
    let names = lua.inspect_stack(CLOSURE_LEVEL, |closure| {
        let names = closure.names();
        (names.name.map(Cow::into_owned), names.name_what == Some("method"))
    });
    let (name, method) = names.unwrap_or_default();
    let name = name.unwrap_or_else(|| "?".into());
    // The object before the colon is not counted.
    let number = number - i32::from(method);
    let head = if method && number == 0 {
        format!("calling '{name}' on bad self (")
    } else {
        format!("bad argument #{number} to '{name}' (")
    };
    [head.as_bytes(), message, b")"].concat()
}

/// A value as a number, if it is one or a string that reads as one.
///
/// # Errors
/// Only the machine's.
pub fn number_of(lua: &Lua, value: &Value) -> Result<Option<f64>, Fault> {
    Ok(match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Number(number) => Some(*number),
        Value::String(_) => lua.coerce_number(value.clone())?,
        _ => None,
    })
}

/// A function that gives one value.
///
/// # Errors
/// Only the machine's.
pub fn function<F, R>(lua: &Lua, body: F) -> mlua::Result<Function>
where
    F: Fn(&Call<'_>) -> Result<R, Fault> + 'static,
    R: IntoLua,
{
    let callback = lua.create_function(move |lua, args: Variadic<Value>| {
        let call = Call { lua, args: args.into() };
        match body(&call) {
            Ok(result) => Ok((result.into_lua(lua)?, Variadic::new())),
            Err(fault) => {
                let value = call.describe(fault)?;
                Ok((Value::LightUserData(failure_mark()), Variadic::from(vec![value])))
            }
        }
    })?;
    raising(lua, &callback)
}

/// A function that gives any number of values.
///
/// # Errors
/// Only the machine's.
pub fn function_many<F>(lua: &Lua, body: F) -> mlua::Result<Function>
where
    F: Fn(&Call<'_>) -> Result<Vec<Value>, Fault> + 'static,
{
    let callback = lua.create_function(move |lua, args: Variadic<Value>| {
        let call = Call { lua, args: args.into() };
        Ok(Variadic::from(match body(&call) {
            Ok(results) => results,
            Err(fault) => vec![Value::LightUserData(failure_mark()), call.describe(fault)?],
        }))
    })?;
    raising(lua, &callback)
}

/// A function that calls `callback` and raises its second result if the first marks a failure.
#[allow(unsafe_code, reason = "only a C function can raise a value through Lua's own error")]
fn raising(lua: &Lua, callback: &Function) -> mlua::Result<Function> {
    // SAFETY: the closure takes the callback, the only value on the stack, as its upvalue and
    // leaves itself; `lua_pushcclosure` runs in protected mode here.
    unsafe { lua.exec_raw(callback, |state| ffi::lua_pushcclosure(state, relay, 1)) }
}

/// The C function: its upvalue is a callback, its arguments are the callback's.
#[allow(unsafe_code, reason = "see `raising`")]
unsafe extern "C-unwind" fn relay(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: Lua calls this with its state and gives it 20 free slots beside the arguments; one is
    // used. `lua_call` and `lua_error` leave this frame by unwinding or a long jump, and the frame
    // owns nothing. The index 1 is read after a type test. Exercised by every test of the module.
    unsafe {
        ffi::lua_pushvalue(state, ffi::lua_upvalueindex(1));
        ffi::lua_insert(state, 1);
        ffi::lua_call(state, ffi::lua_gettop(state) - 1, ffi::LUA_MULTRET);
        let count = ffi::lua_gettop(state);
        if count == 2 && ffi::lua_type(state, 1) == ffi::LUA_TLIGHTUSERDATA {
            let mark: *mut c_void = failure_mark().0;
            if ffi::lua_touserdata(state, 1) == mark {
                ffi::lua_error(state);
            }
        }
        count
    }
}
