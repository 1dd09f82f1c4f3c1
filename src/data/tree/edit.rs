//! Changing a tree: every change is a splice in one leaf, followed by repairs on the way back up.

use triomphe::Arc;

use super::{Child, Element, INNER_MAX, LEAF_MAX, MERGE_BELOW, Node, Tree, child_at, element_at};

/// The elements of one leaf, about to be changed.
///
/// May grow beyond what a leaf holds and may become empty: the tree repairs both.
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
        let at_end = position == self.len;
        let (result, changed) = descend(&mut self.root, position, at_end, change);
        self.len = changed.count;
        self.repair_root();
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
            let right = Child { node: right, count, separator };
            self.root = Arc::new(Node::Inner(vec![left, right]));
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
    /// The new first key, if the change was made in the first leaf below and left something there.
    first: Option<K>,
}

/// Changes the leaf at `position` below a node.
fn descend<T: Element, R>(
    node: &mut Arc<Node<T>>,
    mut position: usize,
    at_end: bool,
    change: impl FnOnce(LeafMut<'_, T>) -> R,
) -> (R, Changed<T::Key>) {
    match Arc::make_mut(node) {
        Node::Leaf(elements) => {
            let index = if at_end { elements.len() } else { element_at(elements, &mut position) };
            let offset = if at_end { 0 } else { position };
            let result = change(LeafMut { elements, index, offset });
            let count = elements.iter().map(T::weight).sum();
            (result, Changed { count, first: elements.first().map(|first| first.key().clone()) })
        }
        Node::Inner(children) => {
            let index = if at_end { children.len() - 1 } else { child_at(children, &mut position) };
            let child = &mut children[index];
            let old_size = size(&child.node);
            let (result, Changed { count, first }) =
                descend(&mut child.node, position, at_end, change);
            child.count = count;
            if let Some(key) = &first {
                child.separator = key.clone();
            }
            let shrunk = size(&child.node) < old_size;
            repair(children, index, shrunk);
            let count = children.iter().map(|child| child.count).sum();
            (result, Changed { count, first: first.filter(|_| index == 0) })
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
            let count = tail.iter().map(T::weight).sum();
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
