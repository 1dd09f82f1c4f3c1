//! Reading streams from where one left off: XREAD, XREADGROUP.

use super::{
    id_at, no_key_or_group, propagate_pending, propagate_position, reply_entries, reply_entry,
    reply_id,
};
use bytes::Bytes;

use crate::base::text::until_nul;
use crate::base::time::Millis;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done, Propagation};
use crate::core::refusal::Refusal;
use crate::keyspace::access::Look;
use crate::keyspace::changes::verb;
use crate::keyspace::event::Class;
use crate::keyspace::ready::Want;
use crate::resp::encode::{Deferred, Version};
use crate::value::stream::group::Pending;
use crate::value::stream::id::StreamId;
use crate::value::stream::{Data, Stream};

/// What the arguments say.
struct Request<'a> {
    /// The most entries of each stream; 0: all.
    count: u64,
    /// Group and consumer.
    reader: Option<(&'a [u8], &'a [u8])>,
    noack: bool,
    /// When to stop waiting, 0: never; `None`: do not wait at all.
    until: Option<Millis>,
    keys: &'a [&'a [u8]],
    /// Index of the first ID.
    ids_at: usize,
}

/// The last ID that a client says it knows; XREADGROUP's `>` is the last ID possible.
const NEW: StreamId = StreamId::MAX;

/// `XREAD [COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]`
///
/// Cost: O(log n + entries sent) for each stream.
pub(super) fn xread(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let request = parse(cx, args, false)?;
    let known = resolve_ids(cx, args, &request)?;
    let mut served = Served::default();
    for (&key, &after) in request.keys.iter().zip(&known) {
        let Ctx { keys, reply, .. } = &mut *cx;
        let Some(stream) = keys.object::<Stream>(key, Look::Read)? else { continue };
        if stream.top() > Some(after)
            && let Some(start) = after.next()
        {
            served.open(reply, key);
            reply_entries(reply, stream.range(start, StreamId::MAX), request.count);
        }
    }
    if !served.close(cx) {
        wait_for_new(cx, args, &request, &known);
    }
    Ok(())
}

/// `XREADGROUP GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS key [key
/// ...] id [id ...]`
///
/// Cost: O(log n) for each entry sent. Propagates as an XCLAIM for each entry that becomes pending,
/// or as the group's new position.
pub(super) fn xreadgroup(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    cx.propagation = Propagation::Nothing;
    let request = parse(cx, args, true)?;
    let Some(reader) = request.reader else {
        return Err(Refusal::fixed("ERR Missing GROUP option for XREADGROUP"));
    };
    let known = resolve_ids(cx, args, &request)?;
    let mut served = Served::default();
    for (&key, after) in request.keys.iter().zip(known) {
        if cx.keys.object::<Stream>(key, Look::Read)?.is_none() {
            continue;
        }
        let sent = if after == NEW {
            deliver(cx, &request, reader, key, &mut served)
        } else {
            repeat(cx, &request, reader, key, after, &mut served)
        };
        cx.keys.dirty(u64::from(sent));
    }
    if !served.close(cx) {
        let waits = request
            .until
            .is_some_and(|until| cx.wait_for_keys(Want::GroupEntries, request.keys, until, args));
        if !waits {
            cx.reply.null_array();
        }
    }
    Ok(())
}

/// Waits for entries of one of the streams, if BLOCK was given and it is allowed; else replies with
/// nil. `$` stands for what is the last ID now, not when the command is executed again.
fn wait_for_new(cx: &mut Ctx<'_>, args: Args<'_>, request: &Request<'_>, known: &[StreamId]) {
    let waits = request.until.is_some_and(|until| {
        if !args.from(request.ids_at).contains(&b"$".as_slice()) {
            return cx.wait_for_keys(Want::Entries, request.keys, until, args);
        }
        let mut argv = args.to_owned();
        for (text, id) in argv[request.ids_at..].iter_mut().zip(known) {
            if text == b"$".as_slice() {
                *text = Bytes::copy_from_slice(id.text().as_bytes());
            }
        }
        cx.wait_for_keys_with(Want::Entries, request.keys, until, args, argv)
    });
    if !waits {
        cx.reply.null_array();
    }
}

