//! The server under faults: clients that end in the middle of things, and a process that is killed
//! or finds no room. Each for one thread and for several.
//!
//! `FERROUS_SERVER=path` tests another server.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::thread;
use std::time::Duration;

use socket2::SockRef;
use support::client::{Address, Client, PATIENCE};
use support::process::{Launch, Server, TempDir, free_port, poll, under_test};
use support::random::Random;

#[allow(dead_code, reason = "each test program uses a part of the shared code")]
mod support;

const THREADS: [&str; 2] = ["1", "4"];

fn launch(io_threads: &str) -> Launch {
    Launch::new(under_test()).option("io-threads", io_threads)
}

/// A bare connection.
fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port())).expect("it accepts");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream
}

/// Ends a connection by RST, whatever is still under way.
fn reset(stream: TcpStream) {
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("it is open");
}

/// A figure of INFO.
fn figure(client: &mut Client, name: &str) -> i64 {
    client.send(b"INFO\r\n");
    let text = client.reply(PATIENCE).expect("a reply").render();
    let text = String::from_utf8_lossy(&text).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name}:")));
    line.and_then(|line| line.parse().ok()).unwrap_or_else(|| panic!("{name} in {text}"))
}

/// Waits until only `client` is connected.
fn alone(client: &mut Client) {
    let is_alone = poll(|| (figure(client, "connected_clients") == 1).then_some(()));
    assert!(is_alone.is_some(), "{} clients", figure(client, "connected_clients"));
}

#[test]
fn an_end_among_writers_is_orderly() {
    for (io_threads, signal) in THREADS.iter().flat_map(|n| ["TERM", "INT", "KILL"].map(|s| (n, s)))
    {
        let mut server = launch(io_threads).start();
        let writers: Vec<_> = (0..20)
            .map(|number| {
                let mut stream = connect(&server);
                let commands = format!("SET key:{number} {}\r\n", "v".repeat(500)).repeat(50);
                thread::spawn(move || {
                    let mut replies = [0; 50 * 5];
                    while stream.write_all(commands.as_bytes()).is_ok()
                        && stream.read_exact(&mut replies).is_ok()
                    {
                        assert_eq!(&replies, &*b"+OK\r\n".repeat(50));
                    }
                })
            })
            .collect();
        thread::sleep(Duration::from_millis(100));
        server.signal(signal);
        let status = server.wait(PATIENCE).expect("it ends");
        for writer in writers {
            writer.join().expect("whole replies");
        }
        let log = server.log() + &server.errors();
        assert!(!log.contains("panicked") && !log.contains("BUG REPORT"), "{log}");
        if signal == "KILL" {
            assert_eq!(status.signal(), Some(9));
            continue;
        }
        assert_eq!(status.code(), Some(0), "{log}");
        for line in ["Received SIG", "User requested shutdown...", "ready to exit, bye bye..."] {
            assert!(log.contains(line), "{line} in {log}");
        }
    }
}

