//! JSON to Lua values.

use mlua::{IntoLua, Lua, LuaString, Table, Value};

use super::options::Options;
use super::scan::{Scanner, Token};
use crate::scripting::lib::native::{Fault, stack_has};

/// A table that is being filled.
struct Open {
    table: Table,
    /// The index of the next element; none in an object.
    index: Option<i64>,
}

/// The value of a JSON text.
///
/// Tables grow entry by entry in the order of the text, which is what decides the order in which
/// Lua goes through them. Cost: linear in the text; depth costs no stack.
///
/// # Errors
/// If the text is no JSON, or nested too deep.
pub(super) fn decode(lua: &Lua, options: Options, text: &[u8]) -> Result<Value, Fault> {
    if text.len() >= 2 && (text[0] == 0 || text[1] == 0) {
        return Err(Fault::error("JSON parser does not support UTF-16 or UTF-32"));
    }
    let scanner = Scanner::new(text, !options.decode_invalid);
    let decoder = Decoder { lua, options, scanner, open: Vec::new(), slots: 1 };
    decoder.run()
}

struct Decoder<'a> {
    lua: &'a Lua,
    options: Options,
    scanner: Scanner<'a>,
    open: Vec<Open>,
    /// What the C library would keep on Lua's stack.
    slots: usize,
}

impl Decoder<'_> {
    fn run(mut self) -> Result<Value, Fault> {
        let mut key = Vec::new();
        let first = self.scanner.next();
        let value = match self.begin(first, &mut key)? {
            Some(scalar) => scalar,
            None => self.fill(&mut key)?,
        };
        match self.scanner.next() {
            Token::End => Ok(value),
            other => Err(self.unexpected("the end", other)),
        }
    }

    /// The first token: a scalar, or a table is open now.
    fn begin(&mut self, token: Token, key: &mut Vec<u8>) -> Result<Option<Value>, Fault> {
        Ok(Some(match token {
            Token::String => {
                let text = self.scanner.keep_string(key);
                LuaString::wrap(text).into_lua(self.lua)?
            }
            Token::Number(number) => Value::Number(number),
            Token::Boolean(boolean) => Value::Boolean(boolean),
            Token::Null => Value::NULL,
            Token::ObjectOpen | Token::ArrayOpen => {
                let table = self.descend(token)?;
                self.push(table, token);
                return Ok(None);
            }
            other => return Err(self.unexpected("value", other)),
        }))
    }

    /// Reads entries until the outermost table is closed.
    fn fill(&mut self, key: &mut Vec<u8>) -> Result<Value, Fault> {
        let mut token = self.scanner.next();
        // Only right behind its opening may a table close without a value before.
        let mut fresh = true;
        loop {
            if fresh && token == self.closing() {
                if let Some(root) = self.close() {
                    return Ok(Value::Table(root));
                }
                fresh = false;
            } else {
                fresh = self.entry(token, key)?;
            }
            token = self.scanner.next();
            if fresh {
                continue;
            }
            // Behind a value: the ends of any number of tables, then a comma.
            while token == self.closing() {
                if let Some(root) = self.close() {
                    return Ok(Value::Table(root));
                }
                token = self.scanner.next();
            }
            if token != Token::Comma {
                let wanted =
                    if self.in_object() { "comma or object end" } else { "comma or array end" };
                return Err(self.unexpected(wanted, token));
            }
            token = self.scanner.next();
        }
    }

    /// Puts one entry into the innermost table; true if its value is a table, which is open now.
    fn entry(&mut self, token: Token, key: &mut Vec<u8>) -> Result<bool, Fault> {
        if !self.in_object() {
            let index = self.innermost().index.expect("arrays count");
            self.innermost().index = Some(index + 1);
            return self.value(index, token);
        }
        if token != Token::String {
            return Err(self.unexpected("object key string", token));
        }
        let key = self.scanner.keep_string(key);
        match self.scanner.next() {
            Token::Colon => {}
            other => return Err(self.unexpected("colon", other)),
        }
        let token = self.scanner.next();
        match std::str::from_utf8(key) {
            // The machine takes this kind of string straight to its stack.
            Ok(key) => self.value(key, token),
            Err(_) => self.value(LuaString::wrap(key), token),
        }
    }

    /// Puts a value under a key of the innermost table; true if it is a table, which is open now.
    fn value(&mut self, key: impl IntoLua, token: Token) -> Result<bool, Fault> {
        let opened = match token {
            Token::ObjectOpen | Token::ArrayOpen => Some(self.descend(token)?),
            _ => None,
        };
        let table = &self.open.last().expect("a table is open").table;
        match (token, &opened) {
            (_, Some(inner)) => table.raw_set(key, inner)?,
            (Token::String, _) => match std::str::from_utf8(self.scanner.string()) {
                Ok(text) => table.raw_set(key, text)?,
                Err(_) => table.raw_set(key, LuaString::wrap(self.scanner.string()))?,
            },
            (Token::Number(number), _) => table.raw_set(key, number)?,
            (Token::Boolean(boolean), _) => table.raw_set(key, boolean)?,
            (Token::Null, _) => table.raw_set(key, Value::NULL)?,
            (other, _) => return Err(self.unexpected("value", other)),
        }
        let is_table = opened.is_some();
        if let Some(inner) = opened {
            self.push(inner, token);
        }
        Ok(is_table)
    }

    /// A table one level deeper.
    fn descend(&self, token: Token) -> Result<Table, Fault> {
        let depth = self.open.len() + 1;
        let slots = if token == Token::ObjectOpen { 3 } else { 2 };
        let allowed =
            depth <= self.options.decode_depth_max as usize && stack_has(self.slots, slots);
        match allowed.then(|| self.lua.create_table()) {
            Some(Err(mlua::Error::StackError)) | None => Err(Fault::error(format!(
                "Found too many nested data structures ({depth}) at character {}",
                self.scanner.at()
            ))),
            Some(table) => Ok(table?),
        }
    }

    fn push(&mut self, table: Table, token: Token) {
        let index = (token == Token::ArrayOpen).then_some(1);
        self.open.push(Open { table, index });
        self.slots += slots_of(index);
    }

    /// Closes the innermost table; the outermost one is the result.
    fn close(&mut self) -> Option<Table> {
        let closed = self.open.pop().expect("a table is open");
        self.slots -= slots_of(closed.index);
        self.open.is_empty().then_some(closed.table)
    }

    fn innermost(&mut self) -> &mut Open {
        self.open.last_mut().expect("a table is open")
    }

    fn in_object(&self) -> bool {
        self.open.last().is_some_and(|open| open.index.is_none())
    }

    /// What closes the innermost table.
    fn closing(&self) -> Token {
        if self.in_object() { Token::ObjectClose } else { Token::ArrayClose }
    }

    fn unexpected(&self, wanted: &str, found: Token) -> Fault {
        let place = self.scanner.index() + 1;
        Fault::error(format!("Expected {wanted} but found {} at character {place}", found.name()))
    }
}

/// An object keeps its table and a key, an array its table.
fn slots_of(index: Option<i64>) -> usize {
    if index.is_none() { 2 } else { 1 }
}
