//! The endpoint for Prometheus, asked as Prometheus asks and checked by its own tools.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use support::client::PATIENCE;
use support::peers::prometheus_tool;
use support::process::{Launch, Server, TempDir, free_port, poll, under_test};

#[allow(dead_code, reason = "each test program uses a part of the shared code")]
mod support;

/// A server on the loopback with an endpoint, and the endpoint's port.
fn start() -> (Server, u16) {
    let port = free_port();
    let launch = Launch::new(under_test()).option("bind", "127.0.0.1 -::1");
    (launch.option("metrics-port", &port.to_string()).start(), port)
}

/// Sends a request as it is and reads to the end.
fn exchange(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the endpoint is open");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.write_all(request.as_bytes()).expect("the endpoint reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer in text");
    answer
}

/// The page, of whose head the essentials are checked.
fn scrape(port: u16) -> String {
    let answer = exchange(port, "GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("\r\nContent-Type: text/plain; version=0.0.4"), "{head}");
    assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())), "{head}");
    body.to_owned()
}

#[test]
fn page_has_the_figures_of_now() {
    let (server, port) = start();
    let mut client = server.client();
    client.ask("SET k v");
    client.ask("SET k w");
    client.ask("LPUSH k x");
    let page = scrape(port);
    for sample in [
        "redis_up 1",
        "redis_connected_clients 1",
        "redis_db_keys{db=\"db0\"} 1",
        "redis_commands_total{cmd=\"set\"} 2",
        "redis_commands_failed_calls_total{cmd=\"lpush\"} 1",
        "redis_commands_latencies_usec_count{cmd=\"set\"} 2",
        "redis_errors_total{err=\"WRONGTYPE\"} 1",
    ] {
        assert!(page.lines().any(|line| line == sample), "{sample} is missing in\n{page}");
    }
    client.ask("DEL k");
    assert!(scrape(port).contains("\nredis_db_keys{db=\"db0\"} 0\n"));
}

#[test]
fn other_requests_are_refused() {
    let (_server, port) = start();
    let status = |request: &str| exchange(port, request).lines().next().map(str::to_owned);
    let not_found = Some("HTTP/1.1 404 Not Found".to_owned());
    assert_eq!(status("GET / HTTP/1.1\r\n\r\n"), not_found);
    let refused = Some("HTTP/1.1 405 Method Not Allowed".to_owned());
    assert_eq!(status("POST /metrics HTTP/1.1\r\n\r\n"), refused);
    assert_eq!(status("PING\r\n\r\n"), Some("HTTP/1.1 400 Bad Request".to_owned()));
}

#[test]
fn a_silent_peer_delays_nobody_for_long() {
    let (server, port) = start();
    let _silent = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the endpoint is open");
    assert_eq!(server.client().ask("PING"), "+PONG\\r\\n");
    assert!(scrape(port).contains("redis_up 1"));
}

#[test]
fn there_is_no_endpoint_unless_asked_for() {
    let server = Launch::new(under_test()).start();
    assert_eq!(
        server.client().ask("CONFIG GET metrics-port"),
        "*2\\r\\n$12\\r\\nmetrics-port\\r\\n$1\\r\\n0\\r\\n"
    );
}

/// Lines of promtool about names that are the established ones, which it would rather have
/// otherwise.
const TASTE: &[&str] = &[
    "abbreviated units",
    "non-histogram and non-summary metrics should not have",
    "counter metrics should have \"_total\" suffix",
    "use base unit",
    "metric names should not contain",
    "non-counter metrics should not have \"_total\" suffix",
];

#[test]
fn promtool_accepts_the_page() {
    let Some(promtool) = prometheus_tool("promtool") else { return };
    let (server, port) = start();
    let mut client = server.client();
    client.ask("CONFIG SET slowlog-log-slower-than 0 latency-monitor-threshold 1");
    client.ask("SET k v EX 1000");
    client.ask("NOSUCH");
    let mut checker = Command::new(promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool starts");
    let mut pipe = checker.stdin.take().expect("piped");
    pipe.write_all(scrape(port).as_bytes()).expect("promtool reads");
    drop(pipe);
    let output = checker.wait_with_output().expect("promtool ends");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let serious: Vec<&str> = said
        .lines()
        .filter(|line| !line.is_empty() && !TASTE.iter().any(|taste| line.contains(taste)))
        .collect();
    // 3: it has remarks on taste. Anything else is an error.
    assert!(matches!(output.status.code(), Some(0 | 3)) && serious.is_empty(), "{serious:#?}");
}

/// Killed on drop.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn prometheus_scrapes_the_page() {
    let Some(prometheus) = prometheus_tool("prometheus") else { return };
    let (_server, port) = start();
    let (dir, own) = (TempDir::new(), free_port());
    let config = dir.0.join("prometheus.yml");
    let text = format!(
        "global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: ferrous\n    \
         static_configs:\n      - targets: ['127.0.0.1:{port}']\n"
    );
    fs::write(&config, text).expect("writable");
    let child = Command::new(prometheus)
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.tsdb.path={}", dir.0.join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{own}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("prometheus starts");
    let _running = Running(child);
    let query = "GET /api/v1/query?query=redis_up HTTP/1.0\r\n\r\n";
    // It takes its time to start on a busy machine.
    let scraped = || {
        std::thread::sleep(Duration::from_millis(200));
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, own)).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.write_all(query.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        answer.contains("\"__name__\":\"redis_up\"").then_some(answer)
    };
    let answer = (0..6).find_map(|_| poll(scraped)).expect("prometheus has scraped the server");
    assert!(answer.contains("\"job\":\"ferrous\"") && answer.contains(",\"1\"]"), "{answer}");
}
