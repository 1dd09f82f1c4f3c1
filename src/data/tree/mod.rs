//! Counted B+tree with copy-on-write nodes: an ordered sequence of elements, each of which covers a
//! number of positions (its weight).
//!
//! By position it is a list whose elements are packed chunks; by key it is a sorted set or a
//! stream: every search by key is a partition, which yields a position, so that ranks, counts and
//! ranges are differences of positions.
//!
//! Holds: all leaves are at one depth; a child's count is the sum of the weights below it; a
//! child's separator is not above the keys below it and not below the keys before it; no node is
//! empty but the root.
//! Cost: look-up, insertion, removal and rank O(log n); clone (freeze) O(1); the first change after
//! a clone copies one path of a few nodes; walking on is O(1) per element.
//! Threads: one writer; clones may be read and dropped anywhere.
//! Not here: what keys and elements mean.

mod edit;
mod iter;
#[cfg(test)]
mod tests;

use std::fmt;

use triomphe::Arc;

pub use self::edit::LeafMut;
pub use self::iter::Iter;

/// Elements of a leaf, at most.
const LEAF_MAX: usize = 128;
/// Children of an inner node, at most.
const INNER_MAX: usize = 64;
/// A node with fewer entries than a quarter of the maximum is merged with a neighbour.
const MERGE_BELOW: usize = 4;

/// An element of a tree. Cloning it must be cheap: the first change of a leaf after a freeze clones
/// all of it.
pub trait Element: Clone {
    /// What the tree is ordered by; `()` if only by position.
    type Key: Clone;

    /// The key.
    fn key(&self) -> &Self::Key;

    /// Whether every element covers one position, so that positions need not be added up.
    const UNIT: bool = false;

    /// Number of positions that the element covers; not zero.
    #[inline]
    fn weight(&self) -> usize {
        1
    }
}

/// See the module.
#[derive(Clone)]
pub struct Tree<T: Element> {
    root: Arc<Node<T>>,
    len: usize,
}

/// A node.
#[derive(Clone)]
enum Node<T: Element> {
    Leaf(Vec<T>),
    Inner(Vec<Child<T>>),
}

/// A node in its parent.
#[derive(Clone)]
struct Child<T: Element> {
    node: Arc<Node<T>>,
    /// Sum of the weights below.
    count: usize,
    separator: T::Key,
}

/// Where a position lies.
#[derive(Debug)]
pub struct Spot<'a, T> {
    /// The element that covers it.
    pub element: &'a T,
    /// How far into the element.
    pub offset: usize,
}

impl<T: Element> Default for Tree<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Element + fmt::Debug> fmt::Debug for Tree<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T: Element> Tree<T> {
    /// An empty tree.
    pub fn new() -> Self {
        Self { root: Arc::new(Node::Leaf(Vec::new())), len: 0 }
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
    pub fn get(&self, position: usize) -> Option<Spot<'_, T>> {
        if position >= self.len {
            return None;
        }
        let (mut node, mut position, mut total) = (&*self.root, position, self.len);
        loop {
            match node {
                Node::Inner(children) => {
                    let index = child_at(children, &mut position, total);
                    total = children[index].count;
                    node = &children[index].node;
                }
                Node::Leaf(elements) => {
                    let index = element_at(elements, &mut position, total);
                    return Some(Spot { element: &elements[index], offset: position });
                }
            }
        }
    }

    /// The position of the first element whose key is not `before`; all elements for which it holds
    /// come first. Cost: O(log n).
    pub fn partition(&self, mut before: impl FnMut(&T::Key) -> bool) -> usize {
        let (mut node, mut position) = (&*self.root, 0);
        loop {
            match node {
                Node::Inner(children) => {
                    // A separator may lie below its first key, never above: the border is in the
                    // last child whose separator is before it.
                    let index = children.partition_point(|child| before(&child.separator));
                    let index = index.saturating_sub(1);
                    position += children[..index].iter().map(|child| child.count).sum::<usize>();
                    node = &children[index].node;
                }
                Node::Leaf(elements) => {
                    let index = elements.partition_point(|element| before(element.key()));
                    return position + weight(&elements[..index]);
                }
            }
        }
    }

    /// All elements in order.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter::new(self, 0, false)
    }

    /// The elements from the one that covers `position` on.
    pub fn iter_from(&self, position: usize) -> Iter<'_, T> {
        if position >= self.len { Iter::empty() } else { Iter::new(self, position, false) }
    }

    /// The elements from the one that covers `position` back to the first.
    pub fn iter_back_from(&self, position: usize) -> Iter<'_, T> {
        if position >= self.len { Iter::empty() } else { Iter::new(self, position, true) }
    }

    /// Number of nodes, and of elements. Cost: O(nodes).
    pub fn sizes(&self) -> (usize, usize) {
        fn count<T: Element>(node: &Node<T>, sizes: &mut (usize, usize)) {
            sizes.0 += 1;
            match node {
                Node::Leaf(elements) => sizes.1 += elements.len(),
                Node::Inner(children) => {
                    children.iter().for_each(|child| count(&child.node, sizes));
                }
            }
        }
        let mut sizes = (0, 0);
        count(&self.root, &mut sizes);
        sizes
    }

    /// Checks what the module says holds, except for the order of keys.
    ///
    /// # Panics
    /// If it does not.
    pub fn invariants(&self) {
        /// Depth and weight of a node.
        fn check<T: Element>(node: &Node<T>, root: bool) -> (usize, usize) {
            match node {
                Node::Leaf(elements) => {
                    assert!(root || !elements.is_empty(), "an empty leaf");
                    assert!(elements.len() <= LEAF_MAX, "a leaf of {}", elements.len());
                    let weights = || elements.iter().map(T::weight);
                    assert!(weights().all(|weight| weight > 0), "an element without weight");
                    (0, weights().sum())
                }
                Node::Inner(children) => {
                    assert!(children.len() > usize::from(root), "an inner node too small");
                    assert!(children.len() <= INNER_MAX, "an inner node of {}", children.len());
                    let mut depths = Vec::new();
                    let mut total = 0;
                    for child in children {
                        let (depth, count) = check(&child.node, false);
                        assert_eq!(count, child.count, "a child's count");
                        depths.push(depth);
                        total += count;
                    }
                    assert!(depths.windows(2).all(|pair| pair[0] == pair[1]), "{depths:?}");
                    (depths[0] + 1, total)
                }
            }
        }
        assert_eq!(check(&self.root, true).1, self.len);
    }
}

/// The weight of all of these elements.
#[inline]
fn weight<T: Element>(elements: &[T]) -> usize {
    if T::UNIT { elements.len() } else { elements.iter().map(T::weight).sum() }
}

/// The child that covers `position`, which becomes relative to it. `total` is the weight of all.
#[inline]
fn child_at<T: Element>(children: &[Child<T>], position: &mut usize, total: usize) -> usize {
    place_at(children, position, total, |child| child.count)
}

/// The element that covers `position`, which becomes relative to it. `total` is the weight of all.
#[inline]
fn element_at<T: Element>(elements: &[T], position: &mut usize, total: usize) -> usize {
    if T::UNIT { std::mem::take(position) } else { place_at(elements, position, total, T::weight) }
}

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
