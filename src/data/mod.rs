//! Containers: generic, single writer, frozen in O(1).

pub mod table;
