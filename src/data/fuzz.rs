//! Bodies of fuzz targets: runs, sets of integers and trees against models of the standard library.
//! The table has its own (`table::fuzz`).

use std::collections::BTreeSet;

use super::intset::IntSet;
use super::packed::{Item, Packed};
use super::tree::{Element, Tree};
use crate::base::fuzz::Input;

/// Reads arbitrary bytes as a run. What is accepted must be what writing its elements gives.
pub fn packed_bytes(data: &[u8]) {
    if let Some(run) = Packed::<false>::from_bytes(data) {
        assert_eq!(Packed::<false>::from_items(run.iter()).as_bytes(), data);
        assert_eq!(run.iter().count(), run.len());
    }
    if let Some(run) = Packed::<true>::from_bytes(data) {
        let written = Packed::<true>::from_items(run.iter());
        assert!(written.iter().eq(run.iter()));
        // In a smaller buffer there are no lengths.
        assert!(written.memory() < 128 || written.as_bytes() == data);
        run.invariants();
        written.invariants();
        assert_eq!(run.iter().count(), run.len());
        let mut back: Vec<_> = run.iter().rev().collect();
        back.reverse();
        assert!(run.iter().eq(back));
    }
}

/// Changes a run in both forms as `data` says.
pub fn packed_ops(data: &[u8]) {
    let run = change_run::<false>(&mut Input::new(data));
    assert_eq!(Packed::<false>::from_bytes(run.as_bytes()).map(|run| run.len()), Some(run.len()));
    let run = change_run::<true>(&mut Input::new(data));
    run.invariants();
    assert!(run.iter().rev().count() == run.len());
}

fn check_run<const BACK: bool>(run: &Packed<BACK>, model: &[Vec<u8>]) {
    run.invariants();
    assert_eq!(run.len(), model.len());
    assert!(run.iter().map(Item::to_vec).eq(model.iter().cloned()));
}

fn change_run<const BACK: bool>(input: &mut Input<'_>) -> Packed<BACK> {
    let (mut run, mut model) = (Packed::<BACK>::new(), Vec::<Vec<u8>>::new());
    let mut frozen: Vec<(Packed<BACK>, Vec<Vec<u8>>)> = Vec::new();
    while !input.is_empty() {
        let operation = input.one();
        let index = input.below(model.len() + 1);
        let place = run.skip(run.start(), index);
        match operation % 8 {
            0..=2 => {
                let texts: Vec<_> = (0..1 + input.below(3)).map(|_| input.text()).collect();
                let items: Vec<_> = texts.iter().map(|text| Item::new(text)).collect();
                run.insert(place, &items);
                model.splice(index..index, texts);
            }
            3 if index < model.len() => {
                model[index] = input.text();
                run.replace(place, Item::new(&model[index]));
            }
            4 => {
                let count = input.below(6).min(model.len() - index);
                run.remove(place, count);
                model.drain(index..index + count);
            }
            5 => {
                let tail = run.split_off(place);
                check_run(&tail, &model[index..]);
                check_run(&run, &model[..index]);
                run.append(&tail);
            }
            6 => {
                let (text, stride) = (
                    input.text(),
                    if model.len().is_multiple_of(2) { 1 + input.below(2) } else { 1 },
                );
                let found = run.find(Item::new(&text), stride);
                let expected = model.iter().step_by(stride).position(|other| *other == text);
                assert_eq!(found, expected.map(|index| run.skip(run.start(), index * stride)));
            }
            _ if frozen.len() < 4 => frozen.push((run.clone(), model.clone())),
            _ => {
                let (run, model) = frozen.swap_remove(input.below(4));
                check_run(&run, &model);
            }
        }
        assert_eq!(run.len(), model.len());
    }
    check_run(&run, &model);
    frozen.iter().for_each(|(run, model)| check_run(run, model));
    run
}

/// Changes a set of integers as `data` says.
pub fn intset_ops(data: &[u8]) {
    let mut input = Input::new(data);
    let (mut set, mut model) = (IntSet::new(), BTreeSet::new());
    let mut frozen: Vec<(IntSet, BTreeSet<i64>)> = Vec::new();
    while !input.is_empty() {
        let operation = input.one();
        let member = (input.eight() as i64) >> (operation / 8 * 2);
        match operation % 8 {
            0..=3 => assert_eq!(set.insert(member), model.insert(member)),
            4 => {
                let near = model.range(member..).next().copied().unwrap_or(member);
                assert_eq!(set.remove(near), model.remove(&near));
            }
            5 => {
                let index = input.below(model.len() + 1);
                let count = input.below(4).min(model.len() - index);
                let gone: Vec<_> = model.iter().skip(index).take(count).copied().collect();
                set.remove_range(index, count);
                model.retain(|member| !gone.contains(member));
            }
            6 if frozen.len() < 4 => frozen.push((set.clone(), model.clone())),
            6 => {
                let (set, model) = frozen.swap_remove(input.below(4));
                assert!(set.iter().eq(model.iter().copied()));
            }
            _ => set = IntSet::from_sorted(&model.iter().copied().collect::<Vec<_>>()),
        }
        assert_eq!(set.len(), model.len());
        assert_eq!(set.contains(member), model.contains(&member));
    }
    assert!(set.iter().eq(model.iter().copied()));
    assert!(set.iter().rev().eq(model.iter().rev().copied()));
    assert!((0..set.len()).map(|index| set.get(index)).eq(model.iter().copied()));
    for (set, model) in frozen {
        assert!(set.iter().eq(model.iter().copied()));
    }
}

