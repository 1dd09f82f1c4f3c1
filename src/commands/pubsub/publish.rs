//! Sending messages.

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done, Propagation};
use crate::core::push::Payload;
use crate::keyspace::changes::Targets;
use crate::pubsub::Kind;
use crate::resp::outbox::BIG_REPLY;

pub(super) fn publish(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    send(cx, args, Kind::Channel)
}

pub(super) fn spublish(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    send(cx, args, Kind::Shard)
}

/// Cost: O(receivers + patterns); a large message is not copied for each of them.
fn send(cx: &mut Ctx<'_>, args: Args<'_>, kind: Kind) -> Done {
    let receivers = if args[2].len() < BIG_REPLY {
        cx.world.publish(Some(cx.session), kind, args[1], Payload::Plain(args[2]))
    } else {
        let message = args.to_bytes(2);
        cx.world.publish(Some(cx.session), kind, args[1], Payload::Shared(&message))
    };
    cx.propagation = Propagation::Forced(Targets::REPLICAS);
    cx.reply.int(receivers as i64);
    Ok(())
}
