//! Consumer groups: XGROUP and its subcommands, XACK.

use super::{INVALID_ID, id_at, ids_from, no_group};
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::access::Look;
use crate::keyspace::event::Class;
use crate::value::stream::Stream;
use crate::value::stream::group::{Group, UNKNOWN};
use crate::value::stream::id::StreamId;
use crate::value::{Kind, Value};

const NO_KEY: Refusal = Refusal::fixed(
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may \
     want to use the MKSTREAM option to create an empty stream automatically.",
);

/// The options behind the ID of CREATE and SETID.
struct Options {
    create_stream: bool,
    entries_read: i64,
}

fn options(args: Args<'_>, create: bool) -> Result<Options, Refusal> {
    let mut options = Options { create_stream: false, entries_read: UNKNOWN };
    let mut index = 5;
    while index < args.len() {
        if create && args.is(index, "mkstream") {
            options.create_stream = true;
            index += 1;
        } else if index + 1 < args.len() && args.is(index, "entriesread") {
            options.entries_read = args.int(index + 1)?;
            if options.entries_read < 0 && options.entries_read != UNKNOWN {
                return Err(Refusal::fixed("ERR value for ENTRIESREAD must be positive or -1"));
            }
            index += 2;
        } else {
            return Err(Refusal::unknown_subcommand(args));
        }
    }
    Ok(options)
}

/// Makes sure that the stream of argument 2 exists.
fn require_stream(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    cx.keys.object::<Stream>(args[2], Look::Write)?.map(|_| ()).ok_or(NO_KEY)
}

/// The group of arguments 2 and 3, which must exist, to be changed.
fn require_group<'a>(cx: &'a mut Ctx<'_>, args: Args<'_>) -> Result<&'a mut Group, Refusal> {
    let (key, name) = (args[2], args[3]);
    let stream = cx.keys.object_mut::<Stream>(key)?.ok_or(NO_KEY)?;
    if stream.group(name).is_none() {
        return Err(no_group(key, name));
    }
    Ok(stream.group_mut(name).expect("the group was just found"))
}

/// `XGROUP CREATE key group id|$ [MKSTREAM] [ENTRIESREAD count]`
///
/// Cost: O(log n).
pub(super) fn create(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (key, name) = (args[2], args[3]);
    let options = options(args, true)?;
    let last_id = cx.keys.object::<Stream>(key, Look::Write)?.map(|stream| stream.last_id);
    if last_id.is_none() && !options.create_stream {
        return Err(NO_KEY);
    }
    if args.len() > 8 {
        return Err(Refusal::unknown_subcommand(args));
    }
    let id = match args[4] {
        b"$" => last_id.unwrap_or(StreamId::MIN),
        _ => id_at(args, 4)?,
    };
    if last_id.is_none() {
        cx.keys.add_object(key, Value::Stream(Stream::default()));
        cx.keys.modified(key);
    }
    let group = Group::new(id, options.entries_read);
    let created =
        cx.keys.stored_mut::<Stream>(key).is_some_and(|stream| stream.create_group(name, group));
    if !created {
        return Err(Refusal::fixed("BUSYGROUP Consumer Group name already exists"));
    }
    cx.keys.dirty(1);
    cx.keys.event(key, Class::STREAM, "xgroup-create");
    cx.reply.ok();
    Ok(())
}

/// `XGROUP SETID key group id|$ [ENTRIESREAD count]`
///
/// Cost: O(log n).
pub(super) fn setid(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (key, name) = (args[2], args[3]);
    let options = options(args, false)?;
    let stream = cx.keys.object::<Stream>(key, Look::Write)?.ok_or(NO_KEY)?;
    if stream.group(name).is_none() {
        return Err(no_group(key, name));
    }
    if args.len() != 5 && args.len() != 7 {
        return Err(Refusal::unknown_subcommand(args));
    }
    let id = match args[4] {
        b"$" => stream.last_id,
        id => StreamId::parse_bound(id, 0).ok_or(INVALID_ID)?,
    };
    if let Some(group) = cx.keys.stored_mut::<Stream>(key).and_then(|stream| stream.group_mut(name))
    {
        (group.last_id, group.entries_read) = (id, options.entries_read);
    }
    cx.keys.dirty(1);
    cx.keys.event(key, Class::STREAM, "xgroup-setid");
    cx.reply.ok();
    Ok(())
}

/// `XGROUP DESTROY key group`
///
/// Cost: O(what is pending in the group).
pub(super) fn destroy(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (key, name) = (args[2], args[3]);
    require_stream(cx, args)?;
    let destroyed =
        cx.keys.stored_mut::<Stream>(key).is_some_and(|stream| stream.destroy_group(name));
    if destroyed {
        cx.keys.dirty(1);
        cx.keys.event(key, Class::STREAM, "xgroup-destroy");
        // Those who wait for entries of the group are to know that it is no more.
        cx.keys.signal(key, Kind::Stream);
    }
    cx.reply.int(i64::from(destroyed));
    Ok(())
}

/// `XGROUP CREATECONSUMER key group consumer`
///
/// Cost: O(log n).
pub(super) fn createconsumer(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let now = cx.now();
    let created = require_group(cx, args)?.create_consumer(args[4], now);
    if created {
        cx.keys.dirty(1);
        cx.keys.event(args[2], Class::STREAM, "xgroup-createconsumer");
    }
    cx.reply.int(i64::from(created));
    Ok(())
}

/// `XGROUP DELCONSUMER key group consumer`
///
/// Cost: O(log n) for each entry that is pending for it.
pub(super) fn delconsumer(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let pending = require_group(cx, args)?.delete_consumer(args[4]);
    if pending.is_some() {
        cx.keys.dirty(1);
        cx.keys.event(args[2], Class::STREAM, "xgroup-delconsumer");
    }
    cx.reply.int(pending.unwrap_or(0) as i64);
    Ok(())
}

/// `XACK key group id [id ...]`
///
/// Cost: O(log n) for each.
pub(super) fn xack(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (key, name) = (args[1], args[2]);
    let stream = cx.keys.object::<Stream>(key, Look::Read)?;
    if stream.is_none_or(|stream| stream.group(name).is_none()) {
        cx.reply.int(0);
        return Ok(());
    }
    let ids = ids_from(args, 3)?;
    let group = cx.keys.stored_mut::<Stream>(key).and_then(|stream| stream.group_mut(name));
    let released =
        group.map_or(0, |group| ids.iter().filter(|&&id| group.release(id).is_some()).count());
    cx.keys.dirty(released as u64);
    cx.reply.int(released as i64);
    Ok(())
}
