//! Rows of the commands about modules (MODULE).

use super::handlers::{list, load, unload};
use crate::core::command::{Command, Group, arg, flags};
use crate::core::help::help;

/// What the rows here have in common.
const ROW: Command = Command { group: Group::Server, ..Command::DEFAULT };

/// The rows, by name.
pub const TABLE: &[Command] = &[Command {
    name: "module",
    arity: -2,
    since: "4.0.0",
    complexity: "That of the subcommand.",
    summary: "Groups the commands about modules.",
    subcommands: MODULE_SUBCOMMANDS,
    ..ROW
}];

const MODULE_SUBCOMMANDS: &[Command] = &[
    Command {
        name: "help",
        arity: 2,
        flags: flags![LOADING, STALE],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of MODULE with a line on each.",
        run: Some(help),
        ..ROW
    },
    Command {
        name: "list",
        arity: 2,
        flags: flags![ADMIN, NOSCRIPT],
        since: "4.0.0",
        complexity: "O(N) with N the number of modules.",
        summary: "Lists the modules that are loaded.",
        tips: &["nondeterministic_output_order"],
        run: Some(list),
        ..ROW
    },
    Command {
        name: "load",
        arity: -3,
        flags: flags![NO_ASYNC_LOADING, ADMIN, NOSCRIPT, PROTECTED],
        since: "4.0.0",
        complexity: "O(1)",
        summary: "Loads a module from a file.",
        args: &[arg::string("path"), arg::string("arg").optional().multiple()],
        run: Some(load),
        ..ROW
    },
    Command {
        name: "loadex",
        arity: -3,
        flags: flags![NO_ASYNC_LOADING, ADMIN, NOSCRIPT, PROTECTED],
        since: "7.0.0",
        complexity: "O(1)",
        summary: "Loads a module from a file, with directives of its own.",
        args: &[
            arg::string("path"),
            arg::block("configs", &[arg::string("name"), arg::string("value")])
                .after("CONFIG")
                .optional()
                .multiple_token(),
            arg::string("args").after("ARGS").optional().multiple(),
        ],
        run: Some(load),
        ..ROW
    },
    Command {
        name: "unload",
        arity: 3,
        flags: flags![NO_ASYNC_LOADING, ADMIN, NOSCRIPT, PROTECTED],
        since: "4.0.0",
        complexity: "O(1)",
        summary: "Takes a loaded module out of the server.",
        args: &[arg::string("name")],
        run: Some(unload),
        ..ROW
    },
];
