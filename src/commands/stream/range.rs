//! Reading a stream by ID: XRANGE, XREVRANGE, XLEN.

use super::{end_at, reply_entries, start_at};
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::access::Look;
use crate::value::stream::Stream;

/// `XRANGE key start end [COUNT count]`
///
/// Cost: O(log n + entries sent).
pub(super) fn xrange(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    range(cx, args, false)
}

/// `XREVRANGE key end start [COUNT count]`
///
/// Cost: O(log n + entries sent).
pub(super) fn xrevrange(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    range(cx, args, true)
}

fn range(cx: &mut Ctx<'_>, args: Args<'_>, back: bool) -> Done {
    let (first, last) = if back { (3, 2) } else { (2, 3) };
    let start = start_at(args, first)?;
    let end = end_at(args, last)?;
    let mut count = None;
    let mut index = 4;
    while index < args.len() {
        if index + 1 == args.len() || !args.is(index, "count") {
            return Err(Refusal::SYNTAX);
        }
        count = Some(args.int(index + 1)?.max(0) as u64);
        index += 2;
    }
    let Ctx { keys, reply, .. } = cx;
    let Some(stream) = keys.object::<Stream>(args[1], Look::Read)? else {
        reply.empty_array();
        return Ok(());
    };
    match count {
        Some(0) => reply.null_array(),
        _ if back => reply_entries(reply, stream.range_back(start, end), count.unwrap_or(0)),
        _ => reply_entries(reply, stream.range(start, end), count.unwrap_or(0)),
    }
    Ok(())
}

/// `XLEN key`
///
/// Cost: O(1).
pub(super) fn xlen(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let length = cx.keys.object::<Stream>(args[1], Look::Read)?.map_or(0, |stream| stream.len());
    cx.reply.int(length as i64);
    Ok(())
}
