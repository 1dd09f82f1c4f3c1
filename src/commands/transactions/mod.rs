//! Commands about transactions.

pub mod table;
#[cfg(test)]
mod tests;
mod transaction;
