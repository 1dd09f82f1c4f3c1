//! The declaration of a command: everything that is known of it, in one place.
//!
//! COMMAND, COMMAND DOCS, COMMAND GETKEYS, the arity check, the gates of dispatch, ACL categories
//! and prefetching all read this row; nothing states any of it again.

use super::args::Args;
use super::ctx::{Ctx, Done};
use super::script::ScriptFlags;
use super::world::World;

/// A handler: reads its arguments, looks up, decides, mutates, commits, replies.
pub type Handler = fn(&mut Ctx<'_>, Args<'_>) -> Done;

/// Finds what a script or function declares about itself; `None` if it declares nothing.
pub type Declares = fn(&World, Args<'_>) -> Option<ScriptFlags>;

/// Finds the arguments of a call that nobody but its client may see, by their indices.
pub type Secrets = fn(&[&[u8]]) -> Vec<usize>;

/// A set of [`Flags`] in a row: `flags![WRITE, DENYOOM]`.
macro_rules! flags {
    ($($flag:ident),+) => {{
        use $crate::core::command::Flags;
        Flags::NONE$(.or(Flags::$flag))+
    }};
}
/// A set of [`Acl`] categories in a row: `acl![STRING]`.
macro_rules! acl {
    ($($category:ident),+) => {{
        use $crate::core::command::Acl;
        Acl::NONE$(.or(Acl::$category))+
    }};
}
/// A set of [`KeyFlags`] in a row: `keyflags![RO, ACCESS]`.
macro_rules! keyflags {
    ($($flag:ident),+) => {{
        use $crate::core::command::KeyFlags;
        KeyFlags::NONE$(.or(KeyFlags::$flag))+
    }};
}
pub(crate) use {acl, flags, keyflags};

/// What is shown instead of a secret.
const REDACTED: &[u8] = b"(redacted)";

/// One command, or one subcommand of a container command.
#[derive(Clone, Copy)]
pub struct Command {
    /// Name in lower case, as COMMAND INFO shows it (a subcommand's is the second word alone).
    pub name: &'static str,
    /// Number of arguments, the name included; negative: at least that many.
    pub arity: i32,
    /// What the command does and where it may run, as stated; [`Command::all_flags`] adds the
    /// derived one.
    pub flags: Flags,
    /// ACL categories stated for it; those implied by flags are added by [`Command::categories`].
    pub acl: Acl,
    /// Where its keys are.
    pub keys: &'static [KeySpec],
    /// How its keys are found where `keys` does not tell, or does not tell all.
    pub finder: Finder,
    /// Which of its arguments are channels.
    pub channels: Option<Channels>,
    /// Group of the documentation.
    pub group: Group,
    /// Version of Redis that introduced it.
    pub since: &'static str,
    /// Cost, for COMMAND DOCS; empty: not stated.
    pub complexity: &'static str,
    /// One sentence, for COMMAND DOCS.
    pub summary: &'static str,
    /// Changes of behaviour: (version, sentence).
    pub history: &'static [(&'static str, &'static str)],
    /// Hints for clients and proxies (`nondeterministic_output`, `request_policy:all_shards`).
    pub tips: &'static [&'static str],
    /// Grammar of the arguments.
    pub args: &'static [Arg],
    /// Set if deprecated: (since, replaced by).
    pub deprecated: Option<(&'static str, &'static str)>,
    /// True for commands that only servers send each other (`syscmd`).
    pub system: bool,
    /// Which arguments the slow log and MONITOR must not show.
    pub secrets: Option<Secrets>,
    /// The code; `None` for a container, whose subcommands have it.
    pub run: Option<Handler>,
    /// What the script or function that its arguments name declares about itself.
    pub declares: Option<Declares>,
    /// Subcommands of a container.
    pub subcommands: &'static [Command],
}

impl Command {
    /// What a row need not state.
    pub const DEFAULT: Command = Command {
        name: "",
        arity: 0,
        flags: Flags::NONE,
        acl: Acl::NONE,
        keys: &[],
        finder: Finder::Specs,
        channels: None,
        group: Group::Generic,
        since: "",
        complexity: "",
        summary: "",
        history: &[],
        tips: &[],
        args: &[],
        deprecated: None,
        system: false,
        secrets: None,
        run: None,
        declares: None,
        subcommands: &[],
    };

