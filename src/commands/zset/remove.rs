//! Removing members: ZREM, ZREMRANGEBYRANK, ZREMRANGEBYSCORE, ZREMRANGEBYLEX.

use std::ops::Range;

use super::bound::{Lex, Scores};
use crate::core::args::{Args, index_range};
use crate::core::ctx::{Ctx, Done};
use crate::keyspace::event::Class;
use crate::value::zset::{Zset, ZsetRef};

/// `ZREM key member [member ...]`
pub(super) fn zrem(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let key = args[1];
    let Some(mut zset) = cx.keys.object_mut::<Zset>(key)? else {
        cx.reply.int(0);
        return Ok(());
    };
    let gone = args.from(2).iter().filter(|member| zset.remove(member)).count();
    if gone > 0 {
        cx.keys.commit_object::<Zset>(key, Class::ZSET, "zrem", gone as u64);
    }
    cx.reply.int(gone as i64);
    Ok(())
}

/// `ZREMRANGEBYRANK key start stop`
pub(super) fn zremrangebyrank(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (start, stop) = (args.int(2)?, args.int(3)?);
    remove_ranks(cx, args[1], "zremrangebyrank", |zset| index_range(start, stop, zset.len()))
}

/// `ZREMRANGEBYSCORE key min max`
pub(super) fn zremrangebyscore(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let scores = Scores::parse(args[2], args[3])?;
    remove_ranks(cx, args[1], "zremrangebyscore", |zset| scores.ranks(zset))
}

/// `ZREMRANGEBYLEX key min max`
pub(super) fn zremrangebylex(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let lex = Lex::parse(args[2], args[3])?;
    remove_ranks(cx, args[1], "zremrangebylex", |zset| lex.ranks(zset, false, 0))
}

fn remove_ranks(
    cx: &mut Ctx<'_>,
    key: &[u8],
    event: &'static str,
    ranks: impl FnOnce(ZsetRef<'_>) -> Range<usize>,
) -> Done {
    let Some(mut zset) = cx.keys.object_mut::<Zset>(key)? else {
        cx.reply.int(0);
        return Ok(());
    };
    let ranks = ranks(zset.as_ref());
    if !ranks.is_empty() {
        zset.remove_ranks(ranks.start, ranks.len());
        cx.keys.commit_object::<Zset>(key, Class::ZSET, event, ranks.len() as u64);
    }
    cx.reply.int(ranks.len() as i64);
    Ok(())
}
