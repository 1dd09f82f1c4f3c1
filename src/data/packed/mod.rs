//! A run of elements, texts or integers, in one allocation: the small form of collections.
//!
//! A [`OneWay`] run is walked from the front. A [`TwoWay`] run can be walked from the back too: its
//! elements are followed by their lengths, a byte for most, unless the buffer is a tiny one, where
//! a walk from the front takes no longer. The elements lie one after the other (`codec`), denser
//! than in Redis's listpack; integers are recognised and stored as such.
//!
//! Holds: a clone shares the bytes and never sees a later change; a place stays valid until a
//! change; elements have lengths if and only if the run is two-way and its buffer is not tiny.
//! Cost: a handle is 8 bytes, an empty run 16. Walking to an element is linear, changing it moves
//! what lies behind; the first change of a shared run copies it. Owners bound the size.
//! Not here: what elements mean, thresholds, Redis's own format (see `rdb`).

mod buffer;
mod codec;
mod search;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;

use smallvec::SmallVec;

pub(in crate::data) use self::buffer::Buffer;
use self::buffer::{TINY_MAX, will_be_tiny};
use self::codec::{Encoded, Encoding};
pub use self::search::Needle;
use crate::base::num::{INT_TEXT_MAX, parse_i64};

/// A run that is walked from the front.
pub type OneWay = Packed<false>;
/// A run that is walked from either end.
pub type TwoWay = Packed<true>;

/// An element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// An integer; stands for its decimal digits.
    Int(i64),
    /// A text that is not the digits of a 64-bit integer.
    Text(&'a [u8]),
}

impl<'a> Item<'a> {
    /// The element for a text: an integer if the text is exactly one as it would be printed.
    #[inline]
    pub fn new(text: &'a [u8]) -> Self {
        if text.len() <= INT_TEXT_MAX
            && let Some(n) = parse_i64(text)
        {
            return Item::Int(n);
        }
        Item::Text(text)
    }

    /// The text; `scratch` receives an integer's digits.
    #[inline]
    pub fn text<'b>(self, scratch: &'b mut itoa::Buffer) -> &'b [u8]
    where
        'a: 'b,
    {
        match self {
            Item::Int(n) => scratch.format(n).as_bytes(),
            Item::Text(text) => text,
        }
    }

    /// The text as a buffer of its own.
    pub fn to_vec(self) -> Vec<u8> {
        self.text(&mut itoa::Buffer::new()).to_vec()
    }

    /// Length of the text in bytes.
    #[expect(clippy::len_without_is_empty, reason = "the length of a text, not of a container")]
    pub fn len(self) -> usize {
        match self {
            Item::Int(n) => itoa::Buffer::new().format(n).len(),
            Item::Text(text) => text.len(),
        }
    }
}

/// Where an element begins, or where the run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(u32);

impl Place {
    fn new(at: usize) -> Self {
        Place(at as u32)
    }

    fn at(self) -> usize {
        self.0 as usize
    }
}

/// See the module. Use [`OneWay`] or [`TwoWay`].
#[derive(Clone)]
pub struct Packed<const BACK: bool> {
    buffer: Buffer,
}

impl<const BACK: bool> Default for Packed<BACK> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const BACK: bool> Packed<BACK> {
    /// An empty run.
    pub fn new() -> Self {
        Self { buffer: Buffer::new(&[], 0) }
    }

    /// Whether elements are followed by their lengths.
    #[inline]
    fn has_lengths(&self) -> bool {
        BACK && !self.buffer.is_tiny()
    }

