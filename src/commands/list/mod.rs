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
use crate::value::list::{End, Limits, List, ListMut, ListRef};

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

/// Replies with an element from an end of a list, which has some, or with an array of up to `count`
/// of them, and removes them. The caller says so by [`commit_taken`].
fn take(
    mut list: ListMut<'_>,
    reply: &mut Reply<'_>,
    from: End,
    count: Option<usize>,
    limits: Limits,
) -> Taken {
    let len = list.as_ref().len();
    let count = match count {
        None => {
            list.pop(from, |item| reply_item(reply, item));
            1
        }
        Some(count) => {
            let count = count.min(len);
            reply_end(reply, list.as_ref(), from, count);
            list.remove(if from == End::Left { 0 } else { len - count }, count);
            count
        }
    };
    list.shrink(limits);
    Taken { from, count, emptied: count == len }
}

/// What was taken from a list.
struct Taken {
    from: End,
    count: usize,
    /// The list has nothing left.
    emptied: bool,
}

/// Says that elements were taken from an end of the list at `key`, and ends the key of an empty
/// list.
fn commit_taken(cx: &mut Ctx<'_>, key: &[u8], taken: &Taken) {
    let event = if taken.from == End::Left { "lpop" } else { "rpop" };
    cx.keys.commit_taken(key, Class::LIST, event, taken.count as u64, taken.emptied);
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
