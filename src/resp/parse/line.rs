//! Framing of one command in a buffer, resumable at every byte.
//!
//! Holds: no byte is searched twice for the end of a line.
//! Facts of the wire: a line ends at its CR, the byte behind it is skipped unseen, and so are the
//! two bytes behind an argument; a NUL before the end hides the rest of the line, so that the line
//! stays open until it is too long.

use crate::resp::inline;
use crate::resp::parse::Limits;
use crate::resp::turn::{ArgRef, BIG_ARGUMENT, ProtocolError};

/// No length read yet.
const NO_BULK: u64 = u64::MAX;

/// What became of one attempt to frame a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The bytes `start..pos` are a command.
    Command,
    /// The bytes before `start` were an empty request; nothing else was looked at.
    Nothing,
    /// More bytes are needed.
    Incomplete,
    /// More bytes are needed, and what lies at `pos` is an argument of this (large) length.
    Big(u64),
    /// The protocol is violated.
    Broken(ProtocolError),
}

/// What kind of request the current one is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    /// Not looked at yet, or a multibulk without its count.
    #[default]
    Unknown,
    /// A multibulk: `args_left` arguments are missing.
    Multibulk,
}

/// Position in a buffer, all offsets absolute in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Framer {
    /// First byte of the current command.
    pub(super) start: usize,
    /// First byte that does not belong to a finished part of it.
    pub(super) pos: usize,
    /// The current line has no end before this offset.
    searched: usize,
    args_left: u32,
    /// Length of the argument at `pos`, or `NO_BULK` if its line is not read yet.
    bulk: u64,
    kind: Kind,
    /// Bytes of the arguments that the current command has so far.
    pub(super) taken: u64,
    /// Bytes looked at in search of a line's end, to prove that the cost is linear.
    #[cfg(test)]
    pub(super) work: u64,
}

impl Default for Framer {
    fn default() -> Self {
        Self::at(0)
    }
}

impl Framer {
    /// Before a command that starts at `start`.
    #[inline]
    pub(super) fn at(start: usize) -> Self {
        Self {
            start,
            pos: start,
            searched: start,
            args_left: 0,
            bulk: NO_BULK,
            kind: Kind::Unknown,
            taken: 0,
            #[cfg(test)]
            work: 0,
        }
    }

    /// Whether nothing of the current command has been looked at.
    #[inline]
    pub(super) fn is_fresh(&self) -> bool {
        self.kind == Kind::Unknown && self.searched == self.start
    }

    /// Byte `from` of the old buffer is byte `to` of the new one.
    pub(super) fn moved(&mut self, from: usize, to: usize) {
        self.start = self.start - from + to;
        self.pos = self.pos - from + to;
        self.searched = self.searched - from + to;
    }

    /// The bytes before `pos - 1` have been taken out of the buffer.
    pub(super) fn spilled(&mut self) {
        self.searched = self.searched.max(self.pos) - (self.pos - 1);
        (self.start, self.pos) = (0, 1);
    }

    /// The argument has been taken, and `pos` is behind it.
    #[inline]
    pub(super) fn argument_done(&mut self) {
        self.args_left -= 1;
        self.taken += self.bulk;
        self.bulk = NO_BULK;
        self.searched = self.pos;
    }

    /// Goes on with the current command. `buf` must have a byte at `start`.
    #[inline]
    pub(super) fn step(&mut self, buf: &mut [u8], args: &mut Vec<ArgRef>, limits: &Limits) -> Step {
        if self.kind == Kind::Unknown {
            if buf[self.start] != b'*' {
                return self.inline(buf, args, limits);
            }
            if let Some(step) = self.count(buf, limits) {
                return step;
            }
        }
        self.arguments(buf, args, limits)
    }

