//! Waiting clients under simulation: single properties here, random histories in [`history`].

mod history;

use crate::config::Config;
use crate::keyspace::event::Class;
use crate::sim::Sim;

/// A server with `clients` clients beside number 0.
fn sim(clients: usize) -> Sim {
    let mut sim = Sim::seed(11);
    for _ in 0..clients {
        sim.connect();
    }
    sim.engine.record_effects(Class::NONE);
    sim
}

/// A client sends inline commands.
fn tell(sim: &mut Sim, client: usize, commands: &[&str]) {
    let text: String = commands.iter().flat_map(|command| [*command, "\r\n"]).collect();
    sim.send(client, text.as_bytes());
}

#[track_caller]
fn got(sim: &mut Sim, client: usize, expected: &str) {
    assert_eq!(String::from_utf8_lossy(&sim.received(client)), expected, "client {client}");
}

fn propagated(sim: &mut Sim) -> Vec<String> {
    let text = |argv: Vec<bytes::Bytes>| String::from_utf8_lossy(&argv.join(&b' ')).into_owned();
    sim.engine.take_propagated().into_iter().map(text).collect()
}

/// Nothing is kept of clients that wait.
#[track_caller]
fn nobody_waits(sim: &Sim) {
    let block = &sim.engine.world.block;
    let waiting = &sim.engine.keyspace.waiting;
    assert_eq!((block.clients(), block.with_timeout(), block.serials > 0), (0, 0, true));
    assert!(block.postponed.is_empty() && block.resumed.is_empty() && block.ended.is_empty());
    assert!(waiting.is_empty() && !waiting.stirred);
    assert_eq!((waiting.keys(), waiting.group_keys()), (0, 0));
}

#[test]
fn what_is_served_is_propagated_behind_what_served_it() {
    let mut sim = sim(3);
    tell(&mut sim, 1, &["BLPOP none l 0"]);
    tell(&mut sim, 2, &["BLMOVE l m LEFT RIGHT 0"]);
    tell(&mut sim, 3, &["BZMPOP 0 1 z MAX COUNT 5"]);
    tell(&mut sim, 0, &["MULTI", "RPUSH l a b", "ZADD z 1 x", "EXEC"]);
    let expected = [
        "MULTI",
        "RPUSH l a b",
        "ZADD z 1 x",
        "EXEC",
        "LPOP l",
        "LMOVE l m LEFT RIGHT",
        "ZPOPMAX z 1",
    ];
    assert_eq!(propagated(&mut sim), expected);
    got(&mut sim, 1, "*2\r\n$1\r\nl\r\n$1\r\na\r\n");
    got(&mut sim, 2, "$1\r\nb\r\n");
    got(&mut sim, 3, "*2\r\n$1\r\nz\r\n*1\r\n*2\r\n$1\r\nx\r\n$1\r\n1\r\n");
    nobody_waits(&sim);
}

#[test]
fn a_group_reader_propagates_its_consumer_when_it_waits_and_its_claim_when_it_is_served() {
    let mut sim = sim(1);
    sim.ask("XGROUP CREATE s g $ MKSTREAM").is("+OK\r\n");
    propagated(&mut sim);
    tell(&mut sim, 1, &["XREADGROUP GROUP g bob NOACK BLOCK 0 STREAMS s >"]);
    assert_eq!(propagated(&mut sim), ["XGROUP CREATECONSUMER s g bob"]);
    sim.ask("XADD s 1-1 f v").is("$3\r\n1-1\r\n");
    let all = propagated(&mut sim);
    assert_eq!(all, ["XADD s 1-1 f v", "XGROUP SETID s g 1-1 ENTRIESREAD 1"]);
    assert!(sim.received(1).starts_with(b"*1\r\n*2\r\n$1\r\ns\r\n"));
}