    /// True if `count` arguments (the name included) satisfy the arity.
    pub fn arity_fits(&self, count: usize) -> bool {
        let count = count as i64;
        let arity = i64::from(self.arity);
        if arity >= 0 { count == arity } else { count >= -arity }
    }

    /// The arguments of a call as others may see them: secrets are replaced.
    pub fn shown<'a>(&self, argv: &[&'a [u8]]) -> Vec<&'a [u8]> {
        let mut shown = argv.to_vec();
        if let Some(secrets) = self.secrets {
            secrets(argv).into_iter().for_each(|index| shown[index] = REDACTED);
        }
        shown
    }

    /// All flags: those stated and `movablekeys`, which follows from the key specifications.
    pub fn all_flags(&self) -> Flags {
        if self.plain_keys().1 { self.flags.or(Flags::MOVABLE_KEYS) } else { self.flags }
    }

    /// The first, last and step that COMMAND INFO shows: the key specifications as one range.
    ///
    /// `last` is an index, or counts from the end if negative. `None`: there is no such range.
    /// Cost: O(1) for one specification, else O(specifications); nothing is allocated.
    pub fn key_range(&self) -> Option<KeyRange> {
        self.plain_keys().0
    }

    /// The key specifications as one range, and whether that range may miss keys.
    fn plain_keys(&self) -> (Option<KeyRange>, bool) {
        if let [spec] = self.keys
            && let Some(range) = spec.fixed_range()
        {
            return (Some(range), spec.flags.has(KeyFlags::INCOMPLETE));
        }
        let mut movable = false;
        let mut whole: Option<KeyRange> = None;
        for spec in self.keys {
            let Some(range) = spec.fixed_range() else {
                movable = true;
                continue;
            };
            // Ranges are joined only while each begins where the one before it ends.
            if range.step != 1 || whole.is_some_and(|w| w.last != range.first - 1) {
                movable = true;
                continue;
            }
            movable |= spec.flags.has(KeyFlags::INCOMPLETE);
            let first = whole.map_or(range.first, |w| w.first);
            whole = Some(KeyRange { first, ..range });
        }
        (whole, movable)
    }

    /// All ACL categories: those stated and those that follow from flags.
    pub fn categories(&self) -> Acl {
        let mut acl = self.acl;
        let implied = [
            (Flags::WRITE, Acl::WRITE),
            (Flags::ADMIN, Acl::ADMIN.or(Acl::DANGEROUS)),
            (Flags::PUBSUB, Acl::PUBSUB),
            (Flags::FAST, Acl::FAST),
            (Flags::BLOCKING, Acl::BLOCKING),
        ];
        for (flag, category) in implied {
            if self.flags.has(flag) {
                acl = acl.or(category);
            }
        }
        // Commands of the scripting group read no keys of their own, hence no @read for them.
        if self.flags.has(Flags::READONLY) && !acl.has(Acl::SCRIPTING) {
            acl = acl.or(Acl::READ);
        }
        if !acl.has(Acl::FAST) {
            acl = acl.or(Acl::SLOW);
        }
        acl
    }
}