    /// Reads `*<count>`; `None` if arguments follow.
    #[inline]
    fn count(&mut self, buf: &[u8], limits: &Limits) -> Option<Step> {
        let count = match self.integer(buf, limits) {
            Line::At(end) => integer(&buf[self.pos + 1..end]).map(|count| (count, end + 2)),
            Line::Open => return Some(Step::Incomplete),
            Line::TooLong => return Some(Step::Broken(ProtocolError::TooBigMultibulkCount)),
        };
        let Some((count, pos)) = count else {
            return Some(Step::Broken(ProtocolError::InvalidMultibulkLength));
        };
        self.pos = pos;
        if count > limits.max_multibulk.min(i64::from(u32::MAX)) {
            return Some(Step::Broken(ProtocolError::InvalidMultibulkLength));
        }
        if !limits.authenticated && count > Limits::UNTRUSTED_ARGS {
            return Some(Step::Broken(ProtocolError::UnauthenticatedMultibulkLength));
        }
        if count <= 0 {
            *self = self.next(self.pos);
            return Some(Step::Nothing);
        }
        self.kind = Kind::Multibulk;
        self.args_left = count as u32;
        self.searched = self.pos;
        None
    }

    /// Reads arguments until the command is whole or the bytes run out.
    #[inline]
    fn arguments(&mut self, buf: &[u8], args: &mut Vec<ArgRef>, limits: &Limits) -> Step {
        while self.args_left > 0 {
            if self.bulk == NO_BULK {
                let (len, head) = match short_length(buf, self.pos) {
                    Some(found) => found,
                    None => match self.length(buf, limits) {
                        Ok(Some(found)) => found,
                        Ok(None) => return Step::Incomplete,
                        Err(error) => return Step::Broken(error),
                    },
                };
                if len > limits.max_bulk {
                    return Step::Broken(ProtocolError::InvalidBulkLength);
                }
                if len > Limits::UNTRUSTED_BULK && !limits.authenticated {
                    return Step::Broken(ProtocolError::UnauthenticatedBulkLength);
                }
                self.pos += head;
                self.bulk = len;
            }
            if ((buf.len() - self.pos) as u64) < self.bulk + 2 {
                let is_big = self.bulk >= BIG_ARGUMENT as u64;
                return if is_big { Step::Big(self.bulk) } else { Step::Incomplete };
            }
            let len = self.bulk as usize; // it is in `buf`
            args.push(ArgRef::Arena { start: self.pos as u32, len: len as u32 });
            self.pos += len + 2;
            self.argument_done();
        }
        Step::Command
    }

    /// Reads `$<length>` the slow way: the length and the size of its line, or `None` if it is
    /// open.
    #[cold]
    fn length(
        &mut self,
        buf: &[u8],
        limits: &Limits,
    ) -> Result<Option<(u64, usize)>, ProtocolError> {
        let end = match self.integer(buf, limits) {
            Line::At(end) => end,
            Line::Open => return Ok(None),
            Line::TooLong => return Err(ProtocolError::TooBigBulkCount),
        };
        if buf[self.pos] != b'$' {
            return Err(ProtocolError::ExpectedBulk(buf[self.pos]));
        }
        let len = integer(&buf[self.pos + 1..end]).and_then(|len| u64::try_from(len).ok());
        let len = len.ok_or(ProtocolError::InvalidBulkLength)?;
        Ok(Some((len, end + 2 - self.pos)))
    }

    /// Finds the end of a line that ends with CR and any byte.
    fn integer(&mut self, buf: &[u8], limits: &Limits) -> Line {
        match self.line(buf, b'\r', limits) {
            Line::At(end) if end + 2 > buf.len() => Line::Open,
            found => found,
        }
    }

    /// Finds `end` in the line that starts at `pos`, from where the last search stopped. The line
    /// is too long as soon as more than `max_inline` bytes and a CR are there without an end.
    fn line(&mut self, buf: &[u8], end: u8, limits: &Limits) -> Line {
        let max = limits.max_inline.saturating_add(1);
        let window = buf.len().min(self.pos.saturating_add(max).saturating_add(1));
        let from = self.searched.min(window);
        let found = memchr::memchr2(end, 0, &buf[from..window]);
        let stop = found.map_or(window, |offset| from + offset);
        #[cfg(test)]
        {
            self.work += (stop - from) as u64 + 1;
        }
        self.searched = stop;
        if found.is_some() && buf[stop] == end {
            Line::At(stop)
        } else if buf.len() - self.pos > max {
            Line::TooLong
        } else {
            Line::Open
        }
    }