#[test]
fn a_command_counts_once_and_only_when_it_is_over() {
    let mut sim = sim(2);
    let calls = |sim: &Sim, name: &str| {
        let id = sim.engine.world.registry.find(name.as_bytes()).unwrap().id;
        let stats = &sim.engine.world.stats;
        (stats.commands[id.0 as usize].calls, stats.commands[id.0 as usize].failed, stats.processed)
    };
    tell(&mut sim, 1, &["BLPOP l 0"]);
    tell(&mut sim, 2, &["XREAD BLOCK 50 STREAMS s $"]);
    assert_eq!(calls(&sim, "blpop"), (0, 0, 0));
    sim.ask("RPUSH l x").is(":1\r\n");
    assert_eq!(calls(&sim, "blpop"), (1, 0, 2));
    sim.advance(60);
    assert_eq!(calls(&sim, "xread"), (1, 0, 3));
    tell(&mut sim, 1, &["BLPOP l 0"]);
    let id = sim.engine.world.sessions.iter().map(|session| session.id.0).nth(1).unwrap();
    sim.ask(&format!("CLIENT UNBLOCK {id} ERROR")).is(":1\r\n");
    assert_eq!(calls(&sim, "blpop"), (2, 1, 5));
    // Waiting for replicas counts however it ends, and twice with an error, as in Redis.
    tell(&mut sim, 1, &["WAIT 1 10"]);
    sim.advance(20);
    assert_eq!(calls(&sim, "wait"), (1, 0, 6));
    tell(&mut sim, 1, &["WAIT 1 0"]);
    sim.ask(&format!("CLIENT UNBLOCK {id} ERROR")).is(":1\r\n");
    assert_eq!(calls(&sim, "wait"), (3, 1, 9));
    nobody_waits(&sim);
}

#[test]
fn timeouts_are_exact_to_the_millisecond() {
    let mut sim = sim(3);
    tell(&mut sim, 1, &["BLPOP a 0.05"]);
    tell(&mut sim, 2, &["BLPOP a 0.01", "PING"]);
    tell(&mut sim, 3, &["XREAD BLOCK 20 STREAMS a $"]);
    let us = |sim: &Sim| sim.world.borrow().elapsed_us;
    let began = us(&sim);
    let mut seen = [0; 3];
    while us(&sim) < began + 70_000 {
        sim.advance(1);
        for (client, seen) in seen.iter_mut().enumerate() {
            if !sim.received(client + 1).is_empty() {
                *seen = (us(&sim) - began) / 1000;
            }
        }
    }
    for (seen, due) in seen.into_iter().zip([50, 10, 20]) {
        assert!((due..=due + 2).contains(&seen), "{seen} instead of {due}");
    }
    nobody_waits(&sim);
}

#[test]
fn a_client_that_leaves_takes_nothing_with_it() {
    let mut sim = sim(3);
    tell(&mut sim, 1, &["BLPOP l k 0", "PING"]);
    tell(&mut sim, 2, &["BLPOP l 10"]);
    tell(&mut sim, 3, &["BLPOP l 0"]);
    assert_eq!(sim.engine.keyspace.waiting.keys(), 2);
    sim.disconnect(1);
    let addr = "127.0.0.1:50002";
    tell(&mut sim, 0, &[&format!("CLIENT KILL {addr}"), "RPUSH l x"]);
    got(&mut sim, 0, "+OK\r\n:1\r\n");
    assert!(!sim.is_open(2));
    got(&mut sim, 3, "*2\r\n$1\r\nl\r\n$1\r\nx\r\n");
    nobody_waits(&sim);
    // A client that comes to the same place is another one.
    let fourth = sim.connect();
    tell(&mut sim, fourth, &["PING"]);
    got(&mut sim, fourth, "+PONG\r\n");
}

#[test]
fn ten_thousand_clients_are_served_in_turn_without_looking_at_the_others() {
    const CLIENTS: usize = 10_000;
    let mut sim = Sim::with_config(11, Config { maxclients: 20_000, ..Config::default() });
    for _ in 0..CLIENTS {
        sim.connect();
    }
    (1..=CLIENTS).for_each(|client| tell(&mut sim, client, &["BLPOP l other 0"]));
    assert_eq!(sim.engine.world.block.clients(), CLIENTS);
    for client in 1..=CLIENTS {
        tell(&mut sim, 0, &[&format!("RPUSH l {client}")]);
        let text = client.to_string();
        got(&mut sim, client, &format!("*2\r\n$1\r\nl\r\n${}\r\n{text}\r\n", text.len()));
    }
    nobody_waits(&sim);
}

