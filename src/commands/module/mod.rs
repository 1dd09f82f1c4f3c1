//! Commands about modules.

pub mod table;
