//! Real sockets on the loopback interface, a small service, and the same properties with and
//! without I/O threads.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};

use bytes::Bytes;

use super::service::{End, Opened, Peer, Service};
use super::{Net, Settings, TcpBind, Waker};
use crate::base::id::ClientKey;
use crate::resp::outbox::{Control, Outbox, Span, Unsent};
use crate::resp::turn::{Item, Turn};
use crate::runtime::log::{Level, Log};

const HOST: &str = "127.0.0.1";

/// What the tests see of the service.
#[derive(Debug, Default)]
struct Seen {
    ends: Vec<End>,
    /// Unsent bytes of each client that has some.
    unsent: BTreeMap<u32, usize>,
    unsent_max: usize,
    open: usize,
    log: Vec<String>,
}

/// Answers some commands. Keys are reused as soon as they may be, to catch what is meant for
/// others.
struct Toy {
    seen: Arc<Mutex<Seen>>,
    free: Vec<u32>,
    open: BTreeMap<u32, String>,
    next: u32,
    trusted: bool,
    clients_max: usize,
    passes: Arc<AtomicUsize>,
    finished: bool,
    /// Clients that are not to be read from, and what came from them nevertheless.
    halted: VecDeque<(ClientKey, Vec<Vec<Vec<u8>>>)>,
}

fn say(out: &mut Outbox, client: ClientKey, parts: &[&[u8]]) {
    let start = out.bytes.len();
    parts.iter().for_each(|part| out.bytes.extend_from_slice(part));
    out.spans.push(Span::Arena { client, start, end: out.bytes.len() });
}

