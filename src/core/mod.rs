//! The deterministic machine: inputs in, outputs out.

pub mod args;
pub mod auth;
pub mod block;
pub mod buffers;
pub mod busy;
pub mod clients;
pub mod command;
pub mod ctx;
pub mod dispatch;
pub mod engine;
pub mod help;
pub mod host;
pub mod introspect;
pub mod multi;
pub mod push;
pub mod refusal;
pub mod registry;
pub mod scan;
pub mod script;
pub mod session;
pub mod shutdown;
pub mod stats;
pub mod switches;
pub mod unit;
pub mod watch;
pub mod world;
