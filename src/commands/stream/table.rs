//! Rows of the commands about streams and consumer groups.

use super::{add, claim, group, info, pending, range, read};
use crate::core::command::{Arg, Command, Finder, Group, KeySpec, acl, arg, flags, keyflags};
use crate::core::help::help;

/// What the rows here have in common.
const ROW: Command = Command { group: Group::Stream, ..Command::DEFAULT };

/// The rows, by name.
pub const TABLE: &[Command] = &[
    Command {
        name: "xack",
        arity: -4,
        flags: flags![WRITE, FAST],
        acl: acl![STREAM],
        keys: &[KeySpec::one(1, keyflags![RW, UPDATE])],
        since: "5.0.0",
        complexity: "O(1) per ID.",
        summary: "Marks entries as processed by a consumer group.",
        args: &[arg::key("key"), arg::string("group"), arg::string("id").multiple()],
        run: Some(group::xack),
        ..ROW
    },
    Command {
        name: "xadd",
        arity: -5,
        flags: flags![WRITE, DENYOOM, FAST],
        acl: acl![STREAM],
        keys: &[
            KeySpec::one(1, keyflags![RW, UPDATE]).noted("UPDATE since old entries may be trimmed")
        ],
        since: "5.0.0",
        complexity: "O(1) for the entry, and O(N) with N the number of entries trimmed.",
        summary: "Appends an entry to a stream and may trim the stream.",
        history: &[
            ("6.2.0", "New options `NOMKSTREAM` and `LIMIT`, and trimming by `MINID`."),
            ("7.0.0", "An ID may be given as `<ms>-*`."),
        ],
        tips: &["nondeterministic_output"],
        args: &[
            arg::key("key"),
            arg::token("nomkstream", "NOMKSTREAM").optional().since("6.2.0"),
            arg::block(
                "trim",
                &[
                    STRATEGY,
                    OPERATOR,
                    arg::string("threshold"),
                    arg::int("count").after("LIMIT").optional().since("6.2.0"),
                ],
            )
            .optional(),
            arg::one_of("id-selector", &[arg::token("auto-id", "*"), arg::string("id")]),
            arg::block("data", &[arg::string("field"), arg::string("value")]).multiple(),
        ],
        run: Some(add::xadd),
        ..ROW
    },
    Command {
        name: "xautoclaim",
        arity: -6,
        flags: flags![WRITE, FAST],
        acl: acl![STREAM],
        keys: &[KeySpec::one(1, keyflags![RW, DELETE])],
        since: "6.2.0",
        complexity: "O(1) as long as COUNT is small.",
        summary: "Hands pending entries that nobody works on over to a consumer, found by a \
                  cursor.",
        history: &[(
            "7.0.0",
            "The reply also lists entries that were dropped as pending because they no \
            longer exist",
        )],
        tips: &["nondeterministic_output"],
        args: &[
            arg::key("key"),
            arg::string("group"),
            arg::string("consumer"),
            arg::string("min-idle-time"),
            arg::string("start"),
            arg::int("count").after("COUNT").optional(),
            arg::token("justid", "JUSTID").optional(),
        ],
        run: Some(claim::xautoclaim),
        ..ROW
    },
    Command {
        name: "xclaim",
        arity: -6,
        flags: flags![WRITE, FAST],
        acl: acl![STREAM],
        keys: &[KeySpec::one(1, keyflags![RW, UPDATE])],
        since: "5.0.0",
        complexity: "O(log N) with N the number of entries pending in the group.",
        summary: "Hands given pending entries over to a consumer.",
        tips: &["nondeterministic_output"],
        args: &[
            arg::key("key"),
            arg::string("group"),
            arg::string("consumer"),
            arg::string("min-idle-time"),
            arg::string("id").multiple(),
            arg::int("ms").after("IDLE").optional(),
            arg::time("unix-time-milliseconds").after("TIME").optional(),
            arg::int("count").after("RETRYCOUNT").optional(),
            arg::token("force", "FORCE").optional(),
            arg::token("justid", "JUSTID").optional(),
            arg::string("lastid").after("LASTID").optional(),
        ],
        run: Some(claim::xclaim),
        ..ROW
    },
    Command {
        name: "xdel",
        arity: -3,
        flags: flags![WRITE, FAST],
        acl: acl![STREAM],
        keys: &[KeySpec::one(1, keyflags![RW, DELETE])],
        since: "5.0.0",
        complexity: "O(1) per entry, however long the stream.",
        summary: "Deletes entries from a stream.",
        args: &[arg::key("key"), arg::string("id").multiple()],
        run: Some(add::xdel),
        ..ROW
    },
    Command {
        name: "xgroup",
        arity: -2,
        since: "5.0.0",
        complexity: "That of the subcommand.",
        summary: "Groups the commands about consumer groups.",
        subcommands: XGROUP_SUBCOMMANDS,
        ..ROW
    },
    Command {
        name: "xinfo",
        arity: -2,
        since: "5.0.0",
        complexity: "That of the subcommand.",
        summary: "Groups the commands that describe streams.",
        subcommands: XINFO_SUBCOMMANDS,
        ..ROW
    },
    Command {
        name: "xlen",
        arity: 2,
        flags: flags![READONLY, FAST],
        acl: acl![STREAM],
        keys: &[KeySpec::one(1, keyflags![RO])],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Counts the entries of a stream.",
        args: &[arg::key("key")],
        run: Some(range::xlen),
        ..ROW
    },
    Command {
        name: "xpending",
        arity: -3,
        flags: flags![READONLY],
        acl: acl![STREAM],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "5.0.0",
        complexity: "O(N) with N the number of entries returned, or O(M) with M the number of \
                     entries examined for IDLE; the summary is O(1) plus O(N) for N consumers.",
        summary: "Sums up or lists what is pending in a consumer group.",
        history: &[("6.2.0", "New option `IDLE`; bounds may be excluded.")],
        tips: &["nondeterministic_output"],
        args: &[
            arg::key("key"),
            arg::string("group"),
            arg::block(
                "filters",
                &[
                    arg::int("min-idle-time").after("IDLE").optional().since("6.2.0"),
                    arg::string("start"),
                    arg::string("end"),
                    arg::int("count"),
                    arg::string("consumer").optional(),
                ],
            )
            .optional(),
        ],
        run: Some(pending::xpending),
        ..ROW
    },
    Command {
        name: "xrange",
        arity: -4,
        flags: flags![READONLY],
        acl: acl![STREAM],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "5.0.0",
        complexity: "O(N) with N the number of entries returned; O(1) if COUNT keeps N small.",
        summary: "Gives the entries between two IDs.",
        history: &[("6.2.0", "Bounds may be excluded.")],
        args: &[
            arg::key("key"),
            arg::string("start"),
            arg::string("end"),
            arg::int("count").after("COUNT").optional(),
        ],
        run: Some(range::xrange),
        ..ROW
    },
    Command {
        name: "xread",
        arity: -4,
        flags: flags![BLOCKING, READONLY, BLOCKING],
        acl: acl![STREAM],
        keys: &[KeySpec::after("STREAMS", 1, keyflags![RO, ACCESS]).to(-1, 2)],
        finder: Finder::Streams,
        since: "5.0.0",
        summary: "Gives the entries after given IDs of several streams, waiting for one if asked \
                  to.",
        args: &[
            arg::int("count").after("COUNT").optional(),
            arg::int("milliseconds").after("BLOCK").optional(),
            STREAMS,
        ],
        run: Some(read::xread),
        ..ROW
    },
    Command {
        name: "xreadgroup",
        arity: -7,
        flags: flags![BLOCKING, WRITE],
        acl: acl![STREAM],
        keys: &[KeySpec::after("STREAMS", 4, keyflags![RO, ACCESS]).to(-1, 2)],
        finder: Finder::Streams,
        since: "5.0.0",
        complexity: "O(M) per stream with M the number of entries returned, O(1) if COUNT keeps \
                     M small; XADD pays O(N) for N clients waiting.",
        summary: "Gives a consumer new entries of several streams, or its own pending ones, \
                  waiting if asked to.",
        args: &[
            arg::block("group-block", &[arg::string("group"), arg::string("consumer")])
                .after("GROUP"),
            arg::int("count").after("COUNT").optional(),
            arg::int("milliseconds").after("BLOCK").optional(),
            arg::token("noack", "NOACK").optional(),
            STREAMS,
        ],
        run: Some(read::xreadgroup),
        ..ROW
    },
    Command {
        name: "xrevrange",
        arity: -4,
        flags: flags![READONLY],
        acl: acl![STREAM],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "5.0.0",
        complexity: "O(N) with N the number of entries returned; O(1) if COUNT keeps N small.",
        summary: "Gives the entries between two IDs, the last first.",
        history: &[("6.2.0", "Bounds may be excluded.")],
        args: &[
            arg::key("key"),
            arg::string("end"),
            arg::string("start"),
            arg::int("count").after("COUNT").optional(),
        ],
        run: Some(range::xrevrange),
        ..ROW
    },
    Command {
        name: "xsetid",
        arity: -3,
        flags: flags![WRITE, DENYOOM, FAST],
        acl: acl![STREAM],
        keys: &[KeySpec::one(1, keyflags![RW, UPDATE])],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Sets the last ID of a stream; used to replicate streams.",
        history: &[("7.0.0", "New options `entries_added` and `max_deleted_entry_id`.")],
        args: &[
            arg::key("key"),
            arg::string("last-id"),
            arg::int("entries-added").after("ENTRIESADDED").optional().since("7.0.0"),
            arg::string("max-deleted-id").after("MAXDELETEDID").optional().since("7.0.0"),
        ],
        run: Some(add::xsetid),
        ..ROW
    },
    Command {
        name: "xtrim",
        arity: -4,
        flags: flags![WRITE],
        acl: acl![STREAM],
        keys: &[KeySpec::one(1, keyflags![RW, DELETE])],
        since: "5.0.0",
        complexity: "O(N) with N the number of entries removed, and a small constant since whole \
                     blocks of entries go at once.",
        summary: "Removes the oldest entries of a stream.",
        history: &[("6.2.0", "New option `LIMIT`, and trimming by `MINID`.")],
        tips: &["nondeterministic_output"],
        args: &[
            arg::key("key"),
            arg::block(
                "trim",
                &[
                    STRATEGY,
                    OPERATOR,
                    arg::string("threshold"),
                    arg::int("count").after("LIMIT").optional().since("6.2.0"),
                ],
            ),
        ],
        run: Some(add::xtrim),
        ..ROW
    },
];

