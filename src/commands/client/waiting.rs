//! Making clients wait, and ending their wait: CLIENT PAUSE, UNPAUSE, UNBLOCK.

use crate::base::id::ClientId;
use crate::core::args::Args;
use crate::core::block::Ending;
use crate::core::block::pause::Paused;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;

/// Arguments beyond those that a subcommand has are reported by the container.
fn check_arity(args: Args<'_>) -> Result<(), Refusal> {
    if args.len() > 4 { Err(Refusal::unknown_subcommand(args)) } else { Ok(()) }
}

pub(super) fn pause(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    check_arity(args)?;
    let what = match () {
        () if args.len() < 4 || args.is(3, "ALL") => Paused::All,
        () if args.is(3, "WRITE") => Paused::Writes,
        () => return Err(Refusal::fixed("ERR CLIENT PAUSE mode must be WRITE or ALL")),
    };
    let until = args.timeout_ms(2, cx.now())?;
    cx.pause(what, until);
    cx.reply.ok();
    Ok(())
}

/// Cost: O(clients held back).
pub(super) fn unpause(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    cx.unpause();
    cx.reply.ok();
    Ok(())
}

pub(super) fn unblock(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    check_arity(args)?;
    let how = match () {
        () if args.len() < 4 || args.is(3, "TIMEOUT") => Ending::Timeout,
        () if args.is(3, "ERROR") => Ending::Error,
        () => {
            return Err(Refusal::fixed("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"));
        }
    };
    let id = args.int(2)?;
    let target = cx.world.sessions.by_id(ClientId(id as u64));
    let ended = target.is_some_and(|client| cx.end_wait(client, how));
    cx.reply.int(i64::from(ended));
    Ok(())
}