fn bulk(out: &mut Outbox, client: ClientKey, bytes: &[u8]) {
    say(out, client, &[format!("${}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"]);
}

impl Toy {
    fn command(&mut self, client: ClientKey, args: &[&[u8]], out: &mut Outbox) {
        match args {
            [b"PING"] => say(out, client, &[b"+PONG\r\n"]),
            [b"ECHO", text] => bulk(out, client, text),
            [b"SHARE", text] => {
                say(out, client, &[format!("${}\r\n", text.len()).as_bytes()]);
                out.spans.push(Span::Shared { client, bytes: Bytes::copy_from_slice(text) });
                say(out, client, &[b"\r\n"]);
            }
            [b"MANY", count] => {
                let count: usize = std::str::from_utf8(count).unwrap().parse().unwrap();
                (0..count).for_each(|at| say(out, client, &[format!(":{at}\r\n").as_bytes()]));
            }
            [b"NAME", name] => {
                self.open.insert(client.0, String::from_utf8_lossy(name).into());
                say(out, client, &[b"+OK\r\n"]);
            }
            [b"TELL", name, text] => {
                let to = self.open.iter().filter(|(_, n)| n.as_bytes() == *name);
                let to: Vec<u32> = to.map(|(key, _)| *key).collect();
                to.iter().for_each(|key| bulk(out, ClientKey(*key), text));
                say(out, client, &[format!(":{}\r\n", to.len()).as_bytes()]);
            }
            [b"QUIT"] => {
                say(out, client, &[b"+OK\r\n"]);
                out.controls.push(Control::CloseAfterReply(client));
            }
            [b"KILL", name] => {
                let to = self.open.iter().filter(|(_, n)| n.as_bytes() == *name);
                out.controls.extend(to.map(|(key, _)| Control::Close(ClientKey(*key))));
                say(out, client, &[b"+OK\r\n"]);
            }
            [b"AUTH"] => {
                out.controls.push(Control::Trust(client, true));
                say(out, client, &[b"+OK\r\n"]);
            }
            [b"HALT"] => {
                self.halted.push_back((client, Vec::new()));
                out.controls.push(Control::Read(client, false));
            }
            [b"RESUME"] => {
                say(out, client, &[format!(":{}\r\n", self.halted.len()).as_bytes()]);
                if let Some((halted, held)) = self.halted.pop_front() {
                    say(out, halted, &[b"+resumed\r\n"]);
                    out.controls.push(Control::Read(halted, true));
                    for args in held {
                        let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
                        self.command(halted, &args, out);
                    }
                }
            }
            [b"STOP"] => {
                say(out, client, &[b"+bye\r\n"]);
                self.finished = true;
            }
            _ => say(out, client, &[b"-ERR unknown\r\n"]),
        }
    }
}

impl Service for Toy {
    fn open(&mut self, _peer: Peer, _fd: i32, _out: &mut Outbox) -> Opened {
        if self.open.len() >= self.clients_max {
            return Opened::Refused(b"-ERR max number of clients reached\r\n".to_vec());
        }
        let key = self.free.pop().unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        });
        assert_eq!(self.open.insert(key, String::new()), None, "a key in use was given out");
        self.seen.lock().unwrap().open += 1;
        Opened::Accepted { client: ClientKey(key), trusted: self.trusted }
    }

    fn ended(&mut self, client: ClientKey, why: &End) {
        assert!(self.open.contains_key(&client.0), "an end without a connection");
        self.seen.lock().unwrap().ends.push(why.clone());
    }

    fn execute(&mut self, turn: &Turn, out: &mut Outbox) {
        for input in &turn.clients {
            assert!(self.open.contains_key(&input.client.0), "input of nobody");
            for item in &turn.items[input.first_item as usize..][..input.items as usize] {
                let Item::Command { first, count } = item else {
                    say(out, input.client, &[b"-ERR Protocol error\r\n"]);
                    out.controls.push(Control::CloseAfterReply(input.client));
                    continue;
                };
                let args = &turn.args[*first as usize..][..*count as usize];
                let args: Vec<&[u8]> = args.iter().map(|arg| turn.bytes(*arg)).collect();
                // An I/O thread may have read on before it was told not to.
                match self.halted.iter_mut().find(|(halted, _)| *halted == input.client) {
                    Some((_, held)) => held.push(args.iter().map(|arg| arg.to_vec()).collect()),
                    None => self.command(input.client, &args, out),
                }
            }
        }
        for client in &turn.closed {
            assert!(self.open.remove(&client.0).is_some(), "closed twice");
            self.halted.retain(|(halted, _)| halted != client);
            self.free.push(client.0);
            let mut seen = self.seen.lock().unwrap();
            seen.open -= 1;
            seen.unsent.remove(&client.0);
        }
    }

    fn unsent(&mut self, client: ClientKey, unsent: Unsent, _out: &mut Outbox) {
        let bytes = unsent.bytes;
        let mut seen = self.seen.lock().unwrap();
        seen.unsent_max = seen.unsent_max.max(bytes);
        if bytes > 0 {
            seen.unsent.insert(client.0, bytes)
        } else {
            seen.unsent.remove(&client.0)
        };
    }

    fn written(&mut self, _bytes: u64) {}

    fn before_sleep(&mut self, _out: &mut Outbox) -> u32 {
        self.passes.fetch_add(1, Ordering::Relaxed);
        1000
    }

    fn finished(&self) -> bool {
        self.finished
    }
}

/// A running server; dropping it stops it and checks that it ended well.
struct Server {
    port: u16,
    path: PathBuf,
    seen: Arc<Mutex<Seen>>,
    passes: Arc<AtomicUsize>,
    settings: Arc<Settings>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

struct Setup {
    threads: usize,
    trusted: bool,
    clients_max: usize,
}

impl Server {
    fn start(threads: usize) -> Self {
        Self::with(Setup { threads, trusted: true, clients_max: usize::MAX })
    }

