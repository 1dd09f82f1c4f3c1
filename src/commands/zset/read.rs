//! Reading single members: ZCARD, ZSCORE, ZMSCORE, ZRANK, ZREVRANK, ZCOUNT, ZLEXCOUNT, ZRANDMEMBER,
//! ZSCAN.

use super::bound::{Lex, Scores};
use super::{reply_entry, reply_header, reply_member, reply_score};
use crate::base::hash::FxSet;
use crate::base::num::{format_double, format_double_17g};
use crate::base::prng::Prng;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::core::scan::{self, Walk};
use crate::keyspace::access::Look;
use crate::resp::encode::Reply;
use crate::value::zset::{Zset, ZsetRef};

/// `ZCARD key`
pub(super) fn zcard(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let zset = cx.keys.object::<Zset>(args[1], Look::Read)?;
    cx.reply.int(zset.map_or(0, |zset| zset.len() as i64));
    Ok(())
}

/// `ZSCORE key member`
pub(super) fn zscore(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let zset = cx.keys.object::<Zset>(args[1], Look::Read)?;
    match zset.and_then(|zset| zset.score(args[2])) {
        Some(score) => reply_score(&mut cx.reply, score),
        None => cx.reply.null(),
    }
    Ok(())
}

/// `ZMSCORE key member [member ...]`
pub(super) fn zmscore(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let zset = cx.keys.object::<Zset>(args[1], Look::Read)?;
    cx.reply.array(args.len() - 2);
    for member in args.from(2) {
        match zset.and_then(|zset| zset.score(member)) {
            Some(score) => reply_score(&mut cx.reply, score),
            None => cx.reply.null(),
        }
    }
    Ok(())
}

/// `ZRANK key member [WITHSCORE]`
pub(super) fn zrank(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    rank(cx, args, false)
}

/// `ZREVRANK key member [WITHSCORE]`
pub(super) fn zrevrank(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    rank(cx, args, true)
}

fn rank(cx: &mut Ctx<'_>, args: Args<'_>, reverse: bool) -> Done {
    if args.len() > 4 {
        return Err(Refusal::arity(cx.command_name()));
    }
    let with_score = args.len() == 4;
    if with_score && !args.is(3, "WITHSCORE") {
        return Err(Refusal::SYNTAX);
    }
    let zset = cx.keys.object::<Zset>(args[1], Look::Read)?;
    let found = zset.and_then(|zset| {
        let (rank, score) = zset.rank(args[2])?;
        Some((if reverse { zset.len() - 1 - rank } else { rank }, score))
    });
    match (found, with_score) {
        (Some((rank, _)), false) => cx.reply.int(rank as i64),
        (Some((rank, score)), true) => {
            cx.reply.array(2);
            cx.reply.int(rank as i64);
            reply_score(&mut cx.reply, score);
        }
        (None, false) => cx.reply.null(),
        (None, true) => cx.reply.null_array(),
    }
    Ok(())
}

/// `ZCOUNT key min max`
pub(super) fn zcount(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let scores = Scores::parse(args[2], args[3])?;
    let zset = cx.keys.object::<Zset>(args[1], Look::Read)?;
    cx.reply.int(zset.map_or(0, |zset| scores.ranks(zset).len() as i64));
    Ok(())
}

/// `ZLEXCOUNT key min max`
pub(super) fn zlexcount(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let lex = Lex::parse(args[2], args[3])?;
    let zset = cx.keys.object::<Zset>(args[1], Look::Read)?;
    cx.reply.int(zset.map_or(0, |zset| lex.ranks(zset, false, 0).len() as i64));
    Ok(())
}

