//! What a row says about a call: its keys, its channels; and what it says of itself: the entries
//! of COMMAND INFO and COMMAND DOCS.
//!
//! Holds: every index given lies inside the arguments, whatever they are.
//! Cost: O(arguments) for keys, nothing allocated up to eight of them; [`first_key_range`] O(1).
//! Not here: lookup of commands by name, and the arity check of dispatch.

use std::ops::Range;

use smallvec::SmallVec;

use super::command::{Begin, ChannelUse, Command, Find, Finder, KeyFlags, KeySpec};

mod entry;
mod finder;

pub use entry::{reply_docs, reply_info, reply_key_flags};

/// An argument that is a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyAt {
    /// Its index among the arguments, the command's name being 0.
    pub index: usize,
    /// What happens to the key; empty where only the position is known.
    pub flags: KeyFlags,
}

/// The keys among the arguments of a call.
pub type Keys = SmallVec<[KeyAt; 8]>;

/// Why COMMAND GETKEYS cannot answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeysError {
    /// There is no such command.
    UnknownCommand,
    /// The command never has keys.
    NoKeys,
    /// The number of arguments does not fit the command.
    Arity,
    /// The keys cannot be told from these arguments.
    Arguments,
}

impl KeysError {
    /// The text of the error reply, without its code `ERR`.
    pub fn text(self) -> &'static str {
        match self {
            KeysError::UnknownCommand => "Invalid command specified",
            KeysError::NoKeys => "The command has no key arguments",
            KeysError::Arity => "Invalid number of arguments specified for command",
            KeysError::Arguments => "Invalid arguments specified for command",
        }
    }
}

/// True if the command may have keys.
pub fn has_keys(command: &Command) -> bool {
    command.finder != Finder::Specs || has_real_spec(command)
}

fn has_real_spec(command: &Command) -> bool {
    command.keys.iter().any(|spec| !spec.flags.has(KeyFlags::NOT_KEY))
}

/// The keys of a call with what happens to them, as COMMAND GETKEYS and GETKEYSANDFLAGS tell.
///
/// # Errors
/// `NoKeys`, `Arity`, `Arguments`. A command that needs no keys gives none instead of `Arguments`.
pub fn keys_of(command: &Command, argv: &[&[u8]]) -> Result<Keys, KeysError> {
    if !has_keys(command) {
        return Err(KeysError::NoKeys);
    }
    if !command.arity_fits(argv.len()) {
        return Err(KeysError::Arity);
    }
    let keys = accessed_keys(command, argv);
    if keys.is_empty() && !command.flags.has(super::command::Flags::NO_MANDATORY_KEYS) {
        return Err(KeysError::Arguments);
    }
    Ok(keys)
}

/// The keys of a call with what happens to them; none if the arguments make no sense.
///
/// This is the view of permissions: key specifications first, and the command's own rule only
/// where they fail or their flags depend on the arguments.
pub fn accessed_keys(command: &Command, argv: &[&[u8]]) -> Keys {
    let varies = command.keys.iter().any(|spec| spec.flags.has(KeyFlags::VARIABLE_FLAGS));
    if has_real_spec(command)
        && !varies
        && let Some(keys) = specified_keys(command, argv)
    {
        return keys;
    }
    finder::find(command.finder, argv)
}

/// The positions of the keys of a call; none if the arguments make no sense.
///
/// This is the view of cluster routing and of client tracking: the command's own rule first, else
/// the plain range, which for the commands on shard channels gives the channels. The flags of the
/// result are not meaningful.
pub fn routed_keys(command: &Command, argv: &[&[u8]]) -> Keys {
    if command.finder != Finder::Specs {
        return finder::find(command.finder, argv);
    }
    let Some((first, last, step)) = first_key_range(command, argv.len()) else {
        return Keys::new();
    };
    let at = |index| KeyAt { index, flags: KeyFlags::NONE };
    (first..=last).step_by(step).map(at).collect()
}

