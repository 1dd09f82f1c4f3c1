//! Between Lua's values and replies, both ways.
//!
//! Holds: shapes are those of Redis 7.2 in RESP2 and RESP3. Cost: one pass over the bytes of a
//! reply, one over the elements of a value (tables are counted first).

#![allow(unsafe_code, reason = "reads and writes the stack of the machine")]

use std::os::raw::c_int;

use mlua::ffi;

use super::raw::{Word, Words, bytes_at, push_bytes, to_integer};
use super::sealed::push_table_behind;
use crate::base::num::{format_double, strtod};
use crate::base::text::until_nul;
use crate::core::script::count_error;
use crate::resp::encode::Version;

use crate::core::ctx::Ctx;

/// The line at the start of `rest` without its end, and what follows.
fn line(rest: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b'\r', rest).unwrap_or(rest.len());
    (&rest[..end], rest.get(end + 2..).unwrap_or_default())
}

/// A decimal number that the core wrote.
fn number(text: &[u8]) -> i64 {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let value = digits.iter().fold(0i64, |value, digit| {
        value.wrapping_mul(10).wrapping_add(i64::from(digit.wrapping_sub(b'0')))
    });
    if negative { value.wrapping_neg() } else { value }
}

/// Pushes one value for the reply at the start of `rest`; gives what follows it. The reply is one
/// that the core has just written, so it is whole and sound.
///
/// # Safety
/// `state` is a live state in protected mode: if memory ends, Lua jumps out of here.
pub(super) unsafe fn push_reply<'b>(
    state: *mut ffi::lua_State,
    words: &Words,
    rest: &'b [u8],
) -> &'b [u8] {
    let Some((&tag, rest)) = rest.split_first() else {
        // SAFETY: a slot is free: see below.
        unsafe { ffi::lua_pushnil(state) };
        return rest;
    };
    let (head, rest) = line(rest);
    // SAFETY: six slots are made free first; every branch pushes one value and takes away what it
    // pushes beside it. Nothing here has a destructor that a jump could skip.
    unsafe {
        ffi::luaL_checkstack(state, 6, c"too many nested replies".as_ptr());
        match tag {
            b'+' => {
                ffi::lua_createtable(state, 0, 1);
                set_bytes(state, words, Word::Ok, head);
            }
            b'-' => push_error(state, words, &[head], true),
            b':' => ffi::lua_pushnumber(state, number(head) as f64),
            b'$' => match number(head) {
                ..0 => ffi::lua_pushboolean(state, 0),
                length => {
                    push_bytes(state, &rest[..length as usize]);
                    return &rest[length as usize + 2..];
                }
            },
            b'*' => match number(head) {
                ..0 => ffi::lua_pushboolean(state, 0),
                length => return push_array(state, words, length, rest),
            },
            b'%' => return push_map(state, words, number(head), rest),
            b'~' => return push_set(state, words, number(head), rest),
            // An attribute says something about the reply behind it, which scripts are not told.
            b'|' => {
                let rest = skip_replies(rest, 2 * number(head));
                return push_reply(state, words, rest);
            }
            b'_' => ffi::lua_pushnil(state),
            b'#' => ffi::lua_pushboolean(state, c_int::from(head == b"t")),
            b',' => {
                ffi::lua_createtable(state, 0, 1);
                words.push(state, Word::Double);
                ffi::lua_pushnumber(state, strtod(head).value);
                ffi::lua_rawset(state, -3);
            }
            b'(' => {
                ffi::lua_createtable(state, 0, 1);
                set_bytes(state, words, Word::BigNumber, head);
            }
            b'=' => {
                let length = number(head) as usize;
                push_verbatim(state, words, &rest[..length]);
                return &rest[length + 2..];
            }
            _ => ffi::lua_pushnil(state),
        }
    }
    rest
}

/// What follows the first `count` replies of `rest`.
fn skip_replies(mut rest: &[u8], mut count: i64) -> &[u8] {
    while count > 0 {
        let Some((&tag, behind)) = rest.split_first() else { return rest };
        let (head, behind) = line(behind);
        count -= 1;
        rest = behind;
        match tag {
            b'$' | b'=' if number(head) >= 0 => rest = &rest[number(head) as usize + 2..],
            b'*' | b'~' | b'>' => count += number(head).max(0),
            b'%' => count += 2 * number(head),
            b'|' => count += 2 * number(head) + 1,
            _ => {}
        }
    }
    rest
}

unsafe fn push_array<'b>(
    state: *mut ffi::lua_State,
    words: &Words,
    length: i64,
    mut rest: &'b [u8],
) -> &'b [u8] {
    // SAFETY: as in `push_reply`, which made the slots free.
    unsafe {
        ffi::lua_createtable(state, length as c_int, 0);
        for index in 0..length {
            rest = push_reply(state, words, rest);
            ffi::lua_rawseti(state, -2, index + 1);
        }
    }
    rest
}

