//! Rows of the commands about hashes.

use super::{incr, random, read, scan, write};
use crate::core::command::{Command, Group, KeySpec, acl, arg, flags, keyflags};

/// What the rows here have in common.
const ROW: Command = Command { group: Group::Hash, ..Command::DEFAULT };

/// The rows, by name.
pub const TABLE: &[Command] = &[
    Command {
        name: "hdel",
        arity: -3,
        flags: flags![WRITE, FAST],
        acl: acl![HASH],
        keys: &[KeySpec::one(1, keyflags![RW, DELETE])],
        since: "2.0.0",
        complexity: "O(N) with N the number of fields given.",
        summary: "Removes fields from a hash.",
        history: &[("2.4.0", "More than one `field` is accepted.")],
        args: &[arg::key("key"), arg::string("field").multiple()],
        run: Some(write::hdel),
        ..ROW
    },
    Command {
        name: "hexists",
        arity: 3,
        flags: flags![READONLY, FAST],
        acl: acl![HASH],
        keys: &[KeySpec::one(1, keyflags![RO])],
        since: "2.0.0",
        complexity: "O(1)",
        summary: "Tells whether a hash has a field.",
        args: &[arg::key("key"), arg::string("field")],
        run: Some(read::hexists),
        ..ROW
    },
    Command {
        name: "hget",
        arity: 3,
        flags: flags![READONLY, FAST],
        acl: acl![HASH],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "2.0.0",
        complexity: "O(1)",
        summary: "Gives the value of a field.",
        args: &[arg::key("key"), arg::string("field")],
        run: Some(read::hget),
        ..ROW
    },
    Command {
        name: "hgetall",
        arity: 2,
        flags: flags![READONLY],
        acl: acl![HASH],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "2.0.0",
        complexity: "O(N) with N the size of the hash.",
        summary: "Lists the fields of a hash with their values.",
        tips: &["nondeterministic_output_order"],
        args: &[arg::key("key")],
        run: Some(read::hgetall),
        ..ROW
    },
    Command {
        name: "hincrby",
        arity: 4,
        flags: flags![WRITE, DENYOOM, FAST],
        acl: acl![HASH],
        keys: &[KeySpec::one(1, keyflags![RW, ACCESS, UPDATE])],
        since: "2.0.0",
        complexity: "O(1)",
        summary: "Adds an integer to the integer in a field; a missing field counts as 0.",
        args: &[arg::key("key"), arg::string("field"), arg::int("increment")],
        run: Some(incr::hincrby),
        ..ROW
    },
    Command {
        name: "hincrbyfloat",
        arity: 4,
        flags: flags![WRITE, DENYOOM, FAST],
        acl: acl![HASH],
        keys: &[KeySpec::one(1, keyflags![RW, ACCESS, UPDATE])],
        since: "2.6.0",
        complexity: "O(1)",
        summary: "Adds a floating point number to the number in a field; a missing field counts \
                  as 0.",
        args: &[arg::key("key"), arg::string("field"), arg::double("increment")],
        run: Some(incr::hincrbyfloat),
        ..ROW
    },
    Command {
        name: "hkeys",
        arity: 2,
        flags: flags![READONLY],
        acl: acl![HASH],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "2.0.0",
        complexity: "O(N) with N the size of the hash.",
        summary: "Lists the fields of a hash.",
        tips: &["nondeterministic_output_order"],
        args: &[arg::key("key")],
        run: Some(read::hkeys),
        ..ROW
    },
    Command {
        name: "hlen",
        arity: 2,
        flags: flags![READONLY, FAST],
        acl: acl![HASH],
        keys: &[KeySpec::one(1, keyflags![RO])],
        since: "2.0.0",
        complexity: "O(1)",
        summary: "Counts the fields of a hash.",
        args: &[arg::key("key")],
        run: Some(read::hlen),
        ..ROW
    },
    Command {
        name: "hmget",
        arity: -3,
        flags: flags![READONLY, FAST],
        acl: acl![HASH],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "2.0.0",
        complexity: "O(N) with N the number of fields asked for.",
        summary: "Gives the values of several fields.",
        args: &[arg::key("key"), arg::string("field").multiple()],
        run: Some(read::hmget),
        ..ROW
    },
    Command {
        name: "hmset",
        arity: -4,
        flags: flags![WRITE, DENYOOM, FAST],
        acl: acl![HASH],
        keys: &[KeySpec::one(1, keyflags![RW, UPDATE])],
        since: "2.0.0",
        complexity: "O(N) with N the number of fields given.",
        summary: "Older form of HSET that answers OK.",
        args: &[
            arg::key("key"),
            arg::block("data", &[arg::string("field"), arg::string("value")]).multiple(),
        ],
        deprecated: Some(("4.0.0", "`HSET` with several pairs")),
        run: Some(write::hmset),
        ..ROW
    },
    Command {
        name: "hrandfield",
        arity: -2,
        flags: flags![READONLY],
        acl: acl![HASH],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "6.2.0",
        complexity: "O(N) with N the number of fields returned",
        summary: "Gives fields at random, with their values if asked for.",
        tips: &["nondeterministic_output"],
        args: &[
            arg::key("key"),
            arg::block(
                "options",
                &[arg::int("count"), arg::token("withvalues", "WITHVALUES").optional()],
            )
            .optional(),
        ],
        run: Some(random::hrandfield),
        ..ROW
    },
    Command {
        name: "hscan",
        arity: -3,
        flags: flags![READONLY],
        acl: acl![HASH],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "2.8.0",
        complexity: "O(1) per call, O(N) for a whole walk over N fields.",
        summary: "Walks the fields and values of a hash step by step with a cursor.",
        tips: &["nondeterministic_output"],
        args: &[
            arg::key("key"),
            arg::int("cursor"),
            arg::pattern("pattern").after("MATCH").optional(),
            arg::int("count").after("COUNT").optional(),
        ],
        run: Some(scan::hscan),
        ..ROW
    },
    Command {
        name: "hset",
        arity: -4,
        flags: flags![WRITE, DENYOOM, FAST],
        acl: acl![HASH],
        keys: &[KeySpec::one(1, keyflags![RW, UPDATE])],
        since: "2.0.0",
        complexity: "O(1) per field, O(N) for N of them.",
        summary: "Sets fields of a hash and counts the new ones.",
        history: &[("4.0.0", "More than one pair of `field` and `value` is accepted.")],
        args: &[
            arg::key("key"),
            arg::block("data", &[arg::string("field"), arg::string("value")]).multiple(),
        ],
        run: Some(write::hset),
        ..ROW
    },
    Command {
        name: "hsetnx",
        arity: 4,
        flags: flags![WRITE, DENYOOM, FAST],
        acl: acl![HASH],
        keys: &[KeySpec::one(1, keyflags![RW, INSERT])],
        since: "2.0.0",
        complexity: "O(1)",
        summary: "Sets a field unless the hash has it.",
        args: &[arg::key("key"), arg::string("field"), arg::string("value")],
        run: Some(write::hsetnx),
        ..ROW
    },
    Command {
        name: "hstrlen",
        arity: 3,
        flags: flags![READONLY, FAST],
        acl: acl![HASH],
        keys: &[KeySpec::one(1, keyflags![RO])],
        since: "3.2.0",
        complexity: "O(1)",
        summary: "Gives the length of a field's value in bytes.",
        args: &[arg::key("key"), arg::string("field")],
        run: Some(read::hstrlen),
        ..ROW
    },
    Command {
        name: "hvals",
        arity: 2,
        flags: flags![READONLY],
        acl: acl![HASH],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "2.0.0",
        complexity: "O(N) with N the size of the hash.",
        summary: "Lists the values of a hash.",
        tips: &["nondeterministic_output_order"],
        args: &[arg::key("key")],
        run: Some(read::hvals),
        ..ROW
    },
];
