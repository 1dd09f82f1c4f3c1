//! The service manager that started the process.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// The socket on which systemd listens for the state of a service.
#[derive(Debug)]
pub struct Systemd {
    socket: UnixDatagram,
    to: SocketAddr,
}

impl Systemd {
    /// The manager that listens at `address` (`NOTIFY_SOCKET` of the environment): a path, or a
    /// name of the abstract namespace after an `@`.
    ///
    /// # Errors
    /// The address is none, or the system has no socket.
    pub fn new(address: &OsStr) -> io::Result<Systemd> {
        let to = match address.as_bytes().strip_prefix(b"@") {
            #[cfg(target_os = "linux")]
            Some(name) => {
                use std::os::linux::net::SocketAddrExt;
                SocketAddr::from_abstract_name(name)?
            }
            _ => SocketAddr::from_pathname(address)?,
        };
        Ok(Systemd { socket: UnixDatagram::unbound()?, to })
    }

    /// Says how the service is: lines such as `READY=1` and `STATUS=...`.
    ///
    /// # Errors
    /// Nobody listens.
    pub fn tell(&self, state: &str) -> io::Result<()> {
        self.socket.send_to_addr(state.as_bytes(), &self.to).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(address: &OsStr, listener: &UnixDatagram) {
        Systemd::new(address).unwrap().tell("STATUS=Fine\nREADY=1\n").unwrap();
        let mut buffer = [0; 64];
        let read = listener.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..read], b"STATUS=Fine\nREADY=1\n");
    }

    #[test]
    fn systemd_hears_at_a_path() {
        let path = std::env::temp_dir().join(format!("ferrous-notify-{}", std::process::id()));
        let listener = UnixDatagram::bind(&path).unwrap();
        heard(path.as_os_str(), &listener);
        std::fs::remove_file(&path).unwrap();
        assert!(Systemd::new(path.as_os_str()).unwrap().tell("READY=1").is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn systemd_hears_at_an_abstract_name() {
        use std::os::linux::net::SocketAddrExt;
        let name = format!("ferrous-notify-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let listener = UnixDatagram::bind_addr(&address).unwrap();
        heard(OsStr::new(&format!("@{name}")), &listener);
    }
}
