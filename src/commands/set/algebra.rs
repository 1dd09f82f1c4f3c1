//! Intersections, unions and differences of sets, and SMEMBERS, which is the intersection of one
//! set.

use std::cmp::Reverse;

use smallvec::SmallVec;

use super::{limits, reply_member};
use crate::base::num::parse_i64;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::data::packed::Item;
use crate::keyspace::access::{Keys, Look};
use crate::keyspace::event::Class;
use crate::value::Value;
use crate::value::set::{Set, SetLimits, SetMut, SetRef};

/// The sets of a command, in order.
type Sets<'a> = SmallVec<[SetRef<'a>; 8]>;

/// Looks all keys up as reads; returns how many of them do not exist.
fn find_all(keys: &mut Keys<'_>, names: &[&[u8]]) -> Result<usize, Refusal> {
    let mut missing = 0;
    for name in names {
        missing += usize::from(keys.object::<Set>(name, Look::Read)?.is_none());
    }
    Ok(missing)
}

/// The sets that were found, each key once. Two names of one set are one name.
fn found<'a>(keys: &'a Keys<'_>, names: &[&[u8]]) -> Sets<'a> {
    let is_first = |at: usize| !names[..at].contains(&names[at]);
    let distinct = (0..names.len()).filter(|&at| is_first(at));
    distinct.filter_map(|at| keys.stored::<Set>(names[at])).collect()
}

/// `SINTER key [key ...]`, and `SMEMBERS key`
pub(super) fn sinter(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let names = args.from(1);
    if find_all(&mut cx.keys, names)? > 0 {
        cx.reply.set(0);
        return Ok(());
    }
    let sets = found(&cx.keys, names);
    if let [set] = sets[..] {
        cx.reply.set(set.len());
        set.iter().for_each(|member| reply_member(&mut cx.reply, member));
        return Ok(());
    }
    let list = cx.reply.deferred_set();
    let mut count = 0;
    intersect(sets, |member| {
        reply_member(&mut cx.reply, member);
        count += 1;
        true
    });
    cx.reply.resolve(list, count);
    Ok(())
}

pub(super) use sinter as smembers;

/// `SINTERCARD numkeys key [key ...] [LIMIT limit]`
pub(super) fn sintercard(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    const NOT_POSITIVE: Refusal = Refusal::fixed("ERR numkeys should be greater than 0");
    const TOO_MANY: Refusal =
        Refusal::fixed("ERR Number of keys can't be greater than number of args");
    const NEGATIVE_LIMIT: Refusal = Refusal::fixed("ERR LIMIT can't be negative");
    let count = args.int(1).ok().filter(|&count| count > 0).ok_or(NOT_POSITIVE)?;
    let end = usize::try_from(count).ok().and_then(|count| count.checked_add(2));
    let end = end.filter(|&end| end <= args.len()).ok_or(TOO_MANY)?;
    let mut limit = 0;
    let mut at = end;
    while at < args.len() {
        if !args.is(at, "LIMIT") || at + 1 == args.len() {
            return Err(Refusal::SYNTAX);
        }
        limit = args.int(at + 1).ok().filter(|&limit| limit >= 0).ok_or(NEGATIVE_LIMIT)?;
        at += 2;
    }
    let names = &args.slice()[2..end];
    let mut cardinality = 0;
    if find_all(&mut cx.keys, names)? == 0 {
        intersect(found(&cx.keys, names), |_| {
            cardinality += 1;
            cardinality != limit
        });
    }
    cx.reply.int(cardinality);
    Ok(())
}

/// Hands out the members that all sets have, until `give` returns false.
///
/// Cost: O(size of the smallest set * number of sets).
fn intersect<'a>(mut sets: Sets<'a>, mut give: impl FnMut(Item<'a>) -> bool) {
    sets.sort_by_key(|set| set.len());
    let (first, others) = sets.split_first().expect("a command names a set");
    for member in first.iter() {
        if others.iter().all(|other| other.contains(member)) && !give(member) {
            break;
        }
    }
}

/// `SINTERSTORE destination key [key ...]`
pub(super) fn sinterstore(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let names = args.from(2);
    let mut result = Set::of_ints();
    if find_all(&mut cx.keys, names)? == 0 {
        result = intersection(found(&cx.keys, names), &limits(cx));
    }
    store(cx, args[1], result, "sinterstore")
}

