//! The leaf of the tree of a large sorted set: scores, ends of members and bytes of members in
//! arrays of their own, and the borders between such leaves.
//!
//! So an element takes its score, its bytes and two more; a search by score reads scores only,
//! eight to a cache line, without a branch for each.

use triomphe::ThinArc;

use crate::base::size_class::{reserve_tight, shrink_tight};
use crate::data::tree::{Borders, Leaf, LeafSize, Probe};

/// ScoredLeaf of a leaf, at most.
const LEAF_MAX: usize = 128;
/// Bytes of members in a leaf, at most.
const TEXT_MAX: usize = 4096;
/// Longer members lie outside, shared by the copies of a leaf.
const INLINE_MAX: usize = 128;
/// The mark of a member that lies outside, in the number of its end.
const OUTSIDE: u16 = 1 << 15;
/// Prefixes of members up to this length lie in an inner node.
const BORDER_INLINE_MAX: usize = 22;

/// A member that is too long to be copied.
pub(super) type Long = ThinArc<(), u8>;

/// A member with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored<'a> {
    /// The score; not NaN.
    pub score: f64,
    /// The member.
    pub member: &'a [u8],
}

/// ScoredLeaf ordered by score and bytes.
#[derive(Clone, Default)]
pub struct ScoredLeaf {
    scores: Vec<f64>,
    /// For each member where its bytes in `text` end; they begin where those before end.
    ends: Vec<u16>,
    text: Vec<u8>,
    /// The members that lie outside, in order. Boxed because hardly any leaf has some.
    #[expect(clippy::box_collection, reason = "most leaves have none")]
    longs: Option<Box<Vec<Long>>>,
}

impl ScoredLeaf {
    #[inline]
    fn start(&self, index: usize) -> usize {
        index.checked_sub(1).map_or(0, |before| usize::from(self.ends[before] & !OUTSIDE))
    }

    #[inline]
    fn member(&self, index: usize) -> &[u8] {
        let end = self.ends[index];
        if end & OUTSIDE == 0 {
            &self.text[self.start(index)..usize::from(end)]
        } else {
            &self.longs()[self.longs_before(index)].slice
        }
    }

    fn longs(&self) -> &[Long] {
        self.longs.as_deref().map_or(&[], Vec::as_slice)
    }

    #[cold]
    fn longs_before(&self, index: usize) -> usize {
        self.ends[..index].iter().filter(|&&end| end & OUTSIDE != 0).count()
    }

    /// Inserts a member before the one at `index`. `long` is the member if it was taken out of a
    /// leaf and lay outside.
    pub(super) fn insert(&mut self, index: usize, score: f64, member: &[u8], long: Option<Long>) {
        let start = self.start(index);
        let mut end = start as u16;
        if member.len() > INLINE_MAX {
            let at = self.longs_before(index);
            let long = long.unwrap_or_else(|| Long::from_header_and_slice((), member));
            self.longs.get_or_insert_default().insert(at, long);
            end |= OUTSIDE;
        } else {
            let len = member.len();
            let old = self.text.len();
            reserve_tight(&mut self.text, len);
            self.text.extend_from_slice(member);
            if start < old {
                self.text.copy_within(start..old, start + len);
                self.text[start..start + len].copy_from_slice(member);
            }
            end += len as u16;
            self.ends[index..].iter_mut().for_each(|end| *end += len as u16);
        }
        reserve_tight(&mut self.scores, 1);
        self.scores.insert(index, score);
        reserve_tight(&mut self.ends, 1);
        self.ends.insert(index, end);
    }

    /// Removes the member at `index`; gives it back if it lay outside.
    pub(super) fn remove(&mut self, index: usize) -> Option<Long> {
        let is_long = self.ends[index] & OUTSIDE != 0;
        let long = is_long.then(|| self.longs()[self.longs_before(index)].clone());
        self.remove_range(index, 1);
        long
    }

