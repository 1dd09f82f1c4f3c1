//! Commands about geographic indexes.

pub mod table;
