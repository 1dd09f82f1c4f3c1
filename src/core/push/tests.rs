use crate::config::{Config, OutputLimit};
use crate::keyspace::event::Class;
use crate::pubsub::Kind;
use crate::sim::Sim;

/// A server whose client 0 speaks RESP3, and the number of a second client.
fn sim(config: Config) -> (Sim, usize) {
    let mut sim = Sim::with_config(3, config);
    let second = sim.connect();
    let _ = sim.ask("HELLO 3");
    (sim, second)
}

/// A client sends commands in one go; what it gets.
fn tell(sim: &mut Sim, client: usize, commands: &[&str]) -> String {
    let text: String = commands.iter().map(|command| format!("{command}\r\n")).collect();
    sim.send(client, text.as_bytes());
    got(sim, client)
}

fn got(sim: &mut Sim, client: usize) -> String {
    String::from_utf8(sim.received(client)).expect("the tests send text")
}

fn invalid(key: &str) -> String {
    format!(">2\r\n$10\r\ninvalidate\r\n*1\r\n${}\r\n{key}\r\n", key.len())
}

#[test]
fn what_a_client_sends_to_itself_follows_its_own_reply() {
    let (mut sim, _) = sim(Config::default());
    drop(sim.ask("SUBSCRIBE c"));
    let message = |text| format!(">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\n{text}\r\n");
    let replies = tell(&mut sim, 0, &["PUBLISH c 1", "PING", "PUBLISH c 2"]);
    assert_eq!(replies, format!(":1\r\n{}+PONG\r\n:1\r\n{}", message(1), message(2)));
}

#[test]
fn a_message_goes_to_each_receiver_alone_whatever_stands_before_it() {
    let (mut sim, second) = sim(Config::default());
    let third = sim.connect();
    tell(&mut sim, second, &["SUBSCRIBE a b"]);
    tell(&mut sim, third, &["SUBSCRIBE b"]);
    tell(&mut sim, 0, &["MULTI", "PUBLISH a 1", "PUBLISH a 2", "PUBLISH b 3", "EXEC"]);
    let message =
        |channel, text| format!("*3\r\n$7\r\nmessage\r\n$1\r\n{channel}\r\n$1\r\n{text}\r\n");
    let all = [message("a", 1), message("a", 2), message("b", 3)].concat();
    assert_eq!(got(&mut sim, second), all);
    assert_eq!(got(&mut sim, third), message("b", 3));
    let large = "x".repeat(20_000);
    let (one, two) = (format!("PUBLISH a {large}"), format!("PUBLISH b {large}"));
    tell(&mut sim, 0, &["MULTI", &one, &two, "EXEC"]);
    let message =
        |channel| format!("*3\r\n$7\r\nmessage\r\n$1\r\n{channel}\r\n$20000\r\n{large}\r\n");
    assert_eq!(got(&mut sim, second), [message("a"), message("b")].concat());
    assert_eq!(got(&mut sim, third), message("b"));
}

#[test]
fn a_subscriber_that_is_sent_too_much_is_closed_and_others_go_on() {
    let mut config = Config::default();
    config.client_output_buffer_limit.pubsub =
        OutputLimit { hard_bytes: 1000, soft_bytes: 0, soft_seconds: 0 };
    let (mut sim, second) = sim(config);
    let third = sim.connect();
    tell(&mut sim, second, &["SUBSCRIBE c"]);
    tell(&mut sim, third, &["SUBSCRIBE d"]);
    // A message has 1033 bytes, and the reply buffer takes 16384 that do not count.
    let publish = format!("PUBLISH c {}", "x".repeat(1000));
    let replies = tell(&mut sim, 0, &[publish.as_str(); 30]);
    assert_eq!(replies, [":1\r\n".repeat(16), ":0\r\n".repeat(14)].concat());
    assert!(!sim.is_open(second) && sim.is_open(third));
    assert_eq!(sim.engine.world.stats.output_limit_closed, 1);
    let log = sim.world.borrow().log.last().expect("a line").1.clone();
    assert!(log.contains("scheduled to be closed ASAP for overcoming of output"), "{log}");
    // A pass later the same amount is fine for who has taken the first.
    tell(&mut sim, second, &[]);
    for _ in 0..20 {
        assert_eq!(tell(&mut sim, 0, &[&publish.replace('c', "d")]), ":1\r\n");
    }
    assert!(sim.is_open(third));
}

#[test]
fn a_client_that_sends_itself_too_much_is_closed() {
    let mut config = Config::default();
    config.client_output_buffer_limit.pubsub =
        OutputLimit { hard_bytes: 100, soft_bytes: 0, soft_seconds: 0 };
    let (mut sim, _) = sim(config);
    drop(sim.ask("SUBSCRIBE c"));
    let replies = tell(&mut sim, 0, &[&format!("PUBLISH c {}", "x".repeat(20_000)), "PING"]);
    assert_eq!((replies.as_str(), sim.is_open(0)), ("", false));
}

