//! Whole databases: DBSIZE, FLUSHDB, FLUSHALL, SWAPDB; and TIME.

use std::ops::Range;

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done, Propagation};
use crate::core::refusal::Refusal;
use crate::keyspace::changes::{Garbage, Targets};

pub(super) fn dbsize(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    cx.reply.int(cx.keys.database().len() as i64);
    Ok(())
}

/// Checks the options of FLUSHDB and FLUSHALL. SYNC and ASYNC are one: the keys are gone when the
/// reply is sent, their memory is freed on another thread.
fn check_flush(args: Args<'_>) -> Result<(), Refusal> {
    let fits = match args.len() {
        1 => true,
        2 => args.is(1, "SYNC") || args.is(1, "ASYNC"),
        _ => false,
    };
    if fits { Ok(()) } else { Err(Refusal::SYNTAX) }
}

/// Empties databases. Cost: O(databases + watched keys in them).
fn flush(cx: &mut Ctx<'_>, databases: Range<usize>) {
    databases.clone().for_each(|db| cx.replace_database(db, None));
    cx.invalidate_all();
    for old in cx.keys.space.flush(databases) {
        cx.keys.dirty(old.len() as u64);
        if !old.is_empty() {
            cx.keys.changes.garbage.push(Garbage::Database(Box::new(old)));
        }
    }
    cx.propagation = Propagation::Forced(Targets::ALL);
    cx.reply.ok();
}

pub(super) fn flushdb(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    check_flush(args)?;
    let db = cx.keys.db;
    flush(cx, db..db + 1);
    Ok(())
}

pub(super) fn flushall(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    check_flush(args)?;
    let count = cx.keys.space.dbs.len();
    flush(cx, 0..count);
    Ok(())
}

pub(super) fn swapdb(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let first = args.int32(1).map_err(|_| Refusal::fixed("ERR invalid first DB index"))?;
    let second = args.int32(2).map_err(|_| Refusal::fixed("ERR invalid second DB index"))?;
    let count = cx.keys.space.dbs.len();
    let index = |n: i32| usize::try_from(n).ok().filter(|&db| db < count);
    let (Some(a), Some(b)) = (index(first), index(second)) else {
        return Err(Refusal::DB_INDEX);
    };
    if a != b {
        cx.replace_database(a, Some(b));
        cx.replace_database(b, Some(a));
        cx.keys.space.dbs.swap(a, b);
        cx.signal_database(a);
        cx.signal_database(b);
    }
    cx.keys.dirty(1);
    cx.reply.ok();
    Ok(())
}

pub(super) fn time(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    let running = cx.world.scripts.running.as_ref();
    let now_us = running.and_then(|script| script.served_us).unwrap_or(cx.world.tick.wall_us);
    cx.reply.array(2);
    cx.reply.bulk_int(now_us.div_euclid(1_000_000));
    cx.reply.bulk_int(now_us.rem_euclid(1_000_000));
    Ok(())
}