    fn with(setup: Setup) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (passes, settings) = (Arc::new(AtomicUsize::new(0)), Arc::new(Settings::default()));
        let (port, path) = (free_port(), free_path());
        let (up, is_up) = mpsc::channel();
        let mut toy = Toy {
            seen: seen.clone(),
            free: Vec::new(),
            open: BTreeMap::new(),
            next: 0,
            trusted: setup.trusted,
            clients_max: setup.clients_max,
            passes: passes.clone(),
            finished: false,
            halted: VecDeque::new(),
        };
        let (shared, socket) = (settings.clone(), path.clone());
        let log = logger(&seen);
        let thread = thread::spawn(move || {
            let mut net = Net::new(setup.threads, shared, log).unwrap();
            net.listeners().listen(&bind(&[HOST], port)).unwrap();
            net.listeners().listen_unix(&socket, 0o700, 16).unwrap();
            up.send(net.waker()).unwrap();
            net.run(&mut toy).unwrap();
        });
        let waker = is_up.recv().unwrap();
        Self { port, path, seen, passes, settings, waker, thread: Some(thread) }
    }

    fn client(&self) -> Client {
        Client::new(TcpStream::connect((HOST, self.port)).unwrap())
    }

    /// Waits until what the service saw is as wanted.
    fn until(&self, wanted: impl Fn(&Seen) -> bool) {
        for _ in 0..10_000 {
            if wanted(&self.seen.lock().unwrap()) {
                return;
            }
            thread::sleep(std::time::Duration::from_millis(1));
        }
        panic!("not seen: {:?}", self.seen.lock().unwrap());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        let Some(thread) = self.thread.take() else { return };
        let mut last = UnixStream::connect(&self.path).unwrap();
        last.write_all(b"AUTH\r\nSTOP\r\n").unwrap();
        let mut said = String::new();
        last.read_to_string(&mut said).unwrap();
        assert!(said.ends_with("+bye\r\n"), "the last reply was not flushed: {said:?}");
        thread.join().unwrap();
        assert!(!self.path.exists() && TcpStream::connect((HOST, self.port)).is_err());
    }
}

struct Client {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Client {
    fn new(stream: TcpStream) -> Self {
        let timeout = Some(std::time::Duration::from_secs(60));
        stream.set_read_timeout(timeout).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { reader: BufReader::new(stream.try_clone().unwrap()), stream }
    }

    fn send(&mut self, args: &[&[u8]]) {
        self.stream.write_all(&request(args)).unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.reader.read_line(&mut line).unwrap();
        line
    }

    fn bulk(&mut self) -> Vec<u8> {
        let header = self.line();
        let length: usize = header[1..].trim_end().parse().unwrap();
        let mut bytes = vec![0; length + 2];
        self.reader.read_exact(&mut bytes).unwrap();
        bytes.truncate(length);
        bytes
    }

