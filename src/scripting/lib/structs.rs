//! The library `struct`: values to and from packed bytes, after a format.
//!
//! Formats: `>` and `<` set the byte order, `!n` the alignment, `x` a byte of padding, `b B h H l L
//! T i I in In` integers, `f d` floats, `cn` n characters (`c0`: all of them, or as many as the
//! number before says), `s` a text ended by NUL; a space is ignored.
//!
//! Cost: linear in format and data.

use mlua::{IntoLua, Lua, LuaString, Table, Value};

use super::native::{Call, Fault, check_stack, function, function_many, number_of, to_integer};
use crate::base::text::until_nul;

/// The widest integer, in bytes; only the low eight carry a value.
const INTEGER_BYTES_MAX: i32 = 32;
/// The alignment of `!` without a number.
const ALIGN_DEFAULT: i32 = 8;

/// The library.
///
/// # Errors
/// Only the machine's.
pub(super) fn table(lua: &Lua) -> mlua::Result<Table> {
    let library = lua.create_table()?;
    library.raw_set("pack", function(lua, |call| pack(call).map(LuaString::wrap))?)?;
    library.raw_set("unpack", function_many(lua, unpack)?)?;
    library.raw_set("size", function(lua, size)?)?;
    Ok(library)
}

/// A format and how far it is read.
struct Format<'a> {
    rest: &'a [u8],
    big_endian: bool,
    align: i32,
}

/// One letter of a format.
struct Item {
    letter: u8,
    /// Its size; 0 also for what has none of its own.
    size: usize,
}

impl<'a> Format<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self { rest: until_nul(text), big_endian: cfg!(target_endian = "big"), align: 1 }
    }

    /// The next letter with its size.
    fn item(&mut self) -> Result<Option<Item>, Fault> {
        let Some((&letter, rest)) = self.rest.split_first() else { return Ok(None) };
        self.rest = rest;
        let size = match letter {
            b'B' | b'b' | b'x' => 1,
            b'H' | b'h' => 2,
            b'f' => 4,
            b'L' | b'l' | b'T' | b'd' => 8,
            b'c' => self.number(1)? as usize,
            b'i' | b'I' => {
                let size = self.number(4)?;
                if size > INTEGER_BYTES_MAX {
                    return Err(Fault::error(format!(
                        "integral size {size} is larger than limit of {INTEGER_BYTES_MAX}"
                    )));
                }
                size as usize
            }
            _ => 0,
        };
        Ok(Some(Item { letter, size }))
    }

    /// A decimal number if one is next.
    fn number(&mut self, default: i32) -> Result<i32, Fault> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return Ok(default);
        }
        let (text, rest) = self.rest.split_at(digits);
        self.rest = rest;
        text.iter()
            .try_fold(0_i32, |sum, digit| sum.checked_mul(10)?.checked_add(i32::from(digit - b'0')))
            .ok_or_else(|| Fault::error("integral size overflow"))
    }

    /// Bytes to skip before an item at `at`.
    fn padding(&self, at: usize, item: &Item) -> usize {
        if item.size == 0 || item.letter == b'c' {
            return 0;
        }
        // A size that is no power of two is masked all the same.
        let size = item.size.min(self.align as usize);
        size.wrapping_sub(at & (size - 1)) & (size - 1)
    }

    /// Takes a letter that is no item.
    fn control(&mut self, letter: u8) -> Result<(), Fault> {
        match letter {
            b' ' => {}
            b'>' => self.big_endian = true,
            b'<' => self.big_endian = false,
            b'!' => {
                let align = self.number(ALIGN_DEFAULT)?;
                if align <= 0 || !(align as u32).is_power_of_two() {
                    return Err(Fault::error(format!("alignment {align} is not a power of 2")));
                }
                self.align = align;
            }
            _ => {
                let message = [b"invalid format option '".as_slice(), &[letter], b"'"].concat();
                return Err(Fault::argument(1, message));
            }
        }
        Ok(())
    }

    /// Bytes in the order of the format; the same function goes both ways.
    fn ordered<const N: usize>(&self, mut little: [u8; N]) -> [u8; N] {
        if self.big_endian {
            little.reverse();
        }
        little
    }
}

/// An argument of `pack`. Behind the last there is a nil of the library's own.
fn missing(call: &Call<'_>, number: usize, wanted: &str) -> Fault {
    if number > call.count() {
        return Fault::argument(number as i32, format!("{wanted} expected, got nil"));
    }
    call.mistyped(number, wanted)
}

fn pack(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    let text = call.bytes(1)?;
    let mut format = Format::new(&text);
    let mut out = Vec::new();
    let mut arg = 1;
    while let Some(item) = format.item()? {
        out.resize(out.len() + format.padding(out.len(), &item), 0);
        match item.letter {
            b'b' | b'B' | b'h' | b'H' | b'l' | b'L' | b'T' | b'i' | b'I' => {
                arg += 1;
                let number = call.to_number(arg)?.ok_or_else(|| missing(call, arg, "number"))?;
                push_integer(&mut out, number, item.size, format.big_endian);
            }
            b'x' => out.push(0),
            b'f' | b'd' => {
                arg += 1;
                let number = call.to_number(arg)?.ok_or_else(|| missing(call, arg, "number"))?;
                if item.letter == b'f' {
                    out.extend(format.ordered((number as f32).to_le_bytes()));
                } else {
                    out.extend(format.ordered(number.to_le_bytes()));
                }
            }
            b'c' | b's' => {
                arg += 1;
                if arg > call.count() {
                    return Err(missing(call, arg, "string"));
                }
                let value = call.bytes(arg)?;
                let size = if item.size == 0 { value.len() } else { item.size };
                if value.len() < size {
                    return Err(Fault::argument(arg as i32 + 1, "string too short"));
                }
                out.extend_from_slice(&value[..size]);
                if item.letter == b's' {
                    out.push(0);
                }
            }
            letter => format.control(letter)?,
        }
    }
    Ok(out)
}

