//! The server as its user starts and stops it. The texts are those of Redis 7.2.4.
//!
//! `FERROUS_SERVER=path` tests another server.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use support::client::{Address, Client, PATIENCE};
use support::process::{Launch, Server, TempDir, free_port, under_test};

#[allow(dead_code, reason = "each test program uses a part of the shared code")]
mod support;

fn launch() -> Launch {
    Launch::new(under_test())
}

/// Asserts that these arguments are refused with this complaint about this line.
fn refused(args: &[&str], at: usize, line: &str, why: &str) {
    let (code, _, err) = args.iter().fold(launch(), |launch, arg| launch.arg(*arg)).run();
    let expected = format!(
        "\n*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***\n\
         Reading the configuration file, at line {at}\n>>> '{line}'\n{why}\n"
    );
    assert_eq!((code, err), (Some(1), expected), "{args:?}");
}

#[test]
fn version_is_one_line_that_scripts_can_parse() {
    for flag in ["-v", "--version"] {
        let (code, out, err) = launch().arg(flag).run();
        assert_eq!((code, &*err), (Some(0), ""));
        assert!(out.starts_with("Redis server v=7.2.4 sha="), "{out}");
        assert!(out.contains(" malloc=") && out.contains(" bits=64 build="), "{out}");
        assert_eq!(out.lines().count(), 1, "{out}");
    }
}

#[test]
fn help_goes_to_stderr_and_fails() {
    for flag in ["-h", "--help"] {
        let (code, out, err) = launch().arg(flag).run();
        assert_eq!((code, &*out), (Some(1), ""));
        assert!(err.starts_with("Usage: ./"), "{err}");
        assert!(err.contains(" [/path/to/redis.conf] [options] [-]\n"), "{err}");
        assert!(err.contains(" - (read config from stdin)\n"), "{err}");
        assert!(err.contains(" -v or --version\n") && err.contains(" -h or --help\n"), "{err}");
    }
}

#[test]
fn options_in_pairs_set_directives() {
    let server = launch().option("maxmemory", "100mb").option("timeout", "77").start();
    let mut client = server.client();
    assert_eq!(
        client.ask("CONFIG GET maxmemory"),
        "*2\\r\\n$9\\r\\nmaxmemory\\r\\n$9\\r\\n104857600\\r\\n"
    );
    assert_eq!(client.ask("CONFIG GET timeout"), "*2\\r\\n$7\\r\\ntimeout\\r\\n$2\\r\\n77\\r\\n");
}

#[test]
fn a_file_is_read_and_options_win() {
    let dir = TempDir::new();
    let path = dir.0.join("some.conf");
    let text = "# a comment\n\n  timeout 5\nmaxmemory-policy \"allkeys-lru\"\ntcp-keepalive 7\n";
    fs::write(&path, text).expect("writable");
    let server = launch().arg(path.display().to_string()).option("timeout", "6").start();
    let mut client = server.client();
    assert_eq!(client.ask("CONFIG GET timeout"), "*2\\r\\n$7\\r\\ntimeout\\r\\n$1\\r\\n6\\r\\n");
    assert_eq!(
        client.ask("CONFIG GET maxmemory-policy"),
        "*2\\r\\n$16\\r\\nmaxmemory-policy\\r\\n$11\\r\\nallkeys-lru\\r\\n"
    );
}

#[test]
fn a_dash_reads_directives_from_stdin() {
    let server = launch().arg("-").stdin(b"timeout 9\nhz 20\n").start();
    let mut client = server.client();
    assert_eq!(client.ask("CONFIG GET timeout"), "*2\\r\\n$7\\r\\ntimeout\\r\\n$1\\r\\n9\\r\\n");
    assert_eq!(client.ask("CONFIG GET hz"), "*2\\r\\n$2\\r\\nhz\\r\\n$2\\r\\n20\\r\\n");
}

#[test]
fn a_missing_file_is_fatal() {
    let (code, out, _) = launch().arg("/nonexistent.conf").run();
    assert_eq!(code, Some(1));
    let text = "Fatal error, can't open config file '/nonexistent.conf': No such file or directory";
    assert!(out.contains(text), "{out}");
}

