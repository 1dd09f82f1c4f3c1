//! The leaf of the tree of a large sorted set, and the borders between such leaves.
//!
//! A leaf is one buffer of three arrays: scores, ends of members, bytes of members. So an element
//! takes its score, its bytes and two more; a search by score reads scores only, eight to a cache
//! line; and a leaf that is not in the cache is in one place.

use std::ops::Range;

use triomphe::ThinArc;

use crate::base::size_class::{good_size, reserve_tight};
use crate::data::tree::{Borders, Leaf, LeafSize, Probe};

/// Members of a leaf, at most.
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

/// A score as it lies in a buffer.
type Score = [u8; 8];
/// An end as it lies in a buffer.
type End = [u8; 2];
/// Bytes of a score and an end.
const ENTRY: usize = size_of::<Score>() + size_of::<End>();
/// Entries for which a full leaf makes room.
const ROOM_STEP: usize = 16;

/// Members ordered by score and bytes.
#[derive(Clone, Default)]
pub struct ScoredLeaf {
    /// Scores, then for each member where its bytes end (they begin where those before end), then
    /// the bytes. There is room for some more scores and ends behind the last of them.
    buffer: Vec<u8>,
    len: u16,
    /// Scores, and ends, for which there is room.
    room: u16,
    /// The members that lie outside, in order. Boxed because hardly any leaf has some.
    #[expect(clippy::box_collection, reason = "most leaves have none")]
    longs: Option<Box<Vec<Long>>>,
}

impl ScoredLeaf {
    /// Where the ends begin.
    #[inline]
    fn ends_at(&self) -> usize {
        usize::from(self.room) * size_of::<Score>()
    }

    /// Where the bytes of members begin.
    #[inline]
    fn text_at(&self) -> usize {
        usize::from(self.room) * ENTRY
    }

    #[inline]
    fn scores(&self) -> &[Score] {
        &self.buffer.as_chunks().0[..usize::from(self.len)]
    }

    #[inline]
    fn ends(&self) -> &[End] {
        &self.buffer[self.ends_at()..].as_chunks().0[..usize::from(self.len)]
    }

    /// The ends from `index` on.
    #[inline]
    fn ends_mut(&mut self, index: usize) -> &mut [End] {
        let (at, len) = (self.ends_at(), usize::from(self.len));
        &mut self.buffer[at..].as_chunks_mut().0[index..len]
    }

    #[inline]
    fn text(&self) -> &[u8] {
        &self.buffer[self.text_at()..]
    }

    #[inline]
    fn score(&self, index: usize) -> f64 {
        f64::from_le_bytes(self.scores()[index])
    }

    #[inline]
    fn end(&self, index: usize) -> u16 {
        u16::from_le_bytes(self.ends()[index])
    }

    #[inline]
    fn is_outside(&self, index: usize) -> bool {
        self.end(index) & OUTSIDE != 0
    }

    #[inline]
    fn start(&self, index: usize) -> usize {
        index.checked_sub(1).map_or(0, |before| usize::from(self.end(before) & !OUTSIDE))
    }

    #[inline]
    fn member(&self, index: usize) -> &[u8] {
        let end = self.end(index);
        if end & OUTSIDE == 0 {
            &self.text()[self.start(index)..usize::from(end)]
        } else {
            self.member_outside(index)
        }
    }

    #[cold]
    fn member_outside(&self, index: usize) -> &[u8] {
        &self.longs()[self.longs_before(index)].slice
    }

    fn longs(&self) -> &[Long] {
        self.longs.as_deref().map_or(&[], Vec::as_slice)
    }

    fn longs_before(&self, index: usize) -> usize {
        if self.longs.is_none() {
            return 0;
        }
        let ends = self.ends()[..index].iter();
        ends.filter(|&&end| u16::from_le_bytes(end) & OUTSIDE != 0).count()
    }