/// `ZRANDMEMBER key [count [WITHSCORES]]`
pub(super) fn zrandmember(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    if args.len() == 2 {
        return random_one(cx, args[1]);
    }
    let count = args.int_in(2, -i64::MAX, i64::MAX)?;
    let scores = args.len() == 4 && args.is(3, "WITHSCORES");
    if args.len() > 3 && !scores {
        return Err(Refusal::SYNTAX);
    }
    if scores && count.unsigned_abs() > i64::MAX as u64 / 2 {
        return Err(Refusal::OUT_OF_RANGE);
    }
    // The generator moves on only if the command picks something.
    let mut rng = cx.keys.space.rng.clone();
    let Some(zset) = cx.keys.object::<Zset>(args[1], Look::Read)? else {
        cx.reply.empty_array();
        return Ok(());
    };
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let reply = &mut cx.reply;
    if wanted == 0 {
        reply.empty_array();
    } else if count < 0 || wanted == 1 {
        reply_header(reply, wanted, scores);
        for _ in 0..wanted {
            if reply.is_over_limit() {
                return Err(Refusal::OVER_OUTPUT_LIMIT);
            }
            let rank = rng.below(zset.len() as u64) as usize;
            reply_rank(reply, zset, rank, scores);
        }
    } else if wanted >= zset.len() {
        reply_header(reply, zset.len(), scores);
        for (member, score) in zset.iter_back_from(zset.len() - 1) {
            reply_entry(reply, member, score, scores);
        }
    } else {
        reply_header(reply, wanted, scores);
        reply_sample(reply, zset, wanted, scores, &mut rng);
    }
    cx.keys.space.rng = rng;
    Ok(())
}

fn random_one(cx: &mut Ctx<'_>, key: &[u8]) -> Done {
    let mut rng = cx.keys.space.rng.clone();
    let Some(zset) = cx.keys.object::<Zset>(key, Look::Read)? else {
        cx.reply.null();
        return Ok(());
    };
    let rank = rng.below(zset.len() as u64) as usize;
    let (member, _) = zset.iter_from(rank).next().expect("the rank is below the length");
    reply_member(&mut cx.reply, member);
    cx.keys.space.rng = rng;
    Ok(())
}

fn reply_rank(reply: &mut Reply<'_>, zset: ZsetRef<'_>, rank: usize, scores: bool) {
    let (member, score) = zset.iter_from(rank).next().expect("the rank is below the length");
    reply_entry(reply, member, score, scores);
}

/// Writes `count` distinct members, fewer than there are. Cost: O(count log n), or O(n) if that is
/// less.
fn reply_sample(
    reply: &mut Reply<'_>,
    zset: ZsetRef<'_>,
    count: usize,
    scores: bool,
    rng: &mut Prng,
) {
    let len = zset.len();
    if matches!(zset, ZsetRef::Packed(_)) || count * 3 > len {
        // Each member is taken with the chance that is left for it, in order.
        let mut left = count;
        for (rank, (member, score)) in zset.iter().enumerate() {
            if rng.below((len - rank) as u64) < left as u64 {
                reply_entry(reply, member, score, scores);
                left -= 1;
            }
        }
        return;
    }
    let mut seen: FxSet<usize> = FxSet::default();
    while seen.len() < count {
        let rank = rng.below(len as u64) as usize;
        if seen.insert(rank) {
            reply_rank(reply, zset, rank, scores);
        }
    }
}

/// `ZSCAN key cursor [MATCH pattern] [COUNT count]`; a small sorted set is shown at once.
pub(super) fn zscan(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let cursor = scan::cursor(args[2])?;
    if cx.keys.object::<Zset>(args[1], Look::Read)?.is_none() {
        scan::reply_nothing(cx);
        return Ok(());
    }
    let walk = Walk::options(args, 3)?;
    let zset = cx.keys.stored::<Zset>(args[1]).expect("it was just found");
    let mut found = Vec::new();
    let next = match zset {
        ZsetRef::Packed(_) => {
            let mut scratch = itoa::Buffer::new();
            for (member, score) in zset.iter() {
                let name = member.text(&mut scratch);
                if walk.shows(name) {
                    found.push((name.to_vec(), format_double(score)));
                }
            }
            0
        }
        ZsetRef::Tree(ranked) => ranked.table().scan_count(cursor, walk.count, |entry| {
            if walk.shows(entry.key()) {
                let score = ranked.score(entry.key()).expect("the table has this member");
                found.push((entry.key().to_vec(), format_double_17g(score)));
            }
        }),
    };
    cx.reply.array(2);
    cx.reply.bulk_int(next as i64);
    cx.reply.array(2 * found.len());
    for (member, score) in found {
        cx.reply.bulk(member);
        cx.reply.bulk(&score[..]);
    }
    Ok(())
}
