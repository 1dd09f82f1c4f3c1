//! Reading hashes: HGET, HMGET, HGETALL, HKEYS, HVALS, HLEN, HEXISTS, HSTRLEN.

use super::reply_element;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::keyspace::access::Look;
use crate::value::hash::Hash;

/// `HGET key field`
pub(super) fn hget(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let hash = cx.keys.object::<Hash>(args[1], Look::Read)?;
    match hash.and_then(|hash| hash.get(args[2])) {
        Some(value) => reply_element(&mut cx.reply, value),
        None => cx.reply.null(),
    }
    Ok(())
}

/// `HMGET key field [field ...]`
pub(super) fn hmget(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let hash = cx.keys.object::<Hash>(args[1], Look::Read)?;
    cx.reply.array(args.len() - 2);
    for field in args.from(2) {
        match hash.and_then(|hash| hash.get(field)) {
            Some(value) => reply_element(&mut cx.reply, value),
            None => cx.reply.null(),
        }
    }
    Ok(())
}

/// `HGETALL key`
pub(super) fn hgetall(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let hash = cx.keys.object::<Hash>(args[1], Look::Read)?;
    cx.reply.map(hash.map_or(0, |hash| hash.len()));
    for (field, value) in hash.into_iter().flat_map(|hash| hash.iter()) {
        reply_element(&mut cx.reply, field);
        reply_element(&mut cx.reply, value);
    }
    Ok(())
}

/// `HKEYS key`
pub(super) fn hkeys(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let hash = cx.keys.object::<Hash>(args[1], Look::Read)?;
    cx.reply.array(hash.map_or(0, |hash| hash.len()));
    for (field, _) in hash.into_iter().flat_map(|hash| hash.iter()) {
        reply_element(&mut cx.reply, field);
    }
    Ok(())
}

/// `HVALS key`
pub(super) fn hvals(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let hash = cx.keys.object::<Hash>(args[1], Look::Read)?;
    cx.reply.array(hash.map_or(0, |hash| hash.len()));
    for (_, value) in hash.into_iter().flat_map(|hash| hash.iter()) {
        reply_element(&mut cx.reply, value);
    }
    Ok(())
}

/// `HLEN key`
pub(super) fn hlen(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let hash = cx.keys.object::<Hash>(args[1], Look::Read)?;
    cx.reply.int(hash.map_or(0, |hash| hash.len()) as i64);
    Ok(())
}

/// `HEXISTS key field`
pub(super) fn hexists(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let hash = cx.keys.object::<Hash>(args[1], Look::Read)?;
    let exists = hash.is_some_and(|hash| hash.get(args[2]).is_some());
    cx.reply.int(i64::from(exists));
    Ok(())
}

/// `HSTRLEN key field`
pub(super) fn hstrlen(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let hash = cx.keys.object::<Hash>(args[1], Look::Read)?;
    let value = hash.and_then(|hash| hash.get(args[2]));
    cx.reply.int(value.map_or(0, |value| value.len()) as i64);
    Ok(())
}
