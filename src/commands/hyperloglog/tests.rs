//! Properties of the HyperLogLog commands, seen through a simulated server.

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
fn an_estimate_is_cached_once_and_its_caching_propagates() {
    let mut sim = sim();
    sim.ask("PFADD p a b c").is(":1\r\n");
    sim.ask("PFADD p a").is(":0\r\n");
    sim.ask("PFCOUNT p").is(":3\r\n");
    sim.ask("PFCOUNT p").is(":3\r\n");
    sim.ask("PFCOUNT p none").is(":3\r\n");
    assert_eq!(propagated(&mut sim), ["PFADD p a b c", "PFCOUNT p"]);
    assert_eq!(events(&mut sim), ["new p", "pfadd p", "keymiss none"]);
}

#[test]
fn an_empty_one_is_created_without_elements() {
    let mut sim = sim();
    sim.ask("PFADD p").is(":1\r\n");
    sim.ask("PFADD p").is(":0\r\n");
    sim.ask("PFMERGE q").is("+OK\r\n");
    sim.ask("PFDEBUG DECODE q").is("$7\r\nZ:16384\r\n");
    sim.ask("OBJECT ENCODING q").is("$3\r\nraw\r\n");
    assert_eq!(events(&mut sim), ["new p", "pfadd p", "keymiss q", "new q", "pfadd q"]);
}

#[test]
fn a_merge_with_a_dense_one_is_dense_and_keeps_the_expiry() {
    let mut sim = sim();
    sim.ask("PFADD a 1 2 3").is(":1\r\n");
    sim.ask("PFADD b 3 4").is(":1\r\n");
    sim.ask("PFDEBUG TODENSE b").is(":1\r\n");
    sim.ask("PFDEBUG TODENSE b").is(":0\r\n");
    sim.ask("EXPIRE a 100").is(":1\r\n");
    sim.ask("PFMERGE a b").is("+OK\r\n");
    sim.ask("PFDEBUG ENCODING a").is("+dense\r\n");
    sim.ask("TTL a").is(":100\r\n");
    sim.ask("PFCOUNT a").is(":4\r\n");
    sim.ask("STRLEN a").is(":12304\r\n");
}

#[test]
fn other_values_are_refused_in_two_wordings() {
    let mut sim = sim();
    sim.ask("SET s text").is("+OK\r\n");
    sim.ask("SADD set a").is(":1\r\n");
    for command in ["PFADD", "PFCOUNT", "PFMERGE d", "PFDEBUG ENCODING"] {
        sim.ask(&format!("{command} s"))
            .is("-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n");
        sim.ask(&format!("{command} set"))
            .is("-WRONGTYPE Operation against a key holding the wrong kind of value\r\n");
    }
    sim.ask("EXISTS d").is(":0\r\n");
    sim.ask("PFDEBUG DECODE none").is("-ERR The specified key does not exist\r\n");
}
