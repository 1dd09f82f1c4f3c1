//! MEMORY: what keys take.

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::data::table::Entry;
use crate::value::Value;

/// Slot and header of a record in the table, on average.
const RECORD: usize = 8;

/// MEMORY USAGE. The whole value is counted, so the number of samples changes nothing.
pub(super) fn usage(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let mut index = 3;
    while index < args.len() {
        if !args.is(index, "SAMPLES") || index + 1 == args.len() {
            return Err(Refusal::SYNTAX);
        }
        if args.int(index + 1)? < 0 {
            return Err(Refusal::SYNTAX);
        }
        index += 2;
    }
    let key = args[2];
    let hash = cx.keys.hash(key);
    let Some(entry) = cx.keys.database().table().get(hash, key) else {
        cx.reply.null();
        return Ok(());
    };
    cx.reply.int(bytes_of(entry) as i64);
    Ok(())
}

/// Bytes that a key and its value take. Cost: that of [`Value::memory`].
pub(super) fn bytes_of(entry: Entry<'_, Value>) -> usize {
    let object = entry.object().map_or(0, |value| size_of_val(value) + value.memory());
    entry.key().len() + entry.payload().len() + RECORD + object
}
