//! How many nodes Redis's radix tree has for the IDs that begin a stream's nodes, as XINFO STREAM
//! tells it.
//!
//! The tree has a node per branching, a node per run of bytes between branchings (root and ends
//! included), and a node per key, of 16 bytes each. Its shape follows from the keys alone, so the
//! figure is kept up to date with a few look-ups whenever a key comes or goes.

use super::id::StreamId;
use super::ordered::Ordered;

/// Nodes of the empty tree.
pub(super) const EMPTY: u64 = 1;

/// Bytes of a key.
const KEY: u32 = 16;

/// How many nodes the tree of `keys` grows by when `key`, which is not among them, is added.
///
/// Cost: O(log n).
pub(super) fn growth<V: Clone>(keys: &Ordered<StreamId, V>, key: StreamId) -> u64 {
    let number = |id: &StreamId| u128::from_be_bytes(id.to_key());
    let common = |a: u128, b: u128| (a ^ b).leading_zeros() / 8;
    let id = |n: u128| StreamId::new((n >> 64) as u64, n as u64);
    let below = |n: u128| keys.below(&id(n)).map(|(id, _)| number(id));
    let from = |n: u128| keys.iter_from(&id(n)).next().map(|(id, _)| number(id));

    let key = number(&key);
    let near = [below(key), from(key)];
    let Some(depth) = near.into_iter().flatten().map(|n| common(n, key)).max() else {
        // The run that the root becomes, and the end.
        return 2 - EMPTY;
    };
    // Those that share the key's first `depth` bytes; there is at least one.
    let rest = u128::MAX.checked_shr(8 * depth).unwrap_or(0);
    let (low, high) = (key & !rest, key | rest);
    let (Some(first), Some(last)) = (from(low), keys.floor(&id(high)).map(|(id, _)| number(id)))
    else {
        unreachable!("the neighbour that shares `depth` bytes lies in the range");
    };
    let fork = common(first, last);
    let new_run = u64::from(depth + 1 < KEY);
    if fork == depth {
        // There is a branching already: one more way out of it.
        return 1 + new_run;
    }
    // A run from after the branching above to `fork` is cut at `depth`.
    let outside = [below(low), high.checked_add(1).and_then(from)];
    let above = outside.into_iter().flatten().map(|n| common(n, key)).max();
    let start = above.map_or(0, |above| above + 1);
    let pieces = u64::from(depth > start) + u64::from(fork > depth + 1);
    pieces + 1 + new_run
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::prng::Prng;

    /// Counts the nodes from the keys below `prefix` bytes by definition.
    fn count(keys: &[[u8; 16]], prefix: usize) -> u64 {
        let (first, last) = (keys[0], keys[keys.len() - 1]);
        let fork = (prefix..16).find(|&at| first[at] != last[at]).unwrap_or(16);
        let run = u64::from(fork > prefix);
        if fork == 16 {
            return run + 1;
        }
        run + 1
            + keys.chunk_by(|a, b| a[fork] == b[fork]).map(|way| count(way, fork + 1)).sum::<u64>()
    }

    #[test]
    fn kept_figures_agree_with_a_count() {
        let mut rng = Prng::from_seed(5);
        let mut keys = Ordered::default();
        let mut nodes = EMPTY;
        for _ in 0..3000 {
            let pick = |rng: &mut Prng| [0, 1, 255, 256, 65_536, 1 << 40][rng.below(6) as usize];
            let id = StreamId::new(pick(&mut rng) + rng.below(3), pick(&mut rng) + rng.below(2));
            if keys.remove(&id).is_some() {
                nodes -= growth(&keys, id);
            } else {
                nodes += growth(&keys, id);
                keys.insert(id, ());
            }
            let all: Vec<_> = keys.iter().map(|(id, ())| id.to_key()).collect();
            let expected = if all.is_empty() { EMPTY } else { count(&all, 0) };
            assert_eq!(nodes, expected);
        }
    }
}
