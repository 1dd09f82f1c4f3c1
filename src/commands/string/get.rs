//! Reading strings, whole and in part; GETDEL and GETEX.

use bytes::Bytes;

use super::options::Options;
use super::{number, propagate_instead, reply_value, word};
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done, reply_str, string_of};
use crate::keyspace::changes::verb;
use crate::keyspace::event::Class;
use crate::keyspace::record::Str;

/// `GET key`
pub(super) fn get(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    reply_value(cx, args[1])
}

/// `MGET key [key ...]`: nil for what is missing or not a string.
pub(super) fn mget(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    cx.reply.array(args.len() - 1);
    for &key in args.from(1) {
        match cx.keys.read(key).and_then(|record| record.string()) {
            Some(value) => reply_str(&mut cx.reply, value),
            None => cx.reply.null(),
        }
    }
    Ok(())
}

/// `STRLEN key`
pub(super) fn strlen(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let length = cx.read_string(args[1])?.map_or(0, Str::len);
    cx.reply.int(length as i64);
    Ok(())
}

/// `GETRANGE key start end`, `SUBSTR key start end`: both ends included, negative ones from the
/// end.
///
/// Cost: O(length of the range).
pub(super) fn getrange(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let start = args.int(2)?;
    let end = args.int(3)?;
    let Some(value) = string_of(cx.keys.read(args[1]))? else {
        cx.reply.bulk(b"");
        return Ok(());
    };
    let range = range_of(start, end, value.len());
    match value {
        // The part of a large string is shared like the whole; the reply copies it if it is small.
        Str::Shared(bytes) if range.len() >= crate::resp::outbox::BIG_REPLY => {
            cx.reply.bulk_shared(&bytes.slice(range));
        }
        other => cx.reply.bulk(&other.text(&mut itoa::Buffer::new())[range]),
    }
    Ok(())
}

/// The bytes that two ends mean in a string of `len` bytes; empty if there is nothing between them.
fn range_of(start: i64, end: i64, len: usize) -> std::ops::Range<usize> {
    let from_front = |at: i64| {
        let at = if at < 0 { at.saturating_add_unsigned(len as u64) } else { at };
        at.max(0) as usize
    };
    if len == 0 || (start < 0 && end < 0 && start > end) {
        return 0..0;
    }
    let (start, end) = (from_front(start), from_front(end).min(len - 1));
    if start > end { 0..0 } else { start..end + 1 }
}

/// `GETDEL key`. Propagates as DEL.
pub(super) fn getdel(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let key = args[1];
    reply_value(cx, key)?;
    if cx.keys.remove(key) {
        cx.keys.commit(key, Class::GENERIC, "del");
        propagate_instead(cx, || vec![word(verb::DEL), Bytes::copy_from_slice(key)]);
    }
    Ok(())
}

/// `GETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST]`
///
/// Propagates as PEXPIREAT, PERSIST or, if the time has passed, DEL.
pub(super) fn getex(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let key = args[1];
    let options = Options::of_getex(args)?;
    let Some(value) = string_of(cx.keys.read(key))? else {
        cx.reply.null();
        return Ok(());
    };
    reply_str(&mut cx.reply, value);
    if let Some(expiry) = options.expiry {
        let at = expiry.at(cx, args)?;
        if expiry.unit.is_absolute() && at <= cx.now() {
            let name = verb::removal(cx.keys.space.policy.lazy_expire);
            cx.keys.remove(key);
            cx.keys.commit(key, Class::GENERIC, "del");
            propagate_instead(cx, || vec![word(name), Bytes::copy_from_slice(key)]);
        } else {
            cx.keys.set_expiry(key, Some(at));
            cx.keys.commit(key, Class::GENERIC, "expire");
            propagate_instead(cx, || {
                vec![word(verb::PEXPIREAT), Bytes::copy_from_slice(key), number(at)]
            });
        }
    } else if options.persist && has_expiry(cx, key) {
        cx.keys.set_expiry(key, None);
        cx.keys.commit(key, Class::GENERIC, "persist");
        propagate_instead(cx, || vec![word(verb::PERSIST), Bytes::copy_from_slice(key)]);
    }
    Ok(())
}

/// Whether a key that was just looked up expires.
fn has_expiry(cx: &Ctx<'_>, key: &[u8]) -> bool {
    let hash = cx.keys.hash(key);
    cx.keys.database().get(hash, key).is_some_and(|record| record.expiry().is_some())
}
