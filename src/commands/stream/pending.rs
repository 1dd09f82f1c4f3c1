//! What is pending in a consumer group: XPENDING.

use super::{end_at, no_key_or_group, reply_id, start_at};
use crate::base::time::Millis;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::access::Look;
use crate::resp::encode::Reply;
use crate::value::stream::Stream;
use crate::value::stream::group::{Group, Pending};
use crate::value::stream::id::StreamId;

/// Which pending entries to list.
struct Filter<'a> {
    idle: i64,
    start: StreamId,
    end: StreamId,
    count: i64,
    consumer: Option<&'a [u8]>,
}

/// `XPENDING key group [[IDLE milliseconds] start end count [consumer]]`
///
/// Cost: O(consumers) for the summary; O(log n) for each entry examined.
pub(super) fn xpending(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let filter = filter(args)?;
    let (key, name, now) = (args[1], args[2], cx.now());
    let Ctx { keys, reply, .. } = cx;
    let stream = keys.object::<Stream>(key, Look::Read)?;
    let Some(group) = stream.and_then(|stream| stream.group(name)) else {
        return Err(no_key_or_group(key, name, ""));
    };
    match filter {
        None => summary(reply, group),
        Some(filter) => list(reply, group, &filter, now),
    }
    Ok(())
}

fn filter(args: Args<'_>) -> Result<Option<Filter<'_>>, Refusal> {
    match args.len() {
        3 => return Ok(None),
        6..=9 => {}
        _ => return Err(Refusal::SYNTAX),
    }
    let (mut first, mut idle) = (3, 0);
    if args.is(3, "idle") {
        idle = args.int(4)?;
        if args.len() < 8 {
            return Err(Refusal::SYNTAX);
        }
        first = 5;
    }
    let count = args.int(first + 2)?.max(0);
    let start = start_at(args, first)?;
    let end = end_at(args, first + 1)?;
    Ok(Some(Filter { idle, start, end, count, consumer: args.get(first + 3) }))
}

/// How many are pending, from which ID to which, and how many for each consumer that has some.
fn summary(reply: &mut Reply<'_>, group: &Group) {
    let pending = group.pending();
    reply.array(4);
    reply.int(pending.len() as i64);
    let (Some((&first, _)), Some((&last, _))) = (pending.first(), pending.last()) else {
        reply.null();
        reply.null();
        reply.null_array();
        return;
    };
    reply_id(reply, first);
    reply_id(reply, last);
    let array = reply.deferred_array();
    let mut sent = 0;
    for (name, consumer) in group.consumers().iter() {
        if !consumer.pending().is_empty() {
            reply.array(2);
            reply.bulk(name.as_bytes());
            reply.bulk_int(consumer.pending().len() as i64);
            sent += 1;
        }
    }
    reply.resolve(array, sent);
}

fn list(reply: &mut Reply<'_>, group: &Group, filter: &Filter<'_>, now: Millis) {
    let own = match filter.consumer.map(|name| group.consumer(name)) {
        Some(None) => return reply.empty_array(),
        Some(Some(consumer)) => Some(consumer.pending()),
        None => None,
    };
    let array = reply.deferred_array();
    let mut sent = 0;
    let mut send = |(id, pending): (StreamId, &Pending)| {
        let idle = now.wrapping_sub(pending.time);
        if filter.idle != 0 && idle < filter.idle {
            return true;
        }
        reply.array(4);
        reply_id(reply, id);
        reply.bulk(pending.consumer.as_bytes());
        reply.int(idle.max(0));
        reply.int(pending.count as i64);
        sent += 1;
        sent < filter.count
    };
    if filter.count > 0 {
        match own {
            Some(own) => {
                let ids = own.iter_from(&filter.start).map(|(id, ())| *id);
                let known = |id| group.pending().get(&id).map(|pending| (id, pending));
                ids.take_while(|id| *id <= filter.end).filter_map(known).all(&mut send)
            }
            None => {
                let pending = group.pending().iter_from(&filter.start);
                let pending = pending.map(|(id, pending)| (*id, pending));
                pending.take_while(|(id, _)| *id <= filter.end).all(&mut send)
            }
        };
    }
    reply.resolve(array, sent as usize);
}
