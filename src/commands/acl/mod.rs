//! Commands about users and permissions.

pub mod table;
