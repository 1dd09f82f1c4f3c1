//! PUBSUB: which channels have subscribers.

use crate::base::glob::matches;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::pubsub::Kind;

pub(super) fn channels(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    names(cx, args, Kind::Channel)
}

pub(super) fn shardchannels(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    names(cx, args, Kind::Shard)
}

/// Cost: O(names).
fn names(cx: &mut Ctx<'_>, args: Args<'_>, kind: Kind) -> Done {
    if args.len() > 3 {
        return Err(Refusal::unknown_subcommand(args));
    }
    let list = cx.reply.deferred_array();
    let mut count = 0;
    for name in cx.world.push.pubsub.names(kind) {
        if args.get(2).is_none_or(|pattern| matches(pattern, name, false)) {
            cx.reply.bulk(name);
            count += 1;
        }
    }
    cx.reply.resolve(list, count);
    Ok(())
}

pub(super) fn numsub(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    counts(cx, args, Kind::Channel)
}

pub(super) fn shardnumsub(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    counts(cx, args, Kind::Shard)
}

fn counts(cx: &mut Ctx<'_>, args: Args<'_>, kind: Kind) -> Done {
    let names = args.from(2);
    cx.reply.array(2 * names.len());
    for name in names {
        cx.reply.bulk(name);
        cx.reply.int(cx.world.push.pubsub.subscribers(kind, name).len() as i64);
    }
    Ok(())
}

pub(super) fn numpat(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    cx.reply.int(cx.world.push.pubsub.len(Kind::Pattern) as i64);
    Ok(())
}