/// The plain range of keys of a call as `(first, last, step)`, indices of arguments, both ends
/// included. `None`: the command has no such range, or the arguments do not reach it.
///
/// Cost: O(1), nothing allocated; meant for prefetching. Keys beyond it are possible where the
/// command has `movablekeys`.
pub fn first_key_range(command: &Command, argc: usize) -> Option<(usize, usize, usize)> {
    let range = command.key_range()?;
    let first = usize::try_from(range.first).ok()?;
    let last = match usize::try_from(range.last) {
        Ok(last) => last,
        Err(_) => argc.checked_sub(range.last.unsigned_abs() as usize)?,
    };
    let step = usize::try_from(range.step).ok().filter(|&step| step > 0)?;
    (first <= last && last < argc).then_some((first, last, step))
}

/// The arguments of a call that are channels.
pub fn channels_of(command: &Command, argc: usize) -> Range<usize> {
    let end = match command.channels {
        Some(channels) if channels.all => argc,
        Some(_) => 2.min(argc),
        None => 1,
    };
    1..end.max(1)
}

/// True if the command may subscribe to, leave or send to channels (whichever is asked for).
pub fn uses_channels(command: &Command, usage: ChannelUse) -> bool {
    command.channels.is_some_and(|channels| channels.usage == usage)
}

/// The keys that the specifications find; `None` if one of them fails or does not tell all.
fn specified_keys(command: &Command, argv: &[&[u8]]) -> Option<Keys> {
    let mut keys = Keys::new();
    for spec in command.keys {
        if spec.flags.has(KeyFlags::NOT_KEY) {
            continue;
        }
        let first = match spec.begin {
            Begin::Index(index) => i64::from(index),
            Begin::Keyword(word, from) => match after_keyword(argv, word, from) {
                Some(first) => first,
                None => continue,
            },
            Begin::Unknown => return None,
        };
        let (first, last, step) = span(spec, first, argv)?;
        if spec.flags.has(KeyFlags::INCOMPLETE) {
            return None;
        }
        let at = |index| KeyAt { index, flags: spec.flags };
        keys.extend((first..=last).step_by(step).map(at));
    }
    Some(keys)
}

/// The index after a keyword, searched from `from` on, or backwards from there if negative.
///
/// The last argument is never the keyword of a forward search, nor argument 1 of a backward one:
/// no key could follow the one, and the other is always something else.
fn after_keyword(argv: &[&[u8]], word: &str, from: i32) -> Option<i64> {
    let argc = argv.len();
    let is_word = |&index: &usize| same_word(argv[index], word);
    let found = if from > 0 {
        (from as usize..argc.saturating_sub(1)).find(is_word)
    } else {
        let start = argc.checked_sub(from.unsigned_abs() as usize)?;
        (2..argc.min(start + 1)).rev().find(is_word)
    };
    found.map(|index| index as i64 + 1)
}

/// First, last and step of the keys of a specification that starts at `first`; `None` if that
/// leaves the arguments.
fn span(spec: &KeySpec, first: i64, argv: &[&[u8]]) -> Option<(usize, usize, usize)> {
    let argc = argv.len() as i64;
    let (first, last, step) = match spec.find {
        Find::Range { last, step, limit } => {
            let last = i64::from(last);
            let last = match (last, limit) {
                (0.., _) => first + last,
                (_, 0) => argc + last,
                (_, limit) => first + (argc - first) / i64::from(limit) + last,
            };
            (first, last, step)
        }
        Find::KeyNum { count, first: offset, step } => {
            let count = usize::try_from(first + i64::from(count)).ok()?;
            let count = strict_count(argv.get(count)?)?;
            let first = first + i64::from(offset);
            // A count beyond 32 bits is cut to them, as the reference server does.
            (first, first + i64::from((count as i32).wrapping_sub(1)), step)
        }
        Find::Unknown => return None,
    };
    if last >= argc || last < first || first >= argc {
        return None;
    }
    let step = usize::try_from(step).ok().filter(|&step| step > 0)?;
    Some((usize::try_from(first).ok()?, usize::try_from(last).ok()?, step))
}

