//! Properties of the string commands, seen through a simulated server.

use crate::keyspace::event::Class;
use crate::keyspace::record::INLINE_MAX;
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

/// Encoding of a string, and its expiry in milliseconds.
fn stored(sim: &Sim, key: &str) -> (&'static str, Option<i64>) {
    let db = &sim.engine.keyspace.dbs[0];
    let record = db.get(db.table().hash(key.as_bytes()), key.as_bytes()).expect("the key is there");
    (record.str_encoding().expect("it is a string").name(), record.expiry())
}

fn encoding(sim: &Sim, key: &str) -> &'static str {
    stored(sim, key).0
}

/// A request with arguments of any bytes.
fn request(sim: &mut Sim, argv: &[&[u8]]) -> Vec<u8> {
    let mut wire = format!("*{}\r\n", argv.len()).into_bytes();
    for arg in argv {
        wire.extend(format!("${}\r\n", arg.len()).bytes());
        wire.extend_from_slice(arg);
        wire.extend(b"\r\n");
    }
    sim.send(0, &wire);
    sim.received(0)
}

#[test]
fn encodings_follow_the_last_way_of_writing() {
    let mut sim = sim();
    let long = "x".repeat(45);
    for (command, expected) in [
        ("SET k 12", "int"),
        ("APPEND k 3", "raw"),
        ("INCR k", "int"),
        ("INCRBYFLOAT k 1", "embstr"),
        ("SETRANGE k 0 9", "raw"),
        ("GETSET k 5", "int"),
        ("SETRANGE k 3 x", "raw"),
        ("MSET k 044", "embstr"),
        (&format!("SET k {long}"), "raw"),
        ("SETEX k 100 -9223372036854775808", "int"),
        ("SET k 9223372036854775808", "embstr"),
        ("INCRBYFLOAT k 1e60", "raw"),
    ] {
        sim.ask(command);
        assert_eq!(encoding(&sim, "k"), expected, "after {command}");
    }
    sim.ask("APPEND new 12").is(":2\r\n");
    assert_eq!(encoding(&sim, "new"), "int");
}

#[test]
fn set_propagates_absolute_times_and_no_get() {
    let mut sim = sim();
    sim.ask("SET k v PXAT 1800000000000 GET").is("$-1\r\n");
    sim.ask("SET k w exat 1800000000").is("+OK\r\n");
    sim.ask("SET k w GET XX keepttl GET").is("$1\r\nw\r\n");
    sim.ask("SETEX k 1 w").is("+OK\r\n");
    let (_, at) = stored(&sim, "k");
    assert_eq!(
        propagated(&mut sim),
        [
            "SET k v PXAT 1800000000000 GET".to_owned(),
            "SET k w PXAT 1800000000000".to_owned(),
            "SET k w XX keepttl".to_owned(),
            format!("SET k w PXAT {}", at.unwrap()),
        ]
    );
}

#[test]
fn a_refused_set_changes_and_propagates_nothing() {
    let mut sim = sim();
    sim.ask("SET k v PX 100000");
    let before = stored(&sim, "k");
    propagated(&mut sim);
    events(&mut sim);
    sim.ask("SET k w NX").is("$-1\r\n");
    sim.ask("SETNX k w").is(":0\r\n");
    sim.ask("MSETNX other 1 k 2").is(":0\r\n");
    sim.ask("SET other w XX").is("$-1\r\n");
    sim.ask("SET k w EX 0").is("-ERR invalid expire time in 'set' command\r\n");
    sim.ask("PSETEX k 9223372036854775807 w")
        .is("-ERR invalid expire time in 'psetex' command\r\n");
    sim.ask("SET k w EX 5 PX 6").is("-ERR syntax error\r\n");
    sim.ask("SET k w KEEPTTL EX 5").is("-ERR syntax error\r\n");
    assert_eq!(stored(&sim, "k"), before);
    assert_eq!(propagated(&mut sim), [""; 0]);
    assert_eq!(events(&mut sim), [""; 0]);
}

#[test]
fn writing_tells_of_new_keys_and_of_expiries() {
    let mut sim = sim();
    sim.ask("SET k v EX 10");
    assert_eq!(events(&mut sim), ["new k", "set k", "expire k"]);
    sim.ask("MSETNX a 1 a 2").is(":1\r\n");
    assert_eq!(events(&mut sim), ["new a", "set a", "set a"]);
    sim.ask("GETSET k w").is("$1\r\nv\r\n");
    sim.ask("GETDEL k").is("$1\r\nw\r\n");
    sim.ask("GETDEL k").is("$-1\r\n");
    assert_eq!(events(&mut sim), ["set k", "del k", "keymiss k"]);
    let tail = propagated(&mut sim).split_off(2);
    assert_eq!(tail, ["SET k w", "DEL k"]);
}

