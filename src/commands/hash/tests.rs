//! Properties of the hash commands, seen through a simulated server.

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
fn the_last_field_takes_the_key_with_it() {
    let mut sim = sim();
    sim.ask("HSET h a 1 b 2").is(":2\r\n");
    assert_eq!(events(&mut sim), ["new h", "hset h"]);
    sim.ask("HDEL h x").is(":0\r\n");
    assert_eq!(events(&mut sim), [""; 0]);
    sim.ask("HDEL h a b c").is(":2\r\n");
    assert_eq!(events(&mut sim), ["hdel h", "del h"]);
    sim.ask("EXISTS h").is(":0\r\n");
    assert_eq!(propagated(&mut sim), ["HSET h a 1 b 2", "HDEL h a b c"]);
}

#[test]
fn a_refusal_leaves_no_trace() {
    let mut sim = sim();
    sim.ask("HSET h f x").is(":1\r\n");
    events(&mut sim);
    propagated(&mut sim);
    sim.ask("HSET h a").is("-ERR wrong number of arguments for 'hset' command\r\n");
    sim.ask("HMSET h a 1 b").is("-ERR wrong number of arguments for 'hmset' command\r\n");
    sim.ask("HINCRBY h f 1").is("-ERR hash value is not an integer\r\n");
    sim.ask("HINCRBYFLOAT h f 1").is("-ERR hash value is not a float\r\n");
    sim.ask("HINCRBYFLOAT new f inf").is("-ERR value is NaN or Infinity\r\n");
    sim.ask("HINCRBY new f one").is("-ERR value is not an integer or out of range\r\n");
    sim.ask("HSETNX h f y").is(":0\r\n");
    sim.ask("EXISTS new").is(":0\r\n");
    assert_eq!(propagated(&mut sim), [""; 0]);
    assert_eq!(events(&mut sim), ["keymiss new"]);
}

#[test]
fn float_increments_propagate_as_their_sum() {
    let mut sim = sim();
    sim.ask("HINCRBYFLOAT h f 10.5").is("$4\r\n10.5\r\n");
    sim.ask("HINCRBYFLOAT h f 0.1").is("$4\r\n10.6\r\n");
    sim.ask("HINCRBY h n -5").is(":-5\r\n");
    assert_eq!(propagated(&mut sim), ["HSET h f 10.5", "HSET h f 10.6", "HINCRBY h n -5"]);
    assert_eq!(events(&mut sim), ["new h", "hincrbyfloat h", "hincrbyfloat h", "hincrby h"]);
}

#[test]
fn encoding_follows_the_directives_and_never_goes_back() {
    let mut sim = sim();
    sim.ask("CONFIG SET hash-max-listpack-entries 2 hash-max-listpack-value 5").is("+OK\r\n");
    sim.ask("HSET a 1 1 2 2").is(":2\r\n");
    sim.ask("OBJECT ENCODING a").is("$8\r\nlistpack\r\n");
    sim.ask("HSETNX a 3 3").is(":1\r\n");
    sim.ask("OBJECT ENCODING a").is("$9\r\nhashtable\r\n");
    sim.ask("HDEL a 1 2").is(":2\r\n");
    sim.ask("OBJECT ENCODING a").is("$9\r\nhashtable\r\n");
    // Fields count before anybody knows that they are the same.
    sim.ask("HSET b x 1 x 2 x 3").is(":1\r\n");
    sim.ask("OBJECT ENCODING b").is("$9\r\nhashtable\r\n");
    sim.ask("HINCRBY c f 12345").is(":12345\r\n");
    sim.ask("OBJECT ENCODING c").is("$8\r\nlistpack\r\n");
    sim.ask("HINCRBY c f 100000").is(":112345\r\n");
    sim.ask("OBJECT ENCODING c").is("$9\r\nhashtable\r\n");
}

#[test]
fn a_walk_over_a_large_hash_shows_every_field_once_while_others_come_and_go() {
    let mut sim = sim();
    for number in 0..1500 {
        sim.ask(&format!("HSET h stays{number} {number}")).is(":1\r\n");
    }
    let (mut cursor, mut seen, mut steps) = (String::from("0"), Vec::new(), 0);
    loop {
        let reply = sim.ask(&format!("HSCAN h {cursor} COUNT 50 MATCH stays*"));
        let text = String::from_utf8(reply.0).expect("the test stores ASCII");
        let mut lines = text.split("\r\n").filter(|line| !line.starts_with(['*', '$']));
        cursor = lines.next().expect("a reply starts with a cursor").to_owned();
        seen.extend(lines.filter(|line| line.starts_with("stays")).map(str::to_owned));
        steps += 1;
        for number in 0..40 {
            sim.ask(&format!("HSET h comes{steps}:{number} 1")).is(":1\r\n");
        }
        if cursor == "0" {
            break;
        }
    }
    assert!(steps > 20, "{steps}");
    seen.sort_unstable();
    let all = seen.len();
    seen.dedup();
    assert_eq!((all, seen.len()), (1500, 1500));
}

#[test]
fn random_fields_have_the_shape_of_the_protocol() {
    let mut sim = sim();
    sim.ask("HSET h f 1").is(":1\r\n");
    sim.ask("HRANDFIELD h").is("$1\r\nf\r\n");
    sim.ask("HRANDFIELD h 5 WITHVALUES").is("*2\r\n$1\r\nf\r\n$1\r\n1\r\n");
    sim.ask("HRANDFIELD h -2").is("*2\r\n$1\r\nf\r\n$1\r\nf\r\n");
    sim.ask("HRANDFIELD h 0").is("*0\r\n");
    sim.ask("HRANDFIELD none").is("$-1\r\n");
    sim.ask("HELLO 3");
    sim.ask("HRANDFIELD h 5 WITHVALUES").is("*1\r\n*2\r\n$1\r\nf\r\n$1\r\n1\r\n");
    sim.ask("HRANDFIELD h -1 WITHVALUES").is("*1\r\n*2\r\n$1\r\nf\r\n$1\r\n1\r\n");
    sim.ask("HGETALL h").is("%1\r\n$1\r\nf\r\n$1\r\n1\r\n");
    sim.ask("HRANDFIELD none").is("_\r\n");
}
