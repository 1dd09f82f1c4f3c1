//! The process among others: its title, its place in the queue of the kernel's memory killer, its
//! processors, its service manager, the system log.
//!
//! Nothing here is needed to serve clients: what the system refuses is told and done without.

pub mod affinity;
pub mod manager;
pub mod oom;
pub mod syslog;
pub mod title;