/// The reply: an array of pairs in RESP2, a map in RESP3, and nothing at all if no stream has
/// anything.
#[derive(Default)]
struct Served {
    reply: Option<Deferred>,
    streams: usize,
}

impl Served {
    /// Begins the part of a stream; its entries follow.
    fn open(&mut self, reply: &mut crate::resp::encode::Reply<'_>, key: &[u8]) {
        let pairs = reply.version() == Version::Resp2;
        self.reply.get_or_insert_with(|| {
            if pairs { reply.deferred_array() } else { reply.deferred_map() }
        });
        self.streams += 1;
        if pairs {
            reply.array(2);
        }
        reply.bulk(key);
    }

    /// Ends the reply; false if there is none.
    fn close(self, cx: &mut Ctx<'_>) -> bool {
        let Some(deferred) = self.reply else { return false };
        cx.reply.resolve(deferred, self.streams);
        true
    }
}

fn parse<'a>(cx: &Ctx<'_>, args: Args<'a>, group: bool) -> Result<Request<'a>, Refusal> {
    let (mut count, mut reader, mut noack, mut until) = (0, None, false, None);
    let mut index = 1;
    while index < args.len() {
        let more = args.len() - 1 - index;
        if more > 0 && args.is(index, "block") {
            if cx.world.scripts.running.is_some() {
                let why = b" command is not allowed with BLOCK option from scripts";
                return Err(Refusal::new([b"ERR ", until_nul(args[0]), why].concat()));
            }
            index += 1;
            until = Some(args.timeout_ms(index, cx.now())?);
        } else if more > 0 && args.is(index, "count") {
            index += 1;
            count = args.int(index)?.max(0) as u64;
        } else if more > 0 && args.is(index, "streams") {
            let rest = args.from(index + 1);
            if rest.len() % 2 == 1 {
                return Err(unbalanced(cx, group));
            }
            if group && reader.is_none() {
                return Err(Refusal::fixed("ERR Missing GROUP option for XREADGROUP"));
            }
            let keys = &rest[..rest.len() / 2];
            let ids_at = index + 1 + keys.len();
            return Ok(Request { count, reader, noack, until, keys, ids_at });
        } else if more >= 2 && args.is(index, "group") {
            if !group {
                return Err(groups_only("GROUP"));
            }
            reader = Some((args[index + 1], args[index + 2]));
            index += 2;
        } else if args.is(index, "noack") {
            if !group {
                return Err(groups_only("NOACK"));
            }
            noack = true;
        } else {
            return Err(Refusal::SYNTAX);
        }
        index += 1;
    }
    Err(Refusal::SYNTAX)
}

fn unbalanced(cx: &Ctx<'_>, group: bool) -> Refusal {
    let (name, symbol) = (cx.command_name(), if group { '>' } else { '$' });
    Refusal::new(format!(
        "ERR Unbalanced '{name}' list of streams: for each stream key an ID or '{symbol}' must be \
         specified."
    ))
}

fn groups_only(option: &str) -> Refusal {
    Refusal::new(format!(
        "ERR The {option} option is only supported by XREADGROUP. You called XREAD instead."
    ))
}

/// Reads the IDs; keys, groups and IDs are checked in the order of the streams.
fn resolve_ids(
    cx: &mut Ctx<'_>,
    args: Args<'_>,
    request: &Request<'_>,
) -> Result<Vec<StreamId>, Refusal> {
    let mut known = Vec::with_capacity(request.keys.len());
    for (nth, key) in request.keys.iter().enumerate() {
        let stream = cx.keys.object::<Stream>(key, Look::Read)?;
        if let Some((group, _)) = request.reader
            && stream.is_none_or(|stream| stream.group(group).is_none())
        {
            return Err(no_key_or_group(key, group, " in XREADGROUP with GROUP option"));
        }
        let index = request.ids_at + nth;
        known.push(match (args[index], request.reader.is_some()) {
            (b"$", false) => stream.map_or(StreamId::MIN, |stream| stream.last_id),
            (b"$", true) => {
                return Err(Refusal::fixed(
                    "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read \
                     the history of this consumer by specifying a proper ID, or use the > ID to \
                     get new messages. The $ ID would just return an empty result set.",
                ));
            }
            (b">", true) => NEW,
            (b">", false) => {
                return Err(Refusal::fixed(
                    "ERR The > ID can be specified only when calling XREADGROUP using the \
                     GROUP <group> <consumer> option.",
                ));
            }
            _ => id_at(args, index)?,
        });
    }
    Ok(known)
}

