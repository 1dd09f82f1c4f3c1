//! The endpoint for Prometheus: HTTP on a port of its own, answered by a thread of its own.
//!
//! The thread asks the command thread for a page and wakes it; the command thread answers between
//! two passes of its loop, and all that concerns sockets happens here.
//!
//! Holds: a peer that is slow or sends nonsense delays other scrapes by two seconds at most, and
//! never the command thread.
//! Cost: the command thread looks at an empty channel once per pass, and makes a page when asked.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use socket2::{Domain, Socket, Type};

use super::log::os_text;
use super::net::Waker;

/// The longest request head that is read.
const HEAD_MAX: usize = 8 * 1024;
/// How long a peer may take for its request, and to take the answer.
const PEER_MAX: Duration = Duration::from_secs(2);
/// How long the command thread may take for a page.
const PAGE_MAX: Duration = Duration::from_secs(10);
/// Scrapes that may wait to be accepted.
const BACKLOG: i32 = 16;
/// Rest after accepting failed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The path of the page.
const PATH: &str = "/metrics";
/// Text exposition format.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The command thread's side: who waits for a page.
#[derive(Debug)]
pub struct Requests(Receiver<Sender<String>>);

impl Requests {
    /// Answers everybody who waits, with one page.
    #[inline]
    pub fn serve(&self, page: impl FnOnce() -> String) {
        if !self.0.is_empty() {
            self.answer(page());
        }
    }

    #[cold]
    fn answer(&self, page: String) {
        for waiting in self.0.try_iter() {
            // Whoever has given up needs no page.
            let _ = waiting.send(page.clone());
        }
    }
}

/// Listens on `port` of each address, written as the directive `bind` has them: `*` and `::*` are
/// all of IPv4 and IPv6, and a `-` in front says that the address may be missing.
///
/// # Errors
/// An address could not be listened on (which, and why), or there is no thread left.
pub fn start(addresses: &[String], port: u16, waker: &Waker) -> Result<Requests, String> {
    let (ask, requests) = bounded(addresses.len().max(1));
    for address in addresses {
        let (address, optional) = match address.strip_prefix('-') {
            Some(address) => (address, true),
            None => (address.as_str(), false),
        };
        let fail = |error: io::Error| format!("{address}:{port}: {}", os_text(&error));
        match open(address, port) {
            Ok(listener) => {
                let (ask, waker) = (ask.clone(), waker.clone());
                thread::Builder::new()
                    .name("metrics".to_owned())
                    .spawn(move || listen(&listener, &ask, &waker))
                    .map_err(fail)?;
            }
            Err(_) if optional => {}
            Err(error) => return Err(fail(error)),
        }
    }
    Ok(Requests(requests))
}

fn open(address: &str, port: u16) -> io::Result<TcpListener> {
    let at = match address {
        "*" => SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)),
        "::*" => SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)),
        name => (name, port).to_socket_addrs()?.next().ok_or(ErrorKind::AddrNotAvailable)?,
    };
    let socket = Socket::new(Domain::for_address(at), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    if at.is_ipv6() {
        // IPv4 has a listener of its own.
        socket.set_only_v6(true)?;
    }
    socket.bind(&at.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn listen(listener: &TcpListener, ask: &Sender<Sender<String>>, waker: &Waker) {
    loop {
        match listener.accept() {
            // What goes wrong with one peer is that peer's trouble.
            Ok((peer, _)) => drop(serve(peer, ask, waker)),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => thread::sleep(ACCEPT_PAUSE),
        }
    }
}

fn serve(mut peer: TcpStream, ask: &Sender<Sender<String>>, waker: &Waker) -> io::Result<()> {
    peer.set_write_timeout(Some(PEER_MAX))?;
    let head = read_head(&mut peer)?;
    let (status, body) = match target(&head) {
        Some(("GET", PATH)) => match page(ask, waker) {
            Some(page) => ("200 OK", page),
            None => ("503 Service Unavailable", "the server is busy\n".to_owned()),
        },
        Some(("GET", _)) => ("404 Not Found", format!("there is only {PATH}\n")),
        Some(_) => ("405 Method Not Allowed", "there is only GET\n".to_owned()),
        None => ("400 Bad Request", "this is not HTTP\n".to_owned()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {CONTENT_TYPE}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    peer.write_all(head.as_bytes())?;
    peer.write_all(body.as_bytes())
}

/// Asks the command thread; `None` if it does not answer in time.
fn page(ask: &Sender<Sender<String>>, waker: &Waker) -> Option<String> {
    let (answer, waiting) = bounded(1);
    ask.send_timeout(answer, PAGE_MAX).ok()?;
    waker.wake();
    waiting.recv_timeout(PAGE_MAX).ok()
}

/// Reads a request up to the empty line that ends its head.
///
/// # Errors
/// The peer left, is too slow, or its head is too long.
fn read_head(peer: &mut TcpStream) -> io::Result<Vec<u8>> {
    let end = Instant::now() + PEER_MAX;
    let mut head = Vec::new();
    let mut bytes = [0; 1024];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() || head.len() > HEAD_MAX {
            return Err(ErrorKind::InvalidData.into());
        }
        peer.set_read_timeout(Some(left))?;
        match peer.read(&mut bytes)? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            read => head.extend_from_slice(&bytes[..read]),
        }
    }
    Ok(head)
}

/// The method and the path of a request; what follows a `?` is no part of the path.
fn target(head: &[u8]) -> Option<(&str, &str)> {
    let line = head.split(|&byte| byte == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    let (method, path, version) = (words.next()?, words.next()?, words.next()?);
    let path = path.split('?').next()?;
    version.starts_with("HTTP/1.").then_some((method, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_lines_are_read() {
        assert_eq!(target(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), Some(("GET", "/metrics")));
        assert_eq!(target(b"GET /metrics?a=b HTTP/1.0\r\n\r\n"), Some(("GET", "/metrics")));
        assert_eq!(target(b"POST / HTTP/1.1\r\n\r\n"), Some(("POST", "/")));
        assert_eq!(target(b"GET /metrics\r\n\r\n"), None);
        assert_eq!(target(b"GET /metrics HTTP/2\r\n\r\n"), None);
        assert_eq!(target(b"\xff / HTTP/1.1\r\n\r\n"), None);
        assert_eq!(target(b""), None);
    }

    #[test]
    fn all_who_wait_get_the_same_page() {
        let (ask, requests) = bounded(2);
        let requests = Requests(requests);
        requests.serve(|| panic!("nobody asked"));
        let waiting: Vec<Receiver<String>> = (0..2)
            .map(|_| {
                let (answer, waiting) = bounded(1);
                ask.send(answer).unwrap();
                waiting
            })
            .collect();
        requests.serve(|| "page".to_owned());
        assert!(waiting.iter().all(|waiting| waiting.try_recv().as_deref() == Ok("page")));
        requests.serve(|| panic!("nobody asks any more"));
    }
}
