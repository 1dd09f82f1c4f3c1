//! Registers of six bits each, from the lowest bit of the first byte on.

const BITS: usize = 6;
const MASK: u16 = (1 << BITS) - 1;

/// Raises a register to `rank` if it is lower; true if it was.
pub(super) fn raise(registers: &mut [u8], index: usize, rank: u8) -> bool {
    let (byte, shift) = (index * BITS / 8, index * BITS % 8);
    let high = registers.get(byte + 1).copied().unwrap_or(0);
    let pair = u16::from_le_bytes([registers[byte], high]);
    if (pair >> shift & MASK) >= u16::from(rank) {
        return false;
    }
    let pair = pair & !(MASK << shift) | u16::from(rank) << shift;
    let [low, high] = pair.to_le_bytes();
    registers[byte] = low;
    if let Some(next) = registers.get_mut(byte + 1) {
        *next = high;
    }
    true
}

/// All registers.
pub(super) fn iter(registers: &[u8]) -> impl Iterator<Item = u8> + '_ {
    registers.chunks_exact(3).flat_map(|group| {
        let bits = u32::from_le_bytes([group[0], group[1], group[2], 0]);
        (0..4).map(move |at| (bits >> (BITS * at)) as u8 & MASK as u8)
    })
}
