//! The process as its surroundings see it: background, supervision, title, crash reports, and a
//! configuration that survives a restart.
//!
//! `FERROUS_SERVER=path` tests another server.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;

use ferrous::base::text::split_args;
use ferrous::config::{Flags, ROWS, lookup};
use nix::libc;
use support::client::{Client, PATIENCE};
use support::process::{Launch, Server, TempDir, free_port, poll, under_test};

#[allow(dead_code, reason = "each test program uses a part of the shared code")]
mod support;

fn launch() -> Launch {
    Launch::new(under_test())
}

/// What Redis 7.2.4 accepts and then shows: see `src/config/facts.rs`.
const FACTS: &str = include_str!("data/config-facts.txt");

/// Left out of the restarts: a password or a tiny limit would lock the test out, and the score
/// needs privileges.
const LEFT_OUT: [&str; 3] = ["maxmemory-clients", "oom-score-adj", "requirepass"];

/// Values in quotes, and what is shown after each.
type Values = Vec<(&'static str, Vec<u8>)>;

/// The accepted values of every directive that can be set at run time, as they stand in quotes,
/// with what is shown afterwards.
fn accepted() -> Vec<(&'static str, Values)> {
    let mut all: Vec<(&str, Values)> = Vec::new();
    for line in FACTS.lines() {
        if let Some(section) = line.strip_prefix('[') {
            all.push((section.trim_end_matches(']'), Vec::new()));
        } else if let Some((value, shown)) = line.split_once("\" = ") {
            let shown = split_args(shown.as_bytes()).expect("quoted").pop().unwrap_or_default();
            let values = &mut all.last_mut().expect("a section comes first").1;
            values.push((&line[..value.len() + 1], shown));
        }
    }
    // Redis writes numbers beyond the signed range as negative ones, and cannot read those.
    let beyond = |word: &str| word.parse::<u64>().is_ok_and(|number| number > i64::MAX as u64);
    all.iter_mut().for_each(|(_, values)| {
        values.retain(|(_, shown)| !String::from_utf8_lossy(shown).split(' ').any(beyond));
    });
    all.retain(|(name, values)| {
        let (row, _) = lookup(name.as_bytes()).expect("the table has all of them");
        !values.is_empty() && !row.flags.has(Flags::IMMUTABLE) && !LEFT_OUT.contains(name)
    });
    all
}

fn get(client: &mut Client, name: &str) -> Vec<u8> {
    client.send(format!("CONFIG GET {name}\r\n").as_bytes());
    client.reply(PATIENCE).expect("a reply").render()
}

fn shown(name: &str, value: &[u8]) -> Vec<u8> {
    let head = format!("*2\r\n${}\r\n{name}\r\n${}\r\n", name.len(), value.len());
    [head.as_bytes(), value, b"\r\n"].concat()
}

/// A server with this configuration file, and a client of it.
fn start_from(file: &Path, port: u16) -> (Server, Client) {
    let launch = launch().arg(file.display().to_string());
    let server = launch.spawn(TempDir::new(), port).expect("it starts");
    let client = poll(|| Client::connect(&server.address()).ok());
    let client = client.unwrap_or_else(|| panic!("{}{}", server.log(), server.errors()));
    (server, client)
}

#[test]
fn values_survive_a_rewrite_and_a_restart() {
    let directives = accepted();
    assert!(directives.len() > 100, "{}", directives.len());
    let rounds = directives.iter().map(|(_, values)| values.len()).max().unwrap_or(0);
    for round in 0..rounds {
        let dir = TempDir::new();
        let (file, port) = (dir.0.join("redis.conf"), free_port());
        let text = format!("# kept\nport {port}\nenable-protected-configs yes\n");
        fs::write(&file, text).expect("writable");
        let (mut server, mut client) = start_from(&file, port);
        let mut expected = Vec::new();
        for (name, values) in &directives {
            let (value, want) = &values[round % values.len()];
            // Its classes add up from one value of the facts to the next.
            let adds_up = *name == "client-output-buffer-limit";
            let reply = client.ask(&format!("CONFIG SET {name} {value}"));
            assert_eq!(reply, "+OK\\r\\n", "{name} {value}");
            let now = if adds_up { get(&mut client, name) } else { shown(name, want) };
            expected.push((*name, now));
        }
        for (name, value) in &expected {
            assert_eq!(get(&mut client, name), *value, "{name} in round {round}");
        }
        assert_eq!(client.ask("CONFIG REWRITE"), "+OK\\r\\n");
        client.send(b"SHUTDOWN NOSAVE\r\n");
        assert!(server.wait(PATIENCE).is_some());
        let text = fs::read_to_string(&file).expect("readable");
        assert!(text.starts_with("# kept\n"), "{text}");
        let (_again, mut client) = start_from(&file, port);
        for (name, value) in &expected {
            assert_eq!(get(&mut client, name), *value, "{name} after the restart: {text}");
        }
    }
}

#[test]
fn values_that_depend_on_the_machine_survive_a_rewrite_and_a_restart() {
    let dir = TempDir::new();
    let (file, old, port) = (dir.0.join("redis.conf"), free_port(), free_port());
    let text = format!("port {old}\nenable-protected-configs yes\n");
    fs::write(&file, text).expect("writable");
    let (mut server, mut client) = start_from(&file, old);
    let path = dir.0.display().to_string();
    let values = [
        ("port", port.to_string(), port.to_string()),
        ("bind", "\"127.0.0.1 -::1\"".to_owned(), "127.0.0.1 -::1".to_owned()),
        ("dir", path.clone(), path),
        ("maxclients", "321".to_owned(), "321".to_owned()),
        ("maxmemory-clients", "50%".to_owned(), "50%".to_owned()),
        ("oom-score-adj", "relative".to_owned(), "yes".to_owned()),
        ("locale-collate", "C".to_owned(), "C".to_owned()),
        ("requirepass", "\"a b\"".to_owned(), "a b".to_owned()),
    ];
    for (name, value, _) in &values {
        assert_eq!(client.ask(&format!("CONFIG SET {name} {value}")), "+OK\\r\\n", "{name}");
    }
    assert_eq!(client.ask("CONFIG REWRITE"), "+OK\\r\\n");
    client.send(b"SHUTDOWN NOSAVE\r\n");
    assert!(server.wait(PATIENCE).is_some());
    let (_again, mut client) = start_from(&file, port);
    assert_eq!(client.ask("PING"), "-NOAUTH Authentication required.\\r\\n");
    assert_eq!(client.ask("AUTH \"a b\""), "+OK\\r\\n");
    for (name, _, want) in &values {
        assert_eq!(get(&mut client, name), shown(name, want.as_bytes()), "{name}");
    }
}

#[test]
fn every_directive_that_can_be_set_has_facts_or_a_reason() {
    let known: Vec<&str> = accepted().into_iter().map(|(name, _)| name).collect();
    // Addresses, ports, paths and certificates depend on the machine; the rest is ours.
    let reasons = ["bind", "port", "dir", "tls-", "maxclients", "locale-collate", "metrics-port"];
    let missing: Vec<&str> = ROWS
        .iter()
        .filter(|row| !row.flags.has(Flags::IMMUTABLE))
        .map(|row| row.name)
        .filter(|name| !known.contains(name) && !LEFT_OUT.contains(name))
        .filter(|name| !reasons.iter().any(|reason| name.starts_with(reason)))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn command_line(pid: u32) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).expect("the process runs");
    String::from_utf8_lossy(&bytes).trim_end_matches('\0').to_owned()
}

