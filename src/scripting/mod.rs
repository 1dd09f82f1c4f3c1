//! Lua: the machine that runs scripts and functions for the core.

pub mod lib;
