//! Looking for elements of a list.

use std::ops::Range;

use smallvec::SmallVec;

use super::ListRef;
use super::chunk::{Chunk, mark};
use crate::data::packed::{Item, Needle, Place, TwoWay};
use crate::data::tree::{self, Element};

/// The indexes of the elements that are equal to a text, in the direction that was asked for.
pub struct Matches<'a> {
    needle: Needle,
    runs: Runs<'a>,
    /// Forward: the run that the search is in, and what comes next there: its index in the list and
    /// its place.
    current: Option<(&'a TwoWay, usize, Place)>,
    /// Backward: what was found in a run and not given out yet, in order.
    found: SmallVec<[usize; 16]>,
}

/// The runs that may have elements with a mark, each with the index of its first element.
struct Runs<'a> {
    mark: u64,
    back: bool,
    /// Where elements are looked for.
    within: Range<usize>,
    /// Of a small list, which has no chunks.
    only: Option<&'a TwoWay>,
    chunks: Option<tree::Iter<'a, Vec<Chunk>>>,
    /// The border that the walk over the chunks has come to.
    border: usize,
}

impl<'a> ListRef<'a> {
    /// The index of the first element equal to `text`. Cost: O(n).
    pub fn find(self, text: &[u8]) -> Option<usize> {
        self.matches(text, false, usize::MAX).next()
    }

    /// The indexes of the elements equal to `text`, from the head on or from the tail back, among
    /// the first `max` of that direction.
    ///
    /// Cost: O(n); little per chunk that cannot hold it, see `Chunk::may_hold`.
    pub fn matches(self, text: &[u8], back: bool, max: usize) -> Matches<'a> {
        let (item, len) = (Item::new(text), self.len());
        let (needle, only, chunks) = match self {
            ListRef::Packed(run) => (Needle::for_one_run(item), Some(run), None),
            ListRef::Chunks(chunks) => {
                let last = len.saturating_sub(1);
                let walk = if back { chunks.iter_back_from(last) } else { chunks.iter() };
                (Needle::new(item), None, Some(walk))
            }
        };
        let within = if back { len.saturating_sub(max)..len } else { 0..max.min(len) };
        let border = if back { len } else { 0 };
        let runs = Runs { mark: mark(item), back, within, only, chunks, border };
        Matches { needle, runs, current: None, found: SmallVec::new() }
    }
}

impl<'a> Iterator for Runs<'a> {
    type Item = (&'a TwoWay, usize);

    fn next(&mut self) -> Option<(&'a TwoWay, usize)> {
        if let Some(run) = self.only.take() {
            return Some((run, 0));
        }
        for chunk in self.chunks.as_mut()? {
            let len = chunk.weight();
            let start = if self.back { self.border - len } else { self.border };
            if start >= self.within.end || start + len <= self.within.start {
                return None;
            }
            self.border = if self.back { start } else { start + len };
            if chunk.may_hold(self.mark) {
                return Some((chunk.run(), start));
            }
        }
        None
    }
}

impl Iterator for Matches<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        loop {
            if let Some((run, index, place)) = &mut self.current
                && let Some((found, passed)) = run.seek(*place, &self.needle)
            {
                let found_index = *index + passed;
                (*index, *place) = (found_index + 1, run.next(found));
                return Some(found_index).filter(|index| self.runs.within.contains(index));
            }
            if let Some(index) = self.found.pop() {
                return Some(index).filter(|index| self.runs.within.contains(index));
            }
            let (run, start) = self.runs.next()?;
            if self.runs.back {
                self.found.extend(run.seek_all(&self.needle).map(|(_, index)| start + index));
            } else {
                self.current = Some((run, start, run.start()));
            }
        }
    }
}
