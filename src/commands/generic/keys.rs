//! Existence: DEL, UNLINK, EXISTS, TOUCH, TYPE.

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::keyspace::access::Look;
use crate::keyspace::event::Class;

/// DEL and UNLINK are one: a large value is never freed on this thread.
pub(super) fn del(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let mut removed = 0;
    for key in args.from(1) {
        if cx.keys.delete(key) {
            cx.keys.commit(key, Class::GENERIC, "del");
            removed += 1;
        }
    }
    cx.reply.int(removed);
    Ok(())
}

pub(super) fn exists(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let count = args.from(1).iter().filter(|key| cx.keys.exists(key)).count();
    cx.reply.int(count as i64);
    Ok(())
}

/// Marks keys as used, also for a client that asked not to (CLIENT NO-TOUCH): that is what it is
/// for.
pub(super) fn touch(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let before = std::mem::replace(&mut cx.keys.touch, true);
    let count = args.from(1).iter().filter(|key| cx.keys.read(key).is_some()).count();
    cx.keys.touch = before;
    cx.reply.int(count as i64);
    Ok(())
}

pub(super) fn type_of(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let record = cx.keys.find(args[1], Look::ReadNoTouch);
    cx.reply.status(record.map_or("none", |record| record.kind().name()));
    Ok(())
}
