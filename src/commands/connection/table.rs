//! Rows of the commands about the connection itself.

use super::handshake::{auth, auth_secrets, hello, hello_secrets, reset};
use super::state::{echo, ping, quit, select};
use crate::core::command::{Command, Group, acl, arg, flags};

/// What the rows here have in common.
const ROW: Command = Command { group: Group::Connection, ..Command::DEFAULT };

/// The rows, by name.
pub const TABLE: &[Command] = &[
    Command {
        name: "auth",
        arity: -2,
        flags: flags![NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, SENTINEL, ALLOW_BUSY],
        acl: acl![CONNECTION],
        since: "1.0.0",
        complexity: "O(N) with N the number of passwords of the user",
        summary: "Logs the connection in.",
        history: &[("6.0.0", "A user name may precede the password.")],
        args: &[arg::string("username").optional().since("6.0.0"), arg::string("password")],
        secrets: Some(auth_secrets),
        run: Some(auth),
        ..ROW
    },
    Command {
        name: "echo",
        arity: 2,
        flags: flags![LOADING, STALE, FAST],
        acl: acl![CONNECTION],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Gives its argument back.",
        args: &[arg::string("message")],
        run: Some(echo),
        ..ROW
    },
    Command {
        name: "hello",
        arity: -1,
        flags: flags![NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, SENTINEL, ALLOW_BUSY],
        acl: acl![CONNECTION],
        since: "6.0.0",
        complexity: "O(1)",
        summary: "Opens the conversation: chooses the protocol version, may log in and name the \
                  connection, and describes the server.",
        history: &[(
            "6.2.0",
            "`protover` may be left out; without arguments the state of the connection \
            is reported.",
        )],
        args: &[arg::block(
            "arguments",
            &[
                arg::int("protover"),
                arg::block("auth", &[arg::string("username"), arg::string("password")])
                    .after("AUTH")
                    .optional(),
                arg::string("clientname").after("SETNAME").optional(),
            ],
        )
        .optional()],
        secrets: Some(hello_secrets),
        run: Some(hello),
        ..ROW
    },
    Command {
        name: "ping",
        arity: -1,
        flags: flags![FAST, SENTINEL, WHILE_SUBSCRIBED],
        acl: acl![CONNECTION],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Answers PONG or the given message.",
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        args: &[arg::string("message").optional()],
        run: Some(ping),
        ..ROW
    },
    Command {
        name: "quit",
        arity: -1,
        flags: flags![
            ALLOW_BUSY,
            NOSCRIPT,
            LOADING,
            STALE,
            FAST,
            NO_AUTH,
            UNQUEUED,
            WHILE_SUBSCRIBED,
            LEAVES_TRANSACTION
        ],
        acl: acl![CONNECTION],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Closes the connection after a reply.",
        deprecated: Some(("7.2.0", "closing the connection")),
        run: Some(quit),
        ..ROW
    },
    Command {
        name: "reset",
        arity: 1,
        flags: flags![
            NOSCRIPT,
            LOADING,
            STALE,
            FAST,
            NO_AUTH,
            ALLOW_BUSY,
            UNQUEUED,
            WHILE_SUBSCRIBED,
            LEAVES_TRANSACTION
        ],
        acl: acl![CONNECTION],
        since: "6.2.0",
        complexity: "O(1)",
        summary: "Puts the connection back into its initial state.",
        run: Some(reset),
        ..ROW
    },
    Command {
        name: "select",
        arity: 2,
        flags: flags![LOADING, STALE, FAST],
        acl: acl![CONNECTION],
        since: "1.0.0",
        complexity: "O(1)",
        summary: "Chooses the database of the connection.",
        args: &[arg::int("index")],
        run: Some(select),
        ..ROW
    },
];
