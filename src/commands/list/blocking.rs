//! Commands that wait for an element: BLPOP, BRPOP, BLMPOP, BLMOVE, BRPOPLPUSH.

use super::ends::{many_keys, move_element, pop_first, pop_name};
use super::{commit_taken, end, limits, take};
use crate::base::time::Millis;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::keyspace::changes::verb;
use crate::keyspace::ready::Want;
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
    let until = args.timeout(last, cx.now())?;
    let (keys, limits) = (&args.slice()[1..last], limits(cx));
    for &key in keys {
        let Some(list) = cx.keys.object_mut::<List>(key)? else { continue };
        cx.reply.array(2);
        cx.reply.bulk(key);
        let taken = take(list, &mut cx.reply, from, None, limits);
        commit_taken(cx, key, &taken);
        cx.rewrite(&[pop_name(from), key]);
        return Ok(());
    }
    wait(cx, keys, until, args);
    Ok(())
}

/// Waits for an element of one of the lists; if that is not allowed, replies with nil.
fn wait(cx: &mut Ctx<'_>, keys: &[&[u8]], until: Millis, args: Args<'_>) {
    if !cx.wait_for_keys(Want::Element, keys, until, args) {
        cx.reply.null_array();
    }
}

/// `BLMPOP timeout numkeys key [key ...] LEFT | RIGHT [COUNT count]`; propagates as LPOP or RPOP
/// with a count.
pub(super) fn blmpop(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let many = many_keys(args, 2)?;
    let until = args.timeout(1, cx.now())?;
    if !pop_first(cx, &many)? {
        wait(cx, many.keys, until, args);
    }
    Ok(())
}

/// `BLMOVE source destination LEFT | RIGHT LEFT | RIGHT timeout`; propagates as LMOVE.
pub(super) fn blmove(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (from, to) = (end(args, 3)?, end(args, 4)?);
    let until = args.timeout(5, cx.now())?;
    if move_element(cx, args, from, to)? {
        cx.rewrite(&[verb::LMOVE.as_bytes(), args[1], args[2], args[3], args[4]]);
    } else {
        wait_to_move(cx, until, args);
    }
    Ok(())
}

/// `BRPOPLPUSH source destination timeout`; propagates as RPOPLPUSH.
pub(super) fn brpoplpush(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let until = args.timeout(3, cx.now())?;
    if move_element(cx, args, End::Right, End::Left)? {
        cx.rewrite(&[verb::RPOPLPUSH.as_bytes(), args[1], args[2]]);
    } else {
        wait_to_move(cx, until, args);
    }
    Ok(())
}

/// Waits for an element of the source; if that is not allowed, replies with nil, which is a string
/// here, while it is an array if the time is over.
fn wait_to_move(cx: &mut Ctx<'_>, until: Millis, args: Args<'_>) {
    if !cx.wait_for_keys(Want::Element, &[args[1]], until, args) {
        cx.reply.null();
    }
}