#[test]
fn the_title_follows_its_template() {
    let server = launch().option("bind", "127.0.0.1").start();
    let (pid, port) = (server.pid(), server.port());
    let name = under_test().display().to_string();
    assert_eq!(command_line(pid), format!("{name} 127.0.0.1:{port}"));
    let mut client = server.client();
    let long = format!("{{port}} {}", "x".repeat(100));
    let set = |client: &mut Client, template: &str| {
        client.ask(&format!("CONFIG SET proc-title-template \"{template}\""))
    };
    assert_eq!(set(&mut client, &long), "+OK\\r\\n");
    assert_eq!(command_line(pid), format!("{port} {}", "x".repeat(100)));
    assert_eq!(set(&mut client, "short"), "+OK\\r\\n");
    assert_eq!(command_line(pid), "short");
    assert!(set(&mut client, "{odd}").starts_with("-ERR CONFIG SET failed"));
    assert_eq!(command_line(pid), "short");
    let plain = launch().option("set-proc-title", "no").start();
    assert!(command_line(plain.pid()).contains("--set-proc-title"));
}

#[test]
fn systemd_is_told_of_start_and_end() {
    let dir = TempDir::new();
    let path = dir.0.join("notify");
    let listener = UnixDatagram::bind(&path).expect("a socket");
    listener.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let port = free_port();
    let mut child = Command::new(under_test())
        .args(["--port", &port.to_string(), "--supervised", "auto", "--daemonize", "yes"])
        .args(["--save", "", "--logfile", "log"])
        .current_dir(&dir.0)
        .env("NOTIFY_SOCKET", &path)
        .env_remove("UPSTART_JOB")
        .spawn()
        .expect("the binary starts");
    let hear = || {
        let mut buffer = [0; 256];
        let read = listener.recv(&mut buffer).expect("the server tells");
        String::from_utf8_lossy(&buffer[..read]).into_owned()
    };
    assert_eq!(hear(), "STATUS=Redis is loading...\n");
    assert_eq!(hear(), "STATUS=Ready to accept connections\n");
    assert_eq!(hear(), "READY=1\n");
    // Who is watched over stays in the foreground, whatever `daemonize` says.
    let killed = Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status();
    assert!(killed.is_ok_and(|status| status.success()));
    assert_eq!(hear(), "STOPPING=1\n");
    assert!(child.wait().is_ok_and(|status| status.success()));
}

