//! Lists, sets, hashes, HyperLogLogs, and SORT, which reads the first two.

use crate::compare::Compare::{Exact, Listed, Pairs, Sampled, Scanned, Taken, Unordered};
use crate::table::{Arg, Arg::*, Row, row};

const COUNT: &[Arg] = &[Word("COUNT"), Index];
const SIDE: Arg = Either(&[&[Word("LEFT")], &[Word("RIGHT")]]);
const LPOS_OPTIONS: &[&[Arg]] = &[&[Word("RANK"), Index], COUNT, &[Word("MAXLEN"), Index]];
const SOON: Arg = Either(&[&[Text("0.01")], &[Text("0.01")], &[Text("-1")], &[Value]]);
const SCAN_OPTIONS: &[&[Arg]] = &[&[Word("MATCH"), Pattern]];
const LIMIT: &[Arg] = &[Word("LIMIT"), Index, Index];
const BY: &[Arg] =
    &[Word("BY"), Either(&[&[Text("s:*")], &[Text("h:*->f1")], &[Text("*")], &[Text("n:*")]])];
const NO_ORDER: &[Arg] = &[Word("BY"), Text("nosort")];
const GET: &[Arg] = &[
    Word("GET"),
    Either(&[&[Text("#")], &[Text("s:*")], &[Text("h:*->f1")], &[Text("nothing")], &[Text("->")]]),
];
const DIRECTION: &[Arg] = &[Either(&[&[Word("ASC")], &[Word("DESC")]])];
const STORE: &[Arg] = &[Word("STORE"), KeyOf("list")];
/// A total order: numbers, or numbers that others are known by.
const SORT_NUMBERS: &[&[Arg]] = &[DIRECTION, LIMIT, BY, GET, GET, STORE];
const SORT_WORDS: &[&[Arg]] = &[DIRECTION, LIMIT, GET, GET, STORE, &[Word("ALPHA")]];
/// Words that others are known by: equal ones may come in any order.
const SORT_WORDS_BY: &[&[Arg]] = &[DIRECTION, GET];

