//! Commands about the cluster.

mod handlers;
pub mod table;
