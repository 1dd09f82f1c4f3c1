//! Commands about strings.

mod count;
mod edit;
mod get;
mod lcs;
mod options;
mod set;
pub mod table;
#[cfg(test)]
mod tests;

use bytes::Bytes;

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done, Propagation, reply_str, string_of};
use crate::keyspace::strings::NewStr;

/// Argument `index` as a value to store: an integer if it is one, its own buffer if it has one.
#[inline]
fn new_str<'a>(args: Args<'a>, index: usize) -> NewStr<'a> {
    match args.buffer(index) {
        Some(buffer) => NewStr::Owned(buffer),
        None => NewStr::encoded(args.at(index)),
    }
}

/// Replies with the string at a key or with nil.
/// # Errors
/// `WRONGTYPE`
#[inline]
fn reply_value(cx: &mut Ctx<'_>, key: &[u8]) -> Done {
    match string_of(cx.keys.read(key))? {
        Some(value) => reply_str(&mut cx.reply, value),
        None => cx.reply.null(),
    }
    Ok(())
}

/// Propagates another command, which is only made if somebody gets it.
#[inline]
fn propagate_instead(cx: &mut Ctx<'_>, argv: impl FnOnce() -> Vec<Bytes>) {
    if cx.keys.changes.propagate {
        cx.propagation = Propagation::Instead(vec![argv()]);
    }
}

/// A word of a propagated command.
fn word(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

/// A number in a propagated command.
fn number(n: i64) -> Bytes {
    Bytes::copy_from_slice(itoa::Buffer::new().format(n).as_bytes())
}
