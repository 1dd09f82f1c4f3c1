//! Walking a sorted set in order.

use super::{ScoredLeaf, ZsetRef, item_score};
use crate::data::packed::{self, Item};
use crate::data::tree;

/// Members and scores of a sorted set from a rank on, up or down.
pub struct Members<'a>(Walk<'a>);

enum Walk<'a> {
    Run(packed::Iter<'a, false>),
    /// A run is walked from the front only: the part that is walked back, last member last.
    Back(Vec<(Item<'a>, f64)>),
    Tree(tree::Iter<'a, ScoredLeaf>),
}

impl<'a> Members<'a> {
    pub(super) fn forward(zset: ZsetRef<'a>, rank: usize) -> Members<'a> {
        Members(match zset {
            ZsetRef::Packed(run) => Walk::Run(run.iter_from(run.nth(rank * 2))),
            ZsetRef::Tree(ranked) => Walk::Tree(ranked.tree().iter_from(rank)),
        })
    }

    pub(super) fn backward(zset: ZsetRef<'a>, rank: usize) -> Members<'a> {
        Members(match zset {
            ZsetRef::Packed(_) if rank >= zset.len() => Walk::Back(Vec::new()),
            ZsetRef::Packed(_) => Walk::Back(Members::forward(zset, 0).take(rank + 1).collect()),
            ZsetRef::Tree(ranked) => Walk::Tree(ranked.tree().iter_back_from(rank)),
        })
    }
}

impl<'a> Iterator for Members<'a> {
    /// A member of a large sorted set is a text even if it looks like an integer.
    type Item = (Item<'a>, f64);

    #[inline]
    fn next(&mut self) -> Option<(Item<'a>, f64)> {
        match &mut self.0 {
            Walk::Run(run) => {
                let member = run.next()?;
                let score = run.next().expect("a member is followed by its score");
                Some((member, item_score(score)))
            }
            Walk::Back(rest) => rest.pop(),
            Walk::Tree(iter) => {
                let scored = iter.next()?;
                Some((Item::Text(scored.member), scored.score))
            }
        }
    }
}
