//! The declaration of a command: everything that is known of it, in one place.
//!
//! COMMAND, COMMAND DOCS, COMMAND GETKEYS, the arity check, the gates of dispatch, ACL categories
//! and prefetching all read this row; nothing states any of it again.

use super::args::Args;
use super::ctx::{Ctx, Done};

/// A handler: reads its arguments, looks up, decides, mutates, commits, replies.
pub type Handler = fn(&mut Ctx<'_>, Args<'_>) -> Done;

/// One command, or one subcommand of a container command.
#[derive(Clone, Copy)]
pub struct Command {
    /// Name in lower case, as COMMAND INFO shows it (a subcommand's is the second word alone).
    pub name: &'static str,
    /// Number of arguments, the name included; negative: at least that many.
    pub arity: i32,
    /// What the command does and where it may run.
    pub flags: Flags,
    /// ACL categories stated for it; those implied by flags are added by [`Command::categories`].
    pub acl: Acl,
    /// Where its keys are.
    pub keys: &'static [KeySpec],
    /// Group of the documentation.
    pub group: Group,
    /// Version of Redis that introduced it.
    pub since: &'static str,
    /// Cost, for COMMAND DOCS.
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
    /// The code; `None` for a container, whose subcommands have it.
    pub run: Option<Handler>,
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
        group: Group::Generic,
        since: "",
        complexity: "",
        summary: "",
        history: &[],
        tips: &[],
        args: &[],
        deprecated: None,
        system: false,
        run: None,
        subcommands: &[],
    };

    /// True if `count` arguments (the name included) satisfy the arity.
    pub fn arity_fits(&self, count: usize) -> bool {
        let count = count as i64;
        let arity = i64::from(self.arity);
        if arity >= 0 { count == arity } else { count >= -arity }
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
    ($(#[$doc:meta])* $name:ident: $repr:ty { $($(#[$idoc:meta])* $item:ident = $bit:expr, $text:expr;)* }) => {
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

            /// True if all members of `other` are in.
            pub const fn has(self, other: $name) -> bool {
                self.0 & other.0 == other.0
            }

            /// True if any member of `other` is in.
            pub const fn any(self, other: $name) -> bool {
                self.0 & other.0 != 0
            }

            /// Names of the members, in the order of replies; members without a name are left out.
            pub fn names(self) -> impl Iterator<Item = &'static str> {
                Self::NAMES.iter().filter(move |(f, n)| self.has(*f) && !n.is_empty()).map(|(_, n)| *n)
            }
        }
    };
}

bits! {
    /// Flags of a command. The order is that of COMMAND INFO.
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
        /// Allowed on a replica without a valid dataset.
        STALE = 9, "stale";
        /// Not shown to MONITOR.
        SKIP_MONITOR = 10, "skip_monitor";
        /// Not recorded in the slow log.
        SKIP_SLOWLOG = 11, "skip_slowlog";
        /// Accepted from a cluster client that asks.
        ASKING = 12, "asking";
        /// O(1) or O(log n).
        FAST = 13, "fast";
        /// Needs no authentication.
        NO_AUTH = 14, "no_auth";
        /// May be replicated although it is not a write (scripts).
        MAY_REPLICATE = 15, "may_replicate";
        /// Only in sentinel mode.
        SENTINEL = 16, "sentinel";
        /// Only in sentinel mode.
        ONLY_SENTINEL = 17, "only_sentinel";
        /// Mandatory keys are not required to be present (EVAL's numkeys may be 0).
        NO_MANDATORY_KEYS = 18, "no_mandatory_keys";
        /// Held back by CLIENT PAUSE although not a write, and may change the dataset.
        PROTECTED = 19, "protected";
        /// Refused inside MULTI.
        NO_MULTI = 20, "no_multi";
        /// Keys must be found by running the command's own logic.
        MOVABLE_KEYS = 21, "movablekeys";
        /// Refused while an asynchronous load is going on.
        NO_ASYNC_LOADING = 22, "no_async_loading";
        /// Allowed while a script is timed out.
        ALLOW_BUSY = 23, "allow_busy";
        /// Arguments may be names of channels in a module.
        TOUCHES_ARBITRARY_KEYS = 24, "";
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
    /// every `step`; with `limit` > 1 only the first 1/limit of the remaining arguments.
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
    /// The literal that introduces it; empty: none.
    pub token: &'static str,
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
    /// A key, found by the key specification of that index.
    Key(i32),
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
            ArgKind::Key(_) => "key",
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
            token: "",
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
        make(name, ArgKind::Key(0))
    }

    /// A key of a later key specification.
    pub const fn key_of(name: &'static str, spec: i32) -> Arg {
        make(name, ArgKind::Key(spec))
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
            self.token = token;
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