#[test]
fn waiting_again_and_again_leaves_nothing_behind() {
    let mut sim = sim(2);
    let turn = "BLPOP a b 100\r\nXREAD BLOCK 100 STREAMS s $\r\nBZPOPMIN z 0\r\n";
    for round in 1..2000 {
        sim.send(1, turn.as_bytes());
        tell(&mut sim, 0, &["RPUSH b x"]);
        tell(&mut sim, 0, &[&format!("XADD s {round}-1 f v"), "ZADD z 1 m"]);
        assert!(!sim.engine.world.block.timeouts.iter().any(|&(_, serial, _)| serial < round));
        nobody_waits(&sim);
        let session = sim.engine.world.sessions.iter().nth(1).unwrap();
        assert_eq!(session.hold.backlog_bytes(), 0);
        sim.received(1);
        sim.received(0);
    }
    sim.ask("EXISTS a b z").is(":0\r\n");
}

#[test]
fn too_much_behind_a_wait_ends_the_connection() {
    let config = Config { client_query_buffer_limit: 1 << 20, ..Config::default() };
    let mut sim = Sim::with_config(3, config);
    let client = sim.connect();
    tell(&mut sim, client, &["BLPOP l 0"]);
    let line = format!("SET k {}\r\n", "x".repeat(60_000));
    (0..10).for_each(|_| sim.send(client, line.as_bytes()));
    assert!(sim.is_open(client));
    (0..10).for_each(|_| sim.send(client, line.as_bytes()));
    assert!(!sim.is_open(client));
    assert_eq!(sim.engine.world.stats.query_limit_closed, 1);
    sim.ask("RPUSH l x").is(":1\r\n");
    sim.ask("EXISTS k l").is(":1\r\n");
}

#[test]
fn info_and_client_list_tell_of_those_who_wait() {
    let mut sim = sim(4);
    tell(&mut sim, 1, &["BLPOP a b 0"]);
    tell(&mut sim, 2, &["XREAD BLOCK 1000 STREAMS b c $ $"]);
    sim.ask("XGROUP CREATE c g $ MKSTREAM").is("+OK\r\n");
    tell(&mut sim, 3, &["XREADGROUP GROUP g c BLOCK 0 STREAMS c >"]);
    sim.ask("CLIENT PAUSE 1000 WRITE").is("+OK\r\n");
    tell(&mut sim, 4, &["SET k v", "PING"]);
    let info = String::from_utf8(sim.ask("INFO clients").0).unwrap();
    for field in [
        "blocked_clients:4",
        "clients_in_timeout_table:1",
        "total_blocking_keys:3",
        "total_blocking_keys_on_nokey:1",
    ] {
        assert!(info.contains(field), "{field} in {info}");
    }
    let list = String::from_utf8(sim.ask("CLIENT LIST").0).unwrap();
    assert_eq!(list.matches("flags=b ").count(), 4, "{list}");
    assert!(list.contains("argv-mem=8 ") && list.contains("cmd=blpop"), "{list}");
}

#[test]
fn a_pause_holds_back_writes_and_keeps_their_order() {
    let mut sim = sim(4);
    let [writer, reader, other] = [1, 2, 3];
    sim.ask("CLIENT PAUSE 100 WRITE").is("+OK\r\n");
    tell(&mut sim, writer, &["SET k 1", "GET k", "INCR k"]);
    tell(&mut sim, other, &["MULTI", "GET k", "EXEC", "APPEND k x", "PING"]);
    tell(&mut sim, reader, &["GET k", "PING"]);
    got(&mut sim, writer, "");
    got(&mut sim, reader, "$-1\r\n+PONG\r\n");
    got(&mut sim, other, "+OK\r\n+QUEUED\r\n*1\r\n$-1\r\n");
    assert_eq!(sim.engine.world.block.clients(), 2);
    sim.advance(99);
    got(&mut sim, writer, "");
    sim.advance(2);
    got(&mut sim, writer, "+OK\r\n$1\r\n1\r\n:2\r\n");
    got(&mut sim, other, ":2\r\n+PONG\r\n");
    nobody_waits(&sim);
}

