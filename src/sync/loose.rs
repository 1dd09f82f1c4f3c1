//! A shared pointer that may lie at any address.
//!
//! Holds: it is one owner of a `triomphe::Arc`, whose allocation and count it uses.
//! Cost: eight bytes that ask for no alignment, so an enumeration of such pointers takes nine bytes
//! where aligned ones take sixteen: what a keyspace keeps for every list, set, hash. Reading it is
//! an unaligned load, which costs nothing within a cache line.
//! Threads: as `triomphe::Arc`.
#![allow(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::NonNull;

use triomphe::Arc;

/// See the module.
#[repr(Rust, packed)]
pub struct LooseArc<T> {
    /// What [`Arc::into_raw`] gave.
    content: NonNull<T>,
    owns: PhantomData<T>,
}

// SAFETY: it is an `Arc`, which asks for the same.
unsafe impl<T: Send + Sync> Send for LooseArc<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for LooseArc<T> {}

impl<T> LooseArc<T> {
    /// An allocation with this content and one owner.
    pub fn new(content: T) -> Self {
        Self::pack(Arc::new(content))
    }

    fn pack(arc: Arc<T>) -> Self {
        let content = NonNull::new(Arc::into_raw(arc).cast_mut());
        Self { content: content.expect("an allocation has an address"), owns: PhantomData }
    }

    /// The `Arc` that this is; it must not be dropped while this is in use.
    #[inline]
    fn unpack(&self) -> ManuallyDrop<Arc<T>> {
        // SAFETY: `pack` took the pointer from `into_raw`; this remains the owner, since the copy
        // is never dropped but by `drop`, which is the end of this.
        ManuallyDrop::new(unsafe { Arc::from_raw(self.content.as_ptr()) })
    }

    /// The content, to be changed; `None` if there is another owner.
    #[inline]
    pub fn get_mut(&mut self) -> Option<&mut T> {
        let mut arc = self.unpack();
        Arc::get_mut(&mut arc)?;
        // SAFETY: there is no other owner, and this one is borrowed mutably for as long.
        Some(unsafe { &mut *self.content.as_ptr() })
    }
}

impl<T: Clone> LooseArc<T> {
    /// The content, to be changed: a copy of it if there is another owner.
    #[inline]
    pub fn make_mut(&mut self) -> &mut T {
        let mut arc = self.unpack();
        if Arc::get_mut(&mut arc).is_none() {
            *self = Self::new(T::clone(self));
        }
        // SAFETY: there was no other owner, or this has just become the owner of a copy.
        unsafe { &mut *self.content.as_ptr() }
    }
}

impl<T> Deref for LooseArc<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this owner keeps the content alive, and nobody changes it while there is a shared
        // borrow of an owner: `get_mut` and `make_mut` borrow the only one mutably.
        unsafe { &*self.content.as_ptr() }
    }
}

impl<T> Clone for LooseArc<T> {
    #[inline]
    fn clone(&self) -> Self {
        Self::pack(Arc::clone(&self.unpack()))
    }
}

impl<T: Default> Default for LooseArc<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> Drop for LooseArc<T> {
    #[inline]
    fn drop(&mut self) {
        drop(ManuallyDrop::into_inner(self.unpack()));
    }
}

impl<T: fmt::Debug> fmt::Debug for LooseArc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lies_anywhere_and_a_choice_of_such_takes_nine_bytes() {
        #[allow(dead_code, reason = "only its size matters")]
        enum Choice {
            One(LooseArc<String>),
            Other(LooseArc<Vec<u8>>),
        }
        assert_eq!((size_of::<Choice>(), align_of::<Choice>()), (9, 1));
        assert_eq!(size_of::<Option<Choice>>(), 9);
        let many: Vec<(u8, LooseArc<String>)> =
            (0..9).map(|n| (n, LooseArc::new(format!("number {n}")))).collect();
        for (n, each) in &many {
            assert_eq!(**each, format!("number {n}"));
        }
    }

    #[test]
    fn a_change_of_what_is_shared_is_one_of_a_copy() {
        let mut one = LooseArc::new(vec![1]);
        one.get_mut().unwrap().push(2);
        one.make_mut().push(3);
        let mut two = one.clone();
        assert!(one.get_mut().is_none());
        two.make_mut().push(4);
        assert_eq!((&*one, &*two), (&vec![1, 2, 3], &vec![1, 2, 3, 4]));
        assert!(one.get_mut().is_some(), "the copy is no owner of this one");
    }

    #[test]
    fn owners_on_several_threads_free_once() {
        let first = LooseArc::new(vec![String::from("content"); 3]);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                let mut mine = first.clone();
                scope.spawn(move || {
                    let again = mine.clone();
                    mine.make_mut().push(String::from("mine"));
                    assert_eq!((mine.len(), again.len()), (4, 3));
                });
            }
        });
        assert_eq!(first.len(), 3);
    }
}
