//! Rows of the commands about client connections (CLIENT).

use super::identity::{getname, id, setinfo, setname};
use super::list::{info, kill, list};
use super::modes::{no_evict, no_touch, reply};
use super::tracking::{caching, getredir, tracking, trackinginfo};
use super::waiting::{pause, unblock, unpause};
use crate::core::command::{Command, Group, acl, arg, flags};
use crate::core::help::help;

/// What the rows here have in common.
const ROW: Command = Command { group: Group::Connection, ..Command::DEFAULT };

/// The rows, by name.
pub const TABLE: &[Command] = &[Command {
    name: "client",
    arity: -2,
    flags: flags![SENTINEL],
    since: "2.4.0",
    complexity: "That of the subcommand.",
    summary: "Groups the commands about client connections.",
    subcommands: CLIENT_SUBCOMMANDS,
    ..ROW
}];

const CLIENT_SUBCOMMANDS: &[Command] = &[
    Command {
        name: "caching",
        arity: 3,
        flags: flags![NOSCRIPT, LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "6.0.0",
        complexity: "O(1)",
        summary: "States whether the keys of the next command are tracked, in the modes OPTIN \
                  and OPTOUT.",
        args: &[arg::one_of("mode", &[arg::token("yes", "YES"), arg::token("no", "NO")])],
        run: Some(caching),
        ..ROW
    },
    Command {
        name: "getname",
        arity: 2,
        flags: flags![NOSCRIPT, LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "2.6.9",
        complexity: "O(1)",
        summary: "Gives the name of the connection.",
        run: Some(getname),
        ..ROW
    },
    Command {
        name: "getredir",
        arity: 2,
        flags: flags![NOSCRIPT, LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "6.0.0",
        complexity: "O(1)",
        summary: "Tells to which client the invalidation messages of this connection go.",
        run: Some(getredir),
        ..ROW
    },
    Command {
        name: "help",
        arity: 2,
        flags: flags![LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of CLIENT with a line on each.",
        run: Some(help),
        ..ROW
    },
    Command {
        name: "id",
        arity: 2,
        flags: flags![NOSCRIPT, LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Gives the unique number of the connection.",
        run: Some(id),
        ..ROW
    },
    Command {
        name: "info",
        arity: 2,
        flags: flags![NOSCRIPT, LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "6.2.0",
        complexity: "O(1)",
        summary: "Describes the connection in a line like those of CLIENT LIST.",
        tips: &["nondeterministic_output"],
        run: Some(info),
        ..ROW
    },
    Command {
        name: "kill",
        arity: -3,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "2.4.0",
        complexity: "O(N) with N the number of connections",
        summary: "Closes the connections that match an address or filters.",
        history: &[
            ("2.8.12", "The form with filters came in."),
            ("2.8.12", "New filter `ID`."),
            ("3.2.0", "The filter `TYPE` knows `master`."),
            ("5.0.0", "The filter `TYPE` says `replica`; it still understands `slave`."),
            ("6.2.0", "New filter `LADDR`."),
        ],
        args: &[arg::one_of(
            "filter",
            &[
                arg::string("old-format").shown("ip:port").deprecated("2.8.12"),
                arg::one_of(
                    "new-format",
                    &[
                        arg::int("client-id").after("ID").optional().since("2.8.12"),
                        arg::one_of(
                            "client-type",
                            &[
                                arg::token("normal", "NORMAL"),
                                arg::token("master", "MASTER").since("3.2.0"),
                                arg::token("slave", "SLAVE"),
                                arg::token("replica", "REPLICA").since("5.0.0"),
                                arg::token("pubsub", "PUBSUB"),
                            ],
                        )
                        .after("TYPE")
                        .optional()
                        .since("2.8.12"),
                        arg::string("username").after("USER").optional(),
                        arg::string("addr").after("ADDR").shown("ip:port").optional(),
                        arg::string("laddr")
                            .after("LADDR")
                            .shown("ip:port")
                            .optional()
                            .since("6.2.0"),
                        arg::one_of("skipme", &[arg::token("yes", "YES"), arg::token("no", "NO")])
                            .after("SKIPME")
                            .optional(),
                    ],
                )
                .multiple(),
            ],
        )],
        run: Some(kill),
        ..ROW
    },
    Command {
        name: "list",
        arity: -2,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "2.4.0",
        complexity: "O(N) with N the number of connections",
        summary: "Describes each open connection in a line.",
        history: &[
            ("2.8.12", "New field `id`."),
            ("5.0.0", "New filter `TYPE`."),
            ("6.0.0", "New field `user`."),
            ("6.2.0", "New fields `argv-mem`, `tot-mem`, `laddr` and `redir`, and a filter `ID`."),
            ("7.0.0", "New fields `resp`, `multi-mem`, `rbs` and `rbp`."),
            ("7.0.3", "New field `ssub`."),
        ],
        tips: &["nondeterministic_output"],
        args: &[
            arg::one_of(
                "client-type",
                &[
                    arg::token("normal", "NORMAL"),
                    arg::token("master", "MASTER"),
                    arg::token("replica", "REPLICA"),
                    arg::token("pubsub", "PUBSUB"),
                ],
            )
            .after("TYPE")
            .optional()
            .since("5.0.0"),
            arg::int("client-id").after("ID").optional().multiple().since("6.2.0"),
        ],
        run: Some(list),
        ..ROW
    },
    Command {
        name: "no-evict",
        arity: 3,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "7.0.0",
        complexity: "O(1)",
        summary: "Exempts the connection from eviction of clients, or ends the exemption.",
        args: &[arg::one_of("enabled", &[arg::token("on", "ON"), arg::token("off", "OFF")])],
        run: Some(no_evict),
        ..ROW
    },
    Command {
        name: "no-touch",
        arity: 3,
        flags: flags![NOSCRIPT, LOADING, STALE],
        acl: acl![CONNECTION],
        since: "7.2.0",
        complexity: "O(1)",
        summary: "States whether commands of this connection count as accesses for LRU and LFU.",
        args: &[arg::one_of("enabled", &[arg::token("on", "ON"), arg::token("off", "OFF")])],
        run: Some(no_touch),
        ..ROW
    },
    Command {
        name: "pause",
        arity: -3,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "3.0.0",
        complexity: "O(1)",
        summary: "Holds back the commands, or only the writes, of all clients for a while.",
        history: &[(
            "6.2.0",
            "Writes alone can be held back with `WRITE`; `ALL` states the default.",
        )],
        args: &[
            arg::int("timeout"),
            arg::one_of("mode", &[arg::token("write", "WRITE"), arg::token("all", "ALL")])
                .optional()
                .since("6.2.0"),
        ],
        run: Some(pause),
        ..ROW
    },
    Command {
        name: "reply",
        arity: 3,
        flags: flags![NOSCRIPT, LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "3.2.0",
        complexity: "O(1)",
        summary: "Switches the replies to this connection on or off, or skips the next one.",
        args: &[arg::one_of(
            "action",
            &[arg::token("on", "ON"), arg::token("off", "OFF"), arg::token("skip", "SKIP")],
        )],
        run: Some(reply),
        ..ROW
    },
    Command {
        name: "setinfo",
        arity: 4,
        flags: flags![NOSCRIPT, LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "7.2.0",
        complexity: "O(1)",
        summary: "Records the name or version of the client library.",
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        args: &[arg::one_of(
            "attr",
            &[arg::string("libname").after("LIB-NAME"), arg::string("libver").after("LIB-VER")],
        )],
        run: Some(setinfo),
        ..ROW
    },
    Command {
        name: "setname",
        arity: 3,
        flags: flags![NOSCRIPT, LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "2.6.9",
        complexity: "O(1)",
        summary: "Names the connection.",
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        args: &[arg::string("connection-name")],
        run: Some(setname),
        ..ROW
    },
    Command {
        name: "tracking",
        arity: -3,
        flags: flags![NOSCRIPT, LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "6.0.0",
        complexity: "O(1), plus the work that some options bring.",
        summary: "Switches invalidation messages for client-side caches on or off.",
        args: &[
            arg::one_of("status", &[arg::token("on", "ON"), arg::token("off", "OFF")]),
            arg::int("client-id").after("REDIRECT").optional(),
            arg::string("prefix").after("PREFIX").optional().multiple_token(),
            arg::token("bcast", "BCAST").optional(),
            arg::token("optin", "OPTIN").optional(),
            arg::token("optout", "OPTOUT").optional(),
            arg::token("noloop", "NOLOOP").optional(),
        ],
        run: Some(tracking),
        ..ROW
    },
    Command {
        name: "trackinginfo",
        arity: 2,
        flags: flags![NOSCRIPT, LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "6.2.0",
        complexity: "O(1)",
        summary: "Describes how keys are tracked for this connection.",
        run: Some(trackinginfo),
        ..ROW
    },
    Command {
        name: "unblock",
        arity: -3,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "5.0.0",
        complexity: "O(log N) with N the number of connections",
        summary: "Ends the wait of another client that is blocked.",
        args: &[
            arg::int("client-id"),
            arg::one_of(
                "unblock-type",
                &[arg::token("timeout", "TIMEOUT"), arg::token("error", "ERROR")],
            )
            .optional(),
        ],
        run: Some(unblock),
        ..ROW
    },
    Command {
        name: "unpause",
        arity: 2,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "6.2.0",
        complexity: "O(N) with N the number of clients held back",
        summary: "Lets held back commands go on.",
        run: Some(unpause),
        ..ROW
    },
];
