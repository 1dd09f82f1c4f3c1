//! Rows of the commands about the server: persistence, diagnostics, introspection.

use super::command::{all, count, docs, getkeys, getkeysandflags, info as command_info, list};
use super::info::info;
use super::lifecycle::{lastsave, shutdown};
use super::memory::usage;
use super::monitor::monitor;
use super::{databases, debug, latency, lolwut, memory_stats, slowlog};
use crate::core::command::{Arg, Command, Group, KeySpec, acl, arg, flags, keyflags};
use crate::core::help::help;

/// What the rows here have in common.
const ROW: Command = Command { group: Group::Server, ..Command::DEFAULT };

/// The rows, by name.
pub const TABLE: &[Command] = &[
    Command {
        name: "bgrewriteaof",
        arity: 1,
        flags: flags![NO_ASYNC_LOADING, ADMIN, NOSCRIPT],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Starts to rewrite the append-only file in the background.",
        ..ROW
    },
    Command {
        name: "bgsave",
        arity: -1,
        flags: flags![NO_ASYNC_LOADING, ADMIN, NOSCRIPT],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Starts to save the dataset in the background.",
        history: &[("3.2.2", "New option `SCHEDULE`.")],
        args: &[arg::token("schedule", "SCHEDULE").optional().since("3.2.2")],
        ..ROW
    },
    Command {
        name: "command",
        arity: -1,
        flags: flags![LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "2.8.13",
        complexity: "O(N) with N the number of commands",
        summary: "Describes all commands.",
        tips: &["nondeterministic_output_order"],
        subcommands: COMMAND_SUBCOMMANDS,
        run: Some(all),
        ..ROW
    },
    Command {
        name: "dbsize",
        arity: 1,
        flags: flags![READONLY, FAST],
        acl: acl![KEYSPACE],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Counts the keys of the database.",
        tips: &["request_policy:all_shards", "response_policy:agg_sum"],
        run: Some(databases::dbsize),
        ..ROW
    },
    Command {
        name: "debug",
        arity: -2,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE, PROTECTED],
        since: "1.0.0",
        complexity: "That of the subcommand.",
        summary: "Groups commands for tests of the server itself.",
        system: true,
        run: Some(debug::debug),
        ..ROW
    },
    Command {
        name: "flushall",
        arity: -1,
        flags: flags![WRITE],
        acl: acl![KEYSPACE, DANGEROUS],
        since: "1.0.0",
        complexity: "O(N) with N the number of keys in all databases",
        summary: "Removes all keys of all databases.",
        history: &[("4.0.0", "New option `ASYNC`."), ("6.2.0", "New option `SYNC`.")],
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        args: &[FLUSH_TYPE],
        run: Some(databases::flushall),
        ..ROW
    },
    Command {
        name: "flushdb",
        arity: -1,
        flags: flags![WRITE],
        acl: acl![KEYSPACE, DANGEROUS],
        since: "1.0.0",
        complexity: "O(N) with N the number of keys in the database",
        summary: "Removes all keys of the database.",
        history: &[("4.0.0", "New option `ASYNC`."), ("6.2.0", "New option `SYNC`.")],
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        args: &[FLUSH_TYPE],
        run: Some(databases::flushdb),
        ..ROW
    },
    Command {
        name: "info",
        arity: -1,
        flags: flags![LOADING, STALE, SENTINEL],
        acl: acl![DANGEROUS],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Reports the state and the statistics of the server by sections.",
        history: &[("7.0.0", "Several sections are accepted.")],
        tips: &["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
        args: &[arg::string("section").optional().multiple()],
        run: Some(info),
        ..ROW
    },
    Command {
        name: "lastsave",
        arity: 1,
        flags: flags![LOADING, STALE, FAST],
        acl: acl![ADMIN, DANGEROUS],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Tells at which Unix time the dataset was last saved.",
        tips: &["nondeterministic_output"],
        run: Some(lastsave),
        ..ROW
    },
    Command {
        name: "latency",
        arity: -2,
        since: "2.8.13",
        complexity: "That of the subcommand.",
        summary: "Groups the commands about slow moments of the server.",
        subcommands: LATENCY_SUBCOMMANDS,
        ..ROW
    },
    Command {
        name: "lolwut",
        arity: -1,
        flags: flags![READONLY, FAST],
        since: "5.0.0",
        summary: "Draws a picture in text and names the version.",
        args: &[arg::int("version").after("VERSION").optional()],
        run: Some(lolwut::lolwut),
        ..ROW
    },
    Command {
        name: "memory",
        arity: -2,
        since: "4.0.0",
        complexity: "That of the subcommand.",
        summary: "Groups the commands about memory.",
        subcommands: MEMORY_SUBCOMMANDS,
        ..ROW
    },
    Command {
        name: "monitor",
        arity: 1,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE],
        since: "1.0.0",
        summary: "Streams every command that the server executes to this connection.",
        run: Some(monitor),
        ..ROW
    },
    Command {
        name: "save",
        arity: 1,
        flags: flags![NO_ASYNC_LOADING, ADMIN, NOSCRIPT, NO_MULTI],
        since: "1.0.0",
        complexity: "O(N) with N the number of keys in all databases",
        summary: "Saves the dataset while everybody waits.",
        ..ROW
    },
    Command {
        name: "shutdown",
        arity: -1,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE, NO_MULTI, SENTINEL, ALLOW_BUSY],
        since: "1.0.0",
        complexity: "O(N) with N the number of keys in all databases if it saves, otherwise O(1)",
        summary: "Saves the dataset if so configured or asked, and ends the server.",
        history: &[("7.0.0", "New options `NOW`, `FORCE` and `ABORT`.")],
        args: &[
            arg::one_of(
                "save-selector",
                &[arg::token("nosave", "NOSAVE"), arg::token("save", "SAVE")],
            )
            .optional(),
            arg::token("now", "NOW").optional().since("7.0.0"),
            arg::token("force", "FORCE").optional().since("7.0.0"),
            arg::token("abort", "ABORT").optional().since("7.0.0"),
        ],
        run: Some(shutdown),
        ..ROW
    },
    Command {
        name: "slowlog",
        arity: -2,
        since: "2.2.12",
        complexity: "That of the subcommand.",
        summary: "Groups the commands about the log of slow commands.",
        subcommands: SLOWLOG_SUBCOMMANDS,
        ..ROW
    },
    Command {
        name: "swapdb",
        arity: 3,
        flags: flags![WRITE, FAST],
        acl: acl![KEYSPACE, DANGEROUS],
        since: "4.0.0",
        complexity: "O(N) with N the number of clients that watch or wait for keys of either.",
        summary: "Exchanges the contents of two databases.",
        args: &[arg::int("index1"), arg::int("index2")],
        run: Some(databases::swapdb),
        ..ROW
    },
    Command {
        name: "time",
        arity: 1,
        flags: flags![LOADING, STALE, FAST],
        since: "2.6.0",
        complexity: "O(1)",
        summary: "Gives the server's time as Unix seconds and microseconds.",
        tips: &["nondeterministic_output"],
        run: Some(databases::time),
        ..ROW
    },
];

