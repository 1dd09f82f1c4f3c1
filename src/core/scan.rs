//! What the walks by cursor over the elements of a value have in common: HSCAN, SSCAN, ZSCAN.

use super::args::Args;
use super::ctx::Ctx;
use super::refusal::Refusal;
use crate::base::glob;
use crate::base::num::parse_cursor;

/// Where a walk is and what it looks for.
#[derive(Clone, Copy, Debug)]
pub struct Walk<'a> {
    /// About how many elements a step visits.
    pub count: usize,
    pattern: Option<&'a [u8]>,
}

impl<'a> Walk<'a> {
    /// Reads the options from argument `at` on.
    /// # Errors
    /// A syntax error, or COUNT is not a number.
    pub fn options(args: Args<'a>, mut at: usize) -> Result<Walk<'a>, Refusal> {
        let mut walk = Walk { count: 10, pattern: None };
        while at < args.len() {
            let has_value = at + 1 < args.len();
            if has_value && args.is(at, "COUNT") {
                let count = args.int(at + 1)?;
                if count < 1 {
                    return Err(Refusal::SYNTAX);
                }
                walk.count = usize::try_from(count).unwrap_or(usize::MAX);
            } else if has_value && args.is(at, "MATCH") {
                let pattern = args[at + 1];
                walk.pattern = (pattern != b"*").then_some(pattern);
            } else {
                return Err(Refusal::SYNTAX);
            }
            at += 2;
        }
        Ok(walk)
    }

    /// Whether an element of this name is to be shown.
    pub fn shows(&self, name: &[u8]) -> bool {
        self.pattern.is_none_or(|pattern| glob::matches(pattern, name, false))
    }
}

/// Reads a cursor.
/// # Errors
/// `invalid cursor`
pub fn cursor(text: &[u8]) -> Result<u64, Refusal> {
    parse_cursor(text).ok_or(Refusal::fixed("ERR invalid cursor"))
}

/// The reply of a walk over nothing.
pub fn reply_nothing(cx: &mut Ctx<'_>) {
    cx.reply.array(2);
    cx.reply.bulk(b"0");
    cx.reply.empty_array();
}
