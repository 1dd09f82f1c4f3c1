//! MessagePack to Lua values.

use mlua::{IntoLua, Lua, LuaString, Table, Value};

use crate::scripting::lib::native::{Fault, check_stack};

/// The values of a stream: all, or from an offset on up to a limit, and then the place behind the
/// last one goes before them, -1 at the end.
///
/// Cost: linear in the text; depth costs no stack.
///
/// # Errors
/// If the text is cut or no MessagePack, or the numbers make no sense.
pub(super) fn unpack(lua: &Lua, text: &[u8], limit: i64, offset: i64) -> Result<Vec<Value>, Fault> {
    if limit < 0 || offset < 0 {
        // The length stands where the limit should.
        let (offset, len) = (offset as i32, text.len() as i32);
        let message =
            format!("Invalid request to unpack with offset of {offset} and limit of {len}.");
        return Err(Fault::error(message));
    }
    let start = usize::try_from(offset).expect("not negative");
    if start > text.len() {
        let (offset, len) = (offset as i32, text.len() as i32);
        let message = format!("Start offset {offset} greater than input length {len}.");
        return Err(Fault::error(message));
    }
    let all = limit == 0 && offset == 0;
    let limit = if all { i64::from(i32::MAX) } else { limit };
    let mut unpacker = Unpacker { lua, text, at: start, slots: 1, open: Vec::new() };
    let mut results = Vec::new();
    if !all {
        results.push(Value::Nil);
    }
    let head = results.len();
    while unpacker.at < text.len() && ((results.len() - head) as i64) < limit {
        results.push(unpacker.value()?);
        unpacker.slots += 1;
    }
    if !all {
        check_stack(unpacker.slots, 1, "in function mp_unpack_full")?;
        let end = unpacker.at == text.len();
        results[0] = Value::Integer(if end { -1 } else { unpacker.at as i64 });
    }
    Ok(results)
}

/// A table that is being filled.
struct Open {
    table: Table,
    left: usize,
    key: Key,
}

/// Where the next value goes.
enum Key {
    /// To an array.
    Index(i64),
    /// To a map, as a key.
    Awaited,
    /// To a map, under this key.
    Read(Value),
}

/// What a first byte announces.
enum Head {
    Scalar(Value),
    Array(usize),
    Map(usize),
}

struct Unpacker<'a> {
    lua: &'a Lua,
    text: &'a [u8],
    at: usize,
    /// What the C library would keep on Lua's stack.
    slots: usize,
    open: Vec<Open>,
}

