//! Properties of the bitmap commands, seen through a simulated server.

use crate::keyspace::event::Class;
use crate::sim::Sim;

fn sim() -> Sim {
    let mut sim = Sim::seed(9);
    sim.engine.record_effects(Class::ALL.or(Class::NEW).or(Class::KEYEVENT));
    sim
}

/// Names of the events so far, and the number of commands propagated.
fn effects(sim: &mut Sim) -> (Vec<&'static str>, usize) {
    let events = sim.engine.world.events.as_mut().map(std::mem::take).unwrap_or_default();
    (events.iter().map(|event| event.name).collect(), sim.engine.take_propagated().len())
}

fn encoding(sim: &Sim, key: &str) -> &'static str {
    let db = &sim.engine.keyspace.dbs[0];
    let record = db.get(db.table().hash(key.as_bytes()), key.as_bytes()).expect("the key is there");
    record.str_encoding().expect("it is a string").name()
}

#[test]
fn setbit_counts_as_a_change_only_if_something_changes() {
    let mut sim = sim();
    sim.ask("SETBIT k 7 0").is(":0\r\n");
    assert_eq!(effects(&mut sim), (vec!["new", "setbit"], 1));
    sim.ask("SETBIT k 7 0").is(":0\r\n");
    assert_eq!(effects(&mut sim), (vec![], 0));
    sim.ask("SETBIT k 7 1").is(":0\r\n");
    sim.ask("SETBIT k 7 1").is(":1\r\n");
    sim.ask("SETBIT k 8 0").is(":0\r\n");
    assert_eq!(effects(&mut sim), (vec!["setbit", "setbit"], 2));
    sim.ask("GET k").is("$2\r\n\x01\0\r\n");
    // Even a write that changes nothing leaves the string as bytes.
    sim.ask("SET n 5");
    sim.ask("SETBIT n 0 0").is(":0\r\n");
    assert_eq!(encoding(&sim, "n"), "raw");
}

#[test]
fn offsets_and_bits_are_checked_before_the_key() {
    let mut sim = sim();
    for offset in ["-1", "4294967296", "x", "#1", ""] {
        let error = "-ERR bit offset is not an integer or out of range\r\n";
        sim.ask(&format!("SETBIT k \"{offset}\" 2")).is(error);
        sim.ask(&format!("GETBIT k \"{offset}\"")).is(error);
    }
    sim.ask("SETBIT k 0 2").is("-ERR bit is not an integer or out of range\r\n");
    sim.ask("BITPOS k 2").is("-ERR The bit argument must be 1 or 0.\r\n");
    assert!(sim.engine.keyspace.dbs[0].is_empty());
    // BITCOUNT looks at the key first.
    sim.ask("BITCOUNT k x").is(":0\r\n");
    sim.ask("SET k v");
    sim.ask("BITCOUNT k x").is("-ERR syntax error\r\n");
    sim.ask("BITCOUNT k 0 x").is("-ERR value is not an integer or out of range\r\n");
    sim.ask("BITCOUNT k -1 -2 x").is(":0\r\n");
    sim.ask("BITCOUNT k -2 -1 x").is("-ERR syntax error\r\n");
}

#[test]
fn counting_and_searching_take_bytes_or_bits() {
    let mut sim = sim();
    sim.ask("SET k \"\\xff\\xf0\\x00\"");
    sim.ask("BITCOUNT k").is(":12\r\n");
    sim.ask("BITCOUNT k 1 -1").is(":4\r\n");
    sim.ask("BITCOUNT k 5 -14 BIT").is(":6\r\n");
    sim.ask("BITPOS k 0").is(":12\r\n");
    sim.ask("BITPOS k 1 2").is(":-1\r\n");
    sim.ask("BITPOS k 0 0 0").is(":-1\r\n");
    sim.ask("BITPOS k 0 -14 -1 bit").is(":12\r\n");
    sim.ask("SET ones \"\\xff\"");
    sim.ask("BITPOS ones 0").is(":8\r\n");
    sim.ask("BITPOS ones 0 0 -1").is(":-1\r\n");
    sim.ask("BITPOS missing 1").is(":-1\r\n");
    sim.ask("BITPOS missing 0 5 6").is(":0\r\n");
}

#[test]
fn bitop_stores_raw_or_removes() {
    let mut sim = sim();
    sim.ask("MSET a 12 b 1");
    effects(&mut sim);
    sim.ask("BITOP AND d a b missing").is(":2\r\n");
    sim.ask("GET d").is("$2\r\n\0\0\r\n");
    sim.ask("BITOP or a a b").is(":2\r\n");
    assert_eq!(encoding(&sim, "a"), "raw");
    sim.ask("BITOP xor d missing missing").is(":0\r\n");
    assert_eq!(effects(&mut sim), (vec!["new", "set", "set", "del"], 3));
    sim.ask("BITOP xor d missing missing").is(":0\r\n");
    assert_eq!(effects(&mut sim), (vec![], 0));
    sim.ask("BITOP NOT d a b").is("-ERR BITOP NOT must be called with a single source key.\r\n");
    sim.ask("BITOP NAND d a b").is("-ERR syntax error\r\n");
}

