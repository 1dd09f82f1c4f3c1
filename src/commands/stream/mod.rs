//! Commands about streams and consumer groups.

pub mod table;
