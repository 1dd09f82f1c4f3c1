//! Rows of the commands about channels and their subscribers.

use super::inspect::{channels, numpat, numsub, shardchannels, shardnumsub};
use super::publish::{publish, spublish};
use super::subscribe::{
    psubscribe, punsubscribe, ssubscribe, subscribe, sunsubscribe, unsubscribe,
};
use crate::core::command::{Channels, Command, Group, KeySpec, arg, flags, keyflags};
use crate::core::help::help;

/// What the rows here have in common.
const ROW: Command = Command { group: Group::PubSub, ..Command::DEFAULT };

/// The rows, by name.
pub const TABLE: &[Command] = &[
    Command {
        name: "psubscribe",
        arity: -2,
        flags: flags![PUBSUB, NOSCRIPT, LOADING, STALE, SENTINEL, WHILE_SUBSCRIBED],
        channels: Some(Channels::subscribe().patterns()),
        since: "2.0.0",
        complexity: "O(N) with N the number of patterns.",
        summary: "Subscribes to the channels that match patterns.",
        args: &[arg::pattern("pattern").multiple()],
        run: Some(psubscribe),
        ..ROW
    },
    Command {
        name: "publish",
        arity: 3,
        flags: flags![PUBSUB, LOADING, STALE, FAST, MAY_REPLICATE, SENTINEL],
        channels: Some(Channels::publish()),
        since: "2.0.0",
        complexity: "O(N+M) with N subscribers of the channel and M patterns subscribed to by \
                     all clients.",
        summary: "Sends a message to the subscribers of a channel.",
        args: &[arg::string("channel"), arg::string("message")],
        run: Some(publish),
        ..ROW
    },
    Command {
        name: "pubsub",
        arity: -2,
        since: "2.8.0",
        complexity: "That of the subcommand.",
        summary: "Groups the commands about subscriptions.",
        subcommands: PUBSUB_SUBCOMMANDS,
        ..ROW
    },
    Command {
        name: "punsubscribe",
        arity: -1,
        flags: flags![PUBSUB, NOSCRIPT, LOADING, STALE, SENTINEL, WHILE_SUBSCRIBED],
        channels: Some(Channels::unsubscribe().patterns()),
        since: "2.0.0",
        complexity: "O(N) with N the number of patterns.",
        summary: "Ends subscriptions to patterns, all of them if none is given.",
        args: &[arg::pattern("pattern").optional().multiple()],
        run: Some(punsubscribe),
        ..ROW
    },
    Command {
        name: "spublish",
        arity: 3,
        flags: flags![PUBSUB, LOADING, STALE, FAST, MAY_REPLICATE],
        keys: &[KeySpec::one(1, keyflags![NOT_KEY])],
        channels: Some(Channels::publish()),
        since: "7.0.0",
        complexity: "O(N) with N the number of subscribers.",
        summary: "Sends a message to the subscribers of a shard channel.",
        args: &[arg::string("shardchannel"), arg::string("message")],
        run: Some(spublish),
        ..ROW
    },
    Command {
        name: "ssubscribe",
        arity: -2,
        flags: flags![PUBSUB, NOSCRIPT, LOADING, STALE, WHILE_SUBSCRIBED],
        keys: &[KeySpec::range(1, -1, 1, keyflags![NOT_KEY])],
        channels: Some(Channels::subscribe()),
        since: "7.0.0",
        complexity: "O(N) with N the number of channels.",
        summary: "Subscribes to shard channels.",
        args: &[arg::string("shardchannel").multiple()],
        run: Some(ssubscribe),
        ..ROW
    },
    Command {
        name: "subscribe",
        arity: -2,
        flags: flags![PUBSUB, NOSCRIPT, LOADING, STALE, SENTINEL, WHILE_SUBSCRIBED],
        channels: Some(Channels::subscribe()),
        since: "2.0.0",
        complexity: "O(N) with N the number of channels.",
        summary: "Subscribes to channels.",
        args: &[arg::string("channel").multiple()],
        run: Some(subscribe),
        ..ROW
    },
    Command {
        name: "sunsubscribe",
        arity: -1,
        flags: flags![PUBSUB, NOSCRIPT, LOADING, STALE, WHILE_SUBSCRIBED],
        keys: &[KeySpec::range(1, -1, 1, keyflags![NOT_KEY])],
        channels: Some(Channels::unsubscribe()),
        since: "7.0.0",
        complexity: "O(N) with N the number of channels.",
        summary: "Ends subscriptions to shard channels, all of them if none is given.",
        args: &[arg::string("shardchannel").optional().multiple()],
        run: Some(sunsubscribe),
        ..ROW
    },
    Command {
        name: "unsubscribe",
        arity: -1,
        flags: flags![PUBSUB, NOSCRIPT, LOADING, STALE, SENTINEL, WHILE_SUBSCRIBED],
        channels: Some(Channels::unsubscribe()),
        since: "2.0.0",
        complexity: "O(N) with N the number of channels.",
        summary: "Ends subscriptions to channels, all of them if none is given.",
        args: &[arg::string("channel").optional().multiple()],
        run: Some(unsubscribe),
        ..ROW
    },
];

const PUBSUB_SUBCOMMANDS: &[Command] = &[
    Command {
        name: "channels",
        arity: -2,
        flags: flags![PUBSUB, LOADING, STALE],
        since: "2.8.0",
        complexity: "O(N) with N the number of such channels, for names and patterns of bounded \
                     length",
        summary: "Lists the channels that have subscribers.",
        args: &[arg::pattern("pattern").optional()],
        run: Some(channels),
        ..ROW
    },
    Command {
        name: "help",
        arity: 2,
        flags: flags![LOADING, STALE],
        since: "6.2.0",
        complexity: "O(1)",
        summary: "Lists the subcommands of PUBSUB with a line on each.",
        run: Some(help),
        ..ROW
    },
    Command {
        name: "numpat",
        arity: 2,
        flags: flags![PUBSUB, LOADING, STALE],
        since: "2.8.0",
        complexity: "O(1)",
        summary: "Counts the different patterns subscribed to.",
        run: Some(numpat),
        ..ROW
    },
    Command {
        name: "numsub",
        arity: -2,
        flags: flags![PUBSUB, LOADING, STALE],
        since: "2.8.0",
        complexity: "O(N) with N the number of channels given",
        summary: "Counts the subscribers of channels.",
        args: &[arg::string("channel").optional().multiple()],
        run: Some(numsub),
        ..ROW
    },
    Command {
        name: "shardchannels",
        arity: -2,
        flags: flags![PUBSUB, LOADING, STALE],
        since: "7.0.0",
        complexity: "O(N) with N the number of such channels, for names and patterns of bounded \
                     length.",
        summary: "Lists the shard channels that have subscribers.",
        args: &[arg::pattern("pattern").optional()],
        run: Some(shardchannels),
        ..ROW
    },
    Command {
        name: "shardnumsub",
        arity: -2,
        flags: flags![PUBSUB, LOADING, STALE],
        since: "7.0.0",
        complexity: "O(N) with N the number of channels given",
        summary: "Counts the subscribers of shard channels.",
        args: &[arg::string("shardchannel").optional().multiple()],
        run: Some(shardnumsub),
        ..ROW
    },
];
