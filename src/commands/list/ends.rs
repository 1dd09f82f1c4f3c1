//! Both ends of a list: LPUSH, RPUSH, LPUSHX, RPUSHX, LPOP, RPOP, LMPOP, LMOVE, RPOPLPUSH.

use super::{commit_taken, end, limits, take};
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::data::packed::Item;
use crate::keyspace::access::Look;
use crate::keyspace::changes::verb;
use crate::keyspace::event::Class;
use crate::value::list::{End, Limits, List, ListMut};

/// `LPUSH key element [element ...]`
pub(super) fn lpush(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let limits = limits(cx);
    let list = cx.keys.object_or_create::<List>(args[1], List::empty)?;
    let len = push_all(list, args, End::Left, limits);
    pushed(cx, args, End::Left, len)
}

/// `RPUSH key element [element ...]`
pub(super) fn rpush(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let limits = limits(cx);
    let list = cx.keys.object_or_create::<List>(args[1], List::empty)?;
    let len = push_all(list, args, End::Right, limits);
    pushed(cx, args, End::Right, len)
}

/// `LPUSHX key element [element ...]`
pub(super) fn lpushx(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    push_existing(cx, args, End::Left)
}

/// `RPUSHX key element [element ...]`
pub(super) fn rpushx(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    push_existing(cx, args, End::Right)
}

fn push_existing(cx: &mut Ctx<'_>, args: Args<'_>, end: End) -> Done {
    let limits = limits(cx);
    let Some(list) = cx.keys.object_mut::<List>(args[1])? else {
        cx.reply.int(0);
        return Ok(());
    };
    let len = push_all(list, args, end, limits);
    pushed(cx, args, end, len)
}

/// Adds all elements that the arguments bring; returns the new length.
fn push_all(mut list: ListMut<'_>, args: Args<'_>, end: End, limits: Limits) -> usize {
    let elements = args.from(2);
    list.grow(limits, elements.iter().map(|text| text.len()).sum(), elements.len());
    elements.iter().for_each(|text| list.push(end, text));
    list.as_ref().len()
}

fn pushed(cx: &mut Ctx<'_>, args: Args<'_>, end: End, len: usize) -> Done {
    cx.reply.int(len as i64);
    cx.keys.commit_count(args[1], Class::LIST, push_event(end), args.len() as u64 - 2);
    Ok(())
}

fn push_event(end: End) -> &'static str {
    if end == End::Left { "lpush" } else { "rpush" }
}

/// `LPOP key [count]`
pub(super) fn lpop(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    pop(cx, args, End::Left)
}

/// `RPOP key [count]`
pub(super) fn rpop(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    pop(cx, args, End::Right)
}

fn pop(cx: &mut Ctx<'_>, args: Args<'_>, from: End) -> Done {
    if args.len() > 3 {
        return Err(Refusal::arity(cx.command_name()));
    }
    let count = match args.get(2) {
        None => None,
        Some(_) => Some(args.count(2, "ERR value is out of range, must be positive")?),
    };
    let (key, limits) = (args[1], limits(cx));
    let Some(list) = cx.keys.object_mut::<List>(key)? else {
        match count {
            Some(_) => cx.reply.null_array(),
            None => cx.reply.null(),
        }
        return Ok(());
    };
    if count == Some(0) {
        cx.reply.empty_array();
        return Ok(());
    }
    let taken = take(list, &mut cx.reply, from, count, limits);
    commit_taken(cx, key, &taken);
    Ok(())
}

/// The keys, the end and the number of elements of LMPOP and BLMPOP.
pub(super) struct ManyKeys<'a> {
    pub(super) keys: &'a [&'a [u8]],
    pub(super) from: End,
    pub(super) count: usize,
}

