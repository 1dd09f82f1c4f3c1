//! Changing a list.

use super::chunk::{Chunk, exceeds, limits, listpack_bytes, mark, may_exceed, pop, remove_equal};
use super::{Chunks, Limits, List, ListRef};
use crate::data::packed::{Item, Needle, TwoWay};
use crate::data::tree::{Element, LeafMut};
use crate::sync::loose::LooseArc;
use crate::value::{Object, Value};

/// An end of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The head.
    Left,
    /// The tail.
    Right,
}

/// A list, to be changed.
pub struct ListMut<'a> {
    value: &'a mut Value,
}

/// The form, to be changed.
enum Form<'a> {
    Packed(&'a mut TwoWay),
    Chunks(&'a mut Chunks),
}

impl<'a> ListMut<'a> {
    /// The value is a list.
    pub(super) fn new(value: &'a mut Value) -> ListMut<'a> {
        ListMut { value }
    }

    /// The list as it is now.
    pub fn as_ref(&self) -> ListRef<'_> {
        List::view(self.value).expect("it was a list and its changes make lists")
    }

    fn form(&mut self) -> Form<'_> {
        match self.value {
            Value::ListPacked(run) => Form::Packed(run),
            Value::ListChunks(chunks) => Form::Chunks(chunks.make_mut()),
            _ => unreachable!("it was a list and its changes make lists"),
        }
    }

    /// Makes the list large if it would be with `count` more elements whose texts have `bytes`
    /// bytes in all. Goes before adding or replacing them. Cost: O(chunk) at the border, else O(1).
    pub fn grow(&mut self, limits: Limits, bytes: usize, count: usize) {
        let Value::ListPacked(run) = self.value else { return };
        if !may_exceed(run, limits.fill, bytes, count)
            || !exceeds(limits.fill, listpack_bytes(run) + bytes, run.len() + count)
        {
            return;
        }
        let run = std::mem::take(run);
        let mut chunks = Chunks::new(limits);
        if !run.is_empty() {
            chunks.push(Chunk::new(run));
        }
        *self.value = Value::ListChunks(LooseArc::new(chunks));
    }

    /// Makes the list small again if one chunk is left that is below half of the limits. Goes after
    /// removing.
    pub fn shrink(&mut self, limits: Limits) {
        self.make_small(limits.fill, 2);
    }

    /// Makes a list that was made as a large one small if one chunk within the limits holds it.
    pub fn settle(&mut self, limits: Limits) {
        self.make_small(limits.fill, 1);
    }

    /// Makes the list small if it is one chunk within a part of the limits.
    fn make_small(&mut self, fill: i32, divisor: usize) {
        let Value::ListChunks(chunks) = &*self.value else { return };
        let (bytes_max, count_max) = limits(fill);
        // No element takes less than two bytes: most large lists need no closer look.
        if chunks.len() > count_max.min(bytes_max / 2) {
            return;
        }
        let only = {
            let mut iter = chunks.iter();
            let (Some(only), None) = (iter.next(), iter.next()) else { return };
            only.clone()
        };
        let part = |limit| if limit == usize::MAX { limit } else { limit / divisor };
        if only.bytes() <= part(bytes_max) && only.weight() <= part(count_max) {
            *self.value = Value::ListPacked(only.into_run());
        }
    }

    /// Adds an element at an end; [`ListMut::grow`] came first.
    pub fn push(&mut self, end: End, text: &[u8]) {
        let item = Item::new(text);
        match self.form() {
            Form::Packed(run) => {
                let place = if end == End::Left { run.start() } else { run.end() };
                run.insert(place, &[item]);
            }
            Form::Chunks(chunks) => {
                let (len, fill) = (chunks.len(), chunks.fill());
                let last = if end == End::Left { 0 } else { len.saturating_sub(1) };
                let add = |chunk: &mut Chunk, _| {
                    chunk.has_room(text.len(), fill).then(|| chunk.push(end, item))
                };
                if chunks.is_empty() || chunks.edit_one(last, add).is_none() {
                    chunks.insert(if end == End::Left { 0 } else { len }, Chunk::of(item));
                }
            }
        }
    }

    /// Shows the element at an end, which exists, and removes it. Cost: O(log n).
    pub fn pop(&mut self, end: End, mut see: impl FnMut(Item<'_>)) {
        match self.form() {
            Form::Packed(run) => {
                pop(run, end, see);
            }
            Form::Chunks(chunks) => {
                let last = if end == End::Left { 0 } else { chunks.len() - 1 };
                let within =
                    |chunk: &mut Chunk, _| (chunk.weight() > 1).then(|| chunk.pop(end, &mut see));
                if chunks.edit_one(last, within).is_none() {
                    let only = chunks.remove(last);
                    see(only.run().get(only.run().start()));
                }
            }
        }
    }

    /// Inserts an element before or after the one at `index`, which exists; [`ListMut::grow`] came
    /// first.
    pub fn insert(&mut self, index: usize, after: bool, text: &[u8]) {
        match self.form() {
            Form::Packed(run) => {
                let place = run.nth(index + usize::from(after));
                run.insert(place, &[Item::new(text)]);
            }
            Form::Chunks(chunks) => {
                let fill = chunks.fill();
                chunks.edit(index, |leaf| insert_beside(leaf, after, text, fill));
            }
        }
    }

    /// Replaces the element at `index`, which exists; [`ListMut::grow`] came first.
    pub fn replace(&mut self, index: usize, text: &[u8]) {
        let item = Item::new(text);
        match self.form() {
            Form::Packed(run) => {
                let place = run.nth(index);
                run.replace(place, item);
            }
            Form::Chunks(chunks) => {
                chunks.edit(index, |leaf| leaf.elements[leaf.index].replace(leaf.offset, item));
            }
        }
    }

    /// Removes `count` elements from `start` on, which exist. Cost: O(log n + chunks removed).
    pub fn remove(&mut self, start: usize, count: usize) {
        match self.form() {
            Form::Packed(run) => {
                let place = run.nth(start);
                run.remove(place, count);
            }
            Form::Chunks(chunks) => {
                let mut left = count;
                while left > 0 {
                    let within = |chunk: &mut Chunk, at| {
                        (at + left <= chunk.weight() && left < chunk.weight())
                            .then(|| chunk.remove(at, left))
                    };
                    if chunks.edit_one(start, within).is_some() {
                        break;
                    }
                    left -= chunks.edit(start, |leaf| remove_in_leaf(leaf, left));
                }
            }
        }
    }

    /// Removes the elements equal to `text`: at most `limit` of them, from the head or from the
    /// tail on; returns how many. Cost: O(n).
    pub fn remove_equal(&mut self, text: &[u8], limit: usize, from: End) -> usize {
        let item = Item::new(text);
        let chunks = match self.form() {
            Form::Packed(run) => {
                return remove_equal(run, &Needle::for_one_run(item), limit, from);
            }
            Form::Chunks(chunks) => chunks,
        };
        let needle = Needle::new(item);
        let (mut removed, mut position) = (0, if from == End::Left { 0 } else { chunks.len() });
        while removed < limit
            && let Some(start) = next_holding(chunks, mark(item), &needle, from, position)
        {
            let (gone, kept) = chunks.edit(start, |leaf| {
                let chunk = &mut leaf.elements[leaf.index];
                let gone = chunk.remove_equal(item, &needle, limit - removed, from);
                let kept = chunk.weight();
                if kept == 0 {
                    leaf.elements.remove(leaf.index);
                }
                (gone, kept)
            });
            removed += gone;
            position = if from == End::Left { start + kept } else { start };
        }
        removed
    }
}

/// The start of the first chunk, from a border between chunks on and away from the end `from`, that
/// has an element equal to the needle, which has this mark.
fn next_holding(
    chunks: &Chunks,
    mark: u64,
    needle: &Needle,
    from: End,
    border: usize,
) -> Option<usize> {
    let mut border = border;
    let holds = |chunk: &Chunk| {
        chunk.may_hold(mark) && chunk.run().seek(chunk.run().start(), needle).is_some()
    };
    match from {
        End::Left => {
            for chunk in chunks.iter_from(border) {
                if holds(chunk) {
                    return Some(border);
                }
                border += chunk.weight();
            }
        }
        End::Right => {
            for chunk in chunks.iter_back_from(border.checked_sub(1)?) {
                border -= chunk.weight();
                if holds(chunk) {
                    return Some(border);
                }
            }
        }
    }
    None
}

/// Removes at most `count` elements from the leaf's position on; returns how many.
fn remove_in_leaf(leaf: LeafMut<'_, Vec<Chunk>>, count: usize) -> usize {
    let LeafMut { elements, index, offset } = leaf;
    let chunk = &mut elements[index];
    let here = chunk.weight() - offset;
    if offset > 0 || here > count {
        let removed = here.min(count);
        chunk.remove(offset, removed);
        return removed;
    }
    let (mut end, mut removed) = (index, 0);
    while end < elements.len() && removed + elements[end].weight() <= count {
        removed += elements[end].weight();
        end += 1;
    }
    elements.drain(index..end);
    removed
}

/// Inserts beside an element, in the way that keeps chunks as Redis keeps its nodes: into the chunk
/// if it has room, else into the neighbour if it is at the border, else by splitting the chunk and
/// merging what may be merged.
fn insert_beside(leaf: LeafMut<'_, Vec<Chunk>>, after: bool, text: &[u8], fill: i32) {
    let LeafMut { elements, index, offset } = leaf;
    let (item, len) = (Item::new(text), text.len());
    let at = offset + usize::from(after);
    if elements[index].has_room(len, fill) {
        elements[index].insert(at, item);
    } else if after && at == elements[index].weight() {
        match elements.get_mut(index + 1).filter(|next| next.has_room(len, fill)) {
            Some(next) => next.insert(0, item),
            None => elements.insert(index + 1, Chunk::of(item)),
        }
    } else if !after && at == 0 {
        match index.checked_sub(1).filter(|&before| elements[before].has_room(len, fill)) {
            Some(before) => {
                let end = elements[before].weight();
                elements[before].insert(end, item);
            }
            None => elements.insert(index, Chunk::of(item)),
        }
    } else {
        let mut tail = elements[index].split_off(at);
        if after {
            tail.insert(0, item);
        } else {
            elements[index].insert(at, item);
        }
        elements.insert(index + 1, tail);
        merge_around(elements, if after { index } else { index + 1 }, fill);
    }
}

/// After a split: joins the two chunks before `center`, the two behind it, then `center` with each
/// side, as far as they fit.
fn merge_around(elements: &mut Vec<Chunk>, center: usize, fill: i32) {
    let join = |elements: &mut Vec<Chunk>, left: usize| {
        let fits = left + 1 < elements.len() && elements[left].may_join(&elements[left + 1], fill);
        if fits {
            let right = elements.remove(left + 1);
            elements[left].join(&right);
        }
        fits
    };
    let mut center = center;
    if center >= 2 && join(elements, center - 2) {
        center -= 1;
    }
    join(elements, center + 1);
    if center >= 1 && join(elements, center - 1) {
        center -= 1;
    }
    join(elements, center);
}
