//! Handing pending entries over to another consumer: XCLAIM, XAUTOCLAIM.

use super::{
    id_at, int_or, no_key_or_group, propagate_pending, propagate_position, reply_entries, reply_id,
    shown, start_at,
};
use crate::base::time::Millis;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done, Propagation};
use crate::core::refusal::Refusal;
use crate::keyspace::access::Look;
use crate::keyspace::event::Class;
use crate::value::stream::Stream;
use crate::value::stream::group::{Group, Name, Pending};
use crate::value::stream::id::StreamId;

/// What the options of XCLAIM say.
struct Claim {
    min_idle: i64,
    ids: Vec<StreamId>,
    time: Millis,
    count: Option<u64>,
    force: bool,
    just_id: bool,
    last_id: StreamId,
}

/// `XCLAIM key group consumer min-idle-time id [id ...] [IDLE ms] [TIME ms] [RETRYCOUNT count]
/// [FORCE] [JUSTID] [LASTID id]`
///
/// Cost: O(log n + one node) for each ID. Propagates as one XCLAIM for each entry claimed or found
/// deleted.
pub(super) fn xclaim(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (key, name, now) = (args[1], args[2], cx.now());
    let stream = cx.keys.object::<Stream>(key, Look::Read)?;
    if stream.is_none_or(|stream| stream.group(name).is_none()) {
        return Err(no_key_or_group(key, name, ""));
    }
    let claim = parse(args, now)?;
    cx.propagation = Propagation::Nothing;
    let moved = group_mut(cx, key, name).is_some_and(|group| {
        let moved = claim.last_id > group.last_id;
        group.last_id = group.last_id.max(claim.last_id);
        moved
    });
    let consumer = see_consumer(cx, (key, name), args[3]);
    let mut done = Vec::new();
    let mut claimed = Vec::new();
    for (nth, &id) in claim.ids.iter().enumerate() {
        let Some(stream) = cx.keys.stored_mut::<Stream>(key) else { break };
        let exists = stream.contains(id);
        let Some(group) = stream.group_mut(name) else { break };
        if !exists {
            done.extend(group.release(id).map(|pending| (nth, pending)));
            continue;
        }
        if let Some(pending) = claim_one(group, id, &consumer, &claim, now) {
            group.set_active(&consumer, now);
            done.push((nth, pending));
            claimed.push(id);
        }
    }
    let Some(group) = group_mut(cx, key, name) else { return Ok(()) };
    let (last_id, entries_read) = (group.last_id, group.entries_read);
    cx.keys.dirty(done.len() as u64);
    if done.is_empty() && moved {
        propagate_position(cx, (key, name), last_id, entries_read);
        cx.keys.dirty(1);
    }
    for (nth, pending) in done {
        propagate_pending(cx, (key, name), args[5 + nth], &pending, last_id);
    }
    reply_claimed(cx, key, &claimed, claim.just_id);
    Ok(())
}

/// Claims an entry that exists; `None` if it is not pending or not idle for long enough.
fn claim_one(
    group: &mut Group,
    id: StreamId,
    consumer: &Name,
    claim: &Claim,
    now: Millis,
) -> Option<Pending> {
    let old = match group.pending().get(&id) {
        Some(old) if claim.min_idle != 0 && now.wrapping_sub(old.time) < claim.min_idle => {
            return None;
        }
        Some(old) => old.count,
        None if claim.force => 1,
        None => return None,
    };
    let count = claim.count.unwrap_or(old.wrapping_add(u64::from(!claim.just_id)));
    let pending = Pending { consumer: consumer.clone(), time: claim.time, count };
    group.assign(id, pending.clone());
    Some(pending)
}

fn parse(args: Args<'_>, now: Millis) -> Result<Claim, Refusal> {
    let min_idle = int_or(args, 4, "ERR Invalid min-idle-time argument for XCLAIM")?.max(0);
    let ids: Vec<StreamId> = args.from(5).iter().map_while(|id| StreamId::parse(id, 0)).collect();
    let mut index = 5 + ids.len();
    let (mut time, mut count, mut last_id) = (-1, -1, StreamId::MIN);
    let (mut force, mut just_id) = (false, false);
    while index < args.len() {
        let more = index + 1 < args.len();
        if args.is(index, "force") {
            force = true;
        } else if args.is(index, "justid") {
            just_id = true;
        } else if more && args.is(index, "idle") {
            index += 1;
            let idle = int_or(args, index, "ERR Invalid IDLE option argument for XCLAIM")?;
            time = now.wrapping_sub(idle);
        } else if more && args.is(index, "time") {
            index += 1;
            time = int_or(args, index, "ERR Invalid TIME option argument for XCLAIM")?;
        } else if more && args.is(index, "retrycount") {
            index += 1;
            count = int_or(args, index, "ERR Invalid RETRYCOUNT option argument for XCLAIM")?;
        } else if more && args.is(index, "lastid") {
            index += 1;
            last_id = id_at(args, index)?;
        } else {
            let mut text = b"ERR Unrecognized XCLAIM option '".to_vec();
            text.extend(shown(args[index]));
            text.push(b'\'');
            return Err(Refusal::new(text));
        }
        index += 1;
    }
    // A time that makes no sense, such as one in the future, is taken for now.
    let time = if (0..=now).contains(&time) { time } else { now };
    let count = u64::try_from(count).ok();
    Ok(Claim { min_idle, ids, time, count, force, just_id, last_id })
}

