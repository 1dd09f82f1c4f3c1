//! Properties of the stream commands, seen through a simulated server.

use crate::keyspace::event::Class;
use crate::sim::Sim;

const EVERYTHING: Class = Class(Class::ALL.0 | Class::NEW.0 | Class::KEYEVENT.0);

/// A server with nodes of three entries, which has run these commands.
fn after(commands: &[&str]) -> Sim {
    let mut sim = Sim::seed(7);
    sim.ask("CONFIG SET stream-node-max-entries 3").is("+OK\r\n");
    sim.engine.record_effects(EVERYTHING);
    for command in commands {
        let reply = sim.ask(command).0;
        assert!(!reply.starts_with(b"-"), "{command}: {}", String::from_utf8_lossy(&reply));
    }
    sim
}

/// What was propagated, one command a line; the present time is `NOW`.
fn propagated(sim: &mut Sim) -> Vec<String> {
    let word = |arg: &bytes::Bytes| {
        let word = String::from_utf8_lossy(arg).into_owned();
        if word.len() == 13 && word.starts_with('1') { "NOW".to_owned() } else { word }
    };
    let line = |argv: Vec<bytes::Bytes>| argv.iter().map(word).collect::<Vec<_>>().join(" ");
    sim.engine.take_propagated().into_iter().map(line).collect()
}

/// Names of the events since the last call.
fn events(sim: &mut Sim) -> Vec<&'static str> {
    let events = sim.engine.world.events.as_mut().map(std::mem::take).unwrap_or_default();
    events.iter().map(|event| event.name).collect()
}

const ENTRIES: [&str; 4] =
    ["XADD s 10-1 x y", "XADD s 10-2 x y", "XADD s 10-3 x y", "XADD s 10-4 x y"];

#[test]
fn additions_propagate_with_their_ids_and_the_outcome_of_trimming() {
    let mut sim = after(&[
        "XADD s 1-* a 1",
        "XADD s 1-* a 2",
        "XADD s 2 a 3",
        "XADD s 3-1 b 4",
        "XADD s 4-1 b 5",
        "XADD s MAXLEN ~ 2 LIMIT 10 5-1 b 6",
        "XADD s MINID ~ 4-2 6-* b 6",
        "XADD s MAXLEN = 2 7-1 b 7",
        "XADD s NOMKSTREAM MAXLEN ~ 100 8-* b 7",
        "XADD none NOMKSTREAM * a b",
        "XTRIM s MAXLEN ~ 0",
        "XTRIM s MAXLEN ~ 0",
        "XADD s 9-1 x y",
        "XTRIM s MAXLEN 0",
    ]);
    assert_eq!(
        propagated(&mut sim),
        [
            "XADD s 1-0 a 1",
            "XADD s 1-1 a 2",
            "XADD s 2 a 3",
            "XADD s 3-1 b 4",
            "XADD s 4-1 b 5",
            "XADD s MAXLEN = 3 LIMIT 10 5-1 b 6",
            "XADD s MINID = 3-1 6-0 b 6",
            "XADD s MAXLEN = 2 7-1 b 7",
            "XADD s NOMKSTREAM MAXLEN = 3 8-0 b 7",
            "XTRIM s MAXLEN = 0",
            "XADD s 9-1 x y",
            "XTRIM s MAXLEN 0",
        ]
    );
    let added = events(&mut sim);
    assert_eq!(added[..2], ["new", "xadd"]);
    assert_eq!(added[2..].iter().filter(|name| **name == "xtrim").count(), 4);
    assert_eq!(added.len(), 15);
}