unsafe fn push_map<'b>(
    state: *mut ffi::lua_State,
    words: &Words,
    pairs: i64,
    mut rest: &'b [u8],
) -> &'b [u8] {
    // SAFETY: as in `push_reply`, which made the slots free.
    unsafe {
        ffi::lua_createtable(state, 0, 1);
        words.push(state, Word::Map);
        // It grows as Redis's does: the order in which a script meets its fields hangs on that.
        ffi::lua_createtable(state, 0, 0);
        for _ in 0..pairs {
            rest = push_reply(state, words, rest);
            rest = push_reply(state, words, rest);
            ffi::lua_rawset(state, -3);
        }
        ffi::lua_rawset(state, -3);
    }
    rest
}

unsafe fn push_set<'b>(
    state: *mut ffi::lua_State,
    words: &Words,
    length: i64,
    mut rest: &'b [u8],
) -> &'b [u8] {
    // SAFETY: as in `push_reply`, which made the slots free.
    unsafe {
        ffi::lua_createtable(state, 0, 1);
        words.push(state, Word::Set);
        ffi::lua_createtable(state, 0, 0);
        for _ in 0..length {
            rest = push_reply(state, words, rest);
            ffi::lua_pushboolean(state, 1);
            ffi::lua_rawset(state, -3);
        }
        ffi::lua_rawset(state, -3);
    }
    rest
}

/// `ext:text` becomes `{verbatim_string = {string = text, format = ext}}`.
unsafe fn push_verbatim(state: *mut ffi::lua_State, words: &Words, content: &[u8]) {
    let (format, text) = content.split_at(3);
    // SAFETY: as in `push_reply`, which made the slots free.
    unsafe {
        ffi::lua_createtable(state, 0, 1);
        words.push(state, Word::Verbatim);
        ffi::lua_createtable(state, 0, 2);
        set_bytes(state, words, Word::String, &text[1..]);
        set_bytes(state, words, Word::Format, format);
        ffi::lua_rawset(state, -3);
    }
}

/// Sets a field of the table on top to a string.
///
/// # Safety
/// As [`push_reply`]; a table is on top and two slots are free.
pub(super) unsafe fn set_bytes(
    state: *mut ffi::lua_State,
    words: &Words,
    field: Word,
    value: &[u8],
) {
    // SAFETY: the caller's.
    unsafe {
        words.push(state, field);
        push_bytes(state, value);
        ffi::lua_rawset(state, -3);
    }
}

/// Pushes the table that stands for an error; `parts` together are its text with its code.
/// `counted`: its reply does not count again.
///
/// # Safety
/// As [`push_reply`]; five slots are free.
pub(super) unsafe fn push_error(
    state: *mut ffi::lua_State,
    words: &Words,
    parts: &[&[u8]],
    counted: bool,
) {
    // SAFETY: the caller's; at most five values are on the stack at once, one stays.
    unsafe {
        ffi::lua_createtable(state, 0, 2);
        words.push(state, Word::Err);
        for part in parts {
            push_bytes(state, part);
        }
        ffi::lua_concat(state, parts.len() as c_int);
        ffi::lua_rawset(state, -3);
        if counted {
            words.push(state, Word::Counted);
            ffi::lua_pushboolean(state, 1);
            ffi::lua_rawset(state, -3);
        }
    }
}

/// An error object as the reply shows it.
pub(super) struct ErrorFields<'s> {
    /// Its text; `None` if it has none.
    pub(super) text: Option<&'s [u8]>,
    /// Where it was raised: the chunk.
    pub(super) source: Option<&'s [u8]>,
    /// Where it was raised: the line.
    pub(super) line: Option<&'s [u8]>,
    /// Its first reply was counted.
    pub(super) counted: bool,
}

/// Reads an error object and leaves the values of its fields on the stack, three of them, to keep
/// them alive.
///
/// # Safety
/// A table is at `index`, an absolute index, and four slots are free.
pub(super) unsafe fn error_fields<'s>(
    state: *mut ffi::lua_State,
    words: &Words,
    index: c_int,
) -> ErrorFields<'s> {
    // SAFETY: the caller's; a number that is read as a string is replaced in the slot, not in the
    // table.
    unsafe {
        let field = |word| {
            words.push(state, word);
            ffi::lua_rawget(state, index);
            let is_text = ffi::lua_isstring(state, -1) != 0;
            is_text.then(|| until_nul(bytes_at(state, -1)))
        };
        let (text, source, line) = (field(Word::Err), field(Word::Source), field(Word::Line));
        words.push(state, Word::Counted);
        ffi::lua_rawget(state, index);
        let counted =
            ffi::lua_type(state, -1) == ffi::LUA_TBOOLEAN && ffi::lua_toboolean(state, -1) != 0;
        ffi::lua_pop(state, 1);
        ErrorFields { text, source, line, counted }
    }
}

