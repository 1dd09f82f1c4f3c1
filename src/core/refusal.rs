//! Error replies.

use std::borrow::Cow;

use super::args::Args;
use crate::base::text::until_nul;
use crate::keyspace::objects::WrongType;
use crate::keyspace::strings::{NoSum, NotString};
use crate::resp::encode::Reply;

/// An error reply: everything between `-` and the line end. Its first word is the error's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(Cow<'static, [u8]>);

/// Bytes of the longest code.
const CODE_MAX: usize = 30;

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)*) => {
        impl Refusal {
            $($(#[$doc])* pub const $name: Refusal = Refusal(Cow::Borrowed($text.as_bytes()));)*
        }
    };
}

refusals! {
    /// Options that do not fit.
    SYNTAX = "ERR syntax error";
    /// Not a 64-bit integer.
    NOT_INTEGER = "ERR value is not an integer or out of range";
    /// Not a float.
    NOT_FLOAT = "ERR value is not a valid float";
    /// Outside what is allowed.
    OUT_OF_RANGE = "ERR value is out of range";
    /// No element has this index.
    INDEX = "ERR index out of range";
    /// Negative where only positive numbers are allowed.
    NOT_POSITIVE = "ERR value is out of range, must be positive";
    /// The key holds another kind of value.
    WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";
    /// The key must exist.
    NO_SUCH_KEY = "ERR no such key";
    /// The result would not fit into 64 bits.
    OVERFLOW = "ERR increment or decrement would overflow";
    /// The decrement has no opposite in 64 bits.
    DECREMENT_OVERFLOW = "ERR decrement would overflow";
    /// The result would not be a number.
    NAN_OR_INFINITY = "ERR increment would produce NaN or Infinity";
    /// A reply was given up because its client is over the limit of output. Nobody sees it: the
    /// client is closed.
    OVER_OUTPUT_LIMIT = "ERR the output buffer limit is exceeded";
    /// A string would be longer than `proto-max-bulk-len`.
    TOO_LONG = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
    /// An offset into a string is negative or too large.
    OFFSET = "ERR offset is out of range";
    /// No such database.
    DB_INDEX = "ERR DB index is out of range";
    /// Source and destination are the same.
    SAME_OBJECT = "ERR source and destination objects are the same";
    /// The client has to authenticate first.
    NO_AUTH = "NOAUTH Authentication required.";
    /// Wrong name or password.
    WRONG_PASS = "WRONGPASS invalid username-password pair or user is disabled.";
    /// Memory is above the limit.
    OOM = "OOM command not allowed when used memory > 'maxmemory'.";
    /// Fewer replicas follow than writes are to have.
    NO_REPLICAS = "NOREPLICAS Not enough good replicas to write.";
    /// The dataset is being loaded.
    LOADING = "LOADING Redis is loading the dataset in memory";
    /// No script of this digest is cached.
    NO_SCRIPT = "NOSCRIPT No matching script. Please use EVAL.";
    /// A script takes long.
    BUSY_SCRIPT = "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";
    /// A function takes long.
    BUSY_FUNCTION = "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.";
    /// EXEC after a queueing error.
    EXEC_ABORT = "EXECABORT Transaction discarded because of previous errors.";
}

impl Refusal {
    /// An error whose text is made on the spot, with its code.
    pub fn new(text: impl Into<Vec<u8>>) -> Refusal {
        Refusal(Cow::Owned(text.into()))
    }

    /// An error whose text is known at compile time, with its code.
    pub const fn fixed(text: &'static str) -> Refusal {
        Refusal(Cow::Borrowed(text.as_bytes()))
    }

    /// The text, code first.
    pub fn text(&self) -> &[u8] {
        &self.0
    }

    /// Writes it as an error reply.
    pub fn write(&self, reply: &mut Reply<'_>) {
        reply.error([b"-", self.text()].concat());
    }

    /// The code: the first word, or the general one if that is all, or too long for a code.
    pub fn code(&self) -> &[u8] {
        let end = self.0.iter().take(CODE_MAX + 1).position(|&b| b == b' ');
        end.map_or(b"ERR", |end| &self.0[..end])
    }

    /// `wrong number of arguments` for a command, by its full name.
    pub fn arity(name: &str) -> Refusal {
        Refusal::new(format!("ERR wrong number of arguments for '{name}' command"))
    }

    /// What a command says that reads its subcommands itself, about one it does not know.
    pub fn unknown_subcommand(args: Args<'_>) -> Refusal {
        let sub = until_nul(args.at(1));
        let mut text = b"ERR unknown subcommand or wrong number of arguments for '".to_vec();
        text.extend_from_slice(&sub[..sub.len().min(128)]);
        text.extend_from_slice(b"'. Try ");
        text.extend(until_nul(args.at(0)).to_ascii_uppercase());
        text.extend_from_slice(b" HELP.");
        Refusal::new(text)
    }

    /// `invalid expire time` for a command, by its full name.
    pub fn expire_time(name: &str) -> Refusal {
        Refusal::new(format!("ERR invalid expire time in '{name}' command"))
    }
}

impl From<NoSum> for Refusal {
    fn from(why: NoSum) -> Refusal {
        match why {
            NoSum::WrongType => Refusal::WRONG_TYPE,
            NoSum::NotInteger => Refusal::NOT_INTEGER,
            NoSum::Overflow => Refusal::OVERFLOW,
        }
    }
}

impl From<NotString> for Refusal {
    fn from(_: NotString) -> Refusal {
        Refusal::WRONG_TYPE
    }
}

impl From<WrongType> for Refusal {
    fn from(_: WrongType) -> Refusal {
        Refusal::WRONG_TYPE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_the_first_word() {
        assert_eq!(Refusal::WRONG_TYPE.code(), b"WRONGTYPE");
        assert_eq!(Refusal::new("LONE").code(), b"ERR");
        assert_eq!(Refusal::new([&[b'x'; 30][..], b" y"].concat()).code(), [b'x'; 30]);
        assert_eq!(Refusal::new([&[b'x'; 31][..], b" y"].concat()).code(), b"ERR");
    }
}
