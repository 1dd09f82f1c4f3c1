//! Rows of the commands about transactions.

use super::transaction;
use crate::core::command::{Command, Group, KeySpec, acl, arg, flags, keyflags};

/// What the rows here have in common.
const ROW: Command = Command { group: Group::Transactions, ..Command::DEFAULT };

/// The rows, by name.
pub const TABLE: &[Command] = &[
    Command {
        name: "discard",
        arity: 1,
        flags: flags![NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY, UNQUEUED, LEAVES_TRANSACTION],
        acl: acl![TRANSACTION],
        since: "2.0.0",
        complexity: "O(N) with N the number of commands queued",
        summary: "Drops the commands queued since MULTI.",
        run: Some(transaction::discard),
        ..ROW
    },
    Command {
        name: "exec",
        arity: 1,
        flags: flags![NOSCRIPT, LOADING, STALE, SKIP_SLOWLOG, UNQUEUED, ENDS_TRANSACTION],
        acl: acl![TRANSACTION],
        since: "1.2.0",
        complexity: "That of the queued commands",
        summary: "Executes the commands queued since MULTI as one unit.",
        run: Some(transaction::exec),
        ..ROW
    },
    Command {
        name: "multi",
        arity: 1,
        flags: flags![NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY, UNQUEUED],
        acl: acl![TRANSACTION],
        since: "1.2.0",
        complexity: "O(1)",
        summary: "Starts to queue the commands of a transaction.",
        run: Some(transaction::multi),
        ..ROW
    },
    Command {
        name: "unwatch",
        arity: 1,
        flags: flags![NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY],
        acl: acl![TRANSACTION],
        since: "2.2.0",
        complexity: "O(1)",
        summary: "Drops all watches of this connection.",
        run: Some(transaction::unwatch),
        ..ROW
    },
    Command {
        name: "watch",
        arity: -2,
        flags: flags![NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY, UNQUEUED],
        acl: acl![TRANSACTION],
        keys: &[KeySpec::range(1, -1, 1, keyflags![RO])],
        since: "2.2.0",
        complexity: "O(1) per key.",
        summary: "Watches keys: the next EXEC does nothing if one of them has changed.",
        args: &[arg::key("key").multiple()],
        run: Some(transaction::watch),
        ..ROW
    },
];