    /// Removes `count` members from `index` on.
    pub(super) fn remove_range(&mut self, index: usize, count: usize) {
        let (start, behind) = (self.start(index), index + count);
        if self.longs.is_some() {
            let gone = self.longs_before(index)..self.longs_before(behind);
            self.longs.as_mut().map(|longs| longs.drain(gone));
        }
        let end = self.start(behind);
        self.text.copy_within(end.., start);
        self.text.truncate(self.text.len() - (end - start));
        self.ends[behind..].iter_mut().for_each(|one| *one -= (end - start) as u16);
        self.ends.drain(index..behind);
        self.scores.drain(index..behind);
        if self.scores.len() < self.scores.capacity() / 4 {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        shrink_tight(&mut self.scores);
        shrink_tight(&mut self.ends);
        shrink_tight(&mut self.text);
        self.longs.take_if(|longs| longs.is_empty());
    }
}

impl Leaf for ScoredLeaf {
    type Item<'a> = Scored<'a>;
    type Borders = ScoredBorders;

    #[inline]
    fn len(&self) -> usize {
        self.scores.len()
    }

    #[inline]
    fn get(&self, index: usize) -> Scored<'_> {
        Scored { score: self.scores[index], member: self.member(index) }
    }

    #[inline]
    fn place_at(&self, position: usize, _: usize) -> (usize, usize) {
        (position, 0)
    }

    #[inline]
    fn weight_before(&self, index: usize) -> usize {
        index
    }

    #[inline]
    fn size(&self) -> LeafSize {
        if self.scores.len() > LEAF_MAX || self.text.len() > TEXT_MAX {
            LeafSize::Large
        } else if self.scores.len() < LEAF_MAX / 4 && self.text.len() < TEXT_MAX / 4 {
            LeafSize::Small
        } else {
            LeafSize::Fits
        }
    }

    fn split(&mut self, at_end: bool) -> ScoredLeaf {
        let len = self.len();
        let keep = if at_end { len - len / 8 } else { len / 2 };
        let (start, longs) = (self.start(keep), self.longs_before(keep));
        let mut tail = ScoredLeaf {
            scores: self.scores.split_off(keep),
            ends: self.ends.split_off(keep),
            text: self.text.split_off(start),
            longs: None,
        };
        tail.ends.iter_mut().for_each(|end| *end -= start as u16);
        if let Some(all) = &mut self.longs
            && longs < all.len()
        {
            tail.longs = Some(Box::new(all.split_off(longs)));
        }
        self.shrink();
        tail
    }

    fn append(&mut self, behind: ScoredLeaf) {
        let base = self.text.len() as u16;
        reserve_tight(&mut self.text, behind.text.len());
        self.text.extend_from_slice(&behind.text);
        reserve_tight(&mut self.ends, behind.ends.len());
        self.ends.extend(behind.ends.iter().map(|end| end + base));
        reserve_tight(&mut self.scores, behind.scores.len());
        self.scores.extend_from_slice(&behind.scores);
        if let Some(longs) = behind.longs {
            self.longs.get_or_insert_default().extend(*longs);
        }
    }

    fn border(&self, behind: &ScoredLeaf) -> Border {
        let last = self.get(self.len() - 1);
        let first = behind.get(0);
        if last.score < first.score {
            return Border { score: first.score, prefix: Prefix::EMPTY };
        }
        // One byte more than they share: it is greater than the one, and not than the other.
        let shared = last.member.iter().zip(first.member).take_while(|(a, b)| a == b).count();
        let prefix = match &first.member[..shared + 1] {
            short if short.len() <= BORDER_INLINE_MAX => Prefix::inline(short),
            _ if behind.ends[0] & OUTSIDE != 0 => Prefix::Long(behind.longs()[0].clone()),
            long => Prefix::Long(Long::from_header_and_slice((), long)),
        };
        Border { score: first.score, prefix }
    }

    fn memory(&self) -> usize {
        let longs = self.longs.as_ref().map_or(0, |longs| {
            let bytes = longs.iter().map(|long| 2 * size_of::<usize>() + long.slice.len());
            size_of::<Vec<Long>>() + longs.capacity() * size_of::<Long>() + bytes.sum::<usize>()
        });
        self.scores.capacity() * size_of::<f64>()
            + self.ends.capacity() * size_of::<u16>()
            + self.text.capacity()
            + longs
    }

    fn invariants(&self) {
        assert_eq!(self.ends.len(), self.scores.len());
        assert_eq!(self.longs_before(self.len()), self.longs().len());
        assert_eq!(self.start(self.len()), self.text.len());
        for index in 0..self.len() {
            let (start, end) = (self.start(index), self.ends[index]);
            let end = usize::from(end & !OUTSIDE);
            assert!(start <= end && end - start <= INLINE_MAX);
            assert_eq!(self.member(index).len() > INLINE_MAX, self.ends[index] & OUTSIDE != 0);
        }
    }
}

