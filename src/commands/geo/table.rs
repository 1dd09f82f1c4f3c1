//! Rows of the commands about geographic indexes.

use super::{points, search};
use crate::core::command::{Arg, Command, Finder, Group, KeySpec, acl, arg, flags, keyflags};

/// What the rows here have in common.
const ROW: Command = Command { group: Group::Geo, ..Command::DEFAULT };

/// The rows, by name.
pub const TABLE: &[Command] = &[
    Command {
        name: "geoadd",
        arity: -5,
        flags: flags![WRITE, DENYOOM],
        acl: acl![GEO],
        keys: &[KeySpec::one(1, keyflags![RW, UPDATE])],
        since: "3.2.0",
        complexity: "O(log(N)) per place, with N the size of the index.",
        summary: "Adds places with their coordinates to an index, or moves them.",
        history: &[("6.2.0", "New options `CH`, `NX` and `XX`.")],
        args: &[
            arg::key("key"),
            arg::one_of("condition", &[arg::token("nx", "NX"), arg::token("xx", "XX")])
                .optional()
                .since("6.2.0"),
            arg::token("change", "CH").optional().since("6.2.0"),
            arg::block(
                "data",
                &[arg::double("longitude"), arg::double("latitude"), arg::string("member")],
            )
            .multiple(),
        ],
        run: Some(points::geoadd),
        ..ROW
    },
    Command {
        name: "geodist",
        arity: -4,
        flags: flags![READONLY],
        acl: acl![GEO],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "3.2.0",
        complexity: "O(1)",
        summary: "Computes the distance between two places of an index.",
        args: &[arg::key("key"), arg::string("member1"), arg::string("member2"), UNIT.optional()],
        run: Some(points::geodist),
        ..ROW
    },
    Command {
        name: "geohash",
        arity: -2,
        flags: flags![READONLY],
        acl: acl![GEO],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "3.2.0",
        complexity: "O(1) per place.",
        summary: "Gives the geohash strings of places.",
        args: &[arg::key("key"), arg::string("member").optional().multiple()],
        run: Some(points::geohash),
        ..ROW
    },
    Command {
        name: "geopos",
        arity: -2,
        flags: flags![READONLY],
        acl: acl![GEO],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "3.2.0",
        complexity: "O(1) per place.",
        summary: "Gives the longitude and latitude of places.",
        args: &[arg::key("key"), arg::string("member").optional().multiple()],
        run: Some(points::geopos),
        ..ROW
    },
    Command {
        name: "georadius",
        arity: -6,
        flags: flags![WRITE, DENYOOM],
        acl: acl![GEO],
        keys: &[
            KeySpec::one(1, keyflags![RO, ACCESS]),
            KeySpec::after("STORE", 6, keyflags![OW, UPDATE]),
            KeySpec::after("STOREDIST", 6, keyflags![OW, UPDATE]),
        ],
        finder: Finder::GeoRadius,
        since: "3.2.0",
        complexity: "O(N+log(M)) with N places in the bounding box of the circle and M in the \
                     index.",
        summary: "Finds the places within a distance of a point; may store them.",
        history: &[
            ("6.2.0", "`COUNT` knows the option `ANY`."),
            ("7.0.0", "Units may be written in upper case."),
        ],
        args: &[
            arg::key("key"),
            arg::double("longitude"),
            arg::double("latitude"),
            arg::double("radius"),
            UNIT,
            arg::token("withcoord", "WITHCOORD").optional(),
            arg::token("withdist", "WITHDIST").optional(),
            arg::token("withhash", "WITHHASH").optional(),
            RADIUS_COUNT,
            ORDER,
            STORE,
        ],
        deprecated: Some(("6.2.0", "`GEOSEARCH` or `GEOSEARCHSTORE` with `BYRADIUS`")),
        run: Some(search::georadius),
        ..ROW
    },
    Command {
        name: "georadius_ro",
        arity: -6,
        flags: flags![READONLY],
        acl: acl![GEO],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "3.2.10",
        complexity: "O(N+log(M)) with N places in the bounding box of the circle and M in the \
                     index.",
        summary: "Finds the places within a distance of a point; it cannot store.",
        history: &[("6.2.0", "`COUNT` knows the option `ANY`.")],
        args: &[
            arg::key("key"),
            arg::double("longitude"),
            arg::double("latitude"),
            arg::double("radius"),
            UNIT,
            arg::token("withcoord", "WITHCOORD").optional(),
            arg::token("withdist", "WITHDIST").optional(),
            arg::token("withhash", "WITHHASH").optional(),
            RADIUS_COUNT,
            ORDER,
        ],
        deprecated: Some(("6.2.0", "`GEOSEARCH` with `BYRADIUS`")),
        run: Some(search::georadius_ro),
        ..ROW
    },
    Command {
        name: "georadiusbymember",
        arity: -5,
        flags: flags![WRITE, DENYOOM],
        acl: acl![GEO],
        keys: &[
            KeySpec::one(1, keyflags![RO, ACCESS]),
            KeySpec::after("STORE", 5, keyflags![OW, UPDATE]),
            KeySpec::after("STOREDIST", 5, keyflags![OW, UPDATE]),
        ],
        finder: Finder::GeoRadius,
        since: "3.2.0",
        complexity: "O(N+log(M)) with N places in the bounding box of the circle and M in the \
                     index.",
        summary: "Finds the places within a distance of another place; may store them.",
        history: &[("7.0.0", "Units may be written in upper case.")],
        args: &[
            arg::key("key"),
            arg::string("member"),
            arg::double("radius"),
            UNIT,
            arg::token("withcoord", "WITHCOORD").optional(),
            arg::token("withdist", "WITHDIST").optional(),
            arg::token("withhash", "WITHHASH").optional(),
            SEARCH_COUNT,
            ORDER,
            STORE,
        ],
        deprecated: Some((
            "6.2.0",
            "`GEOSEARCH` or `GEOSEARCHSTORE` with `BYRADIUS` and `FROMMEMBER`",
        )),
        run: Some(search::georadiusbymember),
        ..ROW
    },
    Command {
        name: "georadiusbymember_ro",
        arity: -5,
        flags: flags![READONLY],
        acl: acl![GEO],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "3.2.10",
        complexity: "O(N+log(M)) with N places in the bounding box of the circle and M in the \
                     index.",
        summary: "Finds the places within a distance of another place; it cannot store.",
        args: &[
            arg::key("key"),
            arg::string("member"),
            arg::double("radius"),
            UNIT,
            arg::token("withcoord", "WITHCOORD").optional(),
            arg::token("withdist", "WITHDIST").optional(),
            arg::token("withhash", "WITHHASH").optional(),
            SEARCH_COUNT,
            ORDER,
        ],
        deprecated: Some(("6.2.0", "`GEOSEARCH` with `BYRADIUS` and `FROMMEMBER`")),
        run: Some(search::georadiusbymember_ro),
        ..ROW
    },
    Command {
        name: "geosearch",
        arity: -7,
        flags: flags![READONLY],
        acl: acl![GEO],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "6.2.0",
        complexity: "O(N+log(M)) with N places in the grid cells that cover the shape and M \
                     inside it",
        summary: "Finds the places inside a circle or a box.",
        history: &[("7.0.0", "Units may be written in upper case.")],
        args: &[
            arg::key("key"),
            FROM,
            BY,
            ORDER,
            SEARCH_COUNT,
            arg::token("withcoord", "WITHCOORD").optional(),
            arg::token("withdist", "WITHDIST").optional(),
            arg::token("withhash", "WITHHASH").optional(),
        ],
        run: Some(search::geosearch),
        ..ROW
    },
    Command {
        name: "geosearchstore",
        arity: -8,
        flags: flags![WRITE, DENYOOM],
        acl: acl![GEO],
        keys: &[KeySpec::one(1, keyflags![OW, UPDATE]), KeySpec::one(2, keyflags![RO, ACCESS])],
        since: "6.2.0",
        complexity: "O(N+log(M)) with N places in the grid cells that cover the shape and M \
                     inside it",
        summary: "Stores the places inside a circle or a box.",
        history: &[("7.0.0", "Units may be written in upper case.")],
        args: &[
            arg::key("destination"),
            arg::key_of("source", 1),
            FROM,
            BY,
            ORDER,
            SEARCH_COUNT,
            arg::token("storedist", "STOREDIST").optional(),
        ],
        run: Some(search::geosearchstore),
        ..ROW
    },
];

