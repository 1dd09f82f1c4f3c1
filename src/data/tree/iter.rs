//! Walking a tree in order, forward or backward.

use smallvec::SmallVec;

use super::{Inner, Leaf, Node, Tree};

/// The elements of a tree from one of them on, in the direction that was asked for.
pub struct Iter<'a, L: Leaf> {
    /// The inner nodes above the leaf, each with the index of the child that the walk is in.
    path: SmallVec<[(&'a Inner<L>, usize); 5]>,
    /// The leaf that the walk is in, if it has begun and not ended.
    leaf: Option<L::View<'a>>,
    /// Forward: the next element; backward: one more than it.
    index: usize,
    /// Where `index` ends in this leaf.
    end: usize,
    back: bool,
    offset: usize,
}

impl<'a, L: Leaf> Iter<'a, L> {
    pub(super) fn empty() -> Self {
        Iter { path: SmallVec::new(), leaf: None, index: 0, end: 0, back: false, offset: 0 }
    }

    /// Starts at the element that covers `position`, which exists.
    pub(super) fn new(tree: &'a Tree<L>, position: usize, back: bool) -> Self {
        let mut iter = Iter { back, ..Iter::empty() };
        let (mut node, mut position, mut total) = (&*tree.root, position, tree.len);
        loop {
            match node {
                Node::Inner(inner) => {
                    let index = inner.child_at(&mut position, total);
                    total = inner.counts[index];
                    iter.path.push((inner, index));
                    node = &inner.children[index];
                }
                Node::Leaf(leaf) => {
                    let (index, offset) = leaf.place_at(position, total);
                    iter.leaf = Some(leaf.view());
                    iter.index = index + usize::from(back);
                    iter.end = if back { 0 } else { leaf.len() };
                    iter.offset = offset;
                    return iter;
                }
            }
        }
    }

    /// How far into its element the position lies that the walk was started at.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Moves to the neighbouring leaf; false at the end.
    fn next_leaf(&mut self) -> bool {
        while let Some((inner, index)) = self.path.pop() {
            let next = if self.back { index.checked_sub(1) } else { Some(index + 1) };
            let Some(next) = next.filter(|&next| next < inner.children.len()) else { continue };
            self.path.push((inner, next));
            let mut below = &*inner.children[next];
            loop {
                match below {
                    Node::Inner(inner) => {
                        let index = if self.back { inner.children.len() - 1 } else { 0 };
                        self.path.push((inner, index));
                        below = &inner.children[index];
                    }
                    Node::Leaf(leaf) => {
                        self.leaf = Some(leaf.view());
                        (self.index, self.end) =
                            if self.back { (leaf.len(), 0) } else { (0, leaf.len()) };
                        return true;
                    }
                }
            }
        }
        self.leaf = None;
        false
    }
}

impl<'a, L: Leaf> Iterator for Iter<'a, L> {
    type Item = L::Item<'a>;

    #[inline]
    fn next(&mut self) -> Option<L::Item<'a>> {
        if self.index == self.end && !self.next_leaf() {
            (self.index, self.end) = (0, 0);
            return None;
        }
        let leaf = self.leaf?;
        if self.back {
            self.index -= 1;
            Some(L::at(leaf, self.index))
        } else {
            self.index += 1;
            Some(L::at(leaf, self.index - 1))
        }
    }
}
