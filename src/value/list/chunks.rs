//! The large form of a list: a tree of chunks, with the limits that it was made with.

use std::ops::{Deref, DerefMut};

use super::chunk::Chunk;
use crate::data::tree::Tree;

/// What the configuration says about lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `list-max-listpack-size`
    pub fill: i32,
    /// `list-compress-depth`: Ferrous does not compress, and remembers it for those who ask.
    pub depth: i32,
}

impl Limits {
    /// Those of a large list that is made without regard to the configuration: results of SORT.
    pub const RESULT: Limits = Limits { fill: -2, depth: 0 };
}

/// A tree of chunks. The limits never change.
#[derive(Clone, Debug)]
pub struct Chunks {
    tree: Tree<Vec<Chunk>>,
    fill: i16,
    depth: u16,
}

impl Chunks {
    /// The lowest limit by size.
    const FILL_MIN: i32 = -5;

    /// No chunks, with limits as far as they can be kept.
    pub(super) fn new(limits: Limits) -> Chunks {
        let fill = limits.fill.clamp(Chunks::FILL_MIN, i32::from(i16::MAX)) as i16;
        let depth = limits.depth.clamp(0, i32::from(u16::MAX)) as u16;
        Chunks { tree: Tree::new(), fill, depth }
    }

    /// The limit of each chunk, in the terms of `list-max-listpack-size`.
    pub fn fill(&self) -> i32 {
        i32::from(self.fill)
    }

    /// Whether the chunks in the middle would be compressed.
    pub fn is_compressed(&self) -> bool {
        self.depth != 0
    }

    /// Number of chunks, and their bytes as listpacks. Cost: O(chunks).
    pub fn figures(&self) -> (usize, usize) {
        self.tree.iter().fold((0, 0), |(count, bytes), chunk| (count + 1, bytes + chunk.bytes()))
    }
}

impl Deref for Chunks {
    type Target = Tree<Vec<Chunk>>;

    #[inline]
    fn deref(&self) -> &Tree<Vec<Chunk>> {
        &self.tree
    }
}

impl DerefMut for Chunks {
    #[inline]
    fn deref_mut(&mut self) -> &mut Tree<Vec<Chunk>> {
        &mut self.tree
    }
}
