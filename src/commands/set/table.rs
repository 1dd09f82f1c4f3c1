//! Rows of the commands about sets.

use super::{algebra, pop, random, read, scan, write};
use crate::core::command::{Command, Finder, Group, KeySpec, acl, arg, flags, keyflags};

/// What the rows here have in common.
const ROW: Command = Command { group: Group::Set, ..Command::DEFAULT };

/// The rows, by name.
pub const TABLE: &[Command] = &[
    Command {
        name: "sadd",
        arity: -3,
        flags: flags![WRITE, DENYOOM, FAST],
        acl: acl![SET],
        keys: &[KeySpec::one(1, keyflags![RW, INSERT])],
        since: "1.0.0",
        complexity: "O(1) per member, O(N) for N of them.",
        summary: "Adds members to a set.",
        history: &[("2.4.0", "More than one `member` is accepted.")],
        args: &[arg::key("key"), arg::string("member").multiple()],
        run: Some(write::sadd),
        ..ROW
    },
    Command {
        name: "scard",
        arity: 2,
        flags: flags![READONLY, FAST],
        acl: acl![SET],
        keys: &[KeySpec::one(1, keyflags![RO])],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Counts the members of a set.",
        args: &[arg::key("key")],
        run: Some(read::scard),
        ..ROW
    },
    Command {
        name: "sdiff",
        arity: -2,
        flags: flags![READONLY],
        acl: acl![SET],
        keys: &[KeySpec::range(1, -1, 1, keyflags![RO, ACCESS])],
        since: "1.0.0",
        complexity: "O(N) with N the number of members of all sets together.",
        summary: "Gives the members of the first set that are in none of the others.",
        tips: &["nondeterministic_output_order"],
        args: &[arg::key("key").multiple()],
        run: Some(algebra::sdiff),
        ..ROW
    },
    Command {
        name: "sdiffstore",
        arity: -3,
        flags: flags![WRITE, DENYOOM],
        acl: acl![SET],
        keys: &[
            KeySpec::one(1, keyflags![OW, UPDATE]),
            KeySpec::range(2, -1, 1, keyflags![RO, ACCESS]),
        ],
        since: "1.0.0",
        complexity: "O(N) with N the number of members of all sets together.",
        summary: "Stores the members of the first set that are in none of the others.",
        args: &[arg::key("destination"), arg::key_of("key", 1).multiple()],
        run: Some(algebra::sdiffstore),
        ..ROW
    },
    Command {
        name: "sinter",
        arity: -2,
        flags: flags![READONLY],
        acl: acl![SET],
        keys: &[KeySpec::range(1, -1, 1, keyflags![RO, ACCESS])],
        since: "1.0.0",
        complexity: "O(N*M) at worst, with N the size of the smallest set and M the number of \
                     sets.",
        summary: "Gives the members that all sets have in common.",
        tips: &["nondeterministic_output_order"],
        args: &[arg::key("key").multiple()],
        run: Some(algebra::sinter),
        ..ROW
    },
    Command {
        name: "sintercard",
        arity: -3,
        flags: flags![READONLY],
        acl: acl![SET],
        keys: &[KeySpec::counted(1, keyflags![RO, ACCESS])],
        finder: Finder::counted(1),
        since: "7.0.0",
        complexity: "O(N*M) at worst, with N the size of the smallest set and M the number of \
                     sets.",
        summary: "Counts the members that all sets have in common, up to a limit if given.",
        args: &[
            arg::int("numkeys"),
            arg::key("key").multiple(),
            arg::int("limit").after("LIMIT").optional(),
        ],
        run: Some(algebra::sintercard),
        ..ROW
    },
    Command {
        name: "sinterstore",
        arity: -3,
        flags: flags![WRITE, DENYOOM],
        acl: acl![SET],
        keys: &[
            KeySpec::one(1, keyflags![RW, UPDATE]),
            KeySpec::range(2, -1, 1, keyflags![RO, ACCESS]),
        ],
        since: "1.0.0",
        complexity: "O(N*M) at worst, with N the size of the smallest set and M the number of \
                     sets.",
        summary: "Stores the members that all sets have in common.",
        args: &[arg::key("destination"), arg::key_of("key", 1).multiple()],
        run: Some(algebra::sinterstore),
        ..ROW
    },
    Command {
        name: "sismember",
        arity: 3,
        flags: flags![READONLY, FAST],
        acl: acl![SET],
        keys: &[KeySpec::one(1, keyflags![RO])],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Tells whether a value is a member of a set.",
        args: &[arg::key("key"), arg::string("member")],
        run: Some(read::sismember),
        ..ROW
    },
    Command {
        name: "smembers",
        arity: 2,
        flags: flags![READONLY],
        acl: acl![SET],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "1.0.0",
        complexity: "O(N) with N the size of the set.",
        summary: "Lists the members of a set.",
        tips: &["nondeterministic_output_order"],
        args: &[arg::key("key")],
        run: Some(algebra::smembers),
        ..ROW
    },
    Command {
        name: "smismember",
        arity: -3,
        flags: flags![READONLY, FAST],
        acl: acl![SET],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "6.2.0",
        complexity: "O(N) with N the number of values",
        summary: "Tells of each value whether it is a member of a set.",
        args: &[arg::key("key"), arg::string("member").multiple()],
        run: Some(read::smismember),
        ..ROW
    },
    Command {
        name: "smove",
        arity: 4,
        flags: flags![WRITE, FAST],
        acl: acl![SET],
        keys: &[
            KeySpec::one(1, keyflags![RW, ACCESS, DELETE]),
            KeySpec::one(2, keyflags![RW, INSERT]),
        ],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Takes a member out of one set and puts it into another.",
        args: &[arg::key("source"), arg::key_of("destination", 1), arg::string("member")],
        run: Some(write::smove),
        ..ROW
    },
    Command {
        name: "spop",
        arity: -2,
        flags: flags![WRITE, FAST],
        acl: acl![SET],
        keys: &[KeySpec::one(1, keyflags![RW, ACCESS, DELETE])],
        since: "1.0.0",
        complexity: "O(1) without a count, otherwise O(N) with N the count.",
        summary: "Removes members at random and gives them.",
        history: &[("3.2.0", "New argument `count`.")],
        tips: &["nondeterministic_output"],
        args: &[arg::key("key"), arg::int("count").optional().since("3.2.0")],
        run: Some(pop::spop),
        ..ROW
    },
    Command {
        name: "srandmember",
        arity: -2,
        flags: flags![READONLY],
        acl: acl![SET],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "1.0.0",
        complexity: "O(1) without a count, otherwise O(N) with N the count's absolute value.",
        summary: "Gives members at random and leaves them in.",
        history: &[("2.6.0", "New argument `count`.")],
        tips: &["nondeterministic_output"],
        args: &[arg::key("key"), arg::int("count").optional().since("2.6.0")],
        run: Some(random::srandmember),
        ..ROW
    },
    Command {
        name: "srem",
        arity: -3,
        flags: flags![WRITE, FAST],
        acl: acl![SET],
        keys: &[KeySpec::one(1, keyflags![RW, DELETE])],
        since: "1.0.0",
        complexity: "O(N) with N the number of members given.",
        summary: "Removes members from a set.",
        history: &[("2.4.0", "More than one `member` is accepted.")],
        args: &[arg::key("key"), arg::string("member").multiple()],
        run: Some(write::srem),
        ..ROW
    },
    Command {
        name: "sscan",
        arity: -3,
        flags: flags![READONLY],
        acl: acl![SET],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "2.8.0",
        complexity: "O(1) per call, O(N) for a whole walk over N members.",
        summary: "Walks the members of a set step by step with a cursor.",
        tips: &["nondeterministic_output"],
        args: &[
            arg::key("key"),
            arg::int("cursor"),
            arg::pattern("pattern").after("MATCH").optional(),
            arg::int("count").after("COUNT").optional(),
        ],
        run: Some(scan::sscan),
        ..ROW
    },
    Command {
        name: "sunion",
        arity: -2,
        flags: flags![READONLY],
        acl: acl![SET],
        keys: &[KeySpec::range(1, -1, 1, keyflags![RO, ACCESS])],
        since: "1.0.0",
        complexity: "O(N) with N the number of members of all sets together.",
        summary: "Gives the members of all sets together.",
        tips: &["nondeterministic_output_order"],
        args: &[arg::key("key").multiple()],
        run: Some(algebra::sunion),
        ..ROW
    },
    Command {
        name: "sunionstore",
        arity: -3,
        flags: flags![WRITE, DENYOOM],
        acl: acl![SET],
        keys: &[
            KeySpec::one(1, keyflags![OW, UPDATE]),
            KeySpec::range(2, -1, 1, keyflags![RO, ACCESS]),
        ],
        since: "1.0.0",
        complexity: "O(N) with N the number of members of all sets together.",
        summary: "Stores the members of all sets together.",
        args: &[arg::key("destination"), arg::key_of("key", 1).multiple()],
        run: Some(algebra::sunionstore),
        ..ROW
    },
];