/// The first bytes of a member, three words.
#[derive(Clone)]
enum Prefix {
    Inline { len: u8, bytes: [u8; BORDER_INLINE_MAX] },
    Long(Long),
}

impl Prefix {
    const EMPTY: Prefix = Prefix::Inline { len: 0, bytes: [0; BORDER_INLINE_MAX] };

    fn inline(short: &[u8]) -> Prefix {
        let mut bytes = [0; BORDER_INLINE_MAX];
        bytes[..short.len()].copy_from_slice(short);
        Prefix::Inline { len: short.len() as u8, bytes }
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        match self {
            Prefix::Inline { len, bytes } => &bytes[..usize::from(*len)],
            Prefix::Long(bytes) => &bytes.slice,
        }
    }
}

/// A border between two leaves: a score, and of members only what tells the neighbours apart.
pub struct Border {
    score: f64,
    prefix: Prefix,
}

/// The borders of an inner node.
#[derive(Clone, Default)]
pub struct ScoredBorders {
    scores: Vec<f64>,
    prefixes: Vec<Prefix>,
}

impl Borders for ScoredBorders {
    type Border = Border;

    fn len(&self) -> usize {
        self.scores.len()
    }

    fn insert(&mut self, index: usize, border: Border) {
        self.scores.insert(index, border.score);
        self.prefixes.insert(index, border.prefix);
    }

    fn remove(&mut self, index: usize) -> Border {
        Border { score: self.scores.remove(index), prefix: self.prefixes.remove(index) }
    }

    fn split_off(&mut self, index: usize) -> ScoredBorders {
        ScoredBorders {
            scores: self.scores.split_off(index),
            prefixes: self.prefixes.split_off(index),
        }
    }

    fn append(&mut self, mut behind: ScoredBorders) {
        self.scores.append(&mut behind.scores);
        self.prefixes.append(&mut behind.prefixes);
    }

    fn memory(&self) -> usize {
        self.scores.capacity() * size_of::<f64>() + self.prefixes.capacity() * size_of::<Prefix>()
    }
}

/// How many scores, which are in order, are less.
#[inline]
fn less(scores: &[f64], score: f64) -> usize {
    // All are compared: that takes no branch, and loads all lines at once.
    scores.iter().map(|&other| u64::from(other < score)).sum::<u64>() as usize
}

/// The end of the scores equal to `score`, of which the first would lie at `start`.
#[inline]
fn equal_end(scores: &[f64], start: usize, score: f64) -> usize {
    match scores[start..] {
        [first, second, ..] if first == score && second == score => {
            start + scores[start..].partition_point(|&other| other == score)
        }
        [first, ..] if first == score => start + 1,
        _ => start,
    }
}

/// The first of `range` for which `before` is false; it is true for all up to there.
#[inline]
fn partition(mut range: std::ops::Range<usize>, before: impl Fn(usize) -> bool) -> usize {
    while !range.is_empty() {
        let middle = range.start + range.len() / 2;
        if before(middle) { range.start = middle + 1 } else { range.end = middle }
    }
    range.start
}

/// Looks for the place of a member with its score.
impl Probe<ScoredLeaf> for Scored<'_> {
    #[inline]
    fn child(&self, borders: &ScoredBorders) -> usize {
        let start = less(&borders.scores, self.score);
        let end = equal_end(&borders.scores, start, self.score);
        partition(start..end, |index| borders.prefixes[index].bytes() <= self.member)
    }

    #[inline]
    fn place(&self, leaf: &ScoredLeaf) -> usize {
        let start = less(&leaf.scores, self.score);
        let end = equal_end(&leaf.scores, start, self.score);
        partition(start..end, |index| leaf.member(index) < self.member)
    }
}

/// Looks for the first member for which a condition on score and member does not hold.
pub(super) struct Before<F>(pub(super) F);

impl<F: Fn(f64, &[u8]) -> bool> Probe<ScoredLeaf> for Before<F> {
    fn child(&self, borders: &ScoredBorders) -> usize {
        partition(0..borders.len(), |index| {
            (self.0)(borders.scores[index], borders.prefixes[index].bytes())
        })
    }

    fn place(&self, leaf: &ScoredLeaf) -> usize {
        partition(0..leaf.len(), |index| (self.0)(leaf.scores[index], leaf.member(index)))
    }
}
