//! Small talk, and the selected database.

use crate::base::id::DbIndex;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;

pub(super) fn ping(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    if args.len() > 2 {
        return Err(Refusal::arity(cx.command_name()));
    }
    // A script gets its replies whatever its client has subscribed to.
    let hears = cx.session.push.restricted && cx.session.hears_messages_only();
    if hears && cx.world.scripts.running.is_none() {
        cx.reply.array(2);
        cx.reply.bulk(b"pong");
        cx.reply.bulk(args.get(1).unwrap_or(b""));
        return Ok(());
    }
    match args.get(1) {
        Some(text) => cx.reply.bulk(text),
        None => cx.reply.pong(),
    }
    Ok(())
}

pub(super) fn echo(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    cx.reply.bulk(args[1]);
    Ok(())
}

pub(super) fn quit(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    cx.reply.ok();
    cx.session.closing = true;
    Ok(())
}

pub(super) fn select(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let index = args.int32(1)?;
    if index < 0 || index as usize >= cx.keys.space.dbs.len() {
        return Err(Refusal::DB_INDEX);
    }
    cx.session.db = DbIndex(index as u32);
    cx.reply.ok();
    Ok(())
}
