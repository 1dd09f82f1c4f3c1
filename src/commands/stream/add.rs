//! Changing the entries of a stream: XADD, XDEL, XTRIM, XSETID.

use super::options::{self, Options};
use super::{id_at, ids_from, node_limits, reply_id};
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::access::Look;
use crate::keyspace::event::Class;
use crate::value::stream::id::{IdText, NewId, StreamId};
use crate::value::stream::{AppendError, Data, Keep, Stream};
use crate::value::{Kind, Value};

const EXHAUSTED: Refusal =
    Refusal::fixed("ERR The stream has exhausted the last possible ID, unable to add more items");
const NOT_ABOVE: Refusal = Refusal::fixed(
    "ERR The ID specified in XADD is equal or smaller than the target stream top item",
);
const TOO_LARGE: Refusal = Refusal::fixed("ERR Elements are too large to be stored");
const ZERO_ID: Refusal = Refusal::fixed("ERR The ID specified in XADD must be greater than 0-0");

/// `XADD key [NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT count]] *|id field value [field
/// value ...]`
///
/// Cost: O(bytes of the entry + log n), and O(entries trimmed). Propagates with the ID that the
/// entry got, and with the exact outcome of approximate trimming.
pub(super) fn xadd(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let options = options::read(cx, args, true)?;
    let pairs_at = options.id_at + 1;
    if args.len() < pairs_at + 2 || (args.len() - pairs_at) % 2 == 1 {
        return Err(Refusal::arity(cx.command_name()));
    }
    if options.id == NewId::Exact(StreamId::MIN) {
        return Err(ZERO_ID);
    }
    let (key, now, limits) = (args[1], cx.now(), node_limits(cx));
    let stream = if options.create {
        cx.keys.object_or_create::<Stream>(key, || Value::Stream(Stream::default()))?
    } else {
        match cx.keys.object_mut::<Stream>(key)? {
            Some(stream) => stream,
            None => {
                cx.reply.null();
                return Ok(());
            }
        }
    };
    if stream.last_id == StreamId::MAX {
        return Err(EXHAUSTED);
    }
    let data: &mut Data = &mut *stream;
    let id =
        data.append(options.id, now, args.from(pairs_at), limits).map_err(|error| match error {
            AppendError::NotAbove => NOT_ABOVE,
            AppendError::TooLarge => TOO_LARGE,
        })?;
    let trimmed = options.trim.map_or(0, |trim| data.trim(trim));
    let left = Outcome::of(data);
    cx.keys.commit(key, Class::STREAM, "xadd");
    if trimmed > 0 {
        cx.keys.event(key, Class::STREAM, "xtrim");
    }
    let id_text = id.text();
    reply_id(&mut cx.reply, id);
    cx.keys.signal(key, Kind::Stream);
    let new_id = (!matches!(options.id, NewId::Exact(_))).then_some(&id_text);
    propagate(cx, args, &options, new_id, left);
    Ok(())
}

/// What trimming left, for propagation.
#[derive(Clone, Copy)]
struct Outcome {
    length: u64,
    first_node: StreamId,
}

impl Outcome {
    fn of(data: &Data) -> Outcome {
        Outcome { length: data.len(), first_node: data.first_node() }
    }
}

/// Propagates the command with the ID that was made, and with the exact threshold that trimming
/// came to.
fn propagate(
    cx: &mut Ctx<'_>,
    args: Args<'_>,
    options: &Options,
    new_id: Option<&IdText>,
    left: Outcome,
) {
    let approx = options.trim.filter(|trim| trim.approx);
    if !cx.keys.changes.propagate || (new_id.is_none() && approx.is_none()) {
        return;
    }
    let mut argv = args.slice().to_vec();
    if let Some(id) = new_id {
        argv[options.id_at] = id.as_bytes();
    }
    let first = left.first_node.text();
    let mut scratch = itoa::Buffer::new();
    if let Some(trim) = approx {
        argv[options.threshold_at - 1] = b"=";
        argv[options.threshold_at] = match trim.keep {
            Keep::MaxLen(_) => scratch.format(left.length).as_bytes(),
            Keep::MinId(_) => first.as_bytes(),
        };
    }
    cx.rewrite(&argv);
}

