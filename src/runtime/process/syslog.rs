//! The system log: datagrams to the socket of its daemon (RFC 3164, as local programs speak it).

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;

use super::super::log::Level;

/// Where lines go. See the module.
#[derive(Debug)]
pub struct Syslog {
    path: PathBuf,
    socket: UnixDatagram,
    facility: u8,
    name: String,
}

impl Syslog {
    /// The log of this machine. `facility` is the number of `LOG_USER` (1) to `LOG_LOCAL7` (23).
    ///
    /// # Errors
    /// The system has no socket. Whether anybody listens shows with the first line only.
    pub fn open(name: &str, facility: u8) -> io::Result<Syslog> {
        Syslog::at("/dev/log".into(), name, facility)
    }

    fn at(path: PathBuf, name: &str, facility: u8) -> io::Result<Syslog> {
        let socket = UnixDatagram::unbound()?;
        // A daemon that is stuck must not hold the server up.
        socket.set_nonblocking(true)?;
        Ok(Syslog { path, socket, facility, name: name.to_owned() })
    }

    /// Sends a line. One that the daemon does not take is lost.
    pub fn send(&self, level: Level, text: &str) {
        let severity = match level {
            Level::Debug => 7,
            Level::Verbose => 6,
            Level::Notice => 5,
            Level::Warning => 4,
        };
        let priority = self.facility * 8 + severity;
        let line = format!("<{priority}>{}[{}]: {text}", self.name, std::process::id());
        let _ = self.socket.send_to(line.as_bytes(), &self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_carries_priority_name_and_process() {
        let path = std::env::temp_dir().join(format!("ferrous-syslog-{}", std::process::id()));
        let daemon = UnixDatagram::bind(&path).unwrap();
        Syslog::at(path.clone(), "redis", 16).unwrap().send(Level::Warning, "Ready");
        let mut buffer = [0; 64];
        let read = daemon.recv(&mut buffer).unwrap();
        let expected = format!("<132>redis[{}]: Ready", std::process::id());
        assert_eq!(String::from_utf8_lossy(&buffer[..read]), expected);
        std::fs::remove_file(path).unwrap();
    }
}
