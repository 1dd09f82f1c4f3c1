//! Sockets: poller, listeners, connections, I/O threads.

pub mod service;