#[test]
fn delivery_propagates_as_claims_or_as_a_position() {
    let mut sim = after(&ENTRIES);
    sim.engine.take_propagated();
    for command in [
        "XGROUP CREATE s g 0",
        "XGROUP CREATE t g $ MKSTREAM",
        "XREADGROUP GROUP g c COUNT 2 STREAMS s >",
        "XREADGROUP GROUP g c STREAMS s 0",
        "XREADGROUP GROUP g n COUNT 1 NOACK STREAMS s >",
        "XREADGROUP GROUP g m STREAMS t >",
        "XREADGROUP GROUP g o NOACK STREAMS t >",
    ] {
        sim.ask(command);
    }
    assert_eq!(
        propagated(&mut sim),
        [
            "XGROUP CREATE s g 0",
            "XGROUP CREATE t g $ MKSTREAM",
            "MULTI",
            "XCLAIM s g c 0 10-1 TIME NOW RETRYCOUNT 1 FORCE JUSTID LASTID 10-1",
            "XCLAIM s g c 0 10-2 TIME NOW RETRYCOUNT 1 FORCE JUSTID LASTID 10-2",
            "EXEC",
            "MULTI",
            "XGROUP CREATECONSUMER s g n",
            "XGROUP SETID s g 10-3 ENTRIESREAD 3",
            "EXEC",
            "XGROUP CREATECONSUMER t g o",
        ]
    );
}

#[test]
fn claims_propagate_what_is_pending_after_them() {
    let mut sim = after(&ENTRIES);
    sim.ask("XGROUP CREATE s g 0");
    sim.ask("XREADGROUP GROUP g c COUNT 3 STREAMS s >");
    sim.engine.take_propagated();
    sim.ask("XCLAIM s g d 0 10 JUSTID").is("*0\r\n");
    sim.ask("XCLAIM s g d 0 10-1 10-4 FORCE RETRYCOUNT 7 TIME 5 JUSTID")
        .is("*2\r\n$4\r\n10-1\r\n$4\r\n10-4\r\n");
    sim.ask("XCLAIM s g d 0 10-9 LASTID 10-4").is("*0\r\n");
    sim.ask("XDEL s 10-2 10-9 10-1").is(":2\r\n");
    sim.ask("XAUTOCLAIM s g e 0 - COUNT 2")
        .is("*3\r\n$4\r\n10-3\r\n*0\r\n*2\r\n$4\r\n10-1\r\n$4\r\n10-2\r\n");
    sim.ask("XAUTOCLAIM s g e 0 10-4 JUSTID").is("*3\r\n$3\r\n0-0\r\n*1\r\n$4\r\n10-4\r\n*0\r\n");
    sim.ask("XCLAIM s g e 0 10-4").is("*1\r\n*2\r\n$4\r\n10-4\r\n*2\r\n$1\r\nx\r\n$1\r\ny\r\n");
    sim.ask("XACK s g 10-4 10-4 10-9").is(":1\r\n");
    sim.ask("XACK s g 10-4").is(":0\r\n");
    assert_eq!(
        propagated(&mut sim),
        [
            "MULTI",
            "XCLAIM s g d 0 10-1 TIME 5 RETRYCOUNT 7 FORCE JUSTID LASTID 10-3",
            "XCLAIM s g d 0 10-4 TIME 5 RETRYCOUNT 7 FORCE JUSTID LASTID 10-3",
            "EXEC",
            "XGROUP SETID s g 10-4 ENTRIESREAD 3",
            "XDEL s 10-2 10-9 10-1",
            "MULTI",
            "XCLAIM s g d 0 10-1 TIME 5 RETRYCOUNT 7 FORCE JUSTID LASTID 10-4",
            "XCLAIM s g c 0 10-2 TIME NOW RETRYCOUNT 1 FORCE JUSTID LASTID 10-4",
            "EXEC",
            "XCLAIM s g e 0 10-4 TIME NOW RETRYCOUNT 7 FORCE JUSTID LASTID 10-4",
            "XCLAIM s g e 0 10-4 TIME NOW RETRYCOUNT 8 FORCE JUSTID LASTID 10-4",
            "XACK s g 10-4 10-4 10-9",
        ]
    );
}

#[test]
fn group_commands_publish_once_for_each_change() {
    let mut sim = after(&[
        "XGROUP CREATE s g $ MKSTREAM",
        "XGROUP SETID s g 0",
        "XGROUP CREATECONSUMER s g c",
        "XGROUP CREATECONSUMER s g c",
        "XGROUP DELCONSUMER s g d",
        "XGROUP DELCONSUMER s g c",
        "XSETID s 5-5",
        "XADD s 6-6 a b",
        "XREADGROUP GROUP g c STREAMS s >",
        "XDEL s 6-6 6-6",
        "XGROUP DESTROY s g",
        "XGROUP DESTROY s g",
    ]);
    assert_eq!(
        events(&mut sim),
        [
            "new",
            "xgroup-create",
            "xgroup-setid",
            "xgroup-createconsumer",
            "xgroup-delconsumer",
            "xsetid",
            "xadd",
            "xgroup-createconsumer",
            "xdel",
            "xgroup-destroy"
        ]
    );
    sim.ask("XLEN s").is(":0\r\n");
}

