//! Ground floor: numbers, hashes, patterns and time. Nothing of the meaning of Redis.

pub mod id;
pub mod time;
