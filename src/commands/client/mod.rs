//! Commands about clients.

mod identity;
mod list;
mod modes;
pub mod table;
mod tracking;
