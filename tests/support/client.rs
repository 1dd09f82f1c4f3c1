//! A client that sends bytes and hands back the raw bytes of replies.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::frame::{self, Node};
use super::quote;

/// How long a reply may take before the test gives up; generous, it is only reached on failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Where a server listens.
#[derive(Clone, Debug)]
pub(crate) enum Address {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// What came instead of a reply.
#[derive(Debug)]
pub(crate) enum End {
    /// The server closed the connection; the bytes of an unfinished reply, if any.
    Closed(Vec<u8>),
    /// Nothing (more) came in time; the bytes of an unfinished reply, if any.
    Late(Vec<u8>),
    /// The bytes are no reply.
    Garbage(String),
}

/// One connection.
pub(crate) struct Client {
    stream: Stream,
    unread: Vec<u8>,
    closed: bool,
}

impl Client {
    pub(crate) fn connect(address: &Address) -> io::Result<Self> {
        let stream = match address {
            Address::Tcp(addr) => {
                let stream = TcpStream::connect_timeout(addr, PATIENCE)?;
                stream.set_nodelay(true)?;
                stream.set_write_timeout(Some(PATIENCE))?;
                Stream::Tcp(stream)
            }
            Address::Unix(path) => Stream::Unix(unix(path)?),
        };
        Ok(Self { stream, unread: Vec::new(), closed: false })
    }

    /// Sends bytes as they are. A connection that the server has closed swallows them.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let sent = match &mut self.stream {
            Stream::Tcp(stream) => stream.write_all(bytes),
            Stream::Unix(stream) => stream.write_all(bytes),
        };
        if sent.is_err() {
            // The reader finds out what the server said before it went.
            self.closed = false;
        }
    }

    /// Sends a command given in inline quoting and returns its raw reply.
    ///
    /// Panics when none comes: for tests that speak to a server that must answer.
    pub(crate) fn ask(&mut self, line: &str) -> String {
        self.send(&quote::request(&quote::split(line).expect("a command of a test")));
        match self.reply(PATIENCE) {
            Ok(node) => quote::escape(&node.render()),
            Err(end) => panic!("no reply to {line}: {end:?}"),
        }
    }

    /// The next reply, pushes included.
    pub(crate) fn reply(&mut self, patience: Duration) -> Result<Node, End> {
        let deadline = Instant::now() + patience;
        loop {
            match frame::parse(&self.unread) {
                Ok(Some((node, len))) => {
                    self.unread.drain(..len);
                    return Ok(node);
                }
                Ok(None) => {}
                Err(garbage) => return Err(End::Garbage(garbage.0)),
            }
            if self.closed {
                return Err(End::Closed(std::mem::take(&mut self.unread)));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if !self.fill(left.max(Duration::from_millis(1))) && left.is_zero() {
                return Err(End::Late(self.unread.clone()));
            }
        }
    }

    /// Reads away the snapshot that a replica gets first, its length in front of it.
    ///
    /// Panics when none comes.
    pub(crate) fn skip_snapshot(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < deadline, "no snapshot came");
            self.fill(Duration::from_millis(10));
            let start = self.unread.iter().position(|byte| *byte != b'\n').unwrap_or(0);
            let head = &self.unread[start..];
            let Some(end) = head.windows(2).position(|pair| pair == b"\r\n") else { continue };
            let length = std::str::from_utf8(&head[1..end]).ok().and_then(|text| text.parse().ok());
            let length: usize = length.expect("the length of the snapshot");
            if head.len() >= end + 2 + length {
                self.unread.drain(..start + end + 2 + length);
                return;
            }
        }
    }

    /// True if something has come that was not read; waits a moment for it.
    pub(crate) fn has_input(&mut self) -> bool {
        !self.unread.is_empty() || self.fill(Duration::from_millis(1))
    }

    /// True if the server closes the connection in time, having sent nothing more.
    pub(crate) fn ends(&mut self, patience: Duration) -> bool {
        matches!(self.reply(patience), Err(End::Closed(rest)) if rest.is_empty())
    }

    /// Everything until the server closes the connection or is silent for `silence`.
    pub(crate) fn drain(&mut self, silence: Duration) -> (Vec<u8>, bool) {
        let mut last = Instant::now();
        while !self.closed && last.elapsed() < silence {
            if self.fill(silence) {
                last = Instant::now();
            }
        }
        (std::mem::take(&mut self.unread), self.closed)
    }

    /// Reads what is there, waiting at most `patience`; true if anything happened.
    fn fill(&mut self, patience: Duration) -> bool {
        let mut chunk = [0; 16 * 1024];
        let read = match &mut self.stream {
            Stream::Tcp(stream) => {
                stream.set_read_timeout(Some(patience)).and_then(|()| stream.read(&mut chunk))
            }
            Stream::Unix(stream) => {
                stream.set_read_timeout(Some(patience)).and_then(|()| stream.read(&mut chunk))
            }
        };
        match read {
            Ok(0) => self.closed = true,
            Ok(len) => self.unread.extend_from_slice(&chunk[..len]),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock
                        | io::ErrorKind::TimedOut
                        | io::ErrorKind::Interrupted
                ) =>
            {
                return false;
            }
            Err(_) => self.closed = true,
        }
        true
    }
}

fn unix(path: &Path) -> io::Result<UnixStream> {
    let stream = UnixStream::connect(path)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}