#[test]
fn wrong_directives_are_fatal_and_named() {
    let unknown = "Bad directive or wrong number of arguments";
    refused(&["--foo"], 2, "foo", unknown);
    refused(&["--foo", "bar"], 2, "foo \"bar\"", unknown);
    refused(&["-x"], 2, "\"-x\"", unknown);
    refused(&["--port"], 2, "port", "wrong number of arguments");
    refused(&["--port", "1", "2"], 2, "port \"1\" \"2\"", "wrong number of arguments");
    refused(&["--port", "abc"], 2, "port \"abc\"", "argument couldn't be parsed into an integer");
    let range = "argument must be between 0 and 65535 inclusive";
    refused(&["--port", "99999"], 2, "port \"99999\"", range);
    let range = "argument must be between 0 and 2147483647 inclusive";
    refused(&["--timeout", "-1"], 2, "timeout \"-1\"", range);
    let range = "argument must be between 1 and 2147483647 inclusive";
    refused(&["--databases", "0"], 2, "databases \"0\"", range);
    let range = "argument must be between 1 and 4294967295 inclusive";
    refused(&["--maxclients", "0"], 2, "maxclients \"0\"", range);
    let kind = "argument must be a memory value";
    refused(&["--maxmemory", "1xx"], 2, "maxmemory \"1xx\"", kind);
    let choice = "argument(s) must be one of the following: everysec, always, no";
    refused(&["--appendfsync", "foo"], 2, "appendfsync \"foo\"", choice);
    let rename = |name: &str, why: &str| {
        refused(
            &["--rename-command", "get", name],
            2,
            &format!("rename-command \"get\" \"{name}\""),
            why,
        );
    };
    rename("set", "Target command name already exists");
    let line = "rename-command \"nosuch\" \"x\"";
    refused(&["--rename-command", "nosuch", "x"], 2, line, "No such command in rename-command");
    refused(&["--dir", "/nonexistent"], 2, "dir \"/nonexistent\"", "No such file or directory");
}

#[test]
fn wrong_lines_of_a_file_are_named_by_number() {
    for (text, at, line, why) in [
        ("port 1\nfoo bar\n", 2, "foo bar", "Bad directive or wrong number of arguments"),
        ("\n# c\nmaxmemory 1xx\n", 3, "maxmemory 1xx", "argument must be a memory value"),
        ("port \"1\n", 1, "port \"1", "Unbalanced quotes in configuration line"),
    ] {
        let dir = TempDir::new();
        let path = dir.0.join("bad.conf");
        fs::write(&path, text).expect("writable");
        refused(&[&path.display().to_string()], at, line, why);
    }
}

#[test]
fn the_log_tells_what_supervisors_wait_for() {
    let server = launch().start();
    assert!(server.await_log("Ready to accept connections tcp"), "{}", server.log());
    let log = server.log();
    let pid = server.pid();
    assert!(log.contains(&format!(", pid={pid}, just started\n")), "{log}");
    assert!(log.contains("Redis version=7.2.4, bits=64, commit="), "{log}");
    let mode = format!("Running mode=standalone, port={}.\n", server.port());
    assert!(log.contains(&mode), "{log}");
    assert!(log.contains(" * Server initialized\n"), "{log}");
    let ready = log.lines().find(|line| line.contains("Ready to accept")).expect("awaited");
    assert!(ready.starts_with(&format!("{pid}:M ")), "{ready}");
}

#[test]
fn the_log_goes_to_a_file_if_told() {
    let server = launch().option("logfile", "some.log").start();
    let path = server.dir().join("some.log");
    let told = support::process::poll(|| {
        fs::read_to_string(&path).ok().filter(|log| log.contains("Ready to accept connections tcp"))
    });
    assert!(told.is_some());
    assert!(!server.log().contains("Ready to accept"), "{}", server.log());
}

