//! The deterministic machine: inputs in, outputs out.

pub mod args;
pub mod command;
pub mod ctx;
