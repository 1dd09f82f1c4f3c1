//! Commands about sets.

mod algebra;
mod pop;
mod random;
mod read;
mod scan;
pub mod table;
#[cfg(test)]
mod tests;
mod write;

use crate::core::ctx::Ctx;
use crate::data::packed::Item;
use crate::resp::encode::Reply;
use crate::value::set::SetLimits;

/// Up to where a set is small.
fn limits(cx: &Ctx<'_>) -> SetLimits {
    let config = &cx.world.config;
    SetLimits {
        ints: usize::try_from(config.set_max_intset_entries).unwrap_or(usize::MAX),
        entries: usize::try_from(config.set_max_listpack_entries).unwrap_or(usize::MAX),
        value: usize::try_from(config.set_max_listpack_value).unwrap_or(usize::MAX),
        hasher: cx.keys.space.hasher(),
    }
}

/// Writes a member as a bulk reply.
#[inline]
fn reply_member(reply: &mut Reply<'_>, member: Item<'_>) {
    reply.bulk(member.text(&mut itoa::Buffer::new()));
}
