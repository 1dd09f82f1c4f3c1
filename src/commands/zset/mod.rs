//! Commands about sorted sets.

mod add;
mod bound;
mod combine;
mod pop;
mod range;
mod read;
mod remove;
pub mod table;
#[cfg(test)]
mod tests;

pub(in crate::commands) use self::add::zadd;
use crate::base::num::format_double;
use crate::core::ctx::Ctx;
use crate::data::packed::Item;
use crate::resp::encode::{Reply, Version};
use crate::value::zset::Rules;

/// When a sorted set is small.
pub(in crate::commands) fn rules(cx: &Ctx<'_>) -> Rules {
    Rules {
        entries: usize::try_from(cx.world.config.zset_max_listpack_entries).unwrap_or(usize::MAX),
        value: usize::try_from(cx.world.config.zset_max_listpack_value).unwrap_or(usize::MAX),
        hasher: cx.keys.space.hasher(),
    }
}

/// Writes a member as a bulk string.
#[inline]
fn reply_member(reply: &mut Reply<'_>, member: Item<'_>) {
    match member {
        Item::Int(n) => reply.bulk_int(n),
        Item::Text(text) => reply.bulk(text),
    }
}

/// Writes a score as a double.
#[inline]
fn reply_score(reply: &mut Reply<'_>, score: f64) {
    reply.double_text(&format_double(score));
}

/// Writes the header of `count` members: with scores they are pairs in RESP3 and a flat array in
/// RESP2.
fn reply_header(reply: &mut Reply<'_>, count: usize, scores: bool) {
    let flat = scores && reply.version() == Version::Resp2;
    reply.array(if flat { count * 2 } else { count });
}

/// Writes a member, with its score if it is wanted.
#[inline]
fn reply_entry(reply: &mut Reply<'_>, member: Item<'_>, score: f64, scores: bool) {
    if scores && reply.version() == Version::Resp3 {
        reply.array(2);
    }
    reply_member(reply, member);
    if scores {
        reply_score(reply, score);
    }
}
