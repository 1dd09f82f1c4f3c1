//! Commands about scripts and functions.

pub mod table;
