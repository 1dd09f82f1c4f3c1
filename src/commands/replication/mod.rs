//! Commands about replication.

mod handlers;
pub mod table;
mod wait;
