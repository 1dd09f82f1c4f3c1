//! Commands about the server: persistence, diagnostics, introspection.

mod command;
mod databases;
mod debug;
mod debug_data;
mod debug_process;
mod debug_protocol;
mod info;
mod lifecycle;
mod memory;
mod monitor;
pub mod table;

pub use debug::handlers as debug_handlers;
