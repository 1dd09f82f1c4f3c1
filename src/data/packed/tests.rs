//! Properties of runs, against a vector of texts.

use super::*;
use crate::base::prng::Prng;

fn random_text(prng: &mut Prng) -> Vec<u8> {
    match prng.below(8) {
        0 => Vec::new(),
        1..4 => ((prng.next_u64() as i64) >> prng.below(64)).to_string().into_bytes(),
        4 => format!("0{}", prng.below(100)).into_bytes(),
        5 => vec![b'l'; prng.below(5000) as usize],
        _ => (0..prng.below(140)).map(|_| prng.next_u64() as u8).collect(),
    }
}

fn texts<const BACK: bool>(run: &Packed<BACK>) -> Vec<Vec<u8>> {
    run.iter().map(Item::to_vec).collect()
}

fn check<const BACK: bool>(run: &Packed<BACK>, model: &[Vec<u8>]) {
    run.invariants();
    assert_eq!(run.len(), model.len());
    assert_eq!(texts(run), model);
}

fn random_changes<const BACK: bool>(seed: u64) -> (Packed<BACK>, Vec<Vec<u8>>) {
    let mut prng = Prng::from_seed(seed);
    let (mut run, mut model) = (Packed::<BACK>::new(), Vec::new());
    let mut frozen = Vec::new();
    // Some stay around the border between tiny buffers and others.
    let max = if seed.is_multiple_of(2) { usize::MAX } else { 110 };
    for step in 0..if cfg!(miri) { 20 } else { 300 } {
        while model.iter().map(Vec::len).sum::<usize>() > max {
            run.remove(run.start(), 1);
            model.remove(0);
        }
        let index = prng.below(model.len() as u64 + 1) as usize;
        let place = run.skip(run.start(), index);
        let text = random_text(&mut prng);
        match prng.below(6) {
            0..3 => {
                let other = random_text(&mut prng);
                run.insert(place, &[Item::new(&text), Item::new(&other)]);
                model.splice(index..index, [text, other]);
            }
            3 if index < model.len() => {
                run.replace(place, Item::new(&text));
                model[index] = text;
            }
            4 => {
                let count = (prng.below(5) as usize).min(model.len() - index);
                run.remove(place, count);
                model.drain(index..index + count);
            }
            5 => {
                let tail = run.split_off(place);
                check(&tail, &model[index..]);
                check(&run, &model[..index]);
                run.append(&tail);
            }
            _ => {}
        }
        if step % 60 == 0 {
            frozen.push((run.clone(), model.clone()));
        }
    }
    check(&run, &model);
    for (run, model) in &frozen {
        check(run, model);
    }
    (run, model)
}

#[test]
fn one_way_runs_agree_with_a_model() {
    for seed in 0..if cfg!(miri) { 2 } else { 8 } {
        let (run, model) = random_changes::<false>(seed);
        for (index, text) in model.iter().enumerate() {
            assert_eq!(run.get(run.nth(index)).to_vec(), *text);
        }
        assert_eq!(run.nth(model.len()), run.end());
        assert_eq!(texts(&OneWay::from_items(run.iter())), model);
    }
}

#[test]
fn two_way_runs_agree_with_a_model_from_either_end() {
    for seed in 0..if cfg!(miri) { 2 } else { 8 } {
        let (run, mut model) = random_changes::<true>(seed);
        for (index, text) in model.iter().enumerate() {
            assert_eq!(run.get(run.nth(index)).to_vec(), *text);
        }
        assert_eq!(run.nth(model.len()), run.end());
        let backwards: Vec<_> = run.iter().rev().map(Item::to_vec).collect();
        model.reverse();
        assert_eq!(backwards, model);
    }
}

#[test]
fn find_returns_the_first_equal_element_at_the_stride() {
    let words: [&[u8]; 8] = [b"a", b"12", b"12", b"a", b"012", b"", b"", b"-5"];
    let run = OneWay::from_items(words.iter().map(|word| Item::new(word)));
    let index = |word: &[u8], stride: usize| {
        let place = run.find(Item::new(word), stride)?;
        (0..run.len()).find(|&index| run.nth(index) == place)
    };
    assert_eq!(index(b"12", 1), Some(1));
    assert_eq!(index(b"12", 2), Some(2));
    assert_eq!(index(b"", 1), Some(5));
    assert_eq!(index(b"", 2), Some(6));
    assert_eq!(index(b"-5", 2), None);
    assert_eq!(index(b"0", 1), None);
}

#[test]
fn integers_are_texts_that_print_the_same() {
    for text in ["0", "-1", "9223372036854775807", "-9223372036854775808"] {
        assert!(matches!(Item::new(text.as_bytes()), Item::Int(_)), "{text}");
        assert_eq!(Item::new(text.as_bytes()).len(), text.len());
    }
    for text in ["-0", "00", "+1", " 1", "1 ", "9223372036854775808", "1e3", ""] {
        assert_eq!(Item::new(text.as_bytes()), Item::Text(text.as_bytes()));
    }
}

#[test]
fn a_small_element_costs_one_byte_and_its_text() {
    // In buffers that are not tiny, where a two-way run has the lengths.
    let bytes_of = |text: &'static [u8]| {
        let many = [Item::new(text); 120];
        (OneWay::from_items(many).bytes() / 120, TwoWay::from_items(many).bytes() / 120)
    };
    assert_eq!(bytes_of(b"ten chars!"), (11, 12));
    assert_eq!(bytes_of(b"100"), (1, 1));
    assert_eq!(bytes_of(b"4000"), (2, 3));
    let ten = [Item::Text(b"ten chars!"); 10];
    assert_eq!((OneWay::from_items(ten).memory(), TwoWay::from_items(ten).memory()), (112, 112));
    assert_eq!(TwoWay::from_items([Item::Text(b"ten chars!"); 11]).memory(), 160);
    assert_eq!(OneWay::new().memory(), 16);
}
