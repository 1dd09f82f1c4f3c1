//! Keyspace events: classes as `notify-keyspace-events` names them.

/// A set of event classes, and of the two kinds of channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Class(pub u32);

impl Class {
    /// Nothing.
    pub const NONE: Class = Class(0);
    /// `K`: publish on `__keyspace@<db>__:<key>`.
    pub const KEYSPACE: Class = Class(1 << 0);
    /// `E`: publish on `__keyevent@<db>__:<event>`.
    pub const KEYEVENT: Class = Class(1 << 1);
    /// `g`: commands of no particular type (DEL, EXPIRE, RENAME ...).
    pub const GENERIC: Class = Class(1 << 2);
    /// `$`
    pub const STRING: Class = Class(1 << 3);
    /// `l`
    pub const LIST: Class = Class(1 << 4);
    /// `s`
    pub const SET: Class = Class(1 << 5);
    /// `h`
    pub const HASH: Class = Class(1 << 6);
    /// `z`
    pub const ZSET: Class = Class(1 << 7);
    /// `x`
    pub const EXPIRED: Class = Class(1 << 8);
    /// `e`
    pub const EVICTED: Class = Class(1 << 9);
    /// `t`
    pub const STREAM: Class = Class(1 << 10);
    /// `m`
    pub const KEY_MISS: Class = Class(1 << 11);
    /// `d`
    pub const MODULE: Class = Class(1 << 13);
    /// `n`
    pub const NEW: Class = Class(1 << 14);
    /// `A`: all classes but `m` and `n`.
    pub const ALL: Class = Class(
        Class::GENERIC.0
            | Class::STRING.0
            | Class::LIST.0
            | Class::SET.0
            | Class::HASH.0
            | Class::ZSET.0
            | Class::EXPIRED.0
            | Class::EVICTED.0
            | Class::STREAM.0
            | Class::MODULE.0,
    );

    /// The union.
    pub const fn or(self, other: Class) -> Class {
        Class(self.0 | other.0)
    }

    /// True if any member is common.
    pub const fn any(self, other: Class) -> bool {
        self.0 & other.0 != 0
    }
}
