//! Commands about hashes.

pub mod table;
