//! Commands about lists.

mod blocking;
mod edit;
mod ends;
mod read;
pub mod table;
#[cfg(test)]
mod tests;

use crate::core::args::Args;
use crate::core::ctx::Ctx;
use crate::core::refusal::Refusal;
use crate::data::packed::Item;
use crate::keyspace::event::Class;
use crate::resp::encode::Reply;
use crate::value::list::{End, Limits, List, ListRef};

/// When a list becomes large, and small again.
#[inline]
pub fn limits(cx: &Ctx<'_>) -> Limits {
    let config = &cx.world.config;
    Limits { fill: config.list_max_listpack_size, depth: config.list_compress_depth }
}

/// The name of an end in an argument.
/// # Errors
/// `syntax error`
fn end(args: Args<'_>, index: usize) -> Result<End, Refusal> {
    if args.is(index, "RIGHT") {
        Ok(End::Right)
    } else if args.is(index, "LEFT") {
        Ok(End::Left)
    } else {
        Err(Refusal::SYNTAX)
    }
}

/// Writes an element as a bulk string.
#[inline]
fn reply_item(reply: &mut Reply<'_>, item: Item<'_>) {
    match item {
        Item::Int(n) => reply.bulk_int(n),
        Item::Text(text) => reply.bulk(text),
    }
}

/// Writes `count` elements from an end on, as an array.
fn reply_end(reply: &mut Reply<'_>, list: ListRef<'_>, from: End, count: usize) {
    reply.array(count);
    let items = if from == End::Left { list.iter() } else { list.iter_back() };
    items.take(count).for_each(|item| reply_item(reply, item));
}

/// Removes `count` elements, which are there, from an end of the list at `key`; says so, and ends
/// the list's key if it is empty.
fn take_from(cx: &mut Ctx<'_>, key: &[u8], from: End, count: usize) {
    let limits = limits(cx);
    let mut list = cx.keys.stored_mut::<List>(key).expect("the caller has looked it up");
    let len = list.as_ref().len();
    list.remove(if from == End::Left { 0 } else { len - count }, count);
    list.shrink(limits);
    let event = if from == End::Left { "lpop" } else { "rpop" };
    cx.keys.commit_object::<List>(key, Class::LIST, event, count as u64);
}

/// Says that elements were removed; ends the key of an empty list, makes a small one of one that
/// has become short.
fn removed(cx: &mut Ctx<'_>, key: &[u8], event: &'static str, count: u64, limits: Limits) {
    if !cx.keys.commit_object::<List>(key, Class::LIST, event, count)
        && let Some(mut list) = cx.keys.stored_mut::<List>(key)
    {
        list.shrink(limits);
    }
}
