//! The server's life: when it last saved, what it is, and its end.

use crate::config::SignalFlags;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;

pub(super) fn shutdown(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    const OPTIONS: [(&str, SignalFlags); 4] = [
        ("NOSAVE", SignalFlags::NOSAVE),
        ("SAVE", SignalFlags::SAVE),
        ("NOW", SignalFlags::NOW),
        ("FORCE", SignalFlags::FORCE),
    ];
    let mut wish = SignalFlags::default();
    let mut abort = false;
    for index in 1..args.len() {
        match OPTIONS.iter().find(|(word, _)| args.is(index, word)) {
            Some((_, option)) => wish = wish.or(*option),
            None if args.is(index, "ABORT") => abort = true,
            None => return Err(Refusal::SYNTAX),
        }
    }
    let both = SignalFlags::SAVE.or(SignalFlags::NOSAVE);
    if abort && wish != SignalFlags::default() || wish.has(both) {
        return Err(Refusal::SYNTAX);
    }
    if abort {
        if !cx.world.abort_stop() {
            return Err(Refusal::fixed("ERR No shutdown in progress."));
        }
        cx.reply.ok();
        return Ok(());
    }
    if cx.session.multi.active && !wish.has(SignalFlags::NOW) {
        return Err(Refusal::fixed(
            "ERR SHUTDOWN without NOW or ABORT isn't allowed for DENY BLOCKING client",
        ));
    }
    if let Some(running) = &cx.world.scripts.running
        && !wish.has(SignalFlags::NOSAVE)
    {
        return Err(running.busy());
    }
    if !cx.world.stop(wish) {
        return Err(Refusal::fixed("ERR Errors trying to SHUTDOWN. Check logs."));
    }
    cx.session.dead = true;
    Ok(())
}

/// Nothing has been saved since the start.
pub(super) fn lastsave(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    cx.reply.int(cx.world.started / 1000);
    Ok(())
}
