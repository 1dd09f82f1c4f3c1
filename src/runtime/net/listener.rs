//! Where clients may connect: TCP addresses and a unix socket.
//!
//! Holds: a change of addresses or port either succeeds as a whole or leaves what was there.
//! Threads: the command thread; [`Listeners`] is a handle that the core's host keeps too, since
//! CONFIG SET is answered with whether it worked.

use std::cell::RefCell;
use std::fmt;
use std::fs::{self, Permissions};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use rustix::io::Errno;
use socket2::{Domain, SockAddr, Socket, Type};

use crate::runtime::log::{Level, Log, os_text};

use super::poller::{Interest, Poller};
use super::service::Peer;

/// Longest path of a unix socket, its terminating NUL included.
const UNIX_PATH_MAX: usize = 108;

/// Where to listen for TCP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TcpBind {
    /// Addresses or host names; `*` and `::*` stand for all of IPv4 and IPv6, and a `-` in front
    /// says that an address that this machine does not have is no error.
    pub addresses: Vec<String>,
    /// 0: do not listen.
    pub port: u16,
    /// Connections that may wait to be accepted.
    pub backlog: i32,
    /// Mark of the sockets for packet filters; 0 is none.
    pub mark: u32,
}

/// An address could not be listened on. Displayed as Redis's log has it.
#[derive(Debug)]
pub struct BindError {
    address: String,
    port: u16,
    text: String,
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, port, text } = self;
        write!(f, "Could not create server TCP listening socket {address}:{port}: {text}")
    }
}

impl std::error::Error for BindError {}

/// A failed step of making a listener: its text, and the system's code if there is one.
struct Failure {
    text: String,
    code: Option<Errno>,
}

impl Failure {
    fn at(step: &str, error: &io::Error) -> Self {
        Self { text: format!("{step}: {}", os_text(error)), code: Errno::from_io_error(error) }
    }
}

#[derive(Debug)]
struct Listener {
    socket: Socket,
    /// What the configuration says, without the `-`.
    address: String,
    unix: Option<PathBuf>,
}

/// A connection that came in.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) socket: Socket,
    pub(crate) peer: Peer,
}

#[derive(Debug)]
struct Inner {
    poller: Arc<Poller>,
    /// Key of the first listener; the others follow.
    first_key: usize,
    tcp: Vec<Listener>,
    bind: TcpBind,
    unix: Option<Listener>,
    paused: bool,
}

