//! Ferrous: a Redis 7.2 compatible server.
//!
//! The crate is layered in floors; imports point downward only and `tests/tidy.rs` checks it.
//!
//! | floor | modules | what they know |
//! |---|---|---|
//! | 0 | [`base`], [`sync`] | numbers, hashes, patterns, time; hand-offs between threads |
//! | 1 | [`data`], [`resp`] | containers; the wire protocol |
//! | 2 | [`value`] | the data types |
//! | 3 | [`keyspace`] | databases, expiry, access |
//! | 4 | [`config`], [`observe`] | directives; slow log, latency, run times (state only) |
//! | 4 | [`pubsub`], [`tracking`] | who listens to what (state only) |
//! | 5 | [`core`] | the deterministic machine |
//! | 6 | [`scripting`] | Lua, its libraries, functions |
//! | 7 | [`commands`] | one directory per group of commands |
//! | 8 | [`runtime`] | sockets, threads, clocks, signals |
//! | 9 | [`server`], [`sim`] | wiring: the real process, and a simulated one |

pub mod base;
pub mod sync;

pub mod data;
pub mod resp;

pub mod value;

pub mod keyspace;

pub mod config;
pub mod observe;
pub mod pubsub;
pub mod tracking;

pub mod core;

pub mod scripting;

pub mod commands;

pub mod runtime;

pub mod server;
pub mod sim;
