//! Switches of a client's own connection.

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::core::session::ReplyMode;

pub(super) fn reply(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    if args.is(2, "ON") {
        cx.session.reply_mode = ReplyMode::On;
        cx.reply.ok();
    } else if args.is(2, "OFF") {
        cx.session.reply_mode = ReplyMode::Off;
    } else if args.is(2, "SKIP") {
        if cx.session.reply_mode != ReplyMode::Off {
            cx.session.reply_mode = ReplyMode::SkipNext;
        }
    } else {
        return Err(Refusal::SYNTAX);
    }
    Ok(())
}

fn on_or_off(args: Args<'_>) -> Result<bool, Refusal> {
    if args.is(2, "ON") {
        Ok(true)
    } else if args.is(2, "OFF") {
        Ok(false)
    } else {
        Err(Refusal::SYNTAX)
    }
}

pub(super) fn no_evict(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    cx.session.no_evict = on_or_off(args)?;
    cx.reply.ok();
    Ok(())
}

pub(super) fn no_touch(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    cx.session.no_touch = on_or_off(args)?;
    cx.reply.ok();
    Ok(())
}