#[test]
fn a_client_that_has_ended_its_sending_gets_its_replies() {
    for io_threads in THREADS {
        let dir = TempDir::new();
        let path = dir.0.join("sock");
        let server = launch(io_threads).option("unixsocket", &path.display().to_string()).start();
        for count in [1, 10, 1000, 5000] {
            for _ in 0..10 {
                let request = b"PING\r\n".repeat(count);
                let (mut tcp, mut unix) = (Vec::new(), Vec::new());
                let mut stream = connect(&server);
                stream.write_all(&request).expect("it takes all");
                stream.shutdown(Shutdown::Write).expect("it is open");
                stream.read_to_end(&mut tcp).expect("an end");
                let mut stream = UnixStream::connect(&path).expect("it accepts");
                stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
                stream.write_all(&request).expect("it takes all");
                stream.shutdown(Shutdown::Write).expect("it is open");
                stream.read_to_end(&mut unix).expect("an end");
                let expected = b"+PONG\r\n".repeat(count);
                assert_eq!((tcp.len(), tcp == expected), (expected.len(), true), "{io_threads}");
                assert_eq!((unix.len(), unix == expected), (expected.len(), true), "{io_threads}");
            }
        }
        // Whoever waits is gone at once; half a command is no command.
        for (request, expected) in [
            (&b"PING\r\nBLPOP nothing 0\r\nPING\r\n"[..], &b"+PONG\r\n"[..]),
            (b"SUBSCRIBE a\r\n", b"*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"),
            (b"MULTI\r\nINCR x\r\nEXEC\r\n*2\r\n$3\r\nGET", b"+OK\r\n+QUEUED\r\n*1\r\n:"),
            (b"PING\r\nQUIT\r\nPING\r\n", b"+PONG\r\n+OK\r\n"),
        ] {
            let (mut stream, mut reply) = (connect(&server), Vec::new());
            stream.write_all(request).expect("it takes all");
            stream.shutdown(Shutdown::Write).expect("it is open");
            stream.read_to_end(&mut reply).expect("an end");
            assert!(reply.starts_with(expected), "{}", reply.escape_ascii());
        }
        alone(&mut server.client());
    }
}

/// What a client may be in the middle of.
const MIDDLES: &[&[u8]] = &[
    b"",
    b"PING\r\n",
    b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$100000\r\nxxx",
    b"SET q 1\r\nGET big\r\nGET big\r\nGET big\r\nGET big\r\n",
    b"BLPOP nothing 0\r\n",
    b"BLPOP nothing other 0\r\nPING\r\n",
    b"XREAD BLOCK 0 STREAMS x $\r\n",
    b"WATCH q\r\nMULTI\r\nSET q 1\r\n",
    b"SUBSCRIBE a b c\r\nPSUBSCRIBE p*\r\nSSUBSCRIBE s\r\n",
    b"MONITOR\r\n",
    b"HELLO 3\r\nCLIENT TRACKING ON BCAST\r\n",
    b"HELLO 3\r\nCLIENT TRACKING ON\r\nGET q\r\n",
    b"EVAL \"for i = 1, 100000 do end return string.rep('x', 100000)\" 0\r\n",
    b"QUIT\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\x01\x02\r\n",
    b"*1\r\n$536870913\r\n",
];

#[test]
fn clients_may_vanish_at_any_moment_and_leave_nothing_behind() {
    for io_threads in THREADS {
        let server = launch(io_threads).start();
        let mut client = server.client();
        assert_eq!(client.ask(&format!("SET big {}", "v".repeat(100_000))), "+OK\\r\\n");
        let mut random = Random::new(7);
        let mut round = |client: &mut Client| {
            let received = figure(client, "total_connections_received");
            for _ in 0..1500 {
                let mut stream = connect(&server);
                let bytes = *random.pick(MIDDLES);
                let sent =
                    if random.one_in(4) { random.below(bytes.len() + 1) } else { bytes.len() };
                // Who is refused may be gone before it has sent all.
                let _ = stream.write_all(&bytes[..sent]);
                if random.one_in(10) {
                    thread::sleep(Duration::from_micros(random.below(1000) as u64));
                }
                if random.one_in(2) {
                    reset(stream);
                }
            }
            // Those who were gone before the server had accepted them come to it as well.
            let all = received + 1500;
            let came = poll(|| (figure(client, "total_connections_received") == all).then_some(()));
            assert!(came.is_some(), "{}", figure(client, "total_connections_received") - received);
            alone(client);
            for name in ["blocked_clients", "tracking_clients", "pubsub_channels"] {
                assert_eq!(figure(client, name), 0, "{name}");
            }
            for name in ["pubsub_patterns", "pubsubshard_channels", "clients_in_timeout_table"] {
                assert_eq!(figure(client, name), 0, "{name}");
            }
            assert_eq!(client.ask("DBSIZE"), ":2\\r\\n");
            assert_eq!(client.ask("SCRIPT FLUSH"), "+OK\\r\\n");
            assert_eq!(client.ask("SLOWLOG RESET"), "+OK\\r\\n");
            figure(client, "used_memory")
        };
        // What is kept for the next clients grows with the most that came at once, which is up to
        // chance; what is lost grows with every round.
        let mut used = vec![round(&mut client), round(&mut client)];
        while used.len() < 10 && used.windows(2).all(|pair| pair[1] - pair[0] >= 50_000) {
            used.push(round(&mut client));
        }
        let settled = used.windows(2).any(|pair| pair[1] - pair[0] < 50_000);
        assert!(settled, "{used:?}, io-threads {io_threads}");
        assert!(!server.errors().contains("panicked"), "{}", server.errors());
    }
}