#[test]
fn who_leaves_listens_to_nothing_any_more() {
    let (mut sim, second) = sim(Config::default());
    tell(&mut sim, second, &["SUBSCRIBE c", "PSUBSCRIBE p", "SSUBSCRIBE s"]);
    let third = sim.connect();
    tell(&mut sim, third, &["CLIENT TRACKING ON BCAST PREFIX a PREFIX b", "MONITOR"]);
    assert!(sim.engine.world.push.attentive && sim.engine.changes.track_keys);
    sim.disconnect(second);
    sim.disconnect(third);
    let push = &sim.engine.world.push;
    assert!(push.pubsub.is_empty() && push.prefixes.is_empty());
    assert_eq!((push.monitors(), push.tracking.clients, push.attentive), (0, 0, false));
    assert!(!sim.engine.changes.track_keys);
}

#[test]
fn tracked_keys_beyond_the_limit_are_given_up_before_the_next_command() {
    let config = Config { tracking_table_max_keys: 2, ..Config::default() };
    let (mut sim, _) = sim(config);
    drop(sim.ask("CLIENT TRACKING ON"));
    assert_eq!(tell(&mut sim, 0, &["MGET a b"]), "*2\r\n_\r\n_\r\n");
    let replies = tell(&mut sim, 0, &["MGET c d e", "PING"]);
    let gone = replies.strip_prefix("*3\r\n_\r\n_\r\n_\r\n").expect("the reply comes first");
    let gone = gone.strip_suffix("+PONG\r\n").expect("the next reply follows the messages");
    let gone: Vec<&str> = gone.split_inclusive("*1\r\n$1\r\n").collect();
    assert_eq!(gone.len(), 4, "three of five keys are given up: {replies}");
    assert_eq!(sim.engine.world.push.tracking.len(), 2);
}

#[test]
fn a_flush_frees_what_was_tracked() {
    let (mut sim, second) = sim(Config::default());
    tell(&mut sim, second, &["CLIENT TRACKING ON", "MGET a b c"]);
    assert_eq!(sim.engine.world.push.tracking.items(), 3);
    let discarded = sim.world.borrow().discarded;
    drop(sim.ask("FLUSHALL"));
    assert!(sim.engine.world.push.tracking.is_empty());
    assert_eq!(sim.world.borrow().discarded - discarded, 3);
}

#[test]
fn the_heir_of_a_place_is_not_told_of_what_its_predecessor_read() {
    let (mut sim, second) = sim(Config::default());
    tell(&mut sim, second, &["HELLO 3", "CLIENT TRACKING ON", "GET k"]);
    let place = sim.engine.world.sessions.iter().map(|session| session.key).max();
    sim.disconnect(second);
    let heir = sim.connect();
    assert_eq!(sim.engine.world.sessions.iter().map(|session| session.key).max(), place);
    tell(&mut sim, heir, &["HELLO 3", "CLIENT TRACKING ON"]);
    drop(sim.ask("SET k 1"));
    assert_eq!(got(&mut sim, heir), "");
    tell(&mut sim, heir, &["GET k"]);
    drop(sim.ask("SET k 1"));
    assert_eq!(got(&mut sim, heir), invalid("k"));
}

#[test]
fn expiry_is_nobodys_change_even_inside_the_own_command() {
    let (mut sim, _) = sim(Config::default());
    drop(sim.ask("DEBUG SET-ACTIVE-EXPIRE 0"));
    sim.engine.keyspace.policy.active_expire = false;
    drop(sim.ask("SET k 1 PX 10"));
    drop(sim.ask("CLIENT TRACKING ON BCAST NOLOOP"));
    sim.advance(20);
    sim.ask("SET other 1").is("+OK\r\n");
    sim.ask("GET k").is(&format!("_\r\n{}", invalid("k")));
}

#[test]
fn events_and_keys_are_told_in_the_order_in_which_they_happened() {
    let config = Config::default();
    let (mut sim, second) = sim(config);
    drop(sim.ask("CONFIG SET notify-keyspace-events Eg$n"));
    tell(&mut sim, second, &["HELLO 3", "CLIENT TRACKING ON", "PSUBSCRIBE __key*", "GET k"]);
    drop(sim.ask("SET k 1"));
    let event = |name: &str| {
        format!(
            ">4\r\n$8\r\npmessage\r\n$6\r\n__key*\r\n${}\r\n__keyevent@0__:{name}\r\n$1\r\nk\r\n",
            15 + name.len()
        )
    };
    // A new key is announced before its value is there.
    assert_eq!(got(&mut sim, second), [event("new"), invalid("k"), event("set")].concat());
}

#[test]
fn events_are_recorded_only_while_they_go_somewhere() {
    let (mut sim, _) = sim(Config::default());
    drop(sim.ask("CONFIG SET notify-keyspace-events g$lshzxet"));
    assert_eq!(sim.engine.changes.event_mask, Class::NONE, "no kind of channel is asked for");
    drop(sim.ask("CONFIG SET notify-keyspace-events Kg"));
    assert_ne!(sim.engine.changes.event_mask, Class::NONE);
}

#[test]
fn a_killed_subscriber_does_not_count_any_more() {
    let (mut sim, second) = sim(Config::default());
    tell(&mut sim, second, &["SUBSCRIBE c"]);
    let replies = tell(&mut sim, 0, &["CLIENT KILL TYPE pubsub", "PUBLISH c x"]);
    assert_eq!(replies, ":1\r\n:0\r\n");
    assert_eq!(sim.engine.world.push.pubsub.len(Kind::Channel), 0);
}