macro_rules! bits {
    ($(#[$doc:meta])* $name:ident: $repr:ty {
        $($(#[$idoc:meta])* $item:ident = $bit:expr, $text:expr;)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
        pub struct $name(pub $repr);

        impl $name {
            /// The empty set.
            pub const NONE: $name = $name(0);
            $($(#[$idoc])* pub const $item: $name = $name(1 << $bit);)*
            /// Each member with the name that replies show, in the order in which they show it.
            pub const NAMES: &'static [($name, &'static str)] = &[$(($name::$item, $text)),*];

            /// The union.
            pub const fn or(self, other: $name) -> $name {
                $name(self.0 | other.0)
            }

            /// Those that are not in `other`.
            pub const fn without(self, other: $name) -> $name {
                $name(self.0 & !other.0)
            }

            /// True if all members of `other` are in.
            pub const fn has(self, other: $name) -> bool {
                self.0 & other.0 == other.0
            }

            /// True if any member of `other` is in.
            pub const fn any(self, other: $name) -> bool {
                self.0 & other.0 != 0
            }

            /// Names of the members, in the order of replies; members without a name are left out.
            pub fn names(self) -> impl Iterator<Item = &'static str> + Clone {
                let shown = Self::NAMES.iter().filter(|(_, name)| !name.is_empty());
                shown.filter(move |(flag, _)| self.has(*flag)).map(|&(_, name)| name)
            }
        }
    };
}

bits! {
    /// Flags of a command. The order is that of COMMAND INFO, which hides those without a name.
    Flags: u32 {
        /// Writes to the keyspace.
        WRITE = 0, "write";
        /// Reads the keyspace and never writes it.
        READONLY = 1, "readonly";
        /// Refused when memory is above the limit.
        DENYOOM = 2, "denyoom";
        /// A module's command.
        MODULE = 3, "module";
        /// For administration.
        ADMIN = 4, "admin";
        /// About channels.
        PUBSUB = 5, "pubsub";
        /// Refused in scripts.
        NOSCRIPT = 6, "noscript";
        /// May block the client.
        BLOCKING = 7, "blocking";
        /// Allowed while loading.
        LOADING = 8, "loading";
        /// Allowed on a replica whose data is stale and that may not serve it.
        STALE = 9, "stale";
        /// Not shown to MONITOR.
        SKIP_MONITOR = 10, "skip_monitor";
        /// Not recorded in the slow log.
        SKIP_SLOWLOG = 11, "skip_slowlog";
        /// Accepted for a slot that is being imported, as if ASKING had been sent.
        ASKING = 12, "asking";
        /// O(1) or O(log n), and no deletion of a value as a side effect.
        FAST = 13, "fast";
        /// Needs no authentication.
        NO_AUTH = 14, "no_auth";
        /// Has keys, but is correct without any (EVAL's numkeys may be 0).
        NO_MANDATORY_KEYS = 15, "no_mandatory_keys";
        /// Refused while a replica loads a new dataset beside the old one that it serves.
        NO_ASYNC_LOADING = 16, "no_async_loading";
        /// Refused inside MULTI.
        NO_MULTI = 17, "no_multi";
        /// The plain range of keys does not cover all keys. Derived, never stated in a row.
        MOVABLE_KEYS = 18, "movablekeys";
        /// Allowed while a script is timed out.
        ALLOW_BUSY = 19, "allow_busy";
        /// Not a write, yet may propagate something: PUBLISH, scripts. Held back with the writes
        /// by CLIENT PAUSE WRITE, but not refused where writes are.
        MAY_REPLICATE = 20, "";
        /// Also known in sentinel mode.
        SENTINEL = 21, "";
        /// Known in sentinel mode only.
        ONLY_SENTINEL = 22, "";
        /// Refused unless a directive allows it (DEBUG, MODULE).
        PROTECTED = 23, "";
        /// May expire keys that are not among its arguments (RANDOMKEY, SCAN).
        TOUCHES_ARBITRARY_KEYS = 24, "";
        /// Runs at once although a transaction is being queued.
        UNQUEUED = 25, "";
        /// Ends a transaction by executing it: if it is refused, the transaction is discarded.
        ENDS_TRANSACTION = 26, "";
        /// Allowed to a client with RESP2 that has subscribed to something.
        WHILE_SUBSCRIBED = 27, "";
        /// Gives a transaction up: it is heard even if nothing can be queued.
        LEAVES_TRANSACTION = 28, "";
    }
}

bits! {
    /// ACL categories, in the order of COMMAND INFO.
    Acl: u32 {
        /// `@keyspace`
        KEYSPACE = 0, "@keyspace";
        /// `@read`
        READ = 1, "@read";
        /// `@write`
        WRITE = 2, "@write";
        /// `@set`
        SET = 3, "@set";
        /// `@sortedset`
        SORTEDSET = 4, "@sortedset";
        /// `@list`
        LIST = 5, "@list";
        /// `@hash`
        HASH = 6, "@hash";
        /// `@string`
        STRING = 7, "@string";
        /// `@bitmap`
        BITMAP = 8, "@bitmap";
        /// `@hyperloglog`
        HYPERLOGLOG = 9, "@hyperloglog";
        /// `@geo`
        GEO = 10, "@geo";
        /// `@stream`
        STREAM = 11, "@stream";
        /// `@pubsub`
        PUBSUB = 12, "@pubsub";
        /// `@admin`
        ADMIN = 13, "@admin";
        /// `@fast`
        FAST = 14, "@fast";
        /// `@slow`
        SLOW = 15, "@slow";
        /// `@blocking`
        BLOCKING = 16, "@blocking";
        /// `@dangerous`
        DANGEROUS = 17, "@dangerous";
        /// `@connection`
        CONNECTION = 18, "@connection";
        /// `@transaction`
        TRANSACTION = 19, "@transaction";
        /// `@scripting`
        SCRIPTING = 20, "@scripting";
    }
}

bits! {
    /// What a command does with a key. The order is that of COMMAND GETKEYSANDFLAGS.
    KeyFlags: u32 {
        /// Reads the value but does not change it.
        RO = 0, "RO";
        /// Reads and changes it.
        RW = 1, "RW";
        /// Overwrites it whatever it was.
        OW = 2, "OW";
        /// Removes it.
        RM = 3, "RM";
        /// The data is returned, copied or compared.
        ACCESS = 4, "access";
        /// The data is changed on the basis of itself or the arguments.
        UPDATE = 5, "update";
        /// Data is added, nothing is read.
        INSERT = 6, "insert";
        /// Data is removed.
        DELETE = 7, "delete";
        /// Looks like a key but is not one.
        NOT_KEY = 8, "not_key";
        /// The specification may not find all keys.
        INCOMPLETE = 9, "incomplete";
        /// The flags depend on the arguments.
        VARIABLE_FLAGS = 10, "variable_flags";
    }
}

/// Where a key specification starts to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// At a fixed argument.
    Index(i32),
    /// After a keyword, searched from an argument on (negative: backwards from the end).
    Keyword(&'static str, i32),
    /// Not expressible.
    Unknown,
}

/// How a key specification finds keys from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Find {
    /// Keys from the start to `last` (relative; -1: the last argument, -2: the one before it),
    /// every `step`; with `limit` > 1 and `last` -1 only the first 1/limit of the remaining
    /// arguments.
    Range {
        /// Last key relative to the start.
        last: i32,
        /// Distance between keys.
        step: i32,
        /// Divisor of the remaining arguments.
        limit: i32,
    },
    /// An argument tells how many keys follow.
    KeyNum {
        /// The count's index, relative to the start.
        count: i32,
        /// The first key's index, relative to the start.
        first: i32,
        /// Distance between keys.
        step: i32,
    },
    /// Not expressible.
    Unknown,
}

/// A range of arguments that are keys: every `step`-th from `first` to `last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRange {
    /// Index of the first key.
    pub first: i32,
    /// Index of the last key; negative: counted from the end, -1 being the last argument.
    pub last: i32,
    /// Distance between keys.
    pub step: i32,
}

