//! Sorting a part of a slice: what lies outside the wanted range is only known to lie there.
//!
//! Holds: equal elements come in the order in which Redis leaves them. That order is no rule but
//! the outcome of Bentley and McIlroy's quicksort ("Engineering a sort function", 1993), so the
//! choice of the pivot and every exchange are theirs. Cost: as theirs, with no recursion.

use std::cmp::Ordering;
use std::ops::Range;

/// Shorter parts are sorted by insertion.
const SHORT: usize = 7;
/// From longer parts the pivot is the median of nine elements.
const LONG: usize = 40;

/// Puts the elements that belong into `wanted` there, sorted.
///
/// Cost: O(n + m log m) on average for m wanted out of n; quadratic at worst.
pub fn sort_part<T>(items: &mut [T], wanted: Range<usize>, compare: impl Fn(&T, &T) -> Ordering) {
    let mut open = Vec::new();
    open.push(0..items.len());
    while let Some(range) = open.pop() {
        let start = range.start;
        let part = &mut items[range];
        if part.len() < SHORT {
            insert_each(part, &compare);
            continue;
        }
        part.swap(0, pivot(part, &compare));
        for side in split(part, &compare) {
            let side = start + side.start..start + side.end;
            if side.len() > 1 && side.start < wanted.end && wanted.start < side.end {
                open.push(side);
            }
        }
    }
}

fn insert_each<T>(part: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) {
    for next in 1..part.len() {
        let mut at = next;
        while at > 0 && compare(&part[at - 1], &part[at]).is_gt() {
            part.swap(at, at - 1);
            at -= 1;
        }
    }
}

fn pivot<T>(part: &[T], compare: &impl Fn(&T, &T) -> Ordering) -> usize {
    let (mut low, mut middle, mut high) = (0, part.len() / 2, part.len() - 1);
    if part.len() == SHORT {
        return middle;
    }
    let median = |a: usize, b: usize, c: usize| {
        let is = |left: usize, order: Ordering, right: usize| {
            compare(&part[left], &part[right]) == order
        };
        if is(a, Ordering::Less, b) {
            if is(b, Ordering::Less, c) {
                return b;
            }
            return if is(a, Ordering::Less, c) { c } else { a };
        }
        if is(b, Ordering::Greater, c) {
            return b;
        }
        if is(a, Ordering::Less, c) { a } else { c }
    };
    if part.len() > LONG {
        let step = part.len() / 8;
        low = median(low, low + step, low + 2 * step);
        middle = median(middle - step, middle, middle + step);
        high = median(high - 2 * step, high - step, high);
    }
    median(low, middle, high)
}

/// Moves what is less than the first element before it, and what is greater behind it; gives both
/// places. What equals it is gathered at the two ends meanwhile.
fn split<T>(part: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) -> [Range<usize>; 2] {
    let len = part.len();
    // Equal before `first_end`, less before `up`; equal behind `last_start`, greater behind `down`.
    let (mut first_end, mut up, mut down, mut last_start) = (1, 1, len - 1, len - 1);
    loop {
        while up <= down {
            match compare(&part[up], &part[0]) {
                Ordering::Greater => break,
                Ordering::Equal => {
                    part.swap(first_end, up);
                    first_end += 1;
                }
                Ordering::Less => {}
            }
            up += 1;
        }
        while up <= down {
            match compare(&part[down], &part[0]) {
                Ordering::Less => break,
                Ordering::Equal => {
                    part.swap(down, last_start);
                    last_start -= 1;
                }
                Ordering::Greater => {}
            }
            down -= 1;
        }
        if up > down {
            break;
        }
        part.swap(up, down);
        up += 1;
        down -= 1;
    }
    let (less, greater) = (up - first_end, last_start - down);
    swap_runs(part, 0, up, first_end.min(less));
    swap_runs(part, up, len, greater.min(len - 1 - last_start));
    [0..less, len - greater..len]
}

/// Exchanges the `len` elements from `from` on with those before `end`.
fn swap_runs<T>(part: &mut [T], from: usize, end: usize, len: usize) {
    for offset in 0..len {
        part.swap(from + offset, end - len + offset);
    }
}

#[cfg(test)]
mod tests {
    use super::sort_part;
    use crate::base::prng::Prng;

    #[test]
    fn the_wanted_part_is_that_of_a_whole_sort() {
        let mut random = Prng::from_seed(1);
        for round in 0..3000 {
            let len = random.below(if round % 10 == 0 { 400 } else { 60 }) as usize;
            let kinds = random.below(40) + 1;
            let items: Vec<u64> = (0..len).map(|_| random.below(kinds)).collect();
            let start = random.below(len as u64 + 1) as usize;
            let end = start + random.below((len - start) as u64 + 1) as usize;
            let (mut ours, mut whole) = (items.clone(), items);
            sort_part(&mut ours, start..end, u64::cmp);
            whole.sort_unstable();
            assert_eq!(ours[start..end], whole[start..end], "round {round}");
            ours.sort_unstable();
            assert_eq!(ours, whole, "nothing is lost");
        }
    }

    #[test]
    fn an_unlucky_order_needs_no_stack() {
        let mut items: Vec<u64> = (0..100_000).map(|at| (at * 7919) % 3).collect();
        let len = items.len();
        sort_part(&mut items, 0..len, u64::cmp);
        assert!(items.is_sorted());
    }
}
