//! Properties of the set commands, seen through a simulated server.

use std::collections::BTreeSet;

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

/// The elements of a flat reply.
fn elements(sim: &mut Sim, command: &str) -> Vec<String> {
    let text = String::from_utf8(sim.ask(command).0).expect("the test stores ASCII");
    let lines = text.split("\r\n").skip(1);
    lines.filter(|line| !line.is_empty() && !line.starts_with('$')).map(str::to_owned).collect()
}

fn fill(sim: &mut Sim, key: &str, members: impl Iterator<Item = String>) {
    let members: Vec<_> = members.collect();
    sim.ask(&format!("SADD {key} {}", members.join(" "))).is(&format!(":{}\r\n", members.len()));
}

#[test]
fn the_last_member_takes_the_key_with_it() {
    let mut sim = sim();
    sim.ask("SADD s a a b").is(":2\r\n");
    sim.ask("SADD s a").is(":0\r\n");
    sim.ask("SREM s x").is(":0\r\n");
    assert_eq!(events(&mut sim), ["new s", "sadd s"]);
    sim.ask("SREM s a b c").is(":2\r\n");
    assert_eq!(events(&mut sim), ["srem s", "del s"]);
    assert_eq!(propagated(&mut sim), ["SADD s a a b", "SREM s a b c"]);
}

#[test]
fn a_member_that_moves_tells_of_both_sets() {
    let mut sim = sim();
    sim.ask("SADD a x").is(":1\r\n");
    sim.ask("SET b text").is("+OK\r\n");
    events(&mut sim);
    propagated(&mut sim);
    sim.ask("SMOVE none b x").is(":0\r\n");
    sim.ask("SMOVE a b x")
        .is("-WRONGTYPE Operation against a key holding the wrong kind of value\r\n");
    sim.ask("SMOVE a a x").is(":1\r\n");
    sim.ask("SMOVE a c y").is(":0\r\n");
    assert_eq!((events(&mut sim).len(), propagated(&mut sim).len()), (0, 0));
    sim.ask("SMOVE a c x").is(":1\r\n");
    assert_eq!(events(&mut sim), ["srem a", "del a", "new c", "sadd c"]);
    sim.ask("SADD a x").is(":1\r\n");
    events(&mut sim);
    sim.ask("SMOVE a c x").is(":1\r\n");
    assert_eq!(events(&mut sim), ["srem a", "del a"]);
    assert_eq!(propagated(&mut sim), ["SMOVE a c x", "SADD a x", "SMOVE a c x"]);
}