#[test]
fn who_does_not_read_is_cut_off_and_holds_up_nobody() {
    for io_threads in THREADS {
        let server = launch(io_threads)
            .option("client-output-buffer-limit", "normal 20mb 0 0 pubsub 8mb 0 0")
            .start();
        let mut client = server.client();
        assert_eq!(client.ask(&format!("SET big {}", "v".repeat(1_000_000))), "+OK\\r\\n");
        let mut deaf = connect(&server);
        deaf.write_all(&b"GET big\r\n".repeat(100)).expect("it takes all");
        for _ in 0..50 {
            assert_eq!(client.ask("PING"), "+PONG\\r\\n");
        }
        alone(&mut client);
        assert!(server.await_log("overcoming of output buffer limits"), "{}", server.log());
        let mut deaf = connect(&server);
        deaf.write_all(b"SUBSCRIBE news\r\n").expect("it takes all");
        let heard = poll(|| (client.ask("PUBSUB NUMSUB news").ends_with(":1\\r\\n")).then_some(()));
        assert!(heard.is_some());
        let publish = format!("PUBLISH news {}", "v".repeat(1_000_000));
        assert!((0..50).any(|_| client.ask(&publish) == ":0\\r\\n"), "it is cut off");
        let limit = "CONFIG SET client-output-buffer-limit \"normal 0 5mb 1\"";
        assert_eq!(client.ask(limit), "+OK\\r\\n");
        let mut deaf = connect(&server);
        deaf.write_all(&b"GET big\r\n".repeat(30)).expect("it takes all");
        thread::sleep(Duration::from_millis(300));
        assert_eq!(figure(&mut client, "connected_clients"), 2, "it has a second");
        alone(&mut client);
    }
}

#[test]
fn claims_of_length_cost_no_memory() {
    for io_threads in THREADS {
        let server = launch(io_threads).start();
        let resident = || {
            let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid()));
            let status = status.expect("it runs");
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("RSS");
            line.trim().trim_end_matches(" kB").parse::<i64>().expect("a number")
        };
        let mut client = server.client();
        let before = resident();
        let claims: Vec<_> = (0..500)
            .map(|number| {
                let mut stream = connect(&server);
                let claim = ["*1000000\r\n", "*2\r\n$3\r\nGET\r\n$500000000\r\nx"][number % 2];
                stream.write_all(claim.as_bytes()).expect("it takes all");
                stream
            })
            .collect();
        assert_eq!(client.ask("PING"), "+PONG\\r\\n");
        thread::sleep(Duration::from_millis(100));
        let grown = resident() - before;
        assert!(grown < 40_000, "{grown} kB for {} claims", claims.len());
    }
}

#[test]
fn a_command_in_the_smallest_pieces_costs_no_more() {
    for io_threads in THREADS {
        let server = launch(io_threads).start();
        let mut client = server.client();
        let text = "x".repeat(200_000);
        let request = format!("*2\r\n$4\r\nECHO\r\n${}\r\n{text}\r\n", text.len());
        for piece in request.as_bytes().chunks(3) {
            client.send(piece);
        }
        let reply = client.reply(PATIENCE).expect("a reply");
        assert_eq!(reply.text().len(), text.len());
        client.send(b"*2001\r\n$3\r\nDEL\r\n");
        for byte in b"$1\r\na\r\n".repeat(2000) {
            client.send(&[byte]);
        }
        assert_eq!(client.reply(PATIENCE).expect("a reply").render(), b":0\r\n");
    }
}

