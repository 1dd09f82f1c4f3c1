//! Commands about modules.

mod handlers;
pub mod table;
