//! Looking into HyperLogLogs: PFDEBUG, PFSELFTEST.

use std::fmt::Write;

use bytes::Bytes;

use super::{checked, make_raw};
use crate::base::text::until_nul;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::strings::{NewStr, Ttl};
use crate::value::hll::{self, DENSE_LEN, Encoding, HEADER, REGISTERS, RunKind};

/// `PFDEBUG GETREG|DECODE|ENCODING|TODENSE key`
pub(super) fn pfdebug(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let key = args[2];
    let record =
        cx.keys.write(key).ok_or(Refusal::fixed("ERR The specified key does not exist"))?;
    let (bytes, encoding) = checked(record)?;
    let mut string = bytes.to_vec();
    make_raw(cx, key)?;
    if args.is(1, "GETREG") {
        to_dense(cx, key, &mut string)?;
        let registers = hll::registers(&string)?;
        cx.reply.array(REGISTERS);
        registers.iter().for_each(|&rank| cx.reply.int(i64::from(rank)));
    } else if args.is(1, "DECODE") {
        if encoding != Encoding::Sparse {
            return Err(Refusal::fixed("ERR HLL encoding is not sparse"));
        }
        cx.reply.bulk(decoded(&string));
    } else if args.is(1, "ENCODING") {
        cx.reply.status(encoding.name());
    } else if args.is(1, "TODENSE") {
        let converted = to_dense(cx, key, &mut string)?;
        cx.reply.int(i64::from(converted));
    } else {
        let name = until_nul(args[1]);
        return Err(Refusal::new([b"ERR Unknown PFDEBUG subcommand '", name, b"'"].concat()));
    }
    Ok(())
}

/// Makes the string and what is stored dense; false if it was. Counts as a change, for propagation.
fn to_dense(cx: &mut Ctx<'_>, key: &[u8], string: &mut Vec<u8>) -> Result<bool, Refusal> {
    if string.len() == DENSE_LEN && Encoding::of(string) == Some(Encoding::Dense) {
        return Ok(false);
    }
    hll::make_dense(string)?;
    let stored = NewStr::Owned(Bytes::copy_from_slice(string));
    cx.keys.replace_string(key, stored, Ttl::Keep);
    cx.keys.dirty(1);
    Ok(true)
}

/// The runs of a sparse one in words.
fn decoded(string: &[u8]) -> String {
    let mut text = String::new();
    for run in hll::runs(&string[HEADER..]) {
        let separator = if text.is_empty() { "" } else { " " };
        let written = match run.kind {
            RunKind::Zeros => write!(text, "{separator}z:{}", run.len),
            RunKind::LongZeros => write!(text, "{separator}Z:{}", run.len),
            RunKind::Values => write!(text, "{separator}v:{},{}", run.rank, run.len),
        };
        written.expect("a String takes anything");
    }
    text
}

/// Elements of the self-test.
const TEST_ELEMENTS: u64 = 100_000;

/// `PFSELFTEST`: checks that both forms agree, and that estimates are what the theory promises.
pub(super) fn pfselftest(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    let seed = cx.keys.space.rng.next_u64();
    let sparse_max = super::sparse_max(cx);
    let (mut sparse, mut dense) = (hll::empty(), hll::empty());
    hll::make_dense(&mut dense)?;
    let mut checkpoint = 1;
    for number in 1..=TEST_ELEMENTS {
        let element = (number ^ seed).to_le_bytes();
        hll::add_dense(&mut dense, &element);
        hll::add(&mut sparse, &element, sparse_max)?;
        if number == checkpoint {
            check(&sparse, &dense, number, sparse_max)?;
            checkpoint *= 10;
        }
    }
    cx.reply.ok();
    Ok(())
}

fn check(sparse: &[u8], dense: &[u8], added: u64, sparse_max: usize) -> Done {
    if added < sparse_max as u64 / 2 && Encoding::of(sparse) != Some(Encoding::Sparse) {
        return Err(Refusal::fixed("ERR TESTFAILED sparse encoding not used"));
    }
    let estimate = hll::count(dense)?;
    if hll::count(sparse)? != estimate {
        return Err(Refusal::fixed("ERR TESTFAILED dense/sparse disagree"));
    }
    let standard_error = 1.04 / (REGISTERS as f64).sqrt();
    let error_max = match added {
        10 => 1,
        _ => (standard_error * 6.0 * added as f64).ceil() as u64,
    };
    let error = estimate.abs_diff(added);
    if error > error_max {
        return Err(Refusal::new(format!(
            "ERR TESTFAILED Too big error. card:{added} abserr:{error}"
        )));
    }
    Ok(())
}
