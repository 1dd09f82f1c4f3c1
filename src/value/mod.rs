//! The data types: what a key can hold when it does not fit into the key's own record.

use bytes::Bytes;

/// A value outside its key's record.
///
/// A small string never appears here: it lives in the record (`keyspace::record`).
#[derive(Clone, Debug)]
pub enum Value {
    /// A string too long for the record. The bytes are shared with replies and frozen views.
    Str(Bytes),
}

/// The kinds of values, as TYPE names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    String,
}

impl Kind {
    /// The name in replies.
    pub fn name(self) -> &'static str {
        match self {
            Kind::String => "string",
        }
    }
}

impl Value {
    /// Which kind of value it is.
    pub fn kind(&self) -> Kind {
        match self {
            Value::Str(_) => Kind::String,
        }
    }

    /// How it is stored, as OBJECT ENCODING names it.
    pub fn encoding(&self) -> &'static str {
        match self {
            Value::Str(_) => "raw",
        }
    }

    /// Roughly how many separate allocations dropping it frees: decides whether that is worth
    /// another thread.
    pub fn free_effort(&self) -> usize {
        match self {
            Value::Str(_) => 1,
        }
    }
}
