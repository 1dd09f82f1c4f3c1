//! Hashes: a keyed one for bytes that clients choose, a fast one for ids that we mint.
//!
//! Holds: equal seed and equal bytes give an equal hash on every platform and in every run.
//! Cost: SipHash-1-3, about 10 ns for a 16-byte key.
//! Not here: checksums and digests.

use std::hash::BuildHasherDefault;

use siphasher::sip::SipHasher13;

/// A map keyed by ids that we mint. Never for bytes of a client: the hash has no seed.
pub type FxMap<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<fxhash::FxHasher>>;

/// A set of ids that we mint. Never for bytes of a client: the hash has no seed.
pub type FxSet<K> = std::collections::HashSet<K, BuildHasherDefault<fxhash::FxHasher>>;

/// The hash of a key: its position on a ring of 2^64, by which tables order their elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub u64);

/// A seeded hash function for keys that clients choose (SipHash-1-3).
///
/// The seed is secret and is an input of the host. A client sees the order of elements, through
/// SCAN for one, so an unseeded or weak hash would let it flood one segment of a table.
#[derive(Clone, Copy, Debug)]
pub struct KeyHasher {
    sip: SipHasher13,
}

impl KeyHasher {
    /// The hash function with this 128-bit seed.
    pub fn new(seed: [u8; 16]) -> Self {
        Self { sip: SipHasher13::new_with_key(&seed) }
    }

    /// Hashes `key`. Cost: O(length).
    #[inline]
    pub fn hash(&self, key: &[u8]) -> Hash {
        Hash(self.sip.hash(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_depends_on_seed_and_bytes_only() {
        let one = KeyHasher::new([1; 16]);
        let two = KeyHasher::new([2; 16]);
        assert_eq!(one.hash(b"key"), KeyHasher::new([1; 16]).hash(b"key"));
        assert_ne!(one.hash(b"key"), two.hash(b"key"));
        assert_ne!(one.hash(b"key"), one.hash(b"kez"));
        assert_ne!(one.hash(b""), one.hash(b"\0"));
    }
}
