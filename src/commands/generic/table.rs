//! Rows of the commands about keys of any type.

use super::migrate::migrate_secrets;
use super::{expire, keys, object, rename, scan, sort};
use crate::core::command::{Arg, Command, Finder, Group, KeySpec, acl, arg, flags, keyflags};
use crate::core::help::help;

/// What the rows here have in common.
const ROW: Command = Command { group: Group::Generic, ..Command::DEFAULT };

/// The rows, by name.
pub const TABLE: &[Command] = &[
    Command {
        name: "copy",
        arity: -3,
        flags: flags![WRITE, DENYOOM],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS]), KeySpec::one(2, keyflags![OW, UPDATE])],
        since: "6.2.0",
        complexity: "O(N) at worst, with N the number of elements of a collection; O(1) for a \
                     string.",
        summary: "Duplicates the value of a key under another key.",
        args: &[
            arg::key("source"),
            arg::key_of("destination", 1),
            arg::int("destination-db").after("DB").optional(),
            arg::token("replace", "REPLACE").optional(),
        ],
        run: Some(rename::copy),
        ..ROW
    },
    Command {
        name: "del",
        arity: -2,
        flags: flags![WRITE],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::range(1, -1, 1, keyflags![RM, DELETE])],
        since: "1.0.0",
        complexity: "O(N) with N the number of keys, plus O(M) for each collection of M elements \
                     among them.",
        summary: "Removes keys.",
        tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
        args: &[arg::key("key").multiple()],
        run: Some(keys::del),
        ..ROW
    },
    Command {
        name: "dump",
        arity: 2,
        flags: flags![READONLY],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "2.6.0",
        complexity: "O(1) to find the key, then O(N*M) for N elements of mean size M; in effect \
                     O(1) for short strings.",
        summary: "Serializes the value of a key into an opaque payload for RESTORE.",
        tips: &["nondeterministic_output"],
        args: &[arg::key("key")],
        ..ROW
    },
    Command {
        name: "exists",
        arity: -2,
        flags: flags![READONLY, FAST],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::range(1, -1, 1, keyflags![RO])],
        since: "1.0.0",
        complexity: "O(N) with N the number of keys.",
        summary: "Counts how many of the given keys exist.",
        history: &[("3.0.3", "More than one `key` is accepted.")],
        tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
        args: &[arg::key("key").multiple()],
        run: Some(keys::exists),
        ..ROW
    },
    Command {
        name: "expire",
        arity: -3,
        flags: flags![WRITE, FAST],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::one(1, keyflags![RW, UPDATE])],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Makes a key expire after a number of seconds.",
        history: &[("7.0.0", "New conditions `NX`, `XX`, `GT` and `LT`.")],
        args: &[arg::key("key"), arg::int("seconds"), CONDITION],
        run: Some(expire::expire),
        ..ROW
    },
    Command {
        name: "expireat",
        arity: -3,
        flags: flags![WRITE, FAST],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::one(1, keyflags![RW, UPDATE])],
        since: "1.2.0",
        complexity: "O(1)",
        summary: "Makes a key expire at a Unix time in seconds.",
        history: &[("7.0.0", "New conditions `NX`, `XX`, `GT` and `LT`.")],
        args: &[arg::key("key"), arg::time("unix-time-seconds"), CONDITION],
        run: Some(expire::expireat),
        ..ROW
    },
    Command {
        name: "expiretime",
        arity: 2,
        flags: flags![READONLY, FAST],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "7.0.0",
        complexity: "O(1)",
        summary: "Tells at which Unix time in seconds a key expires.",
        args: &[arg::key("key")],
        run: Some(expire::expiretime),
        ..ROW
    },
    Command {
        name: "keys",
        arity: 2,
        flags: flags![READONLY],
        acl: acl![KEYSPACE, DANGEROUS],
        since: "1.0.0",
        complexity: "O(N) with N the number of keys in the database, for names and patterns of \
                     bounded length.",
        summary: "Lists all keys that match a pattern.",
        tips: &["request_policy:all_shards", "nondeterministic_output_order"],
        args: &[arg::pattern("pattern")],
        run: Some(scan::keys),
        ..ROW
    },
    Command {
        name: "migrate",
        arity: -6,
        flags: flags![WRITE],
        acl: acl![KEYSPACE, DANGEROUS],
        keys: &[
            KeySpec::one(3, keyflags![RW, ACCESS, DELETE]),
            KeySpec::after("KEYS", -2, keyflags![RW, ACCESS, DELETE, INCOMPLETE]).to(-1, 0),
        ],
        finder: Finder::Migrate,
        since: "2.6.0",
        complexity: "DUMP and DEL here, RESTORE there, and an O(N) transfer between the two.",
        summary: "Moves keys to another server in one step.",
        history: &[
            ("3.0.0", "New options `COPY` and `REPLACE`."),
            ("3.0.6", "New option `KEYS`."),
            ("4.0.7", "New option `AUTH`."),
            ("6.0.0", "New option `AUTH2`."),
        ],
        tips: &["nondeterministic_output"],
        args: &[
            arg::string("host"),
            arg::int("port"),
            arg::one_of("key-selector", &[arg::key("key"), arg::token("empty-string", "")]),
            arg::int("destination-db"),
            arg::int("timeout"),
            arg::token("copy", "COPY").optional().since("3.0.0"),
            arg::token("replace", "REPLACE").optional().since("3.0.0"),
            arg::one_of(
                "authentication",
                &[
                    arg::string("auth").after("AUTH").shown("password").since("4.0.7"),
                    arg::block("auth2", &[arg::string("username"), arg::string("password")])
                        .after("AUTH2")
                        .since("6.0.0"),
                ],
            )
            .optional(),
            arg::key_of("keys", 1).after("KEYS").shown("key").optional().multiple().since("3.0.6"),
        ],
        secrets: Some(migrate_secrets),
        ..ROW
    },
    Command {
        name: "move",
        arity: 3,
        flags: flags![WRITE, FAST],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::one(1, keyflags![RW, ACCESS, UPDATE])],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Moves a key with its value and expiry to another database.",
        args: &[arg::key("key"), arg::int("db")],
        run: Some(rename::move_key),
        ..ROW
    },
    Command {
        name: "object",
        arity: -2,
        since: "2.2.3",
        complexity: "That of the subcommand.",
        summary: "Groups the commands that look into the representation of a value.",
        subcommands: OBJECT_SUBCOMMANDS,
        ..ROW
    },
    Command {
        name: "persist",
        arity: 2,
        flags: flags![WRITE, FAST],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::one(1, keyflags![RW, UPDATE])],
        since: "2.2.0",
        complexity: "O(1)",
        summary: "Removes the expiry of a key.",
        args: &[arg::key("key")],
        run: Some(expire::persist),
        ..ROW
    },
    Command {
        name: "pexpire",
        arity: -3,
        flags: flags![WRITE, FAST],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::one(1, keyflags![RW, UPDATE])],
        since: "2.6.0",
        complexity: "O(1)",
        summary: "Makes a key expire after a number of milliseconds.",
        history: &[("7.0.0", "New conditions `NX`, `XX`, `GT` and `LT`.")],
        args: &[arg::key("key"), arg::int("milliseconds"), CONDITION],
        run: Some(expire::pexpire),
        ..ROW
    },
    Command {
        name: "pexpireat",
        arity: -3,
        flags: flags![WRITE, FAST],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::one(1, keyflags![RW, UPDATE])],
        since: "2.6.0",
        complexity: "O(1)",
        summary: "Makes a key expire at a Unix time in milliseconds.",
        history: &[("7.0.0", "New conditions `NX`, `XX`, `GT` and `LT`.")],
        args: &[arg::key("key"), arg::time("unix-time-milliseconds"), CONDITION],
        run: Some(expire::pexpireat),
        ..ROW
    },
    Command {
        name: "pexpiretime",
        arity: 2,
        flags: flags![READONLY, FAST],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "7.0.0",
        complexity: "O(1)",
        summary: "Tells at which Unix time in milliseconds a key expires.",
        args: &[arg::key("key")],
        run: Some(expire::pexpiretime),
        ..ROW
    },
    Command {
        name: "pttl",
        arity: 2,
        flags: flags![READONLY, FAST],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "2.6.0",
        complexity: "O(1)",
        summary: "Tells how many milliseconds a key has left to live.",
        history: &[("2.8.0", "A missing key is answered with -2.")],
        tips: &["nondeterministic_output"],
        args: &[arg::key("key")],
        run: Some(expire::pttl),
        ..ROW
    },
    Command {
        name: "randomkey",
        arity: 1,
        flags: flags![READONLY, TOUCHES_ARBITRARY_KEYS],
        acl: acl![KEYSPACE],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Picks a key of the database at random.",
        tips: &["request_policy:all_shards", "response_policy:special", "nondeterministic_output"],
        run: Some(scan::randomkey),
        ..ROW
    },
    Command {
        name: "rename",
        arity: 3,
        flags: flags![WRITE],
        acl: acl![KEYSPACE],
        keys: &[
            KeySpec::one(1, keyflags![RW, ACCESS, DELETE]),
            KeySpec::one(2, keyflags![OW, UPDATE]),
        ],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Gives a key another name, replacing what was there.",
        args: &[arg::key("key"), arg::key_of("newkey", 1)],
        run: Some(rename::rename),
        ..ROW
    },
    Command {
        name: "renamenx",
        arity: 3,
        flags: flags![WRITE, FAST],
        acl: acl![KEYSPACE],
        keys: &[
            KeySpec::one(1, keyflags![RW, ACCESS, DELETE]),
            KeySpec::one(2, keyflags![OW, INSERT]),
        ],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Gives a key another name unless that name is taken.",
        history: &[("3.2.0", "Equal names are no longer an error.")],
        args: &[arg::key("key"), arg::key_of("newkey", 1)],
        run: Some(rename::renamenx),
        ..ROW
    },
    Command {
        name: "restore",
        arity: -4,
        flags: flags![WRITE, DENYOOM],
        acl: acl![KEYSPACE, DANGEROUS],
        keys: &[KeySpec::one(1, keyflags![OW, UPDATE])],
        since: "2.6.0",
        complexity: "O(1) to create the key, then O(N*M) for N elements of mean size M, and \
                     O(N*M*log(N)) for a sorted set; in effect O(1) for short strings.",
        summary: "Creates a key from a payload made by DUMP.",
        history: &[
            ("3.0.0", "New option `REPLACE`."),
            ("5.0.0", "New option `ABSTTL`."),
            ("5.0.0", "New options `IDLETIME` and `FREQ`."),
        ],
        args: RESTORE_ARGS,
        ..ROW
    },
    Command {
        name: "restore-asking",
        arity: -4,
        flags: flags![WRITE, DENYOOM, ASKING],
        acl: acl![KEYSPACE, DANGEROUS],
        keys: &[KeySpec::one(1, keyflags![OW, UPDATE])],
        group: Group::Server,
        since: "3.0.0",
        complexity: "O(1) to create the key, then O(N*M) for N elements of mean size M, and \
                     O(N*M*log(N)) for a sorted set; in effect O(1) for short strings.",
        summary: "RESTORE for the transfer of keys between nodes of a cluster.",
        history: &[
            ("3.0.0", "New option `REPLACE`."),
            ("5.0.0", "New option `ABSTTL`."),
            ("5.0.0", "New options `IDLETIME` and `FREQ`."),
        ],
        args: RESTORE_ARGS,
        system: true,
        ..ROW
    },
    Command {
        name: "scan",
        arity: -2,
        flags: flags![READONLY, TOUCHES_ARBITRARY_KEYS],
        acl: acl![KEYSPACE],
        since: "2.8.0",
        complexity: "O(1) per call, O(N) for a whole walk over N keys.",
        summary: "Walks the keys of the database step by step with a cursor.",
        history: &[("6.0.0", "New filter `TYPE`.")],
        tips: &["nondeterministic_output", "request_policy:special", "response_policy:special"],
        args: &[
            arg::int("cursor"),
            arg::pattern("pattern").after("MATCH").optional(),
            arg::int("count").after("COUNT").optional(),
            arg::string("type").after("TYPE").optional().since("6.0.0"),
        ],
        run: Some(scan::scan),
        ..ROW
    },
    Command {
        name: "sort",
        arity: -2,
        flags: flags![WRITE, DENYOOM],
        acl: acl![SET, SORTEDSET, LIST, DANGEROUS],
        keys: &[
            KeySpec::one(1, keyflags![RO, ACCESS]),
            KeySpec::unknown(keyflags![RO, ACCESS])
                .noted("BY and GET make key names out of elements: no position can be stated"),
            KeySpec::unknown(keyflags![OW, UPDATE])
                .noted("STORE may stand anywhere among the options"),
        ],
        finder: Finder::Sort,
        since: "1.0.0",
        complexity: "O(N+M*log(M)) with N elements to sort and M to return; O(N) if sorting is \
                     switched off.",
        summary: "Sorts a list, set or sorted set, and replies with the result or stores it.",
        args: &[
            arg::key("key"),
            arg::pattern("by-pattern").in_spec(1).after("BY").shown("pattern").optional(),
            LIMIT,
            arg::pattern("get-pattern")
                .in_spec(1)
                .after("GET")
                .shown("pattern")
                .optional()
                .multiple_token(),
            ORDER,
            arg::token("sorting", "ALPHA").optional(),
            arg::key_of("destination", 2).after("STORE").optional(),
        ],
        run: Some(sort::sort),
        ..ROW
    },
    Command {
        name: "sort_ro",
        arity: -2,
        flags: flags![READONLY],
        acl: acl![SET, SORTEDSET, LIST, DANGEROUS],
        keys: &[
            KeySpec::one(1, keyflags![RO, ACCESS]),
            KeySpec::unknown(keyflags![RO, ACCESS])
                .noted("BY and GET make key names out of elements: no position can be stated"),
        ],
        finder: Finder::SortRo,
        since: "7.0.0",
        complexity: "O(N+M*log(M)) with N elements to sort and M to return; O(N) if sorting is \
                     switched off.",
        summary: "Sorts a list, set or sorted set and replies with the result; it cannot store.",
        args: &[
            arg::key("key"),
            arg::pattern("by-pattern").in_spec(1).after("BY").shown("pattern").optional(),
            LIMIT,
            arg::pattern("get-pattern")
                .in_spec(1)
                .after("GET")
                .shown("pattern")
                .optional()
                .multiple_token(),
            ORDER,
            arg::token("sorting", "ALPHA").optional(),
        ],
        run: Some(sort::sort_ro),
        ..ROW
    },
    Command {
        name: "touch",
        arity: -2,
        flags: flags![READONLY, FAST],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::range(1, -1, 1, keyflags![RO])],
        since: "3.2.1",
        complexity: "O(N) with N the number of keys.",
        summary: "Marks keys as accessed now and counts those that exist.",
        tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
        args: &[arg::key("key").multiple()],
        run: Some(keys::touch),
        ..ROW
    },
    Command {
        name: "ttl",
        arity: 2,
        flags: flags![READONLY, FAST],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Tells how many seconds a key has left to live.",
        history: &[("2.8.0", "A missing key is answered with -2.")],
        tips: &["nondeterministic_output"],
        args: &[arg::key("key")],
        run: Some(expire::ttl),
        ..ROW
    },
    Command {
        name: "type",
        arity: 2,
        flags: flags![READONLY, FAST],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::one(1, keyflags![RO])],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Names the type of the value at a key.",
        args: &[arg::key("key")],
        run: Some(keys::type_of),
        ..ROW
    },
    Command {
        name: "unlink",
        arity: -2,
        flags: flags![WRITE, FAST],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::range(1, -1, 1, keyflags![RM, DELETE])],
        since: "4.0.0",
        complexity: "O(1) per key here; another thread spends O(N) to free a value of N \
                     allocations.",
        summary: "Removes keys and frees their memory in the background.",
        tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
        args: &[arg::key("key").multiple()],
        run: Some(keys::del),
        ..ROW
    },
];

