//! Changing a tree: every change is a splice in one leaf, followed by repairs on the way back up.

use std::cmp::Ordering;

use triomphe::Arc;

use super::{
    Child, Element, INNER_MAX, LEAF_MAX, MERGE_BELOW, Node, Tree, child_at, element_at, weight,
};

/// The elements of one leaf, about to be changed.
///
/// May grow beyond what a leaf holds and may become empty: the tree repairs both. What lies before
/// `index` keeps its keys.
pub struct LeafMut<'a, T> {
    /// The elements. Those put in must keep the order of keys, also against the other leaves.
    pub elements: &'a mut Vec<T>,
    /// The one that covers the position; the number of elements if the position is the tree's end.
    pub index: usize,
    /// How far into it the position lies.
    pub offset: usize,
}

impl<T: Element> Tree<T> {
    /// Changes the leaf of the element that covers `position`; the end of the tree is a position,
    /// too.
    ///
    /// Cost: O(log n) and the change; the first change after a clone copies the path to the leaf.
    ///
    /// # Panics
    /// If `position` is beyond the end.
    pub fn edit<R>(&mut self, position: usize, change: impl FnOnce(LeafMut<'_, T>) -> R) -> R {
        assert!(position <= self.len, "position {position} of {}", self.len);
        let find = if position == self.len { Find::End } else { Find::At(position) };
        let (result, changed) =
            descend::<T, _, fn(&T::Key) -> Ordering>(&mut self.root, self.len, find, change);
        self.len = changed.count;
        self.repair_root();
        result
    }

    /// Changes the leaf in which a key belongs: `order` compares each key with it. The position in
    /// the leaf is that of the first key that is not less; it may be the leaf's end.
    ///
    /// Cost: O(log n) and the change, half of a [`Tree::partition`] and a [`Tree::edit`].
    pub fn edit_key<R>(
        &mut self,
        order: impl Fn(&T::Key) -> Ordering,
        change: impl FnOnce(LeafMut<'_, T>) -> R,
    ) -> R {
        let (result, changed) = descend(&mut self.root, self.len, Find::Key(order), change);
        self.len = changed.count;
        self.repair_root();
        result
    }

    /// Changes the element that covers `position`, which exists, but not its key. `change` gets the
    /// element and how far into it the position lies; if it returns `None` it has changed nothing.
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

    /// The root may have grown too large, or be an inner node with a single child or none.
    fn repair_root(&mut self) {
        while let Some((right, separator, count)) = split_if_large(&mut self.root, true) {
            let left_separator = first_key(&self.root);
            let left = std::mem::replace(&mut self.root, Arc::new(Node::Leaf(Vec::new())));
            let left = Child { node: left, count: self.len - count, separator: left_separator };
            let mut children = vec![left, Child { node: right, count, separator }];
            // An edit may have put in more than two nodes hold.
            split_child(&mut children, 1, true);
            self.root = Arc::new(Node::Inner(children));
        }
        loop {
            let only = match &*self.root {
                Node::Inner(children) if children.len() == 1 => Arc::clone(&children[0].node),
                Node::Inner(children) if children.is_empty() => Arc::new(Node::Leaf(Vec::new())),
                _ => return,
            };
            self.root = only;
        }
    }
}

impl<T: Element> FromIterator<T> for Tree<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        let mut tree = Tree::new();
        elements.into_iter().for_each(|element| tree.push(element));
        tree
    }
}

/// What a change below a node did to the node.
struct Changed<K> {
    count: usize,
    /// The new first key, if the change was made at the very beginning and left something there.
    first: Option<K>,
}

/// What a descent looks for.
enum Find<F> {
    /// The element that covers a position.
    At(usize),
    /// The end of the tree.
    End,
    /// The place of a key.
    Key(F),
}

