//! Walking through a set step by step: SSCAN.

use smallvec::SmallVec;

use super::reply_member;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::scan::{self, Walk};
use crate::data::packed::Item;
use crate::keyspace::access::Look;
use crate::resp::encode::Reply;
use crate::value::set::{Set, SetRef};

/// `SSCAN key cursor [MATCH pattern] [COUNT count]`; a small set is shown at once.
pub(super) fn sscan(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let cursor = scan::cursor(args[2])?;
    if cx.keys.object::<Set>(args[1], Look::Read)?.is_none() {
        scan::reply_nothing(cx);
        return Ok(());
    }
    let walk = Walk::options(args, 3)?;
    let set = cx.keys.stored::<Set>(args[1]).expect("it was just found");
    step(set, cursor, walk, &mut cx.reply);
    Ok(())
}

fn step(set: SetRef<'_>, cursor: u64, walk: Walk<'_>, reply: &mut Reply<'_>) {
    let mut found: SmallVec<[Item<'_>; 16]> = SmallVec::new();
    let next = match set {
        SetRef::Table(table) => table.table().scan_count(cursor, walk.count, |entry| {
            if walk.shows(entry.key()) {
                found.push(Item::Text(entry.key()));
            }
        }),
        SetRef::Ints(_) | SetRef::Packed(_) => {
            let shows = |member: &Item<'_>| walk.shows(member.text(&mut itoa::Buffer::new()));
            found.extend(set.iter().filter(shows));
            0
        }
    };
    reply.array(2);
    reply.bulk_int(next as i64);
    reply.array(found.len());
    for member in found {
        reply_member(reply, member);
    }
}