    /// Inserts a member before the one at `index`. `long` is the member if it was taken out of a
    /// leaf and lay outside.
    pub(super) fn insert(&mut self, index: usize, score: f64, member: &[u8], long: Option<Long>) {
        let start = self.start(index);
        let is_outside = member.len() > INLINE_MAX;
        if is_outside {
            let at = self.longs_before(index);
            let long = long.unwrap_or_else(|| Long::from_header_and_slice((), member));
            self.longs.get_or_insert_default().insert(at, long);
        }
        let inline = if is_outside { &[] } else { member };
        if self.len == self.room {
            self.make_room(inline.len());
        }
        self.insert_text(start, inline);
        let (len, ends_at) = (self.len(), self.ends_at());
        move_up::<End>(&mut self.buffer[ends_at..], index..len);
        move_up::<Score>(&mut self.buffer, index..len);
        self.len += 1;
        self.buffer.as_chunks_mut().0[index] = score.to_le_bytes();
        let by = inline.len() as u16;
        let ends = self.ends_mut(index);
        shift(&mut ends[1..], by);
        let end = start as u16 + by;
        ends[0] = (if is_outside { end | OUTSIDE } else { end }).to_le_bytes();
    }

    /// Inserts bytes before those of the members at byte `at`.
    fn insert_text(&mut self, at: usize, inline: &[u8]) {
        reserve_tight(&mut self.buffer, inline.len());
        let (at, old) = (self.text_at() + at, self.buffer.len());
        self.buffer.extend_from_slice(inline);
        if at < old {
            self.buffer.copy_within(at..old, at + inline.len());
            self.buffer[at..at + inline.len()].copy_from_slice(inline);
        }
    }

    /// Makes room for more scores and ends, and for so many bytes of a member.
    fn make_room(&mut self, inline: usize) {
        let (ends_at, text_at, old) = (self.ends_at(), self.text_at(), self.buffer.len());
        reserve_tight(&mut self.buffer, ROOM_STEP * ENTRY + inline);
        self.buffer.resize(old + ROOM_STEP * ENTRY, 0);
        self.buffer.copy_within(text_at..old, text_at + ROOM_STEP * ENTRY);
        self.buffer.copy_within(ends_at..text_at, ends_at + ROOM_STEP * size_of::<Score>());
        self.room += ROOM_STEP as u16;
    }

    /// Removes the member at `index`; gives it back if it lay outside.
    pub(super) fn remove(&mut self, index: usize) -> Option<Long> {
        let is_outside = self.is_outside(index);
        let long = is_outside.then(|| self.longs()[self.longs_before(index)].clone());
        self.remove_range(index, 1);
        long
    }

