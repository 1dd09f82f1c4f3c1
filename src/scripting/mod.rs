//! Lua: the machine that runs scripts and functions for the core.

mod api;
mod eval;
mod functions;
pub mod fuzz;
mod hook;
pub mod lib;
mod load;
mod payload;
mod random;
mod raw;
mod sealed;
mod shebang;
mod state;
mod values;

pub use self::eval::Machine;
