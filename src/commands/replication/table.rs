//! Rows of the commands about replication.

use super::handlers::role;
use super::wait::{wait, waitaof};
use crate::core::command::{Arg, Command, Group, acl, arg, flags};

/// What the rows here have in common.
const ROW: Command = Command { group: Group::Server, ..Command::DEFAULT };

/// The rows, by name.
pub const TABLE: &[Command] = &[
    Command {
        name: "failover",
        arity: -1,
        flags: flags![ADMIN, NOSCRIPT, STALE],
        since: "6.2.0",
        complexity: "O(1)",
        summary: "Hands the role of primary over to a replica in good order.",
        args: &[
            arg::block(
                "target",
                &[arg::string("host"), arg::int("port"), arg::token("force", "FORCE").optional()],
            )
            .after("TO")
            .optional(),
            arg::token("abort", "ABORT").optional(),
            arg::int("milliseconds").after("TIMEOUT").optional(),
        ],
        ..ROW
    },
    Command {
        name: "psync",
        arity: -3,
        flags: flags![NO_ASYNC_LOADING, ADMIN, NO_MULTI, NOSCRIPT],
        since: "2.8.0",
        summary: "Used by replicas to ask for the stream of changes from an offset on.",
        args: &[arg::string("replicationid"), arg::int("offset")],
        ..ROW
    },
    Command {
        name: "replconf",
        arity: -1,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE, ALLOW_BUSY],
        since: "3.0.0",
        complexity: "O(1)",
        summary: "Used between primary and replica to settle and report the state of their link.",
        system: true,
        ..ROW
    },
    Command {
        name: "replicaof",
        arity: 3,
        flags: flags![NO_ASYNC_LOADING, ADMIN, NOSCRIPT, STALE],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Makes the server a replica of another one, or a primary.",
        args: &[PRIMARY],
        ..ROW
    },
    Command {
        name: "role",
        arity: 1,
        flags: flags![NOSCRIPT, LOADING, STALE, FAST, SENTINEL],
        acl: acl![ADMIN, DANGEROUS],
        since: "2.8.12",
        complexity: "O(1)",
        summary: "Tells the role of the server in replication and the state of its links.",
        run: Some(role),
        ..ROW
    },
    Command {
        name: "slaveof",
        arity: 3,
        flags: flags![NO_ASYNC_LOADING, ADMIN, NOSCRIPT, STALE],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Older name of REPLICAOF.",
        args: &[PRIMARY],
        deprecated: Some(("5.0.0", "`REPLICAOF`")),
        ..ROW
    },
    Command {
        name: "sync",
        arity: 1,
        flags: flags![NO_ASYNC_LOADING, ADMIN, NO_MULTI, NOSCRIPT],
        since: "1.0.0",
        summary: "Used by old replicas to ask for the whole dataset and the changes after it.",
        ..ROW
    },
    Command {
        name: "wait",
        arity: 3,
        acl: acl![CONNECTION],
        group: Group::Generic,
        since: "3.0.0",
        complexity: "O(1)",
        summary: "Waits until a number of replicas have received all writes of this connection.",
        tips: &["request_policy:all_shards", "response_policy:agg_min"],
        args: &[arg::int("numreplicas"), arg::int("timeout")],
        run: Some(wait),
        ..ROW
    },
    Command {
        name: "waitaof",
        arity: 4,
        flags: flags![NOSCRIPT],
        acl: acl![CONNECTION],
        group: Group::Generic,
        since: "7.2.0",
        complexity: "O(1)",
        summary: "Waits until all writes of this connection are on disk in the append-only files \
                  of this server and of a number of replicas.",
        tips: &["request_policy:all_shards", "response_policy:agg_min"],
        args: &[arg::int("numlocal"), arg::int("numreplicas"), arg::int("timeout")],
        run: Some(waitaof),
        ..ROW
    },
];

const PRIMARY: Arg = arg::one_of(
    "args",
    &[
        arg::block("host-port", &[arg::string("host"), arg::int("port")]),
        arg::block("no-one", &[arg::token("no", "NO"), arg::token("one", "ONE")]),
    ],
);