#[test]
fn the_background_has_a_session_of_its_own_and_no_terminal() {
    let dir = TempDir::new();
    let port = free_port();
    let status = Command::new(under_test())
        .args(["--port", &port.to_string(), "--daemonize", "yes", "--save", ""])
        .args(["--logfile", "log", "--pidfile", "pid"])
        .current_dir(&dir.0)
        .status();
    assert!(status.is_ok_and(|status| status.success()), "the foreground ends at once");
    let pid = poll(|| fs::read_to_string(dir.0.join("pid")).ok()?.trim().parse::<u32>().ok());
    let pid = pid.expect("the background writes its id");
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    // Fields 6 and 7: session and terminal.
    assert_eq!((fields[3], fields[4]), (&*pid.to_string(), "0"), "{stat}");
    for stream in 0..3 {
        let target = fs::read_link(format!("/proc/{pid}/fd/{stream}")).expect("open");
        assert_eq!(target, Path::new("/dev/null"));
    }
    let log = || fs::read_to_string(dir.0.join("log")).unwrap_or_default();
    assert!(poll(|| log().contains("Ready to accept").then_some(())).is_some(), "{}", log());
    let killed = Command::new("kill").args(["-s", "TERM", &pid.to_string()]).status();
    assert!(killed.is_ok_and(|status| status.success()));
    assert!(poll(|| log().contains("bye bye").then_some(())).is_some(), "{}", log());
    assert!(!dir.0.join("pid").exists());
}

#[test]
fn a_crash_is_reported_and_ends_by_its_signal() {
    for (how, number) in [("DEBUG SEGFAULT", 11), ("kill", 6)] {
        let mut server = launch().option("enable-debug-command", "yes").start();
        let mut bystander = server.client();
        assert_eq!(bystander.ask("CLIENT SETNAME bystander"), "+OK\\r\\n");
        if how == "kill" {
            server.signal("ABRT");
        } else {
            server.client().send(format!("{how}\r\n").as_bytes());
        }
        let status = server.wait(PATIENCE).expect("it ends");
        let log = server.log();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(number), "{log}");
        for part in [
            "=== REDIS BUG REPORT START: Cut & paste starting from here ===",
            &format!("Redis 7.2.4 crashed by signal: {number}, si_code: "),
            "------ STACK TRACE ------",
            "------ REGISTERS ------",
            "=== REDIS BUG REPORT END. Make sure to include from START to END. ===",
        ] {
            assert!(log.contains(part), "{part} is missing in {log}");
        }
        assert_eq!(log.contains("(debugCommand)"), how == "DEBUG SEGFAULT", "{log}");
        for part in ["used_memory:", "name=bystander", "client-query-buffer-limit 1073741824"] {
            assert!(log.contains(part), "{part} is missing in {log}");
        }
        let at_hand = log.split("CURRENT CLIENT INFO").nth(1);
        assert_eq!(at_hand.is_some(), how == "DEBUG SEGFAULT", "{log}");
        assert!(at_hand.is_none_or(|text| text.contains("argv[1]: '\"SEGFAULT\"'")), "{log}");
    }
}

