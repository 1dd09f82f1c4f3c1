//! Taking members out at random: SPOP.

use bytes::Bytes;

use super::algebra::reply_union;
use super::limits;
use crate::base::prng::Prng;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done, Propagation};
use crate::core::refusal::Refusal;
use crate::data::packed::{Item, OneWay};
use crate::keyspace::access::Look;
use crate::keyspace::changes::verb;
use crate::keyspace::event::Class;
use crate::value::Value;
use crate::value::sample::Sampler;
use crate::value::set::{Set, SetLimits, SetMut, SetRef};

/// A large set of which less than a part in this many stays is built anew.
const REBUILD_FACTOR: usize = 5;
/// Members of one SREM.
const BATCH: usize = 1024;

/// `SPOP key [count]`
///
/// Cost: O(count); O(members) for a run, or if nearly all are taken. Propagates as `SREM`, or as
/// `DEL` if nothing is left of a count.
pub(super) fn spop(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    match args.len() {
        2 => one(cx, args[1]),
        3 => several(cx, args),
        _ => Err(Refusal::SYNTAX),
    }
}

fn one(cx: &mut Ctx<'_>, key: &[u8]) -> Done {
    let mut rng = cx.keys.space.rng.clone();
    let Some(set) = cx.keys.object_mut::<Set>(key)? else {
        cx.reply.null();
        return Ok(());
    };
    let emptied = set.as_ref().len() == 1;
    let member = take_random(set, &mut rng);
    cx.keys.space.rng = rng;
    cx.keys.commit_taken(key, Class::SET, "spop", 1, emptied);
    cx.rewrite(&[verb::SREM.as_bytes(), key, &member]);
    cx.reply.bulk(&member);
    Ok(())
}

/// Removes a random member of a set that has some.
fn take_random(mut set: SetMut<'_>, rng: &mut Prng) -> Vec<u8> {
    let member = set.as_ref().random(rng).expect("a stored set has members").to_vec();
    set.remove(Item::Text(&member));
    member
}

fn several(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let count = usize::try_from(args.not_negative(2)?).unwrap_or(usize::MAX);
    let key = args[1];
    let (Some(size), 1..) = (cx.keys.object::<Set>(key, Look::Write)?.map(SetRef::len), count)
    else {
        cx.reply.set(0);
        return Ok(());
    };
    cx.keys.event(key, Class::SET, "spop");
    cx.keys.dirty(size.min(count) as u64);
    if count >= size {
        return all(cx, key);
    }
    let (limits, mut rng) = (limits(cx), cx.keys.space.rng.clone());
    let set = cx.keys.stored_mut::<Set>(key).expect("it was just found");
    let rest = size - count;
    let rebuilt = rest.saturating_mul(REBUILD_FACTOR) <= count;
    let members = match set.as_ref() {
        SetRef::Packed(_) if !rebuilt => take_from_run(set, count, &mut rng),
        SetRef::Packed(_) | SetRef::Table(_) if rebuilt => {
            take_by_walk(set, count, &mut rng, &limits, Set::packed())
        }
        SetRef::Ints(_) if rebuilt => take_by_walk(set, count, &mut rng, &limits, Set::of_ints()),
        _ => take_one_by_one(set, count, &mut rng),
    };
    cx.keys.space.rng = rng;
    cx.reply.set(count);
    members.iter().for_each(|member| cx.reply.bulk(member));
    propagate_removal(cx, key, members);
    cx.keys.modified(key);
    Ok(())
}

/// Takes the whole set.
fn all(cx: &mut Ctx<'_>, key: &[u8]) -> Done {
    reply_union(cx, &[key])?;
    cx.keys.remove(key);
    cx.keys.event(key, Class::GENERIC, "del");
    let unlink = cx.world.config.lazyfree_lazy_server_del;
    cx.rewrite(&[verb::removal(unlink).as_bytes(), key]);
    cx.keys.modified(key);
    Ok(())
}

fn take_one_by_one(mut set: SetMut<'_>, count: usize, rng: &mut Prng) -> Vec<Bytes> {
    let take = |_| {
        let member = set.as_ref().random(rng).expect("fewer are taken than there are").to_vec();
        set.remove(Item::Text(&member));
        Bytes::from(member)
    };
    (0..count).map(take).collect()
}

/// Takes members of a run during one walk.
fn take_from_run(mut set: SetMut<'_>, count: usize, rng: &mut Prng) -> Vec<Bytes> {
    let members = set.as_ref();
    let mut sampler = Sampler::new(members.len(), count);
    let mut taken = Vec::with_capacity(count);
    let rest = OneWay::from_items(members.iter().filter(|member| {
        let chosen = sampler.choose(rng);
        if chosen {
            taken.push(Bytes::from(member.to_vec()));
        }
        !chosen
    }));
    set.replace(Value::SetPacked(rest));
    taken
}

/// Takes members during one walk; what stays becomes the set `rest`, empty at first.
fn take_by_walk(
    mut set: SetMut<'_>,
    count: usize,
    rng: &mut Prng,
    limits: &SetLimits,
    mut rest: Value,
) -> Vec<Bytes> {
    let mut sampler = Sampler::new(set.as_ref().len(), count);
    let mut taken = Vec::with_capacity(count);
    let mut kept = SetMut::of(&mut rest);
    for member in set.as_ref().iter() {
        if sampler.choose(rng) {
            taken.push(Bytes::from(member.to_vec()));
        } else {
            kept.insert(member, limits);
        }
    }
    set.replace(rest);
    taken
}

/// Propagates SREM of members, in batches, instead of the command.
fn propagate_removal(cx: &mut Ctx<'_>, key: &[u8], members: Vec<Bytes>) {
    if !cx.keys.changes.propagate {
        return;
    }
    let command = |batch: &[Bytes]| {
        let head = [Bytes::from_static(verb::SREM.as_bytes()), Bytes::copy_from_slice(key)];
        head.into_iter().chain(batch.iter().cloned()).collect()
    };
    cx.propagation = Propagation::Apart(members.chunks(BATCH).map(command).collect());
}
