//! The arguments of a command, and the readers that handlers share.

use std::ops::Range;

use bytes::Bytes;

use super::busy::Rest;
use super::refusal::Refusal;
use crate::base::num::{LongDouble, parse_double, parse_i64};
use crate::base::text::is_word;
use crate::base::time::Millis;
use crate::resp::turn::BIG_ARGUMENT;

/// The arguments of one command, its name at index 0. Indexing past the end is a bug of the
/// handler: the arity was checked.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a> {
    argv: &'a [&'a [u8]],
    owned: &'a [Bytes],
    rest: Option<&'a Rest<'a>>,
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
        Args { argv, owned, rest: None }
    }

    /// The same, of a command of a turn of which `rest` is left.
    #[inline]
    pub fn within(self, rest: &'a Rest<'a>) -> Args<'a> {
        Args { rest: Some(rest), ..self }
    }

    /// What is left of the turn, if the command stands in one.
    pub fn rest(self) -> Option<&'a Rest<'a>> {
        self.rest
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

    /// Bytes of all arguments together.
    pub fn bytes(self) -> usize {
        self.argv.iter().map(|arg| arg.len()).sum()
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
        Args { argv: &self.argv[index..], ..self }
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

    /// The argument as a number of things, zero included; `message` is the error for everything
    /// else.
    /// # Errors
    /// `message`
    pub fn count(self, index: usize, message: &'static str) -> Result<usize, Refusal> {
        let n = parse_i64(self.argv[index]).filter(|&n| n >= 0);
        n.map(|n| n as usize).ok_or(Refusal::fixed(message))
    }

    /// The argument as a number of things, at least one; `message` is the error for everything
    /// else.
    /// # Errors
    /// `message`
    pub fn positive(self, index: usize, message: &'static str) -> Result<usize, Refusal> {
        match self.count(index, message)? {
            0 => Err(Refusal::fixed(message)),
            n => Ok(n),
        }
    }

    /// The argument as a time to wait in seconds, as the instant when it is over; 0 means forever
    /// and stays 0.
    /// # Errors
    /// `timeout is not a float or out of range`, `timeout is out of range`, `timeout is negative`
    pub fn timeout(self, index: usize, now: Millis) -> Result<Millis, Refusal> {
        let not_float = Refusal::fixed("ERR timeout is not a float or out of range");
        let seconds = LongDouble::parse(self.argv[index]).ok_or(not_float)?;
        end_of(seconds.thousandfold().ok_or(TIMEOUT_RANGE)?, now)
    }

    /// The same in milliseconds.
    /// # Errors
    /// `timeout is not an integer or out of range`, `timeout is out of range`, `timeout is
    /// negative`
    pub fn timeout_ms(self, index: usize, now: Millis) -> Result<Millis, Refusal> {
        let millis = self.int(index);
        let not_int = Refusal::fixed("ERR timeout is not an integer or out of range");
        end_of(millis.map_err(|_| not_int)?, now)
    }

    /// The argument as a double.
    /// # Errors
    /// `value is not a valid float`
    pub fn double(self, index: usize) -> Result<f64, Refusal> {
        parse_double(self.argv[index]).ok_or(Refusal::NOT_FLOAT)
    }
}

const TIMEOUT_RANGE: Refusal = Refusal::fixed("ERR timeout is out of range");

/// When a time to wait is over; 0 stays 0.
fn end_of(millis: i64, now: Millis) -> Result<Millis, Refusal> {
    match millis {
        0 => Ok(0),
        ..0 => Err(Refusal::fixed("ERR timeout is negative")),
        millis => now.checked_add(millis).ok_or(TIMEOUT_RANGE),
    }
}

/// The elements that `start` and `stop` mean among `len`: both included, negative ones count from
/// the end, and what lies outside is cut off. Empty (0..0) if they mean none.
pub fn index_range(start: i64, stop: i64, len: usize) -> Range<usize> {
    let len = len as i64;
    let from_end = |index: i64| if index < 0 { index.saturating_add(len) } else { index };
    let (start, stop) = (from_end(start).max(0), from_end(stop).min(len - 1));
    if start > stop { 0..0 } else { start as usize..stop as usize + 1 }
}
