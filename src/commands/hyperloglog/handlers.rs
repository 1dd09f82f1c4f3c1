//! PFADD, PFCOUNT, PFMERGE.

use bytes::Bytes;

use super::{checked, make_raw, sparse_max};
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::keyspace::access::Look;
use crate::keyspace::event::Class;
use crate::keyspace::strings::{NewStr, Ttl};
use crate::value::hll::{self, Encoding, Malformed, REGISTERS};

/// Adds elements to a string; returns how many of them changed a register, and stops at the first
/// that shows the string to be malformed.
fn add_all(
    string: &mut Vec<u8>,
    elements: &[&[u8]],
    sparse_max: usize,
) -> (u64, Result<(), Malformed>) {
    let mut updated = 0;
    for element in elements {
        match hll::add(string, element, sparse_max) {
            Ok(changed) => updated += u64::from(changed),
            Err(malformed) => return (updated, Err(malformed)),
        }
    }
    (updated, Ok(()))
}

/// `PFADD key [element ...]`
///
/// Cost: O(elements) in place if it is dense, else O(bytes) for each element that counts.
pub(super) fn pfadd(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (key, elements, sparse_max) = (args[1], args.from(2), sparse_max(cx));
    let updated = match cx.keys.write(key) {
        None => {
            let mut string = hll::empty();
            let (updated, _) = add_all(&mut string, elements, sparse_max);
            hll::drop_cached(&mut string);
            cx.keys.set_string(key, NewStr::Owned(Bytes::from(string)), Ttl::Clear);
            updated + 1
        }
        Some(record) => match checked(record)? {
            (_, Encoding::Dense) => cx.keys.edit_string(key, 0, Look::Quiet, |string, _| {
                let add = |element: &&&[u8]| hll::add_dense(string, element);
                let updated = elements.iter().filter(add).count() as u64;
                if updated > 0 {
                    hll::drop_cached(string);
                }
                updated
            })?,
            (bytes, Encoding::Sparse) => {
                let mut string = bytes.to_vec();
                let (updated, outcome) = add_all(&mut string, elements, sparse_max);
                if updated > 0 {
                    if outcome.is_ok() {
                        hll::drop_cached(&mut string);
                    }
                    cx.keys.replace_string(key, NewStr::Owned(Bytes::from(string)), Ttl::Keep);
                }
                make_raw(cx, key)?;
                outcome?;
                updated
            }
        },
    };
    if updated > 0 {
        cx.keys.modified(key);
        cx.keys.event(key, Class::STRING, "pfadd");
        cx.keys.dirty(updated);
    }
    cx.reply.int(i64::from(updated > 0));
    Ok(())
}

/// `PFCOUNT key [key ...]`
///
/// The estimate for one key is cached in it, and propagates; that for several is not.
pub(super) fn pfcount(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    if args.len() > 2 {
        let mut union = Box::new([0; REGISTERS]);
        for key in args.from(1) {
            if let Some(record) = cx.keys.read(key) {
                hll::merge(&mut union, checked(record)?.0)?;
            }
        }
        cx.reply.int(hll::count_registers(&union) as i64);
        return Ok(());
    }
    let key = args[1];
    let Some(record) = cx.keys.read(key) else {
        cx.reply.int(0);
        return Ok(());
    };
    let (bytes, _) = checked(record)?;
    let cached = hll::cached(bytes);
    let estimate = cached.map_or_else(|| hll::count(bytes), Ok);
    make_raw(cx, key)?;
    let estimate = estimate?;
    if cached.is_none() {
        cx.keys.edit_string(key, 0, Look::Quiet, |string, _| hll::cache(string, estimate))?;
        cx.keys.modified(key);
        cx.keys.dirty(1);
    }
    cx.reply.int(estimate as i64);
    Ok(())
}

/// `PFMERGE destkey [sourcekey ...]`
pub(super) fn pfmerge(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let mut union = Box::new([0; REGISTERS]);
    let mut any_dense = false;
    for key in args.from(1) {
        if let Some(record) = cx.keys.read(key) {
            let (bytes, encoding) = checked(record)?;
            any_dense |= encoding == Encoding::Dense;
            hll::merge(&mut union, bytes)?;
        }
    }
    let (key, sparse_max) = (args[1], sparse_max(cx));
    let (exists, mut string) = match cx.keys.write(key) {
        None => (false, hll::empty()),
        Some(record) => (true, checked(record)?.0.to_vec()),
    };
    if any_dense {
        hll::make_dense(&mut string)?;
    }
    for (index, &rank) in union.iter().enumerate().filter(|(_, rank)| **rank > 0) {
        hll::raise(&mut string, index, rank, sparse_max)?;
    }
    hll::drop_cached(&mut string);
    let ttl = if exists { Ttl::Keep } else { Ttl::Clear };
    cx.keys.replace_string(key, NewStr::Owned(Bytes::from(string)), ttl);
    cx.keys.commit(key, Class::STRING, "pfadd");
    cx.reply.ok();
    Ok(())
}
