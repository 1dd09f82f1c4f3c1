//! Ground floor: numbers, hashes, patterns and time. Nothing of the meaning of Redis.

pub mod digest;
pub mod fuzz;
pub mod glob;
pub mod hash;
pub mod id;
pub mod lcs;
pub mod log;
pub mod lzf;
pub mod memunit;
pub mod num;
pub mod partial_sort;
pub mod prefetch;
pub mod prng;
pub mod size_class;
pub mod text;
pub mod time;
