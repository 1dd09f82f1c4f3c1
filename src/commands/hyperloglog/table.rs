//! Rows of the commands about HyperLogLogs.

use super::{debug, handlers};
use crate::core::command::{Command, Group, KeySpec, acl, arg, flags, keyflags};

/// What the rows here have in common.
const ROW: Command = Command { group: Group::HyperLogLog, ..Command::DEFAULT };

/// The rows, by name.
pub const TABLE: &[Command] = &[
    Command {
        name: "pfadd",
        arity: -2,
        flags: flags![WRITE, DENYOOM, FAST],
        acl: acl![HYPERLOGLOG],
        keys: &[KeySpec::one(1, keyflags![RW, INSERT])],
        since: "2.8.9",
        complexity: "O(1) per element.",
        summary: "Lets a HyperLogLog count elements.",
        args: &[arg::key("key"), arg::string("element").optional().multiple()],
        run: Some(handlers::pfadd),
        ..ROW
    },
    Command {
        name: "pfcount",
        arity: -2,
        flags: flags![READONLY, MAY_REPLICATE],
        acl: acl![HYPERLOGLOG],
        keys: &[KeySpec::range(1, -1, 1, keyflags![RW, ACCESS])
            .noted("RW since the estimate is cached in the value, which reaches replicas")],
        since: "2.8.9",
        complexity: "O(1) with a small constant for one key; O(N) with a larger one for N keys.",
        summary: "Estimates how many different elements one or more HyperLogLogs have counted.",
        args: &[arg::key("key").multiple()],
        run: Some(handlers::pfcount),
        ..ROW
    },
    Command {
        name: "pfdebug",
        arity: 3,
        flags: flags![WRITE, DENYOOM, ADMIN],
        acl: acl![HYPERLOGLOG],
        keys: &[KeySpec::one(2, keyflags![RW, ACCESS])],
        since: "2.8.9",
        complexity: "N/A",
        summary: "Looks into a HyperLogLog for tests of the server itself.",
        args: &[arg::string("subcommand"), arg::key("key")],
        system: true,
        run: Some(debug::pfdebug),
        ..ROW
    },
    Command {
        name: "pfmerge",
        arity: -2,
        flags: flags![WRITE, DENYOOM],
        acl: acl![HYPERLOGLOG],
        keys: &[
            KeySpec::one(1, keyflags![RW, ACCESS, INSERT]),
            KeySpec::range(2, -1, 1, keyflags![RO, ACCESS]),
        ],
        since: "2.8.9",
        complexity: "O(N) with N the number of keys and a large constant.",
        summary: "Unites HyperLogLogs in one.",
        args: &[arg::key("destkey"), arg::key_of("sourcekey", 1).optional().multiple()],
        run: Some(handlers::pfmerge),
        ..ROW
    },
    Command {
        name: "pfselftest",
        arity: 1,
        flags: flags![ADMIN],
        acl: acl![HYPERLOGLOG],
        since: "2.8.9",
        complexity: "N/A",
        summary: "Tests the server's own HyperLogLog code.",
        system: true,
        run: Some(debug::pfselftest),
        ..ROW
    },
];
