//! Starts a server as a child process and ends it with the test.

use std::fs::{self, File};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::client::{Address, Client, PATIENCE};

/// The server under test: `FERROUS_SERVER` if set, else the binary of this build.
pub(crate) fn under_test() -> PathBuf {
    match std::env::var_os("FERROUS_SERVER") {
        Some(path) => path.into(),
        None => env!("CARGO_BIN_EXE_ferrous-server").into(),
    }
}

/// A directory that is removed on drop.
pub(crate) struct TempDir(pub(crate) PathBuf);

impl TempDir {
    pub(crate) fn new() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let serial = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("ferrous-test-{}-{serial}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("the temporary directory is writable");
        Self(path)
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        // Left-overs in the temporary directory harm nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A port that nobody listens on, below the range from which the kernel serves clients.
pub(crate) fn free_port() -> u16 {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    loop {
        let serial = COUNTER.fetch_add(1, Ordering::Relaxed);
        let spread = std::process::id().wrapping_mul(97).wrapping_add(serial);
        let port = 10_000 + (spread % 20_000) as u16;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// How to start a server.
pub(crate) struct Launch {
    binary: PathBuf,
    args: Vec<String>,
    stdin: Option<Vec<u8>>,
}

impl Launch {
    pub(crate) fn new(binary: impl Into<PathBuf>) -> Self {
        Self { binary: binary.into(), args: Vec::new(), stdin: None }
    }

    pub(crate) fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds `--name value`.
    pub(crate) fn option(self, name: &str, value: &str) -> Self {
        self.arg(format!("--{name}")).arg(value)
    }

    pub(crate) fn stdin(mut self, bytes: &[u8]) -> Self {
        self.stdin = Some(bytes.to_vec());
        self
    }

    /// Runs to the end and returns the exit code, stdout and stderr.
    pub(crate) fn run(self) -> (Option<i32>, String, String) {
        let dir = TempDir::new();
        let mut server = self.spawn(dir, 0).expect("the binary starts");
        let status = server.wait(PATIENCE).expect("the process ends by itself");
        let (out, err) = (server.log(), server.errors());
        (status.code(), out, err)
    }

    /// Starts a server on a free TCP port of the loopback, not saving, and waits for its answer.
    pub(crate) fn start(self) -> Server {
        let binary = self.binary.display().to_string();
        for _ in 0..5 {
            let port = free_port();
            let same = Self {
                binary: self.binary.clone(),
                args: self.args.clone(),
                stdin: self.stdin.clone(),
            };
            let mut server = same
                .option("port", &port.to_string())
                .option("save", "")
                .spawn(TempDir::new(), port)
                .expect("the binary starts");
            match server.await_ready() {
                Ok(()) => return server,
                // Another process took the port between the look and the bind.
                Err(log) if log.contains("Address already in use") => {}
                Err(log) => panic!("{binary} did not start; its log:\n{log}"),
            }
        }
        panic!("{binary}: no free port");
    }

    /// Starts a server in a directory of its own without waiting for anything.
    pub(crate) fn spawn(self, dir: TempDir, port: u16) -> io::Result<Server> {
        let mut child = Command::new(&self.binary)
            .args(&self.args)
            .current_dir(&dir.0)
            .stdin(if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(File::create(dir.0.join("stdout.log"))?)
            .stderr(File::create(dir.0.join("stderr.log"))?)
            .spawn()?;
        if let (Some(bytes), Some(mut pipe)) = (self.stdin, child.stdin.take()) {
            // A server that refuses its arguments does not read its input.
            let _ = pipe.write_all(&bytes);
        }
        Ok(Server { child, dir, port })
    }
}

/// A running server; killed on drop.
pub(crate) struct Server {
    child: Child,
    dir: TempDir,
    port: u16,
}

impl Server {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir.0
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn address(&self) -> Address {
        Address::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)))
    }

    pub(crate) fn client(&self) -> Client {
        // A server that was just told to listen elsewhere may need a moment.
        for _ in 0..100 {
            match Client::connect(&self.address()) {
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                connected => return connected.expect("the server accepts"),
            }
        }
        panic!("the server does not accept; its log:\n{}\n{}", self.log(), self.errors())
    }

    /// What it wrote to its standard output, where the log goes by default.
    pub(crate) fn log(&self) -> String {
        read(&self.dir.0.join("stdout.log"))
    }

    pub(crate) fn errors(&self) -> String {
        read(&self.dir.0.join("stderr.log"))
    }

    /// Waits until the log holds `text`.
    pub(crate) fn await_log(&self, text: &str) -> bool {
        poll(|| self.log().contains(text).then_some(())).is_some()
    }

    pub(crate) fn alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends a signal by its name, as `kill` takes it.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.pid().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -s {name}");
    }

    pub(crate) fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        None
    }

    /// Waits for the answer to a PING; any reply will do, a password may be required.
    fn await_ready(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        while self.alive() && Instant::now() < deadline {
            if let Ok(mut client) = Client::connect(&self.address()) {
                client.send(b"*1\r\n$4\r\nPING\r\n");
                if client.reply(PATIENCE).is_ok() && self.alive() {
                    return Ok(());
                }
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Err(self.log() + &self.errors())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Calls `probe` until it gives something or patience ends.
pub(crate) fn poll<T>(mut probe: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = probe() {
            return Some(found);
        }
        if Instant::now() > deadline {
            return None;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}
