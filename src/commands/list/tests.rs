//! Properties of the list commands, seen through a simulated server.

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
fn the_last_element_takes_the_key_with_it() {
    let mut sim = sim();
    sim.ask("RPUSH l a b").is(":2\r\n");
    assert_eq!(events(&mut sim), ["new l", "rpush l"]);
    sim.ask("LPOP l 5").is("*2\r\n$1\r\na\r\n$1\r\nb\r\n");
    assert_eq!(events(&mut sim), ["lpop l", "del l"]);
    sim.ask("EXISTS l").is(":0\r\n");
    assert_eq!(propagated(&mut sim), ["RPUSH l a b", "LPOP l 5"]);
}

#[test]
fn moving_pushes_first_and_keeps_a_list_that_moves_onto_itself() {
    let mut sim = sim();
    sim.ask("RPUSH a 1").is(":1\r\n");
    events(&mut sim);
    sim.ask("LMOVE a b LEFT RIGHT").is("$1\r\n1\r\n");
    assert_eq!(events(&mut sim), ["new b", "rpush b", "lpop a", "del a"]);
    sim.ask("RPOPLPUSH b b").is("$1\r\n1\r\n");
    assert_eq!(events(&mut sim), ["lpush b", "rpop b"]);
    sim.ask("LRANGE b 0 -1").is("*1\r\n$1\r\n1\r\n");
}

#[test]
fn what_waits_or_chooses_is_propagated_as_what_it_did() {
    let mut sim = sim();
    sim.ask("RPUSH l 1 2 3 4 5 6").is(":6\r\n");
    propagated(&mut sim);
    sim.ask("LMPOP 2 none l RIGHT COUNT 2").is("*2\r\n$1\r\nl\r\n*2\r\n$1\r\n6\r\n$1\r\n5\r\n");
    sim.ask("BLPOP none l 0").is("*2\r\n$1\r\nl\r\n$1\r\n1\r\n");
    sim.ask("BLMPOP 0 1 l LEFT").is("*2\r\n$1\r\nl\r\n*1\r\n$1\r\n2\r\n");
    sim.ask("BLMOVE l m LEFT LEFT 0").is("$1\r\n3\r\n");
    sim.ask("BRPOPLPUSH l m 0").is("$1\r\n4\r\n");
    let expected = ["RPOP l 2", "LPOP l", "LPOP l 1", "LMOVE l m LEFT LEFT", "RPOPLPUSH l m"];
    assert_eq!(propagated(&mut sim), expected);
}

#[test]
fn trimming_nothing_is_an_event_but_no_change() {
    let mut sim = sim();
    sim.ask("RPUSH l a b").is(":2\r\n");
    events(&mut sim);
    propagated(&mut sim);
    sim.ask("LTRIM l 0 -1").is("+OK\r\n");
    assert_eq!(events(&mut sim), ["ltrim l"]);
    assert!(propagated(&mut sim).is_empty());
    sim.ask("LREM l 0 c").is(":0\r\n");
    assert!(events(&mut sim).is_empty() && propagated(&mut sim).is_empty());
}

#[test]
fn a_list_that_shrinks_becomes_small_at_half_of_the_limit() {
    let mut sim = sim();
    sim.ask("CONFIG SET list-max-listpack-size 4").is("+OK\r\n");
    sim.ask("RPUSH l 1 2 3 4").is(":4\r\n");
    sim.ask("OBJECT ENCODING l").is("$8\r\nlistpack\r\n");
    sim.ask("RPUSH l 5").is(":5\r\n");
    sim.ask("OBJECT ENCODING l").is("$9\r\nquicklist\r\n");
    sim.ask("LPOP l 2").is("*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
    sim.ask("OBJECT ENCODING l").is("$9\r\nquicklist\r\n");
    sim.ask("RPOP l").is("$1\r\n5\r\n");
    sim.ask("OBJECT ENCODING l").is("$8\r\nlistpack\r\n");
}

#[test]
fn the_first_wrong_argument_is_the_one_that_is_refused() {
    let mut sim = sim();
    sim.ask("SET s v").is("+OK\r\n");
    sim.ask("LINDEX none x").is("$-1\r\n");
    sim.ask("LRANGE s x 0").is("-ERR value is not an integer or out of range\r\n");
    sim.ask("LPOP s -1").is("-ERR value is out of range, must be positive\r\n");
    sim.ask("LMPOP 1 s MIDDLE").is("-ERR syntax error\r\n");
    sim.ask("LMPOP 1 s LEFT")
        .is("-WRONGTYPE Operation against a key holding the wrong kind of value\r\n");
    sim.ask("BLPOP s -1").is("-ERR timeout is negative\r\n");
    sim.ask("LSET none x v").is("-ERR no such key\r\n");
}

#[test]
fn only_the_low_half_of_an_index_counts_for_lset() {
    let mut sim = sim();
    sim.ask("RPUSH l a b").is(":2\r\n");
    sim.ask("LSET l 4294967297 x").is("+OK\r\n");
    sim.ask("LRANGE l 0 -1").is("*2\r\n$1\r\na\r\n$1\r\nx\r\n");
}
