//! Ranges of scores and of members, as arguments write them.

use std::ops::Range;

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

    /// The ranks of the members in it; means something if all scores are equal.
    pub(super) fn ranks(self, zset: ZsetRef<'_>) -> Range<usize> {
        let start = zset.partition(|_, member| match self.min {
            LexEnd::First => false,
            LexEnd::Last => true,
            LexEnd::Closed(min) => member < min,
            LexEnd::Open(min) => member <= min,
        });
        let end = zset.partition(|_, member| match self.max {
            LexEnd::First => false,
            LexEnd::Last => true,
            LexEnd::Closed(max) => member <= max,
            LexEnd::Open(max) => member < max,
        });
        start..end.max(start)
    }
}
