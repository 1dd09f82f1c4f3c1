//! MULTI, EXEC, DISCARD, WATCH, UNWATCH.

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done, Propagation};
use crate::core::refusal::Refusal;
use crate::core::unit::run_nested;

pub(super) fn multi(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    if cx.session.multi.active {
        return Err(Refusal::fixed("ERR MULTI calls can not be nested"));
    }
    cx.session.multi.active = true;
    cx.reply.ok();
    Ok(())
}

pub(super) fn discard(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    if !cx.session.multi.active {
        return Err(Refusal::fixed("ERR DISCARD without MULTI"));
    }
    cx.discard_transaction();
    cx.reply.ok();
    Ok(())
}

/// Cost: that of the queued commands. What they propagate is one transaction.
pub(super) fn exec(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    if !cx.session.multi.active {
        return Err(Refusal::fixed("ERR EXEC without MULTI"));
    }
    if cx.session.multi.failed {
        cx.discard_transaction();
        return Err(Refusal::EXEC_ABORT);
    }
    if cx.watched_key_changed() {
        cx.discard_transaction();
        cx.reply.null_array();
        return Ok(());
    }
    cx.unwatch();
    let rest = args.rest();
    let queue = cx.take_queue();
    announce(cx, queue.len());
    for queued in queue.iter() {
        if cx.world.shutdown {
            break; // in the middle of a script
        }
        let command = queued.args();
        run_nested(cx, queued.id, rest.map_or(command, |rest| command.within(rest)));
    }
    cx.discard_transaction();
    cx.propagation = Propagation::Nothing;
    Ok(())
}

/// Writes the header of the replies. They are not counted against it: a command may have none
/// (CLIENT REPLY), or several (SUBSCRIBE).
fn announce(cx: &mut Ctx<'_>, replies: usize) {
    if !cx.session.reply_mode.is_silent() {
        cx.reply.raw(format!("*{replies}\r\n").as_bytes());
    }
}

pub(super) fn watch(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    if cx.session.multi.active {
        return Err(Refusal::fixed("ERR WATCH inside MULTI is not allowed"));
    }
    // A transaction that is bound to fail gains nothing from another watch.
    if !cx.session.multi.dirty {
        args.from(1).iter().for_each(|key| cx.watch(key));
    }
    cx.reply.ok();
    Ok(())
}

pub(super) fn unwatch(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    cx.unwatch();
    cx.session.multi.dirty = false;
    cx.reply.ok();
    Ok(())
}
