//! Adding, removing and moving members: SADD, SREM, SMOVE.

use super::limits;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::data::packed::Item;
use crate::keyspace::access::Look;
use crate::keyspace::event::Class;
use crate::value::set::{Set, SetMut};

/// `SADD key member [member ...]`
pub(super) fn sadd(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (key, limits, size) = (args[1], limits(cx), args.len() - 2);
    let make = || Set::for_member(args[2], size, &limits);
    let mut set = cx.keys.object_or_create::<Set>(key, make)?;
    set.expect_members(size, &limits);
    let add = |member: &&&[u8]| set.insert(Item::Text(member), &limits);
    let added = args.from(2).iter().filter(add).count();
    if added > 0 {
        cx.keys.commit_count(key, Class::SET, "sadd", added as u64);
    }
    cx.reply.int(added as i64);
    Ok(())
}

/// `SREM key member [member ...]`
pub(super) fn srem(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let mut removed = 0;
    if let Some(mut set) = cx.keys.object_mut::<Set>(args[1])? {
        removed = args.from(2).iter().filter(|member| set.remove(Item::Text(member))).count();
    }
    if removed > 0 {
        cx.keys.commit_object::<Set>(args[1], Class::SET, "srem", removed as u64);
    }
    cx.reply.int(removed as i64);
    Ok(())
}

/// `SMOVE source destination member`
pub(super) fn smove(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (source, destination, member) = (args[1], args[2], Item::Text(args[3]));
    let limits = limits(cx);
    let from = cx.keys.object::<Set>(source, Look::Write).map(|set| set.is_some());
    let to = cx.keys.object::<Set>(destination, Look::Write).map(|set| set.is_some());
    // A missing source wins over a destination of another type.
    if from == Ok(false) {
        cx.reply.int(0);
        return Ok(());
    }
    from?;
    let to = to?;
    let mut set = cx.keys.stored_mut::<Set>(source).expect("it was just found");
    if source == destination {
        let is_member = set.as_ref().contains(member);
        cx.reply.int(i64::from(is_member));
        return Ok(());
    }
    if !set.remove(member) {
        cx.reply.int(0);
        return Ok(());
    }
    cx.keys.commit_object::<Set>(source, Class::SET, "srem", 1);
    if !to {
        cx.keys.add_object(destination, Set::for_member(args[3], 1, &limits));
    }
    let mut set: SetMut<'_> = cx.keys.stored_mut::<Set>(destination).expect("found or added");
    if set.insert(member, &limits) {
        cx.keys.commit(destination, Class::SET, "sadd");
    }
    cx.reply.int(1);
    Ok(())
}