    fn ask(&mut self, args: &[&[u8]]) -> String {
        self.send(args);
        self.line()
    }
}

fn request(args: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", args.len()).into_bytes();
    for arg in args {
        bytes.extend_from_slice(format!("${}\r\n", arg.len()).as_bytes());
        bytes.extend_from_slice(arg);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

fn bind(addresses: &[&str], port: u16) -> TcpBind {
    let addresses = addresses.iter().map(|address| (*address).to_owned()).collect();
    TcpBind { addresses, port, backlog: 511, mark: 0 }
}

fn free_port() -> u16 {
    TcpListener::bind((HOST, 0)).unwrap().local_addr().unwrap().port()
}

fn free_path() -> PathBuf {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("ferrous-net-{}-{number}", std::process::id()))
}

fn logger(seen: &Arc<Mutex<Seen>>) -> Log {
    let seen = seen.clone();
    Arc::new(move |level, line| {
        if level >= Level::Notice {
            seen.lock().unwrap().log.push(line.to_owned());
        }
    })
}

/// Bytes that tell where they belong.
fn pattern(length: usize, seed: usize) -> Vec<u8> {
    (0..length).map(|at| ((at * 31 + at / 4093 + seed) % 251) as u8).collect()
}

/// Runs a property alone on the command thread, with one I/O thread, and with three.
macro_rules! with_threads {
    ($($name:ident),* $(,)?) => {
        $(mod $name {
            #[test]
            fn alone() { super::$name(1) }
            #[test]
            fn with_one_io_thread() { super::$name(2) }
            #[test]
            fn with_three_io_threads() { super::$name(4) }
        })*
    };
}

with_threads!(
    pipelined_requests_are_answered_in_order,
    bytes_may_come_one_by_one,
    a_slow_reader_does_not_hold_up_others,
    churning_connections_get_their_own_replies,
    clients_that_vanish_do_no_harm,
    big_values_survive_both_ways,
    messages_reach_clients_of_other_threads_in_order,
    messages_of_all_lengths_reach_those_who_read_late,
    a_client_that_is_not_read_from_is_missed_when_it_leaves,
    reading_resumes_where_it_stopped,
    unauthenticated_clients_are_read_command_by_command,
    a_query_buffer_over_the_limit_ends_the_connection,
    close_after_reply_sends_everything_first,
    too_many_clients_are_told_so,
    an_idle_server_sleeps,
);

fn pipelined_requests_are_answered_in_order(threads: usize) {
    let server = Server::start(threads);
    let clients: Vec<_> = (0..8).map(|_| server.client()).collect();
    thread::scope(|scope| {
        for (number, mut client) in clients.into_iter().enumerate() {
            scope.spawn(move || {
                for round in 0..20 {
                    let texts: Vec<_> =
                        (0..100).map(|at| pattern(at * 7, number + round).repeat(at % 3)).collect();
                    let kinds = [b"ECHO".as_slice(), b"SHARE"];
                    let all: Vec<u8> = texts
                        .iter()
                        .enumerate()
                        .flat_map(|(at, text)| {
                            let kind = kinds[at % 2];
                            request(&[if kind == b"SHARE" { kind } else { b"ECHO" }, text])
                        })
                        .collect();
                    client.stream.write_all(&all).unwrap();
                    texts.iter().for_each(|text| assert!(client.bulk() == *text));
                }
            });
        }
    });
}

fn bytes_may_come_one_by_one(threads: usize) {
    let server = Server::start(threads);
    let mut client = server.client();
    for byte in [request(&[b"PING"]), request(&[b"ECHO", b"x"]), b"PING\r\n".to_vec()].concat() {
        client.stream.write_all(&[byte]).unwrap();
        thread::yield_now();
    }
    assert_eq!(client.line(), "+PONG\r\n");
    assert_eq!(client.bulk(), b"x");
    assert_eq!(client.line(), "+PONG\r\n");
}

fn a_slow_reader_does_not_hold_up_others(threads: usize) {
    let server = Server::start(threads);
    let (mut slow, mut fast) = (server.client(), server.client());
    let value = pattern(8 << 20, 1);
    slow.send(&[b"ECHO", &value]);
    slow.send(&[b"SHARE", &value]);
    slow.send(&[b"MANY", b"100000"]);
    server.until(|seen| seen.unsent.values().any(|unsent| *unsent > 4 << 20));
    for _ in 0..100 {
        assert_eq!(fast.ask(&[b"PING"]), "+PONG\r\n");
    }
    assert!(slow.bulk() == value);
    assert!(slow.bulk() == value);
    (0..100_000).for_each(|at| assert_eq!(slow.line(), format!(":{at}\r\n")));
    server.until(|seen| seen.unsent.is_empty());
}

fn churning_connections_get_their_own_replies(threads: usize) {
    let server = Server::start(threads);
    thread::scope(|scope| {
        for lane in 0..4 {
            let server = &server;
            scope.spawn(move || {
                for round in 0..250 {
                    let text = format!("{lane}-{round}");
                    let mut client = server.client();
                    client.send(&[b"ECHO", text.as_bytes()]);
                    if round % 3 == 0 {
                        continue; // leaves before the reply is there
                    }
                    assert_eq!(client.bulk(), text.as_bytes());
                }
            });
        }
    });
    server.until(|seen| seen.open == 0 && seen.ends.len() == 1000);
}

fn clients_that_vanish_do_no_harm(threads: usize) {
    let server = Server::start(threads);
    let mut other = server.client();
    for round in 0..20 {
        let mut client = server.client();
        client.send(&[b"ECHO", &pattern(4 << 20, round)]);
        client.stream.write_all(b"*2\r\n$4\r\nECHO\r\n$100000\r\nabc").unwrap();
        assert_eq!(other.ask(&[b"PING"]), "+PONG\r\n");
        drop(client); // with a reply unread: the kernel resets the connection
    }
    server.until(|seen| seen.open == 1 && seen.unsent.is_empty());
    assert_eq!(other.ask(&[b"PING"]), "+PONG\r\n");
}

fn big_values_survive_both_ways(threads: usize) {
    let server = Server::start(threads);
    let value = pattern(100 << 20, 3);
    let mut client = server.client();
    let mut writer = client.stream.try_clone().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            writer.write_all(&request(&[b"SHARE", &value])).unwrap();
            writer.write_all(&request(&[b"PING"])).unwrap();
        });
        assert!(client.bulk() == value);
        assert_eq!(client.line(), "+PONG\r\n");
    });
}

