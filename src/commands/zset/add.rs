//! ZADD and ZINCRBY.

use super::{reply_score, rules};
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::event::Class;
use crate::value::zset::{Rules, Zset, ZsetMut};

/// The options of ZADD.
#[derive(Clone, Copy, Default)]
struct Options {
    /// Only new members.
    nx: bool,
    /// Only members that are there.
    xx: bool,
    /// Only to greater scores.
    gt: bool,
    /// Only to lesser scores.
    lt: bool,
    /// The reply counts changed members, too.
    ch: bool,
    /// The score is an increment, and the reply the new score.
    incr: bool,
}

impl Options {
    /// Reads words from argument 2 on; returns where the first score is.
    fn parse(args: Args<'_>) -> (Options, usize) {
        let mut options = Options::default();
        let mut at = 2;
        while at < args.len() {
            let option = match () {
                () if args.is(at, "NX") => &mut options.nx,
                () if args.is(at, "XX") => &mut options.xx,
                () if args.is(at, "GT") => &mut options.gt,
                () if args.is(at, "LT") => &mut options.lt,
                () if args.is(at, "CH") => &mut options.ch,
                () if args.is(at, "INCR") => &mut options.incr,
                () => break,
            };
            *option = true;
            at += 1;
        }
        (options, at)
    }

    /// Refuses options that do not go together, and pairs that are none.
    fn check(self, words: usize) -> Result<(), Refusal> {
        if words == 0 || !words.is_multiple_of(2) {
            return Err(Refusal::SYNTAX);
        }
        if self.nx && self.xx {
            return Err(Refusal::fixed(
                "ERR XX and NX options at the same time are not compatible",
            ));
        }
        if self.nx && (self.gt || self.lt) || self.gt && self.lt {
            return Err(Refusal::fixed(
                "ERR GT, LT, and/or NX options at the same time are not compatible",
            ));
        }
        if self.incr && words > 2 {
            return Err(Refusal::fixed("ERR INCR option supports a single increment-element pair"));
        }
        Ok(())
    }
}

/// What adding one member did.
enum Added {
    /// The options forbade it.
    Nothing,
    /// The member was there with this very score.
    Same(f64),
    New(f64),
    Changed(f64),
}

/// # Errors
/// `resulting score is not a number (NaN)`
fn add(
    zset: &mut ZsetMut<'_>,
    member: &[u8],
    score: f64,
    options: Options,
    rules: Rules,
) -> Result<Added, Refusal> {
    let Some(old) = zset.as_ref().score(member) else {
        if options.xx {
            return Ok(Added::Nothing);
        }
        zset.insert(member, score, rules);
        return Ok(Added::New(score));
    };
    if options.nx {
        return Ok(Added::Nothing);
    }
    let score = if options.incr { old + score } else { score };
    if score.is_nan() {
        return Err(Refusal::fixed("ERR resulting score is not a number (NaN)"));
    }
    if options.lt && score >= old || options.gt && score <= old {
        return Ok(Added::Nothing);
    }
    if score == old {
        return Ok(Added::Same(score));
    }
    zset.update(member, score);
    Ok(Added::Changed(score))
}

/// `ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]`
pub(in crate::commands) fn zadd(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (options, first) = Options::parse(args);
    add_all(cx, args, options, first)
}

/// `ZINCRBY key increment member`; the first words are options here, too.
pub(super) fn zincrby(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (options, first) = Options::parse(args);
    add_all(cx, args, Options { incr: true, ..options }, first)
}

fn add_all(cx: &mut Ctx<'_>, args: Args<'_>, options: Options, first: usize) -> Done {
    let key = args[1];
    options.check(args.len() - first)?;
    // All scores are read before anything is changed.
    let pairs = (first..args.len()).step_by(2);
    let pairs: Vec<(f64, &[u8])> =
        pairs.map(|at| Ok((args.double(at)?, args[at + 1]))).collect::<Result<_, Refusal>>()?;
    let rules = rules(cx);
    if options.xx && cx.keys.object_mut::<Zset>(key)?.is_none() {
        if options.incr {
            cx.reply.null();
        } else {
            cx.reply.int(0);
        }
        return Ok(());
    }
    let hint = || Zset::with_hint(pairs.len(), pairs[0].1.len(), rules);
    let mut zset = cx.keys.object_or_create::<Zset>(key, hint)?;
    zset.expect(pairs.len(), rules);
    let (mut new, mut changed, mut result) = (0_u64, 0_u64, None);
    for (score, member) in pairs {
        match add(&mut zset, member, score, options, rules)? {
            Added::Nothing => {}
            Added::Same(score) => result = Some(score),
            Added::New(score) => {
                result = Some(score);
                new += 1;
            }
            Added::Changed(score) => {
                result = Some(score);
                changed += 1;
            }
        }
    }
    match (options.incr, result) {
        (true, Some(score)) => reply_score(&mut cx.reply, score),
        (true, None) => cx.reply.null(),
        (false, _) => cx.reply.int((new + if options.ch { changed } else { 0 }) as i64),
    }
    if new + changed > 0 {
        let event = if options.incr { "zincr" } else { "zadd" };
        cx.keys.commit_count(key, Class::ZSET, event, new + changed);
    }
    Ok(())
}
