//! LZF compression: the format of liblzf, and the choices of its fast mode, so that what we
//! compress has the bytes, and the length, that Redis gives it.
//!
//! A literal run is a byte `n - 1 < 32` and `n` bytes. A reference is `length - 2` in the top three
//! bits (7: a byte with the rest follows) and the distance less one in thirteen bits.
//!
//! Holds: output depends on the input alone (Redis leaves its table of positions uninitialised and
//! may by luck find a match more).
//! Cost: linear; the table of a [`Compressor`] is filled once, not per call.
//! Not here: when to compress (the RDB codec).

const HASH_BITS: u32 = 16;
const LITERALS_MAX: usize = 32;
const DISTANCE_MAX: usize = 1 << 13;
const MATCH_MAX: usize = (1 << 8) + (1 << 3);
const MATCH_MIN: usize = 3;

/// Compresses one piece after the other.
pub struct Compressor {
    /// Where three bytes of this hash were last seen: `base` plus the position.
    seen: Box<[u32]>,
    /// Entries below belong to earlier pieces.
    base: u32,
}

impl Default for Compressor {
    fn default() -> Compressor {
        Compressor { seen: vec![0; 1 << HASH_BITS].into_boxed_slice(), base: 0 }
    }
}

/// Output of limited size.
struct Output<'a> {
    bytes: &'a mut Vec<u8>,
    start: usize,
    limit: usize,
    /// Length of the literal run under way; its length byte stands before it already.
    run: usize,
}

impl Output<'_> {
    fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    fn literal(&mut self, byte: u8) {
        self.bytes.push(byte);
        self.run += 1;
        if self.run == LITERALS_MAX {
            self.end_run();
            self.begin_run();
        }
    }

    fn begin_run(&mut self) {
        self.bytes.push(0);
        self.run = 0;
    }

    fn end_run(&mut self) {
        let at = self.bytes.len() - self.run - 1;
        if self.run == 0 {
            self.bytes.truncate(at);
        } else {
            self.bytes[at] = self.run as u8 - 1;
        }
    }

    fn reference(&mut self, distance: usize, length: usize) {
        let (low, high) = (distance as u8, (distance >> 8) as u8);
        let length = length - 2;
        if length < 7 {
            self.bytes.extend_from_slice(&[high | (length as u8) << 5, low]);
        } else {
            self.bytes.extend_from_slice(&[high | 7 << 5, (length - 7) as u8, low]);
        }
    }
}

fn slot(triple: &[u8]) -> usize {
    let hash = u32::from_be_bytes([0, triple[0], triple[1], triple[2]]);
    ((hash >> (24 - HASH_BITS)).wrapping_sub(hash.wrapping_mul(5)) & ((1 << HASH_BITS) - 1))
        as usize
}

/// How many bytes at `from` and `at` are equal: three are, and a bound keeps room for the rest.
fn match_length(data: &[u8], from: usize, at: usize) -> usize {
    let bound = (data.len() - at - 2).min(MATCH_MAX);
    // The unrolled start of the original's loop looks at sixteen bytes before it looks at the
    // bound.
    let bound = bound.max(if bound > 16 { 19 } else { MATCH_MIN });
    let pairs = data[from..].iter().zip(&data[at..]).take(bound);
    MATCH_MIN + pairs.skip(MATCH_MIN).take_while(|(a, b)| a == b).count()
}

impl Compressor {
    /// Appends the compressed form of `data` to `out` if it takes `limit` bytes at most, and says
    /// whether it did. A form that would just fit may be given up.
    ///
    /// Cost: O(length). Pieces of 4 GiB or more are not compressed.
    pub fn compress(&mut self, data: &[u8], out: &mut Vec<u8>, limit: usize) -> bool {
        if data.len() < MATCH_MIN || limit == 0 || data.len() >= u32::MAX as usize {
            return false;
        }
        let start = out.len();
        let fits = self.write(data, Output { bytes: out, start, limit, run: 0 });
        if !fits {
            out.truncate(start);
        }
        match self.base.checked_add(data.len() as u32) {
            Some(base) => self.base = base,
            None => *self = Compressor::default(),
        }
        fits
    }

    /// The last position of the same three bytes, if a reference reaches it. Position 0 is never
    /// one.
    fn find(&mut self, data: &[u8], at: usize) -> Option<usize> {
        let seen = &mut self.seen[slot(&data[at..])];
        let from = seen.checked_sub(self.base).map(|from| from as usize);
        *seen = self.base.wrapping_add(at as u32);
        let from = from.filter(|&from| from > 0 && from < at && at - from <= DISTANCE_MAX)?;
        (data[from..from + MATCH_MIN] == data[at..at + MATCH_MIN]).then_some(from)
    }

