//! Rows of the commands about the cluster.

use super::handlers::outside;
use crate::core::command::{Command, Group, acl, arg, flags};

/// What the rows here have in common.
const ROW: Command = Command { group: Group::Cluster, run: Some(outside), ..Command::DEFAULT };

/// The rows, by name.
pub const TABLE: &[Command] = &[
    Command {
        name: "asking",
        arity: 1,
        flags: flags![FAST],
        acl: acl![CONNECTION],
        since: "3.0.0",
        complexity: "O(1)",
        summary: "Lets the next command reach a slot that is being imported, after a redirection \
                  by -ASK.",
        ..ROW
    },
    Command {
        name: "cluster",
        arity: -2,
        since: "3.0.0",
        complexity: "That of the subcommand.",
        summary: "Groups the commands about the cluster.",
        subcommands: CLUSTER_SUBCOMMANDS,
        run: None,
        ..ROW
    },
    Command {
        name: "readonly",
        arity: 1,
        flags: flags![FAST, LOADING, STALE],
        acl: acl![CONNECTION],
        since: "3.0.0",
        complexity: "O(1)",
        summary: "Lets this connection read from a replica of a cluster.",
        ..ROW
    },
    Command {
        name: "readwrite",
        arity: 1,
        flags: flags![FAST, LOADING, STALE],
        acl: acl![CONNECTION],
        since: "3.0.0",
        complexity: "O(1)",
        summary: "Ends READONLY for this connection.",
        ..ROW
    },
];

