//! Changes inside a list: LINSERT, LSET, LREM, LTRIM.

use super::{limits, removed};
use crate::core::args::{Args, index_range};
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::event::Class;
use crate::value::list::{End, List};

/// `LINSERT key BEFORE | AFTER pivot element`
pub(super) fn linsert(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let after = match args {
        _ if args.is(2, "AFTER") => true,
        _ if args.is(2, "BEFORE") => false,
        _ => return Err(Refusal::SYNTAX),
    };
    let (key, pivot, element) = (args[1], args[3], args[4]);
    let limits = limits(cx);
    let Some(mut list) = cx.keys.object_mut::<List>(key)? else {
        cx.reply.int(0);
        return Ok(());
    };
    // A list grows for the element even if there turns out to be no pivot.
    list.grow(limits, element.len(), 1);
    let Some(index) = list.as_ref().find(pivot) else {
        cx.reply.int(-1);
        return Ok(());
    };
    list.insert(index, after, element);
    cx.reply.int(list.as_ref().len() as i64);
    cx.keys.commit(key, Class::LIST, "linsert");
    Ok(())
}

/// `LSET key index element`; a missing key is refused before the index is read.
pub(super) fn lset(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (key, element) = (args[1], args[3]);
    let limits = limits(cx);
    let mut list = cx.keys.object_mut::<List>(key)?.ok_or(Refusal::NO_SUCH_KEY)?;
    // Redis passes the index on as a C int: only its low 32 bits count.
    let index = i64::from(args.int(2)? as i32);
    list.grow(limits, element.len(), 1);
    let index = list.as_ref().index(index).ok_or(Refusal::INDEX)?;
    list.replace(index, element);
    list.shrink(limits);
    cx.reply.ok();
    cx.keys.commit(key, Class::LIST, "lset");
    Ok(())
}

/// `LREM key count element`
pub(super) fn lrem(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let count = args.int(2)?;
    let key = args[1];
    let limits = limits(cx);
    let Some(mut list) = cx.keys.object_mut::<List>(key)? else {
        cx.reply.int(0);
        return Ok(());
    };
    let limit = match usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX) {
        0 => usize::MAX,
        limit => limit,
    };
    let from = if count < 0 { End::Right } else { End::Left };
    let gone = list.remove_equal(args[3], limit, from);
    if gone > 0 {
        removed(cx, key, "lrem", gone as u64, limits);
    }
    cx.reply.int(gone as i64);
    Ok(())
}

/// `LTRIM key start stop`
pub(super) fn ltrim(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (start, stop) = (args.int(2)?, args.int(3)?);
    let key = args[1];
    let limits = limits(cx);
    let Some(mut list) = cx.keys.object_mut::<List>(key)? else {
        cx.reply.ok();
        return Ok(());
    };
    let len = list.as_ref().len();
    let mut kept = index_range(start, stop, len);
    if kept.is_empty() {
        kept = len..len;
    }
    list.remove(kept.end, len - kept.end);
    list.remove(0, kept.start);
    // Without a change this is an event all the same, but nothing is propagated.
    removed(cx, key, "ltrim", (len - kept.len()) as u64, limits);
    cx.reply.ok();
    Ok(())
}