/// A table whose elements are being written. It lies on the stack, and above it what is said here.
#[derive(Clone, Copy, Debug)]
enum Frame {
    /// An array: nothing. The next index, and the last.
    Array(i64, i64),
    /// The map in a table: the map, and the last key.
    Map,
    /// The same in the middle of a pair: its value as well.
    MapValue,
    /// The set in a table: the set, and the last member.
    Set,
}

/// Writes the value on top of the stack as a reply and pops it. `version` is what the script has
/// chosen: it decides what its booleans mean.
///
/// How deep tables nest is limited by Lua's stack alone, of which a level takes as many slots as in
/// Redis: there is no recursion.
///
/// # Safety
/// `state` is a live state with a value on top.
pub(super) unsafe fn write_reply(
    state: *mut ffi::lua_State,
    words: &Words,
    cx: &mut Ctx<'_>,
    version: Version,
) {
    let mut frames = Vec::new();
    // SAFETY: each frame says what lies on the stack for it, `write_value` takes one value away and
    // has made slots free before it leaves a frame; `lua_next` walks tables that nobody changes
    // meanwhile, with keys of theirs: of a key, a copy is written.
    unsafe {
        frames.extend(write_value(state, words, cx, version));
        while let Some(frame) = frames.last_mut() {
            match frame {
                Frame::Array(next, last) if *next <= *last => {
                    ffi::lua_rawgeti(state, -1, *next);
                    *next += 1;
                }
                Frame::MapValue => *frame = Frame::Map,
                Frame::Map if ffi::lua_next(state, -2) != 0 => {
                    ffi::lua_pushvalue(state, -2);
                    *frame = Frame::MapValue;
                }
                Frame::Set if ffi::lua_next(state, -2) != 0 => {
                    ffi::lua_pop(state, 1);
                    ffi::lua_pushvalue(state, -1);
                }
                // `lua_next` has taken the last key away.
                Frame::Map | Frame::Set => {
                    ffi::lua_pop(state, 2);
                    frames.pop();
                    continue;
                }
                Frame::Array(..) => {
                    ffi::lua_pop(state, 1);
                    frames.pop();
                    continue;
                }
            }
            frames.extend(write_value(state, words, cx, version));
        }
    }
}

/// Writes the value on top of the stack and pops it; or begins to write it, and leaves it.
unsafe fn write_value(
    state: *mut ffi::lua_State,
    words: &Words,
    cx: &mut Ctx<'_>,
    version: Version,
) -> Option<Frame> {
    // SAFETY: four slots are made free or the value is given up; strings are read while they are on
    // the stack.
    unsafe {
        if ffi::lua_checkstack(state, 4) == 0 {
            count_error(cx, b"ERR reached lua stack limit");
            cx.reply.error("reached lua stack limit");
            ffi::lua_pop(state, 1);
            return None;
        }
        match ffi::lua_type(state, -1) {
            ffi::LUA_TSTRING => cx.reply.bulk(bytes_at(state, -1)),
            ffi::LUA_TBOOLEAN => {
                let value = ffi::lua_toboolean(state, -1) != 0;
                match (version, value) {
                    (Version::Resp3, _) => cx.reply.bool(value),
                    (Version::Resp2, true) => cx.reply.int(1),
                    (Version::Resp2, false) => cx.reply.null(),
                }
            }
            ffi::LUA_TNUMBER => {
                cx.reply.int(to_integer(ffi::lua_tonumber(state, -1)));
            }
            ffi::LUA_TTABLE => {
                look_behind(state);
                let frame = write_table(state, words, cx);
                if frame.is_some() {
                    return frame;
                }
            }
            _ => cx.reply.null(),
        }
        ffi::lua_pop(state, 1);
        None
    }
}

/// Puts the table behind a view in its place on top: replies show what is in it.
unsafe fn look_behind(state: *mut ffi::lua_State) {
    // SAFETY: as in `write_value`, which made the slots free; a table is on top.
    unsafe {
        // Only few tables have a metatable, and all views do.
        if ffi::lua_getmetatable(state, -1) == 0 {
            return;
        }
        ffi::lua_pop(state, 1);
        let index = ffi::lua_gettop(state);
        if push_table_behind(state, index) {
            ffi::lua_replace(state, index);
        }
    }
}

/// Control characters would end the line of a simple string early.
fn one_line(text: &[u8]) -> Vec<u8> {
    text.iter().map(|&byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }).collect()
}