fn messages_reach_clients_of_other_threads_in_order(threads: usize) {
    let server = Server::start(threads);
    let mut listening: Vec<_> = (0..6).map(|_| server.client()).collect();
    listening.iter_mut().for_each(|client| drop(client.ask(&[b"NAME", b"all"])));
    let mut telling = server.client();
    for batch in 0..20 {
        let texts: Vec<_> = (0..50).map(|at| format!("{batch}:{at}")).collect();
        let all: Vec<u8> =
            texts.iter().flat_map(|text| request(&[b"TELL", b"all", text.as_bytes()])).collect();
        telling.stream.write_all(&all).unwrap();
        texts.iter().for_each(|_| assert_eq!(telling.line(), ":6\r\n"));
        for client in &mut listening {
            texts.iter().for_each(|text| assert_eq!(client.bulk(), text.as_bytes()));
        }
    }
}

/// Short pieces leave together, long ones alone, and the socket takes any part of either.
fn messages_of_all_lengths_reach_those_who_read_late(threads: usize) {
    let server = Server::start(threads);
    let mut listening: Vec<_> = (0..2).map(|_| server.client()).collect();
    listening.iter_mut().for_each(|client| drop(client.ask(&[b"NAME", b"all"])));
    let mut telling = server.client();
    let texts: Vec<_> = (0..8000).map(|at| pattern(at * 37 % 1700, at)).collect();
    for batch in texts.chunks(400) {
        let all: Vec<u8> =
            batch.iter().flat_map(|text| request(&[b"TELL", b"all", text])).collect();
        telling.stream.write_all(&all).unwrap();
        batch.iter().for_each(|_| assert_eq!(telling.line(), ":2\r\n"));
    }
    for client in &mut listening {
        texts.iter().for_each(|text| assert!(client.bulk() == *text));
    }
}

fn a_client_that_is_not_read_from_is_missed_when_it_leaves(threads: usize) {
    let server = Server::start(threads);
    for leave in [Shutdown::Write, Shutdown::Both] {
        let mut client = server.client();
        client.send(&[b"PING"]);
        client.send(&[b"HALT"]);
        assert_eq!(client.line(), "+PONG\r\n");
        client.send(&[b"PING"]);
        server.until(|seen| seen.open == 1);
        client.stream.shutdown(leave).unwrap();
        server.until(|seen| seen.open == 0);
    }
    assert!(server.seen.lock().unwrap().ends.iter().all(|end| *end == End::Peer));
}

