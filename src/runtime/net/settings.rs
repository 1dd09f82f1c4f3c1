//! What may change about connections while the server runs.

use crate::resp::parse::Limits;
use crate::sync::shared::Setting;

/// Shared by all threads with sockets; a change reaches each with its next pass.
#[derive(Debug)]
pub struct Settings {
    /// `client-query-buffer-limit`, in bytes.
    pub query_buffer_max: Setting,
    /// `proto-max-bulk-len`, in bytes.
    pub bulk_max: Setting,
    /// `tcp-keepalive`, in seconds; 0: none. Applies to connections accepted later.
    pub keepalive_s: Setting,
}

impl Default for Settings {
    /// Redis's defaults.
    fn default() -> Self {
        Self {
            query_buffer_max: Setting::new(1 << 30),
            bulk_max: Setting::new(512 << 20),
            keepalive_s: Setting::new(300),
        }
    }
}

impl Settings {
    /// What a client that is trusted may send.
    pub(crate) fn limits(&self) -> Limits {
        Limits { max_bulk: self.bulk_max.get() as u64, ..Limits::default() }
    }
}
