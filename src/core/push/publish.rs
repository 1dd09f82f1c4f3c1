//! Messages to the subscribers of channels, keyspace events among them.

use bytes::Bytes;

use super::{Copies, Push};
use crate::core::session::Session;
use crate::core::world::World;
use crate::keyspace::changes::KeyEvent;
use crate::keyspace::event::Class;
use crate::pubsub::Kind;
use crate::resp::encode::Reply;

/// The text of a message.
#[derive(Clone, Copy, Debug)]
pub enum Payload<'a> {
    /// To be copied.
    Plain(&'a [u8]),
    /// Shared by all receivers if it is large.
    Shared(&'a Bytes),
}

impl Payload<'_> {
    fn write(self, reply: &mut Reply<'_>) {
        match self {
            Payload::Plain(bytes) => reply.bulk(bytes),
            Payload::Shared(bytes) => reply.bulk_shared(bytes),
        }
    }
}

impl World {
    /// Sends a message to the subscribers of a channel, then to those of the patterns that match
    /// it. Returns the number of copies sent.
    ///
    /// Cost: O(receivers + patterns).
    pub fn publish(
        &mut self,
        mut executing: Option<&mut Session>,
        kind: Kind,
        channel: &[u8],
        payload: Payload<'_>,
    ) -> usize {
        let (mut sender, state) = self.sender(executing.as_deref_mut());
        let mut receivers = 0;
        let word: &[u8] = if kind == Kind::Shard { b"smessage" } else { b"message" };
        let mut copies = Copies::default();
        for &client in state.pubsub.subscribers(kind, channel) {
            receivers += usize::from(sender.send(client, &mut copies, |reply| {
                reply.push(3);
                reply.bulk(word);
                reply.bulk(channel);
                payload.write(reply);
            }));
        }
        if kind == Kind::Channel {
            for (pattern, clients) in state.pubsub.matching(channel) {
                let mut copies = Copies::default();
                for &client in clients {
                    receivers += usize::from(sender.send(client, &mut copies, |reply| {
                        reply.push(4);
                        reply.bulk(b"pmessage");
                        reply.bulk(pattern);
                        reply.bulk(channel);
                        payload.write(reply);
                    }));
                }
            }
        }
        if !self.push.over.is_empty() {
            self.check_pushed(executing);
        }
        receivers
    }

    /// Publishes a keyspace event on the channels that the configuration asks for.
    pub(super) fn notify(&mut self, event: &KeyEvent, mut executing: Option<&mut Session>) {
        let mask = Class(self.config.notify_keyspace_events.0);
        if !mask.any(event.class) || !self.push.hears_events() {
            return;
        }
        let name = event.name.as_bytes();
        for (kind, about, text) in
            [(Class::KEYSPACE, &event.key[..], name), (Class::KEYEVENT, name, &event.key[..])]
        {
            if mask.any(kind) {
                let word = if kind == Class::KEYSPACE { "keyspace" } else { "keyevent" };
                let mut channel = format!("__{word}@{}__:", event.db.0).into_bytes();
                channel.extend_from_slice(about);
                let executing = executing.as_deref_mut();
                self.publish(executing, Kind::Channel, &channel, Payload::Plain(text));
            }
        }
    }
}

impl Push {
    /// True if there is anybody whom an event could reach.
    fn hears_events(&self) -> bool {
        self.pubsub.len(Kind::Channel) > 0 || self.pubsub.len(Kind::Pattern) > 0
    }
}
