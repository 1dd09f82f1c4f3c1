//! Rows of the commands about scripts and functions.

use super::{eval, function, script};
use crate::core::command::{Command, Finder, Group, KeySpec, acl, arg, flags, keyflags};
use crate::core::help::help;

/// What the rows here have in common.
const ROW: Command = Command { group: Group::Scripting, ..Command::DEFAULT };

/// The rows, by name.
pub const TABLE: &[Command] = &[
    Command {
        name: "eval",
        arity: -3,
        flags: flags![NOSCRIPT, SKIP_MONITOR, MAY_REPLICATE, NO_MANDATORY_KEYS, STALE],
        acl: acl![SCRIPTING],
        keys: &[KeySpec::counted(2, keyflags![RW, ACCESS, UPDATE])
            .noted("RW and UPDATE since a script may do anything with its keys")],
        finder: Finder::counted(2),
        since: "2.6.0",
        complexity: "That of the script.",
        summary: "Runs a Lua script.",
        args: &[
            arg::string("script"),
            arg::int("numkeys"),
            arg::key("key").optional().multiple(),
            arg::string("arg").optional().multiple(),
        ],
        run: Some(eval::eval),
        declares: Some(eval::declared_by_text),
        ..ROW
    },
    Command {
        name: "eval_ro",
        arity: -3,
        flags: flags![NOSCRIPT, SKIP_MONITOR, NO_MANDATORY_KEYS, STALE, READONLY],
        acl: acl![SCRIPTING],
        keys: &[KeySpec::counted(2, keyflags![RO, ACCESS])
            .noted("RO and ACCESS since a script may read any part of its keys")],
        finder: Finder::counted(2),
        since: "7.0.0",
        complexity: "That of the script.",
        summary: "Runs a Lua script that may not write.",
        args: &[
            arg::string("script"),
            arg::int("numkeys"),
            arg::key("key").optional().multiple(),
            arg::string("arg").optional().multiple(),
        ],
        run: Some(eval::eval_ro),
        declares: Some(eval::declared_by_text),
        ..ROW
    },
    Command {
        name: "evalsha",
        arity: -3,
        flags: flags![NOSCRIPT, SKIP_MONITOR, MAY_REPLICATE, NO_MANDATORY_KEYS, STALE],
        acl: acl![SCRIPTING],
        keys: &[KeySpec::counted(2, keyflags![RW, ACCESS, UPDATE])],
        finder: Finder::counted(2),
        since: "2.6.0",
        complexity: "That of the script.",
        summary: "Runs a cached Lua script, named by its SHA1 digest.",
        args: &[
            arg::string("sha1"),
            arg::int("numkeys"),
            arg::key("key").optional().multiple(),
            arg::string("arg").optional().multiple(),
        ],
        run: Some(eval::evalsha),
        declares: Some(eval::declared_by_digest),
        ..ROW
    },
    Command {
        name: "evalsha_ro",
        arity: -3,
        flags: flags![NOSCRIPT, SKIP_MONITOR, NO_MANDATORY_KEYS, STALE, READONLY],
        acl: acl![SCRIPTING],
        keys: &[KeySpec::counted(2, keyflags![RO, ACCESS])],
        finder: Finder::counted(2),
        since: "7.0.0",
        complexity: "That of the script.",
        summary: "Runs a cached Lua script that may not write, named by its SHA1 digest.",
        args: &[
            arg::string("sha1"),
            arg::int("numkeys"),
            arg::key("key").optional().multiple(),
            arg::string("arg").optional().multiple(),
        ],
        run: Some(eval::evalsha_ro),
        declares: Some(eval::declared_by_digest),
        ..ROW
    },
    Command {
        name: "fcall",
        arity: -3,
        flags: flags![NOSCRIPT, SKIP_MONITOR, MAY_REPLICATE, NO_MANDATORY_KEYS, STALE],
        acl: acl![SCRIPTING],
        keys: &[KeySpec::counted(2, keyflags![RW, ACCESS, UPDATE])
            .noted("RW and UPDATE since a function may do anything with its keys")],
        finder: Finder::counted(2),
        since: "7.0.0",
        complexity: "That of the function.",
        summary: "Calls a function of a library.",
        args: &[
            arg::string("function"),
            arg::int("numkeys"),
            arg::key("key").optional().multiple(),
            arg::string("arg").optional().multiple(),
        ],
        run: Some(function::fcall),
        declares: Some(function::declared),
        ..ROW
    },
    Command {
        name: "fcall_ro",
        arity: -3,
        flags: flags![NOSCRIPT, SKIP_MONITOR, NO_MANDATORY_KEYS, STALE, READONLY],
        acl: acl![SCRIPTING],
        keys: &[KeySpec::counted(2, keyflags![RO, ACCESS])
            .noted("RO and ACCESS since a function may read any part of its keys")],
        finder: Finder::counted(2),
        since: "7.0.0",
        complexity: "That of the function.",
        summary: "Calls a function of a library that may not write.",
        args: &[
            arg::string("function"),
            arg::int("numkeys"),
            arg::key("key").optional().multiple(),
            arg::string("arg").optional().multiple(),
        ],
        run: Some(function::fcall_ro),
        declares: Some(function::declared),
        ..ROW
    },
    Command {
        name: "function",
        arity: -2,
        since: "7.0.0",
        complexity: "That of the subcommand.",
        summary: "Groups the commands about libraries of functions.",
        subcommands: FUNCTION_SUBCOMMANDS,
        ..ROW
    },
    Command {
        name: "script",
        arity: -2,
        since: "2.6.0",
        complexity: "That of the subcommand.",
        summary: "Groups the commands about cached scripts.",
        subcommands: SCRIPT_SUBCOMMANDS,
        ..ROW
    },
];

