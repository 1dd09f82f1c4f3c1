//! Walking through a hash step by step: HSCAN.

use smallvec::SmallVec;

use super::reply_element;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::scan::{self, Walk};
use crate::keyspace::access::Look;
use crate::resp::encode::Reply;
use crate::value::Element;
use crate::value::hash::{Hash, HashRef, pair};

/// `HSCAN key cursor [MATCH pattern] [COUNT count]`; a small hash is shown at once.
pub(super) fn hscan(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let cursor = scan::cursor(args[2])?;
    if cx.keys.object::<Hash>(args[1], Look::Read)?.is_none() {
        scan::reply_nothing(cx);
        return Ok(());
    }
    let walk = Walk::options(args, 3)?;
    let hash = cx.keys.stored::<Hash>(args[1]).expect("it was just found");
    step(hash, cursor, walk, &mut cx.reply);
    Ok(())
}

fn step(hash: HashRef<'_>, cursor: u64, walk: Walk<'_>, reply: &mut Reply<'_>) {
    let mut found: SmallVec<[(Element<'_>, Element<'_>); 16]> = SmallVec::new();
    let shows = |field: Element<'_>| walk.shows(field.text(&mut itoa::Buffer::new()));
    let next = match hash {
        HashRef::Packed(_) => {
            found.extend(hash.iter().filter(|(field, _)| shows(*field)));
            0
        }
        HashRef::Table(table) => table.table().scan_count(cursor, walk.count, |entry| {
            if walk.shows(entry.key()) {
                found.push(pair(entry));
            }
        }),
    };
    reply.array(2);
    reply.bulk_int(next as i64);
    reply.array(2 * found.len());
    for (field, value) in found {
        reply_element(reply, field);
        reply_element(reply, value);
    }
}
