//! Values that are one of a few names.

use super::field::{Field, replace};
use super::row::{Reason, Row, Setting};
use crate::base::text::until_nul;

/// Text of the refusal of an unknown name.
fn expected(names: &[&str]) -> Reason {
    format!("argument(s) must be one of the following: {}", names.join(", ")).into()
}

fn position(names: &[&str], text: &[u8]) -> Option<usize> {
    let text = until_nul(text);
    names.iter().position(|name| name.as_bytes().eq_ignore_ascii_case(text))
}

/// Declares enums with the names of their variants. The first name of a variant is the one shown.
macro_rules! choices {
    ($(
        $(#[$meta:meta])*
        $type:ident {
            $( $(#[$doc:meta])* $variant:ident = $name:literal $(| $other:literal)* ),* $(,)?
        }
    )*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $type { $( $(#[$doc])* $variant ),* }

        impl $type {
            /// The accepted names, in the order in which a refusal lists them.
            pub const NAMES: &'static [&'static str] = &[$($name, $($other,)*)*];

            const VALUES: &'static [$type] =
                &[$($type::$variant, $({ let _ = $other; $type::$variant },)*)*];

            /// The name of the value.
            pub const fn name(self) -> &'static str {
                match self { $($type::$variant => $name),* }
            }
        }

        impl Field for $type {
            fn set(
                &mut self,
                _: &Row,
                args: &[&[u8]],
                _: &mut Setting<'_>,
            ) -> Result<bool, Reason> {
                let at = match args {
                    [one] => position($type::NAMES, one),
                    _ => None,
                };
                let at = at.ok_or_else(|| expected($type::NAMES))?;
                Ok(replace(self, $type::VALUES[at]))
            }

            fn show(&self, _: &Row, out: &mut Vec<u8>) {
                out.extend(self.name().bytes());
            }
        }
    )*};
}

choices! {
    /// Which keys are evicted when memory is full, and by what order.
    MaxmemoryPolicy {
        /// Keys with an expiry, least recently used first.
        VolatileLru = "volatile-lru",
        /// Keys with an expiry, least frequently used first.
        VolatileLfu = "volatile-lfu",
        /// Keys with an expiry, any.
        VolatileRandom = "volatile-random",
        /// Keys with an expiry, the soonest first.
        VolatileTtl = "volatile-ttl",
        /// All keys, least recently used first.
        AllkeysLru = "allkeys-lru",
        /// All keys, least frequently used first.
        AllkeysLfu = "allkeys-lfu",
        /// All keys, any.
        AllkeysRandom = "allkeys-random",
        /// None: writes are refused.
        NoEviction = "noeviction",
    }

    /// The facility of messages to the system log.
    SyslogFacility {
        /// `LOG_USER`.
        User = "user",
        /// `LOG_LOCAL0`.
        Local0 = "local0",
        /// `LOG_LOCAL1`.
        Local1 = "local1",
        /// `LOG_LOCAL2`.
        Local2 = "local2",
        /// `LOG_LOCAL3`.
        Local3 = "local3",
        /// `LOG_LOCAL4`.
        Local4 = "local4",
        /// `LOG_LOCAL5`.
        Local5 = "local5",
        /// `LOG_LOCAL6`.
        Local6 = "local6",
        /// `LOG_LOCAL7`.
        Local7 = "local7",
    }

    /// The least severity that is logged.
    LogLevel {
        /// Everything.
        Debug = "debug",
        /// Much.
        Verbose = "verbose",
        /// What matters in production.
        Notice = "notice",
        /// Only what is wrong.
        Warning = "warning",
        /// Nothing at all.
        Nothing = "nothing",
    }

    /// The service manager that started the process.
    Supervised {
        /// upstart.
        Upstart = "upstart",
        /// systemd.
        Systemd = "systemd",
        /// Whichever the environment tells of.
        Auto = "auto",
        /// None.
        No = "no",
    }

    /// When the append-only file is synced to disk.
    AppendFsync {
        /// Once a second.
        EverySec = "everysec",
        /// Before a write is answered.
        Always = "always",
        /// When the operating system likes.
        No = "no",
    }

    /// Whether a replica loads a full resynchronisation from the socket.
    ReplDisklessLoad {
        /// Never: through a file.
        Disabled = "disabled",
        /// When its dataset is empty.
        OnEmptyDb = "on-empty-db",
        /// Always, with the old dataset kept in memory until the new one is complete.
        SwapDb = "swapdb",
    }

    /// Whether TLS clients need a certificate.
    TlsAuthClients {
        /// No.
        No = "no",
        /// Yes.
        Yes = "yes",
        /// No, but one that is shown must be valid.
        Optional = "optional",
    }

    /// How the score for the kernel's memory killer is set.
    OomScoreAdj {
        /// Not at all.
        No = "no",
        /// Relative to the score at start.
        Relative = "yes" | "relative",
        /// To the values as they are.
        Absolute = "absolute",
    }

    /// The channels that a new user may use.
    AclPubsubDefault {
        /// All of them.
        AllChannels = "allchannels",
        /// None.
        ResetChannels = "resetchannels",
    }

    /// When payloads of RESTORE, of files and of the primary are checked in depth.
    SanitizeDumpPayload {
        /// Never.
        No = "no",
        /// Always.
        Yes = "yes",
        /// Only those of clients.
        Clients = "clients",
    }

    /// Who may use something dangerous.
    ProtectedAction {
        /// Nobody.
        No = "no",
        /// Everybody.
        Yes = "yes",
        /// Clients on the same machine.
        Local = "local",
    }

    /// What the cluster tells clients as the address of a node.
    EndpointType {
        /// Its IP address.
        Ip = "ip",
        /// Its announced hostname.
        Hostname = "hostname",
        /// Nothing: the address that the client used.
        Unknown = "unknown-endpoint",
    }

    /// What happens when a propagated command fails.
    PropagationErrorBehavior {
        /// It is counted.
        Ignore = "ignore",
        /// The process stops.
        Panic = "panic",
        /// The process stops if it is a replica.
        PanicOnReplicas = "panic-on-replicas",
    }
}

impl SyslogFacility {
    /// The number by which the system log knows it.
    pub fn number(self) -> u8 {
        match self {
            SyslogFacility::User => 1,
            SyslogFacility::Local0 => 16,
            SyslogFacility::Local1 => 17,
            SyslogFacility::Local2 => 18,
            SyslogFacility::Local3 => 19,
            SyslogFacility::Local4 => 20,
            SyslogFacility::Local5 => 21,
            SyslogFacility::Local6 => 22,
            SyslogFacility::Local7 => 23,
        }
    }
}

/// What a stop by signal does: nothing special, or any of the options of SHUTDOWN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignalFlags(u8);

impl SignalFlags {
    /// The accepted names.
    pub const NAMES: &'static [&'static str] = &["default", "save", "nosave", "now", "force"];
    /// Save even without save points.
    pub const SAVE: SignalFlags = SignalFlags(1);
    /// Do not save even with save points.
    pub const NOSAVE: SignalFlags = SignalFlags(2);
    /// Do not wait for replicas.
    pub const NOW: SignalFlags = SignalFlags(4);
    /// Stop even if saving fails.
    pub const FORCE: SignalFlags = SignalFlags(8);

    /// These and those.
    pub const fn or(self, other: SignalFlags) -> SignalFlags {
        SignalFlags(self.0 | other.0)
    }

    /// Whether all of `other` is in here.
    pub const fn has(self, other: SignalFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

impl Field for SignalFlags {
    fn set(&mut self, _: &Row, args: &[&[u8]], _: &mut Setting<'_>) -> Result<bool, Reason> {
        let refused = || expected(SignalFlags::NAMES);
        if args.is_empty() {
            return Err(refused());
        }
        let mut bits = 0;
        for arg in args {
            let at = position(SignalFlags::NAMES, arg).ok_or_else(refused)?;
            bits |= (1u8 << at) >> 1;
        }
        let value = SignalFlags(bits);
        if value.has(SignalFlags::SAVE) && value.has(SignalFlags::NOSAVE) {
            return Err("shutdown options SAVE and NOSAVE can't be used simultaneously".into());
        }
        Ok(replace(self, value))
    }

    fn show(&self, _: &Row, out: &mut Vec<u8>) {
        let names: Vec<&str> = match self.0 {
            0 => vec![SignalFlags::NAMES[0]],
            bits => (1..SignalFlags::NAMES.len())
                .filter(|at| bits & (1 << at >> 1) != 0)
                .map(|at| SignalFlags::NAMES[at])
                .collect(),
        };
        out.extend(names.join(" ").bytes());
    }
}
