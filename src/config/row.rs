//! What a row of the table consists of.

use std::borrow::Cow;
use std::fmt;

use super::Config;
use super::field::Field;

/// The unit in which an integer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A plain decimal number.
    Plain,
    /// Bytes, with an optional unit such as `kb` or `g`.
    Memory,
    /// Bytes, or a share of `maxmemory` such as `5%`, which is kept as a negative number.
    MemoryOrPercent,
    /// Octal digits.
    Octal,
}

/// The type of a directive's value.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// `yes` or `no`.
    Bool,
    /// Text without NUL bytes.
    Text,
    /// Text without NUL bytes; empty means "not set".
    OptionalText,
    /// Any bytes; empty means "not set".
    OptionalBytes,
    /// One of these names.
    Enum(&'static [&'static str]),
    /// Any of these names together.
    Bits(&'static [&'static str]),
    /// An integer.
    Int {
        /// The smallest accepted value.
        min: i64,
        /// The largest accepted value, as the bits of an unsigned number where the field is one.
        max: i64,
        /// How it is written.
        unit: Unit,
    },
    /// A grammar of its own.
    Special,
}

/// An integer in plain digits.
pub(super) const fn int(min: i64, max: i64) -> Kind {
    Kind::Int { min, max, unit: Unit::Plain }
}

/// A number of bytes.
pub(super) const fn memory(min: i64, max: i64) -> Kind {
    Kind::Int { min, max, unit: Unit::Memory }
}

/// Properties of a directive that do not depend on its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(pub(super) u16);

impl Flags {
    /// Can be set at start only.
    pub const IMMUTABLE: Flags = Flags(1);
    /// The value is a secret: it is redacted from logs.
    pub const SENSITIVE: Flags = Flags(1 << 1);
    /// Belongs into a crash report.
    pub const DEBUG: Flags = Flags(1 << 2);
    /// Takes any number of arguments.
    pub const MULTI_ARG: Flags = Flags(1 << 3);
    /// Not matched by patterns of `CONFIG GET`.
    pub const HIDDEN: Flags = Flags(1 << 4);
    /// Set by `CONFIG SET` only where `enable-protected-configs` allows it.
    pub const PROTECTED: Flags = Flags(1 << 5);
    /// Cannot be set while the dataset is loaded.
    pub const DENY_LOADING: Flags = Flags(1 << 6);
    /// Setting it has an effect even when the value stays the same (a file may have changed).
    pub const VOLATILE: Flags = Flags(1 << 7);

    /// Redis has no such directive: patterns of `CONFIG GET` do not match it either, since programs
    /// set everything that they match.
    pub const OURS: Flags = Flags(1 << 8);

    /// Whether all of `other` is in here.
    pub const fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What the server has to do after values have changed. Rows that share one share its execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Start or stop the append-only file.
    AppendOnly,
    /// Wait for the syncs in flight when syncing turns to `always`.
    AppendFsync,
    /// Remove append-only files that are no longer needed.
    AofCleanup,
    /// Listen on other addresses.
    Bind,
    /// Recompute the memory use of clients, or stop doing so.
    ClientMemory,
    /// Tell the cluster our hostname.
    ClusterHostname,
    /// Tell the cluster our address.
    ClusterAddress,
    /// Tell the cluster our human-readable name.
    ClusterNodeName,
    /// Tell the cluster our flags.
    ClusterFlags,
    /// Tell the cluster our ports.
    ClusterPorts,
    /// Install or remove the handlers of fatal signals.
    CrashHandlers,
    /// Count the replicas that are in time for writes.
    GoodReplicas,
    /// Run the timer at another frequency.
    Hz,
    /// The background thread of the allocator.
    AllocatorThread,
    /// Compare strings by another locale.
    Locale,
    /// Room for another number of clients.
    MaxClients,
    /// Evict by another limit.
    MaxMemory,
    /// Write the score for the kernel's memory killer.
    OomScore,
    /// Listen on another port.
    Port,
    /// Show another process title.
    ProcTitle,
    /// Resize the replication backlog.
    ReplBacklog,
    /// Set the password of the default user.
    RequirePass,
    /// Read certificates and TLS options again.
    Tls,
    /// Listen on another TLS port.
    TlsPort,
    /// Start or stop the software watchdog.
    Watchdog,
}

/// Why a value was refused: the text that follows the directive's name in the reply.
pub(super) type Reason = Cow<'static, str>;

/// Checks a text before it is stored; a NUL in it is not cut off yet.
pub(super) type Check = fn(&Config, &[u8]) -> Result<(), &'static str>;

/// Whoever can change the working directory of the process.
pub trait ChangeDir {
    /// Makes `path` the working directory and returns its absolute path.
    ///
    /// # Errors
    /// The operating system's text for the error.
    fn change_dir(&mut self, path: &[u8]) -> Result<Vec<u8>, String>;
}

/// What a value may need or say while it is set.
pub(super) struct Setting<'a> {
    /// Whether save points replace those in force (a file adds to those that it gave before).
    pub(super) replace_save: bool,
    /// Set once a save point was given.
    pub(super) saved: bool,
    /// For the directive that is about the working directory.
    pub(super) dir: &'a mut dyn ChangeDir,
    /// Lines for the log, of level warning.
    pub(super) warnings: &'a mut Vec<String>,
}

/// One directive.
pub struct Row {
    /// The group under which people are told about it.
    pub section: &'static str,
    /// Its name.
    pub name: &'static str,
    /// An older name of it.
    pub alias: Option<&'static str>,
    /// What it does, one line or more, each starting with a space.
    pub summary: &'static str,
    /// The type and range of its value.
    pub kind: Kind,
    /// See [`Flags`].
    pub flags: Flags,
    /// What is to be done after `CONFIG SET` has changed it.
    pub effect: Option<Effect>,
    pub(super) check: Option<Check>,
    pub(super) field: fn(&Config) -> &dyn Field,
    pub(super) field_mut: fn(&mut Config) -> &mut dyn Field,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").field("name", &self.name).field("kind", &self.kind).finish()
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Row) -> bool {
        self.name == other.name
    }
}

impl Row {
    /// Stores a value; true if the row's effect is due.
    pub(super) fn set(
        &self,
        config: &mut Config,
        args: &[&[u8]],
        setting: &mut Setting<'_>,
    ) -> Result<bool, Reason> {
        if let (Some(check), Some(value)) = (self.check, args.first()) {
            check(config, value)?;
        }
        let changed = (self.field_mut)(config).set(self, args, setting)?;
        Ok(changed || self.flags.has(Flags::VOLATILE))
    }
}
