//! Sorted sets: a packed run of members and scores while small (`listpack`), a table from members
//! to scores and a tree ordered by score and member beyond (`skiplist`).
//!
//! Holds: members are ordered by score, then by bytes; no score is NaN; a sorted set in a key is
//! not empty between commands. A small one does not know negative zero.
//! Cost: small: O(n), n bounded by the configuration. Large: score O(1), rank, insertion and
//! removal O(log n); clone O(1) for the tree and a pointer per few dozen table segments.

mod edit;
mod iter;
mod leaf;
mod ranked;
#[cfg(test)]
mod tests;

pub use self::edit::ZsetMut;
pub use self::iter::Members;
pub use self::leaf::{Scored, ScoredLeaf};
pub use self::ranked::Ranked;
use super::{Object, Value};
use crate::base::hash::KeyHasher;
use crate::data::packed::{Item, OneWay};
use crate::sync::loose::LooseArc;

/// The kind.
#[derive(Debug)]
pub enum Zset {}

/// A sorted set, to be read.
#[derive(Clone, Copy)]
pub enum ZsetRef<'a> {
    /// Small.
    Packed(&'a OneWay),
    /// Large.
    Tree(&'a Ranked),
}

/// When a sorted set is small, and how a large one hashes its members.
#[derive(Clone, Copy)]
pub struct Rules {
    /// `zset-max-listpack-entries`
    pub entries: usize,
    /// `zset-max-listpack-value`
    pub value: usize,
    /// The hasher.
    pub hasher: KeyHasher,
}

impl Object for Zset {
    type Ref<'a> = ZsetRef<'a>;
    type Mut<'a> = ZsetMut<'a>;

    #[inline]
    fn view(value: &Value) -> Option<ZsetRef<'_>> {
        match value {
            Value::ZsetPacked(run) => Some(ZsetRef::Packed(run)),
            Value::ZsetTree(ranked) => Some(ZsetRef::Tree(ranked)),
            _ => None,
        }
    }

    #[inline]
    fn view_mut(value: &mut Value) -> Option<ZsetMut<'_>> {
        Zset::view(value)?;
        Some(ZsetMut::new(value))
    }

    fn is_empty(value: ZsetRef<'_>) -> bool {
        value.is_empty()
    }
}

impl Zset {
    /// A sorted set without members that is about to get `count`, the first of which has `len`
    /// bytes.
    pub fn with_hint(count: usize, len: usize, rules: Rules) -> Value {
        if count <= rules.entries && len <= rules.value {
            Value::ZsetPacked(OneWay::new())
        } else {
            Value::ZsetTree(LooseArc::new(Ranked::new(rules.hasher)))
        }
    }

    /// The smallest form of a finished result.
    pub fn from_ranked(ranked: Ranked, rules: Rules) -> Value {
        let fits = ranked.len() <= rules.entries
            && ranked.tree().iter().all(|scored| scored.member.len() <= rules.value);
        if !fits {
            return Value::ZsetTree(LooseArc::new(ranked));
        }
        let items = ranked.tree().iter().map(|scored| (scored.member, score_bytes(scored.score)));
        let mut run = OneWay::new();
        for (member, bytes) in items {
            run.push(&[Item::new(member), bytes.item()]);
        }
        Value::ZsetPacked(run)
    }
}

impl<'a> ZsetRef<'a> {
    /// Number of members.
    #[inline]
    pub fn len(self) -> usize {
        match self {
            ZsetRef::Packed(run) => run.len() / 2,
            ZsetRef::Tree(ranked) => ranked.len(),
        }
    }

    /// True if there is none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The score of a member.
    pub fn score(self, member: &[u8]) -> Option<f64> {
        match self {
            ZsetRef::Packed(run) => {
                let place = run.find(Item::new(member), 2)?;
                Some(item_score(run.get(run.next(place))))
            }
            ZsetRef::Tree(ranked) => ranked.score(member),
        }
    }

    /// The rank of a member from the lowest score, and its score.
    pub fn rank(self, member: &[u8]) -> Option<(usize, f64)> {
        let score = self.score(member)?;
        let rank = match self {
            ZsetRef::Packed(run) => {
                let item = Item::new(member);
                run.iter().step_by(2).position(|other| other == item)?
            }
            ZsetRef::Tree(ranked) => ranked.rank(score, member),
        };
        Some((rank, score))
    }

    /// The rank of the first member for which `before` (of score and member) is false; it is true
    /// for all members up to there and for none behind.
    pub fn partition(self, before: impl Fn(f64, &[u8]) -> bool) -> usize {
        match self {
            ZsetRef::Packed(_) => {
                let mut scratch = itoa::Buffer::new();
                self.iter()
                    .take_while(|(item, score)| before(*score, item.text(&mut scratch)))
                    .count()
            }
            ZsetRef::Tree(ranked) => ranked.partition(before),
        }
    }

    /// Members and scores from `rank` on.
    pub fn iter_from(self, rank: usize) -> Members<'a> {
        Members::forward(self, rank)
    }

    /// Members and scores from `rank` back to the lowest.
    pub fn iter_back_from(self, rank: usize) -> Members<'a> {
        Members::backward(self, rank)
    }

    /// All members and scores, the lowest first.
    pub fn iter(self) -> Members<'a> {
        self.iter_from(0)
    }
}

/// A score in a run: an integer if it is one, else its eight bytes.
enum ScoreBytes {
    Int(i64),
    Bits([u8; 8]),
}

impl ScoreBytes {
    fn item(&self) -> Item<'_> {
        match self {
            ScoreBytes::Int(n) => Item::Int(*n),
            ScoreBytes::Bits(bytes) => Item::Text(bytes),
        }
    }
}

fn score_bytes(score: f64) -> ScoreBytes {
    // Half the range, as everywhere a double passes for an integer; this makes negative zero
    // positive.
    const INTEGER_MAX: f64 = (1_u64 << 62) as f64;
    if score.abs() <= INTEGER_MAX && score.trunc() == score {
        ScoreBytes::Int(score as i64)
    } else {
        ScoreBytes::Bits(score.to_le_bytes())
    }
}

fn item_score(item: Item<'_>) -> f64 {
    match item {
        Item::Int(n) => n as f64,
        Item::Text(bits) => {
            f64::from_le_bytes(bits.try_into().expect("a score is stored in eight bytes"))
        }
    }
}
