//! The files with `unsafe` that need no foreign code, and what is built on them, to be run by Miri
//! with `cargo +nightly miri test` in this directory. A crate of its own: the server links with Lua
//! and jemalloc, which Miri cannot run and which would take minutes to build for it.

#[allow(dead_code, reason = "the rest of the tests stays outside")]
#[path = "../../src/base/mod.rs"]
pub mod base;
pub mod data;
#[path = "../../src/sync/mod.rs"]
pub mod sync;