/// Reads `numkeys key [key ...] LEFT | RIGHT [COUNT count]` from argument `at` on.
/// # Errors
/// A text for each number that is out of range; `syntax error`.
pub(super) fn many_keys(args: Args<'_>, at: usize) -> Result<ManyKeys<'_>, Refusal> {
    let numkeys = args.positive(at, "ERR numkeys should be greater than 0")?;
    let place = numkeys.checked_add(at + 1).filter(|&place| place < args.len());
    let place = place.ok_or(Refusal::SYNTAX)?;
    let from = end(args, place)?;
    let mut count = None;
    let mut next = place + 1;
    while next < args.len() {
        if count.is_some() || !args.is(next, "COUNT") || next + 1 == args.len() {
            return Err(Refusal::SYNTAX);
        }
        count = Some(args.positive(next + 1, "ERR count should be greater than 0")?);
        next += 2;
    }
    Ok(ManyKeys { keys: &args.slice()[at + 1..place], from, count: count.unwrap_or(1) })
}

/// `LMPOP numkeys key [key ...] LEFT | RIGHT [COUNT count]`; propagates as LPOP or RPOP with a
/// count.
pub(super) fn lmpop(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let many = many_keys(args, 1)?;
    if !pop_first(cx, &many)? {
        cx.reply.null_array();
    }
    Ok(())
}

/// Takes from the first list there is; false if there is none.
/// # Errors
/// `WRONGTYPE`
pub(super) fn pop_first(cx: &mut Ctx<'_>, many: &ManyKeys<'_>) -> Result<bool, Refusal> {
    let limits = limits(cx);
    for &key in many.keys {
        let Some(list) = cx.keys.object_mut::<List>(key)? else { continue };
        cx.reply.array(2);
        cx.reply.bulk(key);
        let taken = take(list, &mut cx.reply, many.from, Some(many.count), limits);
        commit_taken(cx, key, &taken);
        let digits = taken.count.to_string();
        cx.rewrite(&[pop_name(many.from), key, digits.as_bytes()]);
        return Ok(true);
    }
    Ok(false)
}

/// The command that takes from this end, as it is propagated.
pub(super) fn pop_name(from: End) -> &'static [u8] {
    if from == End::Left { verb::LPOP.as_bytes() } else { verb::RPOP.as_bytes() }
}

/// `LMOVE source destination LEFT | RIGHT LEFT | RIGHT`
pub(super) fn lmove(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (from, to) = (end(args, 3)?, end(args, 4)?);
    if !move_element(cx, args, from, to)? {
        cx.reply.null();
    }
    Ok(())
}

/// `RPOPLPUSH source destination`
pub(super) fn rpoplpush(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    if !move_element(cx, args, End::Right, End::Left)? {
        cx.reply.null();
    }
    Ok(())
}

/// Moves an element between the lists that arguments 1 and 2 name, which may be one, and replies
/// with it. False if there is none.
/// # Errors
/// `WRONGTYPE`
pub(super) fn move_element(
    cx: &mut Ctx<'_>,
    args: Args<'_>,
    from: End,
    to: End,
) -> Result<bool, Refusal> {
    let (source, destination) = (args[1], args[2]);
    let limits = limits(cx);
    let Some(list) = cx.keys.object::<List>(source, Look::Write)? else {
        return Ok(false);
    };
    let index = if from == End::Left { 0 } else { list.len() - 1 };
    let item = list.get(index).expect("a list in a key is not empty");
    // Redis keeps a moved integer as one, and does not count its digits when it asks whether it
    // fits.
    let counted = if matches!(item, Item::Int(_)) { 0 } else { item.len() };
    let element = item.to_vec();
    let exists = cx.keys.object::<List>(destination, Look::Write)?.is_some();
    let mut list = cx.keys.stored_mut::<List>(source).expect("it was just found");
    list.remove(index, 1);
    if !exists {
        cx.keys.add_object(destination, List::empty());
    }
    let mut list = cx.keys.stored_mut::<List>(destination).expect("it is there or was added");
    list.grow(limits, counted, 1);
    list.push(to, &element);
    cx.keys.modified(destination);
    cx.keys.event(destination, Class::LIST, push_event(to));
    cx.reply.bulk(&element);
    super::removed(cx, source, if from == End::Left { "lpop" } else { "rpop" }, 1, limits);
    Ok(true)
}
