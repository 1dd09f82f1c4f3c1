//! Ranges: ZRANGE and its older forms, ZRANGESTORE.

use std::ops::Range;

use super::bound::{Lex, Scores};
use super::{reply_entry, reply_header, rules};
use crate::core::args::{Args, index_range};
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::access::Look;
use crate::keyspace::event::Class;
use crate::value::zset::{Members, Zset, ZsetRef};
use crate::value::{Object, Value};

/// What a range is a range of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Rank,
    Score,
    Lex,
}

/// Which of the options the command has fixed.
#[derive(Clone, Copy)]
struct Form {
    by: Option<By>,
    reverse: Option<bool>,
    /// Where the key is; the ends of the range follow it.
    key: usize,
    store: bool,
}

/// The options.
struct Options {
    by: By,
    reverse: bool,
    scores: bool,
    offset: i64,
    limit: i64,
}

impl Options {
    fn parse(args: Args<'_>, form: Form) -> Result<Options, Refusal> {
        let (mut by, mut reverse) = (form.by, form.reverse);
        let (mut scores, mut offset, mut limit) = (false, 0, -1);
        let mut at = form.key + 3;
        while at < args.len() {
            if !form.store && args.is(at, "WITHSCORES") {
                scores = true;
            } else if args.is(at, "LIMIT") && at + 2 < args.len() {
                (offset, limit) = (args.int(at + 1)?, args.int(at + 2)?);
                at += 2;
            } else if reverse.is_none() && args.is(at, "REV") {
                reverse = Some(true);
            } else if by.is_none() && args.is(at, "BYLEX") {
                by = Some(By::Lex);
            } else if by.is_none() && args.is(at, "BYSCORE") {
                by = Some(By::Score);
            } else {
                return Err(Refusal::SYNTAX);
            }
            at += 1;
        }
        let by = by.unwrap_or(By::Rank);
        if limit != -1 && by == By::Rank {
            return Err(Refusal::fixed(
                "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or \
                 BYLEX",
            ));
        }
        if scores && by == By::Lex {
            return Err(Refusal::fixed(
                "ERR syntax error, WITHSCORES not supported in combination with BYLEX",
            ));
        }
        Ok(Options { by, reverse: reverse.unwrap_or(false), scores, offset, limit })
    }

    /// Members that LIMIT skips: all if its offset is negative.
    fn skipped(&self) -> usize {
        usize::try_from(self.offset).unwrap_or(usize::MAX)
    }

    /// Cuts LIMIT out of a range, from the end at which the walk begins.
    fn limited(&self, ranks: Range<usize>) -> Range<usize> {
        if self.by == By::Rank {
            return ranks;
        }
        // A negative limit is none. Ranges of members know the offset.
        let skip = if self.by == By::Lex { 0 } else { self.skipped().min(ranks.len()) };
        let left = ranks.len() - skip;
        let take = usize::try_from(self.limit).map_or(left, |limit| limit.min(left));
        if self.reverse {
            let end = ranks.end - skip;
            end - take..end
        } else {
            let start = ranks.start + skip;
            start..start + take
        }
    }
}

/// The ends of a range.
enum Ends<'a> {
    Ranks(i64, i64),
    Scores(Scores),
    Lex(Lex<'a>),
}

impl<'a> Ends<'a> {
    fn parse(args: Args<'a>, form: Form, options: &Options) -> Result<Ends<'a>, Refusal> {
        let (mut min, mut max) = (form.key + 1, form.key + 2);
        if options.reverse && options.by != By::Rank {
            (min, max) = (max, min);
        }
        Ok(match options.by {
            By::Rank => Ends::Ranks(args.int(min)?, args.int(max)?),
            By::Score => Ends::Scores(Scores::parse(args[min], args[max])?),
            By::Lex => Ends::Lex(Lex::parse(args[min], args[max])?),
        })
    }

    /// The ranks that they mean, from the lowest score.
    fn ranks(&self, zset: ZsetRef<'_>, options: &Options) -> Range<usize> {
        let ranks = match *self {
            Ends::Ranks(start, stop) => {
                let range = index_range(start, stop, zset.len());
                if options.reverse && !range.is_empty() {
                    zset.len() - range.end..zset.len() - range.start
                } else {
                    range
                }
            }
            Ends::Scores(scores) => scores.ranks(zset),
            Ends::Lex(lex) => lex.ranks(zset, options.reverse, options.skipped()),
        };
        options.limited(ranks)
    }
}

/// The members of these ranks, in the order that is wanted.
fn walk<'a>(
    zset: ZsetRef<'a>,
    ranks: &Range<usize>,
    reverse: bool,
) -> std::iter::Take<Members<'a>> {
    let members = match (ranks.is_empty(), reverse) {
        (true, _) => zset.iter_from(zset.len()),
        (false, true) => zset.iter_back_from(ranks.end - 1),
        (false, false) => zset.iter_from(ranks.start),
    };
    members.take(ranks.len())
}

