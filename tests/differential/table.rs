//! What the generator may say: one row per form of a command. A new group is new rows.

use super::compare::Compare::{self, Exact, Kind, Unordered, Within, Without};

/// A piece of a command.
pub(crate) enum Arg {
    /// A name or an option, sent in random case.
    Word(&'static str),
    Key,
    Value,
    /// Any integer, limits included.
    Int,
    /// An index into a short string, sometimes far outside.
    Index,
    /// A bit offset that allocates little.
    BitOffset,
    Bit,
    Float,
    BitType,
    Pattern,
    Db,
    /// Seconds or milliseconds from now, far away, and different each time.
    Seconds,
    Millis,
    /// A point in time that is no relative one's neighbour.
    UnixSeconds,
    UnixMillis,
    /// Present or not.
    Maybe(&'static [Arg]),
    /// One of the alternatives.
    Either(&'static [&'static [Arg]]),
    /// Some of the alternatives, in any order, sometimes one twice.
    Options(&'static [&'static [Arg]]),
    /// Once to four times.
    Several(&'static [Arg]),
}

/// A form of a command.
pub(crate) struct Row {
    pub(crate) group: &'static str,
    pub(crate) name: &'static str,
    /// How often, relative to other rows.
    pub(crate) weight: usize,
    pub(crate) args: &'static [Arg],
    pub(crate) compare: Compare,
}

/// Groups that no implementation under test has yet: `FERROUS_DIFF_GROUPS=all` runs them too.
pub(crate) const PENDING_GROUPS: &[&str] = &["types", "transactions"];

const fn row(
    group: &'static str,
    weight: usize,
    name: &'static str,
    args: &'static [Arg],
    compare: Compare,
) -> Row {
    Row { group, name, weight, args, compare }
}

use Arg::*;

const TIME: &[&[Arg]] = &[
    &[Word("EX"), Seconds],
    &[Word("PX"), Millis],
    &[Word("EXAT"), UnixSeconds],
    &[Word("PXAT"), UnixMillis],
];
const SET_OPTIONS: &[&[Arg]] =
    &[&[Word("NX")], &[Word("XX")], &[Word("GET")], &[Word("KEEPTTL")], &[Either(TIME)]];
const GETEX_OPTIONS: &[&[Arg]] = &[&[Word("PERSIST")], &[Either(TIME)]];
const CONDITIONS: &[&[Arg]] = &[&[Word("NX")], &[Word("XX")], &[Word("GT")], &[Word("LT")]];
const LCS_OPTIONS: &[&[Arg]] =
    &[&[Word("LEN")], &[Word("IDX")], &[Word("MINMATCHLEN"), Index], &[Word("WITHMATCHLEN")]];
const FIELD_GET: &[Arg] = &[Word("GET"), BitType, BitOffset];
const FIELD_OPERATIONS: &[&[Arg]] = &[
    FIELD_GET,
    &[Word("SET"), BitType, BitOffset, Int],
    &[Word("INCRBY"), BitType, BitOffset, Int],
    &[Word("OVERFLOW"), Either(&[&[Word("WRAP")], &[Word("SAT")], &[Word("FAIL")]])],
];
const RANGE_UNIT: &[Arg] = &[Either(&[&[Word("BYTE")], &[Word("BIT")]])];
const FLUSH_MODE: &[Arg] = &[Either(&[&[Word("SYNC")], &[Word("ASYNC")]])];
const SCAN_OPTIONS: &[&[Arg]] =
    &[&[Word("MATCH"), Pattern], &[Word("TYPE"), Either(&[&[Word("string")], &[Word("list")]])]];

/// Every form.
pub(crate) const ROWS: &[Row] = &[
    row("string", 30, "SET", &[Key, Value], Exact),
    row("string", 25, "SET", &[Key, Value, Options(SET_OPTIONS)], Exact),
    row("string", 30, "GET", &[Key], Exact),
    row("string", 10, "GETEX", &[Key, Options(GETEX_OPTIONS)], Exact),
    row("string", 6, "GETDEL", &[Key], Exact),
    row("string", 6, "GETSET", &[Key, Value], Exact),
    row("string", 6, "SETNX", &[Key, Value], Exact),
    row("string", 5, "SETEX", &[Key, Seconds, Value], Exact),
    row("string", 5, "PSETEX", &[Key, Millis, Value], Exact),
    row("string", 8, "APPEND", &[Key, Value], Exact),
    row("string", 8, "STRLEN", &[Key], Exact),
    row("string", 10, "GETRANGE", &[Key, Index, Index], Exact),
    row("string", 4, "SUBSTR", &[Key, Index, Index], Exact),
    row("string", 10, "SETRANGE", &[Key, Index, Value], Exact),
    row("string", 10, "INCR", &[Key], Exact),
    row("string", 8, "DECR", &[Key], Exact),
    row("string", 10, "INCRBY", &[Key, Int], Exact),
    row("string", 10, "DECRBY", &[Key, Int], Exact),
    row("string", 15, "INCRBYFLOAT", &[Key, Float], Exact),
    row("string", 8, "MGET", &[Several(&[Key])], Exact),
    row("string", 8, "MSET", &[Several(&[Key, Value])], Exact),
    row("string", 6, "MSETNX", &[Several(&[Key, Value])], Exact),
    row("string", 10, "LCS", &[Key, Key, Options(LCS_OPTIONS)], Exact),
    row("bitmap", 10, "SETBIT", &[Key, BitOffset, Bit], Exact),
    row("bitmap", 8, "GETBIT", &[Key, BitOffset], Exact),
    row("bitmap", 5, "BITCOUNT", &[Key], Exact),
    row("bitmap", 8, "BITCOUNT", &[Key, Index, Index, Maybe(RANGE_UNIT)], Exact),
    row("bitmap", 4, "BITPOS", &[Key, Bit, Maybe(&[Index])], Exact),
    row("bitmap", 8, "BITPOS", &[Key, Bit, Index, Index, Maybe(RANGE_UNIT)], Exact),
    row(
        "bitmap",
        10,
        "BITOP",
        &[Either(&[&[Word("AND")], &[Word("OR")], &[Word("XOR")]]), Key, Several(&[Key])],
        Exact,
    ),
    row("bitmap", 4, "BITOP", &[Word("NOT"), Key, Key], Exact),
    row("bitmap", 15, "BITFIELD", &[Key, Several(&[Either(FIELD_OPERATIONS)])], Exact),
    row("bitmap", 5, "BITFIELD_RO", &[Key, Several(FIELD_GET)], Exact),
    row("bitmap", 2, "BITFIELD_RO", &[Key, Several(&[Either(FIELD_OPERATIONS)])], Exact),
    row("generic", 12, "DEL", &[Several(&[Key])], Exact),
    row("generic", 6, "UNLINK", &[Several(&[Key])], Exact),
    row("generic", 8, "EXISTS", &[Several(&[Key])], Exact),
    row("generic", 4, "TOUCH", &[Several(&[Key])], Exact),
    row("generic", 8, "TYPE", &[Key], Exact),
    row("generic", 10, "EXPIRE", &[Key, Seconds, Options(CONDITIONS)], Exact),
    row("generic", 8, "PEXPIRE", &[Key, Millis, Options(CONDITIONS)], Exact),
    row("generic", 10, "EXPIREAT", &[Key, UnixSeconds, Options(CONDITIONS)], Exact),
    row("generic", 8, "PEXPIREAT", &[Key, UnixMillis, Options(CONDITIONS)], Exact),
    row("generic", 10, "TTL", &[Key], Within(2)),
    row("generic", 8, "PTTL", &[Key], Within(2000)),
    row("generic", 8, "EXPIRETIME", &[Key], Within(2)),
    row("generic", 8, "PEXPIRETIME", &[Key], Within(2000)),
    row("generic", 8, "PERSIST", &[Key], Exact),
    row("generic", 8, "RENAME", &[Key, Key], Exact),
    row("generic", 8, "RENAMENX", &[Key, Key], Exact),
    row(
        "generic",
        10,
        "COPY",
        &[Key, Key, Options(&[&[Word("DB"), Db], &[Word("REPLACE")]])],
        Exact,
    ),
    row("generic", 8, "MOVE", &[Key, Db], Exact),
    row("generic", 5, "KEYS", &[Pattern], Unordered),
    row(
        "generic",
        6,
        "SCAN",
        &[Word("0"), Word("COUNT"), Word("100000"), Options(SCAN_OPTIONS)],
        Unordered,
    ),
    row("generic", 2, "SCAN", &[Int], Kind),
    row("generic", 4, "RANDOMKEY", &[], Kind),
    row("generic", 12, "OBJECT", &[Word("ENCODING"), Key], Exact),
    row("generic", 4, "OBJECT", &[Word("REFCOUNT"), Key], Exact),
    row("generic", 3, "OBJECT", &[Word("IDLETIME"), Key], Kind),
    row("generic", 2, "OBJECT", &[Word("FREQ"), Key], Exact),
    row("connection", 4, "PING", &[Maybe(&[Value])], Exact),
    row("connection", 4, "ECHO", &[Value], Exact),
    row("connection", 8, "SELECT", &[Db], Exact),
    row("connection", 1, "QUIT", &[], Exact),
    row("connection", 1, "RESET", &[], Exact),
    row(
        "connection",
        3,
        "HELLO",
        &[
            Maybe(&[Either(&[&[Word("2")], &[Word("3")], &[Int]])]),
            Maybe(&[Word("AUTH"), Word("default"), Value]),
            Maybe(&[Word("SETNAME"), Value]),
        ],
        Without(&["id", "version"]),
    ),
    row("connection", 2, "AUTH", &[Several(&[Value])], Exact),
    row("connection", 2, "CLIENT", &[Word("ID")], Kind),
    row("connection", 3, "CLIENT", &[Word("GETNAME")], Exact),
    row("connection", 3, "CLIENT", &[Word("SETNAME"), Value], Exact),
    row("connection", 2, "CLIENT", &[Word("LIST"), Maybe(&[Word("ID"), Int])], Kind),
    row("connection", 1, "CLIENT", &[Word("INFO")], Kind),
    row(
        "connection",
        1,
        "CLIENT",
        &[Word("NO-EVICT"), Either(&[&[Word("on")], &[Word("off")], &[Value]])],
        Exact,
    ),
    row("connection", 1, "CLIENT", &[Word("KILL"), Word("ADDR"), Value], Exact),
    row("server", 5, "DBSIZE", &[], Exact),
    row("server", 2, "SWAPDB", &[Db, Db], Exact),
    row("server", 1, "FLUSHDB", &[Maybe(FLUSH_MODE)], Exact),
    row("server", 1, "FLUSHALL", &[Maybe(FLUSH_MODE)], Exact),
    row("server", 1, "TIME", &[], Kind),
    row("server", 1, "COMMAND", &[Word("COUNT")], Kind),
    row("server", 2, "COMMAND", &[Word("GETKEYS"), Word("MSET"), Several(&[Key, Value])], Exact),
    row(
        "server",
        2,
        "COMMAND",
        &[Word("GETKEYSANDFLAGS"), Word("SET"), Key, Value, Options(SET_OPTIONS)],
        Exact,
    ),
    row("server", 1, "CONFIG", &[Word("GET"), Word("maxmemory")], Exact),
    row(
        "server",
        1,
        "CONFIG",
        &[Word("SET"), Word("timeout"), Either(&[&[Word("0")], &[Word("100000")], &[Value]])],
        Exact,
    ),
    row("server", 1, "CONFIG", &[Word("GET"), Word("timeout")], Exact),
    row("server", 3, "DEBUG", &[Word("DIGEST-VALUE"), Several(&[Key])], Exact),
    row("server", 1, "DEBUG", &[Word("DIGEST")], Exact),
    row("server", 2, "DEBUG", &[Word("STRINGMATCH-LEN"), Int, Pattern], Exact),
    row("types", 6, "RPUSH", &[Key, Several(&[Value])], Exact),
    row("types", 6, "SADD", &[Key, Several(&[Value])], Exact),
    row("types", 6, "HSET", &[Key, Several(&[Value, Value])], Exact),
    row("types", 6, "ZADD", &[Key, Several(&[Float, Value])], Exact),
    row("transactions", 3, "MULTI", &[], Exact),
    row("transactions", 3, "EXEC", &[], Kind),
    row("transactions", 1, "DISCARD", &[], Exact),
    row("transactions", 2, "WATCH", &[Several(&[Key])], Exact),
];
