//! CONFIG.

mod handlers;
pub mod table;
