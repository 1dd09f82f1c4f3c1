//! Lua: the machine that runs scripts and functions for the core.

#![allow(dead_code, reason = "functions follow")]

mod api;
mod eval;
mod hook;
pub mod lib;
mod load;
mod random;
mod raw;
mod sealed;
mod shebang;
mod state;
mod values;

pub use self::eval::Machine;
