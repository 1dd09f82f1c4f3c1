use super::*;

const A: ClientKey = ClientKey(1);
const B: ClientKey = ClientKey(2);

#[test]
fn channels_and_patterns_are_counted_together_and_shard_channels_apart() {
    let (mut pubsub, mut own) = (PubSub::default(), Subscriptions::default());
    pubsub.subscribe(A, &mut own, Kind::Channel, b"c");
    pubsub.subscribe(A, &mut own, Kind::Channel, b"c");
    pubsub.subscribe(A, &mut own, Kind::Pattern, b"c");
    pubsub.subscribe(A, &mut own, Kind::Shard, b"c");
    assert_eq!(own.count(Kind::Channel), 2);
    assert_eq!(own.count(Kind::Pattern), 2);
    assert_eq!(own.count(Kind::Shard), 1);
    assert_eq!(pubsub.subscribers(Kind::Channel, b"c"), [A]);
}

#[test]
fn a_name_goes_with_its_last_subscriber() {
    let mut pubsub = PubSub::default();
    let (mut a, mut b) = (Subscriptions::default(), Subscriptions::default());
    pubsub.subscribe(B, &mut b, Kind::Channel, b"c");
    pubsub.subscribe(A, &mut a, Kind::Channel, b"c");
    assert_eq!(pubsub.subscribers(Kind::Channel, b"c"), [B, A]);
    pubsub.unsubscribe(B, &mut b, Kind::Channel, b"c");
    pubsub.unsubscribe(B, &mut b, Kind::Channel, b"c");
    assert_eq!((pubsub.subscribers(Kind::Channel, b"c"), b.is_empty()), (&[A][..], true));
    pubsub.forget(A, &mut a);
    assert!(pubsub.is_empty() && a.is_empty());
    assert_eq!(pubsub.len(Kind::Channel), 0);
}

#[test]
fn only_patterns_that_match_are_told() {
    let (mut pubsub, mut own) = (PubSub::default(), Subscriptions::default());
    for pattern in ["h?llo", "h*", "x*"] {
        pubsub.subscribe(A, &mut own, Kind::Pattern, pattern.as_bytes());
    }
    let found: Vec<&[u8]> = pubsub.matching(b"hello").map(|(pattern, _)| &pattern[..]).collect();
    assert_eq!(found, [&b"h*"[..], b"h?llo"]);
}
