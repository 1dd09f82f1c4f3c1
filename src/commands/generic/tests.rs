use crate::keyspace::event::Class;
use crate::sim::Sim;

/// A server that shows its effects.
fn sim() -> Sim {
    let mut sim = Sim::seed(5);
    let every = Class::ALL.or(Class::KEY_MISS).or(Class::NEW).or(Class::KEYEVENT);
    sim.engine.record_effects(every);
    sim
}

/// What was propagated since the last call, a command a line.
fn propagated(sim: &mut Sim) -> String {
    let text = |argv: Vec<bytes::Bytes>| String::from_utf8_lossy(&argv.join(&b' ')).into_owned();
    sim.engine.take_propagated().into_iter().map(text).collect::<Vec<_>>().join("\n")
}

/// Events since the last call, as `name db key`.
fn events(sim: &mut Sim) -> String {
    let events = sim.engine.world.events.as_mut().map(std::mem::take).unwrap_or_default();
    let line = |e: &crate::keyspace::changes::KeyEvent| {
        format!("{} {} {}", e.name, e.db.0, String::from_utf8_lossy(&e.key))
    };
    events.iter().map(line).collect::<Vec<_>>().join(", ")
}

fn reset(sim: &mut Sim) {
    propagated(sim);
    events(sim);
}

fn now(sim: &mut Sim) -> i64 {
    let reply = sim.ask("TIME").0;
    let text = String::from_utf8(reply).unwrap();
    let parts: Vec<&str> = text.split("\r\n").collect();
    parts[2].parse::<i64>().unwrap() * 1000 + parts[4].parse::<i64>().unwrap() / 1000
}

#[test]
fn relative_expiries_are_propagated_as_absolute_ones_with_their_conditions() {
    let mut sim = sim();
    sim.ask("SET k v").is("+OK\r\n");
    reset(&mut sim);
    let start = now(&mut sim);
    sim.ask("EXPIRE k 100 NX").is(":1\r\n");
    assert_eq!(propagated(&mut sim), format!("PEXPIREAT k {} NX", start + 100_000));
    assert_eq!(events(&mut sim), "expire 0 k");
    sim.ask("expireat k 4000000000").is(":1\r\n");
    assert_eq!(propagated(&mut sim), "PEXPIREAT k 4000000000000");
    sim.ask("pexpireat k 4000000000001 gt").is(":1\r\n");
    assert_eq!(propagated(&mut sim), "pexpireat k 4000000000001 gt", "as it was sent");
    sim.ask("PEXPIREAT k 4000000000001 GT").is(":0\r\n");
    sim.ask("PEXPIREAT k 4000000000001 NX").is(":0\r\n");
    sim.ask("PEXPIREAT k 4000000000001 LT").is(":0\r\n");
    assert_eq!(propagated(&mut sim), "", "nothing has changed");
    sim.ask("PERSIST k").is(":1\r\n");
    assert_eq!(propagated(&mut sim), "PERSIST k");
    sim.ask("PERSIST k").is(":0\r\n");
    sim.ask("EXPIRE k 100 XX").is(":0\r\n");
    sim.ask("EXPIRE k 100 GT").is(":0\r\n");
    assert_eq!(events(&mut sim), "expire 0 k, expire 0 k, persist 0 k");
    assert_eq!(propagated(&mut sim), "");
}

#[test]
fn an_expiry_in_the_past_deletes() {
    let mut sim = sim();
    sim.ask("SET k v").is("+OK\r\n");
    reset(&mut sim);
    sim.ask("EXPIRE k -1").is(":1\r\n");
    assert_eq!((propagated(&mut sim).as_str(), events(&mut sim).as_str()), ("DEL k", "del 0 k"));
    sim.ask("EXISTS k").is(":0\r\n");
    assert_eq!(sim.engine.keyspace.stats.expired, 0, "it was deleted, it did not expire");
    sim.ask("CONFIG SET lazyfree-lazy-expire yes").is("+OK\r\n");
    sim.ask("SET k v").is("+OK\r\n");
    reset(&mut sim);
    sim.ask("PEXPIREAT k 1").is(":1\r\n");
    assert_eq!(propagated(&mut sim), "UNLINK k");
}

#[test]
fn a_key_lives_to_the_end_of_its_last_millisecond() {
    let mut sim = sim();
    sim.engine.keyspace.policy.active_expire = false;
    let at = now(&mut sim) + 50;
    sim.ask(&format!("SET k v PXAT {at}")).is("+OK\r\n");
    while now(&mut sim) < at {
        sim.ask("EXISTS k").is(":1\r\n");
        sim.advance(1);
    }
    sim.ask("PTTL k").is(":0\r\n");
    sim.ask("EXISTS k").is(":1\r\n");
    sim.advance(1);
    reset(&mut sim);
    sim.ask("DBSIZE").is(":1\r\n");
    sim.ask("KEYS *").is("*0\r\n");
    assert_eq!(events(&mut sim), "", "KEYS leaves it alone");
    sim.ask("EXISTS k").is(":0\r\n");
    assert_eq!(events(&mut sim), "expired 0 k, keymiss 0 k");
    assert_eq!(propagated(&mut sim), "DEL k");
    sim.ask("DBSIZE").is(":0\r\n");
    assert_eq!(sim.engine.keyspace.stats.expired, 1);
}

