//! A look at how values are stored: OBJECT.

use crate::config::MaxmemoryPolicy;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::core::world::World;
use crate::keyspace::access::Look;
use crate::keyspace::record::{Record, Str};
use crate::value::Value;

/// Integers from 0 up to this one are shared objects in Redis.
const SHARED_INTEGERS: i64 = 10_000;

/// How a value is stored, as OBJECT ENCODING names it.
pub fn encoding(record: Record<'_>) -> &'static str {
    match record.str_encoding() {
        Some(encoding) => encoding.name(),
        None => record.object().map_or("raw", Value::encoding),
    }
}

/// The number of references that Redis would show: values have one, small integers are shared,
/// unless the eviction policy needs an access clock for each.
pub fn refcount(world: &World, record: Record<'_>) -> i64 {
    let config = &world.config;
    let own_clocks = matches!(
        config.maxmemory_policy,
        MaxmemoryPolicy::AllkeysLru
            | MaxmemoryPolicy::VolatileLru
            | MaxmemoryPolicy::AllkeysLfu
            | MaxmemoryPolicy::VolatileLfu
    );
    match record.string() {
        Some(Str::Int(0..SHARED_INTEGERS))
            if !record.is_unshared() && (config.maxmemory == 0 || !own_clocks) =>
        {
            i64::from(i32::MAX)
        }
        _ => 1,
    }
}

/// Looks the key up, and replies with nil if there is none.
macro_rules! inspect {
    ($cx:ident, $args:ident) => {
        match $cx.keys.find($args[2], Look::Inspect) {
            Some(record) => record,
            None => {
                $cx.reply.null();
                return Ok(());
            }
        }
    };
}

pub(super) fn object_encoding(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let name = encoding(inspect!(cx, args));
    cx.reply.bulk(name);
    Ok(())
}

pub(super) fn object_refcount(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let count = refcount(cx.world, inspect!(cx, args));
    cx.reply.int(count);
    Ok(())
}

pub(super) fn object_idletime(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let access = inspect!(cx, args).header().access;
    if cx.keys.space.policy.lfu {
        return Err(Refusal::fixed(
            "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when \
             switching between policies at runtime LRU and LFU data will take some time to adjust.",
        ));
    }
    let idle_ms = cx.keys.space.idle_ms(access, cx.now());
    cx.reply.int((idle_ms / 1000) as i64);
    Ok(())
}

pub(super) fn object_freq(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let access = inspect!(cx, args).header().access;
    if !cx.keys.space.policy.lfu {
        return Err(Refusal::fixed(
            "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please \
             note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
        ));
    }
    let counter = cx.keys.space.lfu_counter(access, cx.now());
    cx.reply.int(i64::from(counter));
    Ok(())
}