/// The intersection as a set: of integers if the smallest set is or if there are no other members.
fn intersection(sets: Sets<'_>, limits: &SetLimits) -> Value {
    let smallest = sets.iter().min_by_key(|set| set.len()).expect("a command names a set");
    let is_table = matches!(smallest, SetRef::Table(_));
    let mut value =
        if matches!(smallest, SetRef::Ints(_)) { Set::of_ints() } else { Set::packed() };
    let mut result = SetMut::of(&mut value);
    let mut only_ints = true;
    intersect(sets, |member| {
        if let Item::Text(text) = member {
            only_ints = only_ints && is_table && parse_i64(text).is_some();
        }
        result.insert(member, limits);
        true
    });
    if only_ints {
        result.make_ints(limits);
    }
    value
}

/// `SUNION key [key ...]`
pub(super) fn sunion(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    reply_union(cx, args.from(1))
}

/// Replies with the members that any of the sets has.
/// # Errors
/// `WRONGTYPE`
pub(super) fn reply_union(cx: &mut Ctx<'_>, names: &[&[u8]]) -> Done {
    let result = union(cx, names)?;
    reply_set(cx, result);
    Ok(())
}

/// `SUNIONSTORE destination key [key ...]`
pub(super) fn sunionstore(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let result = union(cx, args.from(2))?;
    store(cx, args[1], result, "sunionstore")
}

/// The union as a set. Cost: O(members of all sets).
fn union(cx: &mut Ctx<'_>, names: &[&[u8]]) -> Result<Value, Refusal> {
    find_all(&mut cx.keys, names)?;
    let limits = limits(cx);
    let mut value = Set::of_ints();
    let mut result = SetMut::of(&mut value);
    for set in found(&cx.keys, names) {
        for member in set.iter() {
            result.insert(member, &limits);
        }
    }
    Ok(value)
}

/// `SDIFF key [key ...]`
pub(super) fn sdiff(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let result = difference(cx, args.from(1))?;
    reply_set(cx, result);
    Ok(())
}

/// `SDIFFSTORE destination key [key ...]`
pub(super) fn sdiffstore(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let result = difference(cx, args.from(2))?;
    store(cx, args[1], result, "sdiffstore")
}

/// What the first set has and no other one.
///
/// Cost: O(size of the first * number of sets) or O(members of all sets), whichever looks cheaper.
/// The choice shows in the encoding and the order of the result, so it is Redis's.
fn difference(cx: &mut Ctx<'_>, names: &[&[u8]]) -> Result<Value, Refusal> {
    find_all(&mut cx.keys, names)?;
    let limits = limits(cx);
    let mut value = Set::of_ints();
    let Some(first) = cx.keys.stored::<Set>(names[0]) else { return Ok(value) };
    if names[1..].contains(&names[0]) {
        return Ok(value);
    }
    // A name that is there twice counts twice.
    let mut others: Sets<'_> =
        names[1..].iter().filter_map(|name| cx.keys.stored::<Set>(name)).collect();
    let by_look_up = first.len() * (1 + others.len()) / 2;
    let by_removal = first.len() + others.iter().map(|set| set.len()).sum::<usize>();
    let mut result = SetMut::of(&mut value);
    if by_look_up <= by_removal {
        others.sort_by_key(|set| Reverse(set.len()));
        for member in first.iter() {
            if !others.iter().any(|other| other.contains(member)) {
                result.insert(member, &limits);
            }
        }
        return Ok(value);
    }
    for member in first.iter() {
        result.insert(member, &limits);
    }
    for other in others {
        for member in other.iter() {
            result.remove(member);
        }
        if result.as_ref().is_empty() {
            break;
        }
    }
    Ok(value)
}

/// Replies with all members of a set that is not stored.
fn reply_set(cx: &mut Ctx<'_>, value: Value) {
    let set = Set::view_of(&value);
    cx.reply.set(set.len());
    set.iter().for_each(|member| reply_member(&mut cx.reply, member));
    cx.keys.changes.discard(value);
}

/// Stores a result and replies with its size; an empty one removes the key.
fn store(cx: &mut Ctx<'_>, key: &[u8], value: Value, event: &'static str) -> Done {
    let size = Set::view_of(&value).len();
    if size > 0 {
        cx.keys.store_object(key, value);
        cx.keys.event(key, Class::SET, event);
        cx.keys.dirty(1);
    } else if cx.keys.remove(key) {
        cx.keys.commit(key, Class::GENERIC, "del");
    }
    cx.reply.int(size as i64);
    Ok(())
}