#[test]
fn a_crash_elsewhere_does_not_touch_the_state_of_the_command_thread() {
    let mut server = launch().option("io-threads", "2").start();
    assert_eq!(server.client().ask("PING"), "+PONG\\r\\n");
    let tasks = fs::read_dir(format!("/proc/{}/task", server.pid())).expect("it runs").flatten();
    let name = |task: &fs::DirEntry| fs::read_to_string(task.path().join("comm"));
    let mut threads = tasks.filter(|task| name(task).is_ok_and(|name| name.trim() == "io-1"));
    let thread = threads.next().expect("there is a thread for sockets").file_name();
    let id: i32 = thread.to_str().and_then(|id| id.parse().ok()).expect("a number");
    let process = i32::try_from(server.pid()).expect("a process id");
    // SAFETY: the call takes three numbers and touches no memory of ours.
    #[allow(unsafe_code, reason = "the only way to send a signal to one thread of a process")]
    let sent = unsafe { libc::syscall(libc::SYS_tgkill, process, id, libc::SIGSEGV) };
    assert_eq!(sent, 0);
    let status = server.wait(PATIENCE).expect("it ends");
    let log = server.log();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(11), "{log}");
    assert!(log.contains("Not on the command thread"), "{log}");
    assert!(!log.contains("used_memory:") && log.contains("REDIS BUG REPORT END"), "{log}");
}

#[test]
fn without_crash_log_the_signal_is_the_systems() {
    let mut server = launch().option("crash-log-enabled", "no").start();
    let mut client = server.client();
    assert_eq!(client.ask("CONFIG SET crash-log-enabled yes"), "+OK\\r\\n");
    assert_eq!(client.ask("CONFIG SET crash-log-enabled no"), "+OK\\r\\n");
    server.signal("ABRT");
    assert!(server.wait(PATIENCE).is_some());
    assert!(!server.log().contains("BUG REPORT"), "{}", server.log());
}

#[test]
fn a_broken_invariant_is_reported_with_the_state_of_the_server() {
    for (exit, command) in [("no", "PANIC"), ("yes", "ASSERT")] {
        let mut server = launch()
            .option("enable-debug-command", "yes")
            .option("use-exit-on-panic", exit)
            .start();
        let mut bystander = server.client();
        assert_eq!(bystander.ask("CLIENT SETNAME bystander"), "+OK\\r\\n");
        server.client().send(format!("DEBUG {command}\r\n").as_bytes());
        let status = server.wait(PATIENCE).expect("it ends");
        let log = server.log();
        assert_eq!(status.code(), (exit == "yes").then_some(1), "{log}");
        let parts = ["Guru Meditation: ", "STACK TRACE", "(debugCommand)", "used_memory:"];
        for part in parts.into_iter().chain(["name=bystander", "REDIS BUG REPORT END"]) {
            assert!(log.contains(part), "{part} is missing in {log}");
        }
        let at_hand = log.split("CURRENT CLIENT INFO").nth(1).unwrap_or_else(|| panic!("{log}"));
        assert!(at_hand.contains(&format!("argv[1]: '\"{command}\"'")), "{log}");
        assert_eq!(log.contains("ASSERTION FAILED"), command == "ASSERT", "{log}");
    }
}

#[test]
fn the_watchdog_tells_which_command_is_stuck() {
    let server = launch().option("enable-debug-command", "yes").start();
    let mut client = server.client();
    assert_eq!(client.ask("CONFIG SET watchdog-period 200"), "+OK\\r\\n");
    assert_eq!(client.ask("DEBUG SLEEP 1"), "+OK\\r\\n");
    assert!(server.await_log("WATCHDOG TIMER EXPIRED"), "{}", server.log());
    assert!(server.await_log("(debugCommand)"), "{}", server.log());
    assert_eq!(client.ask("CONFIG SET watchdog-period 0"), "+OK\\r\\n");
    let told = server.log().matches("WATCHDOG").count();
    assert_eq!(client.ask("DEBUG SLEEP 0.6"), "+OK\\r\\n");
    assert_eq!(server.log().matches("WATCHDOG").count(), told);
}