#[test]
fn a_pid_file_lives_as_long_as_the_server() {
    let mut server = launch().option("pidfile", "some.pid").start();
    let path = server.dir().join("some.pid");
    assert_eq!(fs::read_to_string(&path).expect("written"), format!("{}\n", server.pid()));
    server.signal("TERM");
    assert_eq!(server.wait(PATIENCE).and_then(|status| status.code()), Some(0));
    assert!(!path.exists());
}

/// Ends a server by a signal while clients write without pause.
fn ends_under_load(signal: &str) {
    let mut server = launch().start();
    let address = server.address();
    let writers: Vec<_> = (0..4)
        .map(|number| {
            let address = address.clone();
            std::thread::spawn(move || write_until_closed(&address, number))
        })
        .collect();
    let mut watcher = server.client();
    let busy = support::process::poll(|| (watcher.ask("DBSIZE") == ":4\\r\\n").then_some(()));
    assert!(busy.is_some());
    server.signal(signal);
    let status = server.wait(PATIENCE).expect("it ends");
    assert_eq!(status.code(), Some(0), "{}", server.log());
    for writer in writers {
        assert!(writer.join().expect("the writer does not panic") > 0);
    }
    let log = server.log();
    assert!(log.contains(&format!("Received SIG{signal} scheduling shutdown...")), "{log}");
    assert!(log.contains(" * User requested shutdown...\n"), "{log}");
    assert!(log.contains("Redis is now ready to exit, bye bye...\n"), "{log}");
}

/// Sends pipelines until the connection ends; counts replies, each of which must be whole.
fn write_until_closed(address: &Address, number: usize) -> usize {
    let mut client = Client::connect(address).expect("the server accepts");
    let mut replies = 0;
    loop {
        client.send(format!("SET key:{number} value\r\n").repeat(50).as_bytes());
        for _ in 0..50 {
            match client.reply(PATIENCE) {
                Ok(node) => assert_eq!(node.render(), b"+OK\r\n"),
                Err(support::client::End::Closed(rest)) => {
                    assert!(rest.is_empty(), "half a reply: {rest:?}");
                    return replies;
                }
                Err(end) => panic!("{end:?}"),
            }
            replies += 1;
        }
    }
}

#[test]
fn sigterm_ends_a_busy_server_cleanly() {
    ends_under_load("TERM");
}

#[test]
fn sigint_ends_a_busy_server_cleanly() {
    ends_under_load("INT");
}

#[test]
fn shutdown_closes_without_a_reply() {
    let mut server = launch().start();
    let mut client = server.client();
    client.send(b"SHUTDOWN NOSAVE\r\n");
    assert!(client.ends(PATIENCE));
    assert_eq!(server.wait(PATIENCE).and_then(|status| status.code()), Some(0));
}

#[test]
fn a_unix_socket_has_its_permissions_and_goes_with_the_server() {
    let dir = TempDir::new();
    let path = dir.0.join("s.sock");
    let text = path.display().to_string();
    let mut server = launch().option("unixsocket", &text).option("unixsocketperm", "700").start();
    assert!(server.await_log("Ready to accept connections unix"), "{}", server.log());
    let about = fs::metadata(&path).expect("the socket exists");
    assert!(about.file_type().is_socket());
    assert_eq!(about.permissions().mode() & 0o777, 0o700);
    let mut client = Client::connect(&Address::Unix(path.clone())).expect("it accepts");
    assert_eq!(client.ask("PING"), "+PONG\\r\\n");
    assert!(client.ask("CLIENT INFO").contains(&format!(" addr={text}:0 laddr={text}:0 ")));
    server.signal("TERM");
    assert_eq!(server.wait(PATIENCE).and_then(|status| status.code()), Some(0));
    assert!(!path.exists());
}

#[test]
fn several_addresses_are_served() {
    let server = launch().arg("--bind").arg("127.0.0.1").arg("127.0.0.2").start();
    for last in [1, 2] {
        let address = SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), server.port()));
        let mut client = Client::connect(&Address::Tcp(address)).expect("it accepts");
        assert_eq!(client.ask("PING"), "+PONG\\r\\n");
    }
    let elsewhere = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 3), server.port()));
    assert!(Client::connect(&Address::Tcp(elsewhere)).is_err());
}

