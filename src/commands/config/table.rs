//! Rows of the commands about directives (CONFIG).

use super::handlers::{get, resetstat, rewrite, set, set_secrets};
use crate::core::command::{Command, Group, arg, flags};
use crate::core::help::help;

/// What the rows here have in common.
const ROW: Command = Command { group: Group::Server, ..Command::DEFAULT };

/// The rows, by name.
pub const TABLE: &[Command] = &[Command {
    name: "config",
    arity: -2,
    since: "2.0.0",
    complexity: "That of the subcommand.",
    summary: "Groups the commands about the configuration of the server.",
    subcommands: CONFIG_SUBCOMMANDS,
    ..ROW
}];

const CONFIG_SUBCOMMANDS: &[Command] = &[
    Command {
        name: "get",
        arity: -3,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE],
        since: "2.0.0",
        complexity: "O(N) with N the number of directives given",
        summary: "Gives the values of the directives that match patterns.",
        history: &[("7.0.0", "Several patterns are accepted.")],
        args: &[arg::string("parameter").multiple()],
        run: Some(get),
        ..ROW
    },
    Command {
        name: "help",
        arity: 2,
        flags: flags![LOADING, STALE],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of CONFIG with a line on each.",
        run: Some(help),
        ..ROW
    },
    Command {
        name: "resetstat",
        arity: 2,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE],
        since: "2.0.0",
        complexity: "O(1)",
        summary: "Sets the statistics of the server back to zero.",
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        run: Some(resetstat),
        ..ROW
    },
    Command {
        name: "rewrite",
        arity: 2,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE],
        since: "2.8.0",
        complexity: "O(1)",
        summary: "Writes the configuration in force back to its file.",
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        run: Some(rewrite),
        ..ROW
    },
    Command {
        name: "set",
        arity: -4,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE],
        since: "2.0.0",
        complexity: "O(N) with N the number of directives given",
        summary: "Changes directives while the server runs.",
        history: &[("7.0.0", "Several directives are accepted and take effect together.")],
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        args: &[arg::block("data", &[arg::string("parameter"), arg::string("value")]).multiple()],
        secrets: Some(set_secrets),
        run: Some(set),
        ..ROW
    },
];
