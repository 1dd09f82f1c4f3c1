//! Commands about sorted sets.

pub mod table;
