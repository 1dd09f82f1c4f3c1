//! Commands about strings as arrays of bits. Bit 0 is the highest bit of the first byte.

mod bits;
mod field;
mod op;
mod single;
mod span;
pub mod table;
#[cfg(test)]
mod tests;

use crate::base::num::parse_i64;
use crate::core::ctx::Ctx;
use crate::core::refusal::Refusal;

const BIT_OFFSET: Refusal = Refusal::fixed("ERR bit offset is not an integer or out of range");

/// Reads the offset of a bit.
/// # Errors
/// `bit offset is not an integer or out of range`
fn bit_offset(cx: &Ctx<'_>, text: &[u8]) -> Result<u64, Refusal> {
    parse_i64(text).ok_or(BIT_OFFSET).and_then(|offset| within_limit(cx, offset))
}

/// Reads the offset of a field: of a bit or, as `#n`, of the `n`th field of that width.
/// # Errors
/// `bit offset is not an integer or out of range`
fn field_offset(cx: &Ctx<'_>, text: &[u8], width: u32) -> Result<u64, Refusal> {
    let Some(index) = text.strip_prefix(b"#") else { return bit_offset(cx, text) };
    let index = parse_i64(index).ok_or(BIT_OFFSET)?;
    // The product wraps in Redis too: some absurd indices are offsets again.
    within_limit(cx, index.wrapping_mul(i64::from(width)))
}

fn within_limit(cx: &Ctx<'_>, offset: i64) -> Result<u64, Refusal> {
    if offset < 0 || offset >> 3 >= cx.world.config.proto_max_bulk_len {
        return Err(BIT_OFFSET);
    }
    Ok(offset as u64)
}
