//! Many bits at once: BITCOUNT and BITPOS.

use super::bits;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done, string_of};
use crate::core::refusal::Refusal;

const BIT: Refusal = Refusal::fixed("ERR The bit argument must be 1 or 0.");

/// Reads `BYTE` or `BIT`; true for the latter.
fn counts_bits(args: Args<'_>, index: usize) -> Result<bool, Refusal> {
    if args.is(index, "bit") {
        Ok(true)
    } else if args.is(index, "byte") {
        Ok(false)
    } else {
        Err(Refusal::SYNTAX)
    }
}

/// The first and the last bit between two ends, which are bytes or bits and count from the end of
/// the string if negative; `None` if there is nothing between them.
fn bit_range(start: i64, end: i64, in_bits: bool, len: usize) -> Option<(u64, u64)> {
    let total = if in_bits { len as i64 * 8 } else { len as i64 };
    let from_front = |at: i64| if at < 0 { at.saturating_add(total) } else { at }.max(0);
    let (start, end) = (from_front(start), from_front(end).min(total - 1));
    if start > end {
        return None;
    }
    let (start, end) = (start as u64, end as u64);
    Some(if in_bits { (start, end) } else { (start * 8, end * 8 + 7) })
}

/// `BITCOUNT key [start end [BYTE | BIT]]`
///
/// Cost: O(bytes between the ends).
pub(super) fn bitcount(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let Some(value) = string_of(cx.keys.read(args[1]))? else {
        cx.reply.int(0);
        return Ok(());
    };
    let mut scratch = itoa::Buffer::new();
    let bytes = value.text(&mut scratch);
    let range = match args.len() {
        2 => bit_range(0, -1, false, bytes.len()),
        4 | 5 => {
            let (start, end) = (args.int(2)?, args.int(3)?);
            if start < 0 && end < 0 && start > end {
                // Before the unit is even looked at.
                None
            } else {
                let in_bits = args.len() == 5 && counts_bits(args, 4)?;
                bit_range(start, end, in_bits, bytes.len())
            }
        }
        _ => return Err(Refusal::SYNTAX),
    };
    let count = range.map_or(0, |(first, last)| bits::count_between(bytes, first, last));
    cx.reply.int(count as i64);
    Ok(())
}

/// `BITPOS key bit [start [end [BYTE | BIT]]]`: -1 if there is none. The first clear bit of a
/// string without one is behind its end, unless an end is given.
///
/// Cost: O(bytes up to the bit).
pub(super) fn bitpos(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let bit = match args.int(2)? {
        0 => false,
        1 => true,
        _ => return Err(BIT),
    };
    let Some(value) = string_of(cx.keys.read(args[1]))? else {
        cx.reply.int(if bit { -1 } else { 0 });
        return Ok(());
    };
    let mut scratch = itoa::Buffer::new();
    let bytes = value.text(&mut scratch);
    let range = match args.len() {
        3 => bit_range(0, -1, false, bytes.len()),
        4..=6 => {
            let start = args.int(3)?;
            let in_bits = args.len() == 6 && counts_bits(args, 5)?;
            let end = if args.len() > 4 { args.int(4)? } else { -1 };
            bit_range(start, end, in_bits, bytes.len())
        }
        _ => return Err(Refusal::SYNTAX),
    };
    let position = range.and_then(|(first, last)| {
        let found = bits::find_between(bytes, first, last, bit);
        let open = !bit && args.len() < 5;
        found.or_else(|| open.then(|| bytes.len() as u64 * 8))
    });
    cx.reply.int(position.map_or(-1, |position| position as i64));
    Ok(())
}
