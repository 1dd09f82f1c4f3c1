//! The commands whose keys only a look at their options can tell.
//!
//! The options are scanned as loosely as the reference server does: what is no option is passed
//! over, and errors are left to the handler.

use super::{KeyAt, Keys, same_word};
use crate::core::command::{Finder, KeyFlags, keyflags};

const READ: KeyFlags = keyflags![RO, ACCESS];
const CHANGE: KeyFlags = keyflags![RW, ACCESS, UPDATE];
const REPLACE: KeyFlags = keyflags![OW, UPDATE];
const TAKE: KeyFlags = keyflags![RW, ACCESS, DELETE];

/// The keys that a rule finds; none if the arguments make no sense.
pub(super) fn find(rule: Finder, argv: &[&[u8]]) -> Keys {
    let mut keys = match rule {
        Finder::Specs => Keys::new(),
        Finder::Counted { count, store } => counted(argv, count, store),
        Finder::Sort => sort(argv),
        Finder::SortRo => one(1, READ),
        Finder::Migrate => migrate(argv),
        Finder::GeoRadius => georadius(argv),
        Finder::Streams => streams(argv),
        Finder::Set => set(argv),
        Finder::Bitfield => bitfield(argv),
    };
    // Rules rely on the arity; a call that does not fit it has no keys rather than wrong ones.
    keys.retain(|key| key.index < argv.len());
    keys
}

fn at(index: usize, flags: KeyFlags) -> KeyAt {
    KeyAt { index, flags }
}

fn one(index: usize, flags: KeyFlags) -> Keys {
    Keys::from_iter([at(index, flags)])
}

fn counted(argv: &[&[u8]], count: usize, store: usize) -> Keys {
    let first = count + 1;
    let room = argv.len().saturating_sub(first);
    let number = argv.get(count).map_or(0, |text| loose_int(text));
    let Some(number) = usize::try_from(number).ok().filter(|&n| n >= 1 && n <= room) else {
        return Keys::new();
    };
    let mut keys: Keys = (first..first + number).map(|i| at(i, KeyFlags::NONE)).collect();
    if store != 0 {
        keys.push(at(store, KeyFlags::NONE));
    }
    keys
}

fn sort(argv: &[&[u8]]) -> Keys {
    let mut store = None;
    let mut i = 2;
    while let Some(&word) = argv.get(i) {
        if same_word(word, "limit") {
            i += 2;
        } else if same_word(word, "get") || same_word(word, "by") {
            i += 1;
        } else if same_word(word, "store") && i + 1 < argv.len() {
            // The last one counts. Its operand is looked at as an option too.
            store = Some(i + 1);
        }
        i += 1;
    }
    let mut keys = one(1, READ);
    keys.extend(store.map(|index| at(index, REPLACE)));
    keys
}

fn migrate(argv: &[&[u8]]) -> Keys {
    let mut i = 6;
    while let Some(&word) = argv.get(i) {
        if same_word(word, "keys") {
            // With KEYS the single key must be empty: otherwise the handler refuses the call.
            let last = if argv[3].is_empty() { argv.len() } else { 0 };
            return (i + 1..last).map(|index| at(index, TAKE)).collect();
        }
        if same_word(word, "auth") {
            i += 1;
        } else if same_word(word, "auth2") {
            i += 2;
        }
        i += 1;
    }
    one(3, TAKE)
}

fn georadius(argv: &[&[u8]]) -> Keys {
    let mut store = None;
    let mut i = 5;
    while i + 1 < argv.len() {
        if same_word(argv[i], "store") || same_word(argv[i], "storedist") {
            i += 1;
            store = Some(i);
        }
        i += 1;
    }
    let mut keys = one(1, KeyFlags::NONE);
    keys.extend(store.map(|index| at(index, KeyFlags::NONE)));
    keys
}

fn streams(argv: &[&[u8]]) -> Keys {
    let mut i = 1;
    while let Some(&word) = argv.get(i) {
        if same_word(word, "streams") {
            let rest = argv.len() - i - 1;
            if !rest.is_multiple_of(2) {
                break;
            }
            return (i + 1..=i + rest / 2).map(|index| at(index, KeyFlags::NONE)).collect();
        }
        i += match word {
            word if same_word(word, "block") || same_word(word, "count") => 2,
            word if same_word(word, "group") => 3,
            word if same_word(word, "noack") => 1,
            _ => break,
        };
    }
    Keys::new()
}

fn set(argv: &[&[u8]]) -> Keys {
    let reads = argv.iter().skip(3).any(|word| same_word(word, "get"));
    one(1, if reads { CHANGE } else { REPLACE })
}

fn bitfield(argv: &[&[u8]]) -> Keys {
    let mut i = 2;
    while let Some(&word) = argv.get(i) {
        let operands = argv.len() - i - 1;
        i += match word {
            word if same_word(word, "get") && operands >= 2 => 3,
            word if same_word(word, "overflow") && operands >= 1 => 2,
            // A write, or something the handler will refuse.
            _ => return one(1, CHANGE),
        };
    }
    one(1, READ)
}

/// The integer at the start of a text, as C's `atoi` on a machine with 64-bit `long`: blanks
/// before it and anything after it are passed over; no integer is 0.
fn loose_int(text: &[u8]) -> i32 {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let text = &text[text.iter().take_while(|byte| blank(byte)).count()..];
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let mut value = 0i64;
    for digit in digits.iter().take_while(|byte| byte.is_ascii_digit()) {
        let digit = i64::from(digit - b'0');
        let digit = if negative { -digit } else { digit };
        value = value.saturating_mul(10).saturating_add(digit);
    }
    // The conversion from long to int drops the upper half.
    value as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loose_integers_are_those_of_c() {
        for (text, value) in [
            ("12", 12),
            (" \t\r\n+3", 3),
            ("-4x", -4),
            ("1 2", 1),
            ("x1", 0),
            ("- 1", 0),
            ("", 0),
            ("4294967297", 1),
            ("9223372036854775808", -1),
            ("-9223372036854775809", 0),
        ] {
            assert_eq!(loose_int(text.as_bytes()), value, "{text:?}");
        }
    }
}
