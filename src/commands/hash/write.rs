//! Changing hashes: HSET, HMSET, HSETNX, HDEL.

use super::limits;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::event::Class;
use crate::value::hash::{Hash, NewValue, SHARED_MIN};

/// Argument `index` as a value to store, in its own buffer if it has one.
fn new_value<'a>(args: Args<'a>, index: usize) -> NewValue<'a> {
    if args[index].len() >= SHARED_MIN
        && let Some(buffer) = args.buffer(index)
    {
        return NewValue::Owned(buffer);
    }
    NewValue::Text(args.at(index))
}

/// Sets all pairs; returns how many fields are new.
fn set_pairs(cx: &mut Ctx<'_>, args: Args<'_>) -> Result<usize, Refusal> {
    if args.len() % 2 == 1 {
        return Err(Refusal::arity(cx.command_name()));
    }
    let (key, limits) = (args[1], limits(cx));
    let mut hash = cx.keys.object_or_create::<Hash>(key, Hash::empty)?;
    hash.prepare(args.from(2), &limits);
    let mut created = 0;
    for at in (2..args.len()).step_by(2) {
        created += usize::from(hash.set(args[at], new_value(args, at + 1), &limits));
    }
    cx.keys.commit_count(key, Class::HASH, "hset", (args.len() as u64 - 2) / 2);
    Ok(created)
}

/// `HSET key field value [field value ...]`
pub(super) fn hset(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let created = set_pairs(cx, args)?;
    cx.reply.int(created as i64);
    Ok(())
}

/// `HMSET key field value [field value ...]`
pub(super) fn hmset(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    set_pairs(cx, args)?;
    cx.reply.ok();
    Ok(())
}

/// `HSETNX key field value`
pub(super) fn hsetnx(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (key, limits) = (args[1], limits(cx));
    let mut hash = cx.keys.object_or_create::<Hash>(key, Hash::empty)?;
    if hash.as_ref().get(args[2]).is_some() {
        cx.reply.int(0);
        return Ok(());
    }
    hash.prepare(args.from(2), &limits);
    hash.set(args[2], new_value(args, 3), &limits);
    cx.keys.commit(key, Class::HASH, "hset");
    cx.reply.int(1);
    Ok(())
}

/// `HDEL key field [field ...]`
pub(super) fn hdel(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let mut deleted = 0;
    if let Some(mut hash) = cx.keys.object_mut::<Hash>(args[1])? {
        deleted = args.from(2).iter().filter(|field| hash.remove(field)).count();
    }
    if deleted > 0 {
        cx.keys.commit_object::<Hash>(args[1], Class::HASH, "hdel", deleted as u64);
    }
    cx.reply.int(deleted as i64);
    Ok(())
}
