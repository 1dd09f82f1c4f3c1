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

/// Groups that run only if `FERROUS_DIFF_GROUPS` names them or is `all`: nothing under test has
/// them yet, or 7.0.15 differs from 7.2.4 (consumer groups, ranks at the limits, scores as text:
/// which peer is right depends on `FERROUS_PEER`).
pub(crate) const PENDING_GROUPS: &[&str] =
    &["transactions", "consumer-groups", "list", "zset", "geo"];

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

/// IDs near each other, so that entries meet the commands about them.
const IDS: &[&[Arg]] = &[
    &[Word("1-1")],
    &[Word("1-2")],
    &[Word("2-0")],
    &[Word("2")],
    &[Word("3-*")],
    &[Word("5-5")],
    &[Word("0")],
    &[Word("9")],
    &[Value],
];
const ID: &[Arg] = &[Either(IDS)];
const START: &[Arg] = &[Either(&[&[Word("-")], &[Word("(1-1")], ID])];
const END: &[Arg] = &[Either(&[&[Word("+")], &[Word("(2-0")], ID])];
const GROUP_NAME: &[Arg] = &[Either(&[&[Word("g1")], &[Word("g2")]])];
const CONSUMER: &[Arg] = &[Either(&[&[Word("c1")], &[Word("c2")]])];
const COUNT: &[Arg] = &[Word("COUNT"), Index];
const TRIM: &[Arg] = &[
    Either(&[&[Word("MAXLEN")], &[Word("MINID")]]),
    Either(&[&[], &[Word("~")], &[Word("=")]]),
    Either(&[&[Index], ID]),
    Maybe(&[Word("LIMIT"), Index]),
];
const CLAIM_OPTIONS: &[&[Arg]] = &[
    &[Word("FORCE")],
    &[Word("JUSTID")],
    &[Word("RETRYCOUNT"), Index],
    &[Word("TIME"), Word("5")],
    &[Word("LASTID"), Either(IDS)],
];
const SIDE: Arg = Either(&[&[Word("LEFT")], &[Word("RIGHT")]]);
const MIN_MAX: Arg = Either(&[&[Word("MIN")], &[Word("MAX")]]);
const KEYS_COUNTED: Arg = Either(&[&[Word("1"), Key], &[Word("2"), Key, Key], &[Int, Key, Key]]);
const LPOS_OPTIONS: &[&[Arg]] = &[&[Word("RANK"), Index], COUNT, &[Word("MAXLEN"), Index]];
const ZADD_OPTIONS: &[&[Arg]] =
    &[&[Word("NX")], &[Word("XX")], &[Word("GT")], &[Word("LT")], &[Word("CH")], &[Word("INCR")]];