    /// A run of these elements, allocated once.
    pub fn from_items<'a>(items: impl IntoIterator<Item = Item<'a>>) -> Self {
        let (mut bytes, mut count, mut lengths) = (Encoded::new(), 0, false);
        for item in items {
            Encoding::new(item, lengths).push(&mut bytes);
            count += 1;
            if BACK && !lengths && bytes.len() > TINY_MAX {
                lengths = true;
                let so_far = std::mem::take(&mut bytes);
                let items = Iter::<BACK> { lengths: false, ..Iter::new(&so_far) };
                items.for_each(|item| Encoding::new(item, true).push(&mut bytes));
            }
        }
        Self { buffer: Buffer::new(&[&bytes], count) }
    }

    /// The run of the elements in these parts of this one, which are `count`.
    fn of_parts(&self, parts: &[Range<usize>], count: usize) -> Self {
        let bytes = self.buffer.as_slice();
        let len = parts.iter().map(|part| part.len()).sum::<usize>();
        if self.has_lengths() && len <= TINY_MAX {
            let within = |part: &Range<usize>| self.iter_within(part.clone());
            return Self::from_items(parts.iter().flat_map(within));
        }
        let parts: SmallVec<[_; 4]> = parts.iter().map(|part| &bytes[part.clone()]).collect();
        Self { buffer: Buffer::new(&parts, count as u32) }
    }

    /// The run that consists of these bytes, or `None` if they are anything but whole elements,
    /// each in its one form, and followed by its length in a two-way run. Cost: linear; reads
    /// nothing beyond the end, whatever the bytes say.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let count = codec::count(bytes, BACK)?;
        if BACK && bytes.len() <= TINY_MAX {
            return Some(Self::from_items(Iter::<BACK>::new(bytes)));
        }
        Some(Self { buffer: Buffer::new(&[bytes], count) })
    }

    /// The bytes of the elements, as [`Packed::from_bytes`] takes them; those of a two-way run in a
    /// tiny buffer lack the lengths.
    pub fn as_bytes(&self) -> &[u8] {
        self.buffer.as_slice()
    }

    /// Checks what the module says holds.
    ///
    /// # Panics
    /// If it does not.
    pub fn invariants(&self) {
        let count = codec::count(self.as_bytes(), self.has_lengths());
        assert_eq!(count, Some(self.buffer.note()), "whole elements in the one form, counted");
    }

    /// Number of elements.
    #[inline]
    pub fn len(&self) -> usize {
        self.buffer.note() as usize
    }

    /// Whether there is no element.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that the elements take.
    #[inline]
    pub fn bytes(&self) -> usize {
        self.buffer.as_slice().len()
    }

    /// Bytes allocated.
    pub fn memory(&self) -> usize {
        self.buffer.memory()
    }

    /// The place of the first element, or the end.
    #[inline]
    pub fn start(&self) -> Place {
        Place(0)
    }

    /// The place behind the last element.
    #[inline]
    pub fn end(&self) -> Place {
        Place::new(self.bytes())
    }

    /// The place of the element after the one at `place`, which is not the end.
    #[inline]
    pub fn next(&self, place: Place) -> Place {
        Place::new(codec::next(self.buffer.as_slice(), place.at(), self.has_lengths()))
    }

    /// The element at `place`, which is not the end.
    #[inline]
    pub fn get(&self, place: Place) -> Item<'_> {
        codec::read(self.buffer.as_slice(), place.at(), false).0
    }

    /// The place `count` elements after `place`; the run must have them. Cost: O(count).
    pub fn skip(&self, place: Place, count: usize) -> Place {
        let (bytes, lengths) = (self.buffer.as_slice(), self.has_lengths());
        Place::new((0..count).fold(place.at(), |at, _| codec::next(bytes, at, lengths)))
    }

    /// All elements.
    #[inline]
    pub fn iter(&self) -> Iter<'_, BACK> {
        self.iter_from(self.start())
    }

    /// The elements from `place` on.
    #[inline]
    pub fn iter_from(&self, place: Place) -> Iter<'_, BACK> {
        self.iter_within(place.at()..self.bytes())
    }

    /// The elements in a part of the bytes, which begins and ends between elements.
    #[inline]
    fn iter_within(&self, part: Range<usize>) -> Iter<'_, BACK> {
        let (bytes, lengths) = (self.buffer.as_slice(), self.has_lengths());
        Iter { bytes, front: part.start, back: part.end, lengths }
    }

    /// The place of the first element equal to `item`, looking at one of `stride` elements from
    /// the first on; the run is made of whole strides.
    ///
    /// Cost: O(elements), a comparison of a byte for most.
    pub fn find(&self, item: Item<'_>, stride: usize) -> Option<Place> {
        let mut wanted = Encoded::new();
        Encoding::new(item, false).push(&mut wanted);
        let (bytes, lengths) = (self.buffer.as_slice(), self.has_lengths());
        let (mut at, first) = (0, wanted[0]);
        while at < bytes.len() {
            if bytes[at] == first && bytes[at..].starts_with(&wanted) {
                return Some(Place::new(at));
            }
            for _ in 0..stride {
                at = codec::next(bytes, at, lengths);
            }
        }
        None
    }

    /// Appends elements.
    pub fn push(&mut self, items: &[Item<'_>]) {
        self.insert(self.end(), items);
    }

    /// Inserts elements before the one at `place`, or at the end.
    pub fn insert(&mut self, place: Place, items: &[Item<'_>]) {
        self.exchange(place.at()..place.at(), 0, items);
    }

    /// Puts another element in the place of the one at `place`.
    pub fn replace(&mut self, place: Place, item: Item<'_>) {
        self.splice(place, 1, &[item]);
    }

    /// Removes `count` elements from `place` on; the run must have them.
    pub fn remove(&mut self, place: Place, count: usize) {
        self.splice(place, count, &[]);
    }

    /// Puts elements in the place of `count` others, which the run must have.
    ///
    /// Cost: O(count + bytes behind).
    pub fn splice(&mut self, place: Place, count: usize, items: &[Item<'_>]) {
        let end = self.skip(place, count);
        self.exchange(place.at()..end.at(), count, items);
    }

    /// Removes the elements from one place up to another, `count` of them. Cost: the bytes that
    /// move, without looking at any.
    pub fn cut(&mut self, from: Place, to: Place, count: usize) {
        self.exchange(from.at()..to.at(), count, &[]);
    }

    /// Puts elements in the place of those in `range`, which are `count`.
    fn exchange(&mut self, range: Range<usize>, count: usize, items: &[Item<'_>]) {
        let (lengths, (used, old_len)) = (self.has_lengths(), self.buffer.figures());
        let len = old_len - count as u32 + items.len() as u32;
        let keeps_form = |bytes| keeps_form::<BACK>(lengths, used - range.len() + bytes);
        if let &[item] = items {
            let encoding = Encoding::new(item, lengths);
            if keeps_form(encoding.len()) {
                return self.buffer.splice_with(range, encoding.len(), len, |to| {
                    encoding.write(to);
                });
            }
        } else {
            let encodings = items.iter().map(|&item| Encoding::new(item, lengths));
            let bytes = encodings.clone().map(|encoding| encoding.len()).sum();
            if keeps_form(bytes) {
                return self.buffer.splice_with(range, bytes, len, |to| {
                    encodings.fold(to, |to, encoding| encoding.write(to));
                });
            }
        }
        let before = self.iter_within(0..range.start);
        let behind = self.iter_within(range.end..self.bytes());
        *self = Self::from_items(before.chain(items.iter().copied()).chain(behind));
    }

    /// Takes the elements from `place` on out, as a run of their own.
    ///
    /// Cost: O(bytes behind `place`).
    pub fn split_off(&mut self, place: Place) -> Self {
        let behind = place.at()..self.bytes();
        let count = self.iter_from(place).count();
        let tail = self.of_parts(std::slice::from_ref(&behind), count);
        self.exchange(behind, count, &[]);
        tail
    }

    /// Appends all elements of another run. Cost: O(bytes of the other).
    pub fn append(&mut self, other: &Self) {
        let (end, lengths) = (self.bytes(), self.has_lengths());
        if lengths == other.has_lengths() && keeps_form::<BACK>(lengths, end + other.bytes()) {
            let len = (self.len() + other.len()) as u32;
            return self.buffer.splice(end..end, other.buffer.as_slice(), len);
        }
        let items: SmallVec<[_; 32]> = other.iter().collect();
        self.push(&items);
    }
}

/// Whether the elements of a run have lengths, or not, as before when it has come to `bytes`.
#[inline]
fn keeps_form<const BACK: bool>(lengths: bool, bytes: usize) -> bool {
    !BACK || will_be_tiny(!lengths, bytes) != lengths
}

impl Packed<true> {
    /// The place of the element before `place`, which is not the start.
    #[inline]
    pub fn previous(&self, place: Place) -> Place {
        Place::new(self.iter_within(0..place.at()).last_start())
    }

    /// The place of element `index`, or the end: from the nearer end of the run.
    pub fn nth(&self, index: usize) -> Place {
        let len = self.len();
        if index <= len / 2 || (index < len && !self.has_lengths()) {
            return self.skip(self.start(), index);
        }
        (index.min(len)..len).fold(self.end(), |place, _| self.previous(place))
    }
}

impl Packed<false> {
    /// The place of element `index`, or the end.
    pub fn nth(&self, index: usize) -> Place {
        if index >= self.len() { self.end() } else { self.skip(self.start(), index) }
    }
}

impl<const BACK: bool> fmt::Debug for Packed<BACK> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Elements in order.
#[derive(Clone)]
pub struct Iter<'a, const BACK: bool> {
    bytes: &'a [u8],
    front: usize,
    back: usize,
    /// Whether elements are followed by their lengths; never in a one-way run.
    lengths: bool,
}

impl<'a, const BACK: bool> Iter<'a, BACK> {
    /// The elements in all of these bytes, with lengths in a two-way run.
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, front: 0, back: bytes.len(), lengths: BACK }
    }

    /// The place of the element that comes next, or where the walk ends.
    pub fn place(&self) -> Place {
        Place::new(self.front)
    }
}

impl<'a, const BACK: bool> Iterator for Iter<'a, BACK> {
    type Item = Item<'a>;

    #[inline]
    fn next(&mut self) -> Option<Item<'a>> {
        if self.front >= self.back {
            return None;
        }
        let (item, next) = codec::read(self.bytes, self.front, BACK && self.lengths);
        self.front = next;
        Some(item)
    }
}

impl Iter<'_, true> {
    /// Where the last element begins; there is one.
    #[inline]
    fn last_start(&self) -> usize {
        if self.lengths {
            return codec::previous(self.bytes, self.back);
        }
        let (mut last, mut next) = (self.front, self.front);
        while next < self.back {
            (last, next) = (next, codec::next(self.bytes, next, false));
        }
        last
    }
}

impl DoubleEndedIterator for Iter<'_, true> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.front >= self.back {
            return None;
        }
        self.back = self.last_start();
        Some(codec::read(self.bytes, self.back, false).0)
    }
}
