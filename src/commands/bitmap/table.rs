//! Rows of the commands about bitmaps and bit fields.

use super::{field, op, single, span};
use crate::core::command::{Arg, Command, Finder, Group, KeySpec, acl, arg, flags, keyflags};

/// What the rows here have in common.
const ROW: Command = Command { group: Group::Bitmap, ..Command::DEFAULT };

/// The rows, by name.
pub const TABLE: &[Command] = &[
    Command {
        name: "bitcount",
        arity: -2,
        flags: flags![READONLY],
        acl: acl![BITMAP],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "2.6.0",
        complexity: "O(N)",
        summary: "Counts the one bits of a string or of a part of it.",
        history: &[(
            "7.0.0",
            "The range can be given in bits with `BIT`; `BYTE` states the default.",
        )],
        args: &[
            arg::key("key"),
            arg::block("range", &[arg::int("start"), arg::int("end"), UNIT]).optional(),
        ],
        run: Some(span::bitcount),
        ..ROW
    },
    Command {
        name: "bitfield",
        arity: -2,
        flags: flags![WRITE, DENYOOM],
        acl: acl![BITMAP],
        keys: &[KeySpec::one(1, keyflags![RW, UPDATE, ACCESS, VARIABLE_FLAGS])
            .noted("Reads and writes, according to the operations given")],
        finder: Finder::Bitfield,
        since: "3.2.0",
        complexity: "O(1) for each operation",
        summary: "Reads, sets and increments integers of any width at any bit offset of a string.",
        args: &[
            arg::key("key"),
            arg::one_of(
                "operation",
                &[
                    arg::block("get-block", &[arg::string("encoding"), arg::int("offset")])
                        .after("GET"),
                    arg::block(
                        "write",
                        &[
                            arg::one_of(
                                "overflow-block",
                                &[
                                    arg::token("wrap", "WRAP"),
                                    arg::token("sat", "SAT"),
                                    arg::token("fail", "FAIL"),
                                ],
                            )
                            .after("OVERFLOW")
                            .optional(),
                            arg::one_of(
                                "write-operation",
                                &[
                                    arg::block(
                                        "set-block",
                                        &[
                                            arg::string("encoding"),
                                            arg::int("offset"),
                                            arg::int("value"),
                                        ],
                                    )
                                    .after("SET"),
                                    arg::block(
                                        "incrby-block",
                                        &[
                                            arg::string("encoding"),
                                            arg::int("offset"),
                                            arg::int("increment"),
                                        ],
                                    )
                                    .after("INCRBY"),
                                ],
                            ),
                        ],
                    ),
                ],
            )
            .optional()
            .multiple(),
        ],
        run: Some(field::bitfield),
        ..ROW
    },
    Command {
        name: "bitfield_ro",
        arity: -2,
        flags: flags![READONLY, FAST],
        acl: acl![BITMAP],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "6.0.0",
        complexity: "O(1) for each operation",
        summary: "Reads integers of any width at any bit offset of a string.",
        args: &[
            arg::key("key"),
            arg::block("get-block", &[arg::string("encoding"), arg::int("offset")])
                .after("GET")
                .optional()
                .multiple_token(),
        ],
        run: Some(field::bitfield_ro),
        ..ROW
    },
    Command {
        name: "bitop",
        arity: -4,
        flags: flags![WRITE, DENYOOM],
        acl: acl![BITMAP],
        keys: &[
            KeySpec::one(2, keyflags![OW, UPDATE]),
            KeySpec::range(3, -1, 1, keyflags![RO, ACCESS]),
        ],
        since: "2.6.0",
        complexity: "O(N)",
        summary: "Combines strings bit by bit and stores the outcome at a key.",
        args: &[
            arg::one_of(
                "operation",
                &[
                    arg::token("and", "AND"),
                    arg::token("or", "OR"),
                    arg::token("xor", "XOR"),
                    arg::token("not", "NOT"),
                ],
            ),
            arg::key("destkey"),
            arg::key_of("key", 1).multiple(),
        ],
        run: Some(op::bitop),
        ..ROW
    },
    Command {
        name: "bitpos",
        arity: -3,
        flags: flags![READONLY],
        acl: acl![BITMAP],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "2.8.7",
        complexity: "O(N)",
        summary: "Finds the first bit of a string that has a given value.",
        history: &[(
            "7.0.0",
            "The range can be given in bits with `BIT`; `BYTE` states the default.",
        )],
        args: &[
            arg::key("key"),
            arg::int("bit"),
            arg::block(
                "range",
                &[
                    arg::int("start"),
                    arg::block("end-unit-block", &[arg::int("end"), UNIT]).optional(),
                ],
            )
            .optional(),
        ],
        run: Some(span::bitpos),
        ..ROW
    },
    Command {
        name: "getbit",
        arity: 3,
        flags: flags![READONLY, FAST],
        acl: acl![BITMAP],
        keys: &[KeySpec::one(1, keyflags![RO, ACCESS])],
        since: "2.2.0",
        complexity: "O(1)",
        summary: "Gives one bit of a string.",
        args: &[arg::key("key"), arg::int("offset")],
        run: Some(single::getbit),
        ..ROW
    },
    Command {
        name: "setbit",
        arity: 4,
        flags: flags![WRITE, DENYOOM],
        acl: acl![BITMAP],
        keys: &[KeySpec::one(1, keyflags![RW, ACCESS, UPDATE])],
        since: "2.2.0",
        complexity: "O(1)",
        summary: "Sets one bit of a string, which grows as needed, and gives the old bit.",
        args: &[arg::key("key"), arg::int("offset"), arg::int("value")],
        run: Some(single::setbit),
        ..ROW
    },
];

const UNIT: Arg = arg::one_of("unit", &[arg::token("byte", "BYTE"), arg::token("bit", "BIT")])
    .optional()
    .since("7.0.0");
