//! Subscribing and ending it.

use bytes::Bytes;

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::pubsub::Kind;

pub(super) fn subscribe(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    args.from(1).iter().for_each(|name| cx.subscribe(Kind::Channel, name));
    Ok(())
}

pub(super) fn psubscribe(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    args.from(1).iter().for_each(|name| cx.subscribe(Kind::Pattern, name));
    Ok(())
}

/// Unlike its siblings it is refused in a transaction.
pub(super) fn ssubscribe(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    if cx.session.multi.active {
        let name = cx.command_name().to_ascii_uppercase();
        return Err(Refusal::new(format!("ERR {name} isn't allowed for a DENY BLOCKING client")));
    }
    args.from(1).iter().for_each(|name| cx.subscribe(Kind::Shard, name));
    Ok(())
}

pub(super) fn unsubscribe(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    leave(cx, args, Kind::Channel)
}

pub(super) fn punsubscribe(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    leave(cx, args, Kind::Pattern)
}

pub(super) fn sunsubscribe(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    leave(cx, args, Kind::Shard)
}

/// Ends the subscriptions given, or all of a kind. Something is confirmed even if there is none.
fn leave(cx: &mut Ctx<'_>, args: Args<'_>, kind: Kind) -> Done {
    if args.len() > 1 {
        args.from(1).iter().for_each(|name| cx.unsubscribe(kind, Some(name)));
        return Ok(());
    }
    let names: Vec<Bytes> = cx.session.push.subscriptions.names(kind).cloned().collect();
    if names.is_empty() {
        cx.unsubscribe(kind, None);
    }
    names.iter().for_each(|name| cx.unsubscribe(kind, Some(name)));
    Ok(())
}