/// Where some keys of a command are, and what happens to them.
#[derive(Clone, Copy, Debug)]
pub struct KeySpec {
    /// What happens to the keys.
    pub flags: KeyFlags,
    /// Where to start.
    pub begin: Begin,
    /// What to take from there.
    pub find: Find,
    /// A remark for COMMAND DOCS; empty: none.
    pub notes: &'static str,
}

impl KeySpec {
    /// One key at argument `index`.
    pub const fn one(index: i32, flags: KeyFlags) -> KeySpec {
        KeySpec::range(index, 0, 1, flags)
    }

    /// Keys from argument `first` to `last` (relative to `first`, negative: from the end).
    pub const fn range(first: i32, last: i32, step: i32, flags: KeyFlags) -> KeySpec {
        KeySpec {
            flags,
            begin: Begin::Index(first),
            find: Find::Range { last, step, limit: 0 },
            notes: "",
        }
    }

    /// Argument `index` counts the keys that follow it.
    pub const fn counted(index: i32, flags: KeyFlags) -> KeySpec {
        KeySpec {
            flags,
            begin: Begin::Index(index),
            find: Find::KeyNum { count: 0, first: 1, step: 1 },
            notes: "",
        }
    }

    /// One key after a keyword, which is searched from argument `from` on (negative: from there
    /// backwards, counted from the end).
    pub const fn after(keyword: &'static str, from: i32, flags: KeyFlags) -> KeySpec {
        KeySpec { begin: Begin::Keyword(keyword, from), ..KeySpec::one(0, flags) }
    }

    /// Keys that only the command itself can tell.
    pub const fn unknown(flags: KeyFlags) -> KeySpec {
        KeySpec { flags, begin: Begin::Unknown, find: Find::Unknown, notes: "" }
    }

    /// The range goes on to `last`; with `limit` > 1 only 1/limit of the arguments are keys.
    pub const fn to(mut self, last: i32, limit: i32) -> KeySpec {
        self.find = Find::Range { last, step: 1, limit };
        self
    }