#[test]
fn del_of_an_expired_key_removes_nothing_and_propagates_its_expiry() {
    let mut sim = sim();
    sim.engine.keyspace.policy.active_expire = false;
    sim.ask("SET old v PX 10").is("+OK\r\n");
    sim.ask("SET new v").is("+OK\r\n");
    sim.advance(20);
    reset(&mut sim);
    sim.ask("DEL old new none").is(":1\r\n");
    assert_eq!(propagated(&mut sim), "MULTI\nDEL old\nDEL old new none\nEXEC");
    assert_eq!(events(&mut sim), "expired 0 old, del 0 new");
    let stats = sim.engine.keyspace.stats;
    assert_eq!((stats.hits, stats.misses), (0, 0), "DEL is no read");
}

#[test]
fn renaming_keeps_expiry_and_starts_a_new_access_clock() {
    let mut sim = sim();
    sim.ask("SET a v PXAT 4000000000000").is("+OK\r\n");
    sim.ask("SET b w").is("+OK\r\n");
    sim.advance(5_000);
    reset(&mut sim);
    sim.ask("RENAME a b").is("+OK\r\n");
    assert_eq!(events(&mut sim), "new 0 b, rename_from 0 a, rename_to 0 b");
    assert_eq!(propagated(&mut sim), "RENAME a b");
    sim.ask("PEXPIRETIME b").is(":4000000000000\r\n");
    sim.ask("OBJECT IDLETIME b").is(":0\r\n");
    sim.ask("RENAME a b").is("-ERR no such key\r\n");
    sim.ask("RENAMENX b b").is(":0\r\n");
    sim.ask("RENAME b b").is("+OK\r\n");
    assert_eq!(propagated(&mut sim), "");
}

#[test]
fn copies_and_moves_tell_in_the_right_database() {
    let mut sim = sim();
    sim.ask("SET a v").is("+OK\r\n");
    reset(&mut sim);
    sim.ask("COPY a b DB 3").is(":1\r\n");
    assert_eq!(events(&mut sim), "new 3 b, copy_to 3 b");
    sim.ask("COPY a b DB 3").is(":0\r\n");
    sim.ask("COPY a b DB 3 REPLACE").is(":1\r\n");
    sim.ask("MOVE a 2").is(":1\r\n");
    assert_eq!(events(&mut sim), "new 3 b, copy_to 3 b, new 2 a, move_from 0 a, move_to 2 a");
    assert_eq!(propagated(&mut sim), "COPY a b DB 3\nCOPY a b DB 3 REPLACE\nMOVE a 2");
    sim.ask("COPY a a").is("-ERR source and destination objects are the same\r\n");
    sim.ask("MOVE a 0").is("-ERR source and destination objects are the same\r\n");
}

#[test]
fn copies_of_large_values_do_not_change_together() {
    let mut sim = sim();
    let long = "x".repeat(1000);
    sim.ask(&format!("SET a {long}")).is("+OK\r\n");
    sim.ask("COPY a b").is(":1\r\n");
    sim.ask("APPEND a y").is(":1001\r\n");
    sim.ask("STRLEN b").is(":1000\r\n");
    sim.ask("GET b").is(&format!("$1000\r\n{long}\r\n"));
}

#[test]
fn looks_from_outside_count_but_neither_touch_nor_notify() {
    let mut sim = sim();
    sim.ask("SET k v").is("+OK\r\n");
    sim.advance(7_000);
    reset(&mut sim);
    sim.ask("OBJECT IDLETIME k").is(":7\r\n");
    sim.ask("OBJECT ENCODING none").is("$-1\r\n");
    sim.ask("SCAN 0 COUNT 100 TYPE string").is("*2\r\n$1\r\n0\r\n*1\r\n$1\r\nk\r\n");
    sim.ask("SCAN 0 COUNT 100 TYPE nonsense").is("*2\r\n$1\r\n0\r\n*0\r\n");
    sim.ask("SCAN 0 COUNT 100").is("*2\r\n$1\r\n0\r\n*1\r\n$1\r\nk\r\n");
    sim.ask("TYPE k").is("+string\r\n");
    sim.ask("TTL k").is(":-1\r\n");
    sim.ask("OBJECT IDLETIME k").is(":7\r\n");
    let stats = sim.engine.keyspace.stats;
    assert_eq!((stats.hits, stats.misses), (6, 1));
    assert_eq!(events(&mut sim), "");
    sim.ask("CLIENT NO-TOUCH ON").is("+OK\r\n");
    sim.ask("GET k").is("$1\r\nv\r\n");
    sim.ask("OBJECT IDLETIME k").is(":7\r\n");
    sim.ask("TOUCH k none").is(":1\r\n");
    sim.ask("OBJECT IDLETIME k").is(":0\r\n");
    assert_eq!(events(&mut sim), "keymiss 0 none");
}

