//! Of the containers, those that stand on `sync::bytes`.

#[path = "../../src/data/packed/mod.rs"]
pub mod packed;