#[test]
fn few_descriptors_lower_the_number_of_clients() {
    for io_threads in THREADS {
        let port = free_port();
        let script = format!(
            "ulimit -n 64; exec {} --port {port} --save '' --io-threads {io_threads}",
            under_test().display()
        );
        let launch = Launch::new("sh").arg("-c").arg(script);
        let server = launch.spawn(TempDir::new(), port).expect("there is a shell");
        assert!(server.await_log("Ready to accept"), "{}", server.log());
        let log = server.log();
        for line in [
            "You requested maxclients of 10000 requiring at least 10032 max file descriptors.",
            "Current maximum open files is 64. maxclients has been reduced to 32 to compensate for \
             low ulimit. If you need higher maxclients increase 'ulimit -n'.",
        ] {
            assert!(log.contains(line), "{line} in {log}");
        }
        let mut first = server.client();
        assert!(first.ask("CONFIG GET maxclients").ends_with("$2\\r\\n32\\r\\n"));
        let mut crowd: Vec<_> = (0..40).map(|_| server.client()).collect();
        let replies: Vec<_> = crowd
            .iter_mut()
            .map(|one| one.reply(Duration::from_millis(20)).map(|node| node.render()))
            .collect();
        let refused = replies
            .iter()
            .flatten()
            .filter(|reply| reply.as_slice() == b"-ERR max number of clients reached\r\n");
        assert_eq!(refused.count(), 9);
        crowd.clear();
        alone(&mut first);
        assert_eq!(server.client().ask("PING"), "+PONG\\r\\n");
    }
}

#[test]
fn a_socket_path_that_cannot_be_is_fatal_and_said_once() {
    let long = format!("/tmp/{}", "x".repeat(150));
    for (path, text) in [
        ("/nonexistent/sock", "Failed opening Unix socket: bind: No such file or directory\n"),
        (&*long, "Failed opening Unix socket: unix socket path too long (155), must be under 108"),
    ] {
        let port = free_port().to_string();
        let launch = launch("1").option("port", &port).option("unixsocket", path);
        let (code, out, _) = launch.run();
        assert_eq!(code, Some(1), "{out}");
        assert!(out.contains(text), "{out}");
    }
    let server = launch("1").start();
    let (_, out, _) = launch("1").option("port", &server.port().to_string()).run();
    assert_eq!(out.matches("Could not create server TCP").count(), 1, "{out}");
}

#[test]
fn no_room_for_the_log_or_the_process_id_does_not_matter() {
    // Not a device for the process ID: its file is removed in the end.
    for (option, path) in [("logfile", "/dev/full"), ("pidfile", "/nonexistent/pid")] {
        let mut server = launch("1").option(option, path).start();
        assert_eq!(server.client().ask("PING"), "+PONG\\r\\n");
        server.signal("TERM");
        assert_eq!(server.wait(PATIENCE).and_then(|status| status.code()), Some(0));
    }
    let (code, _, err) = launch("1").option("logfile", "/nonexistent/x.log").run();
    assert_eq!(code, Some(1), "{err}");
}

#[test]
fn garbage_ends_its_sender_only() {
    for io_threads in THREADS {
        let server = launch(io_threads).start();
        let mut client = server.client();
        let mut random = Random::new(11);
        for _ in 0..200 {
            let mut stream = connect(&server);
            for _ in 0..10 {
                let bytes: Vec<u8> = (0..500).map(|_| random.next() as u8).collect();
                if stream.write_all(&bytes).is_err() {
                    break;
                }
            }
        }
        assert_eq!(client.ask("PING"), "+PONG\\r\\n");
        let mut browser =
            Client::connect(&Address::Tcp((Ipv4Addr::LOCALHOST, server.port()).into()))
                .expect("it accepts");
        browser.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert!(browser.drain(PATIENCE).1, "it is closed");
        assert!(server.await_log("Possible SECURITY ATTACK detected."), "{}", server.log());
    }
}
