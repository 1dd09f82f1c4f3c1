//! The files of `sync`, compiled against loom. Run with `cargo test --release` in this directory.

#[path = "../../src/sync/mod.rs"]
pub mod sync;