    /// With a remark.
    pub const fn noted(mut self, notes: &'static str) -> KeySpec {
        self.notes = notes;
        self
    }

    /// The range of arguments, if it starts at a fixed one and has fixed ends.
    fn fixed_range(&self) -> Option<KeyRange> {
        match (self.begin, self.find) {
            (Begin::Index(first), Find::Range { last, step, .. }) => {
                let last = if last >= 0 { first + last } else { last };
                Some(KeyRange { first, last, step })
            }
            _ => None,
        }
    }
}

/// How the keys of a command are found by looking at its arguments.
///
/// Key specifications cannot express everything: this names the rule for the commands concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finder {
    /// The key specifications say it all.
    Specs,
    /// Argument `count` is the number of keys that follow it.
    Counted {
        /// Index of the count.
        count: usize,
        /// Index of a key that is written besides; 0: none.
        store: usize,
    },
    /// SORT: the key, and that of the last STORE.
    Sort,
    /// SORT_RO: the key.
    SortRo,
    /// MIGRATE: the key, or those after KEYS.
    Migrate,
    /// GEORADIUS and GEORADIUSBYMEMBER: the key, and that of the last STORE or STOREDIST.
    GeoRadius,
    /// XREAD and XREADGROUP: the first half of what follows STREAMS.
    Streams,
    /// SET: the key, which GET makes a key that is read too.
    Set,
    /// BITFIELD: the key, which is only read if all operations are GET.
    Bitfield,
}

impl Finder {
    /// Argument `count` is the number of keys that follow it.
    pub const fn counted(count: usize) -> Finder {
        Finder::Counted { count, store: 0 }
    }

    /// The same, and the argument before the count is a key that is written.
    pub const fn stored_counted(count: usize) -> Finder {
        Finder::Counted { count, store: count - 1 }
    }
}

/// What a command does with the channels it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelUse {
    /// Subscribes to them.
    Subscribe,
    /// Ends subscriptions.
    Unsubscribe,
    /// Sends to them.
    Publish,
}

/// Which arguments of a command are channels: the first, or the first and all that follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channels {
    /// What happens to them.
    pub usage: ChannelUse,
    /// They are patterns.
    pub patterns: bool,
    /// All arguments are channels, not only the first.
    pub all: bool,
}

impl Channels {
    /// All arguments are channels to subscribe to.
    pub const fn subscribe() -> Channels {
        Channels { usage: ChannelUse::Subscribe, patterns: false, all: true }
    }

    /// All arguments are channels to leave.
    pub const fn unsubscribe() -> Channels {
        Channels { usage: ChannelUse::Unsubscribe, patterns: false, all: true }
    }

    /// The first argument is the channel to send to.
    pub const fn publish() -> Channels {
        Channels { usage: ChannelUse::Publish, patterns: false, all: false }
    }

    /// They are patterns of channels.
    pub const fn patterns(mut self) -> Channels {
        self.patterns = true;
        self
    }
}

/// Groups of the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Group {
    Generic,
    String,
    List,
    Set,
    SortedSet,
    Hash,
    PubSub,
    Transactions,
    Connection,
    Server,
    Scripting,
    HyperLogLog,
    Cluster,
    Sentinel,
    Geo,
    Stream,
    Bitmap,
}

impl Group {
    /// The name in COMMAND DOCS.
    pub fn name(self) -> &'static str {
        match self {
            Group::Generic => "generic",
            Group::String => "string",
            Group::List => "list",
            Group::Set => "set",
            Group::SortedSet => "sorted-set",
            Group::Hash => "hash",
            Group::PubSub => "pubsub",
            Group::Transactions => "transactions",
            Group::Connection => "connection",
            Group::Server => "server",
            Group::Scripting => "scripting",
            Group::HyperLogLog => "hyperloglog",
            Group::Cluster => "cluster",
            Group::Sentinel => "sentinel",
            Group::Geo => "geo",
            Group::Stream => "stream",
            Group::Bitmap => "bitmap",
        }
    }
}

