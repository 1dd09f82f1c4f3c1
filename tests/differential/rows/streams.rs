//! Streams and their consumer groups. No entry is ever named by the clock: both servers must agree
//! on its ID.

use crate::compare::Compare::{Exact, Timeless};
use crate::table::{Arg, Arg::*, Row, row};

/// IDs near each other, so that entries meet the commands about them.
const IDS: &[&[Arg]] = &[
    &[Text("1-1")],
    &[Text("1-2")],
    &[Text("2-0")],
    &[Text("2")],
    &[Text("3-*")],
    &[Text("5-5")],
    &[Text("0")],
    &[Text("9")],
    &[Text("12-*")],
    &[Text("12-3")],
    &[Text("20-*")],
    &[Text("18446744073709551615-18446744073709551615")],
    &[Value],
];
/// IDs that an entry can have for long: the last one of a stream ends it.
const NEW_IDS: &[&[Arg]] = &[
    &[Text("3-*")],
    &[Text("12-*")],
    &[Text("12-*")],
    &[Text("20-*")],
    &[Text("20-*")],
    &[Text("20-*")],
    &[Text("1-1")],
    &[Text("1-2")],
    &[Text("2-0")],
    &[Text("5-5")],
];
const ID: &[Arg] = &[Either(IDS)];
const START: &[Arg] = &[Either(&[&[Text("-")], &[Text("-")], &[Text("(1-1")], &[Text("(")], ID])];
const END: &[Arg] = &[Either(&[&[Text("+")], &[Text("+")], &[Text("(2-0")], ID])];
const GROUP: Arg = Either(&[&[Text("g1")], &[Text("g1")], &[Text("g2")], &[Value]]);
const CONSUMER: Arg = Either(&[&[Text("c1")], &[Text("c2")], &[Text("c3")]]);
const COUNT: &[Arg] = &[Word("COUNT"), Index];
const TRIM: &[Arg] = &[
    Either(&[&[Word("MAXLEN")], &[Word("MINID")]]),
    Either(&[&[], &[Text("~")], &[Text("=")]]),
    Either(&[&[Index], ID]),
    Maybe(&[Word("LIMIT"), Index]),
];
/// Never near the time that has passed since an entry was delivered.
const IDLE: Arg =
    Either(&[&[Text("0")], &[Text("0")], &[Text("3600000")], &[Text("-1")], &[Value]]);
const CLAIM_OPTIONS: &[&[Arg]] = &[
    &[Word("FORCE")],
    &[Word("FORCE")],
    &[Word("JUSTID")],
    &[Word("RETRYCOUNT"), Index],
    &[Word("TIME"), Text("5")],
    &[Word("IDLE"), Text("10000000")],
    &[Word("LASTID"), Either(IDS)],
];
const WHERE: Arg = Either(&[&[Text("0")], &[Text("$")], ID]);
const SOON: &[Arg] = &[Word("BLOCK"), Either(&[&[Text("10")], &[Text("-1")], &[Text("x")]])];
const SETID_OPTIONS: &[&[Arg]] =
    &[&[Word("ENTRIESADDED"), Index], &[Word("MAXDELETEDID"), Either(IDS)]];

