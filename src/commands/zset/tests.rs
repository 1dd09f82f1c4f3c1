//! Properties of the sorted-set commands, seen through a simulated server.

use crate::keyspace::event::Class;
use crate::sim::Sim;

const EVERYTHING: Class =
    Class(Class::ALL.0 | Class::KEY_MISS.0 | Class::NEW.0 | Class::KEYEVENT.0);

fn sim() -> Sim {
    let mut sim = Sim::seed(7);
    sim.engine.record_effects(EVERYTHING);
    sim
}

/// What was propagated, one command a line.
fn propagated(sim: &mut Sim) -> Vec<String> {
    let words = |argv: Vec<bytes::Bytes>| {
        let words: Vec<_> = argv.iter().map(|arg| String::from_utf8_lossy(arg)).collect();
        words.join(" ")
    };
    sim.engine.take_propagated().into_iter().map(words).collect()
}

/// Events as `name key`.
fn events(sim: &mut Sim) -> Vec<String> {
    let events = sim.engine.world.events.as_mut().map(std::mem::take).unwrap_or_default();
    let text = |key: &bytes::Bytes| String::from_utf8_lossy(key).into_owned();
    events.iter().map(|event| format!("{} {}", event.name, text(&event.key))).collect()
}

#[test]
fn adding_says_zadd_or_zincr_and_nothing_if_nothing_changed() {
    let mut sim = sim();
    sim.ask("ZADD z 1 a 2 b").is(":2\r\n");
    sim.ask("ZADD z 1 a").is(":0\r\n");
    sim.ask("ZADD z XX GT CH 3 a 1 b 1 c").is(":1\r\n");
    sim.ask("ZINCRBY z 0.5 b").is("$3\r\n2.5\r\n");
    sim.ask("ZADD z NX INCR 1 b").is("$-1\r\n");
    assert_eq!(events(&mut sim), ["new z", "zadd z", "zadd z", "zincr z"]);
    let expected = ["ZADD z 1 a 2 b", "ZADD z XX GT CH 3 a 1 b 1 c", "ZINCRBY z 0.5 b"];
    assert_eq!(propagated(&mut sim), expected);
}

#[test]
fn the_last_member_takes_the_key_with_it() {
    let mut sim = sim();
    for (command, event) in [
        ("ZREM z a b", "zrem z"),
        ("ZPOPMAX z 2", "zpopmax z"),
        ("ZREMRANGEBYRANK z 0 -1", "zremrangebyrank z"),
        ("ZREMRANGEBYSCORE z -inf +inf", "zremrangebyscore z"),
        ("ZREMRANGEBYLEX z - +", "zremrangebylex z"),
    ] {
        sim.ask("ZADD z 1 a 1 b").is(":2\r\n");
        events(&mut sim);
        sim.ask(command);
        assert_eq!(events(&mut sim), [event, "del z"], "{command}");
        sim.ask("EXISTS z").is(":0\r\n");
    }
}

#[test]
fn what_chooses_is_propagated_as_what_it_did() {
    let mut sim = sim();
    sim.ask("ZADD z 1 a 2 b 3 c").is(":3\r\n");
    propagated(&mut sim);
    sim.ask("ZMPOP 2 none z MIN COUNT 9").is(concat!(
        "*2\r\n$1\r\nz\r\n*3\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n",
        "*2\r\n$1\r\nb\r\n$1\r\n2\r\n*2\r\n$1\r\nc\r\n$1\r\n3\r\n",
    ));
    sim.ask("ZADD z 1 a 2 b").is(":2\r\n");
    sim.ask("BZPOPMAX none z 0").is("*3\r\n$1\r\nz\r\n$1\r\nb\r\n$1\r\n2\r\n");
    assert_eq!(propagated(&mut sim), ["ZPOPMIN z 3", "ZADD z 1 a 2 b", "ZPOPMAX z"]);
}

#[test]
fn storing_an_empty_result_deletes_the_destination() {
    let mut sim = sim();
    sim.ask("ZADD z 1 a").is(":1\r\n");
    sim.ask("SET d v").is("+OK\r\n");
    events(&mut sim);
    propagated(&mut sim);
    sim.ask("ZINTERSTORE d 2 z none").is(":0\r\n");
    sim.ask("ZRANGESTORE d none 0 -1").is(":0\r\n");
    let seen: Vec<_> = events(&mut sim).into_iter().filter(|e| !e.starts_with("keymiss")).collect();
    assert_eq!(seen, ["del d"]);
    assert_eq!(propagated(&mut sim), ["ZINTERSTORE d 2 z none"]);
}

#[test]
fn sets_take_part_in_combinations_with_score_one() {
    let mut sim = sim();
    sim.ask("ZADD z 5 a 6 b").is(":2\r\n");
    sim.ask("SADD s a 1").is(":2\r\n");
    sim.ask("ZUNION 2 z s WEIGHTS 1 10 WITHSCORES")
        .is("*6\r\n$1\r\nb\r\n$1\r\n6\r\n$1\r\n1\r\n$2\r\n10\r\n$1\r\na\r\n$2\r\n15\r\n");
    sim.ask("ZDIFF 2 z s").is("*1\r\n$1\r\nb\r\n");
    sim.ask("ZINTERCARD 2 s z").is(":1\r\n");
}

#[test]
fn scores_are_pairs_in_resp3_and_flat_in_resp2() {
    let mut sim = sim();
    sim.ask("ZADD z 1.5 a").is(":1\r\n");
    sim.ask("ZRANGE z 0 -1 WITHSCORES").is("*2\r\n$1\r\na\r\n$3\r\n1.5\r\n");
    sim.ask("HELLO 3");
    sim.ask("ZRANGE z 0 -1 WITHSCORES").is("*1\r\n*2\r\n$1\r\na\r\n,1.5\r\n");
    sim.ask("ZPOPMIN z").is("*2\r\n$1\r\na\r\n,1.5\r\n");
}

#[test]
fn random_members_are_distinct_if_the_count_is_positive() {
    let mut sim = sim();
    for entries in ["128", "0"] {
        sim.ask(&format!("CONFIG SET zset-max-listpack-entries {entries}")).is("+OK\r\n");
        sim.ask("DEL z");
        (0..60).for_each(|n| sim.ask(&format!("ZADD z {n} m{n}")).is(":1\r\n"));
        for count in [2, 10, 40, 59, 60, 1000] {
            sim.send(0, format!("ZRANDMEMBER z {count}\r\n").as_bytes());
            let reply = String::from_utf8(sim.received(0)).expect("members are ASCII");
            let mut members: Vec<_> = reply.lines().filter(|line| line.starts_with('m')).collect();
            assert_eq!(members.len(), count.min(60));
            members.sort_unstable();
            members.dedup();
            assert_eq!(members.len(), count.min(60), "{count} with {entries}");
        }
    }
}
