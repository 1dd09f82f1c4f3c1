//! Runs of equal registers.
//!
//! ```text
//! 00llllll            1 to 64 zeros
//! 01llllll llllllll   1 to 16384 zeros
//! 1vvvvvll            1 to 4 registers of value 1 to 32
//! ```

use super::{HEADER, Malformed, drop_cached};

const LONG_ZEROS: u8 = 0x40;
const VALUES: u8 = 0x80;
const ZEROS_MAX: usize = 64;
const VALUES_MAX: usize = 4;
/// Larger values need the dense form.
const RANK_MAX: u8 = 32;
/// Runs looked at after a change for neighbours to be joined.
const JOIN_SCAN: usize = 5;

/// The three kinds of runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunKind {
    /// Zeros in one byte.
    Zeros,
    /// Zeros in two bytes.
    LongZeros,
    /// Values.
    Values,
}

/// A run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Which kind it is.
    pub kind: RunKind,
    /// The value of its registers.
    pub rank: u8,
    /// Number of registers.
    pub len: usize,
}

impl Run {
    fn decode(bytes: &[u8]) -> Option<Run> {
        let first = *bytes.first()?;
        Some(if first & VALUES != 0 {
            let (rank, len) = ((first >> 2 & 0x1f) + 1, usize::from(first & 3) + 1);
            Run { kind: RunKind::Values, rank, len }
        } else if first & LONG_ZEROS != 0 {
            // Redis reads the zero that ends every string of its.
            let second = bytes.get(1).copied().unwrap_or(0);
            let len = usize::from(first & 0x3f) << 8 | usize::from(second);
            Run { kind: RunKind::LongZeros, rank: 0, len: len + 1 }
        } else {
            Run { kind: RunKind::Zeros, rank: 0, len: usize::from(first) + 1 }
        })
    }

    /// Bytes that it takes.
    fn bytes(self) -> usize {
        if self.kind == RunKind::LongZeros { 2 } else { 1 }
    }
}

/// The runs; one that is cut off goes on with a zero.
pub fn runs(mut bytes: &[u8]) -> impl Iterator<Item = Run> + '_ {
    std::iter::from_fn(move || {
        let run = Run::decode(bytes)?;
        bytes = bytes.get(run.bytes()..).unwrap_or_default();
        Some(run)
    })
}

/// Appends zeros; nothing for none.
pub(super) fn push_zeros(len: usize, out: &mut Vec<u8>) {
    match len {
        0 => {}
        1..=ZEROS_MAX => out.push(len as u8 - 1),
        _ => {
            let [high, low] = (len as u16 - 1).to_be_bytes();
            out.extend_from_slice(&[LONG_ZEROS | high, low]);
        }
    }
}

fn value_run(rank: u8, len: usize) -> u8 {
    VALUES | (rank - 1) << 2 | (len as u8 - 1)
}

/// Appends registers of one value; nothing for none.
fn push_run(rank: u8, len: usize, out: &mut Vec<u8>) {
    match (rank, len) {
        (0, _) => push_zeros(len, out),
        (_, 0) => {}
        _ => out.push(value_run(rank, len)),
    }
}

/// What [`raise`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Raised {
    /// The register was raised, and the cached estimate dropped.
    Changed,
    /// It was as high already.
    Unchanged,
    /// Nothing yet: the result does not fit this form.
    NeedsDense,
}

/// Raises a register to `rank` if it is lower, within `max` bytes.
pub(super) fn raise(
    string: &mut Vec<u8>,
    index: usize,
    rank: u8,
    max: usize,
) -> Result<Raised, Malformed> {
    if rank > RANK_MAX {
        return Ok(Raised::NeedsDense);
    }
    let (mut at, mut first, mut previous) = (HEADER, 0, HEADER);
    let run = loop {
        let rest = string.get(at..).unwrap_or_default();
        let run = Run::decode(rest).ok_or(Malformed)?;
        if index < first + run.len {
            // One that is cut off cannot be changed.
            if run.bytes() > rest.len() {
                return Err(Malformed);
            }
            break run;
        }
        previous = at;
        at += run.bytes();
        first += run.len;
    };
    if run.rank >= rank {
        return Ok(Raised::Unchanged);
    }
    let mut split = Vec::with_capacity(5);
    push_run(run.rank, index - first, &mut split);
    split.push(value_run(rank, 1));
    push_run(run.rank, first + run.len - index - 1, &mut split);
    if split.len() > run.bytes() && string.len() + split.len() - run.bytes() > max {
        return Ok(Raised::NeedsDense);
    }
    string.splice(at..at + run.bytes(), split);
    join_neighbours(string, previous);
    drop_cached(string);
    Ok(Raised::Changed)
}

/// Joins equal values that stand side by side, among the next few runs.
fn join_neighbours(string: &mut Vec<u8>, mut at: usize) {
    for _ in 0..JOIN_SCAN {
        let decode = |at: usize| Run::decode(string.get(at..).unwrap_or_default());
        let Some(run) = decode(at) else { return };
        let next = decode(at + run.bytes());
        match next {
            Some(next)
                if run.kind == RunKind::Values
                    && next.kind == RunKind::Values
                    && run.rank == next.rank
                    && run.len + next.len <= VALUES_MAX =>
            {
                string[at] = value_run(run.rank, run.len + next.len);
                string.remove(at + 1);
            }
            _ => at += run.bytes(),
        }
    }
}