#[test]
fn a_pause_holds_back_everything_until_its_time_is_over() {
    let mut sim = sim(2);
    sim.ask("CLIENT PAUSE 50 WRITE").is("+OK\r\n");
    sim.ask("CLIENT PAUSE 20").is("+OK\r\n");
    // The longer time and the stricter mode win.
    tell(&mut sim, 1, &["CLIENT UNPAUSE", "PING"]);
    tell(&mut sim, 2, &["NOSUCHCOMMAND", "GET", "MULTI"]);
    got(&mut sim, 1, "");
    assert!(sim.received(2).starts_with(b"-ERR unknown command"));
    sim.advance(30);
    got(&mut sim, 1, "");
    sim.advance(30);
    got(&mut sim, 1, "+OK\r\n+PONG\r\n");
    got(&mut sim, 2, "+OK\r\n");
    nobody_waits(&sim);
}

#[test]
fn nothing_expires_in_a_pause_though_it_looks_so() {
    let mut sim = sim(2);
    sim.ask("SET k v PX 20").is("+OK\r\n");
    sim.ask("CLIENT PAUSE 1000 WRITE").is("+OK\r\n");
    propagated(&mut sim);
    sim.advance(500);
    sim.ask("GET k").is("$-1\r\n");
    sim.ask("EXISTS k").is(":0\r\n");
    sim.ask("KEYS *").is("*0\r\n");
    sim.ask("DBSIZE").is(":1\r\n");
    sim.ask("RANDOMKEY").is("$1\r\nk\r\n");
    assert!(propagated(&mut sim).is_empty());
    sim.ask("CLIENT UNPAUSE").is("+OK\r\n");
    sim.advance(1);
    sim.ask("DBSIZE").is(":0\r\n");
    assert_eq!(propagated(&mut sim), ["DEL k"]);
}

#[test]
fn a_write_in_a_transaction_that_pauses_replaces_what_has_expired() {
    let mut sim = sim(1);
    sim.engine.keyspace.policy.active_expire = false;
    sim.ask("RPUSH k old").is(":1\r\n");
    sim.ask("PEXPIRE k 10").is(":1\r\n");
    sim.advance(50);
    tell(&mut sim, 0, &["MULTI", "CLIENT PAUSE 100 WRITE", "RPUSH k new", "EXEC", "LRANGE k 0 -1"]);
    let queued = "+QUEUED\r\n";
    got(&mut sim, 0, &format!("+OK\r\n{queued}{queued}*2\r\n+OK\r\n:1\r\n*1\r\n$3\r\nnew\r\n"));
}

#[test]
fn who_is_served_in_a_pause_is_held_back_then() {
    let mut sim = sim(2);
    tell(&mut sim, 1, &["BLPOP l 0"]);
    tell(&mut sim, 0, &["MULTI", "CLIENT PAUSE 100 WRITE", "RPUSH l x", "EXEC"]);
    sim.received(0);
    got(&mut sim, 1, "");
    sim.ask("LLEN l").is(":1\r\n");
    assert_eq!(sim.engine.world.block.clients(), 1);
    sim.advance(110);
    got(&mut sim, 1, "*2\r\n$1\r\nl\r\n$1\r\nx\r\n");
    nobody_waits(&sim);
}

#[test]
fn a_wait_ends_in_a_pause_when_its_time_is_over() {
    let mut sim = sim(2);
    tell(&mut sim, 1, &["BLPOP l 0.05", "PING"]);
    sim.ask("CLIENT PAUSE 1000").is("+OK\r\n");
    sim.advance(100);
    got(&mut sim, 1, "*-1\r\n");
    sim.advance(1000);
    got(&mut sim, 1, "+PONG\r\n");
}