#[test]
fn bitop_of_many_blocks_equals_bitop_of_every_byte() {
    let mut sim = sim();
    let strings: Vec<Vec<u8>> = [40_000usize, 16_384, 40_001]
        .iter()
        .map(|&len| (0..len).map(|i| (i * 7 + len) as u8 | b'a').collect())
        .collect();
    for (key, value) in ["a", "b", "c"].iter().zip(&strings) {
        let mut wire =
            format!("*3\r\n$3\r\nSET\r\n$1\r\n{key}\r\n${}\r\n", value.len()).into_bytes();
        wire.extend_from_slice(value);
        wire.extend(b"\r\n");
        sim.send(0, &wire);
    }
    let byte = |n: usize, i: usize| strings[n].get(i).copied().unwrap_or(0);
    type Operation = fn(u8, u8) -> u8;
    let operations: [(&str, Operation); 3] =
        [("AND", |a, b| a & b), ("OR", |a, b| a | b), ("XOR", |a, b| a ^ b)];
    for (name, operation) in operations {
        sim.ask(&format!("BITOP {name} d a b c"));
        let expected =
            (0..40_001).map(|i| operation(operation(byte(0, i), byte(1, i)), byte(2, i)));
        let db = &sim.engine.keyspace.dbs[0];
        let record = db.get(db.table().hash(b"d"), b"d").unwrap();
        let text = record.string().unwrap().to_bytes();
        assert!(text.iter().copied().eq(expected), "{name}");
    }
}

#[test]
fn fields_wrap_saturate_or_fail() {
    let mut sim = sim();
    sim.ask("BITFIELD k SET u8 0 255 INCRBY u8 0 2 GET u8 0").is("*3\r\n:0\r\n:1\r\n:1\r\n");
    sim.ask("BITFIELD k OVERFLOW SAT INCRBY i5 #4 100 INCRBY i5 #4 -100")
        .is("*2\r\n:15\r\n:-16\r\n");
    sim.ask("BITFIELD k OVERFLOW FAIL SET u4 0 16 SET u4 0 15").is("*2\r\n$-1\r\n:0\r\n");
    sim.ask("BITFIELD k OVERFLOW SAT SET u4 0 -1 GET u4 0").is("*2\r\n:15\r\n:15\r\n");
    sim.ask("BITFIELD w SET i64 1 -9223372036854775808 INCRBY i64 1 -1")
        .is("*2\r\n:0\r\n:9223372036854775807\r\n");
    sim.ask("BITFIELD f OVERFLOW SAT SET i60 0 -9223372036854775808 GET i60 0")
        .is("*2\r\n:0\r\n:576460752303423487\r\n");
}

#[test]
fn bitfield_makes_room_before_it_fails() {
    let mut sim = sim();
    let before = sim.engine.changes.dirty;
    sim.ask("BITFIELD k OVERFLOW FAIL SET u8 16 300").is("*1\r\n$-1\r\n");
    sim.ask("STRLEN k").is(":3\r\n");
    assert_eq!(effects(&mut sim), (vec!["new"], 0));
    // Every field of a string that has grown counts as changed.
    sim.ask("BITFIELD k SET u8 0 0 SET u8 24 0").is("*2\r\n:0\r\n:0\r\n");
    assert_eq!(sim.engine.changes.dirty - before, 2);
    sim.ask("BITFIELD k SET u8 0 0").is("*1\r\n:0\r\n");
    assert_eq!(effects(&mut sim), (vec!["setbit"], 1));
}

#[test]
fn bitfield_refuses_in_the_order_of_its_arguments() {
    let mut sim = sim();
    let kind = "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not \
                supported but i64 is.\r\n";
    for bad in ["u64", "i65", "u0", "x8", "u", "i08"] {
        sim.ask(&format!("BITFIELD k GET {bad} x")).is(kind);
    }
    sim.ask("BITFIELD k GET u8 x").is("-ERR bit offset is not an integer or out of range\r\n");
    sim.ask("BITFIELD k SET u8 0 x").is("-ERR value is not an integer or out of range\r\n");
    sim.ask("BITFIELD k GET u8").is("-ERR syntax error\r\n");
    sim.ask("BITFIELD k OVERFLOW x GET").is("-ERR Invalid OVERFLOW type specified\r\n");
    sim.ask("BITFIELD_RO k SET u8 0 1").is("-ERR BITFIELD_RO only supports the GET subcommand\r\n");
    sim.ask("BITFIELD k").is("*0\r\n");
    sim.ask("BITFIELD_RO k GET i8 #4294967295")
        .is("-ERR bit offset is not an integer or out of range\r\n");
    assert!(sim.engine.keyspace.dbs[0].is_empty());
}
