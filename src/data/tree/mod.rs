//! Counted B+tree with copy-on-write nodes: an ordered sequence of elements, each of which covers a
//! number of positions (its weight).
//!
//! How the elements of a leaf are stored is the leaf's matter ([`Leaf`]): a vector of chunks makes
//! a list, scores and members in arrays of their own make a sorted set. By position it is a list;
//! by key every search is a partition, which yields a position, so that ranks, counts and ranges
//! are differences of positions.
//!
//! An inner node keeps its children, their counts and the borders between them in arrays of their
//! own: a search reads borders only, a sum counts only, some bytes per child instead of a child.
//!
//! Holds: all leaves are at one depth; a child's count is the sum of the weights below it; the
//! border between two children is not above the keys behind it and above the keys before it; no
//! node is empty but the root.
//! Cost: look-up, insertion, removal and rank O(log n); clone (freeze) O(1); the first change after
//! a clone copies one path of a few nodes; walking on is O(1) per element.
//! Threads: one writer; clones may be read and dropped anywhere.
//! Not here: what keys and elements mean.

mod edit;
mod iter;
mod leaf;
#[cfg(test)]
mod tests;

use std::fmt;

use triomphe::Arc;

pub use self::edit::LeafMut;
pub use self::iter::Iter;
pub use self::leaf::{Borders, Element, Leaf, LeafSize, Probe};

/// Children of an inner node, at most.
const INNER_MAX: usize = 64;
/// An inner node with fewer children is merged with a neighbour.
const INNER_SMALL: usize = INNER_MAX / 4;

/// See the module.
#[derive(Clone)]
pub struct Tree<L: Leaf> {
    root: Arc<Node<L>>,
    len: usize,
}

/// A node.
#[derive(Clone)]
enum Node<L: Leaf> {
    Leaf(L),
    Inner(Inner<L>),
}

/// The children of an inner node.
#[derive(Clone)]
struct Inner<L: Leaf> {
    children: Vec<Arc<Node<L>>>,
    /// For each child the sum of the weights below it.
    counts: Vec<usize>,
    /// What lies between two neighbours: one less than there are children.
    borders: L::Borders,
}

/// Where a position lies.
#[derive(Debug)]
pub struct Spot<T> {
    /// The element that covers it.
    pub element: T,
    /// How far into the element.
    pub offset: usize,
}

impl<L: Leaf> Default for Tree<L> {
    fn default() -> Self {
        Self::new()
    }
}

impl<L: Leaf> fmt::Debug for Tree<L>
where
    for<'a> L::Item<'a>: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<L: Leaf> Inner<L> {
    /// The child that covers `position`, which becomes relative to it. `total` is the weight of
    /// all.
    #[inline]
    fn child_at(&self, position: &mut usize, total: usize) -> usize {
        place_at(&self.counts, position, total, |&count| count)
    }
}

impl<L: Leaf> Tree<L> {
    /// An empty tree.
    pub fn new() -> Self {
        Self { root: Arc::new(Node::Leaf(L::default())), len: 0 }
    }