const BY: Arg = arg::one_of(
    "by",
    &[
        arg::block("circle", &[arg::double("radius").after("BYRADIUS"), UNIT]),
        arg::block("box", &[arg::double("width").after("BYBOX"), arg::double("height"), UNIT]),
    ],
);

const FROM: Arg = arg::one_of(
    "from",
    &[
        arg::string("member").after("FROMMEMBER"),
        arg::block("fromlonlat", &[arg::double("longitude"), arg::double("latitude")])
            .after("FROMLONLAT"),
    ],
);

const STORE: Arg = arg::one_of(
    "store",
    &[
        arg::key_of("storekey", 1).after("STORE").shown("key"),
        arg::key_of("storedistkey", 2).after("STOREDIST").shown("key"),
    ],
)
.optional();

const RADIUS_COUNT: Arg = arg::block(
    "count-block",
    &[arg::int("count").after("COUNT"), arg::token("any", "ANY").optional().since("6.2.0")],
)
.optional();

const UNIT: Arg = arg::one_of(
    "unit",
    &[arg::token("m", "M"), arg::token("km", "KM"), arg::token("ft", "FT"), arg::token("mi", "MI")],
);

const SEARCH_COUNT: Arg = arg::block(
    "count-block",
    &[arg::int("count").after("COUNT"), arg::token("any", "ANY").optional()],
)
.optional();

const ORDER: Arg =
    arg::one_of("order", &[arg::token("asc", "ASC"), arg::token("desc", "DESC")]).optional();
