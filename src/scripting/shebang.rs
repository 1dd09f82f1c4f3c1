//! The first line of a script or library, `#!lua option=value ...`: what it declares.

use crate::base::text::{split_args, until_nul};
use crate::core::refusal::Refusal;
use crate::core::script::ScriptFlags;

/// What a script declares, and where its code starts (the line end of the declaration included, so
/// that lines keep their numbers).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Declared {
    /// `None` without a declaration.
    pub(super) flags: Option<ScriptFlags>,
    /// Offset of the code.
    pub(super) code: usize,
}

/// A library's declaration.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Library {
    /// Name of the language.
    pub(super) engine: Vec<u8>,
    /// Its name.
    pub(super) name: Vec<u8>,
    /// Offset of the code.
    pub(super) code: usize,
}

fn error(text: &[u8], about: &[u8]) -> Refusal {
    Refusal::new([b"ERR ", text, until_nul(about)].concat())
}

/// The words of the first line and its length; `Err` with what is missing: the line end, or words.
fn words(text: &[u8]) -> Result<(Vec<Vec<u8>>, usize), Missing> {
    let end = until_nul(text).iter().position(|&byte| byte == b'\n').ok_or(Missing::LineEnd)?;
    let words = split_args(&text[..end]).filter(|words| !words.is_empty());
    words.map(|words| (words, end)).ok_or(Missing::Words)
}

enum Missing {
    LineEnd,
    Words,
}

/// Reads what a script declares.
/// # Errors
/// If there is a declaration that says something unknown.
pub(super) fn of_script(text: &[u8]) -> Result<Declared, Refusal> {
    if !text.starts_with(b"#!") {
        return Ok(Declared::default());
    }
    let (words, code) = words(text).map_err(|missing| match missing {
        Missing::LineEnd => error(b"Invalid script shebang", b""),
        Missing::Words => error(b"Invalid engine in script shebang", b""),
    })?;
    if words[0] != b"#!lua" {
        return Err(error(b"Unexpected engine in script shebang: ", &words[0]));
    }
    let mut flags = ScriptFlags::default();
    for word in &words[1..] {
        let Some(list) = word.strip_prefix(b"flags=") else {
            return Err(error(b"Unknown lua shebang option: ", word));
        };
        // An empty list has no elements.
        for name in list.split(|&byte| byte == b',').filter(|_| !list.is_empty()) {
            let flag = ScriptFlags::by_name(until_nul(name))
                .ok_or_else(|| error(b"Unexpected flag in script shebang: ", name))?;
            flags = flags.or(flag);
        }
    }
    Ok(Declared { flags: Some(flags), code })
}

/// Reads what a library declares.
/// # Errors
/// If it declares nothing, no name, or something unknown.
pub(super) fn of_library(text: &[u8]) -> Result<Library, Refusal> {
    if !text.starts_with(b"#!") {
        return Err(error(b"Missing library metadata", b""));
    }
    let (words, code) = words(text).map_err(|_| error(b"Invalid library metadata", b""))?;
    let mut name = None;
    for word in &words[1..] {
        match word.split_at_checked(5) {
            Some((key, value)) if key.eq_ignore_ascii_case(b"name=") => {
                if name.is_some() {
                    let text = b"Invalid metadata value, name argument was given multiple times";
                    return Err(error(text, b""));
                }
                name = Some(value.to_vec());
            }
            _ => return Err(error(b"Invalid metadata value given: ", word)),
        }
    }
    let name = name.ok_or_else(|| error(b"Library name was not given", b""))?;
    // The engine's name follows the two characters, whatever quotes stood around them.
    let engine = words[0].get(2..).unwrap_or_default().to_vec();
    Ok(Library { engine, name, code })
}
