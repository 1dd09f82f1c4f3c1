//! Looking into sets: SCARD, SISMEMBER, SMISMEMBER.

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::data::packed::Item;
use crate::keyspace::access::Look;
use crate::value::set::Set;

/// `SCARD key`
pub(super) fn scard(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let set = cx.keys.object::<Set>(args[1], Look::Read)?;
    cx.reply.int(set.map_or(0, |set| set.len()) as i64);
    Ok(())
}

/// `SISMEMBER key member`
pub(super) fn sismember(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let set = cx.keys.object::<Set>(args[1], Look::Read)?;
    let is_member = set.is_some_and(|set| set.contains(Item::Text(args[2])));
    cx.reply.int(i64::from(is_member));
    Ok(())
}

/// `SMISMEMBER key member [member ...]`
pub(super) fn smismember(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let set = cx.keys.object::<Set>(args[1], Look::Read)?;
    cx.reply.array(args.len() - 2);
    for member in args.from(2) {
        let is_member = set.is_some_and(|set| set.contains(Item::Text(member)));
        cx.reply.int(i64::from(is_member));
    }
    Ok(())
}
