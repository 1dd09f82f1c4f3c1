//! The commands, one directory per group.
//!
//! Each directory has a `table.rs` with the rows of its commands; handlers stand beside it.

use crate::core::command::Command;

pub mod acl;
pub mod bitmap;
pub mod client;
pub mod cluster;
pub mod config;
pub mod connection;
pub mod generic;
pub mod geo;
pub mod hash;
pub mod hyperloglog;
pub mod list;
pub mod module;
pub mod pubsub;
pub mod replication;
pub mod scripting;
pub mod server;
pub mod set;
pub mod stream;
pub mod string;
pub mod transactions;
pub mod zset;

pub use server::{debug_handlers, info_everything};

/// The rows of all groups. A row without a handler, its own or a subcommand's, is not offered.
pub const GROUPS: &[&[Command]] = &[
    acl::table::TABLE,
    bitmap::table::TABLE,
    client::table::TABLE,
    cluster::table::TABLE,
    config::table::TABLE,
    connection::table::TABLE,
    generic::table::TABLE,
    geo::table::TABLE,
    hash::table::TABLE,
    hyperloglog::table::TABLE,
    list::table::TABLE,
    module::table::TABLE,
    pubsub::table::TABLE,
    replication::table::TABLE,
    scripting::table::TABLE,
    server::table::TABLE,
    set::table::TABLE,
    stream::table::TABLE,
    string::table::TABLE,
    transactions::table::TABLE,
    zset::table::TABLE,
];
