//! Lua values to JSON.

use mlua::{Lua, Value};

use super::options::{Invalid, Options};
use crate::base::num::format_double_g;
use crate::base::text::HEX_DIGITS;
use crate::scripting::lib::native::{Fault, check_text, text_max};
use crate::scripting::lib::walk::{Entry, Item, Next, Walk, walk};

/// Tables nested deeper than this are refused whatever the options say: they would need too much
/// of the thread's own stack.
const NESTING_MAX: usize = 3000;

/// Appends a value to `out`, whatever is in it.
///
/// Cost: linear in the value.
///
/// # Errors
/// If a part of it has no form in JSON or is nested too deep, or if memory is too small.
pub(super) fn encode(
    lua: &Lua,
    options: Options,
    value: &Value,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let mut encoder = Encoder { options, out, depth: 0, len_max: text_max(lua)? };
    let encoder = &mut encoder;
    walk(lua, value, |walk| encoder.value(walk))?
}

struct Encoder<'a> {
    options: Options,
    out: &'a mut Vec<u8>,
    depth: usize,
    len_max: usize,
}

/// How a table is written.
enum Shape {
    Object,
    /// The elements up to this index.
    Array(i32),
}

impl Encoder<'_> {
    fn value(&mut self, walk: &mut Walk<'_>) -> Result<(), Fault> {
        match walk.item() {
            Item::Text(text) => {
                check_text(self.out.len() + text.len(), self.len_max)?;
                push_string(self.out, text);
            }
            Item::Number(number) => return self.number(number),
            Item::Boolean(true) => self.out.extend_from_slice(b"true"),
            Item::Boolean(false) => self.out.extend_from_slice(b"false"),
            Item::Nil | Item::Null => self.out.extend_from_slice(b"null"),
            Item::Table => return self.table(walk),
            Item::Other(kind) => return Err(refused(kind, "type not supported")),
        }
        Ok(())
    }

    fn number(&mut self, number: f64) -> Result<(), Fault> {
        if !number.is_finite() {
            match self.options.encode_invalid {
                Invalid::Refused => {
                    return Err(refused("number", "must not be NaN or Inf"));
                }
                Invalid::Null => self.out.extend_from_slice(b"null"),
                Invalid::Written if number.is_nan() => self.out.extend_from_slice(b"nan"),
                Invalid::Written if number > 0.0 => self.out.extend_from_slice(b"inf"),
                Invalid::Written => self.out.extend_from_slice(b"-inf"),
            }
            return Ok(());
        }
        self.out.extend_from_slice(&format_double_g(number, self.options.precision as u32));
        Ok(())
    }

    fn table(&mut self, walk: &mut Walk<'_>) -> Result<(), Fault> {
        check_text(self.out.len(), self.len_max)?;
        self.depth += 1;
        let max = NESTING_MAX.min(self.options.encode_depth_max as usize);
        if self.depth > max || !walk.has_room(3) {
            return Err(self.too_deep());
        }
        // Most tables without a first element are objects: those are gone through once.
        if walk.len() > 0 || !self.object(walk, true)? {
            match self.shape(walk)? {
                Shape::Array(len) if len > 0 => self.array(walk, len)?,
                _ => drop(self.object(walk, false)?),
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn array(&mut self, walk: &mut Walk<'_>, len: i32) -> Result<(), Fault> {
        self.out.push(b'[');
        for index in 1..=len {
            if index > 1 {
                self.out.push(b',');
            }
            walk.element(index, |element| self.value(element))?;
        }
        self.out.push(b']');
        Ok(())
    }

    /// Writes the entries as an object; with `unless_array`, gives up before anything is written
    /// if the first key could be that of an array.
    fn object(&mut self, walk: &mut Walk<'_>, unless_array: bool) -> Result<bool, Fault> {
        let mut first = true;
        let mut failed = None;
        let mut is_object = true;
        walk.each(|entry| {
            if first && unless_array && array_index(&entry.key()).is_some() {
                is_object = false;
                return Next::Stop;
            }
            self.out.push(if first { b'{' } else { b',' });
            first = false;
            match self.entry(entry) {
                Ok(()) => Next::Go,
                Err(fault) => {
                    failed = Some(fault);
                    Next::Stop
                }
            }
        });
        if let Some(fault) = failed {
            return Err(fault);
        }
        if is_object {
            self.out.extend_from_slice(if first { b"{}" } else { b"}" });
        }
        Ok(is_object)
    }

    fn entry(&mut self, entry: &mut Entry<'_>) -> Result<(), Fault> {
        match entry.key() {
            Item::Text(text) => push_string(self.out, text),
            Item::Number(number) => {
                self.out.push(b'"');
                self.number(number)?;
                self.out.push(b'"');
            }
            other => {
                let kind = match other {
                    Item::Boolean(_) => "boolean",
                    Item::Table => "table",
                    Item::Other(kind) => kind,
                    _ => "userdata",
                };
                return Err(refused(kind, "table key must be a number or string"));
            }
        }
        self.out.push(b':');
        self.value(entry.value())
    }

    /// Whether all keys are positive integers, and not too sparse.
    fn shape(&self, walk: &mut Walk<'_>) -> Result<Shape, Fault> {
        let mut max = 0_i32;
        let mut items = 0_i32;
        let mut is_array = true;
        walk.keys(|key| match array_index(&key) {
            Some(index) => {
                if index > f64::from(max) {
                    // An index beyond the range becomes the least integer.
                    let fits = index <= f64::from(i32::MAX);
                    max = if fits { index as i32 } else { i32::MIN };
                }
                items = items.wrapping_add(1);
                Next::Go
            }
            None => {
                is_array = false;
                Next::Stop
            }
        });
        if !is_array {
            return Ok(Shape::Object);
        }
        let Options { sparse_ratio, sparse_safe, sparse_convert, .. } = self.options;
        if sparse_ratio > 0 && max > items.wrapping_mul(sparse_ratio) && max > sparse_safe {
            if !sparse_convert {
                return Err(refused("table", "excessively sparse array"));
            }
            return Ok(Shape::Object);
        }
        Ok(Shape::Array(max))
    }

    fn too_deep(&self) -> Fault {
        Fault::error(format!("Cannot serialise, excessive nesting ({})", self.depth))
    }
}

/// A key that may belong to an array.
fn array_index(key: &Item<'_>) -> Option<f64> {
    match key {
        Item::Number(index) if *index >= 1.0 && index.floor() == *index => Some(*index),
        _ => None,
    }
}

fn refused(kind: &str, why: &str) -> Fault {
    Fault::error(format!("Cannot serialise {kind}: {why}"))
}

/// Bytes that are written as an escape.
const ESCAPED: [bool; 256] = {
    let mut escaped = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        escaped[byte] = true;
        byte += 1;
    }
    escaped[b'"' as usize] = true;
    escaped[b'\\' as usize] = true;
    escaped[b'/' as usize] = true;
    escaped[0x7f] = true;
    escaped
};

fn push_string(out: &mut Vec<u8>, text: &[u8]) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    let mut rest = text;
    while let Some(len) = rest.iter().position(|byte| ESCAPED[usize::from(*byte)]) {
        out.extend_from_slice(&rest[..len]);
        push_escape(out, rest[len]);
        rest = &rest[len + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

fn push_escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0c => b'f',
        b'\r' => b'r',
        b'"' | b'\\' | b'/' => byte,
        _ => {
            let digit = |nibble: u8| HEX_DIGITS[usize::from(nibble)];
            let (high, low) = (digit(byte >> 4), digit(byte & 15));
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}