/// An element with a name and a weight.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    name: u16,
    weight: usize,
}

impl Element for Piece {
    fn weight(&self) -> usize {
        self.weight
    }
}

type Pieces = Vec<Piece>;

fn start_of(model: &[Piece], index: usize) -> usize {
    model[..index].iter().map(Element::weight).sum()
}

/// Changes a tree that is ordered by position as `data` says. One that is ordered by keys is part
/// of a sorted set, which is among the values (`value::fuzz`).
pub fn tree_ops(data: &[u8]) {
    let mut input = Input::new(data);
    let (mut tree, mut model) = (Tree::<Vec<Piece>>::new(), Pieces::new());
    let mut frozen: Vec<(Tree<Vec<Piece>>, Pieces)> = Vec::new();
    let mut steps = 0_u32;
    while !input.is_empty() {
        change_tree(&mut tree, &mut model, &mut input);
        assert_eq!(tree.len(), start_of(&model, model.len()));
        steps += 1;
        if steps.is_multiple_of(16) {
            tree.invariants();
            frozen.push((tree.clone(), model.clone()));
            if frozen.len() > 4 {
                let (view, then) = frozen.swap_remove(input.below(4));
                assert!(view.iter().eq(&then));
            }
        }
    }
    tree.invariants();
    assert!(tree.iter().eq(&model));
    for (view, then) in frozen {
        view.invariants();
        assert!(view.iter().eq(&then));
    }
}

fn change_tree(tree: &mut Tree<Vec<Piece>>, model: &mut Pieces, input: &mut Input<'_>) {
    let (operation, name) = (input.one(), input.two());
    let index = usize::from(name) % (model.len() + 1);
    let position = start_of(model, index);
    match operation % 8 {
        0..=2 => {
            let piece = Piece { name, weight: 1 + input.below(5) };
            tree.insert(position, piece.clone());
            model.insert(index, piece);
        }
        3 => {
            let weight = 1 + input.below(3);
            let many = vec![Piece { name, weight }; input.below(400)];
            tree.edit(position, |leaf| {
                assert_eq!(leaf.offset, 0);
                leaf.elements.splice(leaf.index..leaf.index, many.iter().cloned());
            });
            model.splice(index..index, many);
        }
        4 if index < model.len() => {
            let offset = input.below(model[index].weight);
            assert_eq!(tree.remove(position + offset), model.remove(index));
        }
        5 => {
            let mut gone = 0;
            let wanted = input.below(300);
            tree.edit(position, |leaf| {
                gone = wanted.min(leaf.elements.len() - leaf.index);
                leaf.elements.drain(leaf.index..leaf.index + gone);
            });
            model.drain(index..index + gone);
        }
        6 if index < model.len() => {
            let (weight, offset) = (1 + input.below(9), input.below(model[index].weight));
            if operation >= 128 {
                tree.edit(position, |leaf| leaf.elements[leaf.index].weight = weight);
            } else {
                let refused = tree.edit_one(position, |_, _| None::<()>);
                assert_eq!(refused, None);
                let changed = tree.edit_one(position + offset, |piece, at| {
                    piece.weight = weight;
                    Some(at)
                });
                assert_eq!(changed, Some(offset));
            }
            model[index].weight = weight;
        }
        _ if index < model.len() => {
            let offset = input.below(model[index].weight);
            let spot = tree.get(position + offset).expect("the position is below the length");
            assert_eq!((spot.element, spot.offset), (&model[index], offset));
            assert!(tree.iter_from(position).take(9).eq(model[index..].iter().take(9)));
            let back = tree.iter_back_from(position + offset);
            assert!(back.take(9).eq(model[..=index].iter().rev().take(9)));
        }
        _ => assert!(tree.get(position).is_none()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::prng::Prng;

    fn on_random_inputs(body: fn(&[u8]), inputs: u64, len: u64) {
        for seed in 0..inputs {
            let mut prng = Prng::from_seed(seed);
            let data: Vec<u8> = (0..prng.below(len)).map(|_| prng.next_u64() as u8).collect();
            let outcome = std::panic::catch_unwind(|| body(&data));
            assert!(outcome.is_ok(), "seed {seed}");
        }
    }

    #[test]
    fn arbitrary_bytes_are_read_or_refused_as_runs() {
        on_random_inputs(packed_bytes, 20_000, 24);
    }

    #[test]
    fn runs_agree_with_a_model() {
        on_random_inputs(packed_ops, 150, 1500);
    }

    #[test]
    fn sets_of_integers_agree_with_a_model() {
        on_random_inputs(intset_ops, 150, 4000);
    }

    #[test]
    fn trees_agree_with_a_model() {
        on_random_inputs(tree_ops, 40, 2000);
    }

    #[test]
    fn corpora_pass() {
        for (target, body) in [
            ("packed_bytes", packed_bytes as fn(&[u8])),
            ("packed_ops", packed_ops),
            ("intset_ops", intset_ops),
            ("tree_ops", tree_ops),
            ("table_ops", crate::data::table::fuzz::ops),
        ] {
            crate::base::fuzz::corpus(target, body);
        }
    }
}