const XGROUP_SUBCOMMANDS: &[Command] = &[
    Command {
        name: "create",
        arity: -5,
        flags: flags![WRITE, DENYOOM],
        acl: acl![STREAM],
        keys: &[KeySpec::one(2, keyflags![RW, INSERT])],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Creates a consumer group, and the stream with it if asked to.",
        history: &[("7.0.0", "New option `entries_read`.")],
        args: &[
            arg::key("key"),
            arg::string("group"),
            arg::one_of("id-selector", &[arg::string("id"), arg::token("new-id", "$")]),
            arg::token("mkstream", "MKSTREAM").optional(),
            arg::int("entries-read").after("ENTRIESREAD").optional(),
        ],
        run: Some(group::create),
        ..ROW
    },
    Command {
        name: "createconsumer",
        arity: 5,
        flags: flags![WRITE, DENYOOM],
        acl: acl![STREAM],
        keys: &[KeySpec::one(2, keyflags![RW, INSERT])],
        since: "6.2.0",
        complexity: "O(1)",
        summary: "Creates a consumer in a group.",
        args: &[arg::key("key"), arg::string("group"), arg::string("consumer")],
        run: Some(group::createconsumer),
        ..ROW
    },
    Command {
        name: "delconsumer",
        arity: 5,
        flags: flags![WRITE],
        acl: acl![STREAM],
        keys: &[KeySpec::one(2, keyflags![RW, DELETE])],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Deletes a consumer and what is pending for it.",
        args: &[arg::key("key"), arg::string("group"), arg::string("consumer")],
        run: Some(group::delconsumer),
        ..ROW
    },
    Command {
        name: "destroy",
        arity: 4,
        flags: flags![WRITE],
        acl: acl![STREAM],
        keys: &[KeySpec::one(2, keyflags![RW, DELETE])],
        since: "5.0.0",
        complexity: "O(N) with N the number of entries pending in the group.",
        summary: "Deletes a consumer group.",
        args: &[arg::key("key"), arg::string("group")],
        run: Some(group::destroy),
        ..ROW
    },
    Command {
        name: "help",
        arity: 2,
        flags: flags![LOADING, STALE],
        acl: acl![STREAM],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of XGROUP with a line on each.",
        run: Some(help),
        ..ROW
    },
    Command {
        name: "setid",
        arity: -5,
        flags: flags![WRITE],
        acl: acl![STREAM],
        keys: &[KeySpec::one(2, keyflags![RW, UPDATE])],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Sets the last ID that a consumer group has delivered.",
        history: &[("7.0.0", "New option `entries_read`.")],
        args: &[
            arg::key("key"),
            arg::string("group"),
            arg::one_of("id-selector", &[arg::string("id"), arg::token("new-id", "$")]),
            arg::int("entriesread").after("ENTRIESREAD").shown("entries-read").optional(),
        ],
        run: Some(group::setid),
        ..ROW
    },
];

