//! Bits of byte strings: counting, searching, and fields of up to 64 bits.
//!
//! Cost: counting and searching run over wide words, at about the speed of memory.

/// Words that are combined by the same instruction if the processor can.
const LANES: usize = 4;

/// Lanes of one step of the counter.
const STEP: usize = 16;

type Lane = [u64; LANES];

/// Bytes of a step.
const STEP_BYTES: usize = STEP * size_of::<Lane>();

/// Number of set bits.
///
/// A tree of carry-save adders sums 16 lanes bit by bit, so that one lane of 16 has its bits
/// counted the slow way (W. Harley, R. Seal).
pub(super) fn count(bytes: &[u8]) -> u64 {
    let mut steps = bytes.chunks_exact(STEP_BYTES);
    let mut sums = [[0; LANES]; 4];
    let mut sixteens = 0;
    for step in &mut steps {
        sixteens += ones(add_step(&mut sums, step));
    }
    let mut total = sixteens * 16;
    for (power, sum) in sums.into_iter().enumerate() {
        total += ones(sum) << power;
    }
    let mut words = steps.remainder().chunks_exact(8);
    total += (&mut words).map(|word| u64::from(word_at(word).count_ones())).sum::<u64>();
    total + words.remainder().iter().map(|byte| u64::from(byte.count_ones())).sum::<u64>()
}

/// Adds the bits of a step to the sums of ones, twos, fours and eights; returns the carry.
#[inline]
fn add_step(sums: &mut [Lane; 4], step: &[u8]) -> Lane {
    let mut carries = [[[0; LANES]; 2]; 4];
    for index in 0..STEP {
        let bytes = &step[index * size_of::<Lane>()..][..size_of::<Lane>()];
        let mut lane: Lane = std::array::from_fn(|word| word_at(&bytes[word * 8..][..8]));
        // Two lanes of one weight and the sum so far give the sum and one lane of twice the weight.
        for power in 0..4 {
            if index >> power & 1 == 0 {
                carries[power][0] = lane;
                break;
            }
            (lane, sums[power]) = add(sums[power], carries[power][0], lane);
            if power == 3 {
                return lane;
            }
        }
    }
    unreachable!("the last lane of a step carries through all sums")
}

/// Adds three bits in each place: carry and sum.
#[inline]
fn add(a: Lane, b: Lane, c: Lane) -> (Lane, Lane) {
    let half: Lane = std::array::from_fn(|i| a[i] ^ b[i]);
    let carry = std::array::from_fn(|i| (a[i] & b[i]) | (half[i] & c[i]));
    (carry, std::array::from_fn(|i| half[i] ^ c[i]))
}

fn ones(lane: Lane) -> u64 {
    lane.iter().map(|word| u64::from(word.count_ones())).sum()
}

#[inline]
fn word_at(bytes: &[u8]) -> u64 {
    u64::from_be_bytes(bytes.try_into().expect("a word is eight bytes"))
}

/// The bits from `first` to `last` of a byte string: its bytes, and the masks of what counts in the
/// first and in the last of them.
fn edges(bytes: &[u8], first: u64, last: u64) -> (&[u8], u8, u8) {
    let bytes = &bytes[(first / 8) as usize..=(last / 8) as usize];
    (bytes, 0xff >> (first % 8), 0xff << (7 - last % 8))
}

/// Number of set bits from bit `first` to bit `last`, which lie in the string.
pub(super) fn count_between(bytes: &[u8], first: u64, last: u64) -> u64 {
    let (bytes, head, tail) = edges(bytes, first, last);
    let outside = (bytes[0] & !head).count_ones() + (bytes[bytes.len() - 1] & !tail).count_ones();
    count(bytes) - u64::from(outside)
}

/// The first bit from `first` to `last`, which lie in the string, that is `bit`.
pub(super) fn find_between(bytes: &[u8], first: u64, last: u64, bit: bool) -> Option<u64> {
    let (inside, head, tail) = edges(bytes, first, last);
    // What is looked for becomes a set bit.
    let flip = if bit { 0 } else { 0xff };
    let wanted = |byte: u8| byte ^ flip;
    let base = first & !7;
    let place = |index: usize, byte: u8| base + index as u64 * 8 + u64::from(byte.leading_zeros());
    let end = inside.len() - 1;
    if end == 0 {
        let byte = wanted(inside[0]) & head & tail;
        return (byte != 0).then(|| place(0, byte));
    }
    let byte = wanted(inside[0]) & head;
    if byte != 0 {
        return Some(place(0, byte));
    }
    if let Some(index) = position_other(&inside[1..end], flip) {
        return Some(place(index + 1, wanted(inside[index + 1])));
    }
    let byte = wanted(inside[end]) & tail;
    (byte != 0).then(|| place(end, byte))
}