fn reading_resumes_where_it_stopped(threads: usize) {
    let server = Server::start(threads);
    let (mut halted, mut other) = (server.client(), server.client());
    for _ in 0..20 {
        halted.send(&[b"HALT"]);
        assert_eq!(other.ask(&[b"PING"]), "+PONG\r\n");
        halted.send(&[b"ECHO", b"later"]);
        while other.ask(&[b"RESUME"]) == ":0\r\n" {}
        let first = halted.line();
        assert_eq!(first, "+resumed\r\n");
        assert_eq!(halted.bulk(), b"later");
    }
}

fn unauthenticated_clients_are_read_command_by_command(threads: usize) {
    let server = Server::with(Setup { threads, trusted: false, clients_max: usize::MAX });
    let mut client = server.client();
    let (many, big) = (b"PING\r\n".repeat(100), pattern(1 << 20, 5));
    client.stream.write_all(&many).unwrap();
    (0..100).for_each(|_| assert_eq!(client.line(), "+PONG\r\n"));
    // What is allowed after AUTH may stand right behind it.
    client.stream.write_all(b"AUTH\r\n").unwrap();
    client.send(&[b"ECHO", &big]);
    assert_eq!(client.line(), "+OK\r\n");
    assert!(client.bulk() == big);
    let mut stranger = server.client();
    stranger.stream.write_all(b"*2\r\n$4\r\nECHO\r\n$1000000\r\n").unwrap();
    assert_eq!(stranger.line(), "-ERR Protocol error\r\n");
    assert_eq!(stranger.line(), "");
}

fn a_query_buffer_over_the_limit_ends_the_connection(threads: usize) {
    let server = Server::start(threads);
    server.settings.query_buffer_max.set(1 << 20);
    let mut client = server.client();
    // The server closes while we write: how that shows here is up to the system.
    let _ = client.stream.write_all(b"*2\r\n$4\r\nECHO\r\n$4000000\r\n");
    let _ = client.stream.write_all(&pattern(2 << 20, 0));
    let start = pattern(64, 0);
    server.until(|seen| seen.ends == [End::QueryTooLong(start.clone())]);
    assert_eq!(server.client().ask(&[b"PING"]), "+PONG\r\n");
}

fn close_after_reply_sends_everything_first(threads: usize) {
    let server = Server::start(threads);
    let mut client = server.client();
    let value = pattern(8 << 20, 9);
    client.send(&[b"ECHO", &value]);
    client.send(&[b"QUIT"]);
    client.send(&[b"PING"]);
    server.until(|seen| seen.unsent_max > 0);
    assert!(client.bulk() == value);
    assert_eq!(client.line(), "+OK\r\n");
    server.until(|seen| seen.ends == [End::Asked]);
}

fn too_many_clients_are_told_so(threads: usize) {
    // The last place is for the client that stops the server.
    let server = Server::with(Setup { threads, trusted: true, clients_max: 1 });
    let mut first = server.client();
    assert_eq!(first.ask(&[b"NAME", b"first"]), "+OK\r\n");
    let mut second = server.client();
    assert_eq!(second.line(), "-ERR max number of clients reached\r\n");
    assert_eq!(second.line(), "");
    assert_eq!(first.ask(&[b"KILL", b"first"]), "+OK\r\n");
    assert_eq!(first.line(), "");
    server.until(|seen| seen.open == 0);
}

fn an_idle_server_sleeps(threads: usize) {
    let server = Server::start(threads);
    let clients: Vec<_> = (0..50).map(|_| server.client()).collect();
    server.until(|seen| seen.open == 50);
    thread::sleep(std::time::Duration::from_millis(50));
    let before = server.passes.load(Ordering::Relaxed);
    thread::sleep(std::time::Duration::from_millis(300));
    let passes = server.passes.load(Ordering::Relaxed) - before;
    assert!(passes <= 2, "{passes} passes without anything to do"); // its timer is a second away
    server.waker.wake();
    while server.passes.load(Ordering::Relaxed) == before + passes {
        thread::yield_now();
    }
    drop(clients);
}