const OBJECT_SUBCOMMANDS: &[Command] = &[
    Command {
        name: "encoding",
        arity: 3,
        flags: flags![READONLY],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::one(2, keyflags![RO])],
        since: "2.2.3",
        complexity: "O(1)",
        summary: "Names the internal encoding of a value.",
        tips: &["nondeterministic_output"],
        args: &[arg::key("key")],
        run: Some(object::object_encoding),
        ..ROW
    },
    Command {
        name: "freq",
        arity: 3,
        flags: flags![READONLY],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::one(2, keyflags![RO])],
        since: "4.0.0",
        complexity: "O(1)",
        summary: "Gives the logarithmic access counter that LFU eviction keeps for a key.",
        tips: &["nondeterministic_output"],
        args: &[arg::key("key")],
        run: Some(object::object_freq),
        ..ROW
    },
    Command {
        name: "help",
        arity: 2,
        flags: flags![LOADING, STALE],
        acl: acl![KEYSPACE],
        since: "6.2.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of OBJECT with a line on each.",
        run: Some(help),
        ..ROW
    },
    Command {
        name: "idletime",
        arity: 3,
        flags: flags![READONLY],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::one(2, keyflags![RO])],
        since: "2.2.3",
        complexity: "O(1)",
        summary: "Tells for how many seconds a key has not been accessed.",
        tips: &["nondeterministic_output"],
        args: &[arg::key("key")],
        run: Some(object::object_idletime),
        ..ROW
    },
    Command {
        name: "refcount",
        arity: 3,
        flags: flags![READONLY],
        acl: acl![KEYSPACE],
        keys: &[KeySpec::one(2, keyflags![RO])],
        since: "2.2.3",
        complexity: "O(1)",
        summary: "Gives the number of references to a value.",
        tips: &["nondeterministic_output"],
        args: &[arg::key("key")],
        run: Some(object::object_refcount),
        ..ROW
    },
];

const RESTORE_ARGS: &[Arg] = &[
    arg::key("key"),
    arg::int("ttl"),
    arg::string("serialized-value"),
    arg::token("replace", "REPLACE").optional().since("3.0.0"),
    arg::token("absttl", "ABSTTL").optional().since("5.0.0"),
    arg::int("seconds").after("IDLETIME").optional().since("5.0.0"),
    arg::int("frequency").after("FREQ").optional().since("5.0.0"),
];

const CONDITION: Arg = arg::one_of(
    "condition",
    &[
        arg::token("nx", "NX"),
        arg::token("xx", "XX"),
        arg::token("gt", "GT"),
        arg::token("lt", "LT"),
    ],
)
.optional()
.since("7.0.0");

const ORDER: Arg =
    arg::one_of("order", &[arg::token("asc", "ASC"), arg::token("desc", "DESC")]).optional();

const LIMIT: Arg =
    arg::block("limit", &[arg::int("offset"), arg::int("count")]).after("LIMIT").optional();
