//! SLOWLOG: the last slow commands.

use crate::base::num::parse_i64;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;

/// Entries shown if no number is given.
const DEFAULT_COUNT: i64 = 10;

/// Cost: O(entries shown).
pub(super) fn get(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let count = match args.len() {
        2 => Some(DEFAULT_COUNT),
        3 => parse_i64(args[2]).filter(|&count| count >= -1),
        _ => return Err(Refusal::unknown_subcommand(args)),
    };
    let count = count.ok_or(Refusal::fixed("ERR count should be greater than or equal to -1"))?;
    let entries = cx.world.observe.slowlog.entries();
    // A count of -1 stands for all.
    let count = usize::try_from(count).unwrap_or(usize::MAX).min(entries.len());
    cx.reply.array(count);
    for entry in entries.take(count) {
        cx.reply.array(6);
        cx.reply.int(entry.id as i64);
        cx.reply.int(entry.at);
        cx.reply.int(entry.micros as i64);
        cx.reply.array(entry.argv.len());
        entry.argv.iter().for_each(|arg| cx.reply.bulk(arg));
        cx.reply.bulk(&entry.peer);
        cx.reply.bulk(&entry.name);
    }
    Ok(())
}

pub(super) fn len(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    cx.reply.int(cx.world.observe.slowlog.entries().len() as i64);
    Ok(())
}

pub(super) fn reset(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    cx.world.observe.slowlog.reset();
    cx.reply.ok();
    Ok(())
}