    /// Reads an inline request.
    fn inline(&mut self, buf: &mut [u8], args: &mut Vec<ArgRef>, limits: &Limits) -> Step {
        let newline = match self.line(buf, b'\n', limits) {
            Line::At(newline) => newline,
            Line::Open => return Step::Incomplete,
            Line::TooLong => return Step::Broken(ProtocolError::TooBigInline),
        };
        let has_cr = newline > self.start && buf[newline - 1] == b'\r';
        let before = args.len();
        if inline::split(buf, self.start, newline - usize::from(has_cr), args).is_err() {
            return Step::Broken(ProtocolError::UnbalancedQuotes);
        }
        if args.len() == before {
            *self = self.next(newline + 1);
            return Step::Nothing;
        }
        self.pos = newline + 1;
        Step::Command
    }

    /// Before the command at `start`.
    fn next(&self, start: usize) -> Self {
        #[cfg(test)]
        return Self { work: self.work, ..Self::at(start) };
        #[cfg(not(test))]
        Self::at(start)
    }
}

/// Frames the command at `start` in one go if it is a multibulk of few arguments, none of them
/// long, that lies in `buf` whole: nearly all are. Returns where it ends and how many arguments it
/// has; `None`, with `args` as it was, says nothing about what is there. For clients that have
/// authenticated.
#[inline]
pub(super) fn whole(
    buf: &[u8],
    start: usize,
    args: &mut Vec<ArgRef>,
    limits: &Limits,
) -> Option<(usize, u32)> {
    let value = |digit: u8| u32::from(digit - b'0');
    let (count, mut at) = match buf[start..] {
        [b'*', d @ b'1'..=b'9', b'\r', _, ..] => (value(d), start + 4),
        [b'*', t @ b'1'..=b'9', d @ b'0'..=b'9', b'\r', _, ..] => {
            (value(t) * 10 + value(d), start + 5)
        }
        _ => return None,
    };
    if i64::from(count) > limits.max_multibulk {
        return None;
    }
    let first = args.len();
    for _ in 0..count {
        let Some((text, len)) = short_argument(buf, at).filter(|arg| arg.1 <= limits.max_bulk)
        else {
            args.truncate(first);
            return None;
        };
        args.push(ArgRef::Arena { start: text as u32, len: len as u32 });
        at = text + len as usize + 2;
    }
    Some((at, count))
}

/// Where the argument whose length line is at `at` begins, and its length, if it lies in `buf`
/// whole and is short.
#[inline]
fn short_argument(buf: &[u8], at: usize) -> Option<(usize, u64)> {
    let (len, head) = short_length(buf, at)?;
    let text = at + head;
    (text + len as usize + 2 <= buf.len()).then_some((text, len))
}

/// The length in the line at `at` and the size of that line, if it is one of at most three digits.
#[inline]
fn short_length(buf: &[u8], at: usize) -> Option<(u64, usize)> {
    let value = |digit: u8| u64::from(digit - b'0');
    match *buf.get(at..)? {
        [b'$', d @ b'0'..=b'9', b'\r', _, ..] => Some((value(d), 4)),
        [b'$', t @ b'1'..=b'9', d @ b'0'..=b'9', b'\r', _, ..] => {
            Some((value(t) * 10 + value(d), 5))
        }
        [b'$', h @ b'1'..=b'9', t @ b'0'..=b'9', d @ b'0'..=b'9', b'\r', _, ..] => {
            Some((value(h) * 100 + value(t) * 10 + value(d), 6))
        }
        _ => None,
    }
}

enum Line {
    /// Offset of the byte that ends it.
    At(usize),
    /// It does not end yet.
    Open,
    TooLong,
}

/// An integer as the protocol takes it: no sign but `-`, no leading zero, no blank, in 64 bits.
pub(in crate::resp) fn integer(digits: &[u8]) -> Option<i64> {
    if digits == b"0" {
        return Some(0);
    }
    let (negative, digits) = match digits.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, digits),
    };
    if !matches!(digits.first(), Some(b'1'..=b'9')) {
        return None;
    }
    digits.iter().try_fold(0i64, |value, &digit| {
        let digit = char::from(digit).to_digit(10)?;
        let value = value.checked_mul(10)?;
        if negative { value.checked_sub(digit.into()) } else { value.checked_add(digit.into()) }
    })
}