pub(crate) const ROWS: &[Row] = &[
    row("list", 10, "LPUSH", &[Key, Several(&[Member])], Exact),
    row("list", 10, "RPUSH", &[Key, Several(&[Member])], Exact),
    row("list", 4, "RPUSH", &[Key, Several(&[Value])], Exact),
    row("list", 3, "RPUSH", &[Key, Many(&[Member])], Exact),
    row("list", 3, "LPUSHX", &[Key, Several(&[Value])], Exact),
    row("list", 3, "RPUSHX", &[Key, Several(&[Value])], Exact),
    row("list", 6, "LPOP", &[Key, Maybe(&[Index])], Exact),
    row("list", 6, "RPOP", &[Key, Maybe(&[Index])], Exact),
    row("list", 4, "LLEN", &[Key], Exact),
    row("list", 8, "LINDEX", &[Key, Index], Exact),
    row("list", 12, "LRANGE", &[Key, Index, Index], Exact),
    row("list", 6, "LRANGE", &[Key, Text("0"), Text("-1")], Exact),
    row("list", 8, "LSET", &[Key, Index, Value], Exact),
    row(
        "list",
        8,
        "LINSERT",
        &[Key, Either(&[&[Word("BEFORE")], &[Word("AFTER")]]), Member, Value],
        Exact,
    ),
    row("list", 8, "LREM", &[Key, Index, Member], Exact),
    row("list", 4, "LTRIM", &[Key, Index, Index], Exact),
    row("list", 10, "LPOS", &[Key, Member, Options(LPOS_OPTIONS)], Exact),
    row("list", 8, "LMOVE", &[Key, Key, SIDE, SIDE], Exact),
    row("list", 4, "RPOPLPUSH", &[Key, Key], Exact),
    row("list", 6, "LMPOP", &[Counted(&Key), SIDE, Maybe(COUNT)], Exact),
    row("blocking", 2, "BLPOP", &[Several(&[Key]), SOON], Exact),
    row("blocking", 2, "BRPOP", &[Several(&[Key]), SOON], Exact),
    row("blocking", 2, "BLMOVE", &[Key, Key, SIDE, SIDE, SOON], Exact),
    row("blocking", 1, "BRPOPLPUSH", &[Key, Key, SOON], Exact),
    row("blocking", 2, "BLMPOP", &[SOON, Counted(&Key), SIDE, Maybe(COUNT)], Exact),
    row("set", 14, "SADD", &[Key, Several(&[Member])], Exact),
    row("set", 5, "SADD", &[Key, Several(&[Value])], Exact),
    row("set", 6, "SADD", &[Key, Several(&[Int])], Exact),
    row("set", 3, "SADD", &[Key, Many(&[Member])], Exact),
    row("set", 3, "SADD", &[Key, Many(&[Index])], Exact),
    row("set", 10, "SREM", &[Key, Several(&[Member])], Exact),
    row("set", 4, "SCARD", &[Key], Exact),
    row("set", 6, "SISMEMBER", &[Key, Member], Exact),
    row("set", 5, "SMISMEMBER", &[Key, Several(&[Member])], Exact),
    row("set", 8, "SMEMBERS", &[Key], Listed),
    row("set", 6, "SMOVE", &[Key, Key, Member], Exact),
    row("set", 4, "SPOP", &[Key], Taken),
    row("set", 4, "SPOP", &[Key, Index], Taken),
    row("set", 4, "SRANDMEMBER", &[Key], Sampled),
    row("set", 5, "SRANDMEMBER", &[Key, Sample], Sampled),
    row("set", 6, "SINTER", &[Several(&[Key])], Unordered),
    row("set", 6, "SUNION", &[Several(&[Key])], Unordered),
    row("set", 6, "SDIFF", &[Several(&[Key])], Unordered),
    row("set", 4, "SINTERSTORE", &[Key, Several(&[Key])], Exact),
    row("set", 4, "SUNIONSTORE", &[Key, Several(&[Key])], Exact),
    row("set", 4, "SDIFFSTORE", &[Key, Several(&[Key])], Exact),
    row("set", 5, "SINTERCARD", &[Counted(&Key), Maybe(&[Word("LIMIT"), Index])], Exact),
    row(
        "set",
        5,
        "SSCAN",
        &[Key, Text("0"), Word("COUNT"), Text("100000"), Options(SCAN_OPTIONS)],
        Scanned,
    ),
    row("hash", 14, "HSET", &[Key, Several(&[Member, Value])], Exact),
    row("hash", 4, "HSET", &[Key, Several(&[Value, Value])], Exact),
    row("hash", 3, "HSET", &[Key, Many(&[Member, Member])], Exact),
    row("hash", 4, "HMSET", &[Key, Several(&[Member, Value])], Exact),
    row("hash", 4, "HSETNX", &[Key, Member, Value], Exact),
    row("hash", 8, "HGET", &[Key, Member], Exact),
    row("hash", 6, "HMGET", &[Key, Several(&[Member])], Exact),
    row("hash", 6, "HGETALL", &[Key], Listed),
    row("hash", 4, "HKEYS", &[Key], Listed),
    row("hash", 4, "HVALS", &[Key], Listed),
    row("hash", 8, "HDEL", &[Key, Several(&[Member])], Exact),
    row("hash", 4, "HEXISTS", &[Key, Member], Exact),
    row("hash", 4, "HLEN", &[Key], Exact),
    row("hash", 4, "HSTRLEN", &[Key, Member], Exact),
    row("hash", 8, "HINCRBY", &[Key, Member, Int], Exact),
    row("hash", 8, "HINCRBYFLOAT", &[Key, Member, Float], Exact),
    row("hash", 4, "HRANDFIELD", &[Key], Sampled),
    row("hash", 5, "HRANDFIELD", &[Key, Sample, Maybe(&[Word("WITHVALUES")])], Sampled),
    row(
        "hash",
        5,
        "HSCAN",
        &[Key, Text("0"), Word("COUNT"), Text("100000"), Options(SCAN_OPTIONS)],
        Scanned,
    ),
    row("hyperloglog", 12, "PFADD", &[Key, Several(&[Value])], Exact),
    row("hyperloglog", 3, "PFADD", &[Key, Many(&[Value])], Exact),
    row("hyperloglog", 2, "PFADD", &[Key], Exact),
    row("hyperloglog", 8, "PFCOUNT", &[Several(&[Key])], Exact),
    row("hyperloglog", 6, "PFMERGE", &[Key, Maybe(&[Several(&[Key])])], Exact),
    row("hyperloglog", 6, "GET", &[Key], Exact),
    row("hyperloglog", 2, "SETRANGE", &[Key, Index, Value], Exact),
    row("hyperloglog", 2, "APPEND", &[Key, Value], Exact),
    row(
        "hyperloglog",
        4,
        "PFDEBUG",
        &[Either(&[&[Word("ENCODING")], &[Word("DECODE")], &[Word("TODENSE")]]), Key],
        Exact,
    ),
    row("hyperloglog", 1, "PFDEBUG", &[Word("GETREG"), Key], Exact),
    row("sort", 6, "SORT", &[KeyOf("list"), Options(SORT_NUMBERS)], Exact),
    row("sort", 6, "SORT", &[KeyOf("set"), Options(SORT_NUMBERS)], Exact),
    row("sort", 4, "SORT", &[KeyOf("zset"), Options(SORT_NUMBERS)], Exact),
    row("sort", 8, "SORT", &[KeyOf("list"), Word("ALPHA"), Options(SORT_WORDS)], Exact),
    row("sort", 8, "SORT", &[KeyOf("set"), Word("ALPHA"), Options(SORT_WORDS)], Exact),
    row("sort", 5, "SORT", &[KeyOf("zset"), Word("ALPHA"), Options(SORT_WORDS)], Exact),
    row("sort", 3, "SORT", &[Key, Word("ALPHA"), Either(&[BY]), Options(SORT_WORDS_BY)], Unordered),
    row("sort", 4, "SORT", &[KeyOf("list"), Either(&[NO_ORDER]), Options(SORT_WORDS)], Listed),
    row("sort", 4, "SORT", &[KeyOf("zset"), Either(&[NO_ORDER]), Options(SORT_WORDS)], Listed),
    row("sort", 4, "SORT", &[KeyOf("set"), Either(&[NO_ORDER]), Maybe(DIRECTION)], Listed),
    row("sort", 4, "SORT_RO", &[Key, Word("ALPHA"), Options(&[DIRECTION, LIMIT, GET])], Exact),
    row("sort", 3, "SORT_RO", &[Key, Options(SORT_NUMBERS)], Exact),
    row("sort", 1, "HGETALL", &[Key], Pairs),
];
