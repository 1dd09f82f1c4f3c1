//! Rows of the commands about users and permissions (ACL).

use crate::core::command::{Command, Group, arg, flags};

/// What the rows here have in common.
const ROW: Command = Command { group: Group::Server, ..Command::DEFAULT };

/// The rows, by name.
pub const TABLE: &[Command] = &[Command {
    name: "acl",
    arity: -2,
    flags: flags![SENTINEL],
    since: "6.0.0",
    complexity: "That of the subcommand.",
    summary: "Groups the commands about users and their permissions.",
    subcommands: ACL_SUBCOMMANDS,
    ..ROW
}];

const ACL_SUBCOMMANDS: &[Command] = &[
    Command {
        name: "cat",
        arity: -2,
        flags: flags![NOSCRIPT, LOADING, STALE, SENTINEL],
        since: "6.0.0",
        complexity: "O(1): their number is fixed.",
        summary: "Lists the categories, or the commands of one category.",
        args: &[arg::string("category").optional()],
        ..ROW
    },
    Command {
        name: "deluser",
        arity: -3,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE, SENTINEL],
        since: "6.0.0",
        complexity: "O(1) amortised, for usual users.",
        summary: "Deletes users and closes their connections.",
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        args: &[arg::string("username").multiple()],
        ..ROW
    },
    Command {
        name: "dryrun",
        arity: -4,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE, SENTINEL],
        since: "7.0.0",
        complexity: "O(1)",
        summary: "Tells whether a user might run a command, without running it.",
        args: &[
            arg::string("username"),
            arg::string("command"),
            arg::string("arg").optional().multiple(),
        ],
        ..ROW
    },
    Command {
        name: "genpass",
        arity: -2,
        flags: flags![NOSCRIPT, LOADING, STALE, SENTINEL],
        since: "6.0.0",
        complexity: "O(1)",
        summary: "Makes up a password from secure random bits.",
        args: &[arg::int("bits").optional()],
        ..ROW
    },
    Command {
        name: "getuser",
        arity: 3,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE, SENTINEL],
        since: "6.0.0",
        complexity: "O(N) with N the number of rules of the user.",
        summary: "Gives the passwords, permissions and patterns of a user.",
        history: &[
            ("6.2.0", "Patterns of channels came in."),
            (
                "7.0.0",
                "Selectors came in; patterns of keys and channels are shown as rules, not \
            as lists.",
            ),
        ],
        args: &[arg::string("username")],
        ..ROW
    },
    Command {
        name: "help",
        arity: 2,
        flags: flags![LOADING, STALE, SENTINEL],
        since: "6.0.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of ACL with a line on each.",
        ..ROW
    },
    Command {
        name: "list",
        arity: 2,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE, SENTINEL],
        since: "6.0.0",
        complexity: "O(N) with N the number of users.",
        summary: "Gives every user as a line of an ACL file.",
        ..ROW
    },
    Command {
        name: "load",
        arity: 2,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE, SENTINEL],
        since: "6.0.0",
        complexity: "O(N) with N the number of users.",
        summary: "Replaces the users by those of the ACL file.",
        ..ROW
    },
    Command {
        name: "log",
        arity: -2,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE, SENTINEL],
        since: "6.0.0",
        complexity: "O(N) with N the number of entries shown.",
        summary: "Shows what was lately refused for lack of permission, or clears that record.",
        history: &[(
            "7.2.0",
            "New fields: number of the entry, time of creation, time of the last update.",
        )],
        args: &[
            arg::one_of("operation", &[arg::int("count"), arg::token("reset", "RESET")]).optional()
        ],
        ..ROW
    },
    Command {
        name: "save",
        arity: 2,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE, SENTINEL],
        since: "6.0.0",
        complexity: "O(N) with N the number of users.",
        summary: "Writes the users to the ACL file.",
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        ..ROW
    },
    Command {
        name: "setuser",
        arity: -3,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE, SENTINEL],
        since: "6.0.0",
        complexity: "O(N) with N the number of rules given.",
        summary: "Creates a user or changes its rules.",
        history: &[
            ("6.2.0", "Patterns of channels came in."),
            ("7.0.0", "Selectors and separate permissions to read and to write keys came in."),
        ],
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        args: &[arg::string("username"), arg::string("rule").optional().multiple()],
        secrets: Some(|argv| (2..argv.len()).collect()),
        ..ROW
    },
    Command {
        name: "users",
        arity: 2,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE, SENTINEL],
        since: "6.0.0",
        complexity: "O(N) with N the number of users.",
        summary: "Lists the names of the users.",
        ..ROW
    },
    Command {
        name: "whoami",
        arity: 2,
        flags: flags![NOSCRIPT, LOADING, STALE, SENTINEL],
        since: "6.0.0",
        complexity: "O(1)",
        summary: "Names the user of this connection.",
        ..ROW
    },
];
