//! Walking a list.

use super::ListRef;
use super::chunk::Chunk;
use crate::data::packed::{Item, Place, TwoWay};
use crate::data::tree;

/// The elements of a list from one of them on, in the direction that was asked for.
pub struct Items<'a> {
    chunks: Option<tree::Iter<'a, Vec<Chunk>>>,
    /// The run that the walk is in, and the border within it that the walk has come to.
    run: Option<(&'a TwoWay, Place)>,
    back: bool,
}

impl<'a> Items<'a> {
    pub(super) fn new(list: ListRef<'a>, index: usize, back: bool) -> Items<'a> {
        let border = |run: &'a TwoWay, index: usize| (run, run.nth(index + usize::from(back)));
        match list {
            ListRef::Packed(run) => {
                let run = (index < run.len()).then(|| border(run, index));
                Items { chunks: None, run, back }
            }
            ListRef::Chunks(chunks) => {
                let mut chunks =
                    if back { chunks.iter_back_from(index) } else { chunks.iter_from(index) };
                let offset = chunks.offset();
                let run = chunks.next().map(|chunk| border(chunk.run(), offset));
                Items { chunks: Some(chunks), run, back }
            }
        }
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    #[inline]
    fn next(&mut self) -> Option<Item<'a>> {
        loop {
            let (run, border) = self.run.as_mut()?;
            let run: &'a TwoWay = run;
            if self.back {
                if *border != run.start() {
                    *border = run.previous(*border);
                    return Some(run.get(*border));
                }
            } else if *border != run.end() {
                let place = *border;
                *border = run.next(place);
                return Some(run.get(place));
            }
            let next = self.chunks.as_mut().and_then(Iterator::next).map(Chunk::run);
            self.run = next.map(|run| (run, if self.back { run.end() } else { run.start() }));
        }
    }
}
