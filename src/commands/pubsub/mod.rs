//! Commands about channels and their subscribers.

pub mod table;
