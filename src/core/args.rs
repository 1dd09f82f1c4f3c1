//! The arguments of a command, and the readers that handlers share.

use bytes::Bytes;

use super::refusal::Refusal;
use crate::base::num::{parse_double, parse_i64};
use crate::base::text::is_word;
use crate::resp::turn::BIG_ARGUMENT;

/// The arguments of one command, its name at index 0. Indexing past the end is a bug of the
/// handler: the arity was checked.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a> {
    argv: &'a [&'a [u8]],
    owned: &'a [Bytes],
}

impl<'a> std::ops::Index<usize> for Args<'a> {
    type Output = &'a [u8];

    #[inline]
    fn index(&self, index: usize) -> &&'a [u8] {
        &self.argv[index]
    }
}

impl<'a> Args<'a> {
    /// `owned` are the buffers of those arguments that have one of their own.
    pub fn new(argv: &'a [&'a [u8]], owned: &'a [Bytes]) -> Args<'a> {
        Args { argv, owned }
    }

    /// Number of arguments, the name included.
    #[inline]
    pub fn len(self) -> usize {
        self.argv.len()
    }

    /// Never: there is at least the name.
    pub fn is_empty(self) -> bool {
        self.argv.is_empty()
    }

    /// Argument `index`.
    #[inline]
    pub fn at(self, index: usize) -> &'a [u8] {
        self.argv[index]
    }

    /// Argument `index`, if there is one.
    #[inline]
    pub fn get(self, index: usize) -> Option<&'a [u8]> {
        self.argv.get(index).copied()
    }

    /// All arguments.
    pub fn slice(self) -> &'a [&'a [u8]] {
        self.argv
    }

    /// The arguments from `index` on.
    pub fn from(self, index: usize) -> &'a [&'a [u8]] {
        &self.argv[index..]
    }

    /// The same arguments from `index` on, as the arguments of a command.
    pub fn shift(self, index: usize) -> Args<'a> {
        Args { argv: &self.argv[index..], owned: self.owned }
    }

    /// The argument's own buffer, if it arrived in one: storing it needs no copy.
    pub fn buffer(self, index: usize) -> Option<Bytes> {
        let bytes = self.argv[index];
        if bytes.len() < BIG_ARGUMENT {
            return None;
        }
        self.owned.iter().find(|b| b.as_ptr() == bytes.as_ptr()).cloned()
    }

    /// The argument as a value of its own.
    pub fn to_bytes(self, index: usize) -> Bytes {
        self.buffer(index).unwrap_or_else(|| Bytes::copy_from_slice(self.argv[index]))
    }

    /// All arguments as values of their own.
    pub fn to_owned(self) -> Vec<Bytes> {
        (0..self.len()).map(|i| self.to_bytes(i)).collect()
    }

    /// True if argument `index` is this word, whatever its case (up to a NUL, as C compares).
    #[inline]
    pub fn is(self, index: usize, word: &str) -> bool {
        is_word(self.argv[index], word)
    }

    /// The argument as an integer.
    /// # Errors
    /// `value is not an integer or out of range`
    #[inline]
    pub fn int(self, index: usize) -> Result<i64, Refusal> {
        parse_i64(self.argv[index]).ok_or(Refusal::NOT_INTEGER)
    }

    /// The argument as an integer from `min` to `max`.
    /// # Errors
    /// As [`Args::int`], or the range in words.
    pub fn int_in(self, index: usize, min: i64, max: i64) -> Result<i64, Refusal> {
        let n = self.int(index)?;
        if n < min || n > max {
            return Err(Refusal::new(format!(
                "ERR value is out of range, value must between {min} and {max}"
            )));
        }
        Ok(n)
    }

    /// The argument as an integer that is not negative.
    /// # Errors
    /// `value is out of range, must be positive`, of what is no integer too.
    pub fn not_negative(self, index: usize) -> Result<i64, Refusal> {
        parse_i64(self.argv[index]).filter(|n| *n >= 0).ok_or(Refusal::NOT_POSITIVE)
    }

    /// The argument as an integer of 32 bits (`getIntFromObject`).
    /// # Errors
    /// As [`Args::int_in`].
    pub fn int32(self, index: usize) -> Result<i32, Refusal> {
        self.int_in(index, i64::from(i32::MIN), i64::from(i32::MAX)).map(|n| n as i32)
    }

    /// The argument as a double.
    /// # Errors
    /// `value is not a valid float`
    pub fn double(self, index: usize) -> Result<f64, Refusal> {
        parse_double(self.argv[index]).ok_or(Refusal::NOT_FLOAT)
    }
}
