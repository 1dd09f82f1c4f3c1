//! Rows of the commands about sorted sets.

use super::{add, combine, pop, range, read, remove};
use crate::core::command::{Arg, Command, Finder, Group, KeySpec, acl, arg, flags, keyflags};

/// What the rows here have in common.
const ROW: Command = Command { group: Group::SortedSet, ..Command::DEFAULT };

/// The rows, by name.
pub const TABLE: &[Command] = &[
    Command {
        name: "bzmpop",
        arity: -5,
        flags: flags![WRITE, BLOCKING],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::counted(2, keyflags![RW, ACCESS, DELETE])],
        finder: Finder::counted(2),
        since: "7.0.0",
        complexity: "O(K) + O(M*log(N)) with K keys given, N members in the sorted set and M \
                     taken.",
        summary: "Takes the lowest or highest members of the first of several sorted sets that \
                  has any, waiting if need be.",
        args: &[
            arg::double("timeout"),
            arg::int("numkeys"),
            arg::key("key").multiple(),
            arg::one_of("where", &[arg::token("min", "MIN"), arg::token("max", "MAX")]),
            arg::int("count").after("COUNT").optional(),
        ],
        run: Some(pop::bzmpop),
        ..ROW
    },
    Command {
        name: "bzpopmax",
        arity: -3,
        flags: flags![WRITE, FAST, BLOCKING],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::range(1, -2, 1, keyflags![RW, ACCESS, DELETE])],
        since: "5.0.0",
        complexity: "O(log(N)) with N the size of the sorted set.",
        summary: "Takes the highest member of the first of several sorted sets that has any, \
                  waiting if need be.",
        history: &[("6.0.0", "`timeout` may have a fraction.")],
        args: &[arg::key("key").multiple(), arg::double("timeout")],
        run: Some(pop::bzpopmax),
        ..ROW
    },
    Command {
        name: "bzpopmin",
        arity: -3,
        flags: flags![WRITE, FAST, BLOCKING],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::range(1, -2, 1, keyflags![RW, ACCESS, DELETE])],
        since: "5.0.0",
        complexity: "O(log(N)) with N the size of the sorted set.",
        summary: "Takes the lowest member of the first of several sorted sets that has any, \
                  waiting if need be.",
        history: &[("6.0.0", "`timeout` may have a fraction.")],
        args: &[arg::key("key").multiple(), arg::double("timeout")],
        run: Some(pop::bzpopmin),
        ..ROW
    },
    Command {
        name: "zadd",
        arity: -4,
        flags: flags![WRITE, DENYOOM, FAST],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RW, UPDATE])],
        since: "1.2.0",
        complexity: "O(log(N)) per member, with N the size of the sorted set.",
        summary: "Adds members with scores to a sorted set, or changes their scores.",
        history: &[
            ("2.4.0", "More than one pair of score and member is accepted."),
            ("3.0.2", "New options `XX`, `NX`, `CH` and `INCR`."),
            ("6.2.0", "New options `GT` and `LT`."),
        ],
        args: &[
            arg::key("key"),
            arg::one_of("condition", &[arg::token("nx", "NX"), arg::token("xx", "XX")])
                .optional()
                .since("3.0.2"),
            arg::one_of("comparison", &[arg::token("gt", "GT"), arg::token("lt", "LT")])
                .optional()
                .since("6.2.0"),
            arg::token("change", "CH").optional().since("3.0.2"),
            arg::token("increment", "INCR").optional().since("3.0.2"),
            arg::block("data", &[arg::double("score"), arg::string("member")]).multiple(),
        ],
        run: Some(add::zadd),
        ..ROW
    },
    Command {
        name: "zcard",
        arity: 2,
        flags: flags![READONLY, FAST],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RO])],
        since: "1.2.0",
        complexity: "O(1)",
        summary: "Counts the members of a sorted set.",
        args: &[arg::key("key")],
        run: Some(read::zcard),
        ..ROW
    },
    Command {
        name: "zcount",
        arity: 4,
        flags: flags![READONLY, FAST],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "2.0.0",
        complexity: "O(log(N)) with N the size of the sorted set.",
        summary: "Counts the members with scores between two bounds.",
        args: &[arg::key("key"), arg::double("min"), arg::double("max")],
        run: Some(read::zcount),
        ..ROW
    },
    Command {
        name: "zdiff",
        arity: -3,
        flags: flags![READONLY],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::counted(1, keyflags![RO, ACCESS])],
        finder: Finder::counted(1),
        since: "6.2.0",
        complexity: "O(L + (N-K)log(N)) at worst, with L members in all sorted sets, N in the \
                     first one and K in the result.",
        summary: "Gives the members of the first sorted set that are in none of the others.",
        args: &[
            arg::int("numkeys"),
            arg::key("key").multiple(),
            arg::token("withscores", "WITHSCORES").optional(),
        ],
        run: Some(combine::zdiff),
        ..ROW
    },
    Command {
        name: "zdiffstore",
        arity: -4,
        flags: flags![WRITE, DENYOOM],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![OW, UPDATE]), KeySpec::counted(2, keyflags![RO, ACCESS])],
        finder: Finder::stored_counted(2),
        since: "6.2.0",
        complexity: "O(L + (N-K)log(N)) at worst, with L members in all sorted sets, N in the \
                     first one and K in the result.",
        summary: "Stores the members of the first sorted set that are in none of the others.",
        args: &[arg::key("destination"), arg::int("numkeys"), arg::key_of("key", 1).multiple()],
        run: Some(combine::zdiffstore),
        ..ROW
    },
    Command {
        name: "zincrby",
        arity: 4,
        flags: flags![WRITE, DENYOOM, FAST],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RW, ACCESS, UPDATE])],
        since: "1.2.0",
        complexity: "O(log(N)) with N the size of the sorted set.",
        summary: "Adds to the score of a member; a missing one counts as 0.",
        args: &[arg::key("key"), arg::int("increment"), arg::string("member")],
        run: Some(add::zincrby),
        ..ROW
    },
    Command {
        name: "zinter",
        arity: -3,
        flags: flags![READONLY],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::counted(1, keyflags![RO, ACCESS])],
        finder: Finder::counted(1),
        since: "6.2.0",
        complexity: "O(N*K)+O(M*log(M)) at worst, with N the size of the smallest of K sorted \
                     sets and M that of the result.",
        summary: "Gives the members that all sorted sets have in common, with combined scores.",
        args: UNION_ARGS,
        run: Some(combine::zinter),
        ..ROW
    },
    Command {
        name: "zintercard",
        arity: -3,
        flags: flags![READONLY],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::counted(1, keyflags![RO, ACCESS])],
        finder: Finder::counted(1),
        since: "7.0.0",
        complexity: "O(N*K) at worst, with N the size of the smallest of K sorted sets.",
        summary: "Counts the members that all sorted sets have in common, up to a limit if given.",
        args: &[
            arg::int("numkeys"),
            arg::key("key").multiple(),
            arg::int("limit").after("LIMIT").optional(),
        ],
        run: Some(combine::zintercard),
        ..ROW
    },
    Command {
        name: "zinterstore",
        arity: -4,
        flags: flags![WRITE, DENYOOM],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![OW, UPDATE]), KeySpec::counted(2, keyflags![RO, ACCESS])],
        finder: Finder::stored_counted(2),
        since: "2.0.0",
        complexity: "O(N*K)+O(M*log(M)) at worst, with N the size of the smallest of K sorted \
                     sets and M that of the result.",
        summary: "Stores the members that all sorted sets have in common, with combined scores.",
        args: UNION_STORE_ARGS,
        run: Some(combine::zinterstore),
        ..ROW
    },
    Command {
        name: "zlexcount",
        arity: 4,
        flags: flags![READONLY, FAST],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "2.8.9",
        complexity: "O(log(N)) with N the size of the sorted set.",
        summary: "Counts the members between two bounds of their names.",
        args: &[arg::key("key"), arg::string("min"), arg::string("max")],
        run: Some(read::zlexcount),
        ..ROW
    },
    Command {
        name: "zmpop",
        arity: -4,
        flags: flags![WRITE],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::counted(1, keyflags![RW, ACCESS, DELETE])],
        finder: Finder::counted(1),
        since: "7.0.0",
        complexity: "O(K) + O(M*log(N)) with K keys given, N members in the sorted set and M \
                     taken.",
        summary: "Takes the lowest or highest members of the first of several sorted sets that \
                  has any.",
        args: &[
            arg::int("numkeys"),
            arg::key("key").multiple(),
            arg::one_of("where", &[arg::token("min", "MIN"), arg::token("max", "MAX")]),
            arg::int("count").after("COUNT").optional(),
        ],
        run: Some(pop::zmpop),
        ..ROW
    },
    Command {
        name: "zmscore",
        arity: -3,
        flags: flags![READONLY, FAST],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "6.2.0",
        complexity: "O(N) with N the number of members asked for.",
        summary: "Gives the scores of several members.",
        args: &[arg::key("key"), arg::string("member").multiple()],
        run: Some(read::zmscore),
        ..ROW
    },
    Command {
        name: "zpopmax",
        arity: -2,
        flags: flags![WRITE, FAST],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RW, ACCESS, DELETE])],
        since: "5.0.0",
        complexity: "O(log(N)*M) with N the size of the sorted set and M members taken.",
        summary: "Takes the members with the highest scores.",
        args: &[arg::key("key"), arg::int("count").optional()],
        run: Some(pop::zpopmax),
        ..ROW
    },
    Command {
        name: "zpopmin",
        arity: -2,
        flags: flags![WRITE, FAST],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RW, ACCESS, DELETE])],
        since: "5.0.0",
        complexity: "O(log(N)*M) with N the size of the sorted set and M members taken.",
        summary: "Takes the members with the lowest scores.",
        args: &[arg::key("key"), arg::int("count").optional()],
        run: Some(pop::zpopmin),
        ..ROW
    },
    Command {
        name: "zrandmember",
        arity: -2,
        flags: flags![READONLY],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "6.2.0",
        complexity: "O(N) with N the number of members returned",
        summary: "Gives members at random, with their scores if asked for.",
        tips: &["nondeterministic_output"],
        args: &[
            arg::key("key"),
            arg::block(
                "options",
                &[arg::int("count"), arg::token("withscores", "WITHSCORES").optional()],
            )
            .optional(),
        ],
        run: Some(read::zrandmember),
        ..ROW
    },
    Command {
        name: "zrange",
        arity: -4,
        flags: flags![READONLY],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "1.2.0",
        complexity: "O(log(N)+M) with N the size of the sorted set and M members returned.",
        summary: "Gives the members between two ranks, scores or names, in either direction.",
        history: &[("6.2.0", "New options `REV`, `BYSCORE`, `BYLEX` and `LIMIT`.")],
        args: &[
            arg::key("key"),
            arg::string("start"),
            arg::string("stop"),
            arg::one_of(
                "sortby",
                &[arg::token("byscore", "BYSCORE"), arg::token("bylex", "BYLEX")],
            )
            .optional()
            .since("6.2.0"),
            arg::token("rev", "REV").optional().since("6.2.0"),
            LIMIT.since("6.2.0"),
            arg::token("withscores", "WITHSCORES").optional(),
        ],
        run: Some(range::zrange),
        ..ROW
    },
    Command {
        name: "zrangebylex",
        arity: -4,
        flags: flags![READONLY],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "2.8.9",
        complexity: "O(log(N)+M) with N the size of the sorted set and M members returned; \
                     O(log(N)) if LIMIT keeps M small.",
        summary: "Gives the members between two bounds of their names.",
        args: &[arg::key("key"), arg::string("min"), arg::string("max"), LIMIT],
        deprecated: Some(("6.2.0", "`ZRANGE` with `BYLEX`")),
        run: Some(range::zrangebylex),
        ..ROW
    },
    Command {
        name: "zrangebyscore",
        arity: -4,
        flags: flags![READONLY],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "1.0.5",
        complexity: "O(log(N)+M) with N the size of the sorted set and M members returned; \
                     O(log(N)) if LIMIT keeps M small.",
        summary: "Gives the members with scores between two bounds.",
        history: &[("2.0.0", "New option `WITHSCORES`.")],
        args: &[
            arg::key("key"),
            arg::double("min"),
            arg::double("max"),
            arg::token("withscores", "WITHSCORES").optional().since("2.0.0"),
            LIMIT,
        ],
        deprecated: Some(("6.2.0", "`ZRANGE` with `BYSCORE`")),
        run: Some(range::zrangebyscore),
        ..ROW
    },
    Command {
        name: "zrangestore",
        arity: -5,
        flags: flags![WRITE, DENYOOM],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![OW, UPDATE]), KeySpec::one(2, keyflags![RO, ACCESS])],
        since: "6.2.0",
        complexity: "O(log(N)+M) with N the size of the sorted set and M members stored.",
        summary: "Stores the members that ZRANGE would give.",
        args: &[
            arg::key("dst"),
            arg::key_of("src", 1),
            arg::string("min"),
            arg::string("max"),
            arg::one_of(
                "sortby",
                &[arg::token("byscore", "BYSCORE"), arg::token("bylex", "BYLEX")],
            )
            .optional(),
            arg::token("rev", "REV").optional(),
            LIMIT,
        ],
        run: Some(range::zrangestore),
        ..ROW
    },
    Command {
        name: "zrank",
        arity: -3,
        flags: flags![READONLY, FAST],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "2.0.0",
        complexity: "O(log(N))",
        summary: "Gives the rank of a member, counted from the lowest score.",
        history: &[("7.2.0", "New option `WITHSCORE`.")],
        args: &[
            arg::key("key"),
            arg::string("member"),
            arg::token("withscore", "WITHSCORE").optional(),
        ],
        run: Some(read::zrank),
        ..ROW
    },
    Command {
        name: "zrem",
        arity: -3,
        flags: flags![WRITE, FAST],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RW, DELETE])],
        since: "1.2.0",
        complexity: "O(M*log(N)) with N the size of the sorted set and M members given.",
        summary: "Removes members from a sorted set.",
        history: &[("2.4.0", "More than one `member` is accepted.")],
        args: &[arg::key("key"), arg::string("member").multiple()],
        run: Some(remove::zrem),
        ..ROW
    },
    Command {
        name: "zremrangebylex",
        arity: 4,
        flags: flags![WRITE],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RW, DELETE])],
        since: "2.8.9",
        complexity: "O(log(N)+M) with N the size of the sorted set and M members removed.",
        summary: "Removes the members between two bounds of their names.",
        args: &[arg::key("key"), arg::string("min"), arg::string("max")],
        run: Some(remove::zremrangebylex),
        ..ROW
    },
    Command {
        name: "zremrangebyrank",
        arity: 4,
        flags: flags![WRITE],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RW, DELETE])],
        since: "2.0.0",
        complexity: "O(log(N)+M) with N the size of the sorted set and M members removed.",
        summary: "Removes the members between two ranks.",
        args: &[arg::key("key"), arg::int("start"), arg::int("stop")],
        run: Some(remove::zremrangebyrank),
        ..ROW
    },
    Command {
        name: "zremrangebyscore",
        arity: 4,
        flags: flags![WRITE],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RW, DELETE])],
        since: "1.2.0",
        complexity: "O(log(N)+M) with N the size of the sorted set and M members removed.",
        summary: "Removes the members with scores between two bounds.",
        args: &[arg::key("key"), arg::double("min"), arg::double("max")],
        run: Some(remove::zremrangebyscore),
        ..ROW
    },
    Command {
        name: "zrevrange",
        arity: -4,
        flags: flags![READONLY],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "1.2.0",
        complexity: "O(log(N)+M) with N the size of the sorted set and M members returned.",
        summary: "Gives the members between two ranks, counted from the highest score.",
        args: &[
            arg::key("key"),
            arg::int("start"),
            arg::int("stop"),
            arg::token("withscores", "WITHSCORES").optional(),
        ],
        deprecated: Some(("6.2.0", "`ZRANGE` with `REV`")),
        run: Some(range::zrevrange),
        ..ROW
    },
    Command {
        name: "zrevrangebylex",
        arity: -4,
        flags: flags![READONLY],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "2.8.9",
        complexity: "O(log(N)+M) with N the size of the sorted set and M members returned; \
                     O(log(N)) if LIMIT keeps M small.",
        summary: "Gives the members between two bounds of their names, the last first.",
        args: &[arg::key("key"), arg::string("max"), arg::string("min"), LIMIT],
        deprecated: Some(("6.2.0", "`ZRANGE` with `REV` and `BYLEX`")),
        run: Some(range::zrevrangebylex),
        ..ROW
    },
    Command {
        name: "zrevrangebyscore",
        arity: -4,
        flags: flags![READONLY],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "2.2.0",
        complexity: "O(log(N)+M) with N the size of the sorted set and M members returned; \
                     O(log(N)) if LIMIT keeps M small.",
        summary: "Gives the members with scores between two bounds, the highest first.",
        history: &[("2.1.6", "The bounds `min` and `max` may be excluded.")],
        args: &[
            arg::key("key"),
            arg::double("max"),
            arg::double("min"),
            arg::token("withscores", "WITHSCORES").optional(),
            LIMIT,
        ],
        deprecated: Some(("6.2.0", "`ZRANGE` with `REV` and `BYSCORE`")),
        run: Some(range::zrevrangebyscore),
        ..ROW
    },
    Command {
        name: "zrevrank",
        arity: -3,
        flags: flags![READONLY, FAST],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "2.0.0",
        complexity: "O(log(N))",
        summary: "Gives the rank of a member, counted from the highest score.",
        history: &[("7.2.0", "New option `WITHSCORE`.")],
        args: &[
            arg::key("key"),
            arg::string("member"),
            arg::token("withscore", "WITHSCORE").optional(),
        ],
        run: Some(read::zrevrank),
        ..ROW
    },
    Command {
        name: "zscan",
        arity: -3,
        flags: flags![READONLY],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "2.8.0",
        complexity: "O(1) per call, O(N) for a whole walk over N members.",
        summary: "Walks the members and scores of a sorted set step by step with a cursor.",
        tips: &["nondeterministic_output"],
        args: &[
            arg::key("key"),
            arg::int("cursor"),
            arg::pattern("pattern").after("MATCH").optional(),
            arg::int("count").after("COUNT").optional(),
        ],
        run: Some(read::zscan),
        ..ROW
    },
    Command {
        name: "zscore",
        arity: 3,
        flags: flags![READONLY, FAST],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "1.2.0",
        complexity: "O(1)",
        summary: "Gives the score of a member.",
        args: &[arg::key("key"), arg::string("member")],
        run: Some(read::zscore),
        ..ROW
    },
    Command {
        name: "zunion",
        arity: -3,
        flags: flags![READONLY],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::counted(1, keyflags![RO, ACCESS])],
        finder: Finder::counted(1),
        since: "6.2.0",
        complexity: "O(N)+O(M*log(M)) with N members in all sorted sets and M in the result.",
        summary: "Gives the members of all sorted sets together, with combined scores.",
        args: UNION_ARGS,
        run: Some(combine::zunion),
        ..ROW
    },
    Command {
        name: "zunionstore",
        arity: -4,
        flags: flags![WRITE, DENYOOM],
        acl: acl![SORTEDSET],
        keys: &[KeySpec::one(1, keyflags![OW, UPDATE]), KeySpec::counted(2, keyflags![RO, ACCESS])],
        finder: Finder::stored_counted(2),
        since: "2.0.0",
        complexity: "O(N)+O(M log(M)) with N members in all sorted sets and M in the result.",
        summary: "Stores the members of all sorted sets together, with combined scores.",
        args: UNION_STORE_ARGS,
        run: Some(combine::zunionstore),
        ..ROW
    },
];

const UNION_ARGS: &[Arg] = &[
    arg::int("numkeys"),
    arg::key("key").multiple(),
    arg::int("weight").after("WEIGHTS").optional().multiple(),
    AGGREGATE,
    arg::token("withscores", "WITHSCORES").optional(),
];

const UNION_STORE_ARGS: &[Arg] = &[
    arg::key("destination"),
    arg::int("numkeys"),
    arg::key_of("key", 1).multiple(),
    arg::int("weight").after("WEIGHTS").optional().multiple(),
    AGGREGATE,
];

const AGGREGATE: Arg = arg::one_of(
    "aggregate",
    &[arg::token("sum", "SUM"), arg::token("min", "MIN"), arg::token("max", "MAX")],
)
.after("AGGREGATE")
.optional();

const LIMIT: Arg =
    arg::block("limit", &[arg::int("offset"), arg::int("count")]).after("LIMIT").optional();
