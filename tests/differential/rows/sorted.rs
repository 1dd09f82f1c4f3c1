//! Sorted sets and what is stored in them: places.

use crate::compare::Compare::{Exact, Sampled, Scanned};
use crate::table::{Arg, Arg::*, Row, row};

const COUNT: &[Arg] = &[Word("COUNT"), Index];
const MIN_MAX: Arg = Either(&[&[Word("MIN")], &[Word("MAX")]]);
const SOON: Arg = Either(&[&[Text("0.01")], &[Text("0.01")], &[Text("-1")], &[Value]]);
const ADD_OPTIONS: &[&[Arg]] =
    &[&[Word("NX")], &[Word("XX")], &[Word("GT")], &[Word("LT")], &[Word("CH")], &[Word("INCR")]];
const WITHSCORES: &[Arg] = &[Word("WITHSCORES")];
const LIMIT: &[Arg] = &[Word("LIMIT"), Index, Index];
const OPEN: &[&[Arg]] = &[
    &[Score],
    &[Score],
    &[Float],
    &[Int],
    &[Text("-inf")],
    &[Text("+inf")],
    &[Text("(1")],
    &[Text("(0.5")],
    &[Text("(inf")],
    &[Text("(")],
];
const BOUND: Arg = Either(OPEN);
const LEX: Arg = Either(&[
    &[Text("-")],
    &[Text("+")],
    &[Text("[m1")],
    &[Text("[m3")],
    &[Text("(m2")],
    &[Text("(m30")],
    &[Text("[")],
    &[Text("(")],
    &[Text("[zz")],
    &[Text("(-")],
    &[Value],
]);
const AGGREGATE: &[Arg] =
    &[Word("AGGREGATE"), Either(&[&[Word("SUM")], &[Word("MIN")], &[Word("MAX")]])];
const WEIGHTS: &[Arg] = &[Word("WEIGHTS"), Several(&[Float])];
const COMBINE: &[&[Arg]] = &[WEIGHTS, AGGREGATE, WITHSCORES];
const COMBINE_STORE: &[&[Arg]] = &[WEIGHTS, AGGREGATE];
const RANGE_OPTIONS: &[&[Arg]] =
    &[&[Word("REV")], &[Word("REV")], &[Word("BYSCORE")], LIMIT, WITHSCORES, WITHSCORES];
const LEX_OPTIONS: &[&[Arg]] =
    &[&[Word("REV")], &[Word("REV")], LIMIT, LIMIT, WITHSCORES, &[Word("BYSCORE")]];
const SCAN_OPTIONS: &[&[Arg]] = &[&[Word("MATCH"), Pattern]];
const UNIT: Arg =
    Either(&[&[Word("m")], &[Word("km")], &[Word("ft")], &[Word("mi")], &[Word("parsec")]]);
const GEO_ADD: &[&[Arg]] = &[&[Word("NX")], &[Word("XX")], &[Word("CH")]];
const FROM: Arg = Either(&[
    &[Word("FROMLONLAT"), Longitude, Latitude],
    &[Word("FROMLONLAT"), Longitude, Latitude],
    &[Word("FROMMEMBER"), Member],
]);
const WIDTH: Arg = Either(&[
    &[Text("1")],
    &[Text("100")],
    &[Text("500")],
    &[Text("2000")],
    &[Text("12000")],
    &[Text("1e7")],
    &[Float],
    &[Int],
]);
const AREA: Arg = Either(&[&[Word("BYRADIUS"), WIDTH, UNIT], &[Word("BYBOX"), WIDTH, WIDTH, UNIT]]);
const GEO_COUNT: &[Arg] = &[Word("COUNT"), Index, Maybe(&[Word("ANY")])];
const GEO_SHOW: &[&[Arg]] = &[
    &[Word("WITHDIST")],
    &[Word("WITHCOORD")],
    &[Word("WITHHASH")],
    &[Word("ASC")],
    &[Word("DESC")],
    GEO_COUNT,
];
const GEO_STORE: &[&[Arg]] = &[&[Word("ASC")], &[Word("DESC")], GEO_COUNT, &[Word("STOREDIST")]];
const RADIUS_STORE: &[&[Arg]] = &[
    &[Word("STORE"), Key],
    &[Word("STOREDIST"), Key],
    &[Word("ASC")],
    &[Word("DESC")],
    GEO_COUNT,
    &[Word("WITHDIST")],
];

