//! The world: sockets, threads, clocks, signals.

pub mod net;