    /// Removes `count` members from `index` on.
    pub(super) fn remove_range(&mut self, index: usize, count: usize) {
        let (behind, len) = (index + count, self.len());
        let longs = self.longs_before(index)..self.longs_before(behind);
        if let Some(all) = &mut self.longs {
            all.drain(longs);
        }
        let (start, end) = (self.start(index), self.start(behind));
        let (text_at, ends_at) = (self.text_at(), self.ends_at());
        shift(self.ends_mut(behind), ((end - start) as u16).wrapping_neg());
        move_down::<Score>(&mut self.buffer, behind..len, index);
        move_down::<End>(&mut self.buffer[ends_at..], behind..len, index);
        self.buffer.copy_within(text_at + end.., text_at + start);
        self.buffer.truncate(self.buffer.len() - (end - start));
        self.len -= count as u16;
        if self.len() * 2 + ROOM_STEP < usize::from(self.room) {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        self.buffer = ScoredLeaf::of(&[(self, 0..self.len())]).buffer;
        self.room = self.len;
        self.longs.take_if(|longs| longs.is_empty());
    }

    /// The members of several ranges of leaves in a row, but for those that lie outside.
    fn of(parts: &[(&ScoredLeaf, Range<usize>)]) -> ScoredLeaf {
        let text = |leaf: &ScoredLeaf, range: &Range<usize>| {
            leaf.start(range.start)..leaf.start(range.end)
        };
        let len: usize = parts.iter().map(|(_, range)| range.len()).sum();
        let bytes: usize = parts.iter().map(|(leaf, range)| text(leaf, range).len()).sum();
        let mut buffer = Vec::with_capacity(good_size(len * ENTRY + bytes));
        for (leaf, range) in parts {
            buffer.extend_from_slice(leaf.scores()[range.clone()].as_flattened());
        }
        let mut base = 0_u16;
        for (leaf, range) in parts {
            let at = buffer.len();
            buffer.extend_from_slice(leaf.ends()[range.clone()].as_flattened());
            let text = text(leaf, range);
            shift(buffer[at..].as_chunks_mut().0, base.wrapping_sub(text.start as u16));
            base += text.len() as u16;
        }
        for (leaf, range) in parts {
            buffer.extend_from_slice(&leaf.text()[text(leaf, range)]);
        }
        ScoredLeaf { buffer, len: len as u16, room: len as u16, longs: None }
    }
}

/// Moves entries up by one.
#[inline]
fn move_up<T>(array: &mut [u8], range: Range<usize>) {
    let size = size_of::<T>();
    array.copy_within(range.start * size..range.end * size, (range.start + 1) * size);
}

/// Moves entries down to `index`.
#[inline]
fn move_down<T>(array: &mut [u8], range: Range<usize>, index: usize) {
    let size = size_of::<T>();
    array.copy_within(range.start * size..range.end * size, index * size);
}

/// Adds to ends, of which none becomes negative or so large that it touches the mark; a `by` that
/// is negative wraps around.
#[inline]
fn shift(ends: &mut [End], by: u16) {
    ends.iter_mut().for_each(|end| *end = u16::from_le_bytes(*end).wrapping_add(by).to_le_bytes());
}

/// The arrays of a leaf.
#[derive(Clone, Copy)]
pub struct View<'a> {
    scores: &'a [Score],
    ends: &'a [End],
    text: &'a [u8],
    leaf: &'a ScoredLeaf,
}

impl Leaf for ScoredLeaf {
    type Item<'a> = Scored<'a>;
    type View<'a> = View<'a>;
    type Borders = ScoredBorders;

    #[inline]
    fn len(&self) -> usize {
        usize::from(self.len)
    }

