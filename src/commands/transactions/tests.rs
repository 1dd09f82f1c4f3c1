use crate::keyspace::event::Class;
use crate::sim::Sim;

fn sim() -> Sim {
    let mut sim = Sim::seed(9);
    sim.engine.record_effects(Class::NONE);
    sim
}

fn propagated(sim: &mut Sim) -> String {
    let text = |argv: Vec<bytes::Bytes>| String::from_utf8_lossy(&argv.join(&b' ')).into_owned();
    sim.engine.take_propagated().into_iter().map(text).collect::<Vec<_>>().join("\n")
}

/// Runs commands whose replies do not matter.
fn run(sim: &mut Sim, commands: &[&str]) {
    commands.iter().for_each(|command| drop(sim.ask(command)));
}

/// Another client runs a command.
fn other(sim: &mut Sim, client: usize, command: &str) {
    sim.send(client, format!("{command}\r\n").as_bytes());
    sim.received(client);
}

#[test]
fn a_transaction_is_propagated_as_one_and_errors_stay_inside() {
    let mut sim = sim();
    run(&mut sim, &["MULTI", "SET a x", "INCR a", "GET a", "EXPIREAT a 4000000000", "SET b 1"]);
    assert_eq!(propagated(&mut sim), "");
    sim.ask("EXEC").is(
        "*5\r\n+OK\r\n-ERR value is not an integer or out of range\r\n$1\r\nx\r\n:1\r\n+OK\r\n",
    );
    assert_eq!(propagated(&mut sim), "MULTI\nSET a x\nPEXPIREAT a 4000000000000\nSET b 1\nEXEC");
    run(&mut sim, &["MULTI", "GET a", "SET b 2"]);
    sim.ask("EXEC").is("*2\r\n$1\r\nx\r\n+OK\r\n");
    assert_eq!(propagated(&mut sim), "SET b 2", "one command needs no bracket");
}

#[test]
fn a_refused_exec_ends_the_transaction() {
    let mut sim = sim();
    let aborted = "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command\r\n";
    sim.ask("EXEC now").is(aborted);
    run(&mut sim, &["WATCH a", "MULTI", "SET a 1"]);
    sim.ask("EXEC now").is(aborted);
    sim.ask("GET a").is("$-1\r\n");
    assert!(sim.engine.world.watchers.is_empty());
    sim.ask("EXEC").is("-ERR EXEC without MULTI\r\n");
}

#[test]
fn whoever_changes_a_watched_key_breaks_the_transaction() {
    let mut sim = sim();
    let second = sim.connect();
    for (by, command, broken) in [
        (0, "SET k 1", true),
        (second, "SET k 1", true),
        (second, "DEL k", true),
        (second, "EXPIRE k 100", true),
        (second, "GET k", false),
        (second, "EXPIRE k 100 XX", false),
        (second, "SET other 1", false),
        (second, "FLUSHDB", true),
        (second, "FLUSHALL", true),
        (second, "SWAPDB 0 1", true),
        (second, "SWAPDB 1 2", false),
        (second, "RENAME k l", true),
        (second, "RENAME l k", true),
        (second, "MOVE k 3", true),
    ] {
        run(&mut sim, &["FLUSHALL", "SET k v", "SET l v", "WATCH k none"]);
        other(&mut sim, by, command);
        run(&mut sim, &["MULTI", "PING"]);
        sim.ask("EXEC").is(if broken { "*-1\r\n" } else { "*1\r\n+PONG\r\n" });
    }
}

#[test]
fn an_absent_key_that_stays_absent_has_not_changed() {
    let mut sim = sim();
    let second = sim.connect();
    for command in ["FLUSHALL", "FLUSHDB", "SWAPDB 0 1", "DEL none"] {
        run(&mut sim, &["SET k v", "WATCH none"]);
        other(&mut sim, second, command);
        run(&mut sim, &["MULTI", "PING"]);
        sim.ask("EXEC").is("*1\r\n+PONG\r\n");
    }
}

#[test]
fn a_watched_key_that_expires_breaks_the_transaction_whoever_notices() {
    let mut sim = sim();
    for active in [true, false] {
        sim.engine.keyspace.policy.active_expire = active;
        run(&mut sim, &["SET k v PX 10", "WATCH k"]);
        sim.advance(200);
        run(&mut sim, &["MULTI", "PING"]);
        sim.ask("EXEC").is("*-1\r\n");
    }
}

#[test]
fn a_key_that_had_expired_when_it_was_watched_may_be_removed() {
    let mut sim = sim();
    sim.engine.keyspace.policy.active_expire = false;
    let second = sim.connect();
    for (command, broken) in [
        ("GET k", false),
        ("DEL k", false),
        ("FLUSHDB", false),
        ("SWAPDB 0 1", false),
        ("SET k w", true),
        ("RENAME live k", true),
    ] {
        run(&mut sim, &["FLUSHALL", "SET live v", "SET k v PX 10"]);
        sim.advance(50);
        run(&mut sim, &["WATCH k"]);
        other(&mut sim, second, command);
        run(&mut sim, &["MULTI", "PING"]);
        sim.ask("EXEC").is(if broken { "*-1\r\n" } else { "*1\r\n+PONG\r\n" });
    }
}

#[test]
fn unwatch_forgives_and_watching_twice_counts_once() {
    let mut sim = sim();
    run(&mut sim, &["WATCH k k", "WATCH k", "SET k 1"]);
    assert_eq!(sim.engine.world.watchers.len(), 1);
    sim.ask("UNWATCH").is("+OK\r\n");
    run(&mut sim, &["MULTI", "PING"]);
    sim.ask("EXEC").is("*1\r\n+PONG\r\n");
    assert!(!sim.engine.changes.track_keys, "nobody listens any more");
}

#[test]
fn replies_follow_what_client_reply_says_in_the_middle() {
    let mut sim = sim();
    run(&mut sim, &["MULTI", "PING", "CLIENT REPLY OFF", "PING"]);
    sim.ask("EXEC").is("*3\r\n+PONG\r\n");
    sim.ask("CLIENT REPLY ON").is("+OK\r\n");
    run(&mut sim, &["MULTI", "PING", "CLIENT REPLY SKIP", "PING"]);
    sim.ask("EXEC").is("*3\r\n+PONG\r\n+PONG\r\n");
    sim.ask("PING").is("");
    sim.ask("PING").is("+PONG\r\n");
}

#[test]
fn time_stands_still_inside_a_transaction() {
    let mut sim = sim();
    run(&mut sim, &["MULTI", "TIME", "DEBUG SLEEP 0.5", "TIME"]);
    sim.ask("EXEC").is("-EXECABORT Transaction discarded because of previous errors.\r\n");
    run(&mut sim, &["MULTI", "TIME", "PING", "TIME"]);
    let reply = String::from_utf8(sim.ask("EXEC").0).unwrap();
    let (first, second) = reply.strip_prefix("*3\r\n").unwrap().split_once("+PONG\r\n").unwrap();
    assert_eq!(first, second);
}

#[test]
fn flushing_says_so_even_if_there_was_nothing() {
    let mut sim = sim();
    sim.ask("FLUSHDB ASYNC").is("+OK\r\n");
    assert_eq!(propagated(&mut sim), "FLUSHDB ASYNC");
    let before = sim.engine.changes.dirty;
    run(&mut sim, &["SET a 1", "SET b 1"]);
    sim.ask("FLUSHALL").is("+OK\r\n");
    assert_eq!(sim.engine.changes.dirty - before, 4, "two keys set, two removed");
    assert_eq!(sim.world.borrow().discarded, 2, "freed elsewhere");
}
