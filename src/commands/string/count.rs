//! Counting: INCR and its relatives.

use super::{propagate_instead, word};
use crate::base::num::LongDouble;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::changes::verb;
use crate::keyspace::event::Class;
use crate::keyspace::record::Str;
use crate::keyspace::strings::{NewStr, Ttl};

/// `INCR key`
pub(super) fn incr(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    add(cx, args[1], 1)
}

/// `DECR key`
pub(super) fn decr(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    add(cx, args[1], -1)
}

/// `INCRBY key increment`
pub(super) fn incrby(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let by = args.int(2)?;
    add(cx, args[1], by)
}

/// `DECRBY key decrement`
pub(super) fn decrby(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let by = args.int(2)?.checked_neg().ok_or(Refusal::DECREMENT_OVERFLOW)?;
    add(cx, args[1], by)
}

#[inline]
fn add(cx: &mut Ctx<'_>, key: &[u8], by: i64) -> Done {
    let sum = cx.keys.add_to_int(key, by)?;
    cx.keys.commit(key, Class::STRING, "incrby");
    cx.reply.int(sum);
    Ok(())
}

/// `INCRBYFLOAT key increment`, in extended precision.
///
/// Propagates as SET with the sum, so that nobody computes it again.
pub(super) fn incrbyfloat(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let key = args[1];
    let old = match cx.write_string(key)? {
        None => LongDouble::ZERO,
        Some(Str::Int(n)) => LongDouble::from_i64(n),
        Some(Str::Inline(text)) => parse(text)?,
        Some(Str::Shared(text)) => parse(text)?,
    };
    let sum = old + parse(args[2])?;
    if sum.is_nan() || sum.is_infinite() {
        return Err(Refusal::NAN_OR_INFINITY);
    }
    let text = sum.format();
    cx.keys.replace_string(key, NewStr::Text(&text), Ttl::Keep);
    cx.keys.commit(key, Class::STRING, "incrbyfloat");
    cx.reply.bulk(&text[..]);
    propagate_instead(cx, || {
        let sum = bytes::Bytes::copy_from_slice(&text);
        vec![word(verb::SET), args.to_bytes(1), sum, word("KEEPTTL")]
    });
    Ok(())
}

fn parse(text: &[u8]) -> Result<LongDouble, Refusal> {
    LongDouble::parse(text).ok_or(Refusal::NOT_FLOAT)
}
