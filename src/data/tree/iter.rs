//! Walking a tree in order, forward or backward.

use smallvec::SmallVec;

use super::{Element, Node, Tree, child_at, element_at};

/// The elements of a tree from one of them on, in the direction that was asked for.
pub struct Iter<'a, T: Element> {
    /// The inner nodes above the leaf, each with the index of the child that the walk is in.
    path: SmallVec<[(&'a Node<T>, usize); 5]>,
    leaf: &'a [T],
    /// Forward: the next element; backward: one more than it.
    index: usize,
    back: bool,
    offset: usize,
}

impl<'a, T: Element> Iter<'a, T> {
    pub(super) fn empty() -> Self {
        Iter { path: SmallVec::new(), leaf: &[], index: 0, back: false, offset: 0 }
    }

    /// Starts at the element that covers `position`, which exists unless the tree is empty.
    pub(super) fn new(tree: &'a Tree<T>, position: usize, back: bool) -> Self {
        let mut iter = Iter { back, ..Iter::empty() };
        let (mut node, mut position, mut total) = (&*tree.root, position, tree.len);
        loop {
            match node {
                Node::Inner(children) => {
                    let index = child_at(children, &mut position, total);
                    total = children[index].count;
                    iter.path.push((node, index));
                    node = &children[index].node;
                }
                Node::Leaf(elements) => {
                    if !elements.is_empty() {
                        iter.index = element_at(elements, &mut position, total) + usize::from(back);
                    }
                    iter.leaf = elements;
                    iter.offset = position;
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
        while let Some((node, index)) = self.path.pop() {
            let Node::Inner(children) = node else { unreachable!("a path holds inner nodes") };
            let next = if self.back { index.checked_sub(1) } else { Some(index + 1) };
            let Some(next) = next.filter(|&next| next < children.len()) else { continue };
            self.path.push((node, next));
            let mut below = &*children[next].node;
            loop {
                match below {
                    Node::Inner(children) => {
                        let index = if self.back { children.len() - 1 } else { 0 };
                        self.path.push((below, index));
                        below = &children[index].node;
                    }
                    Node::Leaf(elements) => {
                        self.leaf = elements;
                        self.index = if self.back { elements.len() } else { 0 };
                        return true;
                    }
                }
            }
        }
        false
    }
}

impl<'a, T: Element> Iterator for Iter<'a, T> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        let end = if self.back { 0 } else { self.leaf.len() };
        if self.index == end && !self.next_leaf() {
            self.leaf = &[];
            self.index = 0;
            return None;
        }
        if self.back {
            self.index -= 1;
            Some(&self.leaf[self.index])
        } else {
            self.index += 1;
            Some(&self.leaf[self.index - 1])
        }
    }
}