/// A handle on the listening sockets. See the module.
#[derive(Clone)]
pub struct Listeners {
    inner: Rc<RefCell<Inner>>,
    log: Log,
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl Listeners {
    pub(crate) fn new(poller: Arc<Poller>, first_key: usize, log: Log) -> Self {
        let bind = TcpBind { addresses: Vec::new(), port: 0, backlog: 511, mark: 0 };
        let inner = Inner { poller, first_key, tcp: Vec::new(), bind, unix: None, paused: false };
        Self { inner: Rc::new(RefCell::new(inner)), log }
    }

    /// Listens where `bind` says, and nowhere else: at start, or when CONFIG SET changes it.
    /// Sockets that stay are left alone. Each refusal is logged, also those that are no error.
    ///
    /// # Errors
    /// An address is refused; then all is as it was before.
    pub fn listen(&self, bind: &TcpBind) -> Result<(), BindError> {
        let mut inner = self.inner.borrow_mut();
        let old = std::mem::replace(&mut inner.bind, bind.clone());
        let same_port = old.port == bind.port;
        let stays = |listener: &Listener| {
            same_port && bind.port != 0 && wanted(bind).any(|(name, _)| name == listener.address)
        };
        let (kept, closed): (Vec<_>, Vec<_>) = inner.tcp.drain(..).partition(stays);
        // Closed before the new ones are opened: `*` and an address of the same port exclude each
        // other.
        let gone: Vec<String> = closed.into_iter().map(|listener| inner.close(listener)).collect();
        inner.tcp = kept;
        let before = inner.tcp.len();
        let result = self.open_missing(&mut inner, bind);
        if result.is_err() {
            let opened = inner.tcp.split_off(before);
            opened.into_iter().for_each(|listener| drop(inner.close(listener)));
            inner.bind = old.clone();
            let back = TcpBind { addresses: gone, ..old };
            // What was ours a moment ago is very likely to be had again; if not, the log says so.
            let _ = self.open_missing(&mut inner, &back);
        }
        inner.watch_all();
        result
    }

    fn open_missing(&self, inner: &mut Inner, bind: &TcpBind) -> Result<(), BindError> {
        if bind.port == 0 {
            return Ok(());
        }
        for (name, optional) in wanted(bind) {
            if inner.tcp.iter().any(|listener| listener.address == name) {
                continue;
            }
            match open_tcp(name, bind) {
                Ok(socket) => {
                    inner.tcp.push(Listener { socket, address: name.to_owned(), unix: None });
                }
                Err(Failure { text, code }) => {
                    let error = BindError { address: name.to_owned(), port: bind.port, text };
                    (self.log)(Level::Warning, &format!("Warning: {error}"));
                    if !(optional && code == Some(Errno::ADDRNOTAVAIL) || not_supported(code)) {
                        return Err(error);
                    }
                }
            }
        }
        Ok(())
    }

    /// Listens on a unix socket too; what stands at `path` is removed. `mode` 0 leaves the
    /// permissions to the process's mask.
    ///
    /// # Errors
    /// The text that follows `Failed opening Unix socket: `.
    pub fn listen_unix(&self, path: &Path, mode: u32, backlog: i32) -> Result<(), String> {
        let socket = open_unix(path, mode, backlog).map_err(|failure| failure.text)?;
        let mut inner = self.inner.borrow_mut();
        let address = path.to_string_lossy().into_owned();
        inner.unix = Some(Listener { socket, address, unix: Some(path.to_owned()) });
        inner.watch_all();
        Ok(())
    }

    /// Number of sockets that are listened on.
    pub fn count(&self) -> usize {
        let inner = self.inner.borrow();
        inner.tcp.len() + usize::from(inner.unix.is_some())
    }

    /// The TCP addresses that are listened on.
    pub fn tcp_addresses(&self) -> Vec<SocketAddr> {
        let inner = self.inner.borrow();
        let address = |listener: &Listener| listener.socket.local_addr().ok()?.as_socket();
        inner.tcp.iter().filter_map(address).collect()
    }

    /// Closes all, and removes the unix socket's file.
    pub fn close(&self) {
        let mut inner = self.inner.borrow_mut();
        for listener in inner.tcp.split_off(0) {
            inner.close(listener);
        }
        if let Some(listener) = inner.unix.take() {
            let path = listener.unix.clone();
            inner.close(listener);
            let Some(path) = path else { return };
            (self.log)(Level::Notice, "Removing the unix socket file.");
            if let Err(error) = fs::remove_file(path) {
                let text = format!("Error removing the unix socket file: {}", os_text(&error));
                (self.log)(Level::Warning, &text);
            }
        }
    }

    /// Takes a connection from the listener with this key; `None` if there is none.
    ///
    /// # Errors
    /// The system's, for instance that no descriptor is left.
    pub(crate) fn accept(&self, key: usize) -> io::Result<Option<Incoming>> {
        let inner = self.inner.borrow();
        let index = key - inner.first_key;
        let listener = match index.checked_sub(1) {
            None => inner.unix.as_ref(),
            Some(index) => inner.tcp.get(index),
        };
        let Some(listener) = listener else { return Ok(None) };
        let (socket, remote) = loop {
            match listener.socket.accept() {
                Ok(accepted) => break accepted,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error),
            }
        };
        socket.set_nonblocking(true)?;
        let peer = match &listener.unix {
            Some(path) => Peer::Unix(path.clone()),
            None => {
                let unknown = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
                let local = socket.local_addr()?.as_socket().unwrap_or(unknown);
                Peer::Tcp { remote: remote.as_socket().unwrap_or(unknown), local }
            }
        };
        Ok(Some(Incoming { socket, peer }))
    }

    /// Stops or resumes listening to the listeners: what they have waits in their backlog.
    pub(crate) fn pause(&self, paused: bool) {
        let mut inner = self.inner.borrow_mut();
        inner.paused = paused;
        inner.watch_all();
    }
}

impl Inner {
    /// Tells the poller about every listener; those it knows get a new key.
    fn watch_all(&self) {
        let interest = if self.paused { Interest::default() } else { Interest::READ };
        let tcp = self.tcp.iter().enumerate().map(|(index, listener)| (index + 1, listener));
        for (index, listener) in self.unix.iter().map(|unix| (0, unix)).chain(tcp) {
            let key = self.first_key + index;
            if self.poller.modify(&listener.socket, key, interest).is_err() {
                // Not known yet. Were it refused, nobody could ever connect: as bad as a lost
                // socket.
                let added = self.poller.add(&listener.socket, key, interest);
                added.expect("the poller takes a listening socket");
            }
        }
    }

    fn close(&self, listener: Listener) -> String {
        self.poller.forget(&listener.socket);
        listener.address
    }
}

