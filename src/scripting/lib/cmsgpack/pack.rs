//! Lua values to MessagePack.

use mlua::{Lua, Value};

use crate::scripting::lib::native::{Fault, check_stack, check_text, text_max, to_integer};
use crate::scripting::lib::walk::{Item, Next, Walk, walk};

/// Tables nested deeper than this are nil, so a circular one comes to an end.
const NESTING_MAX: usize = 16;

/// The first bytes of a kind of value with a length, by the width of the length.
struct Family {
    /// In the first byte itself, for lengths below `small_end`.
    small: u8,
    small_end: usize,
    one_byte: Option<u8>,
    two_bytes: u8,
    four_bytes: u8,
}

const RAW: Family =
    Family { small: 0xa0, small_end: 32, one_byte: Some(0xd9), two_bytes: 0xda, four_bytes: 0xdb };
const ARRAY: Family =
    Family { small: 0x90, small_end: 16, one_byte: None, two_bytes: 0xdc, four_bytes: 0xdd };
const MAP: Family =
    Family { small: 0x80, small_end: 16, one_byte: None, two_bytes: 0xde, four_bytes: 0xdf };

/// The values one after the other.
///
/// Cost: linear in the values.
///
/// # Errors
/// If the C library would run out of Lua's stack, or if memory is too small.
pub(super) fn pack(lua: &Lua, values: &[Value]) -> Result<Vec<u8>, Fault> {
    let (mut out, len_max) = (Vec::new(), text_max(lua)?);
    for (index, value) in values.iter().enumerate() {
        // The arguments, the texts of those before, and a copy of this one.
        let slots = values.len() + index;
        check_stack(slots, 1, "in function mp_check")?;
        let mut packer = Packer { out: &mut out, slots: slots + 1, len_max };
        let packer = &mut packer;
        walk(lua, value, |walk| packer.value(walk, 0))??;
    }
    Ok(out)
}

struct Packer<'a> {
    out: &'a mut Vec<u8>,
    /// What the C library would keep on Lua's stack.
    slots: usize,
    len_max: usize,
}

impl Packer<'_> {
    fn value(&mut self, walk: &mut Walk<'_>, level: usize) -> Result<(), Fault> {
        match walk.item() {
            Item::Text(text) => {
                check_text(self.out.len() + text.len(), self.len_max)?;
                self.head(&RAW, text.len());
                self.out.extend_from_slice(text);
            }
            Item::Boolean(true) => self.out.push(0xc3),
            Item::Boolean(false) => self.out.push(0xc2),
            Item::Number(number) => self.number(number),
            Item::Table if level < NESTING_MAX => return self.table(walk, level),
            _ => self.out.push(0xc0),
        }
        Ok(())
    }

    fn head(&mut self, family: &Family, len: usize) {
        match (u8::try_from(len), u16::try_from(len), family.one_byte) {
            (Ok(small), ..) if len < family.small_end => self.out.push(family.small | small),
            (Ok(len), _, Some(first)) => self.out.extend_from_slice(&[first, len]),
            (_, Ok(len), _) => self.wide(family.two_bytes, len.to_be_bytes()),
            _ => self.wide(family.four_bytes, (len as u32).to_be_bytes()),
        }
    }

    fn wide<const N: usize>(&mut self, first: u8, bytes: [u8; N]) {
        self.out.push(first);
        self.out.extend_from_slice(&bytes);
    }

    fn number(&mut self, number: f64) {
        let whole = to_integer(number);
        if number.is_finite() && whole as f64 == number {
            return self.integer(whole);
        }
        let short = number as f32;
        if f64::from(short) == number {
            self.wide(0xca, short.to_be_bytes());
        } else {
            self.wide(0xcb, number.to_be_bytes());
        }
    }

    fn integer(&mut self, number: i64) {
        match number {
            -0x20..=0x7f => self.out.push(number as u8),
            0x80..=0xff => self.wide(0xcc, (number as u8).to_be_bytes()),
            0x100..=0xffff => self.wide(0xcd, (number as u16).to_be_bytes()),
            0x1_0000..=0xffff_ffff => self.wide(0xce, (number as u32).to_be_bytes()),
            0x1_0000_0000.. => self.wide(0xcf, number.to_be_bytes()),
            -0x80..=-0x21 => self.wide(0xd0, (number as i8).to_be_bytes()),
            -0x8000..=-0x81 => self.wide(0xd1, (number as i16).to_be_bytes()),
            -0x8000_0000..=-0x8001 => self.wide(0xd2, (number as i32).to_be_bytes()),
            ..-0x8000_0000 => self.wide(0xd3, number.to_be_bytes()),
        }
    }

    fn table(&mut self, walk: &mut Walk<'_>, level: usize) -> Result<(), Fault> {
        check_text(self.out.len(), self.len_max)?;
        check_stack(self.slots, 2, "in function table_is_an_array")?;
        let mut count = 0;
        let mut max = 0;
        let mut is_array = true;
        walk.keys(|key| {
            count += 1;
            match key {
                Item::Number(index) if to_integer(index) as f64 == index => {
                    max = max.max(to_integer(index));
                    is_array &= (1..=i64::from(i32::MAX)).contains(&to_integer(index));
                }
                _ => is_array = false,
            }
            Next::Go
        });
        match i32::try_from(max) {
            Ok(len) if is_array && len == count => self.array(walk, len, level),
            _ => self.map(walk, count as usize, level),
        }
    }

    fn array(&mut self, walk: &mut Walk<'_>, len: i32, level: usize) -> Result<(), Fault> {
        self.head(&ARRAY, len as usize);
        check_stack(self.slots, 1, "in function mp_encode_lua_table_as_array")?;
        self.slots += 1;
        for index in 1..=len {
            walk.element(index, |element| self.value(element, level + 1))?;
        }
        self.slots -= 1;
        Ok(())
    }

    fn map(&mut self, walk: &mut Walk<'_>, len: usize, level: usize) -> Result<(), Fault> {
        check_stack(self.slots, 3, "in function mp_encode_lua_table_as_map")?;
        self.head(&MAP, len);
        let mut failed = None;
        walk.each(|entry| {
            // The key, the value and a copy of the key; then the key and the value.
            self.slots += 3;
            let key = entry.on_key(|key| self.value(key, level + 1));
            self.slots -= 1;
            let both = key.and_then(|()| self.value(entry.value(), level + 1));
            self.slots -= 2;
            match both {
                Ok(()) => Next::Go,
                Err(fault) => {
                    failed = Some(fault);
                    Next::Stop
                }
            }
        });
        failed.map_or(Ok(()), Err)
    }
}
