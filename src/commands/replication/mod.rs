//! Commands about replication.

pub mod table;
