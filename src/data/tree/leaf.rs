//! What a tree asks of its leaves and of the borders between them, and the leaf that is a vector.

use super::place_at;

/// Elements of a leaf that is a vector, at most.
const LEAF_MAX: usize = 128;
/// A leaf with fewer elements is merged with a neighbour.
const LEAF_SMALL: usize = LEAF_MAX / 4;

/// Elements in order, as many as one node holds. Cloning must be cheap: the first change of a leaf
/// after a freeze clones all of it.
pub trait Leaf: Clone + Default {
    /// How an element is shown.
    type Item<'a>
    where
        Self: 'a;

    /// What a walk keeps of a leaf, to get from one element to the next.
    type View<'a>: Copy
    where
        Self: 'a;

    /// What lies between the children of an inner node.
    type Borders: Borders;

    /// Number of elements.
    fn len(&self) -> usize;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements.
    fn view(&self) -> Self::View<'_>;

    /// The element at `index`, which exists.
    fn at<'a>(view: Self::View<'a>, index: usize) -> Self::Item<'a>
    where
        Self: 'a;

    /// The element at `index`, which exists.
    #[inline]
    fn get(&self, index: usize) -> Self::Item<'_> {
        Self::at(self.view(), index)
    }

    /// The element that covers a position, which exists, and how far into it the position lies;
    /// `total` is the weight of all elements.
    fn place_at(&self, position: usize, total: usize) -> (usize, usize);

    /// The weight of the elements before `index`, which may be the end.
    fn weight_before(&self, index: usize) -> usize;

    /// Whether it is to be divided or merged.
    fn size(&self) -> LeafSize;

    /// Takes off the end of a leaf that is too large, which may leave one that is still too large.
    /// One that grew at the end of the sequence stays nearly full, so that appending fills leaves.
    fn split(&mut self, at_end: bool) -> Self;

    /// Appends the elements of the neighbour behind it.
    fn append(&mut self, behind: Self);

    /// A border to the neighbour behind it; neither is empty.
    fn border(&self, behind: &Self) -> <Self::Borders as Borders>::Border;

    /// Bytes allocated.
    fn memory(&self) -> usize;

    /// For tests: panics if the leaf is damaged.
    fn invariants(&self);
}

/// What a leaf's size calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeafSize {
    /// To be merged with a neighbour.
    Small,
    /// Nothing.
    Fits,
    /// To be split.
    Large,
}

/// The borders between the children of one inner node, in order: a border is not above what is
/// behind it and above what is before it.
pub trait Borders: Clone + Default {
    /// One of them.
    type Border;

    /// Number of borders.
    fn len(&self) -> usize;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Inserts one before that at `index`.
    fn insert(&mut self, index: usize, border: Self::Border);

    /// Removes one.
    fn remove(&mut self, index: usize) -> Self::Border;

    /// Takes off all from `index` on.
    fn split_off(&mut self, index: usize) -> Self;

    /// Appends all of these.
    fn append(&mut self, behind: Self);

    /// Bytes allocated.
    fn memory(&self) -> usize;
}

/// What is looked for in a tree that is ordered by keys. An equal key does not come before it.
pub trait Probe<L: Leaf> {
    /// The child in which it belongs: how many borders are not behind it. If only the question
    /// is which elements come before it, borders that are equal may count as behind it.
    fn child(&self, borders: &L::Borders) -> usize;

    /// Its place in a leaf: how many elements come before it.
    fn place(&self, leaf: &L) -> usize;
}

/// An element of a leaf that is a vector; such a tree is ordered only by position.
pub trait Element: Clone {
    /// Number of positions that the element covers; not zero.
    fn weight(&self) -> usize;
}

/// The borders of a tree that is ordered only by position: their number.
#[derive(Clone, Debug, Default)]
pub struct Unordered(usize);

impl Borders for Unordered {
    type Border = ();

    fn len(&self) -> usize {
        self.0
    }

    fn insert(&mut self, _: usize, (): ()) {
        self.0 += 1;
    }

    fn remove(&mut self, _: usize) {
        self.0 -= 1;
    }

    fn split_off(&mut self, index: usize) -> Self {
        let behind = self.0 - index;
        self.0 = index;
        Unordered(behind)
    }

    fn append(&mut self, behind: Self) {
        self.0 += behind.0;
    }

    fn memory(&self) -> usize {
        0
    }
}

impl<T: Element> Leaf for Vec<T> {
    type Item<'a>
        = &'a T
    where
        T: 'a;
    type View<'a>
        = &'a [T]
    where
        T: 'a;
    type Borders = Unordered;

    #[inline]
    fn len(&self) -> usize {
        self.len()
    }

    #[inline]
    fn view(&self) -> &[T] {
        self
    }

    #[inline]
    fn at<'a>(view: &'a [T], index: usize) -> &'a T
    where
        T: 'a,
    {
        &view[index]
    }

    #[inline]
    fn place_at(&self, position: usize, total: usize) -> (usize, usize) {
        let mut offset = position;
        let index = place_at(self, &mut offset, total, T::weight);
        (index, offset)
    }

    #[inline]
    fn weight_before(&self, index: usize) -> usize {
        self[..index].iter().map(T::weight).sum()
    }

    #[inline]
    fn size(&self) -> LeafSize {
        match self.len() {
            0..LEAF_SMALL => LeafSize::Small,
            LEAF_SMALL..=LEAF_MAX => LeafSize::Fits,
            _ => LeafSize::Large,
        }
    }

    fn split(&mut self, at_end: bool) -> Self {
        let tail = self.split_off(super::edit::keep(self.len(), LEAF_MAX, at_end));
        self.shrink_to_fit();
        tail
    }

    fn append(&mut self, mut behind: Self) {
        self.append(&mut behind);
    }

    fn border(&self, _: &Self) {}

    fn memory(&self) -> usize {
        self.capacity() * size_of::<T>()
    }

    fn invariants(&self) {
        assert!(self.iter().all(|element| element.weight() > 0), "an element without weight");
    }
}