pub(crate) const ROWS: &[Row] = &[
    row("zset", 15, "ZADD", &[Key, Several(&[Score, Member])], Exact),
    row("zset", 5, "ZADD", &[Key, Several(&[Float, Value])], Exact),
    row("zset", 3, "ZADD", &[Key, Many(&[Score, Member])], Exact),
    row("lex-add", 3, "ZADD", &[Key, Many(&[Text("0"), Member])], Exact),
    row("lex-add", 8, "ZADD", &[Key, Several(&[Text("0"), Member])], Exact),
    row("lex-add", 5, "ZREM", &[Key, Several(&[Member])], Exact),
    row("lex-add", 2, "ZPOPMIN", &[Key, Maybe(&[Index])], Exact),
    row("zset", 14, "ZADD", &[Key, Options(ADD_OPTIONS), Several(&[Score, Member])], Exact),
    row("zset", 6, "ZADD", &[Key, Options(ADD_OPTIONS), Score, Member], Exact),
    row("zset", 8, "ZINCRBY", &[Key, Float, Member], Exact),
    row("zset", 6, "ZREM", &[Key, Several(&[Member])], Exact),
    row("zset", 4, "ZCARD", &[Key], Exact),
    row("zset", 5, "ZSCORE", &[Key, Member], Exact),
    row("zset", 4, "ZMSCORE", &[Key, Several(&[Member])], Exact),
    row("zset", 6, "ZRANK", &[Key, Member, Maybe(&[Word("WITHSCORE")])], Exact),
    row("zset", 6, "ZREVRANK", &[Key, Member, Maybe(&[Word("WITHSCORE")])], Exact),
    row("zset", 6, "ZCOUNT", &[Key, BOUND, BOUND], Exact),
    row("lex", 5, "ZLEXCOUNT", &[Key, LEX, LEX], Exact),
    row("zset", 6, "ZRANGE", &[Key, Text("0"), Text("-1"), Maybe(WITHSCORES)], Exact),
    row("zset", 8, "ZRANGE", &[Key, Index, Index, Options(RANGE_OPTIONS)], Exact),
    row("zset", 8, "ZRANGE", &[Key, BOUND, BOUND, Word("BYSCORE"), Options(RANGE_OPTIONS)], Exact),
    row("lex", 8, "ZRANGE", &[Key, LEX, LEX, Word("BYLEX"), Options(LEX_OPTIONS)], Exact),
    row("zset", 3, "ZREVRANGE", &[Key, Index, Index, Maybe(WITHSCORES)], Exact),
    row("zset", 5, "ZRANGEBYSCORE", &[Key, BOUND, BOUND, Options(&[LIMIT, WITHSCORES])], Exact),
    row("zset", 5, "ZREVRANGEBYSCORE", &[Key, BOUND, BOUND, Options(&[LIMIT, WITHSCORES])], Exact),
    row("lex", 4, "ZRANGEBYLEX", &[Key, LEX, LEX, Maybe(LIMIT)], Exact),
    row("lex", 4, "ZREVRANGEBYLEX", &[Key, LEX, LEX, Maybe(LIMIT)], Exact),
    row("zset", 4, "ZRANGESTORE", &[Key, Key, Index, Index, Maybe(&[Word("REV")])], Exact),
    row(
        "store-large",
        4,
        "ZRANGESTORE",
        &[Key, Key, BOUND, BOUND, Word("BYSCORE"), Options(&[LIMIT, &[Word("REV")]])],
        Exact,
    ),
    row(
        "store-lex",
        3,
        "ZRANGESTORE",
        &[Key, Key, LEX, LEX, Word("BYLEX"), Options(&[LIMIT, &[Word("REV")]])],
        Exact,
    ),
    row("zset", 5, "ZUNION", &[Counted(&Key), Options(COMBINE)], Exact),
    row("zset", 5, "ZINTER", &[Counted(&Key), Options(COMBINE)], Exact),
    row("zset", 4, "ZUNION", &[Counted(&KeyOf("set")), Options(COMBINE)], Exact),
    row("zset", 5, "ZDIFF", &[Counted(&Key), Maybe(WITHSCORES)], Exact),
    row("zset", 5, "ZUNIONSTORE", &[Key, Counted(&Key), Options(COMBINE_STORE)], Exact),
    row("zset", 5, "ZINTERSTORE", &[Key, Counted(&Key), Options(COMBINE_STORE)], Exact),
    row("zset", 3, "ZINTERSTORE", &[Key, Counted(&KeyOf("set")), Options(COMBINE_STORE)], Exact),
    row("zset", 4, "ZDIFFSTORE", &[Key, Counted(&Key)], Exact),
    row("zset", 4, "ZINTERCARD", &[Counted(&Key), Maybe(&[Word("LIMIT"), Index])], Exact),
    row("zset", 5, "ZPOPMIN", &[Key, Maybe(&[Index])], Exact),
    row("zset", 5, "ZPOPMAX", &[Key, Maybe(&[Index])], Exact),
    row("zset", 5, "ZMPOP", &[Counted(&Key), MIN_MAX, Maybe(COUNT)], Exact),
    row("blocking", 2, "BZPOPMIN", &[Several(&[Key]), SOON], Exact),
    row("blocking", 2, "BZPOPMAX", &[Several(&[Key]), SOON], Exact),
    row("blocking", 2, "BZMPOP", &[SOON, Counted(&Key), MIN_MAX, Maybe(COUNT)], Exact),
    row("zset", 3, "ZREMRANGEBYRANK", &[Key, Index, Index], Exact),
    row("zset", 3, "ZREMRANGEBYSCORE", &[Key, BOUND, BOUND], Exact),
    row("lex", 3, "ZREMRANGEBYLEX", &[Key, LEX, LEX], Exact),
    row("zset", 3, "ZRANDMEMBER", &[Key], Sampled),
    row("zset", 5, "ZRANDMEMBER", &[Key, Sample, Maybe(WITHSCORES)], Sampled),
    row(
        "zset",
        4,
        "ZSCAN",
        &[Key, Text("0"), Word("COUNT"), Text("100000"), Options(SCAN_OPTIONS)],
        Scanned,
    ),
    row("geo", 10, "GEOADD", &[Key, Several(&[Longitude, Latitude, Member])], Exact),
    row("geo", 3, "GEOADD", &[Key, Many(&[Longitude, Latitude, Member])], Exact),
    row(
        "geo",
        6,
        "GEOADD",
        &[Key, Options(GEO_ADD), Several(&[Longitude, Latitude, Member])],
        Exact,
    ),
    row("geo", 6, "GEODIST", &[Key, Member, Member, Maybe(&[UNIT])], Exact),
    row("geo", 4, "GEOPOS", &[Key, Several(&[Member])], Exact),
    row("geo", 4, "GEOHASH", &[Key, Several(&[Member])], Exact),
    row("geo", 12, "GEOSEARCH", &[Key, FROM, AREA, Options(GEO_SHOW)], Exact),
    row("geo", 6, "GEOSEARCHSTORE", &[Key, Key, FROM, AREA, Options(GEO_STORE)], Exact),
    row("geo", 4, "GEORADIUS", &[Key, Longitude, Latitude, WIDTH, UNIT, Options(GEO_SHOW)], Exact),
    row(
        "geo",
        4,
        "GEORADIUS",
        &[Key, Longitude, Latitude, WIDTH, UNIT, Options(RADIUS_STORE)],
        Exact,
    ),
    row("geo", 3, "GEORADIUSBYMEMBER", &[Key, Member, WIDTH, UNIT, Options(GEO_SHOW)], Exact),
    row("geo", 3, "GEORADIUSBYMEMBER", &[Key, Member, WIDTH, UNIT, Options(RADIUS_STORE)], Exact),
    row(
        "geo",
        2,
        "GEORADIUS_RO",
        &[Key, Longitude, Latitude, WIDTH, UNIT, Options(GEO_SHOW)],
        Exact,
    ),
    row("geo", 2, "GEORADIUSBYMEMBER_RO", &[Key, Member, WIDTH, UNIT, Options(GEO_SHOW)], Exact),
    row("geo", 2, "ZRANGE", &[Key, Text("0"), Text("-1"), Word("WITHSCORES")], Exact),
    row("geo", 2, "ZADD", &[Key, Several(&[Score, Member])], Exact),
];