/// The addresses without their `-`, and whether they had one.
fn wanted(bind: &TcpBind) -> impl Iterator<Item = (&str, bool)> {
    bind.addresses.iter().map(|address| match address.strip_prefix('-') {
        Some(name) => (name, true),
        None => (address.as_str(), false),
    })
}

fn not_supported(code: Option<Errno>) -> bool {
    use Errno as E;
    matches!(
        code,
        Some(
            E::NOPROTOOPT | E::PROTONOSUPPORT | E::SOCKTNOSUPPORT | E::PFNOSUPPORT | E::AFNOSUPPORT
        )
    )
}

/// The address to bind to. A name with a colon is IPv6, any other IPv4, as in Redis.
fn resolve(name: &str, port: u16) -> Result<SocketAddr, Failure> {
    let v6 = name.contains(':');
    match name {
        "*" => return Ok((Ipv4Addr::UNSPECIFIED, port).into()),
        "::*" => return Ok((Ipv6Addr::UNSPECIFIED, port).into()),
        _ => {}
    }
    let found = (name, port)
        .to_socket_addrs()
        .map_err(|error| Failure { text: os_text(&error), code: None })?
        .find(|address| address.is_ipv6() == v6);
    let none = "Address family for hostname not supported";
    found.ok_or_else(|| Failure { text: none.to_owned(), code: None })
}

fn open_tcp(name: &str, bind: &TcpBind) -> Result<Socket, Failure> {
    let TcpBind { port, backlog, mark, .. } = *bind;
    let address = resolve(name, port)?;
    let socket =
        Socket::new(Domain::for_address(address), Type::STREAM, None).map_err(|error| {
            let code = error.raw_os_error().unwrap_or_default();
            let text = format!("unable to bind socket, errno: {code}");
            Failure { text, ..Failure::at("socket", &error) }
        })?;
    if address.is_ipv6() {
        socket.set_only_v6(true).map_err(|error| Failure::at("setsockopt", &error))?;
    }
    socket
        .set_reuse_address(true)
        .map_err(|error| Failure::at("setsockopt SO_REUSEADDR", &error))?;
    #[cfg(target_os = "linux")]
    if mark != 0 {
        socket.set_mark(mark).map_err(|error| Failure::at("setsockopt SO_MARK", &error))?;
    }
    start(&socket, &address.into(), None, backlog)?;
    Ok(socket)
}

fn open_unix(path: &Path, mode: u32, backlog: i32) -> Result<Socket, Failure> {
    let length = path.as_os_str().len();
    if length >= UNIX_PATH_MAX {
        let text = format!("unix socket path too long ({length}), must be under {UNIX_PATH_MAX}");
        return Err(Failure { text, code: None });
    }
    // Usually nothing is there; what cannot be removed makes `bind` fail.
    let _ = fs::remove_file(path);
    let at = |step: &'static str| move |error: io::Error| Failure::at(step, &error);
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None).map_err(at("creating socket"))?;
    let address = SockAddr::unix(path).map_err(at("bind"))?;
    start(&socket, &address, (mode != 0).then_some((path, mode)), backlog)?;
    Ok(socket)
}

fn start(
    socket: &Socket,
    address: &SockAddr,
    mode: Option<(&Path, u32)>,
    backlog: i32,
) -> Result<(), Failure> {
    socket.bind(address).map_err(|error| Failure::at("bind", &error))?;
    if let Some((path, mode)) = mode {
        // As in Redis a refusal is no failure: the socket works, for those whom the mask lets in.
        let _ = fs::set_permissions(path, Permissions::from_mode(mode));
    }
    socket.listen(backlog).map_err(|error| Failure::at("listen", &error))?;
    socket.set_nonblocking(true).map_err(|error| Failure::at("fcntl", &error))
}

/// The options of an accepted connection. Refusals are ignored: the connection works without.
pub(crate) fn prepare(socket: &Socket, keepalive_s: usize) {
    let _ = socket.set_tcp_nodelay(true);
    if keepalive_s > 0 {
        let _ = set_keepalive(socket, keepalive_s as u32);
    }
}

/// A silent peer is asked after `seconds`, then three times at a third of that, then given up.
fn set_keepalive(socket: &Socket, seconds: u32) -> io::Result<()> {
    use std::time::Duration;
    let between = Duration::from_secs((seconds / 3).max(1).into());
    let keepalive = socket2::TcpKeepalive::new()
        .with_time(Duration::from_secs(seconds.into()))
        .with_interval(between)
        .with_retries(3);
    socket.set_tcp_keepalive(&keepalive)
}

/// The number by which `CLIENT LIST` shows a socket.
pub(crate) fn number(socket: &Socket) -> i32 {
    socket.as_fd().as_raw_fd()
}