/// Makes sure that the consumer exists; a new one is said of, and propagated if nothing else will
/// create it.
fn see_consumer(
    cx: &mut Ctx<'_>,
    request: &Request<'_>,
    (group, consumer): (&[u8], &[u8]),
    key: &[u8],
) -> Option<crate::value::stream::group::Name> {
    let now = cx.now();
    let (name, created) =
        cx.keys.stored_mut::<Stream>(key)?.group_mut(group)?.see_consumer(consumer, now);
    if created {
        cx.keys.dirty(1);
        cx.keys.event(key, Class::STREAM, "xgroup-createconsumer");
        if request.noack {
            cx.rewrite_apart(&[verb::XGROUP.as_bytes(), b"CREATECONSUMER", key, group, consumer]);
        }
    }
    Some(name)
}

/// Sends entries that the group was not given yet, and makes them pending; false if there are none.
fn deliver(
    cx: &mut Ctx<'_>,
    request: &Request<'_>,
    reader: (&[u8], &[u8]),
    key: &[u8],
    served: &mut Served,
) -> bool {
    let now = cx.now();
    let Some(name) = see_consumer(cx, request, reader, key) else { return false };
    let Ctx { keys, reply, .. } = &mut *cx;
    let Some(stream) = keys.stored_mut::<Stream>(key) else { return false };
    let data: &Data = stream;
    let Some(group) = data.group(reader.0) else { return false };
    let (mut last_id, mut entries_read) = (group.last_id, group.entries_read);
    let (Some(start), true) = (last_id.next(), data.top() > Some(last_id)) else { return false };

    served.open(reply, key);
    let array = reply.deferred_array();
    let mut ids = Vec::new();
    for entry in data.range(start, StreamId::MAX) {
        entries_read = data.advanced(entries_read, entry.id);
        last_id = entry.id;
        ids.push(entry.id);
        reply_entry(reply, entry);
        if ids.len() as u64 == request.count {
            break;
        }
    }
    reply.resolve(array, ids.len());

    let data: &mut Data = &mut *stream;
    let Some(group) = data.group_mut(reader.0) else { return true };
    (group.last_id, group.entries_read) = (last_id, entries_read);
    let target = (key, reader.0);
    if request.noack {
        propagate_position(cx, target, last_id, entries_read);
        return true;
    }
    let pending = Pending { consumer: name.clone(), time: now, count: 1 };
    for &id in &ids {
        group.assign(id, pending.clone());
    }
    group.set_active(&name, now);
    for id in ids {
        propagate_pending(cx, target, id.text().as_bytes(), &pending, id);
    }
    true
}

/// Sends what is pending for the consumer, with nothing in place of entries that were deleted.
fn repeat(
    cx: &mut Ctx<'_>,
    request: &Request<'_>,
    reader: (&[u8], &[u8]),
    key: &[u8],
    after: StreamId,
    served: &mut Served,
) -> bool {
    let now = cx.now();
    let Some(name) = see_consumer(cx, request, reader, key) else { return false };
    let Ctx { keys, reply, .. } = &mut *cx;
    let Some(stream) = keys.stored_mut::<Stream>(key) else { return false };
    let data: &Data = stream;
    let pending = data.group(reader.0).and_then(|group| group.consumer(name.as_bytes()));
    let (Some(consumer), Some(start)) = (pending, after.next()) else { return false };

    served.open(reply, key);
    let array = reply.deferred_array();
    let (mut sent, mut again) = (0, Vec::new());
    for (&id, ()) in consumer.pending().iter_from(&start) {
        match data.range(id, id).next() {
            Some(entry) => {
                reply_entry(reply, entry);
                again.push(id);
            }
            None => {
                reply.array(2);
                reply_id(reply, id);
                reply.null_array();
            }
        }
        sent += 1;
        if sent as u64 == request.count {
            break;
        }
    }
    reply.resolve(array, sent);
    if let Some(group) = stream.group_mut(reader.0) {
        for id in again {
            group.deliver_again(id, now);
        }
    }
    true
}
