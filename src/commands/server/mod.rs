//! Commands about the server: persistence, diagnostics, introspection.

mod command;
mod databases;
mod debug;
mod debug_data;
mod debug_inside;
mod debug_process;
mod debug_protocol;
mod info;
mod latency;
mod lifecycle;
mod lolwut;
mod memory;
mod memory_figures;
mod memory_stats;
mod metrics;
mod monitor;
mod slowlog;
pub mod table;

pub use debug::handlers as debug_handlers;
pub use info::everything as info_everything;
pub use metrics::metrics;