fn range(cx: &mut Ctx<'_>, args: Args<'_>, by: Option<By>, reverse: Option<bool>) -> Done {
    let form = Form { by, reverse, key: 1, store: false };
    let options = Options::parse(args, form)?;
    let ends = Ends::parse(args, form, &options)?;
    let Some(zset) = cx.keys.object::<Zset>(args[1], Look::Read)? else {
        cx.reply.empty_array();
        return Ok(());
    };
    let ranks = ends.ranks(zset, &options);
    reply_header(&mut cx.reply, ranks.len(), options.scores);
    for (member, score) in walk(zset, &ranks, options.reverse) {
        reply_entry(&mut cx.reply, member, score, options.scores);
    }
    Ok(())
}

/// `ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]`
pub(super) fn zrange(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    range(cx, args, None, None)
}

/// `ZREVRANGE key start stop [WITHSCORES]`
pub(super) fn zrevrange(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    range(cx, args, Some(By::Rank), Some(true))
}

/// `ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count]`
pub(super) fn zrangebyscore(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    range(cx, args, Some(By::Score), Some(false))
}

/// `ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count]`
pub(super) fn zrevrangebyscore(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    range(cx, args, Some(By::Score), Some(true))
}

/// `ZRANGEBYLEX key min max [LIMIT offset count]`
pub(super) fn zrangebylex(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    range(cx, args, Some(By::Lex), Some(false))
}

/// `ZREVRANGEBYLEX key max min [LIMIT offset count]`
pub(super) fn zrevrangebylex(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    range(cx, args, Some(By::Lex), Some(true))
}

/// `ZRANGESTORE dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]`
pub(super) fn zrangestore(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let form = Form { by: None, reverse: None, key: 2, store: true };
    let options = Options::parse(args, form)?;
    let ends = Ends::parse(args, form, &options)?;
    let rules = rules(cx);
    let mut stored = None;
    if let Some(zset) = cx.keys.object::<Zset>(args[2], Look::Read)? {
        let ranks = ends.ranks(zset, &options);
        if !ranks.is_empty() {
            // Only a range by rank is known to be short before it is walked: others are stored as
            // large.
            let hint = if options.by == By::Rank { ranks.len() } else { usize::MAX };
            let mut value = Zset::with_hint(hint, 0, rules);
            let mut new = Zset::view_mut(&mut value).expect("it was made a sorted set");
            let mut scratch = itoa::Buffer::new();
            for (member, score) in walk(zset, &ranks, options.reverse) {
                new.insert(member.text(&mut scratch), score, rules);
            }
            stored = Some((value, ranks.len()));
        }
    }
    store(cx, args[1], stored, "zrangestore");
    Ok(())
}

/// Stores the result of a command, or removes the key if there is none; replies with the number of
/// members.
pub(super) fn store(
    cx: &mut Ctx<'_>,
    key: &[u8],
    value: Option<(Value, usize)>,
    event: &'static str,
) {
    match value {
        Some((value, len)) => {
            cx.keys.store_object(key, value);
            cx.reply.int(len as i64);
            cx.keys.event(key, Class::ZSET, event);
            cx.keys.dirty(1);
        }
        None => {
            cx.reply.int(0);
            if cx.keys.remove(key) {
                cx.keys.commit(key, Class::GENERIC, "del");
            }
        }
    }
}
