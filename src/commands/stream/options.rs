//! The options of XADD and XTRIM.

use super::{INVALID_ID, id_at};
use crate::core::args::Args;
use crate::core::ctx::Ctx;
use crate::core::refusal::Refusal;
use crate::value::stream::id::NewId;
use crate::value::stream::{Keep, Trim};

/// What the options say.
pub(super) struct Options {
    /// The ID of the new entry, and where it stands; behind the arguments if there is none.
    pub id: NewId,
    /// Index of the ID.
    pub id_at: usize,
    /// Create the stream if the key does not exist.
    pub create: bool,
    /// How to trim.
    pub trim: Option<Trim>,
    /// Index of the threshold of trimming.
    pub threshold_at: usize,
}

/// Reads the options from argument 2 on, for XADD up to the ID.
/// # Errors
/// Those of Redis, in its order.
pub(super) fn read(cx: &Ctx<'_>, args: Args<'_>, add: bool) -> Result<Options, Refusal> {
    let mut options =
        Options { id: NewId::Auto, id_at: args.len(), create: true, trim: None, threshold_at: 0 };
    let mut limit = None;
    let mut index = 2;
    while index < args.len() {
        let more = args.len() - 1 - index;
        if add && args[index] == b"*" {
            options.id_at = index;
            break;
        } else if more > 0 && (args.is(index, "maxlen") || args.is(index, "minid")) {
            index = read_threshold(args, index, &mut options)?;
        } else if more > 0 && args.is(index, "limit") {
            let value = args.int(index + 1)?;
            let value = u64::try_from(value)
                .map_err(|_| Refusal::fixed("ERR The LIMIT argument must be >= 0."))?;
            limit = Some(value);
            index += 1;
        } else if add && args.is(index, "nomkstream") {
            options.create = false;
        } else if add {
            options.id = NewId::parse(args[index]).ok_or(INVALID_ID)?;
            options.id_at = index;
            break;
        } else {
            return Err(Refusal::SYNTAX);
        }
        index += 1;
    }
    settle_limit(cx, add, limit, &mut options)?;
    Ok(options)
}

/// Reads `MAXLEN|MINID [=|~] threshold` at `index`; returns the index of the threshold.
fn read_threshold(args: Args<'_>, index: usize, options: &mut Options) -> Result<usize, Refusal> {
    if options.trim.is_some() {
        return Err(Refusal::fixed(
            "ERR syntax error, MAXLEN and MINID options at the same time are not compatible",
        ));
    }
    let more = args.len() - 1 - index;
    let operator = if more >= 2 { args[index + 1] } else { b"" };
    let approx = operator == b"~";
    let at = if approx || operator == b"=" { index + 2 } else { index + 1 };
    let keep = if args.is(index, "maxlen") {
        let max = u64::try_from(args.int(at)?)
            .map_err(|_| Refusal::fixed("ERR The MAXLEN argument must be >= 0."))?;
        Keep::MaxLen(max)
    } else {
        Keep::MinId(id_at(args, at)?)
    };
    options.trim = Some(Trim { keep, approx, limit: 0 });
    options.threshold_at = at;
    Ok(at)
}

/// Checks LIMIT, and sets what holds without one: work enough for a hundred nodes.
fn settle_limit(
    cx: &Ctx<'_>,
    add: bool,
    limit: Option<u64>,
    options: &mut Options,
) -> Result<(), Refusal> {
    if limit.is_some_and(|limit| limit != 0) && options.trim.is_none() {
        return Err(Refusal::fixed(
            "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy",
        ));
    }
    if !add && options.trim.is_none() {
        return Err(Refusal::fixed(
            "ERR syntax error, XTRIM must be called with a trimming strategy",
        ));
    }
    let approx = options.trim.is_some_and(|trim| trim.approx);
    if limit.is_some() && !approx {
        return Err(Refusal::fixed(
            "ERR syntax error, LIMIT cannot be used without the special ~ option",
        ));
    }
    if let Some(trim) = options.trim.as_mut().filter(|trim| trim.approx) {
        trim.limit = limit.unwrap_or_else(|| {
            match cx.world.config.stream_node_max_entries.wrapping_mul(100) {
                ..=0 => 10_000,
                limit => limit.min(1_000_000) as u64,
            }
        });
    }
    Ok(())
}
