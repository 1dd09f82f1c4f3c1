//! Commands about lists.

pub mod table;
