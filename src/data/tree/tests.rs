use super::*;
use crate::base::prng::Prng;

/// A name, and a weight.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Item(u32, usize);

impl Element for Item {
    fn weight(&self) -> usize {
        self.1
    }
}

fn all(tree: &Tree<Vec<Item>>) -> Vec<Item> {
    tree.iter().cloned().collect()
}

/// Position of each element and the total, as a model has them.
fn start_of(model: &[Item], index: usize) -> usize {
    model[..index].iter().map(Element::weight).sum()
}

#[test]
fn it_is_a_vector_and_clones_never_change() {
    let mut prng = Prng::from_seed(11);
    let (mut tree, mut model) = (Tree::<Vec<Item>>::new(), Vec::<Item>::new());
    let mut frozen = Vec::new();
    for step in 0..6_000 {
        // Grows for most of the time, then shrinks to nothing.
        let grow = prng.below(100) < if step < 3_500 { 70 } else { 8 };
        if grow || model.is_empty() {
            let item = Item(prng.below(3_000) as u32, 1);
            let at = prng.below(model.len() as u64 + 1) as usize;
            model.insert(at, item.clone());
            tree.insert(at, item);
        } else {
            let at = prng.below(model.len() as u64) as usize;
            assert_eq!(tree.remove(at), model.remove(at));
        }
        assert_eq!(tree.len(), model.len());
        if prng.below(300) == 0 {
            tree.invariants();
            frozen.push((tree.clone(), model.clone()));
        }
    }
    tree.invariants();
    assert_eq!(all(&tree), model);
    for (view, then) in frozen {
        view.invariants();
        assert_eq!(all(&view), then);
    }
}

#[test]
fn by_position_every_position_is_covered_and_walks_go_both_ways() {
    let mut prng = Prng::from_seed(5);
    let (mut tree, mut model) = (Tree::<Vec<Item>>::new(), Vec::<Item>::new());
    for _ in 0..2_500 {
        let index = prng.below(model.len() as u64 + 1) as usize;
        let item = Item(0, 1 + prng.below(9) as usize);
        tree.insert(start_of(&model, index), item.clone());
        model.insert(index, item);
    }
    tree.invariants();
    assert_eq!(tree.len(), start_of(&model, model.len()));
    for _ in 0..500 {
        let index = prng.below(model.len() as u64) as usize;
        let offset = prng.below(model[index].1 as u64) as usize;
        let position = start_of(&model, index) + offset;
        let spot = tree.get(position).expect("it is below the length");
        assert_eq!((spot.element, spot.offset), (&model[index], offset));
        let forward = tree.iter_from(position);
        assert_eq!(forward.offset(), offset);
        assert!(forward.eq(model[index..].iter()));
        let backward = tree.iter_back_from(position);
        assert_eq!(backward.offset(), offset);
        assert!(backward.eq(model[..=index].iter().rev()));
    }
    assert!(tree.get(tree.len()).is_none());
    assert!(tree.iter_from(tree.len()).next().is_none());
}

#[test]
fn an_edit_may_change_weights_and_add_or_remove_many_elements() {
    let mut prng = Prng::from_seed(9);
    let (mut tree, mut model) = (Tree::<Vec<Item>>::new(), Vec::<Item>::new());
    for step in 0..600 {
        let index = prng.below(model.len() as u64 + 1) as usize;
        let position = start_of(&model, index);
        let add = if step < 300 { prng.below(300) as usize } else { 0 };
        let mut removed = 0;
        tree.edit(position, |leaf| {
            removed = (leaf.elements.len() - leaf.index).min(if step < 300 { 2 } else { 90 });
            let new = (0..add).map(|n| Item(0, 1 + n % 3));
            leaf.elements.splice(leaf.index..leaf.index + removed, new);
        });
        model.splice(index..index + removed, (0..add).map(|n| Item(0, 1 + n % 3)));
        assert_eq!(tree.len(), start_of(&model, model.len()));
        if step % 50 == 0 {
            tree.invariants();
            assert_eq!(all(&tree), model);
        }
    }
    assert_eq!(all(&tree), model);
}

#[test]
fn appending_fills_nodes() {
    let tree: Tree<Vec<Item>> = (0..100_000).map(|n| Item(n, 1)).collect();
    tree.invariants();
    let leaves = 100_000 / 128;
    let (nodes, elements) = tree.sizes();
    assert_eq!(elements, 100_000);
    assert!(nodes < leaves * 5 / 4, "{nodes} nodes for {leaves} full leaves");
}

#[test]
fn a_change_after_a_freeze_copies_one_path() {
    let mut tree: Tree<Vec<Item>> = (0..100_000).map(|n| Item(n, 1)).collect();
    let view = tree.clone();
    tree.remove(50_000);
    let shared = |a: &Node<Vec<Item>>, b: &Node<Vec<Item>>| match (a, b) {
        (Node::Inner(a), Node::Inner(b)) => {
            let pairs = a.children.iter().zip(&b.children);
            pairs.filter(|(a, b)| Arc::ptr_eq(a, b)).count()
        }
        _ => panic!("the tree has inner nodes"),
    };
    let Node::Inner(inner) = &*tree.root else { panic!("the tree has inner nodes") };
    assert_eq!(shared(&tree.root, &view.root), inner.children.len() - 1);
    assert_eq!(view.len(), 100_000);
}
