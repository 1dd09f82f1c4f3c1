//! Rows of the commands about lists.

use super::{blocking, edit, ends, read};
use crate::core::command::{Command, Finder, Group, KeySpec, acl, arg, flags, keyflags};

/// What the rows here have in common.
const ROW: Command = Command { group: Group::List, ..Command::DEFAULT };

/// The rows, by name.
pub const TABLE: &[Command] = &[
    Command {
        name: "blmove",
        arity: 6,
        flags: flags![WRITE, DENYOOM, BLOCKING],
        acl: acl![LIST],
        keys: &[
            KeySpec::one(1, keyflags![RW, ACCESS, DELETE]),
            KeySpec::one(2, keyflags![RW, INSERT]),
        ],
        since: "6.2.0",
        complexity: "O(1)",
        summary: "Moves an element from an end of one list to an end of another, waiting for one \
                  if need be.",
        args: &[
            arg::key("source"),
            arg::key_of("destination", 1),
            arg::one_of("wherefrom", &[arg::token("left", "LEFT"), arg::token("right", "RIGHT")]),
            arg::one_of("whereto", &[arg::token("left", "LEFT"), arg::token("right", "RIGHT")]),
            arg::double("timeout"),
        ],
        run: Some(blocking::blmove),
        ..ROW
    },
    Command {
        name: "blmpop",
        arity: -5,
        flags: flags![WRITE, BLOCKING],
        acl: acl![LIST],
        keys: &[KeySpec::counted(2, keyflags![RW, ACCESS, DELETE])],
        finder: Finder::counted(2),
        since: "7.0.0",
        complexity: "O(N+M) with N keys given and M elements returned.",
        summary: "Takes elements from the first of several lists that has any, waiting for one \
                  if need be.",
        args: &[
            arg::double("timeout"),
            arg::int("numkeys"),
            arg::key("key").multiple(),
            arg::one_of("where", &[arg::token("left", "LEFT"), arg::token("right", "RIGHT")]),
            arg::int("count").after("COUNT").optional(),
        ],
        run: Some(blocking::blmpop),
        ..ROW
    },
    Command {
        name: "blpop",
        arity: -3,
        flags: flags![WRITE, BLOCKING],
        acl: acl![LIST],
        keys: &[KeySpec::range(1, -2, 1, keyflags![RW, ACCESS, DELETE])],
        since: "2.0.0",
        complexity: "O(N) with N the number of keys.",
        summary: "Takes the first element of the first of several lists that has any, waiting if \
                  need be.",
        history: &[("6.0.0", "`timeout` may have a fraction.")],
        args: &[arg::key("key").multiple(), arg::double("timeout")],
        run: Some(blocking::blpop),
        ..ROW
    },
    Command {
        name: "brpop",
        arity: -3,
        flags: flags![WRITE, BLOCKING],
        acl: acl![LIST],
        keys: &[KeySpec::range(1, -2, 1, keyflags![RW, ACCESS, DELETE])],
        since: "2.0.0",
        complexity: "O(N) with N the number of keys.",
        summary: "Takes the last element of the first of several lists that has any, waiting if \
                  need be.",
        history: &[("6.0.0", "`timeout` may have a fraction.")],
        args: &[arg::key("key").multiple(), arg::double("timeout")],
        run: Some(blocking::brpop),
        ..ROW
    },
    Command {
        name: "brpoplpush",
        arity: 4,
        flags: flags![WRITE, DENYOOM, BLOCKING],
        acl: acl![LIST],
        keys: &[
            KeySpec::one(1, keyflags![RW, ACCESS, DELETE]),
            KeySpec::one(2, keyflags![RW, INSERT]),
        ],
        since: "2.2.0",
        complexity: "O(1)",
        summary: "Moves the last element of a list to the head of another, waiting for one if \
                  need be.",
        history: &[("6.0.0", "`timeout` may have a fraction.")],
        args: &[arg::key("source"), arg::key_of("destination", 1), arg::double("timeout")],
        deprecated: Some(("6.2.0", "`BLMOVE` with `RIGHT` and `LEFT`")),
        run: Some(blocking::brpoplpush),
        ..ROW
    },
    Command {
        name: "lindex",
        arity: 3,
        flags: flags![READONLY],
        acl: acl![LIST],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "1.0.0",
        complexity: "O(N) with N the number of elements passed on the way; O(1) at both ends.",
        summary: "Gives the element at a position of a list.",
        args: &[arg::key("key"), arg::int("index")],
        run: Some(read::lindex),
        ..ROW
    },
    Command {
        name: "linsert",
        arity: 5,
        flags: flags![WRITE, DENYOOM],
        acl: acl![LIST],
        keys: &[KeySpec::one(1, keyflags![RW, INSERT])],
        since: "2.2.0",
        complexity: "O(N) with N the number of elements in front of the pivot; O(1) near the head.",
        summary: "Inserts an element before or after the first one that equals a pivot.",
        args: &[
            arg::key("key"),
            arg::one_of("where", &[arg::token("before", "BEFORE"), arg::token("after", "AFTER")]),
            arg::string("pivot"),
            arg::string("element"),
        ],
        run: Some(edit::linsert),
        ..ROW
    },
    Command {
        name: "llen",
        arity: 2,
        flags: flags![READONLY, FAST],
        acl: acl![LIST],
        keys: &[KeySpec::one(1, keyflags![RO])],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Gives the length of a list.",
        args: &[arg::key("key")],
        run: Some(read::llen),
        ..ROW
    },
    Command {
        name: "lmove",
        arity: 5,
        flags: flags![WRITE, DENYOOM],
        acl: acl![LIST],
        keys: &[
            KeySpec::one(1, keyflags![RW, ACCESS, DELETE]),
            KeySpec::one(2, keyflags![RW, INSERT]),
        ],
        since: "6.2.0",
        complexity: "O(1)",
        summary: "Moves an element from an end of one list to an end of another.",
        args: &[
            arg::key("source"),
            arg::key_of("destination", 1),
            arg::one_of("wherefrom", &[arg::token("left", "LEFT"), arg::token("right", "RIGHT")]),
            arg::one_of("whereto", &[arg::token("left", "LEFT"), arg::token("right", "RIGHT")]),
        ],
        run: Some(ends::lmove),
        ..ROW
    },
    Command {
        name: "lmpop",
        arity: -4,
        flags: flags![WRITE],
        acl: acl![LIST],
        keys: &[KeySpec::counted(1, keyflags![RW, ACCESS, DELETE])],
        finder: Finder::counted(1),
        since: "7.0.0",
        complexity: "O(N+M) with N keys given and M elements returned.",
        summary: "Takes elements from the first of several lists that has any.",
        args: &[
            arg::int("numkeys"),
            arg::key("key").multiple(),
            arg::one_of("where", &[arg::token("left", "LEFT"), arg::token("right", "RIGHT")]),
            arg::int("count").after("COUNT").optional(),
        ],
        run: Some(ends::lmpop),
        ..ROW
    },
    Command {
        name: "lpop",
        arity: -2,
        flags: flags![WRITE, FAST],
        acl: acl![LIST],
        keys: &[KeySpec::one(1, keyflags![RW, ACCESS, DELETE])],
        since: "1.0.0",
        complexity: "O(N) with N the number of elements returned",
        summary: "Takes elements from the head of a list.",
        history: &[("6.2.0", "New argument `count`.")],
        args: &[arg::key("key"), arg::int("count").optional().since("6.2.0")],
        run: Some(ends::lpop),
        ..ROW
    },
    Command {
        name: "lpos",
        arity: -3,
        flags: flags![READONLY],
        acl: acl![LIST],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "6.0.6",
        complexity: "O(N) with N the length of the list; less if the match is near the end \
                     searched first or MAXLEN is given.",
        summary: "Finds the positions of the elements that equal a value.",
        args: &[
            arg::key("key"),
            arg::string("element"),
            arg::int("rank").after("RANK").optional(),
            arg::int("num-matches").after("COUNT").optional(),
            arg::int("len").after("MAXLEN").optional(),
        ],
        run: Some(read::lpos),
        ..ROW
    },
    Command {
        name: "lpush",
        arity: -3,
        flags: flags![WRITE, DENYOOM, FAST],
        acl: acl![LIST],
        keys: &[KeySpec::one(1, keyflags![RW, INSERT])],
        since: "1.0.0",
        complexity: "O(1) per element, O(N) for N of them.",
        summary: "Puts elements in front of a list.",
        history: &[("2.4.0", "More than one `element` is accepted.")],
        args: &[arg::key("key"), arg::string("element").multiple()],
        run: Some(ends::lpush),
        ..ROW
    },
    Command {
        name: "lpushx",
        arity: -3,
        flags: flags![WRITE, DENYOOM, FAST],
        acl: acl![LIST],
        keys: &[KeySpec::one(1, keyflags![RW, INSERT])],
        since: "2.2.0",
        complexity: "O(1) per element, O(N) for N of them.",
        summary: "Puts elements in front of a list if it exists.",
        history: &[("4.0.0", "More than one `element` is accepted.")],
        args: &[arg::key("key"), arg::string("element").multiple()],
        run: Some(ends::lpushx),
        ..ROW
    },
    Command {
        name: "lrange",
        arity: 4,
        flags: flags![READONLY],
        acl: acl![LIST],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "1.0.0",
        complexity: "O(S+N) with S the distance of the first element from the nearer end (from \
                     the head in a small list) and N the number of elements returned.",
        summary: "Gives the elements of a list between two positions.",
        args: &[arg::key("key"), arg::int("start"), arg::int("stop")],
        run: Some(read::lrange),
        ..ROW
    },
    Command {
        name: "lrem",
        arity: 4,
        flags: flags![WRITE],
        acl: acl![LIST],
        keys: &[KeySpec::one(1, keyflags![RW, DELETE])],
        since: "1.0.0",
        complexity: "O(N+M) with N the length of the list and M the number of elements removed.",
        summary: "Removes elements that equal a value.",
        args: &[arg::key("key"), arg::int("count"), arg::string("element")],
        run: Some(edit::lrem),
        ..ROW
    },
    Command {
        name: "lset",
        arity: 4,
        flags: flags![WRITE, DENYOOM],
        acl: acl![LIST],
        keys: &[KeySpec::one(1, keyflags![RW, UPDATE])],
        since: "1.0.0",
        complexity: "O(N) with N the length of the list; O(1) at both ends.",
        summary: "Replaces the element at a position of a list.",
        args: &[arg::key("key"), arg::int("index"), arg::string("element")],
        run: Some(edit::lset),
        ..ROW
    },
    Command {
        name: "ltrim",
        arity: 4,
        flags: flags![WRITE],
        acl: acl![LIST],
        keys: &[KeySpec::one(1, keyflags![RW, DELETE])],
        since: "1.0.0",
        complexity: "O(N) with N the number of elements removed.",
        summary: "Keeps the elements between two positions and removes the others.",
        args: &[arg::key("key"), arg::int("start"), arg::int("stop")],
        run: Some(edit::ltrim),
        ..ROW
    },
    Command {
        name: "rpop",
        arity: -2,
        flags: flags![WRITE, FAST],
        acl: acl![LIST],
        keys: &[KeySpec::one(1, keyflags![RW, ACCESS, DELETE])],
        since: "1.0.0",
        complexity: "O(N) with N the number of elements returned",
        summary: "Takes elements from the tail of a list.",
        history: &[("6.2.0", "New argument `count`.")],
        args: &[arg::key("key"), arg::int("count").optional().since("6.2.0")],
        run: Some(ends::rpop),
        ..ROW
    },
    Command {
        name: "rpoplpush",
        arity: 3,
        flags: flags![WRITE, DENYOOM],
        acl: acl![LIST],
        keys: &[
            KeySpec::one(1, keyflags![RW, ACCESS, DELETE]),
            KeySpec::one(2, keyflags![RW, INSERT]),
        ],
        since: "1.2.0",
        complexity: "O(1)",
        summary: "Moves the last element of a list to the head of another.",
        args: &[arg::key("source"), arg::key_of("destination", 1)],
        deprecated: Some(("6.2.0", "`LMOVE` with `RIGHT` and `LEFT`")),
        run: Some(ends::rpoplpush),
        ..ROW
    },
    Command {
        name: "rpush",
        arity: -3,
        flags: flags![WRITE, DENYOOM, FAST],
        acl: acl![LIST],
        keys: &[KeySpec::one(1, keyflags![RW, INSERT])],
        since: "1.0.0",
        complexity: "O(1) per element, O(N) for N of them.",
        summary: "Puts elements at the end of a list.",
        history: &[("2.4.0", "More than one `element` is accepted.")],
        args: &[arg::key("key"), arg::string("element").multiple()],
        run: Some(ends::rpush),
        ..ROW
    },
    Command {
        name: "rpushx",
        arity: -3,
        flags: flags![WRITE, DENYOOM, FAST],
        acl: acl![LIST],
        keys: &[KeySpec::one(1, keyflags![RW, INSERT])],
        since: "2.2.0",
        complexity: "O(1) per element, O(N) for N of them.",
        summary: "Puts elements at the end of a list if it exists.",
        history: &[("4.0.0", "More than one `element` is accepted.")],
        args: &[arg::key("key"), arg::string("element").multiple()],
        run: Some(ends::rpushx),
        ..ROW
    },
];
