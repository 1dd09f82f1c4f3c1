//! Containers: generic, single writer, frozen in O(1).

pub mod fuzz;
pub mod intset;
pub mod packed;
pub mod table;
pub mod tree;