#[test]
fn refusals_change_and_propagate_nothing() {
    let mut sim = after(&["XADD s 5-5 a b", "XGROUP CREATE s g 0"]);
    sim.engine.take_propagated();
    events(&mut sim);
    for (command, reply) in [
        (
            "XADD s 5-5 a b",
            "-ERR The ID specified in XADD is equal or smaller than the target stream top item",
        ),
        ("XADD new 0-0 a b", "-ERR The ID specified in XADD must be greater than 0-0"),
        ("XADD new * a", "-ERR wrong number of arguments for 'xadd' command"),
        ("XADD new 1-1 a b c", "-ERR wrong number of arguments for 'xadd' command"),
        (
            "XTRIM s MAXLEN 1 LIMIT 1",
            "-ERR syntax error, LIMIT cannot be used without the special ~ option",
        ),
        ("XGROUP CREATE s g 0", "-BUSYGROUP Consumer Group name already exists"),
        ("XGROUP SETID s h 0", "-NOGROUP No such consumer group 'h' for key name 's'"),
        (
            "XREADGROUP GROUP g c STREAMS s none > >",
            "-NOGROUP No such key 'none' or consumer group 'g' in XREADGROUP with GROUP option",
        ),
        ("XCLAIM s g c 0 1-1 IDEL 5", "-ERR Unrecognized XCLAIM option 'IDEL'"),
        ("XAUTOCLAIM s g c 0 - COUNT 0", "-ERR COUNT must be > 0"),
        (
            "XSETID s 5-4",
            "-ERR The ID specified in XSETID is smaller than the target stream top item",
        ),
        ("XDEL s 5-5 x", "-ERR Invalid stream ID specified as stream command argument"),
    ] {
        sim.ask(command).is(&format!("{reply}\r\n"));
    }
    assert_eq!(propagated(&mut sim), [""; 0]);
    assert_eq!(events(&mut sim), [""; 0]);
    sim.ask("XINFO CONSUMERS s g").is("*0\r\n");
}

#[test]
fn several_streams_are_a_map_in_resp3_and_pairs_in_resp2() {
    let mut sim = after(&["XADD a 1-1 f v", "XADD b 2-2 f v"]);
    let of = |key: &str, id: &str| {
        format!("$1\r\n{key}\r\n*1\r\n*2\r\n$3\r\n{id}\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n")
    };
    let (a, b) = (of("a", "1-1"), of("b", "2-2"));
    sim.ask("XREAD STREAMS a b c 0 0 0").is(&format!("*2\r\n*2\r\n{a}*2\r\n{b}"));
    sim.ask("XREAD STREAMS a b 1-1 $").is("*-1\r\n");
    sim.ask("HELLO 3");
    sim.ask("XREAD STREAMS a b c 0 0 0").is(&format!("%2\r\n{a}{b}"));
    sim.ask("XREAD STREAMS a b 1-1 $").is("_\r\n");
}

#[test]
fn lag_is_told_only_while_it_is_known() {
    let mut sim = after(&ENTRIES);
    sim.ask("XGROUP CREATE s g 10-2");
    let lag = |sim: &mut Sim| {
        let reply = sim.ask("XINFO GROUPS s").0;
        let text = String::from_utf8_lossy(&reply).into_owned();
        let (_, lag) = text.split_once("lag\r\n").expect("the field is there");
        lag.trim_end().to_owned()
    };
    assert_eq!(lag(&mut sim), "$-1");
    sim.ask("XGROUP SETID s g 10-2 ENTRIESREAD 2");
    assert_eq!(lag(&mut sim), ":2");
    sim.ask("XDEL s 10-3");
    assert_eq!(lag(&mut sim), "$-1");
    sim.ask("XREADGROUP GROUP g c STREAMS s >");
    // The entry that was deleted counts as unread for ever.
    assert_eq!(lag(&mut sim), ":1");
}