const FUNCTION_SUBCOMMANDS: &[Command] = &[
    Command {
        name: "delete",
        arity: 3,
        flags: flags![NOSCRIPT, WRITE],
        acl: acl![SCRIPTING],
        since: "7.0.0",
        complexity: "O(1)",
        summary: "Deletes a library with its functions.",
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        args: &[arg::string("library-name")],
        run: Some(function::delete),
        ..ROW
    },
    Command {
        name: "dump",
        arity: 2,
        flags: flags![NOSCRIPT],
        acl: acl![SCRIPTING],
        since: "7.0.0",
        complexity: "O(N) with N the number of functions",
        summary: "Serializes all libraries into an opaque payload.",
        run: Some(function::dump),
        ..ROW
    },
    Command {
        name: "flush",
        arity: -2,
        flags: flags![NOSCRIPT, WRITE],
        acl: acl![SCRIPTING],
        since: "7.0.0",
        complexity: "O(N) with N the number of functions",
        summary: "Deletes all libraries.",
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        args: &[arg::one_of(
            "flush-type",
            &[arg::token("async", "ASYNC"), arg::token("sync", "SYNC")],
        )
        .optional()],
        run: Some(function::flush),
        ..ROW
    },
    Command {
        name: "help",
        arity: 2,
        flags: flags![LOADING, STALE],
        acl: acl![SCRIPTING],
        since: "7.0.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of FUNCTION with a line on each.",
        run: Some(help),
        ..ROW
    },
    Command {
        name: "kill",
        arity: 2,
        flags: flags![NOSCRIPT, ALLOW_BUSY],
        acl: acl![SCRIPTING],
        since: "7.0.0",
        complexity: "O(1)",
        summary: "Stops the function that is running.",
        tips: &["request_policy:all_shards", "response_policy:one_succeeded"],
        run: Some(function::kill),
        ..ROW
    },
    Command {
        name: "list",
        arity: -2,
        flags: flags![NOSCRIPT],
        acl: acl![SCRIPTING],
        since: "7.0.0",
        complexity: "O(N) with N the number of functions",
        summary: "Describes the libraries and their functions.",
        tips: &["nondeterministic_output_order"],
        args: &[
            arg::string("library-name-pattern").after("LIBRARYNAME").optional(),
            arg::token("withcode", "WITHCODE").optional(),
        ],
        run: Some(function::list),
        ..ROW
    },
    Command {
        name: "load",
        arity: -3,
        flags: flags![NOSCRIPT, WRITE, DENYOOM],
        acl: acl![SCRIPTING],
        since: "7.0.0",
        complexity: "O(1), apart from the compilation",
        summary: "Loads a library from its source.",
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        args: &[arg::token("replace", "REPLACE").optional(), arg::string("function-code")],
        run: Some(function::load),
        ..ROW
    },
    Command {
        name: "restore",
        arity: -3,
        flags: flags![NOSCRIPT, WRITE, DENYOOM],
        acl: acl![SCRIPTING],
        since: "7.0.0",
        complexity: "O(N) with N the number of functions in the payload",
        summary: "Loads the libraries of a payload made by FUNCTION DUMP.",
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        args: &[
            arg::string("serialized-value"),
            arg::one_of(
                "policy",
                &[
                    arg::token("flush", "FLUSH"),
                    arg::token("append", "APPEND"),
                    arg::token("replace", "REPLACE"),
                ],
            )
            .optional(),
        ],
        run: Some(function::restore),
        ..ROW
    },
    Command {
        name: "stats",
        arity: 2,
        flags: flags![NOSCRIPT, ALLOW_BUSY],
        acl: acl![SCRIPTING],
        since: "7.0.0",
        complexity: "O(1)",
        summary: "Describes the function that is running and the engines.",
        tips: &["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
        run: Some(function::stats),
        ..ROW
    },
];

const SCRIPT_SUBCOMMANDS: &[Command] = &[
    Command {
        name: "debug",
        arity: 3,
        flags: flags![NOSCRIPT],
        acl: acl![SCRIPTING],
        since: "3.2.0",
        complexity: "O(1)",
        summary: "Sets the mode of the debugger for the next scripts of this connection.",
        args: &[arg::one_of(
            "mode",
            &[arg::token("yes", "YES"), arg::token("sync", "SYNC"), arg::token("no", "NO")],
        )],
        run: Some(script::debug),
        ..ROW
    },
    Command {
        name: "exists",
        arity: -3,
        flags: flags![NOSCRIPT],
        acl: acl![SCRIPTING],
        since: "2.6.0",
        complexity: "O(N) with N the number of digests.",
        summary: "Tells of each digest whether its script is cached.",
        tips: &["request_policy:all_shards", "response_policy:agg_logical_and"],
        args: &[arg::string("sha1").multiple()],
        run: Some(script::exists),
        ..ROW
    },
    Command {
        name: "flush",
        arity: -2,
        flags: flags![NOSCRIPT],
        acl: acl![SCRIPTING],
        since: "2.6.0",
        complexity: "O(N) with N the number of cached scripts",
        summary: "Empties the cache of scripts.",
        history: &[("6.2.0", "New options `ASYNC` and `SYNC`.")],
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        args: &[arg::one_of(
            "flush-type",
            &[arg::token("async", "ASYNC"), arg::token("sync", "SYNC")],
        )
        .optional()
        .since("6.2.0")],
        run: Some(script::flush),
        ..ROW
    },
    Command {
        name: "help",
        arity: 2,
        flags: flags![LOADING, STALE],
        acl: acl![SCRIPTING],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of SCRIPT with a line on each.",
        run: Some(help),
        ..ROW
    },
    Command {
        name: "kill",
        arity: 2,
        flags: flags![NOSCRIPT, ALLOW_BUSY],
        acl: acl![SCRIPTING],
        since: "2.6.0",
        complexity: "O(1)",
        summary: "Stops the script that is running.",
        tips: &["request_policy:all_shards", "response_policy:one_succeeded"],
        run: Some(script::kill),
        ..ROW
    },
    Command {
        name: "load",
        arity: 3,
        flags: flags![NOSCRIPT, STALE],
        acl: acl![SCRIPTING],
        since: "2.6.0",
        complexity: "O(N) with N the length of the script in bytes.",
        summary: "Caches a script without running it.",
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        args: &[arg::string("script")],
        run: Some(script::load),
        ..ROW
    },
];
