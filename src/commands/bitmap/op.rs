//! BITOP: one string from several, bit by bit.

use bytes::Bytes;

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::event::Class;
use crate::keyspace::record::Str;
use crate::keyspace::strings::{NewStr, Ttl};

/// Bytes of the result that are finished before the next: all sources meet in the first-level
/// cache.
const BLOCK: usize = 16 * 1024;

const NOT_TAKES_ONE: Refusal =
    Refusal::fixed("ERR BITOP NOT must be called with a single source key.");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    And,
    Or,
    Xor,
    Not,
}

impl Operation {
    fn parse(args: Args<'_>, index: usize) -> Result<Operation, Refusal> {
        let words = [
            ("and", Operation::And),
            ("or", Operation::Or),
            ("xor", Operation::Xor),
            ("not", Operation::Not),
        ];
        let found = words.into_iter().find(|(word, _)| args.is(index, word));
        found.map(|(_, operation)| operation).ok_or(Refusal::SYNTAX)
    }
}

/// `BITOP AND | OR | XOR | NOT destination key [key ...]`: replies with the length of the result,
/// which is that of the longest source; an empty result removes the destination.
///
/// Cost: O(sum of the lengths).
pub(super) fn bitop(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let operation = Operation::parse(args, 1)?;
    if operation == Operation::Not && args.len() != 4 {
        return Err(NOT_TAKES_ONE);
    }
    let target = args[2];
    let mut sources = Vec::with_capacity(args.len() - 3);
    for key in args.from(3) {
        sources.push(cx.read_string(key)?.map_or(Bytes::new(), Str::to_bytes));
    }
    let result = combine(operation, &sources);
    let length = result.len() as i64;
    // The target may be one of the sources: it is changed alone again then.
    drop(sources);
    if !result.is_empty() {
        cx.keys.set_string(target, NewStr::Owned(Bytes::from(result)), Ttl::Clear);
        cx.keys.commit(target, Class::STRING, "set");
    } else if cx.keys.remove(target) {
        cx.keys.commit(target, Class::GENERIC, "del");
    }
    cx.reply.int(length);
    Ok(())
}

/// The result, as long as the longest source; shorter ones continue with zeros.
fn combine(operation: Operation, sources: &[Bytes]) -> Vec<u8> {
    let len = sources.iter().map(Bytes::len).max().unwrap_or(0);
    let mut result = Vec::with_capacity(len);
    let mut start = 0;
    while start < len {
        let end = len.min(start + BLOCK);
        let part = |source: &'_ Bytes| start.min(source.len())..end.min(source.len());
        result.extend_from_slice(&sources[0][part(&sources[0])]);
        result.resize(end, 0);
        let block = &mut result[start..];
        for source in &sources[1..] {
            fold(operation, block, &source[part(source)]);
        }
        if operation == Operation::Not {
            block.iter_mut().for_each(|byte| *byte = !*byte);
        }
        start = end;
    }
    result
}

fn fold(operation: Operation, block: &mut [u8], with: &[u8]) {
    let (both, alone) = block.split_at_mut(with.len());
    let pairs = both.iter_mut().zip(with);
    match operation {
        Operation::And => {
            pairs.for_each(|(byte, with)| *byte &= with);
            alone.fill(0);
        }
        Operation::Or => pairs.for_each(|(byte, with)| *byte |= with),
        Operation::Xor => pairs.for_each(|(byte, with)| *byte ^= with),
        Operation::Not => {}
    }
}
