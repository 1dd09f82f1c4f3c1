//! Changing strings in part: APPEND, SETRANGE.

use super::new_str;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::access::Look;
use crate::keyspace::event::Class;
use crate::keyspace::record::Str;
use crate::keyspace::strings::Ttl;

/// `APPEND key value`
///
/// Cost: amortised O(length of the value).
pub(super) fn append(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (key, tail) = (args[1], args[2]);
    let mut length = tail.len();
    match cx.write_string(key)?.map(Str::len) {
        None => {
            cx.keys.set_string(key, new_str(args, 2), Ttl::Clear);
        }
        Some(old) => {
            length += old;
            cx.check_length(length as u64)?;
            cx.keys.append_string(key, tail);
        }
    }
    cx.keys.commit(key, Class::STRING, "append");
    cx.reply.int(length as i64);
    Ok(())
}

/// `SETRANGE key offset value`; a gap is filled with zeros. Storing nothing changes nothing.
///
/// Cost: O(length of the value), and amortised O(bytes by which the string grows).
pub(super) fn setrange(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (key, value) = (args[1], args[3]);
    let offset = args.int(2)?;
    let offset = u64::try_from(offset).map_err(|_| Refusal::OFFSET)?;
    let old = cx.write_string(key)?.map_or(0, Str::len);
    if value.is_empty() {
        cx.reply.int(old as i64);
        return Ok(());
    }
    let end = offset.saturating_add(value.len() as u64);
    cx.check_length(end)?;
    let (start, end) = (offset as usize, end as usize);
    cx.keys.edit_string(key, end, Look::Quiet, |bytes, _| {
        bytes[start..end].copy_from_slice(value);
    })?;
    cx.keys.commit(key, Class::STRING, "setrange");
    cx.reply.int(old.max(end) as i64);
    Ok(())
}
