//! The options of SET and GETEX.

use crate::base::time::Millis;
use crate::core::args::Args;
use crate::core::ctx::Ctx;
use crate::core::refusal::Refusal;

/// How an expiry is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Seconds from now.
    Ex,
    /// Milliseconds from now.
    Px,
    /// Seconds since the epoch.
    ExAt,
    /// Milliseconds since the epoch.
    PxAt,
}

impl Unit {
    const WORDS: [(&'static str, Unit); 4] =
        [("ex", Unit::Ex), ("px", Unit::Px), ("exat", Unit::ExAt), ("pxat", Unit::PxAt)];

    /// True for a point in time, which may have passed.
    pub(super) fn is_absolute(self) -> bool {
        matches!(self, Unit::ExAt | Unit::PxAt)
    }
}

/// An expiry among the arguments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expiry {
    /// Index of the number.
    pub(super) index: usize,
    /// Its unit.
    pub(super) unit: Unit,
}

impl Expiry {
    /// The time at which the key expires.
    /// # Errors
    /// `value is not an integer or out of range`; `invalid expire time`.
    pub(super) fn at(self, cx: &Ctx<'_>, args: Args<'_>) -> Result<Millis, Refusal> {
        let number = args.int(self.index)?;
        let invalid = || Refusal::expire_time(cx.command_name());
        if number <= 0 {
            return Err(invalid());
        }
        let millis = match self.unit {
            Unit::Ex | Unit::ExAt => number.checked_mul(1000).ok_or_else(invalid)?,
            Unit::Px | Unit::PxAt => number,
        };
        if self.unit.is_absolute() {
            return Ok(millis);
        }
        millis.checked_add(cx.now()).ok_or_else(invalid)
    }
}

/// The options of SET or GETEX.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    /// Only if the key is missing.
    pub(super) nx: bool,
    /// Only if the key is there.
    pub(super) xx: bool,
    /// Reply with the old value.
    pub(super) get: bool,
    /// Leave the expiry alone.
    pub(super) keep_ttl: bool,
    /// Remove the expiry.
    pub(super) persist: bool,
    /// Set the expiry.
    pub(super) expiry: Option<Expiry>,
}

impl Options {
    /// The options of SET, from argument 3 on.
    /// # Errors
    /// `syntax error`
    pub(super) fn of_set(args: Args<'_>) -> Result<Options, Refusal> {
        let mut options = Options::default();
        let mut at = 3;
        while at < args.len() {
            if args.is(at, "nx") && !options.xx {
                options.nx = true;
            } else if args.is(at, "xx") && !options.nx {
                options.xx = true;
            } else if args.is(at, "get") {
                options.get = true;
            } else if args.is(at, "keepttl") && options.expiry.is_none() {
                options.keep_ttl = true;
            } else {
                at = options.take_expiry(args, at)?;
            }
            at += 1;
        }
        Ok(options)
    }

    /// The options of GETEX, from argument 2 on.
    /// # Errors
    /// `syntax error`
    pub(super) fn of_getex(args: Args<'_>) -> Result<Options, Refusal> {
        let mut options = Options::default();
        let mut at = 2;
        while at < args.len() {
            if args.is(at, "persist") && options.expiry.is_none() {
                options.persist = true;
            } else {
                at = options.take_expiry(args, at)?;
            }
            at += 1;
        }
        Ok(options)
    }

    /// Reads an expiry at index `at`; returns the index of its number. The same unit may be
    /// repeated: the last number counts.
    fn take_expiry(&mut self, args: Args<'_>, at: usize) -> Result<usize, Refusal> {
        let found = Unit::WORDS.into_iter().find(|(word, _)| args.is(at, word));
        let (_, unit) = found.ok_or(Refusal::SYNTAX)?;
        let excluded = self.keep_ttl || self.persist || self.expiry.is_some_and(|e| e.unit != unit);
        if excluded || at + 1 == args.len() {
            return Err(Refusal::SYNTAX);
        }
        self.expiry = Some(Expiry { index: at + 1, unit });
        Ok(at + 1)
    }
}
