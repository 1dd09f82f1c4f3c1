//! Commands about keys of any type.

mod expire;
mod keys;
mod migrate;
mod object;
mod rename;
mod scan;
mod sort;
pub mod table;
#[cfg(test)]
mod tests;

pub use object::{encoding, refcount};
