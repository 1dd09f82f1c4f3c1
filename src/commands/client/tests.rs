//! Clients' memory: what is shown of it, what becomes of it, and who goes when it is too much.

use crate::sim::Sim;

/// The value of a field in the line of a client.
fn field(sim: &mut Sim, client: usize, name: &str) -> i64 {
    let id = client + 1;
    let text = sim.ask(&format!("CLIENT LIST ID {id}")).0;
    let text = String::from_utf8_lossy(&text).into_owned();
    let value = text.split([' ', '\n']).find_map(|part| part.strip_prefix(&format!("{name}=")));
    value.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{name} of {id} in {text}"))
}

/// Begins a command with an argument of that size and does not end it.
fn hold(sim: &mut Sim, client: usize, bytes: usize) {
    let text = format!("*2\r\n${bytes}\r\n{}", "v".repeat(bytes));
    sim.send(client, text.as_bytes());
}

#[test]
fn buffers_shrink_while_a_client_is_idle_and_not_while_the_timer_stands_still() {
    let mut sim = Sim::seed(1);
    let other = sim.connect();
    sim.send(other, b"PING\r\n");
    sim.engine.world.config.enable_debug_command = crate::config::ProtectedAction::Yes;
    let free = field(&mut sim, other, "qbuf-free");
    assert!((16_384..32_768).contains(&free), "{free}");
    assert_eq!(field(&mut sim, other, "rbs"), 16_384);
    sim.ask("DEBUG PAUSE-CRON 1").is("+OK\r\n");
    sim.advance(20_000);
    assert_eq!(
        (field(&mut sim, other, "qbuf-free"), field(&mut sim, other, "rbs")),
        (free, 16_384)
    );
    sim.ask("DEBUG PAUSE-CRON 0").is("+OK\r\n");
    sim.advance(20_000);
    assert_eq!((field(&mut sim, other, "qbuf-free"), field(&mut sim, other, "rbs")), (0, 1024));
    assert_eq!(field(&mut sim, other, "rbp"), 0);
}

#[test]
fn an_incomplete_command_is_shown_and_counted() {
    let mut sim = Sim::seed(1);
    let other = sim.connect();
    hold(&mut sim, other, 1_000_000);
    assert_eq!(field(&mut sim, other, "qbuf"), 1_000_000);
    assert!(field(&mut sim, other, "tot-mem") > 1_000_000);
    sim.send(other, b"\r\n$3\r\nab");
    assert_eq!(field(&mut sim, other, "argv-mem"), 1_000_000);
    assert_eq!(field(&mut sim, other, "qbuf"), 2);
}

#[test]
fn the_largest_clients_go_first_and_those_exempt_never() {
    let mut sim = Sim::seed(1);
    sim.ask("CLIENT NO-EVICT on").is("+OK\r\n");
    let small = sim.connect();
    hold(&mut sim, small, 100_000);
    let large = sim.connect();
    hold(&mut sim, large, 3_000_000);
    let exempt = sim.connect();
    sim.send(exempt, b"CLIENT NO-EVICT on\r\n");
    hold(&mut sim, exempt, 3_000_000);
    sim.ask("CONFIG SET maxmemory-clients 2000000").is("+OK\r\n");
    assert!(sim.is_open(small) && !sim.is_open(large) && sim.is_open(exempt));
    assert_eq!(sim.engine.world.stats.evicted_clients, 1);
    let another = sim.connect();
    sim.send(another, b"CLIENT NO-EVICT off\r\n");
    hold(&mut sim, another, 2_000_000);
    assert!(!sim.is_open(another) && sim.is_open(small));
    sim.ask("PING").is("+PONG\r\n");
}

#[test]
fn a_client_goes_after_the_command_that_was_too_large_and_before_the_next() {
    let mut sim = Sim::seed(1);
    sim.ask("CLIENT NO-EVICT on").is("+OK\r\n");
    sim.ask("CONFIG SET maxmemory-clients 1000000").is("+OK\r\n");
    let other = sim.connect();
    let value = "v".repeat(990_000);
    let set = format!("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$990000\r\n{value}\r\nINCR n\r\n");
    sim.send(other, set.as_bytes());
    assert!(!sim.is_open(other));
    sim.ask("EXISTS k n").is(":1\r\n");
    // Queued commands count together.
    let other = sim.connect();
    sim.send(other, b"MULTI\r\n");
    let mut queued = 0;
    while sim.is_open(other) && queued < 100 {
        sim.send(other, format!("SET k {}\r\n", "v".repeat(60_000)).as_bytes());
        queued += 1;
    }
    assert!((10..20).contains(&queued), "{queued}");
}

#[test]
fn without_a_limit_nobody_goes_and_nothing_is_counted() {
    let mut sim = Sim::seed(1);
    let other = sim.connect();
    sim.ask("CONFIG SET maxmemory-clients 10000000").is("+OK\r\n");
    hold(&mut sim, other, 1_000_000);
    sim.ask("CONFIG SET maxmemory-clients 0").is("+OK\r\n");
    let larger = sim.connect();
    hold(&mut sim, larger, 20_000_000);
    assert!(sim.is_open(other) && sim.is_open(larger));
    sim.engine.world.config.enable_debug_command = crate::config::ProtectedAction::Yes;
    sim.ask("DEBUG CLIENT-EVICTION").is("-ERR maxmemory-clients is disabled.\r\n");
    sim.ask("CONFIG SET maxmemory 1000000 maxmemory-clients 50%").is("+OK\r\n");
    sim.ask("CLIENT NO-EVICT on").is("+OK\r\n");
    assert!(!sim.is_open(other));
}
