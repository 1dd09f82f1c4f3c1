//! Ranges of scores and of members, as arguments write them.

use std::ops::Range;

use smallvec::SmallVec;

use crate::base::num::parse_double_bound;
use crate::core::refusal::Refusal;
use crate::value::zset::ZsetRef;

/// Scores between two ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scores {
    min: ScoreEnd,
    max: ScoreEnd,
}

#[derive(Clone, Copy, Debug)]
struct ScoreEnd {
    score: f64,
    open: bool,
}

impl ScoreEnd {
    fn parse(text: &[u8]) -> Option<ScoreEnd> {
        let (text, open) = match text {
            [b'(', rest @ ..] => (rest, true),
            _ => (text, false),
        };
        Some(ScoreEnd { score: parse_double_bound(text)?, open })
    }
}

impl Scores {
    /// # Errors
    /// `min or max is not a float`
    pub(super) fn parse(min: &[u8], max: &[u8]) -> Result<Scores, Refusal> {
        match (ScoreEnd::parse(min), ScoreEnd::parse(max)) {
            (Some(min), Some(max)) => Ok(Scores { min, max }),
            _ => Err(Refusal::fixed("ERR min or max is not a float")),
        }
    }

    /// The ranks of the members in it.
    pub(super) fn ranks(self, zset: ZsetRef<'_>) -> Range<usize> {
        let Scores { min, max } = self;
        let start = zset.partition(|score, _| score < min.score || min.open && score == min.score);
        let end = zset.partition(|score, _| score < max.score || !max.open && score == max.score);
        start..end.max(start)
    }
}

/// Members between two ends, by their bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lex<'a> {
    min: LexEnd<'a>,
    max: LexEnd<'a>,
}

#[derive(Clone, Copy, Debug)]
enum LexEnd<'a> {
    /// `-`: before everything.
    First,
    /// `+`: behind everything.
    Last,
    Closed(&'a [u8]),
    Open(&'a [u8]),
}

impl<'a> LexEnd<'a> {
    /// A NUL byte ends the text of `-` and `+`.
    fn parse(text: &'a [u8]) -> Option<LexEnd<'a>> {
        match text {
            [b'-'] | [b'-', 0, ..] => Some(LexEnd::First),
            [b'+'] | [b'+', 0, ..] => Some(LexEnd::Last),
            [b'[', rest @ ..] => Some(LexEnd::Closed(rest)),
            [b'(', rest @ ..] => Some(LexEnd::Open(rest)),
            _ => None,
        }
    }
}

impl<'a> Lex<'a> {
    /// # Errors
    /// `min or max not valid string range item`
    pub(super) fn parse(min: &'a [u8], max: &'a [u8]) -> Result<Lex<'a>, Refusal> {
        match (LexEnd::parse(min), LexEnd::parse(max)) {
            (Some(min), Some(max)) => Ok(Lex { min, max }),
            _ => Err(Refusal::fixed("ERR min or max not valid string range item")),
        }
    }

    /// The ranks of the members in it, but for the first `offset` ones (`reverse`: the last ones).
    ///
    /// Means something if all scores are equal. If they are not, what a small set answers is still
    /// Redis's, which walks from one end into the range, over the offset without looking, and on to
    /// where the range ends.
    pub(super) fn ranks(self, zset: ZsetRef<'_>, reverse: bool, offset: usize) -> Range<usize> {
        match zset {
            ZsetRef::Packed(_) => self.walked(zset, reverse, offset),
            ZsetRef::Tree(_) => {
                let start = zset.partition(|_, member| !self.above_min(member));
                let end = zset.partition(|_, member| self.below_max(member)).max(start);
                let offset = offset.min(end - start);
                if reverse { start..end - offset } else { start + offset..end }
            }
        }
    }

    fn walked(self, zset: ZsetRef<'_>, reverse: bool, offset: usize) -> Range<usize> {
        let mut scratch = itoa::Buffer::new();
        let ends = zset.iter().map(|(member, _)| {
            let member = member.text(&mut scratch);
            (self.above_min(member), self.below_max(member))
        });
        let within: SmallVec<[(bool, bool); 128]> = ends.collect();
        let (Some(first), Some(last)) = (within.first(), within.last()) else { return 0..0 };
        if self.is_empty() || !last.0 || !first.1 {
            return 0..0;
        }
        if reverse {
            let nearest = within.iter().rposition(|&(_, below_max)| below_max);
            let Some(nearest) = nearest.filter(|&at| within[at].0) else { return 0..0 };
            let Some(end) = (nearest + 1).checked_sub(offset) else { return 0..0 };
            let outside = within[..end].iter().rposition(|&(above_min, _)| !above_min);
            outside.map_or(0, |at| at + 1)..end
        } else {
            let nearest = within.iter().position(|&(above_min, _)| above_min);
            let Some(nearest) = nearest.filter(|&at| within[at].1) else { return 0..0 };
            let start = nearest.saturating_add(offset).min(within.len());
            let len = within[start..].iter().position(|&(_, below_max)| !below_max);
            start..len.map_or(within.len(), |len| start + len)
        }
    }

    fn above_min(self, member: &[u8]) -> bool {
        match self.min {
            LexEnd::First => true,
            LexEnd::Last => false,
            LexEnd::Closed(min) => member >= min,
            LexEnd::Open(min) => member > min,
        }
    }

    fn below_max(self, member: &[u8]) -> bool {
        match self.max {
            LexEnd::First => false,
            LexEnd::Last => true,
            LexEnd::Closed(max) => member <= max,
            LexEnd::Open(max) => member < max,
        }
    }

    /// True if no member can lie in it.
    fn is_empty(self) -> bool {
        use LexEnd::{Closed, First, Last, Open};
        match (self.min, self.max) {
            (First, First) | (Last, Last) => false,
            (Last, _) | (_, First) => true,
            (First, _) | (_, Last) => false,
            (Closed(min), Closed(max)) => min > max,
            (Open(min) | Closed(min), Open(max) | Closed(max)) => min >= max,
        }
    }
}
