//! Changing a tree: every change is a splice in one leaf, followed by repairs on the way back up.

use triomphe::Arc;

use super::{Borders, Element, INNER_MAX, INNER_SMALL, Inner, Leaf, LeafSize, Node, Probe, Tree};

/// The elements of one leaf, about to be changed.
///
/// May grow beyond what a leaf holds and may become empty: the tree repairs both.
pub struct LeafMut<'a, L> {
    /// The elements. Those put in must keep the order of keys, also against the other leaves.
    pub elements: &'a mut L,
    /// The one that covers the position; the number of elements if the position is the tree's end.
    pub index: usize,
    /// How far into it the position lies.
    pub offset: usize,
}

impl<L: Leaf> Tree<L> {
    /// Changes the leaf of the element that covers `position`; the end of the tree is a position,
    /// too. Elements that have keys can be removed there, or appended to the end.
    ///
    /// Cost: O(log n) and the change; the first change after a clone copies the path to the leaf.
    ///
    /// # Panics
    /// If `position` is beyond the end.
    pub fn edit<R>(&mut self, position: usize, change: impl FnOnce(LeafMut<'_, L>) -> R) -> R {
        assert!(position <= self.len, "position {position} of {}", self.len);
        if position == self.len {
            self.change(End, change)
        } else {
            self.change(At(position), change)
        }
    }

    /// Changes the leaf in which a key belongs. The index in the leaf is that of the first key that
    /// is not less; it may be the leaf's end.
    ///
    /// Cost: O(log n) and the change, half of a [`Tree::partition`] and a [`Tree::edit`].
    pub fn edit_key<R>(
        &mut self,
        key: impl Probe<L>,
        change: impl FnOnce(LeafMut<'_, L>) -> R,
    ) -> R {
        self.change(Key(key), change)
    }

    #[inline]
    fn change<R>(&mut self, seek: impl Seek<L>, change: impl FnOnce(LeafMut<'_, L>) -> R) -> R {
        let (result, changed) = descend(&mut self.root, self.len, seek, change);
        self.len = changed.count;
        if changed.resized {
            self.repair_root(changed.at_end);
        }
        result
    }

    /// The root may have grown too large, or be an inner node with a single child or none.
    fn repair_root(&mut self, at_end: bool) {
        while let Some(split) = split_if_large(&mut self.root, at_end) {
            let left = std::mem::replace(&mut self.root, Arc::new(Node::Leaf(L::default())));
            let mut inner = Inner {
                children: vec![left],
                counts: vec![self.len],
                borders: L::Borders::default(),
            };
            inner.insert(0, split);
            // An edit may have put in more than two nodes hold.
            inner.split_child(1, at_end);
            self.root = Arc::new(Node::Inner(inner));
        }
        loop {
            let only = match &*self.root {
                Node::Inner(inner) if inner.children.len() == 1 => Arc::clone(&inner.children[0]),
                Node::Inner(inner) if inner.children.is_empty() => {
                    Arc::new(Node::Leaf(L::default()))
                }
                _ => return,
            };
            self.root = only;
        }
    }
}

impl<T: Element> Tree<Vec<T>> {
    /// Changes the element that covers `position`, which exists. `change` gets the element and how
    /// far into it the position lies; if it returns `None` it has changed nothing.
    ///
    /// Cost: O(log n) and the change; nothing moves.
    pub fn edit_one<R>(
        &mut self,
        position: usize,
        change: impl FnOnce(&mut T, usize) -> Option<R>,
    ) -> Option<R> {
        assert!(position < self.len, "position {position} of {}", self.len);
        let (result, count) = descend_to_one(&mut self.root, self.len, position, change);
        self.len = count;
        result
    }

    /// Inserts an element before the one at `position`, which is a border between elements.
    ///
    /// Cost: O(log n).
    pub fn insert(&mut self, position: usize, element: T) {
        self.edit(position, |leaf| {
            debug_assert_eq!(leaf.offset, 0, "elements are not divided");
            leaf.elements.insert(leaf.index, element);
        });
    }

    /// Appends an element. Cost: O(log n).
    pub fn push(&mut self, element: T) {
        self.insert(self.len, element);
    }

    /// Removes the element that covers `position`, which exists. Cost: O(log n).
    pub fn remove(&mut self, position: usize) -> T {
        self.edit(position, |leaf| leaf.elements.remove(leaf.index))
    }
}

impl<T: Element> FromIterator<T> for Tree<Vec<T>> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        let mut tree = Tree::new();
        elements.into_iter().for_each(|element| tree.push(element));
        tree
    }
}

/// A place that a descent looks for.
trait Seek<L: Leaf> {
    /// The child in which it lies. `total` is the weight below the node.
    fn child(&mut self, inner: &Inner<L>, total: usize) -> usize;