    #[inline]
    fn view(&self) -> View<'_> {
        View { scores: self.scores(), ends: self.ends(), text: self.text(), leaf: self }
    }

    #[inline]
    fn at<'a>(view: View<'a>, index: usize) -> Scored<'a>
    where
        Self: 'a,
    {
        let score = f64::from_le_bytes(view.scores[index]);
        let end = u16::from_le_bytes(view.ends[index]);
        if end & OUTSIDE != 0 {
            return Scored { score, member: view.leaf.member_outside(index) };
        }
        let before = if index == 0 { [0; 2] } else { view.ends[index - 1] };
        let start = u16::from_le_bytes(before) & !OUTSIDE;
        Scored { score, member: &view.text[usize::from(start)..usize::from(end)] }
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
        let (len, text) = (self.len(), self.buffer.len() - self.text_at());
        if len > LEAF_MAX || text > TEXT_MAX {
            LeafSize::Large
        } else if len < LEAF_MAX / 4 && text < TEXT_MAX / 4 {
            LeafSize::Small
        } else {
            LeafSize::Fits
        }
    }

    fn split(&mut self, at_end: bool) -> ScoredLeaf {
        let len = self.len();
        let keep = if at_end { len - len / 8 } else { len / 2 };
        let longs = self.longs_before(keep);
        let mut tail = ScoredLeaf::of(&[(self, keep..len)]);
        if let Some(all) = &mut self.longs
            && longs < all.len()
        {
            tail.longs = Some(Box::new(all.split_off(longs)));
        }
        self.len = keep as u16;
        self.shrink();
        tail
    }

    fn append(&mut self, behind: ScoredLeaf) {
        let longs = self.longs.take();
        *self = ScoredLeaf::of(&[(self, 0..self.len()), (&behind, 0..behind.len())]);
        self.longs = longs;
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
            _ if behind.is_outside(0) => Prefix::Long(behind.longs()[0].clone()),
            long => Prefix::Long(Long::from_header_and_slice((), long)),
        };
        Border { score: first.score, prefix }
    }

    fn memory(&self) -> usize {
        let longs = self.longs.as_ref().map_or(0, |longs| {
            let bytes = longs.iter().map(|long| 2 * size_of::<usize>() + long.slice.len());
            size_of::<Vec<Long>>() + longs.capacity() * size_of::<Long>() + bytes.sum::<usize>()
        });
        self.buffer.capacity() + longs
    }

    fn invariants(&self) {
        assert!(self.len <= self.room);
        let outside = (0..self.len()).filter(|&index| self.is_outside(index)).count();
        assert_eq!(outside, self.longs().len());
        assert_eq!(self.start(self.len()), self.text().len());
        for index in 0..self.len() {
            let (start, end) = (self.start(index), self.start(index + 1));
            assert!(start <= end && end - start <= INLINE_MAX);
            assert_eq!(self.member(index).len() > INLINE_MAX, self.is_outside(index));
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
    scores: Vec<Score>,
    prefixes: Vec<Prefix>,
}

impl Borders for ScoredBorders {
    type Border = Border;

    fn len(&self) -> usize {
        self.scores.len()
    }

    fn insert(&mut self, index: usize, border: Border) {
        self.scores.insert(index, border.score.to_le_bytes());
        self.prefixes.insert(index, border.prefix);
    }

    fn remove(&mut self, index: usize) -> Border {
        let score = f64::from_le_bytes(self.scores.remove(index));
        Border { score, prefix: self.prefixes.remove(index) }
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
        self.scores.capacity() * size_of::<Score>() + self.prefixes.capacity() * size_of::<Prefix>()
    }
}

/// Scores that are compared at once.
const BLOCK: usize = 16;

/// How many scores, which are in order, are less.
#[inline]
fn less(scores: &[Score], score: f64) -> usize {
    let is_less = |other: &Score| usize::from(f64::from_le_bytes(*other) < score);
    // The last of each block, then one block at once: two branches that depend on scores, where a
    // binary search has one each step; and those are foreseen if one member is asked for again.
    let mut start = 0;
    while let Some(last) = scores.get(start + BLOCK - 1)
        && is_less(last) != 0
    {
        start += BLOCK;
    }
    let block = &scores[start..scores.len().min(start + BLOCK)];
    start + block.iter().map(is_less).sum::<usize>()
}

/// The end of the scores equal to `score`, of which the first would lie at `start`.
#[inline]
fn equal_end(scores: &[Score], start: usize, score: f64) -> usize {
    let is_equal = |other: &Score| f64::from_le_bytes(*other) == score;
    match &scores[start..] {
        [first, second, ..] if is_equal(first) && is_equal(second) => {
            start + scores[start..].partition_point(is_equal)
        }
        [first, ..] if is_equal(first) => start + 1,
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
        let start = less(leaf.scores(), self.score);
        let end = equal_end(leaf.scores(), start, self.score);
        partition(start..end, |index| leaf.member(index) < self.member)
    }
}

/// Looks for the first member for which a condition on score and member does not hold.
pub(super) struct Before<F>(pub(super) F);

impl<F: Fn(f64, &[u8]) -> bool> Probe<ScoredLeaf> for Before<F> {
    fn child(&self, borders: &ScoredBorders) -> usize {
        partition(0..borders.len(), |index| {
            let score = f64::from_le_bytes(borders.scores[index]);
            (self.0)(score, borders.prefixes[index].bytes())
        })
    }

    fn place(&self, leaf: &ScoredLeaf) -> usize {
        partition(0..leaf.len(), |index| (self.0)(leaf.score(index), leaf.member(index)))
    }
}