#[test]
fn a_signal_can_be_called_off_and_obeys_its_options() {
    let mut server = launch().option("enable-debug-command", "yes").start();
    let mut client = server.client();
    assert_eq!(client.ask("SHUTDOWN ABORT"), "-ERR No shutdown in progress.\\r\\n");
    assert_eq!(client.ask("DEBUG PAUSE-CRON 1"), "+OK\\r\\n");
    server.signal("TERM");
    assert!(server.await_log("Received SIGTERM scheduling shutdown..."), "{}", server.log());
    assert_eq!(client.ask("SHUTDOWN ABORT"), "+OK\\r\\n");
    assert!(server.log().contains("Shutdown manually aborted."), "{}", server.log());
    assert_eq!(client.ask("DEBUG PAUSE-CRON 0"), "+OK\\r\\n");
    assert_eq!(client.ask("PING"), "+PONG\\r\\n");
    assert_eq!(client.ask("CONFIG SET shutdown-on-sigint \"nosave now\""), "+OK\\r\\n");
    server.signal("INT");
    assert_eq!(server.wait(PATIENCE).and_then(|status| status.code()), Some(0));
}

#[test]
fn the_log_may_be_moved_away_at_any_time() {
    let server = launch().option("enable-debug-command", "yes").option("logfile", "a.log").start();
    let mut client = server.client();
    let (old, new) = (server.dir().join("a.log"), server.dir().join("b.log"));
    fs::rename(&old, &new).expect("it is there");
    assert_eq!(client.ask("DEBUG LOG after"), "+OK\\r\\n");
    let text = fs::read_to_string(&old).expect("made anew");
    assert!(text.contains(" # DEBUG LOG: after\n"), "{text}");
    assert!(!fs::read_to_string(&new).expect("moved").contains("after"));
}

#[test]
fn processors_are_chosen_per_kind_of_thread() {
    let allowed = |pid: u32| {
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("it runs");
        tasks
            .filter_map(|task| {
                let status = fs::read_to_string(task.ok()?.path().join("status")).ok()?;
                let field = |name: &str| {
                    let line = status.lines().find(|line| line.starts_with(name))?;
                    Some(line.split_whitespace().last()?.to_owned())
                };
                Some((field("Name:")?, field("Cpus_allowed_list:")?))
            })
            .collect::<Vec<_>>()
    };
    let own = allowed(std::process::id()).swap_remove(0).1;
    let first = own.split([',', '-']).next().unwrap_or("0").to_owned();
    let server = launch().option("server_cpulist", &first).option("io-threads", "2").start();
    let threads = allowed(server.pid());
    let of = |name: &str| threads.iter().find(|(thread, _)| thread == name).map(|(_, cpus)| cpus);
    assert_eq!(of("io-1"), Some(&first), "{threads:?}");
    assert_eq!(of("free"), Some(&own), "{threads:?}");
}

#[test]
fn the_score_for_the_memory_killer_is_set_and_restored() {
    let score = |pid: u32| {
        let text = fs::read_to_string(format!("/proc/{pid}/oom_score_adj")).expect("it runs");
        text.trim().parse::<i32>().expect("a number")
    };
    let server = launch().start();
    let mut client = server.client();
    let base = score(server.pid());
    let values = "CONFIG SET oom-score-adj-values \"15 20 30\" oom-score-adj yes";
    assert_eq!(client.ask(values), "+OK\\r\\n");
    assert_eq!(score(server.pid()), (base + 15).min(1000));
    // A later directive fails to take effect: this one is taken back.
    let failing = "CONFIG SET oom-score-adj no bind 999.999.999.999";
    assert!(client.ask(failing).contains("Failed to bind to specified addresses."));
    assert_eq!(score(server.pid()), (base + 15).min(1000));
    assert_eq!(client.ask("CONFIG SET oom-score-adj no"), "+OK\\r\\n");
    assert_eq!(score(server.pid()), base);
}