/// Appends the low bytes of an integer; beyond eight they are zeros.
fn push_integer(out: &mut Vec<u8>, number: f64, size: usize, big_endian: bool) {
    let value = if number < 0.0 { to_integer(number) as u64 } else { to_unsigned(number) };
    let mut bytes = [0; INTEGER_BYTES_MAX as usize];
    bytes[..8].copy_from_slice(&value.to_le_bytes());
    let bytes = &mut bytes[..size];
    if big_endian {
        bytes.reverse();
    }
    out.extend_from_slice(bytes);
}

/// A double that is not negative as compilers for x86-64 convert it to an unsigned integer.
fn to_unsigned(number: f64) -> u64 {
    const HALF: f64 = 9_223_372_036_854_775_808.0;
    if number >= HALF {
        return to_integer(number - HALF) as u64 ^ (1 << 63);
    }
    to_integer(number) as u64
}

/// An integer from its bytes, of which the low eight count.
fn read_integer(bytes: &[u8], big_endian: bool, signed: bool) -> f64 {
    let append = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
    let value =
        if big_endian { bytes.iter().fold(0, append) } else { bytes.iter().rev().fold(0, append) };
    if !signed {
        return value as f64;
    }
    // For more than eight bytes the place of the sign wraps round with the shift.
    let sign = u64::MAX.wrapping_shl((bytes.len() as u32 * 8).wrapping_sub(1));
    if value & sign == 0 { value as f64 } else { (value | sign) as i64 as f64 }
}

fn unpack(call: &Call<'_>) -> Result<Vec<Value>, Fault> {
    let text = call.bytes(1)?;
    let data = call.bytes(2)?;
    let offset = call.integer_or(3, 1)? as usize;
    if offset == 0 {
        return Err(Fault::argument(3, "offset must be 1 or greater"));
    }
    let mut at = offset - 1;
    let mut format = Format::new(&text);
    let mut results = Vec::new();
    let window = |at: usize, size: usize| match at.checked_add(size) {
        Some(end) if end <= data.len() => Ok(&data[at..end]),
        _ => Err(Fault::argument(2, "data string too short")),
    };
    while let Some(item) = format.item()? {
        at = at.wrapping_add(format.padding(at, &item));
        let mut size = item.size;
        let bytes = window(at, size)?;
        check_stack(call.count() + results.len(), 2, "too many results")?;
        match item.letter {
            b'b' | b'B' | b'h' | b'H' | b'l' | b'L' | b'T' | b'i' | b'I' => {
                let signed = item.letter.is_ascii_lowercase();
                results.push(Value::Number(read_integer(bytes, format.big_endian, signed)));
            }
            b'x' => {}
            b'f' => {
                let bytes = bytes.try_into().expect("the size is four");
                let number = f32::from_le_bytes(format.ordered(bytes));
                results.push(Value::Number(f64::from(number)));
            }
            b'd' => {
                let bytes = bytes.try_into().expect("the size is eight");
                results.push(Value::Number(f64::from_le_bytes(format.ordered(bytes))));
            }
            b'c' => {
                if size == 0 {
                    size = previous_size(call.lua, &mut results)?;
                }
                results.push(LuaString::wrap(window(at, size)?).into_lua(call.lua)?);
            }
            b's' => {
                let Some(len) = memchr::memchr(0, &data[at..]) else {
                    return Err(Fault::error("unfinished string in data"));
                };
                size = len + 1;
                results.push(LuaString::wrap(&data[at..at + len]).into_lua(call.lua)?);
            }
            letter => format.control(letter)?,
        }
        at += size;
    }
    results.push(Value::Number((at as i64).wrapping_add(1) as f64));
    Ok(results)
}

/// Takes the result before `c0` as its size.
fn previous_size(lua: &Lua, results: &mut Vec<Value>) -> Result<usize, Fault> {
    let number = match results.last() {
        Some(last) => number_of(lua, last)?,
        None => None,
    };
    let number = number.ok_or_else(|| Fault::error("format 'c0' needs a previous size"))?;
    results.pop();
    Ok(to_unsigned(number) as usize)
}

fn size(call: &Call<'_>) -> Result<f64, Fault> {
    let text = call.bytes(1)?;
    let mut format = Format::new(&text);
    let mut at = 0_usize;
    while let Some(item) = format.item()? {
        at = at.wrapping_add(format.padding(at, &item));
        match item.letter {
            b's' => return Err(Fault::argument(1, "option 's' has no fixed size")),
            b'c' if item.size == 0 => {
                return Err(Fault::argument(1, "option 'c0' has no fixed size"));
            }
            // A letter or digit without a meaning counts for nothing here.
            letter if letter.is_ascii_alphanumeric() => {}
            letter => format.control(letter)?,
        }
        at = at.wrapping_add(item.size);
    }
    Ok(at as i64 as f64)
}