/// One element of the argument grammar.
#[derive(Clone, Copy, Debug)]
pub struct Arg {
    /// Name in the grammar.
    pub name: &'static str,
    /// What it is.
    pub kind: ArgKind,
    /// Index of the key specification that finds it, if it names keys.
    pub key_spec: Option<u8>,
    /// The literal that introduces it, if any; an empty one is an empty argument.
    pub token: Option<&'static str>,
    /// What is displayed; empty: nothing.
    pub display: &'static str,
    /// May be left out.
    pub optional: bool,
    /// May be repeated.
    pub multiple: bool,
    /// Its token is repeated with it.
    pub multiple_token: bool,
    /// Version that introduced it; empty: with the command.
    pub since: &'static str,
    /// Version that deprecated it; empty: not deprecated.
    pub deprecated_since: &'static str,
    /// A sentence; empty: none.
    pub summary: &'static str,
}

/// Kinds of arguments.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum ArgKind {
    String,
    Integer,
    Double,
    Key,
    Pattern,
    UnixTime,
    PureToken,
    OneOf(&'static [Arg]),
    Block(&'static [Arg]),
}

impl ArgKind {
    /// The name in COMMAND DOCS.
    pub fn name(&self) -> &'static str {
        match self {
            ArgKind::String => "string",
            ArgKind::Integer => "integer",
            ArgKind::Double => "double",
            ArgKind::Key => "key",
            ArgKind::Pattern => "pattern",
            ArgKind::UnixTime => "unix-time",
            ArgKind::PureToken => "pure-token",
            ArgKind::OneOf(_) => "oneof",
            ArgKind::Block(_) => "block",
        }
    }
}

/// Builders of grammar elements, for rows.
pub mod arg {
    use super::{Arg, ArgKind};

    const fn make(name: &'static str, kind: ArgKind) -> Arg {
        Arg {
            name,
            kind,
            key_spec: None,
            token: None,
            display: name,
            optional: false,
            multiple: false,
            multiple_token: false,
            since: "",
            deprecated_since: "",
            summary: "",
        }
    }

    /// A key of the first key specification.
    pub const fn key(name: &'static str) -> Arg {
        key_of(name, 0)
    }

    /// A key of a later key specification.
    pub const fn key_of(name: &'static str, spec: u8) -> Arg {
        make(name, ArgKind::Key).in_spec(spec)
    }

    /// Any bytes.
    pub const fn string(name: &'static str) -> Arg {
        make(name, ArgKind::String)
    }

    /// An integer.
    pub const fn int(name: &'static str) -> Arg {
        make(name, ArgKind::Integer)
    }

    /// A double.
    pub const fn double(name: &'static str) -> Arg {
        make(name, ArgKind::Double)
    }

    /// A glob pattern.
    pub const fn pattern(name: &'static str) -> Arg {
        make(name, ArgKind::Pattern)
    }

    /// A point in time.
    pub const fn time(name: &'static str) -> Arg {
        make(name, ArgKind::UnixTime)
    }

    /// A literal.
    pub const fn token(name: &'static str, token: &'static str) -> Arg {
        make(name, ArgKind::PureToken).after(token)
    }

    /// One of several.
    pub const fn one_of(name: &'static str, of: &'static [Arg]) -> Arg {
        make(name, ArgKind::OneOf(of)).shown("")
    }

    /// Several in sequence.
    pub const fn block(name: &'static str, of: &'static [Arg]) -> Arg {
        make(name, ArgKind::Block(of)).shown("")
    }

    impl Arg {
        /// Introduced by a literal.
        pub const fn after(mut self, token: &'static str) -> Arg {
            self.token = Some(token);
            self
        }

        /// Names keys that the key specification of that index describes.
        pub const fn in_spec(mut self, spec: u8) -> Arg {
            self.key_spec = Some(spec);
            self
        }

        /// May be left out.
        pub const fn optional(mut self) -> Arg {
            self.optional = true;
            self
        }

        /// May be repeated.
        pub const fn multiple(mut self) -> Arg {
            self.multiple = true;
            self
        }

        /// May be repeated together with its token.
        pub const fn multiple_token(mut self) -> Arg {
            self.multiple = true;
            self.multiple_token = true;
            self
        }

        /// Came with a later version than the command.
        pub const fn since(mut self, version: &'static str) -> Arg {
            self.since = version;
            self
        }

        /// Deprecated since a version.
        pub const fn deprecated(mut self, version: &'static str) -> Arg {
            self.deprecated_since = version;
            self
        }

        /// Displayed under another name.
        pub const fn shown(mut self, text: &'static str) -> Arg {
            self.display = text;
            self
        }
    }
}
