//! Descriptions of streams: XINFO and its subcommands.

use super::{no_group, reply_entries, reply_entry, reply_id};
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::access::Look;
use crate::resp::encode::Reply;
use crate::value::stream::group::{Consumer, Group, Name, UNKNOWN};
use crate::value::stream::id::StreamId;
use crate::value::stream::{Data, Stream};

/// How much XINFO STREAM FULL shows of each list unless COUNT says otherwise.
const FULL_COUNT: u64 = 10;

/// `XINFO STREAM key [FULL [COUNT count]]`
///
/// Cost: O(log n); with FULL, O(groups + consumers + what is shown).
pub(super) fn stream(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let Ctx { keys, reply, .. } = cx;
    let stream = keys.object::<Stream>(args[2], Look::Read)?.ok_or(Refusal::NO_SUCH_KEY)?;
    let full = match args.len() {
        3 => None,
        4 if args.is(3, "full") => Some(FULL_COUNT),
        6 if args.is(3, "full") && args.is(4, "count") => {
            Some(u64::try_from(args.int(5)?).unwrap_or(FULL_COUNT))
        }
        _ => return Err(Refusal::unknown_subcommand(args)),
    };
    reply.map(if full.is_some() { 9 } else { 10 });
    let (nodes, radix_nodes) = stream.node_counts();
    number(reply, "length", stream.len() as i64);
    number(reply, "radix-tree-keys", nodes as i64);
    number(reply, "radix-tree-nodes", radix_nodes as i64);
    id(reply, "last-generated-id", stream.last_id);
    id(reply, "max-deleted-entry-id", stream.max_deleted_id);
    number(reply, "entries-added", stream.entries_added as i64);
    id(reply, "recorded-first-entry-id", stream.first_id());
    match full {
        None => ends(reply, stream),
        Some(count) => contents(reply, stream, count),
    }
    Ok(())
}

fn number(reply: &mut Reply<'_>, name: &str, value: i64) {
    reply.bulk(name);
    reply.int(value);
}

fn id(reply: &mut Reply<'_>, name: &str, id: StreamId) {
    reply.bulk(name);
    reply_id(reply, id);
}

/// The fields of the short form: the first and the last entry.
fn ends(reply: &mut Reply<'_>, stream: &Data) {
    number(reply, "groups", stream.groups().len() as i64);
    let (min, max) = (StreamId::MIN, StreamId::MAX);
    reply.bulk("first-entry");
    match stream.range(min, max).next() {
        Some(entry) => reply_entry(reply, entry),
        None => reply.null(),
    }
    reply.bulk("last-entry");
    match stream.range_back(min, max).next() {
        Some(entry) => reply_entry(reply, entry),
        None => reply.null(),
    }
}

/// The fields of the full form; at most `count` of each list, 0: all.
fn contents(reply: &mut Reply<'_>, stream: &Data, count: u64) {
    reply.bulk("entries");
    reply_entries(reply, stream.range(StreamId::MIN, StreamId::MAX), count);
    let most = if count == 0 { usize::MAX } else { count as usize };
    reply.bulk("groups");
    reply.array(stream.groups().len());
    for (name, group) in stream.groups().iter() {
        reply.map(7);
        reply.bulk("name");
        reply.bulk(name.as_bytes());
        position(reply, stream, group);
        number(reply, "pel-count", group.pending().len() as i64);
        reply.bulk("pending");
        reply.array(group.pending().len().min(most));
        for (id, pending) in group.pending().iter().take(most) {
            reply.array(4);
            reply_id(reply, *id);
            reply.bulk(pending.consumer.as_bytes());
            reply.int(pending.time);
            reply.int(pending.count as i64);
        }
        reply.bulk("consumers");
        reply.array(group.consumers().len());
        for (name, consumer) in group.consumers().iter() {
            full_consumer(reply, group, name, consumer, most);
        }
    }
}

/// How far a group has read.
fn position(reply: &mut Reply<'_>, stream: &Data, group: &Group) {
    id(reply, "last-delivered-id", group.last_id);
    let known = Some(group.entries_read).filter(|&read| read != UNKNOWN);
    for (name, value) in [("entries-read", known), ("lag", stream.lag(group))] {
        reply.bulk(name);
        match value {
            Some(value) => reply.int(value),
            None => reply.null(),
        }
    }
}

fn full_consumer(
    reply: &mut Reply<'_>,
    group: &Group,
    name: &Name,
    consumer: &Consumer,
    most: usize,
) {
    reply.map(5);
    reply.bulk("name");
    reply.bulk(name.as_bytes());
    number(reply, "seen-time", consumer.seen);
    number(reply, "active-time", consumer.active);
    number(reply, "pel-count", consumer.pending().len() as i64);
    reply.bulk("pending");
    let array = reply.deferred_array();
    let mut sent = 0;
    for (id, ()) in consumer.pending().iter().take(most) {
        if let Some(pending) = group.pending().get(id) {
            reply.array(3);
            reply_id(reply, *id);
            reply.int(pending.time);
            reply.int(pending.count as i64);
            sent += 1;
        }
    }
    reply.resolve(array, sent);
}

/// `XINFO GROUPS key`
///
/// Cost: O(groups).
pub(super) fn groups(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let Ctx { keys, reply, .. } = cx;
    let stream = keys.object::<Stream>(args[2], Look::Read)?.ok_or(Refusal::NO_SUCH_KEY)?;
    reply.array(stream.groups().len());
    for (name, group) in stream.groups().iter() {
        reply.map(6);
        reply.bulk("name");
        reply.bulk(name.as_bytes());
        number(reply, "consumers", group.consumers().len() as i64);
        number(reply, "pending", group.pending().len() as i64);
        position(reply, stream, group);
    }
    Ok(())
}

/// `XINFO CONSUMERS key group`
///
/// Cost: O(consumers).
pub(super) fn consumers(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let now = cx.now();
    let Ctx { keys, reply, .. } = cx;
    let stream = keys.object::<Stream>(args[2], Look::Read)?.ok_or(Refusal::NO_SUCH_KEY)?;
    let group = stream.group(args[3]).ok_or_else(|| no_group(args[2], args[3]))?;
    reply.array(group.consumers().len());
    for (name, consumer) in group.consumers().iter() {
        let inactive = if consumer.active == -1 { -1 } else { now - consumer.active };
        reply.map(4);
        reply.bulk("name");
        reply.bulk(name.as_bytes());
        number(reply, "pending", consumer.pending().len() as i64);
        number(reply, "idle", (now - consumer.seen).max(0));
        number(reply, "inactive", inactive);
    }
    Ok(())
}
