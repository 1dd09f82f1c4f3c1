//! The large form: a table from members to scores, and a tree in order.
//!
//! A member lies in the tree as well as in the table: a string of its own would take more room than
//! the repetition, and a cold cache line for each comparison and each removal.

use std::cmp::Ordering;
use std::fmt;

use super::leaf::{Before, Long, Scored, ScoredLeaf};
use crate::base::hash::KeyHasher;
use crate::data::table::{Entry, Table};
use crate::data::tree::{Leaf, Tree};

/// Pops that are prepared: one for each step of a look-up.
const PREFETCHED_POPS: usize = 3;

/// See the module.
///
/// Holds: both have the same members with the same scores.
#[derive(Clone)]
pub struct Ranked {
    /// The payload is the score, eight bytes.
    scores: Table<()>,
    tree: Tree<ScoredLeaf>,
}

impl fmt::Debug for Ranked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tree.fmt(f)
    }
}

fn score_of(entry: Entry<'_, ()>) -> f64 {
    f64::from_le_bytes(entry.payload().try_into().expect("a payload is a score of eight bytes"))
}

impl Ranked {
    /// No members.
    pub fn new(hasher: KeyHasher) -> Ranked {
        Ranked { scores: Table::new(hasher), tree: Tree::new() }
    }

    /// Number of members.
    #[inline]
    pub fn len(&self) -> usize {
        self.tree.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.tree.is_empty()
    }

    /// Members in order.
    pub fn tree(&self) -> &Tree<ScoredLeaf> {
        &self.tree
    }

    /// Bytes allocated. Cost: O(segments and nodes).
    pub fn memory(&self) -> usize {
        self.scores.memory() + self.tree.memory()
    }

    /// Members by hash, for scanning and picking at random.
    pub fn table(&self) -> &Table<()> {
        &self.scores
    }

    /// The score of a member. O(1).
    pub fn score(&self, member: &[u8]) -> Option<f64> {
        self.scores.get(self.scores.hash(member), member).map(score_of)
    }

    /// How many members come before this one. O(log n).
    pub fn rank(&self, score: f64, member: &[u8]) -> usize {
        self.tree.partition(Scored { score, member })
    }

    /// How many members come before the first for which `before` is false; it is true for all up
    /// to there, and would be false for any behind. O(log n).
    pub fn partition(&self, before: impl Fn(f64, &[u8]) -> bool) -> usize {
        self.tree.partition(Before(before))
    }

    /// Sets the score of a member, new or not; returns the old score. O(log n).
    pub fn set(&mut self, member: &[u8], score: f64) -> Option<f64> {
        let hash = self.scores.hash(member);
        let bytes = score.to_le_bytes();
        let (long, old) = match self.scores.find(hash, member) {
            Ok(place) => {
                let mut entry = self.scores.at_mut(place);
                let old = score_of(entry.as_entry());
                entry.payload_mut().copy_from_slice(&bytes);
                (self.take_from_tree(old, member), Some(old))
            }
            Err(place) => {
                self.scores.insert_at(place, member, &[&bytes], None);
                (None, None)
            }
        };
        self.tree.edit_key(Scored { score, member }, |leaf| {
            leaf.elements.insert(leaf.index, score, member, long);
        });
        old
    }

    /// Takes a member out of the tree, which has it with this score.
    fn take_from_tree(&mut self, score: f64, member: &[u8]) -> Option<Long> {
        self.tree.edit_key(Scored { score, member }, |leaf| leaf.elements.remove(leaf.index))
    }

    /// Removes a member; returns its score. O(log n).
    pub fn remove(&mut self, member: &[u8]) -> Option<f64> {
        let score = score_of_removed(&mut self.scores, member)?;
        self.take_from_tree(score, member);
        Some(score)
    }

    /// Starts loading what taking the next few members from an end will read: elements are often
    /// taken one after the other, and the order of the table is another than theirs.
    pub fn prefetch_end(&self, back: bool) {
        let next = match back {
            false => self.tree.iter(),
            true => self.tree.iter_back_from(self.len().saturating_sub(1)),
        };
        for (distance, scored) in next.take(PREFETCHED_POPS).enumerate() {
            let hash = self.scores.hash(scored.member);
            match distance {
                0 => self.scores.prefetch_record(hash),
                1 => self.scores.prefetch_slots(hash),
                _ => self.scores.prefetch_segment(hash),
            }
        }
    }

    /// Removes `count` members from `rank` on, which exist. O(log n + count).
    pub fn remove_ranks(&mut self, rank: usize, count: usize) {
        let Ranked { scores, tree } = self;
        let mut left = count;
        while left > 0 {
            left -= tree.edit(rank, |leaf| {
                let here = left.min(leaf.elements.len() - leaf.index);
                for index in leaf.index..leaf.index + here {
                    score_of_removed(scores, leaf.elements.get(index).member);
                }
                leaf.elements.remove_range(leaf.index, here);
                here
            });
        }
    }

    /// Makes a sorted set of distinct members in any order. O(n log n).
    pub fn collect<'a>(
        hasher: KeyHasher,
        members: impl IntoIterator<Item = (&'a [u8], f64)>,
    ) -> Ranked {
        let mut scores = Table::new(hasher);
        let mut elements = Vec::new();
        for (member, score) in members {
            let hash = scores.hash(member);
            scores.insert(hash, member, &[&score.to_le_bytes()], None);
            elements.push(Scored { score, member });
        }
        Ranked { scores, tree: in_order(elements) }
    }

    /// Makes a sorted set of a table from members to scores. O(n log n).
    pub fn from_scores(scores: Table<()>) -> Ranked {
        let all = scores.iter();
        let elements = all.map(|entry| Scored { score: score_of(entry), member: entry.key() });
        let tree = in_order(elements.collect());
        Ranked { scores, tree }
    }

    /// Checks what the module says holds.
    ///
    /// # Panics
    /// If it does not.
    pub fn invariants(&self) {
        self.tree.invariants();
        self.scores.invariants();
        assert_eq!(self.scores.len(), self.tree.len());
        let mut last: Option<Scored<'_>> = None;
        for scored in self.tree.iter() {
            assert_eq!(self.score(scored.member).map(f64::to_bits), Some(scored.score.to_bits()));
            if let Some(last) = last {
                let order = last.score.partial_cmp(&scored.score).expect("no score is NaN");
                assert!(order.then_with(|| last.member.cmp(scored.member)).is_lt());
            }
            last = Some(scored);
        }
    }
}

fn score_of_removed(scores: &mut Table<()>, member: &[u8]) -> Option<f64> {
    let hash = scores.hash(member);
    let removed = scores.remove(hash, member)?;
    let bytes = removed.payload[..].try_into().expect("a payload is a score of eight bytes");
    Some(f64::from_le_bytes(bytes))
}

/// A tree of distinct members.
fn in_order(mut elements: Vec<Scored<'_>>) -> Tree<ScoredLeaf> {
    elements.sort_unstable_by(|a, b| {
        // Neither is NaN, and zeros are equal.
        a.score
            .partial_cmp(&b.score)
            .unwrap_or(Ordering::Equal)
            .then_with(|| a.member.cmp(b.member))
    });
    let mut tree = Tree::<ScoredLeaf>::new();
    for Scored { score, member } in elements {
        tree.edit(tree.len(), |leaf| leaf.elements.insert(leaf.index, score, member, None));
    }
    tree
}
