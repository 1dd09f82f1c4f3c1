//! Single bits: SETBIT and GETBIT.

use super::bit_offset;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::access::Look;
use crate::keyspace::event::Class;

const BIT: Refusal = Refusal::fixed("ERR bit is not an integer or out of range");

/// `SETBIT key offset 0|1`: replies with the old bit. The string grows as far as it has to.
pub(super) fn setbit(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let key = args[1];
    let offset = bit_offset(cx, args[2])?;
    let on = match args.int(3) {
        Ok(0) => false,
        Ok(1) => true,
        _ => return Err(BIT),
    };
    let (index, mask) = ((offset >> 3) as usize, 0x80 >> (offset & 7));
    let edit = |bytes: &mut [u8], len: Option<usize>| {
        let old = bytes[index] & mask != 0;
        if old != on {
            bytes[index] ^= mask;
        }
        (old, old != on || len.is_none_or(|len| len <= index))
    };
    let (old, changed) = cx.keys.edit_string(key, index + 1, Look::Write, edit)?;
    if changed {
        cx.keys.commit(key, Class::STRING, "setbit");
    }
    cx.reply.int(i64::from(old));
    Ok(())
}

/// `GETBIT key offset`
pub(super) fn getbit(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let offset = bit_offset(cx, args[2])?;
    let mut scratch = itoa::Buffer::new();
    let bytes = cx.read_string(args[1])?.map_or(&b""[..], |value| value.text(&mut scratch));
    let byte = bytes.get((offset >> 3) as usize).copied().unwrap_or(0);
    let bit = byte >> (7 - (offset & 7)) & 1;
    cx.reply.int(i64::from(bit));
    Ok(())
}