pub(crate) const ROWS: &[Row] = &[
    row("stream", 25, "XADD", &[Key, Either(NEW_IDS), Several(&[Member, Value])], Exact),
    row("stream", 10, "XADD", &[Key, Either(IDS), Several(&[Value, Value])], Exact),
    row(
        "stream",
        10,
        "XADD",
        &[
            Key,
            Maybe(&[Word("NOMKSTREAM")]),
            Maybe(TRIM),
            Either(NEW_IDS),
            Several(&[Value, Value]),
        ],
        Exact,
    ),
    row("stream", 5, "XTRIM", &[Key, Either(&[TRIM])], Exact),
    row("stream", 4, "XLEN", &[Key], Exact),
    row("stream", 6, "XDEL", &[Key, Several(ID)], Exact),
    row("stream-ids", 3, "XSETID", &[Key, Either(IDS), Options(SETID_OPTIONS)], Exact),
    row("stream", 8, "XRANGE", &[Key, Either(&[START]), Either(&[END]), Maybe(COUNT)], Exact),
    row("stream", 8, "XREVRANGE", &[Key, Either(&[END]), Either(&[START]), Maybe(COUNT)], Exact),
    row("stream", 6, "XREAD", &[Maybe(COUNT), Word("STREAMS"), Key, Either(IDS)], Exact),
    row(
        "stream",
        3,
        "XREAD",
        &[Maybe(COUNT), Word("STREAMS"), Key, Key, Either(IDS), Either(&[&[Text("$")], ID])],
        Exact,
    ),
    row(
        "blocking",
        1,
        "XREAD",
        &[Maybe(COUNT), Either(&[SOON]), Word("STREAMS"), Key, Either(&[&[Text("$")], ID])],
        Exact,
    ),
    row("stream", 6, "XINFO", &[Word("STREAM"), Key], Exact),
    row("consumer-times", 6, "XINFO", &[Word("STREAM"), Key, Word("FULL"), Maybe(COUNT)], Timeless),
    row(
        "consumer-groups",
        15,
        "XGROUP",
        &[
            Word("CREATE"),
            Key,
            GROUP,
            WHERE,
            Options(&[&[Word("MKSTREAM")], &[Word("ENTRIESREAD"), Index]]),
        ],
        Exact,
    ),
    row(
        "consumer-groups",
        4,
        "XGROUP",
        &[Word("SETID"), Key, GROUP, WHERE, Maybe(&[Word("ENTRIESREAD"), Index])],
        Exact,
    ),
    row("consumer-groups", 1, "XGROUP", &[Word("DESTROY"), Key, GROUP], Exact),
    row(
        "consumer-groups",
        4,
        "XGROUP",
        &[Either(&[&[Word("CREATECONSUMER")], &[Word("DELCONSUMER")]]), Key, GROUP, CONSUMER],
        Exact,
    ),
    row(
        "consumer-groups",
        15,
        "XREADGROUP",
        &[
            Word("GROUP"),
            GROUP,
            CONSUMER,
            Maybe(COUNT),
            Maybe(&[Word("NOACK")]),
            Word("STREAMS"),
            Key,
            Either(&[&[Text(">")], &[Text(">")], ID]),
        ],
        Exact,
    ),
    row(
        "blocking",
        1,
        "XREADGROUP",
        &[
            Word("GROUP"),
            GROUP,
            CONSUMER,
            Either(&[SOON]),
            Word("STREAMS"),
            Key,
            Either(&[&[Text(">")], ID]),
        ],
        Exact,
    ),
    row("consumer-groups", 6, "XACK", &[Key, GROUP, Several(ID)], Exact),
    row("consumer-groups", 5, "XPENDING", &[Key, GROUP], Exact),
    row(
        "consumer-groups",
        8,
        "XPENDING",
        &[
            Key,
            GROUP,
            Maybe(&[Word("IDLE"), IDLE]),
            Either(&[START]),
            Either(&[END]),
            Index,
            Maybe(&[CONSUMER]),
        ],
        Timeless,
    ),
    row(
        "consumer-groups",
        8,
        "XCLAIM",
        &[Key, GROUP, CONSUMER, IDLE, Several(ID), Options(CLAIM_OPTIONS)],
        Exact,
    ),
    row(
        "consumer-groups",
        6,
        "XAUTOCLAIM",
        &[Key, GROUP, CONSUMER, IDLE, Either(&[START]), Options(&[COUNT, &[Word("JUSTID")]])],
        Exact,
    ),
    row("consumer-groups", 6, "XINFO", &[Word("GROUPS"), Key], Exact),
    row("consumer-times", 5, "XINFO", &[Word("CONSUMERS"), Key, GROUP], Timeless),
];