#[test]
fn an_address_in_use_is_fatal() {
    let first = launch().option("bind", "127.0.0.1").start();
    let port = first.port().to_string();
    let (code, out, _) = launch().option("bind", "127.0.0.1").option("port", &port).run();
    assert_eq!(code, Some(1));
    let warning = format!(
        "Warning: Could not create server TCP listening socket 127.0.0.1:{port}: \
         bind: Address already in use\n"
    );
    assert!(out.contains(&warning), "{out}");
    assert!(out.contains(&format!("Failed listening on port {port} (tcp), aborting.\n")), "{out}");
}

#[test]
fn listening_nowhere_is_fatal() {
    let (code, out, _) = launch().option("port", "0").option("save", "").run();
    assert_eq!(code, Some(1));
    assert!(out.contains("Configured to not listen anywhere, exiting.\n"), "{out}");
}

#[test]
fn one_client_too_many_is_told_so() {
    let server = launch().option("maxclients", "3").start();
    // The launcher's own connection may not be gone yet.
    let mut clients: Vec<_> = (0..2).map(|_| server.client()).collect();
    for client in &mut clients {
        assert_eq!(client.ask("PING"), "+PONG\\r\\n");
    }
    let third = support::process::poll(|| {
        let mut client = server.client();
        client.send(b"PING\r\n");
        client.reply(PATIENCE).ok().filter(|node| node.render() == b"+PONG\r\n").map(|_| client)
    });
    assert!(third.is_some());
    let mut refused = server.client();
    let told = refused.reply(PATIENCE).expect("a text before the end").render();
    assert_eq!(told, b"-ERR max number of clients reached\r\n");
    assert!(refused.ends(PATIENCE));
    assert_eq!(clients[0].ask("PING"), "+PONG\\r\\n");
    drop(third);
    let room = support::process::poll(|| {
        let mut client = server.client();
        client.send(b"PING\r\n");
        client.reply(PATIENCE).ok().filter(|node| node.render() == b"+PONG\r\n")
    });
    assert!(room.is_some());
}

/// An address of this machine that is not the loopback's.
fn outer_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // Connecting a datagram socket only picks a route; nothing is sent.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
}

#[test]
fn protected_mode_turns_strangers_away() {
    let Some(ip) = outer_address() else {
        eprintln!("SKIPPED: this machine has no address but the loopback's");
        return;
    };
    let server = launch().option("bind", "*").start();
    let stranger = Address::Tcp(SocketAddr::new(ip, server.port()));
    let mut client = Client::connect(&stranger).expect("it accepts first");
    let told = client.reply(PATIENCE).expect("a text before the end");
    assert_eq!(String::from_utf8_lossy(told.text()), DENIED);
    assert!(client.ends(PATIENCE));
    let mut local = server.client();
    assert_eq!(local.ask("CONFIG SET protected-mode no"), "+OK\\r\\n");
    let mut client = Client::connect(&stranger).expect("it accepts");
    assert_eq!(client.ask("PING"), "+PONG\\r\\n");
    assert_eq!(local.ask("CONFIG SET protected-mode yes requirepass secret"), "+OK\\r\\n");
    let mut client = Client::connect(&stranger).expect("it accepts");
    assert_eq!(client.ask("PING"), "-NOAUTH Authentication required.\\r\\n");
}

const DENIED: &str = "DENIED Redis is running in protected mode because protected mode is enabled \
and no password is set for the default user. In this mode connections are only accepted from the \
loopback interface. If you want to connect from external computers to Redis you may adopt one of \
the following solutions: 1) Just disable protected mode sending the command 'CONFIG SET \
protected-mode no' from the loopback interface by connecting to Redis from the same host the \
server is running, however MAKE SURE Redis is not publicly accessible from internet if you do so. \
Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable the \
protected mode by editing the Redis configuration file, and setting the protected mode option to \
'no', and then restarting the server. 3) If you started the server manually just for testing, \
restart it with the '--protected-mode no' option. 4) Set up an authentication password for the \
default user. NOTE: You only need to do one of the above things in order for the server to start \
accepting connections from the outside.";

