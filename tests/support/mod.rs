//! What the integration tests share: a client that keeps raw reply bytes, a process launcher, the
//! quoting used in transcripts, and seeded randomness.

pub(crate) mod client;
pub(crate) mod frame;
pub(crate) mod peers;
pub(crate) mod process;
pub(crate) mod quote;
pub(crate) mod random;
pub(crate) mod target;
pub(crate) mod transcript;