    fn write(&mut self, data: &[u8], mut out: Output<'_>) -> bool {
        if self.base.checked_add(data.len() as u32).is_none() {
            *self = Compressor::default();
        }
        out.begin_run();
        let (mut at, last) = (0, data.len() - 2);
        while at < last {
            let Some(from) = self.find(data, at) else {
                if out.len() >= out.limit {
                    return false;
                }
                out.literal(data[at]);
                at += 1;
                continue;
            };
            if out.len() - usize::from(out.run == 0) + 4 >= out.limit {
                return false;
            }
            let length = match_length(data, from, at);
            out.end_run();
            out.reference(at - from - 1, length);
            out.begin_run();
            at += length;
            if at < last {
                for position in [at - 2, at - 1] {
                    self.seen[slot(&data[position..])] = self.base + position as u32;
                }
            }
        }
        if out.len() + 3 > out.limit {
            return false;
        }
        data[at..].iter().for_each(|&byte| out.literal(byte));
        out.end_run();
        true
    }
}

/// Unpacks `data` into `length` bytes; `None` if it is not the form of so many.
///
/// Cost: O(length), which the caller has limited.
pub fn decompress(data: &[u8], length: usize) -> Option<Vec<u8>> {
    // A reference of three bytes makes 264 at most: nothing larger is worth reserving.
    let mut out = Vec::with_capacity(length.min(data.len().saturating_mul(MATCH_MAX)));
    let mut rest = data;
    while let [control, tail @ ..] = rest {
        rest = tail;
        let control = usize::from(*control);
        if control < LITERALS_MAX {
            let (literals, tail) = rest.split_at_checked(control + 1)?;
            out.extend_from_slice(literals);
            rest = tail;
        } else {
            let mut count = control >> 5;
            if count == 7 {
                let (more, tail) = rest.split_first()?;
                count += usize::from(*more);
                rest = tail;
            }
            let (low, tail) = rest.split_first()?;
            rest = tail;
            let distance = ((control & 0x1F) << 8 | usize::from(*low)) + 1;
            let start = out.len().checked_sub(distance)?;
            // The copy may overlap what it makes.
            for index in start..start + count + 2 {
                out.push(out[index]);
            }
        }
        if out.len() > length {
            return None;
        }
    }
    (out.len() == length).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::prng::Prng;

    /// The inverse, for tests.
    fn expand(mut bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        while let [control, rest @ ..] = bytes {
            let control = usize::from(*control);
            if control < LITERALS_MAX {
                out.extend_from_slice(&rest[..=control]);
                bytes = &rest[control + 1..];
                continue;
            }
            let (length, rest) = match control >> 5 {
                7 => (9 + usize::from(rest[0]), &rest[1..]),
                short => (short + 2, rest),
            };
            let from = out.len() - ((control & 31) << 8 | usize::from(rest[0])) - 1;
            (0..length).for_each(|i| out.push(out[from + i]));
            bytes = &rest[1..];
        }
        out
    }

    #[test]
    fn what_is_compressed_expands_to_the_same() {
        let (mut prng, mut compressor) = (Prng::from_seed(3), Compressor::default());
        for round in 0..2000 {
            let alphabet = 1 + prng.below(if round % 2 == 0 { 3 } else { 200 });
            let len = prng.below(if round % 10 == 0 { 20_000 } else { 300 }) as usize;
            let data: Vec<u8> = (0..len).map(|_| prng.below(alphabet) as u8).collect();
            let mut out = b"before".to_vec();
            let limit = len.saturating_sub(4);
            if compressor.compress(&data, &mut out, limit) {
                assert!(out.len() - 6 <= limit, "round {round}");
                assert_eq!(expand(&out[6..]), data, "round {round}");
            } else {
                assert_eq!(out, b"before", "round {round}");
            }
        }
    }

    #[test]
    fn output_does_not_depend_on_earlier_pieces() {
        let (mut used, data) = (Compressor::default(), b"abcabcabcxyzabcabcxyzabc".repeat(9));
        let mut first = Vec::new();
        assert!(used.compress(&data, &mut first, data.len()));
        used.base = u32::MAX - 10;
        for _ in 0..3 {
            let mut again = Vec::new();
            assert!(used.compress(&data, &mut again, data.len()));
            assert_eq!(again, first);
        }
    }

    #[test]
    fn what_was_packed_is_unpacked() {
        let mut compressor = Compressor::default();
        for length in [5usize, 30, 100, 1000, 70_000] {
            let data: Vec<u8> = (0..length).map(|i| (i * i / 7 % 23) as u8).collect();
            let mut packed = Vec::new();
            if compressor.compress(&data, &mut packed, length + length / 16 + 8) {
                assert_eq!(decompress(&packed, length), Some(data));
                assert_eq!(decompress(&packed, length - 1), None);
                assert_eq!(decompress(&packed, length + 1), None);
                assert_eq!(decompress(&packed[..packed.len() - 1], length), None);
            }
        }
        assert_eq!(decompress(&[0x20, 0x05], 3), None, "a reference to before the start");
    }
}