#[test]
fn scan_meets_every_key_once_and_removes_expired_ones() {
    let mut sim = sim();
    sim.engine.keyspace.policy.active_expire = false;
    for n in 0..3_000 {
        let ttl = if n % 3 == 0 { " PX 5" } else { "" };
        sim.ask(&format!("SET key:{n} v{ttl}")).is("+OK\r\n");
    }
    sim.advance(100);
    let (mut cursor, mut seen) = ("0".to_owned(), Vec::new());
    loop {
        let reply =
            String::from_utf8(sim.ask(&format!("SCAN {cursor} MATCH key:* COUNT 37")).0).unwrap();
        let mut lines = reply.split("\r\n").filter(|line| !line.starts_with(['*', '$']));
        cursor = lines.next().unwrap().to_owned();
        seen.extend(lines.filter(|line| !line.is_empty()).map(str::to_owned));
        if cursor == "0" {
            break;
        }
    }
    seen.sort();
    let mut expected: Vec<_> =
        (0..3_000).filter(|n| n % 3 != 0).map(|n| format!("key:{n}")).collect();
    expected.sort();
    assert_eq!(seen, expected);
    sim.ask("DBSIZE").is(":2000\r\n");
}

#[test]
fn randomkey_removes_the_expired_keys_it_meets() {
    let mut sim = sim();
    sim.engine.keyspace.policy.active_expire = false;
    (0..50).for_each(|n| sim.ask(&format!("SET old:{n} v PX 5")).is("+OK\r\n"));
    sim.ask("SET live v").is("+OK\r\n");
    sim.advance(100);
    sim.ask("RANDOMKEY").is("$4\r\nlive\r\n");
    sim.ask("DEL live").is(":1\r\n");
    reset(&mut sim);
    sim.ask("RANDOMKEY").is("$-1\r\n");
    sim.ask("DBSIZE").is(":0\r\n");
    assert!(!propagated(&mut sim).contains("MULTI"), "keys that nobody named go one by one");
}

#[test]
fn numbers_are_sorted_as_numbers_and_words_only_with_alpha() {
    let mut sim = Sim::seed(7);
    sim.ask("RPUSH l 10 9 1e1 -1").is(":4\r\n");
    sim.ask("SORT l").is("*4\r\n$2\r\n-1\r\n$1\r\n9\r\n$2\r\n10\r\n$3\r\n1e1\r\n");
    sim.ask("SORT l ALPHA DESC LIMIT 0 2").is("*2\r\n$1\r\n9\r\n$3\r\n1e1\r\n");
    sim.ask("RPUSH l x").is(":5\r\n");
    sim.ask("SORT l").is("-ERR One or more scores can't be converted into double\r\n");
}

#[test]
fn patterns_name_strings_and_fields() {
    let mut sim = Sim::seed(7);
    sim.ask("RPUSH l a b c").is(":3\r\n");
    sim.ask("MSET w_a 3 w_b 1").is("+OK\r\n");
    sim.ask("HSET h_a f x").is(":1\r\n");
    sim.ask("SORT l BY w_* GET # GET h_*->f")
        .is("*6\r\n$1\r\nc\r\n$-1\r\n$1\r\nb\r\n$-1\r\n$1\r\na\r\n$1\r\nx\r\n");
    sim.ask("SORT l BY nosort DESC").is("*3\r\n$1\r\nc\r\n$1\r\nb\r\n$1\r\na\r\n");
}

#[test]
fn a_stored_result_is_a_list_and_an_empty_one_no_key() {
    let mut sim = Sim::seed(7);
    sim.ask("SADD s 3 1 2").is(":3\r\n");
    sim.ask("SORT s DESC STORE d").is(":3\r\n");
    sim.ask("LRANGE d 0 -1").is("*3\r\n$1\r\n3\r\n$1\r\n2\r\n$1\r\n1\r\n");
    sim.ask("OBJECT ENCODING d").is("$8\r\nlistpack\r\n");
    sim.ask("SORT none STORE d").is(":0\r\n");
    sim.ask("EXISTS d").is(":0\r\n");
    sim.ask("SORT_RO s STORE d").is("-ERR syntax error\r\n");
}

#[test]
fn sorting_a_small_sorted_set_makes_it_large() {
    let mut sim = Sim::seed(7);
    sim.ask("ZADD z 2 1 1 2").is(":2\r\n");
    sim.ask("SORT z").is("*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
    sim.ask("OBJECT ENCODING z").is("$8\r\nskiplist\r\n");
}