/// A door without a loop behind it.
fn listeners() -> (super::Listeners, Arc<Mutex<Seen>>) {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let poller = Arc::new(super::Poller::new().unwrap());
    (super::Listeners::new(poller, super::FIRST_OTHER_KEY, logger(&seen)), seen)
}

#[test]
fn a_failed_rebind_leaves_what_was_there() {
    let (doors, seen) = listeners();
    let (port, other) = (free_port(), TcpListener::bind((HOST, 0)).unwrap());
    doors.listen(&bind(&[HOST], port)).unwrap();
    let taken = other.local_addr().unwrap().port();
    let error = doors.listen(&bind(&[HOST], taken)).unwrap_err();
    let text = format!(
        "Could not create server TCP listening socket {HOST}:{taken}: bind: Address already in use"
    );
    assert_eq!(error.to_string(), text);
    assert_eq!(seen.lock().unwrap().log, [format!("Warning: {text}")]);
    let here = SocketAddr::from(([127, 0, 0, 1], port));
    assert_eq!(doors.tcp_addresses(), [here]);
    doors.listen(&bind(&["*"], port)).unwrap();
    assert_eq!(doors.tcp_addresses(), [SocketAddr::from(([0, 0, 0, 0], port))]);
    doors.listen(&bind(&["*"], 0)).unwrap();
    assert_eq!(doors.count(), 0);
}

#[test]
fn an_optional_address_may_be_missing() {
    let (doors, seen) = listeners();
    let port = free_port();
    doors.listen(&bind(&[HOST, "-192.0.2.1"], port)).unwrap();
    assert_eq!(doors.count(), 1);
    assert!(seen.lock().unwrap().log[0].ends_with("bind: Cannot assign requested address"));
    assert!(doors.listen(&bind(&["192.0.2.1"], port)).is_err());
    assert_eq!(doors.count(), 1);
}

#[test]
fn both_families_share_a_port() {
    let (doors, _) = listeners();
    let port = free_port();
    let outcome = doors.listen(&bind(&["*", "-::*"], port));
    outcome.unwrap();
    assert!((1..=2).contains(&doors.count()));
    assert!(doors.listen(&bind(&["no.such.host.invalid"], port)).is_err());
}

#[test]
fn a_unix_socket_has_the_permissions_asked_for_and_goes_with_the_server() {
    use std::os::unix::fs::PermissionsExt;
    let (doors, seen) = listeners();
    let path = free_path();
    std::fs::write(&path, "left behind").unwrap();
    doors.listen_unix(&path, 0o600, 5).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    UnixStream::connect(&path).unwrap();
    doors.close();
    assert!(!path.exists());
    assert_eq!(seen.lock().unwrap().log, ["Removing the unix socket file."]);
    let long = PathBuf::from("/tmp/".to_owned() + &"x".repeat(200));
    let text = "unix socket path too long (205), must be under 108";
    assert_eq!(doors.listen_unix(&long, 0, 5).unwrap_err(), text);
}

#[test]
fn a_lack_of_descriptors_pauses_accepting_for_a_moment() {
    let (listeners, seen) = listeners();
    let settings = Arc::new(Settings::default());
    let mut door = super::Door { listeners, settings, log: logger(&seen), paused_until: None };
    door.refused(&std::io::Error::from(rustix::io::Errno::CONNABORTED));
    assert_eq!(door.shorten(5000), 5000);
    door.refused(&std::io::Error::from(rustix::io::Errno::MFILE));
    assert_eq!(door.shorten(5000), 100);
    thread::sleep(super::ACCEPT_PAUSE);
    assert_eq!(door.shorten(5000), 5000);
    let lines = &seen.lock().unwrap().log;
    assert_eq!(lines[1], "Accepting client connection: accept: Too many open files");
}