    /// The element and how far into it the place lies.
    fn place(self, leaf: &L, total: usize) -> (usize, usize);
}

/// The element that covers a position.
struct At(usize);

impl<L: Leaf> Seek<L> for At {
    #[inline]
    fn child(&mut self, inner: &Inner<L>, total: usize) -> usize {
        inner.child_at(&mut self.0, total)
    }

    #[inline]
    fn place(self, leaf: &L, total: usize) -> (usize, usize) {
        leaf.place_at(self.0, total)
    }
}

/// The end of the tree.
struct End;

impl<L: Leaf> Seek<L> for End {
    fn child(&mut self, inner: &Inner<L>, _: usize) -> usize {
        inner.children.len() - 1
    }

    fn place(self, leaf: &L, _: usize) -> (usize, usize) {
        (leaf.len(), 0)
    }
}

/// The place of a key.
struct Key<P>(P);

impl<L: Leaf, P: Probe<L>> Seek<L> for Key<P> {
    #[inline]
    fn child(&mut self, inner: &Inner<L>, _: usize) -> usize {
        self.0.child(&inner.borders)
    }

    #[inline]
    fn place(self, leaf: &L, _: usize) -> (usize, usize) {
        (self.0.place(leaf), 0)
    }
}

/// What a change below a node did to the node.
struct Changed {
    /// The weight below it now.
    count: usize,
    /// Whether the number of its elements or children is another now.
    resized: bool,
    /// Whether it was made at the very end.
    at_end: bool,
    shrunk: bool,
}

/// Changes the leaf below a node that is looked for. `total` is the weight below the node.
fn descend<L: Leaf, R>(
    node: &mut Arc<Node<L>>,
    total: usize,
    mut seek: impl Seek<L>,
    change: impl FnOnce(LeafMut<'_, L>) -> R,
) -> (R, Changed) {
    match Arc::make_mut(node) {
        Node::Leaf(leaf) => {
            let (index, offset) = seek.place(leaf, total);
            let old = leaf.len();
            let result = change(LeafMut { elements: leaf, index, offset });
            let len = leaf.len();
            let count = leaf.weight_before(len);
            // An element may have been replaced by a larger one.
            (result, Changed { count, resized: true, at_end: index == old, shrunk: len < old })
        }
        Node::Inner(inner) => {
            let index = seek.child(inner, total);
            let rest = total - inner.counts[index];
            let (result, below) =
                descend(&mut inner.children[index], inner.counts[index], seek, change);
            let count = below.count;
            inner.counts[index] = count;
            let old = inner.children.len();
            let at_end = below.at_end && index + 1 == old;
            if below.resized {
                inner.repair(index, below.shrunk, below.at_end);
            }
            let len = inner.children.len();
            let changed =
                Changed { count: rest + count, resized: len != old, at_end, shrunk: len < old };
            (result, changed)
        }
    }
}

/// Changes the element at `position` below a node of weight `total`; returns the new weight, too.
fn descend_to_one<T: Element, R>(
    node: &mut Arc<Node<Vec<T>>>,
    total: usize,
    mut position: usize,
    change: impl FnOnce(&mut T, usize) -> Option<R>,
) -> (Option<R>, usize) {
    match Arc::make_mut(node) {
        Node::Leaf(elements) => {
            let (index, offset) = elements.place_at(position, total);
            let element = &mut elements[index];
            let rest = total - element.weight();
            let result = change(element, offset);
            debug_assert!(element.weight() > 0, "an element without weight");
            (result, rest + element.weight())
        }
        Node::Inner(inner) => {
            let index = inner.child_at(&mut position, total);
            let count = &mut inner.counts[index];
            let rest = total - *count;
            let child = &mut inner.children[index];
            let result;
            (result, *count) = descend_to_one(child, *count, position, change);
            (result, rest + *count)
        }
    }
}

/// The upper part of a node that was too large: the border to it, itself and its weight.
struct Split<L: Leaf> {
    border: <L::Borders as Borders>::Border,
    node: Arc<Node<L>>,
    count: usize,
}

impl<L: Leaf> Inner<L> {
    /// Inserts what was split from child `index` behind it.
    fn insert(&mut self, index: usize, split: Split<L>) {
        self.counts[index] -= split.count;
        self.borders.insert(index, split.border);
        self.children.insert(index + 1, split.node);
        self.counts.insert(index + 1, split.count);
    }

    /// Splits, drops or merges child `index` if its size calls for it. One that grows is not
    /// merged: it may be the last of many that are being appended.
    fn repair(&mut self, index: usize, shrunk: bool, at_end: bool) {
        if !shrunk {
            self.split_child(index, at_end);
            return;
        }
        if size(&self.children[index]) == 0 {
            self.children.remove(index);
            self.counts.remove(index);
            if !self.borders.is_empty() {
                self.borders.remove(index.saturating_sub(1));
            }
            return;
        }
        if !is_small(&self.children[index]) || self.children.len() == 1 {
            self.split_child(index, at_end);
            return;
        }
        // With the smaller neighbour, so that repeated removal does not merge and split forever.
        let left = match (index.checked_sub(1), index + 1 < self.children.len()) {
            (Some(before), true) => {
                let larger = size(&self.children[before]) > size(&self.children[index + 1]);
                if larger { index } else { before }
            }
            (Some(before), false) => before,
            (None, _) => index,
        };
        let right = self.children.remove(left + 1);
        self.counts[left] += self.counts.remove(left + 1);
        let border = self.borders.remove(left);
        append(&mut self.children[left], border, right);
        self.split_child(left, false);
    }

    /// Splits a child while it is too large.
    fn split_child(&mut self, index: usize, at_end: bool) {
        let mut index = index;
        while let Some(split) = split_if_large(&mut self.children[index], at_end) {
            self.insert(index, split);
            index += 1;
        }
    }
}

/// Of the `len` entries of a node that is too large, how many stay: if it is twice too large, full
/// nodes are cut off; else it is halved, or left nearly full.
pub(super) fn keep(len: usize, max: usize, at_end: bool) -> usize {
    if at_end || len > 2 * max { max - max / 8 } else { len / 2 }
}

/// Takes the upper part of a node that is too large. A node that grew at its end stays full, so
/// that appending fills nodes.
fn split_if_large<L: Leaf>(node: &mut Arc<Node<L>>, at_end: bool) -> Option<Split<L>> {
    let is_large = match &**node {
        Node::Leaf(leaf) => leaf.size() == LeafSize::Large,
        Node::Inner(inner) => inner.children.len() > INNER_MAX,
    };
    if !is_large {
        return None;
    }
    Some(match Arc::make_mut(node) {
        Node::Leaf(leaf) => {
            let tail = leaf.split(at_end);
            let (border, count) = (leaf.border(&tail), tail.weight_before(tail.len()));
            Split { border, node: Arc::new(Node::Leaf(tail)), count }
        }
        Node::Inner(inner) => {
            let keep = keep(inner.children.len(), INNER_MAX, at_end);
            let children = inner.children.split_off(keep);
            let counts = inner.counts.split_off(keep);
            let count = counts.iter().sum();
            let borders = inner.borders.split_off(keep);
            let border = inner.borders.remove(keep - 1);
            let node = Arc::new(Node::Inner(Inner { children, counts, borders }));
            Split { border, node, count }
        }
    })
}

/// Appends what `right` holds to its left neighbour.
fn append<L: Leaf>(
    left: &mut Arc<Node<L>>,
    border: <L::Borders as Borders>::Border,
    right: Arc<Node<L>>,
) {
    let right = Arc::unwrap_or_clone(right);
    match (Arc::make_mut(left), right) {
        (Node::Leaf(left), Node::Leaf(right)) => left.append(right),
        (Node::Inner(left), Node::Inner(mut right)) => {
            left.borders.insert(left.children.len() - 1, border);
            left.borders.append(right.borders);
            left.children.append(&mut right.children);
            left.counts.append(&mut right.counts);
        }
        _ => unreachable!("all leaves are at one depth"),
    }
}

fn size<L: Leaf>(node: &Node<L>) -> usize {
    match node {
        Node::Leaf(leaf) => leaf.len(),
        Node::Inner(inner) => inner.children.len(),
    }
}

fn is_small<L: Leaf>(node: &Node<L>) -> bool {
    match node {
        Node::Leaf(leaf) => leaf.size() == LeafSize::Small,
        Node::Inner(inner) => inner.children.len() < INNER_SMALL,
    }
}