const XINFO_SUBCOMMANDS: &[Command] = &[
    Command {
        name: "consumers",
        arity: 4,
        flags: flags![READONLY],
        acl: acl![STREAM],
        keys: &[KeySpec::one(2, keyflags![RO, ACCESS])],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Describes the consumers of a group.",
        history: &[("7.2.0", "New field `inactive`.")],
        tips: &["nondeterministic_output"],
        args: &[arg::key("key"), arg::string("group")],
        run: Some(info::consumers),
        ..ROW
    },
    Command {
        name: "groups",
        arity: 3,
        flags: flags![READONLY],
        acl: acl![STREAM],
        keys: &[KeySpec::one(2, keyflags![RO, ACCESS])],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Describes the consumer groups of a stream.",
        history: &[("7.0.0", "New fields `entries-read` and `lag`.")],
        args: &[arg::key("key")],
        run: Some(info::groups),
        ..ROW
    },
    Command {
        name: "help",
        arity: 2,
        flags: flags![LOADING, STALE],
        acl: acl![STREAM],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of XINFO with a line on each.",
        run: Some(help),
        ..ROW
    },
    Command {
        name: "stream",
        arity: -3,
        flags: flags![READONLY],
        acl: acl![STREAM],
        keys: &[KeySpec::one(2, keyflags![RO, ACCESS])],
        since: "5.0.0",
        complexity: "O(1)",
        summary: "Describes a stream.",
        history: &[
            ("6.0.0", "New option `FULL`."),
            (
                "7.0.0",
                "New fields `max-deleted-entry-id`, `entries-added`, \
            `recorded-first-entry-id`, `entries-read` and `lag`.",
            ),
            ("7.2.0", "New field `active-time`; `seen-time` means something else."),
        ],
        args: &[
            arg::key("key"),
            arg::block(
                "full-block",
                &[arg::token("full", "FULL"), arg::int("count").after("COUNT").optional()],
            )
            .optional(),
        ],
        run: Some(info::stream),
        ..ROW
    },
];

const STRATEGY: Arg = arg::one_of(
    "strategy",
    &[arg::token("maxlen", "MAXLEN"), arg::token("minid", "MINID").since("6.2.0")],
);

const STREAMS: Arg =
    arg::block("streams", &[arg::key("key").multiple(), arg::string("id").multiple()])
        .after("STREAMS");

const OPERATOR: Arg =
    arg::one_of("operator", &[arg::token("equal", "="), arg::token("approximately", "~")])
        .optional();
