//! Checks of texts.

use crate::base::text::until_nul;
use crate::config::Config;

type Checked = Result<(), &'static str>;

fn is_base_name(text: &[u8]) -> bool {
    !until_nul(text).iter().any(|byte| matches!(byte, b'/' | b'\\'))
}

pub(super) fn dbfilename(_: &Config, text: &[u8]) -> Checked {
    match is_base_name(text) {
        true => Ok(()),
        false => Err("dbfilename can't be a path, just a filename"),
    }
}

pub(super) fn appendfilename(_: &Config, text: &[u8]) -> Checked {
    match until_nul(text) {
        [] => Err("appendfilename can't be empty"),
        _ if is_base_name(text) => Ok(()),
        _ => Err("appendfilename can't be a path, just a filename"),
    }
}

pub(super) fn appenddirname(_: &Config, text: &[u8]) -> Checked {
    match until_nul(text) {
        [] => Err("appenddirname can't be empty"),
        _ if is_base_name(text) => Ok(()),
        _ => Err("appenddirname can't be a path, just a dirname"),
    }
}

pub(super) fn hostname(_: &Config, text: &[u8]) -> Checked {
    const LENGTH_MAX: usize = 255;
    let text = until_nul(text);
    if text.len() > LENGTH_MAX {
        return Err("Hostnames must be less than 256 characters");
    }
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    match text.iter().all(allowed) {
        true => Ok(()),
        false => Err("Hostnames may only contain alphanumeric characters, hyphens or dots"),
    }
}

/// The name stands in the node file and on the bus, where some characters have a meaning.
pub(super) fn node_name(_: &Config, text: &[u8]) -> Checked {
    match text.iter().any(|byte| b"!#$%&()*+:;<>?@[]^{|}~\0".contains(byte)) {
        true => Err("Announced human node name contained invalid character"),
        false => Ok(()),
    }
}

/// A template must be well formed, and show something even for a program without a name.
pub(super) fn title_template(config: &Config, text: &[u8]) -> Checked {
    match config.process_title(text, b"") {
        Some(shown) if !shown.is_empty() => Ok(()),
        _ => Err("template format is invalid or contains unknown variables"),
    }
}
