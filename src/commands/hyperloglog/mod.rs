//! Commands about HyperLogLogs.

mod debug;
mod handlers;
pub mod table;
#[cfg(test)]
mod tests;

use crate::core::ctx::Ctx;
use crate::core::refusal::Refusal;
use crate::keyspace::access::Look;
use crate::keyspace::record::{Record, Str, StrEncoding};
use crate::value::hll::{Encoding, Malformed};

const NOT_HLL: Refusal = Refusal::fixed("WRONGTYPE Key is not a valid HyperLogLog string value.");
const CORRUPTED: Refusal = Refusal::fixed("INVALIDOBJ Corrupted HLL object detected");

impl From<Malformed> for Refusal {
    fn from(_: Malformed) -> Refusal {
        CORRUPTED
    }
}

/// The bytes of a record and how they hold registers.
/// # Errors
/// `WRONGTYPE`, in two wordings.
fn checked(record: Record<'_>) -> Result<(&[u8], Encoding), Refusal> {
    let bytes = match record.string().ok_or(Refusal::WRONG_TYPE)? {
        Str::Int(_) => return Err(NOT_HLL),
        Str::Inline(bytes) => bytes,
        Str::Shared(bytes) => bytes,
    };
    let encoding = Encoding::of(bytes).ok_or(NOT_HLL)?;
    Ok((bytes, encoding))
}

/// Redis makes the string its own before it reads it, which OBJECT ENCODING shows.
fn make_raw(cx: &mut Ctx<'_>, key: &[u8]) -> Result<(), Refusal> {
    let record = cx.keys.find(key, Look::Quiet);
    if record.and_then(Record::str_encoding) == Some(StrEncoding::Embstr) {
        cx.keys.edit_string(key, 0, Look::Quiet, |_, _| ())?;
    }
    Ok(())
}

/// `hll-sparse-max-bytes`
fn sparse_max(cx: &Ctx<'_>) -> usize {
    usize::try_from(cx.world.config.hll_sparse_max_bytes).unwrap_or(usize::MAX)
}