/// Writes the table on top of the stack, which stays, or how it begins.
unsafe fn write_table(
    state: *mut ffi::lua_State,
    words: &Words,
    cx: &mut Ctx<'_>,
) -> Option<Frame> {
    // SAFETY: as in `write_value`, which made the slots free.
    unsafe {
        let get = |word| {
            words.push(state, word);
            ffi::lua_rawget(state, -2);
            ffi::lua_type(state, -1)
        };
        if get(Word::Err) == ffi::LUA_TSTRING {
            ffi::lua_pop(state, 1);
            write_error(state, words, cx);
            return None;
        }
        ffi::lua_pop(state, 1);
        if get(Word::Ok) == ffi::LUA_TSTRING {
            cx.reply.status(one_line(until_nul(bytes_at(state, -1))));
            ffi::lua_pop(state, 1);
            return None;
        }
        ffi::lua_pop(state, 1);
        if get(Word::Double) == ffi::LUA_TNUMBER {
            cx.reply.double_text(&format_double(ffi::lua_tonumber(state, -1)));
            ffi::lua_pop(state, 1);
            return None;
        }
        ffi::lua_pop(state, 1);
        if get(Word::BigNumber) == ffi::LUA_TSTRING {
            cx.reply.big_number(&one_line(bytes_at(state, -1)));
            ffi::lua_pop(state, 1);
            return None;
        }
        ffi::lua_pop(state, 1);
        if get(Word::Verbatim) == ffi::LUA_TTABLE && write_verbatim(state, words, cx) {
            ffi::lua_pop(state, 1);
            return None;
        }
        ffi::lua_pop(state, 1);
        if get(Word::Map) == ffi::LUA_TTABLE {
            look_behind(state);
            cx.reply.map(pairs(state));
            ffi::lua_pushnil(state);
            return Some(Frame::Map);
        }
        ffi::lua_pop(state, 1);
        if get(Word::Set) == ffi::LUA_TTABLE {
            look_behind(state);
            cx.reply.set(pairs(state));
            ffi::lua_pushnil(state);
            return Some(Frame::Set);
        }
        ffi::lua_pop(state, 1);
        let last = elements(state);
        cx.reply.array(last as usize);
        Some(Frame::Array(1, last))
    }
}

/// Counts an error in the reply, and one that was counted before as a failure of this command. The
/// others together make it fail once: see `State::call`.
pub(super) fn count_failure(cx: &mut Ctx<'_>, text: &[u8], counted: bool) {
    if counted {
        cx.world.stats.command(cx.command).failed += 1;
    } else {
        count_error(cx, text);
    }
}

/// Writes the error object on top of the stack, which stays.
unsafe fn write_error(state: *mut ffi::lua_State, words: &Words, cx: &mut Ctx<'_>) {
    // SAFETY: as in `write_value`, which made four slots free.
    unsafe {
        let fields = error_fields(state, words, ffi::lua_gettop(state));
        let text = fields.text.unwrap_or_default();
        let end = text.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n'));
        let text = one_line(&text[..end.map_or(0, |last| last + 1)]);
        count_failure(cx, &text, fields.counted);
        cx.reply.raw_error(&text);
        ffi::lua_pop(state, 3);
    }
}

/// Writes the table on top if it has a format and a text; it stays.
unsafe fn write_verbatim(state: *mut ffi::lua_State, words: &Words, cx: &mut Ctx<'_>) -> bool {
    // SAFETY: as in `write_value`, which made the slots free.
    unsafe {
        words.push(state, Word::Format);
        ffi::lua_rawget(state, -2);
        words.push(state, Word::String);
        ffi::lua_rawget(state, -3);
        let whole = ffi::lua_type(state, -2) == ffi::LUA_TSTRING
            && ffi::lua_type(state, -1) == ffi::LUA_TSTRING;
        if whole {
            let mut format = [b' '; 3];
            let given = until_nul(bytes_at(state, -2));
            let length = given.len().min(3);
            format[..length].copy_from_slice(&given[..length]);
            cx.reply.verbatim(&format, bytes_at(state, -1));
        }
        ffi::lua_pop(state, 2);
        whole
    }
}

/// The number of pairs in the table on top.
unsafe fn pairs(state: *mut ffi::lua_State) -> usize {
    let mut count = 0;
    // SAFETY: as in `write_value`, which made the slots free.
    unsafe {
        ffi::lua_pushnil(state);
        while ffi::lua_next(state, -2) != 0 {
            ffi::lua_pop(state, 1);
            count += 1;
        }
    }
    count
}

/// The number of elements in the table on top, up to the first nil.
unsafe fn elements(state: *mut ffi::lua_State) -> i64 {
    let mut length = 0;
    // SAFETY: as in `write_value`, which made the slots free.
    unsafe {
        loop {
            ffi::lua_rawgeti(state, -1, length + 1);
            let ends = ffi::lua_type(state, -1) == ffi::LUA_TNIL;
            ffi::lua_pop(state, 1);
            if ends {
                return length;
            }
            length += 1;
        }
    }
}
