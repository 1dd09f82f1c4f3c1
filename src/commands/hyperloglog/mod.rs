//! Commands about HyperLogLogs.

pub mod table;
