//! Commands about the cluster.

pub mod table;