#[test]
fn an_expired_key_is_missing_for_writers_too() {
    let mut sim = sim();
    sim.engine.keyspace.policy.active_expire = false;
    sim.ask("SET k 41 PX 100");
    sim.world.borrow_mut().elapsed_us += 200_000;
    events(&mut sim);
    propagated(&mut sim);
    sim.ask("INCR k").is(":1\r\n");
    assert_eq!(stored(&sim, "k"), ("int", None));
    assert_eq!(events(&mut sim), ["expired k", "new k", "incrby k"]);
    assert_eq!(propagated(&mut sim), ["MULTI", "DEL k", "INCR k", "EXEC"]);
}

#[test]
fn counting_keeps_the_expiry_whatever_the_width() {
    let mut sim = sim();
    sim.ask("SET k 126 PXAT 1800000000000");
    for (by, sum) in [
        (1, 127),
        (1, 128),
        (40_000, 40_128),
        (1i64 << 40, 40_128 + (1i64 << 40)),
        (-1 << 40, 40_128),
    ] {
        sim.ask(&format!("INCRBY k {by}")).is(&format!(":{sum}\r\n"));
        assert_eq!(stored(&sim, "k"), ("int", Some(1_800_000_000_000)));
    }
    sim.ask("GET k").is("$5\r\n40128\r\n");
    sim.ask("INCRBYFLOAT k 0.5").is("$7\r\n40128.5\r\n");
    assert_eq!(stored(&sim, "k"), ("embstr", Some(1_800_000_000_000)));
    assert_eq!(propagated(&mut sim).pop().unwrap(), "SET k 40128.5 KEEPTTL");
}

#[test]
fn counting_refuses_what_does_not_fit() {
    let mut sim = sim();
    sim.ask("SET k 9223372036854775807");
    sim.ask("INCR k").is("-ERR increment or decrement would overflow\r\n");
    sim.ask("DECRBY k -9223372036854775808").is("-ERR decrement would overflow\r\n");
    sim.ask("INCRBY k x").is("-ERR value is not an integer or out of range\r\n");
    sim.ask("INCRBYFLOAT k inf").is("-ERR increment would produce NaN or Infinity\r\n");
    sim.ask("SET t 01");
    sim.ask("DECR t").is("-ERR value is not an integer or out of range\r\n");
    sim.ask("GET k").is("$19\r\n9223372036854775807\r\n");
}

#[test]
fn getex_changes_only_the_expiry() {
    let mut sim = sim();
    sim.ask("SET k v");
    propagated(&mut sim);
    events(&mut sim);
    sim.ask("GETEX k").is("$1\r\nv\r\n");
    sim.ask("GETEX k PERSIST").is("$1\r\nv\r\n");
    sim.ask("GETEX k EXAT 1800000000").is("$1\r\nv\r\n");
    assert_eq!(stored(&sim, "k"), ("embstr", Some(1_800_000_000_000)));
    sim.ask("GETEX k PERSIST EX 1").is("-ERR syntax error\r\n");
    sim.ask("GETEX k EX 0").is("-ERR invalid expire time in 'getex' command\r\n");
    sim.ask("GETEX k PERSIST").is("$1\r\nv\r\n");
    sim.ask("GETEX k PXAT 5").is("$1\r\nv\r\n");
    sim.ask("GETEX k EX bad").is("$-1\r\n");
    assert_eq!(propagated(&mut sim), ["PEXPIREAT k 1800000000000", "PERSIST k", "DEL k"]);
    assert_eq!(events(&mut sim), ["expire k", "persist k", "del k", "keymiss k"]);
}

#[test]
fn ranges_clip_at_both_ends() {
    let mut sim = sim();
    sim.ask("SET k 12345");
    for (start, end, expected) in [
        (0, -1, "12345"),
        (-3, -2, "34"),
        (-100, 1, "12"),
        (3, 100, "45"),
        (4, 2, ""),
        (-1, -3, ""),
        (5, 9, ""),
        (i64::MIN, i64::MAX, "12345"),
    ] {
        let expected = format!("${}\r\n{expected}\r\n", expected.len());
        sim.ask(&format!("GETRANGE k {start} {end}")).is(&expected);
        sim.ask(&format!("SUBSTR k {start} {end}")).is(&expected);
    }
    sim.ask("GETRANGE missing 0 x").is("-ERR value is not an integer or out of range\r\n");
    sim.ask("GETRANGE missing 0 1").is("$0\r\n\r\n");
}

#[test]
fn setrange_of_nothing_and_beyond_the_limit_changes_nothing() {
    let mut sim = sim();
    sim.ask("SETRANGE k 5 \"\"").is(":0\r\n");
    sim.ask("SETRANGE k 536870912 x")
        .is("-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n");
    sim.ask("SETRANGE k -1 x").is("-ERR offset is out of range\r\n");
    assert!(sim.engine.keyspace.dbs[0].is_empty());
    sim.ask("SET k abc");
    sim.ask("SETRANGE k 9223372036854775807 \"\"").is(":3\r\n");
    sim.ask("SETRANGE k 5 x").is(":6\r\n");
    sim.ask("GET k").is("$6\r\nabc\0\0x\r\n");
    assert_eq!(propagated(&mut sim), ["SET k abc", "SETRANGE k 5 x"]);
}

