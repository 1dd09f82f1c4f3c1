//! The large form: a table from members to scores, and a tree in order.
//!
//! A short member lies in the tree as well as in the table: a string of its own would take more
//! room than the repetition, and a cold cache line for each comparison and each removal.

use std::cmp::Ordering;
use std::fmt;

use triomphe::ThinArc;

use crate::base::hash::KeyHasher;
use crate::data::table::{Entry, Table};
use crate::data::tree::{Element, Tree};

/// Pops that are prepared: one for each step of a look-up.
const PREFETCHED_POPS: usize = 3;

/// Members up to this length lie in the tree.
const INLINE_MAX: usize = 22;

/// A member in the tree, three words.
#[derive(Clone)]
enum Member {
    Inline { len: u8, bytes: [u8; INLINE_MAX] },
    Long(ThinArc<(), u8>),
}

impl Member {
    fn new(member: &[u8]) -> Member {
        let mut bytes = [0; INLINE_MAX];
        match bytes.get_mut(..member.len()) {
            Some(room) => {
                room.copy_from_slice(member);
                Member::Inline { len: member.len() as u8, bytes }
            }
            None => Member::Long(ThinArc::from_header_and_slice((), member)),
        }
    }
}

/// A member with its score, in the tree.
#[derive(Clone)]
pub struct Scored {
    /// The score; not NaN.
    pub score: f64,
    member: Member,
}

impl Scored {
    fn new(score: f64, member: &[u8]) -> Scored {
        Scored { score, member: Member::new(member) }
    }

    /// The member.
    #[inline]
    pub fn member(&self) -> &[u8] {
        match &self.member {
            Member::Inline { len, bytes } => &bytes[..usize::from(*len)],
            Member::Long(bytes) => &bytes.slice,
        }
    }

    #[inline]
    fn cmp_to(&self, score: f64, member: &[u8]) -> Ordering {
        match self.score.partial_cmp(&score) {
            Some(Ordering::Equal) | None => self.member().cmp(member),
            Some(order) => order,
        }
    }
}

impl fmt::Debug for Scored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scored").field(&self.score).field(&self.member()).finish()
    }
}

impl Element for Scored {
    type Key = Scored;

    const UNIT: bool = true;

    #[inline]
    fn key(&self) -> &Scored {
        self
    }
}

/// See the module.
///
/// Holds: both have the same members with the same scores.
#[derive(Clone)]
pub struct Ranked {
    /// The payload is the score, eight bytes.
    scores: Table<()>,
    tree: Tree<Scored>,
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
    pub fn tree(&self) -> &Tree<Scored> {
        &self.tree
    }

    /// Bytes of the table, and of the tree without its long members.
    pub fn memory(&self) -> usize {
        self.scores.memory() + self.tree.len() * size_of::<Scored>()
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
        self.tree.partition(|scored| scored.cmp_to(score, member) == Ordering::Less)
    }

    /// Sets the score of a member, new or not; returns the old score. O(log n).
    pub fn set(&mut self, member: &[u8], score: f64) -> Option<f64> {
        let hash = self.scores.hash(member);
        let bytes = score.to_le_bytes();
        let (element, old) = match self.scores.find(hash, member) {
            Ok(place) => {
                let mut entry = self.scores.at_mut(place);
                let old = score_of(entry.as_entry());
                entry.payload_mut().copy_from_slice(&bytes);
                let mut element = self.take_from_tree(old, member);
                element.score = score;
                (element, Some(old))
            }
            Err(place) => {
                self.scores.insert_at(place, member, &[&bytes], None);
                (Scored::new(score, member), None)
            }
        };
        self.tree.edit_key(
            |other| other.cmp_to(score, member),
            |leaf| leaf.elements.insert(leaf.index, element),
        );
        old
    }

    /// Takes out what the tree has of a member, which it has with this score.
    fn take_from_tree(&mut self, score: f64, member: &[u8]) -> Scored {
        let order = |other: &Scored| other.cmp_to(score, member);
        self.tree.edit_key(order, |leaf| leaf.elements.remove(leaf.index))
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
            let hash = self.scores.hash(scored.member());
            match distance {
                0 => self.scores.prefetch_record(hash),
                1 => self.scores.prefetch_slots(hash),
                _ => self.scores.prefetch_segment(hash),
            }
        }
    }

    /// Removes `count` members from `rank` on, which exist. O(count log n).
    pub fn remove_ranks(&mut self, rank: usize, count: usize) {
        for _ in 0..count {
            let scored = self.tree.remove(rank);
            score_of_removed(&mut self.scores, scored.member());
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
            elements.push(Scored::new(score, member));
        }
        Ranked::build(scores, elements)
    }

    /// Makes a sorted set of a table from members to scores. O(n log n).
    pub fn from_scores(scores: Table<()>) -> Ranked {
        let elements =
            scores.iter().map(|entry| Scored::new(score_of(entry), entry.key())).collect();
        Ranked::build(scores, elements)
    }

    fn build(scores: Table<()>, mut elements: Vec<Scored>) -> Ranked {
        elements.sort_unstable_by(|a, b| a.cmp_to(b.score, b.member()));
        Ranked { scores, tree: elements.into_iter().collect() }
    }

    /// Checks what the module says holds.
    ///
    /// # Panics
    /// If it does not.
    pub fn invariants(&self) {
        self.tree.invariants();
        self.scores.invariants();
        assert_eq!(self.scores.len(), self.tree.len());
        let mut last: Option<&Scored> = None;
        for scored in self.tree.iter() {
            assert_eq!(self.score(scored.member()).map(f64::to_bits), Some(scored.score.to_bits()));
            if let Some(last) = last {
                assert_eq!(last.cmp_to(scored.score, scored.member()), Ordering::Less);
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