/// A number of keys: plain decimal digits, no sign, no leading zero, within 63 bits.
fn strict_count(text: &[u8]) -> Option<i64> {
    match text {
        b"0" => Some(0),
        [b'1'..=b'9', ..] => std::str::from_utf8(text).ok()?.parse().ok(),
        _ => None,
    }
}

/// True if an argument is a keyword, whatever its case. What follows a NUL byte does not count.
fn same_word(argument: &[u8], word: &str) -> bool {
    let end = argument.iter().position(|&byte| byte == 0).unwrap_or(argument.len());
    argument[..end].eq_ignore_ascii_case(word.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::command::{Flags, keyflags};

    const KEY: KeyFlags = keyflags![RW, UPDATE];

    fn row<const N: usize>(arity: i32, keys: [KeySpec; N]) -> Command {
        Command { name: "row", arity, keys: Box::leak(Box::new(keys)), ..Command::DEFAULT }
    }

    fn range(command: &Command) -> Option<(i32, i32, i32)> {
        command.key_range().map(|range| (range.first, range.last, range.step))
    }

    #[test]
    fn counts_are_strict() {
        for (text, count) in [("0", 0), ("7", 7), ("9223372036854775807", i64::MAX)] {
            assert_eq!(strict_count(text.as_bytes()), Some(count));
        }
        for text in ["", "-1", "+1", "01", "1x", " 1", "1 ", "9223372036854775808"] {
            assert_eq!(strict_count(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn words_end_at_a_nul_byte() {
        assert!(same_word(b"StOrE", "store"));
        assert!(same_word(b"store\0d", "store"));
        assert!(!same_word(b"stored", "store"));
        assert!(!same_word(b"\0store", "store"));
    }

    #[test]
    fn keyword_in_the_last_place_is_not_looked_at() {
        let argv: &[&[u8]] = &[b"c", b"w", b"w", b"w"];
        assert_eq!(after_keyword(argv, "w", 1), Some(2));
        assert_eq!(after_keyword(argv, "w", 3), None);
        assert_eq!(after_keyword(argv, "w", 9), None);
        assert_eq!(after_keyword(argv, "w", -2), Some(3));
        assert_eq!(after_keyword(argv, "w", -3), None);
        assert_eq!(after_keyword(argv, "w", -9), None);
    }

    #[test]
    fn adjacent_specifications_join_to_one_range() {
        let joined = row(-3, [KeySpec::one(1, KEY), KeySpec::range(2, -1, 1, KEY)]);
        assert_eq!(range(&joined), Some((1, -1, 1)));
        assert!(!joined.all_flags().has(Flags::MOVABLE_KEYS));
    }

    #[test]
    fn what_a_range_misses_makes_keys_movable() {
        let apart = row(-3, [KeySpec::one(1, KEY), KeySpec::one(3, KEY)]);
        let counted = row(-3, [KeySpec::one(1, KEY), KeySpec::counted(2, KEY)]);
        let stepped = row(-3, [KeySpec::one(1, KEY), KeySpec::range(2, -1, 2, KEY)]);
        let partial = row(-3, [KeySpec::one(1, KEY.or(KeyFlags::INCOMPLETE))]);
        for command in [apart, counted, stepped, partial] {
            assert_eq!(range(&command), Some((1, 1, 1)));
            assert!(command.all_flags().has(Flags::MOVABLE_KEYS));
        }
        assert_eq!(range(&row(-2, [KeySpec::counted(1, KEY)])), None);
    }

    #[test]
    fn range_that_the_arguments_do_not_reach_is_none() {
        let pairs = row(-3, [KeySpec::range(1, -1, 2, KEY)]);
        assert_eq!(first_key_range(&pairs, 5), Some((1, 4, 2)));
        assert_eq!(first_key_range(&pairs, 1), None);
        assert_eq!(first_key_range(&pairs, 0), None);
        assert_eq!(first_key_range(&row(4, [KeySpec::range(2, 1, 1, KEY)]), 3), None);
    }
}
