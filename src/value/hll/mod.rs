//! HyperLogLogs: estimates of how many different elements were added, kept in strings.
//!
//! The bytes are Redis's, so that a string can be copied between servers:
//! ```text
//! "HYLL", encoding, 3 zeros, cached estimate: 64 bits LE, the highest set if it is not valid,
//! registers
//! ```
//! Of 64 bits of an element's hash 14 choose a register, which keeps the largest number of the
//! other bits' trailing zeros, plus one. The estimate is Ertl's (arXiv:1702.01284).
//!
//! Holds: no content makes anything here panic; what is inconsistent is [`Malformed`].
//! Cost: adding is O(1) to a dense one, O(bytes) to a sparse one; counting is O(registers).

mod dense;
mod sparse;
#[cfg(test)]
mod tests;

pub use self::sparse::{Run, RunKind, runs};

/// Number of registers.
pub const REGISTERS: usize = 1 << INDEX_BITS;
/// Bytes before the registers.
pub const HEADER: usize = 16;
/// Bytes of a dense one.
pub const DENSE_LEN: usize = HEADER + REGISTERS * 6 / 8;

const INDEX_BITS: u32 = 14;
/// Bits of the hash that do not choose the register.
const RANK_BITS: u32 = u64::BITS - INDEX_BITS;
const MAGIC: &[u8; 4] = b"HYLL";
const DENSE: u8 = 0;
const SPARSE: u8 = 1;
const STALE: u8 = 0x80;
const SEED: u64 = 0xadc8_3b19;
/// 0.5 / ln 2
const ALPHA: f64 = 0.721_347_520_444_481_7;

/// Values of all registers, unpacked.
pub type Registers = [u8; REGISTERS];

/// A sparse one whose runs do not cover the registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// How registers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Six bits each.
    Dense,
    /// Runs of equal ones.
    Sparse,
}

impl Encoding {
    /// The name in replies.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Dense => "dense",
            Encoding::Sparse => "sparse",
        }
    }

    /// The encoding of a string, or `None` if it is no HyperLogLog.
    pub fn of(string: &[u8]) -> Option<Encoding> {
        if string.len() < HEADER || !string.starts_with(MAGIC) {
            return None;
        }
        match string[4] {
            DENSE if string.len() == DENSE_LEN => Some(Encoding::Dense),
            SPARSE => Some(Encoding::Sparse),
            _ => None,
        }
    }

    /// The encoding of a string that has been checked.
    fn of_checked(string: &[u8]) -> Encoding {
        if string[4] == DENSE { Encoding::Dense } else { Encoding::Sparse }
    }
}

/// One to which nothing was added.
pub fn empty() -> Vec<u8> {
    let mut string = vec![0; HEADER];
    string[..4].copy_from_slice(MAGIC);
    string[4] = SPARSE;
    sparse::push_zeros(REGISTERS, &mut string);
    string
}

/// Adds an element; true if a register changed. Makes it dense if it would have more than
/// `sparse_max` bytes. The cached estimate is for the caller to drop.
/// # Errors
/// [`Malformed`]
pub fn add(string: &mut Vec<u8>, element: &[u8], sparse_max: usize) -> Result<bool, Malformed> {
    let (index, rank) = locate(element);
    raise(string, index, rank, sparse_max)
}

/// Adds an element to a dense one; true if a register changed.
pub fn add_dense(string: &mut [u8], element: &[u8]) -> bool {
    let (index, rank) = locate(element);
    dense::raise(&mut string[HEADER..], index, rank)
}

/// Raises a register to `rank` if it is lower; true if it was. See [`add`].
/// # Errors
/// [`Malformed`]
pub fn raise(
    string: &mut Vec<u8>,
    index: usize,
    rank: u8,
    sparse_max: usize,
) -> Result<bool, Malformed> {
    if Encoding::of_checked(string) == Encoding::Sparse {
        match sparse::raise(string, index, rank, sparse_max)? {
            sparse::Raised::Changed => return Ok(true),
            sparse::Raised::Unchanged => return Ok(false),
            sparse::Raised::NeedsDense => make_dense(string)?,
        }
    }
    Ok(dense::raise(&mut string[HEADER..], index, rank))
}

/// Makes it dense. Keeps the cached estimate.
/// # Errors
/// [`Malformed`]
pub fn make_dense(string: &mut Vec<u8>) -> Result<(), Malformed> {
    if Encoding::of_checked(string) == Encoding::Dense {
        return Ok(());
    }
    let mut registers = [0; REGISTERS];
    merge(&mut registers, string)?;
    string.truncate(HEADER);
    string.resize(DENSE_LEN, 0);
    string[4] = DENSE;
    for (index, &rank) in registers.iter().enumerate().filter(|(_, rank)| **rank > 0) {
        dense::raise(&mut string[HEADER..], index, rank);
    }
    Ok(())
}

