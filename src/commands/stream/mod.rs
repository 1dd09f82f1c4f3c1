//! Commands about streams and consumer groups.

mod add;
mod claim;
mod group;
mod info;
mod options;
mod pending;
mod range;
mod read;
pub mod table;
#[cfg(test)]
mod tests;

use crate::core::args::Args;
use crate::core::ctx::Ctx;
use crate::core::refusal::Refusal;
use crate::keyspace::changes::verb;
use crate::resp::encode::Reply;
use crate::value::stream::NodeLimits;
use crate::value::stream::element::Element;
use crate::value::stream::group::Pending;
use crate::value::stream::id::StreamId;
use crate::value::stream::node::Entry;

const INVALID_ID: Refusal =
    Refusal::fixed("ERR Invalid stream ID specified as stream command argument");

/// Reads an ID; a missing second part is 0.
fn id_at(args: Args<'_>, index: usize) -> Result<StreamId, Refusal> {
    StreamId::parse(args[index], 0).ok_or(INVALID_ID)
}

/// Reads all arguments from `first` on as IDs.
fn ids_from(args: Args<'_>, first: usize) -> Result<Vec<StreamId>, Refusal> {
    (first..args.len()).map(|index| id_at(args, index)).collect()
}

/// Reads the lower end of an interval: `-`, an ID, or `(` and an ID that is not included.
fn start_at(args: Args<'_>, index: usize) -> Result<StreamId, Refusal> {
    const INVALID: Refusal = Refusal::fixed("ERR invalid start ID for the interval");
    match args[index] {
        [b'(', id @ ..] if !id.is_empty() => {
            StreamId::parse(id, 0).ok_or(INVALID_ID)?.next().ok_or(INVALID)
        }
        id => StreamId::parse_bound(id, 0).ok_or(INVALID_ID),
    }
}

/// Reads the upper end of an interval; a missing second part is the greatest.
fn end_at(args: Args<'_>, index: usize) -> Result<StreamId, Refusal> {
    const INVALID: Refusal = Refusal::fixed("ERR invalid end ID for the interval");
    match args[index] {
        [b'(', id @ ..] if !id.is_empty() => {
            StreamId::parse(id, u64::MAX).ok_or(INVALID_ID)?.prev().ok_or(INVALID)
        }
        id => StreamId::parse_bound(id, u64::MAX).ok_or(INVALID_ID),
    }
}

/// Reads an integer whose absence has an error text of its own.
fn int_or(args: Args<'_>, index: usize, text: &'static str) -> Result<i64, Refusal> {
    args.int(index).map_err(|_| Refusal::fixed(text))
}

/// An argument as error texts show it: up to a NUL byte, on one line.
fn shown(text: &[u8]) -> Vec<u8> {
    let line = |&byte: &u8| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte };
    text.iter().take_while(|&&byte| byte != 0).map(line).collect()
}

/// An error text with arguments in it, each in quotes before the part that it is paired with.
fn refusal_with(text: &str, quoted: &[(&[u8], &str)]) -> Refusal {
    let mut out = text.as_bytes().to_vec();
    for (argument, then) in quoted {
        out.push(b'\'');
        out.extend(shown(argument));
        out.push(b'\'');
        out.extend_from_slice(then.as_bytes());
    }
    Refusal::new(out)
}

fn no_key_or_group(key: &[u8], group: &[u8], then: &str) -> Refusal {
    refusal_with("NOGROUP No such key ", &[(key, " or consumer group "), (group, then)])
}

fn no_group(key: &[u8], group: &[u8]) -> Refusal {
    refusal_with("NOGROUP No such consumer group ", &[(group, " for key name "), (key, "")])
}

fn node_limits(cx: &Ctx<'_>) -> NodeLimits {
    let config = &cx.world.config;
    NodeLimits { bytes: config.stream_node_max_bytes, entries: config.stream_node_max_entries }
}

fn reply_id(reply: &mut Reply<'_>, id: StreamId) {
    reply.bulk(id.text().as_bytes());
}

fn reply_element(reply: &mut Reply<'_>, element: Element<'_>) {
    match element {
        Element::Int(n) => reply.bulk_int(n),
        Element::Text(text) => reply.bulk(text),
    }
}

/// An entry: its ID, and its fields and values in one array.
fn reply_entry(reply: &mut Reply<'_>, entry: Entry<'_>) {
    reply.array(2);
    reply_id(reply, entry.id);
    reply.array(2 * entry.len());
    for (field, value) in entry.pairs() {
        reply_element(reply, field);
        reply_element(reply, value);
    }
}

/// An array of at most `count` entries; 0: of all.
fn reply_entries<'a>(reply: &mut Reply<'_>, entries: impl Iterator<Item = Entry<'a>>, count: u64) {
    let array = reply.deferred_array();
    let mut sent = 0;
    for entry in entries {
        reply_entry(reply, entry);
        sent += 1;
        if sent as u64 == count {
            break;
        }
    }
    reply.resolve(array, sent);
}

/// Propagates that an entry is pending as it is now, by a command that can be repeated.
fn propagate_pending(
    cx: &mut Ctx<'_>,
    (key, group): (&[u8], &[u8]),
    id: &[u8],
    pending: &Pending,
    last_id: StreamId,
) {
    if !cx.keys.changes.propagate {
        return;
    }
    let mut scratch = (itoa::Buffer::new(), itoa::Buffer::new());
    cx.rewrite_apart(&[
        verb::XCLAIM.as_bytes(),
        key,
        group,
        pending.consumer.as_bytes(),
        b"0",
        id,
        b"TIME",
        scratch.0.format(pending.time).as_bytes(),
        b"RETRYCOUNT",
        scratch.1.format(pending.count as i64).as_bytes(),
        b"FORCE",
        b"JUSTID",
        b"LASTID",
        last_id.text().as_bytes(),
    ]);
}

/// Propagates how far a group has read.
fn propagate_position(
    cx: &mut Ctx<'_>,
    (key, group): (&[u8], &[u8]),
    last_id: StreamId,
    entries_read: i64,
) {
    let mut scratch = itoa::Buffer::new();
    cx.rewrite_apart(&[
        verb::XGROUP.as_bytes(),
        b"SETID",
        key,
        group,
        last_id.text().as_bytes(),
        b"ENTRIESREAD",
        scratch.format(entries_read).as_bytes(),
    ]);
}
