//! The server's life: when it last saved, what it is, and its end.

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::host::Level;
use crate::core::refusal::Refusal;

/// What SHUTDOWN is told.
#[derive(Default)]
struct Wish {
    save: bool,
    nosave: bool,
    now: bool,
    force: bool,
    abort: bool,
}

pub(super) fn shutdown(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let mut wish = Wish::default();
    for index in 1..args.len() {
        let words = [
            ("NOSAVE", &mut wish.nosave),
            ("SAVE", &mut wish.save),
            ("NOW", &mut wish.now),
            ("FORCE", &mut wish.force),
            ("ABORT", &mut wish.abort),
        ];
        let Some((_, flag)) = words.into_iter().find(|(word, _)| args.is(index, word)) else {
            return Err(Refusal::SYNTAX);
        };
        *flag = true;
    }
    let others = wish.save || wish.nosave || wish.now || wish.force;
    if wish.abort && others || wish.save && wish.nosave {
        return Err(Refusal::SYNTAX);
    }
    if wish.abort {
        return Err(Refusal::fixed("ERR No shutdown in progress."));
    }
    if cx.session.multi.active && !wish.now {
        return Err(Refusal::fixed(
            "ERR SHUTDOWN without NOW or ABORT isn't allowed for DENY BLOCKING client",
        ));
    }
    cx.world.log(Level::Notice, "User requested shutdown...");
    if wish.save && !wish.force {
        let line =
            "Error trying to save the DB, can't exit: this version does not write snapshots.";
        cx.world.log(Level::Warning, line);
        return Err(Refusal::fixed("ERR Errors trying to SHUTDOWN. Check logs."));
    }
    cx.session.dead = true;
    cx.world.shutdown = true;
    Ok(())
}

/// Nothing has been saved since the start.
pub(super) fn lastsave(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    cx.reply.int(cx.world.started / 1000);
    Ok(())
}