/// `XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID]`
///
/// Cost: O(log n + one node) for each entry examined, at most ten times COUNT. Propagates as XCLAIM
/// does.
pub(super) fn xautoclaim(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (key, name, now) = (args[1], args[2], cx.now());
    // The key is looked up before the arguments are read, and its type judged after.
    let found = match cx.keys.object::<Stream>(key, Look::Read) {
        Ok(stream) => Ok(stream.is_some_and(|stream| stream.group(name).is_some())),
        Err(wrong) => Err(wrong),
    };
    let min_idle = int_or(args, 4, "ERR Invalid min-idle-time argument for XAUTOCLAIM")?.max(0);
    let start = start_at(args, 5)?;
    let (mut count, just_id) = claim_options(args)?;
    if !found? {
        return Err(no_key_or_group(key, name, ""));
    }
    if count > MEMORY_MAX / size_of::<StreamId>() as i64 {
        return Err(Refusal::fixed(
            "ERR Insufficient memory, failed allocating transient memory, COUNT too high.",
        ));
    }
    cx.propagation = Propagation::Nothing;
    let consumer = see_consumer(cx, (key, name), args[3]);
    let mut attempts = count * ATTEMPTS;
    let mut cursor = Some(start);
    let (mut done, mut claimed, mut deleted) = (Vec::new(), Vec::new(), Vec::new());
    while attempts > 0 && count > 0 {
        attempts -= 1;
        let Some((id, pending)) = cursor.and_then(|from| pending_from(cx, key, name, from)) else {
            cursor = None;
            break;
        };
        cursor = id.next();
        let Some(stream) = cx.keys.stored_mut::<Stream>(key) else { break };
        let exists = stream.contains(id);
        let Some(group) = stream.group_mut(name) else { break };
        if !exists {
            group.release(id);
            done.push((id, pending));
            deleted.push(id);
            count -= 1;
            continue;
        }
        if min_idle != 0 && now.wrapping_sub(pending.time) < min_idle {
            continue;
        }
        let times = pending.count.wrapping_add(u64::from(!just_id));
        let pending = Pending { consumer: consumer.clone(), time: now, count: times };
        group.assign(id, pending.clone());
        group.set_active(&consumer, now);
        done.push((id, pending));
        claimed.push(id);
        count -= 1;
    }
    let next = cursor.and_then(|from| pending_from(cx, key, name, from)).map(|(id, _)| id);
    let last_id = group_mut(cx, key, name).map_or(StreamId::MIN, |group| group.last_id);
    cx.keys.dirty(done.len() as u64);
    for (id, pending) in done {
        propagate_pending(cx, (key, name), id.text().as_bytes(), &pending, last_id);
    }
    cx.reply.array(3);
    reply_id(&mut cx.reply, next.unwrap_or(StreamId::MIN));
    reply_claimed(cx, key, &claimed, just_id);
    cx.reply.array(deleted.len());
    for id in deleted {
        reply_id(&mut cx.reply, id);
    }
    Ok(())
}

/// How many pending entries XAUTOCLAIM examines for each that it may claim.
const ATTEMPTS: i64 = 10;

/// Bytes that may be promised for the IDs of one XAUTOCLAIM: about as many addresses as a process
/// has left, which is what stops Redis, for it promises them without having them.
const MEMORY_MAX: i64 = 1 << 46;

fn claim_options(args: Args<'_>) -> Result<(i64, bool), Refusal> {
    const TEXT: &str = "ERR COUNT must be > 0";
    let (mut count, mut just_id) = (100, false);
    let mut index = 6;
    while index < args.len() {
        if index + 1 < args.len() && args.is(index, "count") {
            index += 1;
            count = int_or(args, index, TEXT)?;
            if !(1..=i64::MAX / size_of::<StreamId>() as i64).contains(&count) {
                return Err(Refusal::fixed(TEXT));
            }
        } else if args.is(index, "justid") {
            just_id = true;
        } else {
            return Err(Refusal::SYNTAX);
        }
        index += 1;
    }
    Ok((count, just_id))
}

fn group_mut<'a>(cx: &'a mut Ctx<'_>, key: &[u8], name: &[u8]) -> Option<&'a mut Group> {
    cx.keys.stored_mut::<Stream>(key)?.group_mut(name)
}

/// The first entry pending from `from` on.
fn pending_from(
    cx: &Ctx<'_>,
    key: &[u8],
    name: &[u8],
    from: StreamId,
) -> Option<(StreamId, Pending)> {
    let group = cx.keys.stored::<Stream>(key)?.group(name)?;
    group.pending().iter_from(&from).next().map(|(id, pending)| (*id, pending.clone()))
}

/// The consumer that claims, created if need be; the group exists.
fn see_consumer(cx: &mut Ctx<'_>, (key, name): (&[u8], &[u8]), consumer: &[u8]) -> Name {
    let now = cx.now();
    let group = group_mut(cx, key, name).expect("the group was just found");
    let (consumer, created) = group.see_consumer(consumer, now);
    if created {
        cx.keys.dirty(1);
        cx.keys.event(key, Class::STREAM, "xgroup-createconsumer");
    }
    consumer
}

/// The claimed entries, or their IDs.
fn reply_claimed(cx: &mut Ctx<'_>, key: &[u8], claimed: &[StreamId], just_id: bool) {
    let Ctx { keys, reply, .. } = cx;
    if just_id {
        reply.array(claimed.len());
        claimed.iter().for_each(|&id| reply_id(reply, id));
        return;
    }
    let Some(stream) = keys.stored::<Stream>(key) else { return reply.empty_array() };
    reply_entries(reply, claimed.iter().filter_map(|&id| stream.range(id, id).next()), 0);
}