/// `XTRIM key MAXLEN|MINID [=|~] threshold [LIMIT count]`
///
/// Cost: O(nodes removed), and O(one node) if it is not approximate.
pub(super) fn xtrim(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let options = options::read(cx, args, false)?;
    let Some(trim) = options.trim else { return Err(Refusal::SYNTAX) };
    let key = args[1];
    if cx.keys.object::<Stream>(key, Look::Write)?.is_none() {
        cx.reply.int(0);
        return Ok(());
    }
    let Some(stream) = cx.keys.stored_mut::<Stream>(key) else { return Ok(()) };
    let data: &mut Data = &mut *stream;
    let trimmed = data.trim(trim);
    let left = Outcome::of(data);
    if trimmed > 0 {
        cx.keys.event(key, Class::STREAM, "xtrim");
        propagate(cx, args, &options, None, left);
        cx.keys.modified(key);
        cx.keys.dirty(trimmed);
    }
    cx.reply.int(trimmed as i64);
    Ok(())
}

/// `XDEL key id [id ...]`
///
/// Cost: O(log n + one node) for each.
pub(super) fn xdel(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let key = args[1];
    if cx.keys.object::<Stream>(key, Look::Write)?.is_none() {
        cx.reply.int(0);
        return Ok(());
    }
    let ids = ids_from(args, 2)?;
    let deleted = cx.keys.stored_mut::<Stream>(key).map_or(0, |stream| stream.delete(&ids));
    if deleted > 0 {
        cx.keys.modified(key);
        cx.keys.event(key, Class::STREAM, "xdel");
        cx.keys.dirty(deleted);
    }
    cx.reply.int(deleted as i64);
    Ok(())
}

/// `XSETID key last-id [ENTRIESADDED count] [MAXDELETEDID id]`
///
/// Cost: O(log n).
pub(super) fn xsetid(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let id = id_at(args, 2)?;
    let (mut added, mut deleted) = (None, None);
    let mut index = 3;
    while index < args.len() {
        let more = index + 1 < args.len();
        if more && args.is(index, "entriesadded") {
            let count = u64::try_from(args.int(index + 1)?)
                .map_err(|_| Refusal::fixed("ERR entries_added must be positive"))?;
            added = Some(count);
        } else if more && args.is(index, "maxdeletedid") {
            let max = id_at(args, index + 1)?;
            if id < max {
                return Err(Refusal::fixed(
                    "ERR The ID specified in XSETID is smaller than the provided \
                     max_deleted_entry_id",
                ));
            }
            deleted = Some(max);
        } else {
            return Err(Refusal::SYNTAX);
        }
        index += 2;
    }
    let key = args[1];
    let stream = cx.keys.object_mut::<Stream>(key)?.ok_or(Refusal::NO_SUCH_KEY)?;
    let data: &mut Data = &mut *stream;
    check_position(data, id, added)?;
    data.last_id = id;
    if let Some(added) = added {
        data.entries_added = added;
    }
    if let Some(deleted) = deleted.filter(|&deleted| deleted != StreamId::MIN) {
        data.max_deleted_id = deleted;
    }
    cx.keys.dirty(1);
    cx.keys.event(key, Class::STREAM, "xsetid");
    cx.reply.ok();
    Ok(())
}

/// Refuses what would contradict the entries that are there.
fn check_position(data: &Data, id: StreamId, added: Option<u64>) -> Result<(), Refusal> {
    if id < data.max_deleted_id {
        return Err(Refusal::fixed(
            "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id",
        ));
    }
    if data.top().is_some_and(|top| id < top) {
        return Err(Refusal::fixed(
            "ERR The ID specified in XSETID is smaller than the target stream top item",
        ));
    }
    if added.is_some_and(|added| added < data.len()) {
        return Err(Refusal::fixed(
            "ERR The entries_added specified in XSETID is smaller than the target stream length",
        ));
    }
    Ok(())
}
