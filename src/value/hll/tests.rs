//! Properties of HyperLogLogs.

use super::*;
use crate::base::prng::Prng;

const SPARSE_MAX: usize = 3000;

fn dense() -> Vec<u8> {
    let mut string = empty();
    make_dense(&mut string).expect("an empty one is well-formed");
    string
}

#[test]
fn an_empty_one_has_the_published_bytes() {
    assert_eq!(empty(), b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\0\x7f\xff");
    assert_eq!((count(&empty()), cached(&empty())), (Ok(0), Some(0)));
    assert_eq!(dense().len(), 12_304);
}

#[test]
fn sparse_and_dense_agree_on_registers_and_estimate_until_one_is_promoted() {
    let (mut sparse, mut dense) = (empty(), dense());
    let mut promoted_at = None;
    for element in 0..4000u32 {
        let element = element.to_le_bytes();
        let changed = add_dense(&mut dense, &element);
        assert_eq!(add(&mut sparse, &element, SPARSE_MAX), Ok(changed));
        assert!(sparse.len() <= SPARSE_MAX || sparse.len() == DENSE_LEN);
        if sparse.len() == DENSE_LEN {
            promoted_at = promoted_at.or(Some(u32::from_le_bytes(element)));
        }
    }
    assert!(promoted_at.is_some_and(|at| at > 1000), "{promoted_at:?}");
    assert_eq!(registers(&sparse), registers(&dense));
    assert_eq!(count(&sparse), count(&dense));
}

#[test]
fn estimates_are_within_a_few_standard_errors() {
    let mut string = dense();
    let mut checkpoint = 10;
    for element in 1..=100_000u64 {
        add_dense(&mut string, &(element ^ 0x1234_5678_9abc_def0).to_le_bytes());
        if element == checkpoint {
            let error = count(&string).expect("it is dense").abs_diff(element);
            assert!(error <= 1 + element / 20, "{error} of {element}");
            checkpoint *= 10;
        }
    }
}

#[test]
fn six_bit_registers_do_not_disturb_each_other() {
    let mut prng = Prng::from_seed(2);
    let (mut string, mut model) = (dense(), [0; REGISTERS]);
    for _ in 0..50_000 {
        let index = prng.below(REGISTERS as u64) as usize;
        let rank = prng.below(64) as u8;
        assert_eq!(raise(&mut string, index, rank, 0), Ok(rank > model[index]));
        model[index] = model[index].max(rank);
    }
    assert_eq!(*registers(&string).expect("it is dense"), model);
}

#[test]
fn a_split_run_keeps_its_neighbours_and_equal_values_join() {
    let mut string = empty();
    for index in [100, 101, 103, 102, 16_383, 0, 104] {
        assert_eq!(raise(&mut string, index, 7, SPARSE_MAX), Ok(true));
    }
    let shape: Vec<_> = runs(&string[HEADER..]).map(|run| (run.rank, run.len)).collect();
    assert_eq!(shape, [(7, 1), (0, 99), (7, 4), (7, 1), (0, 16_278), (7, 1)]);
    assert_eq!(raise(&mut string, 101, 7, SPARSE_MAX), Ok(false));
    assert_eq!(raise(&mut string, 101, 9, SPARSE_MAX), Ok(true));
    let shape: Vec<_> = runs(&string[HEADER..]).map(|run| (run.rank, run.len)).collect();
    assert_eq!(shape, [(7, 1), (0, 99), (7, 1), (9, 1), (7, 3), (0, 16_278), (7, 1)]);
}

#[test]
fn a_value_that_runs_cannot_hold_makes_it_dense() {
    let mut string = empty();
    assert_eq!(raise(&mut string, 5, 32, SPARSE_MAX), Ok(true));
    assert_eq!(Encoding::of(&string), Some(Encoding::Sparse));
    assert_eq!(raise(&mut string, 6, 33, SPARSE_MAX), Ok(true));
    assert_eq!(Encoding::of(&string), Some(Encoding::Dense));
    assert_eq!(registers(&string).map(|registers| (registers[5], registers[6])), Ok((32, 33)));
}

#[test]
fn foreign_bytes_are_refused_and_never_panic() {
    let mut prng = Prng::from_seed(8);
    for round in 0..3000 {
        let mut string = empty();
        string.truncate(HEADER);
        string.extend((0..prng.below(12)).map(|_| prng.next_u64() as u8));
        if round % 2 == 0 {
            string.extend_from_slice(&[0x7f, 0xff]);
        }
        let covered: usize = runs(&string[HEADER..]).map(|run| run.len).sum();
        assert_eq!(count(&string).is_ok(), covered == REGISTERS);
        // A merge ends where values would overflow, and so it takes what an estimate does not.
        let read = runs(&string[HEADER..]).try_fold(0, |sum, run| match sum + run.len {
            sum if run.rank > 0 && sum > REGISTERS => Err(sum - run.len),
            sum => Ok(sum),
        });
        let (Ok(read) | Err(read)) = read;
        assert_eq!(registers(&string).is_ok(), read == REGISTERS);
        let index = prng.below(REGISTERS as u64) as usize;
        let _ = raise(&mut string, index, prng.below(64) as u8, SPARSE_MAX);
    }
    for string in [&b"HYLL"[..], b"HYLL\x02\0\0\0\0\0\0\0\0\0\0\0", b"HYLL\0\0\0\0\0\0\0\0\0\0\0\0"]
    {
        assert_eq!(Encoding::of(string), None);
    }
}
