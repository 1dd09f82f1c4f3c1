//! The sizes in which the allocator gives memory.

/// The size that the allocator would give anyway: steps of a quarter between powers of two, as
/// in jemalloc's size classes, so that a capacity never leaves allocated bytes unused.
#[inline]
pub fn good_size(bytes: usize) -> usize {
    if bytes <= 128 {
        return bytes.next_multiple_of(16).max(16);
    }
    let step = bytes.next_power_of_two() / 8;
    bytes.next_multiple_of(step)
}

/// Makes room for `more` elements in a vector, and for no more than the allocator gives anyway.
/// For the many small vectors of a large value, where doubling would leave a quarter unused.
#[inline]
pub fn reserve_tight<T>(vec: &mut Vec<T>, more: usize) {
    let needed = vec.len() + more;
    if needed > vec.capacity() {
        let capacity = good_size(needed * size_of::<T>()) / size_of::<T>();
        vec.reserve_exact(capacity - vec.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_sizes_are_size_classes() {
        for (asked, given) in [(1, 16), (128, 128), (129, 160), (1025, 1280), (12289, 14336)] {
            assert_eq!(good_size(asked), given);
        }
    }

    #[test]
    fn a_vector_grows_in_size_classes() {
        let mut vec = vec![0_u64; 16];
        reserve_tight(&mut vec, 1);
        assert_eq!(vec.capacity(), 20);
        vec.resize(20, 1);
        reserve_tight(&mut vec, 13);
        assert_eq!(vec.capacity(), 40);
    }
}
