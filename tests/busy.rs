//! The server while a script takes long, with and without threads for the sockets.
//!
//! `FERROUS_SERVER=path` tests another server.

use std::fmt::Write;
use std::thread;
use std::time::Duration;

use support::client::{Address, Client, PATIENCE};
use support::process::{Launch, Server, under_test};
use support::quote;
use support::random::Random;

#[allow(dead_code, reason = "each test program uses a part of the shared code")]
mod support;

const BUSY: &str = "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or \
                    SHUTDOWN NOSAVE.\\r\\n";

const ENDLESS: &[u8] = b"EVAL \"while true do pcall(function() while true do end end) end\" 0\r\n";

fn start(io_threads: usize, threshold_ms: u32) -> Server {
    Launch::new(under_test())
        .option("io-threads", &io_threads.to_string())
        .option("busy-reply-threshold", &threshold_ms.to_string())
        .start()
}

/// A server in the middle of an endless script, which is the first client's.
fn busy(io_threads: usize) -> (Server, Client, Client) {
    let server = start(io_threads, 20);
    let (mut runs, mut asks) = (server.client(), server.client());
    runs.send(ENDLESS);
    let is_busy = support::process::poll(|| (asks.ask("PING") == BUSY).then_some(()));
    assert!(is_busy.is_some(), "{}", server.log());
    (server, runs, asks)
}

/// Sends a pipeline in pieces, and looks that each command has its reply, in its place.
fn converse(address: &Address, seed: u64) {
    let mut random = Random::new(seed);
    let mut client = Client::connect(address).expect("the server listens");
    for round in 0..12 {
        let (mut sent, mut expected) = (String::new(), Vec::new());
        for number in 0..20 {
            let text = format!("{seed}-{round}-{number}");
            if random.one_in(12) {
                let turns = random.below(400_000);
                write!(sent, "EVAL \"for i = 1, {turns} do end return ARGV[1]\" 0 {text}\r\n")
                    .expect("memory");
            } else {
                write!(sent, "ECHO {text}\r\n").expect("memory");
            }
            expected.push(format!("${}\\r\\n{text}\\r\\n", text.len()));
        }
        let mut rest = sent.as_bytes();
        while !rest.is_empty() {
            let (piece, later) = rest.split_at((1 + random.below(400)).min(rest.len()));
            client.send(piece);
            rest = later;
            if random.one_in(3) {
                thread::sleep(Duration::from_micros(random.below(3000) as u64));
            }
        }
        for expected in expected {
            let reply = client.reply(PATIENCE).expect("a reply to each command");
            let reply = quote::escape(&reply.render());
            assert!(reply == expected || reply == BUSY, "{reply} instead of {expected}");
        }
    }
}

#[test]
fn every_command_has_its_reply_in_its_place() {
    for io_threads in [1, 2, 4] {
        // Almost every script is slow.
        let server = start(io_threads, 1);
        let clients: Vec<_> = (0..6)
            .map(|seed| {
                let address = server.address();
                thread::spawn(move || converse(&address, seed + 100 * io_threads as u64))
            })
            .collect();
        for client in clients {
            client.join().expect("the replies are in order");
        }
        assert!(server.log().contains("Slow script detected"), "{}", server.log());
    }
}

#[test]
fn the_end_comes_at_once_and_nobody_connects_any_more() {
    for io_threads in [1, 3] {
        let (mut server, mut runs, mut asks) = busy(io_threads);
        asks.send(b"SHUTDOWN NOSAVE\r\n");
        assert!(asks.ends(PATIENCE));
        assert!(Client::connect(&server.address()).is_err(), "the door is shut");
        assert!(runs.ends(PATIENCE), "the script has no reply");
        assert_eq!(server.wait(PATIENCE).and_then(|status| status.code()), Some(0));
    }
}

#[test]
fn a_signal_waits_for_the_end_of_the_script_and_can_be_called_off() {
    for io_threads in [1, 2] {
        let (mut server, mut runs, mut asks) = busy(io_threads);
        server.signal("TERM");
        assert!(server.await_log("Received SIGTERM scheduling shutdown..."), "{}", server.log());
        assert_eq!(asks.ask("PING"), BUSY);
        assert_eq!(asks.ask("SHUTDOWN ABORT"), "+OK\\r\\n");
        assert_eq!(asks.ask("SCRIPT KILL"), "+OK\\r\\n");
        assert!(runs.reply(PATIENCE).is_ok());
        assert_eq!(asks.ask("PING"), "+PONG\\r\\n");
        runs.send(ENDLESS);
        let is_busy = support::process::poll(|| (asks.ask("PING") == BUSY).then_some(()));
        assert!(is_busy.is_some());
        server.signal("TERM");
        thread::sleep(Duration::from_millis(200));
        assert!(server.alive());
        asks.send(b"SCRIPT KILL\r\n");
        assert_eq!(server.wait(PATIENCE).and_then(|status| status.code()), Some(0));
    }
}

#[test]
fn a_second_interrupt_ends_the_process_in_the_middle_of_a_script() {
    for (io_threads, first) in [(1, "INT"), (2, "TERM")] {
        let (mut server, _runs, _asks) = busy(io_threads);
        server.signal(first);
        assert!(server.await_log(&format!("Received SIG{first}")), "{}", server.log());
        server.signal("INT");
        assert_eq!(server.wait(PATIENCE).and_then(|status| status.code()), Some(1));
    }
}