    /// Number of positions: the sum of all weights.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no element.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The element that covers `position`, if there is one. Cost: O(log n).
    pub fn get(&self, position: usize) -> Option<Spot<L::Item<'_>>> {
        if position >= self.len {
            return None;
        }
        let (mut node, mut position, mut total) = (&*self.root, position, self.len);
        loop {
            match node {
                Node::Inner(inner) => {
                    let index = inner.child_at(&mut position, total);
                    total = inner.counts[index];
                    node = &inner.children[index];
                }
                Node::Leaf(leaf) => {
                    let (index, offset) = leaf.place_at(position, total);
                    return Some(Spot { element: leaf.get(index), offset });
                }
            }
        }
    }

    /// The position of the first element that is not before what is looked for; all that are come
    /// first. Cost: O(log n).
    pub fn partition(&self, probe: impl Probe<L>) -> usize {
        let (mut node, mut position) = (&*self.root, 0);
        loop {
            match node {
                Node::Inner(inner) => {
                    let index = probe.child(&inner.borders);
                    position += inner.counts[..index].iter().sum::<usize>();
                    node = &inner.children[index];
                }
                Node::Leaf(leaf) => return position + leaf.weight_before(probe.place(leaf)),
            }
        }
    }

    /// All elements in order.
    pub fn iter(&self) -> Iter<'_, L> {
        self.iter_from(0)
    }

    /// The elements from the one that covers `position` on.
    pub fn iter_from(&self, position: usize) -> Iter<'_, L> {
        if position >= self.len { Iter::empty() } else { Iter::new(self, position, false) }
    }

    /// The elements from the one that covers `position` back to the first.
    pub fn iter_back_from(&self, position: usize) -> Iter<'_, L> {
        if position >= self.len { Iter::empty() } else { Iter::new(self, position, true) }
    }

    /// Calls `visit` for every node below one: with the leaf, or with the bytes of an inner node.
    fn visit<'a>(node: &'a Node<L>, visit: &mut impl FnMut(Result<&'a L, usize>)) {
        match node {
            Node::Leaf(leaf) => visit(Ok(leaf)),
            Node::Inner(inner) => {
                visit(Err(inner.children.capacity() * size_of::<Arc<Node<L>>>()
                    + inner.counts.capacity() * size_of::<usize>()
                    + inner.borders.memory()));
                inner.children.iter().for_each(|child| Self::visit(child, visit));
            }
        }
    }

    /// Number of nodes, and of elements. Cost: O(nodes).
    pub fn sizes(&self) -> (usize, usize) {
        let mut sizes = (0, 0);
        Self::visit(&self.root, &mut |node| {
            sizes.0 += 1;
            sizes.1 += node.map_or(0, L::len);
        });
        sizes
    }

    /// Bytes allocated, without what elements of a vector refer to; what frozen views share counts
    /// in full. Cost: O(nodes).
    pub fn memory(&self) -> usize {
        let mut bytes = 0;
        Self::visit(&self.root, &mut |node| {
            bytes += size_of::<usize>() + size_of::<Node<L>>();
            bytes += node.map_or_else(|inner| inner, L::memory);
        });
        bytes
    }

    /// Checks what the module says holds, except for the order of keys.
    ///
    /// # Panics
    /// If it does not.
    pub fn invariants(&self) {
        /// Depth and weight of a node.
        fn check<L: Leaf>(node: &Node<L>, root: bool) -> (usize, usize) {
            match node {
                Node::Leaf(leaf) => {
                    assert!(root || !leaf.is_empty(), "an empty leaf");
                    assert_ne!(leaf.size(), LeafSize::Large, "a leaf of {}", leaf.len());
                    leaf.invariants();
                    (0, leaf.weight_before(leaf.len()))
                }
                Node::Inner(inner) => {
                    let len = inner.children.len();
                    assert!(len > usize::from(root), "an inner node too small");
                    assert!(len <= INNER_MAX, "an inner node of {len}");
                    assert_eq!((inner.counts.len(), inner.borders.len()), (len, len - 1));
                    let mut depths = Vec::new();
                    for (child, &expected) in inner.children.iter().zip(&inner.counts) {
                        let (depth, count) = check(child, false);
                        assert_eq!(count, expected, "a child's count");
                        depths.push(depth);
                    }
                    assert!(depths.windows(2).all(|pair| pair[0] == pair[1]), "{depths:?}");
                    (depths[0] + 1, inner.counts.iter().sum())
                }
            }
        }
        assert_eq!(check(&self.root, true).1, self.len);
    }
}

/// The part that covers `position`, which becomes relative to it; `total` is the weight of all.
/// Looks from the nearer end on: queues are used at their ends.
#[inline]
fn place_at<P>(
    parts: &[P],
    position: &mut usize,
    total: usize,
    weight: impl Fn(&P) -> usize,
) -> usize {
    if *position >= total / 2 {
        let mut start = total;
        for (index, part) in parts.iter().enumerate().rev() {
            start -= weight(part);
            if start <= *position {
                *position -= start;
                return index;
            }
        }
    } else {
        for (index, part) in parts.iter().enumerate() {
            if *position < weight(part) {
                return index;
            }
            *position -= weight(part);
        }
    }
    panic!("the position was checked against the length");
}