#[test]
fn a_thousand_idle_connections_are_kept() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.unwrap_or(4096).min(4096);
    let raised = Rlimit { current: Some(wanted), maximum: limit.maximum };
    if limit.current.is_some_and(|current| current < wanted) {
        setrlimit(Resource::Nofile, raised).expect("up to the hard limit");
    }
    let server = launch().start();
    let mut idle: Vec<_> = (0..1000).map(|_| server.client()).collect();
    let mut client = server.client();
    let counted = support::process::poll(|| {
        let listed = client.ask("CLIENT LIST").matches("\\n").count();
        (listed >= 1001).then_some(())
    });
    assert!(counted.is_some());
    assert_eq!(client.ask("PING"), "+PONG\\r\\n");
    for connection in idle.iter_mut().step_by(50) {
        assert_eq!(connection.ask("PING"), "+PONG\\r\\n");
    }
}

#[test]
fn timeout_closes_idle_clients() {
    let server = launch().option("timeout", "1").start();
    let mut idle = server.client();
    assert_eq!(idle.ask("PING"), "+PONG\\r\\n");
    assert!(idle.ends(PATIENCE));
}

#[test]
fn a_taken_port_is_a_free_port_once_its_server_is_gone() {
    let port = free_port();
    for _ in 0..2 {
        let text = port.to_string();
        let mut server: Server = launch()
            .option("port", &text)
            .option("save", "")
            .spawn(TempDir::new(), port)
            .expect("the binary starts");
        assert!(server.await_log("Ready to accept connections tcp"), "{}", server.log());
        assert_eq!(server.client().ask("PING"), "+PONG\\r\\n");
        server.signal("TERM");
        assert_eq!(server.wait(Duration::from_secs(10)).and_then(|s| s.code()), Some(0));
    }
}

#[test]
fn a_renamed_command_goes_by_its_own_name_in_what_it_says() {
    let server = launch().arg("--rename-command").arg("get").arg("foo").start();
    let mut client = server.client();
    assert_eq!(client.ask("FOO a"), "$-1\\r\\n");
    assert_eq!(
        client.ask("GET a"),
        "-ERR unknown command 'GET', with args beginning with: 'a' \\r\\n"
    );
    assert_eq!(client.ask("foo"), "-ERR wrong number of arguments for 'get' command\\r\\n");
    assert_eq!(client.ask("COMMAND GETKEYS foo a"), "*1\\r\\n$1\\r\\na\\r\\n");
}

#[test]
fn a_command_may_be_renamed_to_what_only_scripts_can_say_or_to_a_long_secret() {
    let secret = "b840fc02d524045429941cc15f59e41cb7be6c52";
    let mut launch = launch().arg("--rename-command").arg("get").arg("post");
    launch = launch.arg("--rename-command").arg("config").arg(secret);
    let server = launch.arg("--rename-command").arg("client").arg("").start();
    let mut client = server.client();
    assert_eq!(client.ask("EVAL \"return redis.call('POST','a')\" 0"), "$-1\\r\\n");
    assert_eq!(client.ask("COMMAND GETKEYS post a"), "*1\\r\\n$1\\r\\na\\r\\n");
    let asked = client.ask(&format!("{} GET hz", secret.to_ascii_uppercase()));
    assert_eq!(asked, "*2\\r\\n$2\\r\\nhz\\r\\n$2\\r\\n10\\r\\n");
    let help = client.ask(&format!("{secret} HELP"));
    assert!(help.contains("+B840FC02D524045429941CC15F59E41CB7BE6C52 <subcommand>"), "{help}");
    assert_eq!(client.ask("COMMAND LIST FILTERBY PATTERN client*"), "*0\\r\\n");
    client.send(b"POST a\r\n");
    assert!(server.await_log("Possible SECURITY ATTACK detected."), "{}", server.log());
}
