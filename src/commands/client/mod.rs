//! Commands about clients.

mod identity;
mod list;
mod modes;
pub mod table;
#[cfg(test)]
mod tests;
mod tracking;
mod waiting;
