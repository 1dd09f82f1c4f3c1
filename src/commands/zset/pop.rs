//! Taking members from an end: ZPOPMIN, ZPOPMAX, ZMPOP, BZPOPMIN, BZPOPMAX, BZMPOP.

use super::{reply_member, reply_score};
use crate::base::time::Millis;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::access::Look;
use crate::keyspace::changes::verb;
use crate::keyspace::event::Class;
use crate::keyspace::ready::Want;
use crate::resp::encode::{Reply, Version};
use crate::value::zset::{Zset, ZsetRef};

/// Which end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Min,
    Max,
}

impl End {
    fn event(self) -> &'static str {
        if self == End::Min { "zpopmin" } else { "zpopmax" }
    }

    /// The command as it is propagated.
    fn command(self) -> &'static [u8] {
        if self == End::Min { verb::ZPOPMIN.as_bytes() } else { verb::ZPOPMAX.as_bytes() }
    }
}

/// Writes `count` members from an end on, as pairs or flat; the caller wrote the header.
fn reply_end(reply: &mut Reply<'_>, zset: ZsetRef<'_>, end: End, count: usize, nested: bool) {
    let members = match end {
        End::Min => zset.iter(),
        End::Max => zset.iter_back_from(zset.len() - 1),
    };
    for (member, score) in members.take(count) {
        if nested {
            reply.array(2);
        }
        reply_member(reply, member);
        reply_score(reply, score);
    }
}

/// Removes `count` members, which are there, from an end.
fn take(cx: &mut Ctx<'_>, key: &[u8], end: End, count: usize) {
    let mut zset = cx.keys.stored_mut::<Zset>(key).expect("the caller has looked it up");
    let len = zset.as_ref().len();
    zset.remove_ranks(if end == End::Min { 0 } else { len - count }, count);
    if let ZsetRef::Tree(ranked) = zset.as_ref() {
        ranked.prefetch_end(end == End::Max);
    }
    cx.keys.commit_object::<Zset>(key, Class::ZSET, end.event(), count as u64);
}

/// `ZPOPMIN key [count]`
pub(super) fn zpopmin(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    pop(cx, args, End::Min)
}

/// `ZPOPMAX key [count]`
pub(super) fn zpopmax(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    pop(cx, args, End::Max)
}

fn pop(cx: &mut Ctx<'_>, args: Args<'_>, end: End) -> Done {
    if args.len() > 3 {
        return Err(Refusal::SYNTAX);
    }
    let count = match args.get(2) {
        None => None,
        Some(_) => Some(args.count(2, "ERR value is out of range, must be positive")?),
    };
    let key = args[1];
    let zset = cx.keys.object::<Zset>(key, Look::Write)?;
    let taken = count.unwrap_or(1).min(zset.map_or(0, ZsetRef::len));
    let Some(zset) = zset.filter(|_| taken > 0) else {
        cx.reply.empty_array();
        return Ok(());
    };
    let nested = count.is_some() && cx.reply.version() == Version::Resp3;
    cx.reply.array(if nested { taken } else { taken * 2 });
    reply_end(&mut cx.reply, zset, end, taken, nested);
    take(cx, key, end, taken);
    Ok(())
}

/// `BZPOPMIN key [key ...] timeout`; propagates as ZPOPMIN.
pub(super) fn bzpopmin(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    blocking_pop(cx, args, End::Min)
}

/// `BZPOPMAX key [key ...] timeout`; propagates as ZPOPMAX.
pub(super) fn bzpopmax(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    blocking_pop(cx, args, End::Max)
}

fn blocking_pop(cx: &mut Ctx<'_>, args: Args<'_>, end: End) -> Done {
    let last = args.len() - 1;
    let until = args.timeout(last, cx.now())?;
    let keys = &args.slice()[1..last];
    for &key in keys {
        let Some(zset) = cx.keys.object::<Zset>(key, Look::Write)? else { continue };
        cx.reply.array(3);
        cx.reply.bulk(key);
        reply_end(&mut cx.reply, zset, end, 1, false);
        take(cx, key, end, 1);
        cx.rewrite(&[end.command(), key]);
        return Ok(());
    }
    wait(cx, keys, until, args);
    Ok(())
}

/// Waits for a member of one of the sorted sets; if that is not allowed, replies with nil.
fn wait(cx: &mut Ctx<'_>, keys: &[&[u8]], until: Millis, args: Args<'_>) {
    if !cx.wait_for_keys(Want::Member, keys, until, args) {
        cx.reply.null_array();
    }
}

/// The arguments of ZMPOP and BZMPOP.
struct ManyKeys<'a> {
    keys: &'a [&'a [u8]],
    end: End,
    count: usize,
}

/// Reads `numkeys key [key ...] MIN | MAX [COUNT count]` from argument `at` on.
fn many_keys(args: Args<'_>, at: usize) -> Result<ManyKeys<'_>, Refusal> {
    let numkeys = args.positive(at, "ERR numkeys should be greater than 0")?;
    let place = numkeys.checked_add(at + 1).filter(|&place| place < args.len());
    let place = place.ok_or(Refusal::SYNTAX)?;
    let end = match () {
        () if args.is(place, "MIN") => End::Min,
        () if args.is(place, "MAX") => End::Max,
        () => return Err(Refusal::SYNTAX),
    };
    let mut count = None;
    let mut next = place + 1;
    while next < args.len() {
        if count.is_some() || !args.is(next, "COUNT") || next + 1 == args.len() {
            return Err(Refusal::SYNTAX);
        }
        count = Some(args.positive(next + 1, "ERR count should be greater than 0")?);
        next += 2;
    }
    Ok(ManyKeys { keys: &args.slice()[at + 1..place], end, count: count.unwrap_or(1) })
}

/// `ZMPOP numkeys key [key ...] MIN | MAX [COUNT count]`; propagates as ZPOPMIN or ZPOPMAX with a
/// count.
pub(super) fn zmpop(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let many = many_keys(args, 1)?;
    if !pop_first(cx, &many)? {
        cx.reply.null_array();
    }
    Ok(())
}

/// `BZMPOP timeout numkeys key [key ...] MIN | MAX [COUNT count]`; propagates as ZMPOP does.
pub(super) fn bzmpop(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let many = many_keys(args, 2)?;
    let until = args.timeout(1, cx.now())?;
    if !pop_first(cx, &many)? {
        wait(cx, many.keys, until, args);
    }
    Ok(())
}

/// Takes from the first sorted set there is; false if there is none.
/// # Errors
/// `WRONGTYPE`
fn pop_first(cx: &mut Ctx<'_>, many: &ManyKeys<'_>) -> Result<bool, Refusal> {
    for &key in many.keys {
        let Some(zset) = cx.keys.object::<Zset>(key, Look::Write)? else { continue };
        let count = many.count.min(zset.len());
        cx.reply.array(2);
        cx.reply.bulk(key);
        cx.reply.array(count);
        reply_end(&mut cx.reply, zset, many.end, count, true);
        take(cx, key, many.end, count);
        let digits = count.to_string();
        cx.rewrite(&[many.end.command(), key, digits.as_bytes()]);
        return Ok(true);
    }
    Ok(false)
}