const WITHSCORES: &[Arg] = &[Word("WITHSCORES")];
const LIMIT: &[Arg] = &[Word("LIMIT"), Index, Index];
const SCORE: Arg = Either(&[&[Float], &[Int], &[Word("-inf")], &[Word("+inf")], &[Word("(1")]]);
const LEX: Arg = Either(&[&[Word("-")], &[Word("+")], &[Word("[a")], &[Word("(b")], &[Value]]);
const COMBINE_OPTIONS: &[&[Arg]] = &[
    &[Word("WEIGHTS"), Float, Float],
    &[Word("AGGREGATE"), Either(&[&[Word("SUM")], &[Word("MIN")], &[Word("MAX")]])],
    WITHSCORES,
];
const SORT_OPTIONS: &[&[Arg]] = &[
    &[Word("ALPHA")],
    &[Either(&[&[Word("ASC")], &[Word("DESC")]])],
    LIMIT,
    &[Word("BY"), Either(&[&[Word("*")], &[Word("key:*")], &[Word("key:*->f")]])],
    &[Word("GET"), Either(&[&[Word("#")], &[Word("key:*")], &[Word("key:*->f")]])],
    &[Word("STORE"), Key],
];
const UNIT: Arg = Either(&[&[Word("m")], &[Word("km")], &[Word("ft")], &[Word("mi")]]);
const GEO_OPTIONS: &[&[Arg]] =
    &[&[Word("WITHDIST")], &[Word("WITHCOORD")], &[Word("WITHHASH")], &[Word("ASC")]];

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
    row("list", 12, "LPUSH", &[Key, Several(&[Value])], Exact),
    row("list", 12, "RPUSH", &[Key, Several(&[Value])], Exact),
    row("list", 3, "LPUSHX", &[Key, Several(&[Value])], Exact),
    row("list", 3, "RPUSHX", &[Key, Several(&[Value])], Exact),
    row("list", 5, "LPOP", &[Key, Maybe(&[Index])], Exact),
    row("list", 5, "RPOP", &[Key, Maybe(&[Index])], Exact),
    row("list", 4, "LLEN", &[Key], Exact),
    row("list", 6, "LINDEX", &[Key, Index], Exact),
    row("list", 10, "LRANGE", &[Key, Index, Index], Exact),
    row("list", 5, "LSET", &[Key, Index, Value], Exact),
    row(
        "list",
        6,
        "LINSERT",
        &[Key, Either(&[&[Word("BEFORE")], &[Word("AFTER")]]), Value, Value],
        Exact,
    ),
    row("list", 5, "LREM", &[Key, Index, Value], Exact),
    row("list", 3, "LTRIM", &[Key, Index, Index], Exact),
    row("list", 8, "LPOS", &[Key, Value, Options(LPOS_OPTIONS)], Exact),
    row("list", 6, "LMOVE", &[Key, Key, SIDE, SIDE], Exact),
    row("list", 4, "RPOPLPUSH", &[Key, Key], Exact),
    row("list", 6, "LMPOP", &[KEYS_COUNTED, SIDE, Maybe(COUNT)], Exact),
    row("zset", 15, "ZADD", &[Key, Several(&[Float, Value])], Exact),
    row("zset", 12, "ZADD", &[Key, Options(ZADD_OPTIONS), Several(&[Float, Value])], Exact),
    row("zset", 6, "ZINCRBY", &[Key, Float, Value], Exact),
    row("zset", 4, "ZREM", &[Key, Several(&[Value])], Exact),
    row("zset", 4, "ZCARD", &[Key], Exact),
    row("zset", 5, "ZSCORE", &[Key, Value], Exact),
    row("zset", 4, "ZMSCORE", &[Key, Several(&[Value])], Exact),
    row("zset", 5, "ZRANK", &[Key, Value], Exact),
    row("zset", 4, "ZREVRANK", &[Key, Value], Exact),
    row("zset", 5, "ZCOUNT", &[Key, SCORE, SCORE], Exact),
    row("zset", 8, "ZRANGE", &[Key, Index, Index, Maybe(&[Word("REV")]), Maybe(WITHSCORES)], Exact),
    row(
        "zset",
        8,
        "ZRANGE",
        &[
            Key,
            SCORE,
            SCORE,
            Word("BYSCORE"),
            Maybe(&[Word("REV")]),
            Maybe(LIMIT),
            Maybe(WITHSCORES),
        ],
        Exact,
    ),
    row("zset", 2, "ZRANGEBYLEX", &[Key, LEX, Value], Exact),
    row("zset", 4, "ZRANGESTORE", &[Key, Key, Index, Index, Maybe(&[Word("REV")])], Exact),
    row("zset", 4, "ZUNION", &[KEYS_COUNTED, Options(COMBINE_OPTIONS)], Exact),
    row("zset", 4, "ZINTER", &[KEYS_COUNTED, Options(COMBINE_OPTIONS)], Exact),
    row("zset", 4, "ZDIFF", &[KEYS_COUNTED, Options(COMBINE_OPTIONS)], Exact),
    row("zset", 3, "ZUNIONSTORE", &[Key, KEYS_COUNTED, Options(COMBINE_OPTIONS)], Exact),
    row("zset", 3, "ZINTERSTORE", &[Key, KEYS_COUNTED, Options(COMBINE_OPTIONS)], Exact),
    row("zset", 3, "ZDIFFSTORE", &[Key, KEYS_COUNTED], Exact),
    row("zset", 3, "ZINTERCARD", &[KEYS_COUNTED, Maybe(&[Word("LIMIT"), Index])], Exact),
    row("zset", 3, "ZPOPMIN", &[Key, Maybe(&[Index])], Exact),
    row("zset", 3, "ZPOPMAX", &[Key, Maybe(&[Index])], Exact),
    row("zset", 4, "ZMPOP", &[KEYS_COUNTED, MIN_MAX, Maybe(COUNT)], Exact),
    row("zset", 2, "ZREMRANGEBYRANK", &[Key, Index, Index], Exact),
    row("zset", 2, "ZREMRANGEBYSCORE", &[Key, SCORE, SCORE], Exact),
    row("zset", 3, "ZRANDMEMBER", &[Key], Kind),
    row("generic", 6, "SORT", &[Key, Options(SORT_OPTIONS)], Kind),
    row("geo", 8, "GEOADD", &[Key, Several(&[Float, Float, Value])], Exact),
    row("geo", 4, "GEODIST", &[Key, Value, Value, Maybe(&[UNIT])], Exact),
    row("geo", 3, "GEOPOS", &[Key, Several(&[Value])], Exact),
    row("geo", 3, "GEOHASH", &[Key, Several(&[Value])], Exact),
    row(
        "geo",
        4,
        "GEOSEARCH",
        &[Key, Word("FROMLONLAT"), Float, Float, Word("BYRADIUS"), Int, UNIT, Options(GEO_OPTIONS)],
        Exact,
    ),
    row("stream", 30, "XADD", &[Key, Either(IDS), Several(&[Value, Value])], Exact),
    row(
        "stream",
        10,
        "XADD",
        &[Key, Maybe(&[Word("NOMKSTREAM")]), Maybe(TRIM), Either(IDS), Several(&[Value, Value])],
        Exact,
    ),
    row("stream", 5, "XTRIM", &[Key, Either(&[TRIM])], Exact),
    row("stream", 4, "XLEN", &[Key], Exact),
    row("stream", 6, "XDEL", &[Key, Several(ID)], Exact),
    // Not XSETID: 7.0 takes IDs that 7.2 refuses.
    row("stream", 8, "XRANGE", &[Key, Either(&[START]), Either(&[END]), Maybe(COUNT)], Exact),
    row("stream", 8, "XREVRANGE", &[Key, Either(&[END]), Either(&[START]), Maybe(COUNT)], Exact),
    row("stream", 6, "XREAD", &[Maybe(COUNT), Word("STREAMS"), Key, Either(IDS)], Exact),
    row(
        "consumer-groups",
        15,
        "XGROUP",
        &[
            Word("CREATE"),
            Key,
            Either(&[GROUP_NAME]),
            Either(&[&[Word("0")], &[Word("$")], ID]),
            Options(&[&[Word("MKSTREAM")], &[Word("ENTRIESREAD"), Index]]),
        ],
        Exact,
    ),
    row(
        "consumer-groups",
        4,
        "XGROUP",
        &[
            Word("SETID"),
            Key,
            Either(&[GROUP_NAME]),
            Either(&[&[Word("0")], &[Word("$")], ID]),
            Maybe(&[Word("ENTRIESREAD"), Index]),
        ],
        Exact,
    ),
    row("consumer-groups", 1, "XGROUP", &[Word("DESTROY"), Key, Either(&[GROUP_NAME])], Exact),
    row(
        "consumer-groups",
        4,
        "XGROUP",
        &[
            Either(&[&[Word("CREATECONSUMER")], &[Word("DELCONSUMER")]]),
            Key,
            Either(&[GROUP_NAME]),
            Either(&[CONSUMER]),
        ],
        Exact,
    ),
    row(
        "consumer-groups",
        15,
        "XREADGROUP",
        &[
            Word("GROUP"),
            Either(&[GROUP_NAME]),
            Either(&[CONSUMER]),
            Maybe(COUNT),
            Maybe(&[Word("NOACK")]),
            Word("STREAMS"),
            Key,
            Either(&[&[Word(">")], &[Word(">")], ID]),
        ],
        Exact,
    ),
    row("consumer-groups", 6, "XACK", &[Key, Either(&[GROUP_NAME]), Several(ID)], Exact),
    row("consumer-groups", 5, "XPENDING", &[Key, Either(&[GROUP_NAME])], Exact),
    row(
        "consumer-groups",
        5,
        "XPENDING",
        &[
            Key,
            Either(&[GROUP_NAME]),
            Either(&[START]),
            Either(&[END]),
            Index,
            Maybe(&[Either(&[CONSUMER])]),
        ],
        Kind,
    ),
    row(
        "consumer-groups",
        8,
        "XCLAIM",
        &[
            Key,
            Either(&[GROUP_NAME]),
            Either(&[CONSUMER]),
            Word("0"),
            Several(ID),
            Options(CLAIM_OPTIONS),
        ],
        Exact,
    ),
    row(
        "consumer-groups",
        6,
        "XAUTOCLAIM",
        &[
            Key,
            Either(&[GROUP_NAME]),
            Either(&[CONSUMER]),
            Word("0"),
            Either(&[START]),
            Options(&[COUNT, &[Word("JUSTID")]]),
        ],
        Exact,
    ),
    row("stream", 6, "XINFO", &[Word("STREAM"), Key], Exact),
    row("consumer-groups", 6, "XINFO", &[Word("GROUPS"), Key], Exact),
    row("consumer-groups", 3, "XINFO", &[Word("CONSUMERS"), Key, Either(&[GROUP_NAME])], Kind),
    row("types", 6, "SADD", &[Key, Several(&[Value])], Exact),
    row("types", 6, "HSET", &[Key, Several(&[Value, Value])], Exact),
    row("transactions", 3, "MULTI", &[], Exact),
    row("transactions", 3, "EXEC", &[], Kind),
    row("transactions", 1, "DISCARD", &[], Exact),
    row("transactions", 2, "WATCH", &[Several(&[Key])], Exact),
];