const COMMAND_SUBCOMMANDS: &[Command] = &[
    Command {
        name: "count",
        arity: 2,
        flags: flags![LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "2.8.13",
        complexity: "O(1)",
        summary: "Counts the commands.",
        run: Some(count),
        ..ROW
    },
    Command {
        name: "docs",
        arity: -2,
        flags: flags![LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "7.0.0",
        complexity: "O(N) with N the number of commands asked for",
        summary: "Documents the given commands, or all.",
        tips: &["nondeterministic_output_order"],
        args: &[arg::string("command-name").optional().multiple()],
        run: Some(docs),
        ..ROW
    },
    Command {
        name: "getkeys",
        arity: -3,
        flags: flags![LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "2.8.13",
        complexity: "O(N) with N the number of arguments of that command",
        summary: "Picks the keys out of a whole command.",
        args: &[arg::string("command"), arg::string("arg").optional().multiple()],
        run: Some(getkeys),
        ..ROW
    },
    Command {
        name: "getkeysandflags",
        arity: -3,
        flags: flags![LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "7.0.0",
        complexity: "O(N) with N the number of arguments of that command",
        summary: "Picks the keys out of a whole command and tells what happens to each.",
        args: &[arg::string("command"), arg::string("arg").optional().multiple()],
        run: Some(getkeysandflags),
        ..ROW
    },
    Command {
        name: "help",
        arity: 2,
        flags: flags![LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of COMMAND with a line on each.",
        run: Some(help),
        ..ROW
    },
    Command {
        name: "info",
        arity: -2,
        flags: flags![LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "2.8.13",
        complexity: "O(N) with N the number of commands asked for",
        summary: "Describes the given commands, or all.",
        history: &[("7.0.0", "Without names all commands are described.")],
        tips: &["nondeterministic_output_order"],
        args: &[arg::string("command-name").optional().multiple()],
        run: Some(command_info),
        ..ROW
    },
    Command {
        name: "list",
        arity: -2,
        flags: flags![LOADING, STALE, SENTINEL],
        acl: acl![CONNECTION],
        since: "7.0.0",
        complexity: "O(N) with N the number of commands",
        summary: "Lists the names of the commands, filtered if asked for.",
        tips: &["nondeterministic_output_order"],
        args: &[arg::one_of(
            "filterby",
            &[
                arg::string("module-name").after("MODULE"),
                arg::string("category").after("ACLCAT"),
                arg::pattern("pattern").after("PATTERN"),
            ],
        )
        .after("FILTERBY")
        .optional()],
        run: Some(list),
        ..ROW
    },
];

const LATENCY_SUBCOMMANDS: &[Command] = &[
    Command {
        name: "doctor",
        arity: 2,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE],
        since: "2.8.13",
        complexity: "O(1)",
        summary: "Explains the recorded latencies and gives advice.",
        tips: &["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
        run: Some(latency::doctor),
        ..ROW
    },
    Command {
        name: "graph",
        arity: 3,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE],
        since: "2.8.13",
        complexity: "O(1)",
        summary: "Draws the latencies of an event in text.",
        tips: &["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
        args: &[arg::string("event")],
        run: Some(latency::graph),
        ..ROW
    },
    Command {
        name: "help",
        arity: 2,
        flags: flags![LOADING, STALE],
        since: "2.8.13",
        complexity: "O(1)",
        summary: "Lists the subcommands of LATENCY with a line on each.",
        run: Some(help),
        ..ROW
    },
    Command {
        name: "histogram",
        arity: -2,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE],
        since: "7.0.0",
        complexity: "O(N) with N the number of commands that have a distribution.",
        summary: "Gives the distribution of the run times of commands.",
        tips: &["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
        args: &[arg::string("command").optional().multiple()],
        run: Some(latency::histogram),
        ..ROW
    },
    Command {
        name: "history",
        arity: 3,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE],
        since: "2.8.13",
        complexity: "O(1)",
        summary: "Gives the recorded latencies of an event with their times.",
        tips: &["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
        args: &[arg::string("event")],
        run: Some(latency::history),
        ..ROW
    },
    Command {
        name: "latest",
        arity: 2,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE],
        since: "2.8.13",
        complexity: "O(1)",
        summary: "Gives the last recorded latency of each event.",
        tips: &["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
        run: Some(latency::latest),
        ..ROW
    },
    Command {
        name: "reset",
        arity: -2,
        flags: flags![ADMIN, NOSCRIPT, LOADING, STALE],
        since: "2.8.13",
        complexity: "O(1)",
        summary: "Clears the recorded latencies of some events or of all.",
        tips: &["request_policy:all_nodes", "response_policy:agg_sum"],
        args: &[arg::string("event").optional().multiple()],
        run: Some(latency::reset),
        ..ROW
    },
];

const MEMORY_SUBCOMMANDS: &[Command] = &[
    Command {
        name: "doctor",
        arity: 2,
        since: "4.0.0",
        complexity: "O(1)",
        summary: "Reports problems of memory and gives advice.",
        tips: &["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
        run: Some(memory_stats::doctor),
        ..ROW
    },
    Command {
        name: "help",
        arity: 2,
        flags: flags![LOADING, STALE],
        since: "4.0.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of MEMORY with a line on each.",
        run: Some(help),
        ..ROW
    },
    Command {
        name: "malloc-stats",
        arity: 2,
        since: "4.0.0",
        complexity: "Grows with the memory in use and can be slow",
        summary: "Gives the statistics of the allocator.",
        tips: &["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
        run: Some(memory_stats::malloc_stats),
        ..ROW
    },
    Command {
        name: "purge",
        arity: 2,
        since: "4.0.0",
        complexity: "Grows with the memory in use and can be slow",
        summary: "Asks the allocator to give unused memory back.",
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        run: Some(memory_stats::purge),
        ..ROW
    },
    Command {
        name: "stats",
        arity: 2,
        since: "4.0.0",
        complexity: "O(1)",
        summary: "Itemises what the memory is used for.",
        tips: &["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
        run: Some(memory_stats::stats),
        ..ROW
    },
    Command {
        name: "usage",
        arity: -3,
        flags: flags![READONLY],
        keys: &[KeySpec::one(2, keyflags![RO])],
        since: "4.0.0",
        complexity: "O(N) with N the number of elements sampled.",
        summary: "Estimates how many bytes a key and its value take.",
        args: &[arg::key("key"), arg::int("count").after("SAMPLES").optional()],
        run: Some(usage),
        ..ROW
    },
];

const SLOWLOG_SUBCOMMANDS: &[Command] = &[
    Command {
        name: "get",
        arity: -2,
        flags: flags![ADMIN, LOADING, STALE],
        since: "2.2.12",
        complexity: "O(N) with N the number of entries returned",
        summary: "Shows entries of the slow log, the latest first.",
        history: &[("4.0.0", "Each entry also shows the address and the name of the client.")],
        tips: &["request_policy:all_nodes", "nondeterministic_output"],
        args: &[arg::int("count").optional()],
        run: Some(slowlog::get),
        ..ROW
    },
    Command {
        name: "help",
        arity: 2,
        flags: flags![LOADING, STALE],
        since: "6.2.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of SLOWLOG with a line on each.",
        run: Some(help),
        ..ROW
    },
    Command {
        name: "len",
        arity: 2,
        flags: flags![ADMIN, LOADING, STALE],
        since: "2.2.12",
        complexity: "O(1)",
        summary: "Counts the entries of the slow log.",
        tips: &["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"],
        run: Some(slowlog::len),
        ..ROW
    },
    Command {
        name: "reset",
        arity: 2,
        flags: flags![ADMIN, LOADING, STALE],
        since: "2.2.12",
        complexity: "O(N) with N the number of entries",
        summary: "Empties the slow log.",
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        run: Some(slowlog::reset),
        ..ROW
    },
];

const FLUSH_TYPE: Arg = arg::one_of(
    "flush-type",
    &[arg::token("async", "ASYNC").since("4.0.0"), arg::token("sync", "SYNC").since("6.2.0")],
)
.optional();