/// Changes the leaf below a node that is looked for. `total` is the weight below the node.
fn descend<T: Element, R, F: Fn(&T::Key) -> Ordering>(
    node: &mut Arc<Node<T>>,
    total: usize,
    mut find: Find<F>,
    change: impl FnOnce(LeafMut<'_, T>) -> R,
) -> (R, Changed<T::Key>) {
    match Arc::make_mut(node) {
        Node::Leaf(elements) => {
            let (index, offset) = match find {
                Find::End => (elements.len(), 0),
                Find::Key(order) => {
                    let before = |element: &T| order(element.key()) == Ordering::Less;
                    (elements.partition_point(before), 0)
                }
                Find::At(mut position) => (element_at(elements, &mut position, total), position),
            };
            let result = change(LeafMut { elements, index, offset });
            let first = elements.first().filter(|_| index == 0).map(|first| first.key().clone());
            (result, Changed { count: weight(elements), first })
        }
        Node::Inner(children) => {
            let index = match &mut find {
                Find::End => children.len() - 1,
                Find::Key(order) => {
                    // The last child whose separator is not behind the key.
                    let fits = |child: &Child<T>| order(&child.separator) != Ordering::Greater;
                    children.partition_point(fits).saturating_sub(1)
                }
                Find::At(position) => child_at(children, position, total),
            };
            let child = &mut children[index];
            let old_size = size(&child.node);
            let rest = total - child.count;
            let (result, Changed { count, first }) =
                descend(&mut child.node, child.count, find, change);
            child.count = count;
            if let Some(key) = &first {
                child.separator = key.clone();
            }
            let shrunk = size(&child.node) < old_size;
            repair(children, index, shrunk);
            (result, Changed { count: rest + count, first: first.filter(|_| index == 0) })
        }
    }
}

/// Changes the element at `position` below a node of weight `total`; returns the new weight, too.
fn descend_to_one<T: Element, R>(
    node: &mut Arc<Node<T>>,
    total: usize,
    mut position: usize,
    change: impl FnOnce(&mut T, usize) -> Option<R>,
) -> (Option<R>, usize) {
    match Arc::make_mut(node) {
        Node::Leaf(elements) => {
            let index = element_at(elements, &mut position, total);
            let element = &mut elements[index];
            let rest = total - element.weight();
            let result = change(element, position);
            debug_assert!(element.weight() > 0, "an element without weight");
            (result, rest + element.weight())
        }
        Node::Inner(children) => {
            let index = child_at(children, &mut position, total);
            let child = &mut children[index];
            let rest = total - child.count;
            let (result, count) = descend_to_one(&mut child.node, child.count, position, change);
            child.count = count;
            (result, rest + count)
        }
    }
}

/// Splits, drops or merges child `index` if its size calls for it. One that grows is not merged: it
/// may be the last of many that are being appended.
fn repair<T: Element>(children: &mut Vec<Child<T>>, index: usize, shrunk: bool) {
    if size(&children[index].node) == 0 {
        children.remove(index);
        return;
    }
    if shrunk && is_small(&children[index].node) && children.len() > 1 {
        // With the smaller neighbour, so that repeated removal does not merge and split forever.
        let left = match (index.checked_sub(1), index + 1 < children.len()) {
            (Some(before), true) => {
                let larger = size(&children[before].node) > size(&children[index + 1].node);
                if larger { index } else { before }
            }
            (Some(before), false) => before,
            (None, _) => index,
        };
        let right = children.remove(left + 1);
        children[left].count += right.count;
        append(&mut children[left].node, right);
        split_child(children, left, false);
        return;
    }
    let last = index + 1 == children.len();
    split_child(children, index, last);
}

/// Splits a child while it is too large.
fn split_child<T: Element>(children: &mut Vec<Child<T>>, index: usize, at_end: bool) {
    let mut index = index;
    while let Some((node, separator, count)) = split_if_large(&mut children[index].node, at_end) {
        children[index].count -= count;
        index += 1;
        children.insert(index, Child { node, count, separator });
    }
}

/// Takes the upper part of a node that is too large: the node, its separator and its count. A node
/// that grew at the end of the sequence stays full, so that appending fills nodes.
fn split_if_large<T: Element>(
    node: &mut Arc<Node<T>>,
    at_end: bool,
) -> Option<(Arc<Node<T>>, T::Key, usize)> {
    let max = max(node);
    let len = size(node);
    if len <= max {
        return None;
    }
    // Twice too large: cut full nodes off. Else halve, or leave the node nearly full.
    let keep = if at_end || len > 2 * max { max - max / 8 } else { len / 2 };
    match Arc::make_mut(node) {
        Node::Leaf(elements) => {
            let tail = elements.split_off(keep);
            elements.shrink_to_fit();
            let count = weight(&tail);
            let separator = tail[0].key().clone();
            Some((Arc::new(Node::Leaf(tail)), separator, count))
        }
        Node::Inner(children) => {
            let tail = children.split_off(keep);
            let count = tail.iter().map(|child| child.count).sum();
            let separator = tail[0].separator.clone();
            Some((Arc::new(Node::Inner(tail)), separator, count))
        }
    }
}

/// Appends what `right` holds to its left neighbour.
fn append<T: Element>(left: &mut Arc<Node<T>>, right: Child<T>) {
    let Child { node: mut right, separator, .. } = right;
    match (Arc::make_mut(left), Arc::make_mut(&mut right)) {
        (Node::Leaf(left), Node::Leaf(right)) => left.append(right),
        (Node::Inner(left), Node::Inner(right)) => {
            // Its parent's may have been lowered when a first child went away, its own was not.
            if let Some(first) = right.first_mut() {
                first.separator = separator;
            }
            left.append(right);
        }
        _ => unreachable!("all leaves are at one depth"),
    }
}

fn size<T: Element>(node: &Node<T>) -> usize {
    match node {
        Node::Leaf(elements) => elements.len(),
        Node::Inner(children) => children.len(),
    }
}

fn max<T: Element>(node: &Node<T>) -> usize {
    match node {
        Node::Leaf(_) => LEAF_MAX,
        Node::Inner(_) => INNER_MAX,
    }
}

fn is_small<T: Element>(node: &Node<T>) -> bool {
    size(node) < max(node) / MERGE_BELOW
}

/// A separator for a node that had none: the root.
fn first_key<T: Element>(node: &Node<T>) -> T::Key {
    match node {
        Node::Leaf(elements) => elements[0].key().clone(),
        Node::Inner(children) => children[0].separator.clone(),
    }
}
