//! Commands about hashes.

mod incr;
mod random;
mod read;
mod scan;
pub mod table;
#[cfg(test)]
mod tests;
mod write;

use crate::core::ctx::Ctx;
use crate::resp::encode::Reply;
use crate::value::Element;
use crate::value::hash::HashLimits;

/// Up to where a hash is small.
fn limits(cx: &Ctx<'_>) -> HashLimits {
    let config = &cx.world.config;
    HashLimits {
        entries: usize::try_from(config.hash_max_listpack_entries).unwrap_or(usize::MAX),
        value: usize::try_from(config.hash_max_listpack_value).unwrap_or(usize::MAX),
        hasher: cx.keys.space.hasher(),
    }
}

/// Writes a field or a value as a bulk reply, by reference if it is large.
#[inline]
fn reply_element(reply: &mut Reply<'_>, element: Element<'_>) {
    match element {
        Element::Item(item) => reply.bulk(item.text(&mut itoa::Buffer::new())),
        Element::Shared(bytes) => reply.bulk_shared(bytes),
    }
}