#[test]
fn popped_members_propagate_as_removals() {
    let mut sim = sim();
    sim.ask("SADD s a").is(":1\r\n");
    sim.ask("SPOP s").is("$1\r\na\r\n");
    sim.ask("SPOP s").is("$-1\r\n");
    sim.ask("SPOP s 3").is("*0\r\n");
    assert_eq!(events(&mut sim), ["new s", "sadd s", "spop s", "del s"]);
    assert_eq!(propagated(&mut sim), ["SADD s a", "SREM s a"]);
    sim.ask("SADD s 1 2").is(":2\r\n");
    sim.ask("SPOP s 0").is("*0\r\n");
    sim.ask("SPOP s 2").is("*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
    assert_eq!(events(&mut sim), ["new s", "sadd s", "spop s", "del s"]);
    assert_eq!(propagated(&mut sim), ["SADD s 1 2", "DEL s"]);
}

#[test]
fn a_large_pop_propagates_in_batches_and_leaves_a_small_set() {
    let mut sim = sim();
    fill(&mut sim, "s", (0..1300).map(|number| format!("m{number}")));
    sim.ask("OBJECT ENCODING s").is("$9\r\nhashtable\r\n");
    propagated(&mut sim);
    let taken = elements(&mut sim, "SPOP s 1290");
    sim.ask("SCARD s").is(":10\r\n");
    sim.ask("OBJECT ENCODING s").is("$8\r\nlistpack\r\n");
    let commands = propagated(&mut sim);
    let words: Vec<Vec<_>> = commands.iter().map(|command| command.split(' ').collect()).collect();
    assert_eq!((words.len(), words[0].len(), words[3].len()), (4, 1, 1));
    assert_eq!((words[1].len(), words[2].len()), (2 + 1024, 2 + 266));
    let removed: BTreeSet<_> = words.iter().flat_map(|words| words.iter().skip(2)).collect();
    assert_eq!(removed, taken.iter().map(String::as_str).collect::<Vec<_>>().iter().collect());
    let left = elements(&mut sim, "SMEMBERS s");
    assert!(left.iter().all(|member| !taken.contains(member)));
}

#[test]
fn pops_of_every_size_take_distinct_members_of_every_form() {
    let mut sim = sim();
    for (prefix, size) in [("", 60), ("m", 60), ("m", 300), ("", 700)] {
        for count in [1, 7, size / 2, size - 1] {
            fill(&mut sim, "s", (0..size).map(|number| format!("{prefix}{number}")));
            let taken: BTreeSet<_> =
                elements(&mut sim, &format!("SPOP s {count}")).into_iter().collect();
            let left: BTreeSet<_> = elements(&mut sim, "SMEMBERS s").into_iter().collect();
            assert_eq!((taken.len(), left.len()), (count, size - count));
            assert!(taken.is_disjoint(&left));
            sim.ask("DEL s").is(":1\r\n");
        }
    }
}

#[test]
fn random_members_are_distinct_for_positive_counts_and_many_for_negative_ones() {
    let mut sim = sim();
    for (prefix, size) in [("", 60), ("m", 60), ("m", 300), ("", 700)] {
        fill(&mut sim, "s", (0..size).map(|number| format!("{prefix}{number}")));
        for count in [1, 7, size / 2, size - 1, size, size + 5] {
            let drawn = elements(&mut sim, &format!("SRANDMEMBER s {count}"));
            let distinct: BTreeSet<_> = drawn.iter().collect();
            assert_eq!((drawn.len(), distinct.len()), (count.min(size), count.min(size)));
        }
        assert_eq!(elements(&mut sim, &format!("SRANDMEMBER s -{}", 2 * size)).len(), 2 * size);
        sim.ask("DEL s").is(":1\r\n");
    }
}

#[test]
fn stored_results_have_the_form_of_the_way_they_were_made() {
    let mut sim = sim();
    sim.ask("SADD ints 1 2 3").is(":3\r\n");
    sim.ask("SADD words a b 1 2").is(":4\r\n");
    for (command, size, encoding) in [
        ("SINTERSTORE d words ints", 2, "intset"),
        ("SUNIONSTORE d words ints", 5, "listpack"),
        ("SDIFFSTORE d words ints", 2, "listpack"),
        ("SDIFFSTORE d ints words", 1, "intset"),
    ] {
        sim.ask(command).is(&format!(":{size}\r\n"));
        sim.ask("OBJECT ENCODING d").is(&format!("${}\r\n{encoding}\r\n", encoding.len()));
    }
    events(&mut sim);
    propagated(&mut sim);
    sim.ask("SINTERSTORE d ints none").is(":0\r\n");
    sim.ask("SDIFFSTORE d none").is(":0\r\n");
    assert_eq!(events(&mut sim), ["keymiss none", "del d", "keymiss none"]);
    assert_eq!(propagated(&mut sim), ["SINTERSTORE d ints none"]);
}

#[test]
fn members_come_back_as_a_set_in_resp3() {
    let mut sim = sim();
    sim.ask("SADD s 2 1").is(":2\r\n");
    sim.ask("HELLO 3");
    sim.ask("SMEMBERS s").is("~2\r\n$1\r\n1\r\n$1\r\n2\r\n");
    sim.ask("SUNION s none").is("~2\r\n$1\r\n1\r\n$1\r\n2\r\n");
    sim.ask("SDIFF none").is("~0\r\n");
    sim.ask("SRANDMEMBER s 5").is("*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
    sim.ask("SPOP s 2").is("~2\r\n$1\r\n1\r\n$1\r\n2\r\n");
    sim.ask("SPOP s 2").is("~0\r\n");
    sim.ask("SSCAN s 0").is("*2\r\n$1\r\n0\r\n*0\r\n");
}