const CLUSTER_SUBCOMMANDS: &[Command] = &[
    Command {
        name: "addslots",
        arity: -3,
        flags: flags![NO_ASYNC_LOADING, ADMIN, STALE],
        since: "3.0.0",
        complexity: "O(N) with N the number of slots given",
        summary: "Makes this node serve slots.",
        args: &[arg::int("slot").multiple()],
        ..ROW
    },
    Command {
        name: "addslotsrange",
        arity: -4,
        flags: flags![NO_ASYNC_LOADING, ADMIN, STALE],
        since: "7.0.0",
        complexity: "O(N) with N the number of slots in the ranges",
        summary: "Makes this node serve ranges of slots.",
        args: &[arg::block("range", &[arg::int("start-slot"), arg::int("end-slot")]).multiple()],
        ..ROW
    },
    Command {
        name: "bumpepoch",
        arity: 2,
        flags: flags![NO_ASYNC_LOADING, ADMIN, STALE],
        since: "3.0.0",
        complexity: "O(1)",
        summary: "Advances the configuration epoch of this node.",
        tips: &["nondeterministic_output"],
        ..ROW
    },
    Command {
        name: "count-failure-reports",
        arity: 3,
        flags: flags![ADMIN, STALE],
        since: "3.0.0",
        complexity: "O(N) with N the number of reports",
        summary: "Counts the valid reports that a node has failed.",
        tips: &["nondeterministic_output"],
        args: &[arg::string("node-id")],
        ..ROW
    },
    Command {
        name: "countkeysinslot",
        arity: 3,
        flags: flags![STALE],
        since: "3.0.0",
        complexity: "O(1)",
        summary: "Counts the keys in a slot.",
        args: &[arg::int("slot")],
        ..ROW
    },
    Command {
        name: "delslots",
        arity: -3,
        flags: flags![NO_ASYNC_LOADING, ADMIN, STALE],
        since: "3.0.0",
        complexity: "O(N) with N the number of slots given",
        summary: "Makes this node forget who serves slots.",
        args: &[arg::int("slot").multiple()],
        ..ROW
    },
    Command {
        name: "delslotsrange",
        arity: -4,
        flags: flags![NO_ASYNC_LOADING, ADMIN, STALE],
        since: "7.0.0",
        complexity: "O(N) with N the number of slots in the ranges",
        summary: "Makes this node forget who serves ranges of slots.",
        args: &[arg::block("range", &[arg::int("start-slot"), arg::int("end-slot")]).multiple()],
        ..ROW
    },
    Command {
        name: "failover",
        arity: -2,
        flags: flags![NO_ASYNC_LOADING, ADMIN, STALE],
        since: "3.0.0",
        complexity: "O(1)",
        summary: "Makes this replica take the place of its primary.",
        args: &[arg::one_of(
            "options",
            &[arg::token("force", "FORCE"), arg::token("takeover", "TAKEOVER")],
        )
        .optional()],
        ..ROW
    },
    Command {
        name: "flushslots",
        arity: 2,
        flags: flags![NO_ASYNC_LOADING, ADMIN, STALE],
        since: "3.0.0",
        complexity: "O(1)",
        summary: "Makes this node forget who serves any slot.",
        ..ROW
    },
    Command {
        name: "forget",
        arity: 3,
        flags: flags![NO_ASYNC_LOADING, ADMIN, STALE],
        since: "3.0.0",
        complexity: "O(1)",
        summary: "Removes a node from the table of known nodes.",
        args: &[arg::string("node-id")],
        ..ROW
    },
    Command {
        name: "getkeysinslot",
        arity: 4,
        flags: flags![STALE],
        since: "3.0.0",
        complexity: "O(N) with N the number of keys asked for",
        summary: "Lists keys of a slot.",
        tips: &["nondeterministic_output"],
        args: &[arg::int("slot"), arg::int("count")],
        ..ROW
    },
    Command {
        name: "help",
        arity: 2,
        flags: flags![LOADING, STALE],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of CLUSTER with a line on each.",
        ..ROW
    },
    Command {
        name: "info",
        arity: 2,
        flags: flags![STALE],
        since: "3.0.0",
        complexity: "O(1)",
        summary: "Reports the state of the cluster as this node sees it.",
        tips: &["nondeterministic_output"],
        ..ROW
    },
    Command {
        name: "keyslot",
        arity: 3,
        flags: flags![STALE],
        since: "3.0.0",
        complexity: "O(N) with N the length of the key in bytes",
        summary: "Computes the slot of a key.",
        args: &[arg::string("key")],
        ..ROW
    },
    Command {
        name: "links",
        arity: 2,
        flags: flags![STALE],
        since: "7.0.0",
        complexity: "O(N) with N the number of nodes",
        summary: "Describes the connections to and from other nodes.",
        tips: &["nondeterministic_output"],
        ..ROW
    },
    Command {
        name: "meet",
        arity: -4,
        flags: flags![NO_ASYNC_LOADING, ADMIN, STALE],
        since: "3.0.0",
        complexity: "O(1)",
        summary: "Makes this node greet another and join its cluster.",
        history: &[("4.0.0", "New argument `cluster_bus_port`.")],
        args: &[
            arg::string("ip"),
            arg::int("port"),
            arg::int("cluster-bus-port").optional().since("4.0.0"),
        ],
        ..ROW
    },
    Command {
        name: "myid",
        arity: 2,
        flags: flags![STALE],
        since: "3.0.0",
        complexity: "O(1)",
        summary: "Gives the ID of this node.",
        ..ROW
    },
    Command {
        name: "myshardid",
        arity: 2,
        flags: flags![STALE],
        since: "7.2.0",
        complexity: "O(1)",
        summary: "Gives the ID of the shard that this node belongs to.",
        tips: &["nondeterministic_output"],
        ..ROW
    },
    Command {
        name: "nodes",
        arity: 2,
        flags: flags![STALE],
        since: "3.0.0",
        complexity: "O(N) with N the number of nodes",
        summary: "Describes each known node in a line.",
        tips: &["nondeterministic_output"],
        ..ROW
    },
    Command {
        name: "replicas",
        arity: 3,
        flags: flags![ADMIN, STALE],
        since: "5.0.0",
        complexity: "O(N) with N the number of replicas.",
        summary: "Describes the replicas of a primary.",
        tips: &["nondeterministic_output"],
        args: &[arg::string("node-id")],
        ..ROW
    },
    Command {
        name: "replicate",
        arity: 3,
        flags: flags![NO_ASYNC_LOADING, ADMIN, STALE],
        since: "3.0.0",
        complexity: "O(1)",
        summary: "Makes this node a replica of another.",
        args: &[arg::string("node-id")],
        ..ROW
    },
    Command {
        name: "reset",
        arity: -2,
        flags: flags![ADMIN, STALE, NOSCRIPT],
        since: "3.0.0",
        complexity: "O(N) with N the number of known nodes, and the cost of a FLUSHALL on a \
                     replica.",
        summary: "Makes this node forget the cluster.",
        args: &[arg::one_of(
            "reset-type",
            &[arg::token("hard", "HARD"), arg::token("soft", "SOFT")],
        )
        .optional()],
        ..ROW
    },
    Command {
        name: "saveconfig",
        arity: 2,
        flags: flags![NO_ASYNC_LOADING, ADMIN, STALE],
        since: "3.0.0",
        complexity: "O(1)",
        summary: "Writes the table of nodes to disk.",
        ..ROW
    },
    Command {
        name: "set-config-epoch",
        arity: 3,
        flags: flags![NO_ASYNC_LOADING, ADMIN, STALE],
        since: "3.0.0",
        complexity: "O(1)",
        summary: "Sets the configuration epoch of a node that has none.",
        args: &[arg::int("config-epoch")],
        ..ROW
    },
    Command {
        name: "setslot",
        arity: -4,
        flags: flags![NO_ASYNC_LOADING, ADMIN, STALE],
        since: "3.0.0",
        complexity: "O(1)",
        summary: "States who serves a slot, or that it is on its way between nodes.",
        args: &[
            arg::int("slot"),
            arg::one_of(
                "subcommand",
                &[
                    arg::string("importing").after("IMPORTING").shown("node-id"),
                    arg::string("migrating").after("MIGRATING").shown("node-id"),
                    arg::string("node").after("NODE").shown("node-id"),
                    arg::token("stable", "STABLE"),
                ],
            ),
        ],
        ..ROW
    },
    Command {
        name: "shards",
        arity: 2,
        flags: flags![LOADING, STALE],
        since: "7.0.0",
        complexity: "O(N) with N the number of nodes",
        summary: "Describes the shards with their slots and nodes.",
        tips: &["nondeterministic_output"],
        ..ROW
    },
    Command {
        name: "slaves",
        arity: 3,
        flags: flags![ADMIN, STALE],
        since: "3.0.0",
        complexity: "O(N) with N the number of replicas.",
        summary: "Older name of CLUSTER REPLICAS.",
        tips: &["nondeterministic_output"],
        args: &[arg::string("node-id")],
        deprecated: Some(("5.0.0", "`CLUSTER REPLICAS`")),
        ..ROW
    },
    Command {
        name: "slots",
        arity: 2,
        flags: flags![LOADING, STALE],
        since: "3.0.0",
        complexity: "O(N) with N the number of nodes",
        summary: "Lists ranges of slots with the nodes that serve them.",
        history: &[
            ("4.0.0", "The IDs of nodes are shown."),
            ("7.0.0", "Further data on the network of a node is shown."),
        ],
        tips: &["nondeterministic_output"],
        deprecated: Some(("7.0.0", "`CLUSTER SHARDS`")),
        ..ROW
    },
];