impl Unpacker<'_> {
    /// One value with all that is in it.
    fn value(&mut self) -> Result<Value, Fault> {
        loop {
            let mut done = match self.head()? {
                Head::Scalar(value) => value,
                Head::Array(len) => {
                    let table = self.table()?;
                    check_stack(self.slots, 1, "in function mp_decode_to_lua_array")?;
                    self.slots += 1;
                    self.open.push(Open { table, left: len, key: Key::Index(1) });
                    match self.close_if_full() {
                        Some(table) => table,
                        None => continue,
                    }
                }
                Head::Map(len) => {
                    let table = self.table()?;
                    self.open.push(Open { table, left: len, key: Key::Awaited });
                    match self.close_if_full() {
                        Some(table) => table,
                        None => continue,
                    }
                }
            };
            // The value goes where it belongs, which may complete any number of tables.
            loop {
                if self.open.is_empty() {
                    return Ok(done);
                }
                self.put(done)?;
                match self.close_if_full() {
                    Some(table) => done = table,
                    None => break,
                }
            }
        }
    }

    /// A new table, on the stack of the C library as well.
    fn table(&mut self) -> Result<Table, Fault> {
        self.slots += 1;
        match self.lua.create_table() {
            Err(mlua::Error::StackError) => Err(out_of_stack()),
            table => Ok(table?),
        }
    }

    /// Puts a value into the innermost table.
    fn put(&mut self, value: Value) -> Result<(), Fault> {
        let open = self.open.last_mut().expect("a table is open");
        match std::mem::replace(&mut open.key, Key::Awaited) {
            Key::Index(index) => {
                open.table.raw_set(index, value)?;
                open.key = Key::Index(index + 1);
                open.left -= 1;
            }
            Key::Awaited => {
                open.key = Key::Read(value);
                self.slots += 1;
            }
            Key::Read(key) => {
                self.slots -= 1;
                match key {
                    Value::Nil => return Err(Fault::Plain("table index is nil")),
                    Value::Number(number) if number.is_nan() => {
                        return Err(Fault::Plain("table index is NaN"));
                    }
                    key => open.table.raw_set(key, value)?,
                }
                open.left -= 1;
            }
        }
        Ok(())
    }

    /// Closes the innermost table if all its entries are there.
    fn close_if_full(&mut self) -> Option<Value> {
        let open = self.open.last()?;
        if open.left > 0 || matches!(open.key, Key::Read(_)) {
            return None;
        }
        let closed = self.open.pop().expect("just seen");
        self.slots -= if matches!(closed.key, Key::Index(_)) { 2 } else { 1 };
        Some(Value::Table(closed.table))
    }

    fn head(&mut self) -> Result<Head, Fault> {
        let first = self.bytes::<1>()?[0];
        check_stack(self.slots, 1, TOO_MANY)?;
        let integer = |number: i64| Head::Scalar(Value::Number(number as f64));
        Ok(match first {
            0x00..=0x7f => integer(i64::from(first)),
            0x80..=0x8f => Head::Map(usize::from(first & 0x0f)),
            0x90..=0x9f => Head::Array(usize::from(first & 0x0f)),
            0xa0..=0xbf => self.raw(usize::from(first & 0x1f))?,
            0xc0 => Head::Scalar(Value::Nil),
            0xc2 => Head::Scalar(Value::Boolean(false)),
            0xc3 => Head::Scalar(Value::Boolean(true)),
            0xca => {
                let number = f32::from_be_bytes(self.bytes()?);
                Head::Scalar(Value::Number(f64::from(number)))
            }
            0xcb => Head::Scalar(Value::Number(f64::from_be_bytes(self.bytes()?))),
            0xcc => integer(i64::from(u8::from_be_bytes(self.bytes()?))),
            0xcd => integer(i64::from(u16::from_be_bytes(self.bytes()?))),
            0xce => integer(i64::from(u32::from_be_bytes(self.bytes()?))),
            // Beyond the range of a signed integer it wraps round.
            0xcf | 0xd3 => integer(i64::from_be_bytes(self.bytes()?)),
            0xd0 => integer(i64::from(i8::from_be_bytes(self.bytes()?))),
            0xd1 => integer(i64::from(i16::from_be_bytes(self.bytes()?))),
            0xd2 => integer(i64::from(i32::from_be_bytes(self.bytes()?))),
            0xd9 => {
                let len = u8::from_be_bytes(self.bytes()?);
                self.raw(usize::from(len))?
            }
            0xda => {
                let len = u16::from_be_bytes(self.bytes()?);
                self.raw(usize::from(len))?
            }
            0xdb => {
                let len = u32::from_be_bytes(self.bytes()?);
                self.raw(len as usize)?
            }
            0xdc => Head::Array(usize::from(u16::from_be_bytes(self.bytes()?))),
            0xdd => Head::Array(u32::from_be_bytes(self.bytes()?) as usize),
            0xde => Head::Map(usize::from(u16::from_be_bytes(self.bytes()?))),
            0xdf => Head::Map(u32::from_be_bytes(self.bytes()?) as usize),
            0xe0..=0xff => integer(i64::from(first as i8)),
            _ => return Err(Fault::error("Bad data format in input.")),
        })
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let bytes = self.text[self.at..].first_chunk().ok_or_else(cut)?;
        self.at += N;
        Ok(*bytes)
    }

    fn raw(&mut self, len: usize) -> Result<Head, Fault> {
        let bytes = self.text[self.at..].get(..len).ok_or_else(cut)?;
        self.at += len;
        match LuaString::wrap(bytes).into_lua(self.lua) {
            Err(mlua::Error::StackError) => Err(out_of_stack()),
            value => Ok(Head::Scalar(value?)),
        }
    }
}

const TOO_MANY: &str = "too many return values at once; use unpack_one or unpack_limit instead.";

fn out_of_stack() -> Fault {
    Fault::error(format!("stack overflow ({TOO_MANY})"))
}

fn cut() -> Fault {
    Fault::error("Missing bytes in input.")
}
