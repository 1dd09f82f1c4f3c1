//! Commands that wait for an element: BLPOP, BRPOP, BLMPOP, BLMOVE, BRPOPLPUSH.
//!
//! Clients cannot wait yet: without data these answer as they do inside a transaction.

use super::ends::{many_keys, move_element, pop_first, pop_name};
use super::{end, reply_item, take_from};
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::keyspace::access::Look;
use crate::keyspace::changes::verb;
use crate::value::list::{End, List};

/// `BLPOP key [key ...] timeout`; propagates as LPOP.
pub(super) fn blpop(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    pop(cx, args, End::Left)
}

/// `BRPOP key [key ...] timeout`; propagates as RPOP.
pub(super) fn brpop(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    pop(cx, args, End::Right)
}

fn pop(cx: &mut Ctx<'_>, args: Args<'_>, from: End) -> Done {
    let last = args.len() - 1;
    args.timeout(last, cx.now())?;
    for &key in &args.slice()[1..last] {
        let Some(list) = cx.keys.object::<List>(key, Look::Write)? else { continue };
        let index = if from == End::Left { 0 } else { list.len() - 1 };
        cx.reply.array(2);
        cx.reply.bulk(key);
        reply_item(&mut cx.reply, list.get(index).expect("a list in a key is not empty"));
        take_from(cx, key, from, 1);
        cx.rewrite(&[pop_name(from), key]);
        return Ok(());
    }
    cx.reply.null_array();
    Ok(())
}

/// `BLMPOP timeout numkeys key [key ...] LEFT | RIGHT [COUNT count]`; propagates as LPOP or RPOP
/// with a count.
pub(super) fn blmpop(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let many = many_keys(args, 2)?;
    args.timeout(1, cx.now())?;
    pop_first(cx, &many)
}

/// `BLMOVE source destination LEFT | RIGHT LEFT | RIGHT timeout`; propagates as LMOVE.
pub(super) fn blmove(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (from, to) = (end(args, 3)?, end(args, 4)?);
    args.timeout(5, cx.now())?;
    if move_element(cx, args, from, to)? {
        cx.rewrite(&[verb::LMOVE.as_bytes(), args[1], args[2], args[3], args[4]]);
    }
    Ok(())
}

/// `BRPOPLPUSH source destination timeout`; propagates as RPOPLPUSH.
pub(super) fn brpoplpush(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    args.timeout(3, cx.now())?;
    if move_element(cx, args, End::Right, End::Left)? {
        cx.rewrite(&[verb::RPOPLPUSH.as_bytes(), args[1], args[2]]);
    }
    Ok(())
}