/// The cached estimate, if it is valid.
pub fn cached(string: &[u8]) -> Option<u64> {
    let bytes = string[8..HEADER].try_into().expect("the cache has eight bytes");
    (string[HEADER - 1] & STALE == 0).then_some(u64::from_le_bytes(bytes))
}

/// Marks the cached estimate as not valid.
pub fn drop_cached(string: &mut [u8]) {
    string[HEADER - 1] |= STALE;
}

/// Caches an estimate.
pub fn cache(string: &mut [u8], estimate: u64) {
    string[8..HEADER].copy_from_slice(&estimate.to_le_bytes());
}

/// Raises registers to those of a string that has been checked.
/// # Errors
/// [`Malformed`]; some registers may have been raised.
pub fn merge(registers: &mut Registers, string: &[u8]) -> Result<(), Malformed> {
    match Encoding::of_checked(string) {
        Encoding::Dense => {
            for (register, rank) in registers.iter_mut().zip(dense::iter(&string[HEADER..])) {
                *register = rank.max(*register);
            }
            Ok(())
        }
        Encoding::Sparse => {
            let mut covered = 0;
            for run in runs(&string[HEADER..]) {
                let range = covered..covered + run.len;
                match registers.get_mut(range.clone()) {
                    Some(some) => some.iter_mut().for_each(|old| *old = run.rank.max(*old)),
                    // Values behind the last register are not read, as in Redis.
                    None if run.rank > 0 => break,
                    None => {}
                }
                covered = range.end;
            }
            if covered == REGISTERS { Ok(()) } else { Err(Malformed) }
        }
    }
}

/// Estimates how many different elements were added to a string that has been checked.
/// # Errors
/// [`Malformed`]
pub fn count(string: &[u8]) -> Result<u64, Malformed> {
    let mut histogram = [0; 64];
    match Encoding::of_checked(string) {
        Encoding::Dense => {
            dense::iter(&string[HEADER..]).for_each(|rank| histogram[usize::from(rank)] += 1);
        }
        Encoding::Sparse => {
            let mut covered = 0;
            for run in runs(&string[HEADER..]) {
                covered += run.len;
                histogram[usize::from(run.rank)] += run.len;
            }
            if covered != REGISTERS {
                return Err(Malformed);
            }
        }
    }
    Ok(estimate(&histogram))
}

/// The same for registers.
pub fn count_registers(registers: &Registers) -> u64 {
    let mut histogram = [0; 64];
    registers.iter().for_each(|&rank| histogram[usize::from(rank & 63)] += 1);
    estimate(&histogram)
}

/// All registers of a string that has been checked.
/// # Errors
/// [`Malformed`]
pub fn registers(string: &[u8]) -> Result<Box<Registers>, Malformed> {
    let mut registers = Box::new([0; REGISTERS]);
    merge(&mut registers, string)?;
    Ok(registers)
}

/// Ertl's estimate from the number of registers of each value.
fn estimate(histogram: &[usize; 64]) -> u64 {
    let total = REGISTERS as f64;
    let highest = RANK_BITS as usize + 1;
    let mut z = total * tau((total - histogram[highest] as f64) / total);
    for &registers in histogram[1..highest].iter().rev() {
        z += registers as f64;
        z *= 0.5;
    }
    z += total * sigma(histogram[0] as f64 / total);
    (ALPHA * total * total / z).round() as u64
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
        if z == before {
            return z / 3.0;
        }
    }
}

/// The register of an element, and the value that the element raises it to.
fn locate(element: &[u8]) -> (usize, u8) {
    let hash = murmur_64a(element);
    let index = hash as usize & (REGISTERS - 1);
    let rest = hash >> INDEX_BITS | 1 << RANK_BITS;
    (index, rest.trailing_zeros() as u8 + 1)
}

/// Appleby's MurmurHash2 in its 64-bit version A, little endian everywhere.
fn murmur_64a(data: &[u8]) -> u64 {
    const M: u64 = 0xc6a4_a793_5bd1_e995;
    const R: u32 = 47;
    let mut hash = SEED ^ (data.len() as u64).wrapping_mul(M);
    let mut words = data.chunks_exact(8);
    for word in words.by_ref() {
        let mut k = u64::from_le_bytes(word.try_into().expect("a chunk has eight bytes"));
        k = k.wrapping_mul(M);
        k ^= k >> R;
        hash = (hash ^ k.wrapping_mul(M)).wrapping_mul(M);
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        let mut word = [0; 8];
        word[..rest.len()].copy_from_slice(rest);
        hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(M);
    }
    hash = (hash ^ hash >> R).wrapping_mul(M);
    hash ^ hash >> R
}
