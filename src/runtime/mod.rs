//! The world: sockets, threads, clocks, signals.

pub mod clock;
pub mod crash;
pub mod free;
pub mod limits;
pub mod log;
pub mod memory;
pub mod metrics;
pub mod net;
pub mod process;
pub mod signal;