#[test]
fn growing_crosses_from_the_record_to_an_allocation_of_its_own() {
    let mut sim = sim();
    let mut model = Vec::new();
    for round in 0..40u8 {
        let tail = vec![b'a' + round % 26; 37];
        model.extend_from_slice(&tail);
        let reply = request(&mut sim, &[b"APPEND", b"k", &tail]);
        assert_eq!(reply, format!(":{}\r\n", model.len()).into_bytes());
        let at = model.len() - 5;
        model[at..].copy_from_slice(b"54321");
        request(&mut sim, &[b"SETRANGE", b"k", at.to_string().as_bytes(), b"54321"]);
        let mut expected = format!("${}\r\n", model.len()).into_bytes();
        expected.extend_from_slice(&model);
        expected.extend(b"\r\n");
        assert_eq!(request(&mut sim, &[b"GET", b"k"]), expected);
    }
    assert!(model.len() > 2 * INLINE_MAX);
}

#[test]
fn a_frozen_view_keeps_the_value_it_has_seen() {
    let mut sim = sim();
    for (key, value) in [("small", "7".repeat(20)), ("large", "7".repeat(3000))] {
        request(&mut sim, &[b"SET", key.as_bytes(), value.as_bytes()]);
        let view = sim.engine.keyspace.dbs[0].freeze();
        sim.ask(&format!("SETRANGE {key} 3 x"));
        sim.ask(&format!("APPEND {key} tail"));
        let hash = sim.engine.keyspace.dbs[0].table().hash(key.as_bytes());
        let record = crate::keyspace::record::Record::new(view.get(hash, key.as_bytes()).unwrap());
        let mut scratch = itoa::Buffer::new();
        assert_eq!(record.string().unwrap().text(&mut scratch), value.as_bytes());
        sim.ask(&format!("STRLEN {key}")).is(&format!(":{}\r\n", value.len() + 4));
    }
}

#[test]
fn a_large_argument_is_stored_and_sent_without_a_copy() {
    let mut sim = sim();
    // It gets a buffer of its own when it does not arrive in one piece.
    sim.send(0, b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\n");
    sim.send(0, &[b'v'; 100_000]);
    sim.send(0, b"\r\n");
    sim.received(0);
    let db = &sim.engine.keyspace.dbs[0];
    let record = db.get(db.table().hash(b"k"), b"k").unwrap();
    let Some(crate::keyspace::record::Str::Shared(stored)) = record.string() else {
        panic!("a large string is shared")
    };
    let propagated = sim.engine.world.propagated.as_ref().unwrap();
    assert_eq!(propagated[0].argv[2].as_ptr(), stored.as_ptr());
}

#[test]
fn mget_answers_in_order_and_mset_lets_the_last_value_win() {
    let mut sim = sim();
    sim.ask("MSET a 1 b 2 a 3").is("+OK\r\n");
    sim.ask("MGET b x a").is("*3\r\n$1\r\n2\r\n$-1\r\n$1\r\n3\r\n");
    sim.ask("MSET a 1 b").is("-ERR wrong number of arguments for 'mset' command\r\n");
    assert_eq!(sim.engine.changes.dirty, 3);
}

#[test]
fn under_lfu_a_key_keeps_its_counter_when_it_is_overwritten() {
    let mut sim = sim();
    sim.engine.keyspace.policy.lfu = true;
    sim.engine.keyspace.policy.lfu_log_factor = 0;
    sim.engine.keyspace.policy.lfu_decay_minutes = 0;
    let counter = |sim: &Sim| {
        let db = &sim.engine.keyspace.dbs[0];
        db.get(db.table().hash(b"k"), b"k").unwrap().access() & 0xff
    };
    for (command, expected) in [
        ("SET k 1", 5),
        ("SET k 2", 6),
        ("GETSET k 3", 8),
        ("INCR k", 9),
        ("APPEND k x", 10),
        ("SET k v XX GET", 12),
        ("SET k v NX", 13),
        ("SETRANGE k 0 w", 14),
    ] {
        sim.ask(command);
        assert_eq!(counter(&sim), expected, "after {command}");
    }
}

#[test]
fn lcs_shows_text_length_or_runs() {
    let mut sim = sim();
    sim.ask("MSET a ohmytext b mynewtext");
    sim.ask("LCS a b").is("$6\r\nmytext\r\n");
    sim.ask("LCS a b LEN").is(":6\r\n");
    sim.ask("LCS a missing").is("$0\r\n\r\n");
    sim.ask("LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN").is(
        "*4\r\n$7\r\nmatches\r\n*1\r\n*3\r\n*2\r\n:4\r\n:7\r\n*2\r\n:5\r\n:8\r\n:4\r\n$3\r\nlen\r\n:6\r\n",
    );
    sim.ask("LCS a b IDX LEN")
        .is("-ERR If you want both the length and indexes, please just use IDX.\r\n");
    sim.ask("LCS a b MINMATCHLEN").is("-ERR syntax error\r\n");
}
