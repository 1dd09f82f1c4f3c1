//! Commands about sets.

pub mod table;