/// Index of the first byte that is not `skip`.
fn position_other(bytes: &[u8], skip: u8) -> Option<usize> {
    const BLOCK: usize = 256;
    let word = u64::from_ne_bytes([skip; 8]);
    let is_plain = |block: &&[u8]| {
        block.chunks_exact(8).fold(0, |seen, bytes| seen | (word_at(bytes) ^ word)) == 0
    };
    let plain = bytes.chunks_exact(BLOCK).take_while(is_plain).count() * BLOCK;
    bytes[plain..].iter().position(|&byte| byte != skip).map(|index| plain + index)
}

/// The field of `width` bits (1 to 64) at bit `offset`. What lies beyond the string is zero.
pub(super) fn field(bytes: &[u8], offset: u64, width: u32) -> u64 {
    let start = usize::try_from(offset / 8).unwrap_or(usize::MAX).min(bytes.len());
    let mut window = [0; 16];
    let near = &bytes[start..bytes.len().min(start + 9)];
    window[..near.len()].copy_from_slice(near);
    (u128::from_be_bytes(window) << (offset % 8) >> (128 - width)) as u64
}

/// Stores the low `width` bits (1 to 64) of `value` as the field at bit `offset`, which lies in the
/// string.
pub(super) fn set_field(bytes: &mut [u8], offset: u64, width: u32, value: u64) {
    let shift = 128 - width - (offset % 8) as u32;
    let mask = (u128::MAX >> (128 - width)) << shift;
    let value = (u128::from(value) << shift) & mask;
    let start = (offset / 8) as usize;
    let end = ((offset + u64::from(width) - 1) / 8) as usize;
    let (mask, value) = (mask.to_be_bytes(), value.to_be_bytes());
    for (index, byte) in bytes[start..=end].iter_mut().enumerate() {
        *byte = *byte & !mask[index] | value[index];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::prng::Prng;

    fn random(prng: &mut Prng, len: usize) -> Vec<u8> {
        // Runs of equal bytes, so that searches have far to go.
        let mut bytes = vec![if prng.below(2) == 0 { 0 } else { 0xff }; len];
        for _ in 0..prng.below(4) {
            if len > 0 {
                bytes[prng.below(len as u64) as usize] = prng.next_u64() as u8;
            }
        }
        bytes
    }

    fn bit(bytes: &[u8], at: u64) -> bool {
        bytes[(at / 8) as usize] >> (7 - at % 8) & 1 == 1
    }

    #[test]
    fn counting_agrees_with_counting_bytes() {
        let mut prng = Prng::from_seed(1);
        for len in (0..1300).chain([4096, 5000]) {
            let bytes: Vec<u8> = (0..len).map(|_| prng.next_u64() as u8).collect();
            let expected: u64 = bytes.iter().map(|b| u64::from(b.count_ones())).sum();
            assert_eq!(count(&bytes), expected, "{len} bytes");
        }
    }

    #[test]
    fn ranges_agree_with_looking_at_every_bit() {
        let mut prng = Prng::from_seed(2);
        for _ in 0..2000 {
            let len = 1 + prng.below(700) as usize;
            let bytes = random(&mut prng, len);
            let first = prng.below(len as u64 * 8);
            let last = first + prng.below(len as u64 * 8 - first);
            let set = (first..=last).filter(|&at| bit(&bytes, at)).count() as u64;
            assert_eq!(count_between(&bytes, first, last), set);
            for wanted in [false, true] {
                let expected = (first..=last).find(|&at| bit(&bytes, at) == wanted);
                assert_eq!(find_between(&bytes, first, last, wanted), expected);
            }
        }
    }

    #[test]
    fn fields_are_bits_in_order_and_leave_their_neighbours_alone() {
        let mut prng = Prng::from_seed(3);
        for _ in 0..5000 {
            let mut bytes: Vec<u8> = (0..20).map(|_| prng.next_u64() as u8).collect();
            let width = 1 + prng.below(64) as u32;
            let offset = prng.below(160 - u64::from(width) + 1);
            let expected = (offset..offset + u64::from(width))
                .fold(0u64, |value, at| value << 1 | u64::from(bit(&bytes, at)));
            assert_eq!(field(&bytes, offset, width), expected);
            let (before, value) = (bytes.clone(), prng.next_u64());
            set_field(&mut bytes, offset, width, value);
            assert_eq!(field(&bytes, offset, width), value & (u64::MAX >> (64 - width)));
            for at in (0..160).filter(|at| !(offset..offset + u64::from(width)).contains(at)) {
                assert_eq!(bit(&bytes, at), bit(&before, at));
            }
        }
    }

    #[test]
    fn a_field_beyond_the_end_reads_zero() {
        assert_eq!(field(b"", 0, 64), 0);
        assert_eq!(field(b"\xff", 4, 8), 0xf0);
        assert_eq!(field(b"\xff", u64::MAX - 70, 8), 0);
    }
}
