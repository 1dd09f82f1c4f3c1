//! Listening as the configuration says.

use std::path::Path;
use std::sync::Arc;

use super::host::Listening;
use crate::config::Config;
use crate::runtime::metrics::{self, Requests};
use crate::runtime::net::{Listeners, Settings, TcpBind, Waker};

/// The listeners of the running server.
pub(super) struct Sockets {
    /// The sockets.
    pub(super) listeners: Listeners,
    /// Limits of connections.
    pub(super) settings: Arc<Settings>,
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn tcp(config: &Config) -> TcpBind {
    TcpBind {
        addresses: config.bind.0.iter().map(|address| text(address)).collect(),
        port: config.port as u16,
        backlog: config.tcp_backlog,
        mark: config.socket_mark_id,
    }
}

impl Sockets {
    /// Opens the endpoint of metrics, if the configuration wants one.
    /// # Errors
    /// The line for the log.
    pub(super) fn open_metrics(config: &Config, waker: &Waker) -> Result<Option<Requests>, String> {
        if config.metrics_port == 0 {
            return Ok(None);
        }
        let requests = metrics::start(&tcp(config).addresses, config.metrics_port as u16, waker);
        requests.map(Some).map_err(|reason| format!("Failed listening for metrics on {reason}"))
    }

    /// Opens all listeners of a configuration.
    /// # Errors
    /// The line for the log.
    pub(super) fn open(&self, config: &Config) -> Result<(), String> {
        // Why is in the log already.
        if self.listeners.listen(&tcp(config)).is_err() {
            return Err(format!("Failed listening on port {} (tcp), aborting.", config.port));
        }
        if let Some(path) = config.unixsocket.as_deref().filter(|path| !path.is_empty()) {
            use std::os::unix::ffi::OsStrExt;
            let path = Path::new(std::ffi::OsStr::from_bytes(path));
            let mode = config.unixsocketperm;
            if let Err(error) = self.listeners.listen_unix(path, mode, config.tcp_backlog) {
                return Err(format!("Failed opening Unix socket: {error}"));
            }
        }
        if self.listeners.count() == 0 {
            return Err("Configured to not listen anywhere, exiting.".to_owned());
        }
        Ok(())
    }
}

impl Listening for Sockets {
    fn listen(&self, config: &Config, refusal: &str) -> Result<(), String> {
        self.listeners.listen(&tcp(config)).map_err(|_| refusal.to_owned())
    }

    fn describe(&self, config: &Config) -> Vec<String> {
        let mut listeners = Vec::new();
        if config.port != 0 {
            let binds: String =
                config.bind.0.iter().map(|a| format!(",bind={}", text(a))).collect();
            listeners.push(format!("name=tcp{binds},port={}", config.port));
        }
        if let Some(path) = &config.unixsocket {
            listeners.push(format!("name=unix,bind={}", text(path)));
        }
        listeners
    }

    fn adjust(&self, config: &Config) {
        self.settings.query_buffer_max.set(config.client_query_buffer_limit as usize);
        self.settings.bulk_max.set(config.proto_max_bulk_len as usize);
        self.settings.keepalive_s.set(config.tcp_keepalive as usize);
    }
}
