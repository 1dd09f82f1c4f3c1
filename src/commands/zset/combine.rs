//! Combining sorted sets: ZUNION, ZINTER, ZDIFF, their STORE forms and ZINTERCARD.

use super::range::store;
use super::{reply_entry, reply_header, rules};
use crate::base::hash::KeyHasher;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::data::packed::Item;
use crate::data::table::Table;
use crate::keyspace::access::Look;
use crate::value::set::{Set, SetRef};
use crate::value::zset::{Ranked, Zset, ZsetRef};
use crate::value::{Kind, Object, Value};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Union,
    Inter,
    Diff,
}

/// What becomes of the scores of a member that is in several inputs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aggregate {
    Sum,
    Min,
    Max,
}

impl Aggregate {
    /// Opposite infinities add up to zero.
    fn join(self, a: f64, b: f64) -> f64 {
        match self {
            Aggregate::Sum => not_nan(a + b),
            Aggregate::Min => {
                if b < a {
                    b
                } else {
                    a
                }
            }
            Aggregate::Max => {
                if b > a {
                    b
                } else {
                    a
                }
            }
        }
    }
}

fn not_nan(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

/// One input. The value is a clone, which shares what the key holds.
struct Source {
    value: Option<Value>,
    weight: f64,
}

impl Source {
    fn zset(&self) -> Option<ZsetRef<'_>> {
        self.value.as_ref().and_then(Zset::view)
    }

    /// A set is a sorted set whose scores are 1.
    fn set(&self) -> Option<SetRef<'_>> {
        self.value.as_ref().and_then(Set::view)
    }

    fn len(&self) -> usize {
        match (self.zset(), self.set()) {
            (Some(zset), _) => zset.len(),
            (None, Some(set)) => set.len(),
            (None, None) => 0,
        }
    }

    /// The score of a member, without the weight.
    fn score(&self, member: &[u8]) -> Option<f64> {
        match (self.zset(), self.set()) {
            (Some(zset), _) => zset.score(member),
            (None, Some(set)) => set.contains(Item::new(member)).then_some(1.0),
            (None, None) => None,
        }
    }

    /// Calls `visit` with members and scores, without the weight, until it says false.
    fn each(&self, mut visit: impl FnMut(&[u8], f64) -> bool) {
        let mut scratch = itoa::Buffer::new();
        if let Some(zset) = self.zset() {
            zset.iter().all(|(member, score)| visit(member.text(&mut scratch), score));
        } else if let Some(set) = self.set() {
            set.iter().all(|member| visit(member.text(&mut scratch), 1.0));
        }
    }
}

/// What the arguments say.
struct Request {
    sources: Vec<Source>,
    aggregate: Aggregate,
    scores: bool,
    limit: usize,
}

/// Where the result goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Reply,
    Store,
    Count,
}

/// Reads `numkeys key [key ...]` from argument `at` on, looks the keys up, and reads the options:
/// the order in which errors are found.
fn request(
    cx: &mut Ctx<'_>,
    args: Args<'_>,
    at: usize,
    operation: Operation,
    target: Target,
) -> Result<Request, Refusal> {
    let numkeys = args.int(at)?;
    if numkeys < 1 {
        let name = cx.command_name();
        return Err(Refusal::new(format!(
            "ERR at least 1 input key is needed for '{name}' command"
        )));
    }
    let numkeys = usize::try_from(numkeys).unwrap_or(usize::MAX);
    if numkeys > args.len() - (at + 1) {
        return Err(Refusal::SYNTAX);
    }
    let mut sources = Vec::with_capacity(numkeys);
    for key in &args.from(at + 1)[..numkeys] {
        let value = match cx.keys.find(key, Look::Read) {
            None => None,
            Some(record) => match record.object() {
                Some(value) if matches!(value.kind(), Kind::Zset | Kind::Set) => {
                    Some(value.clone())
                }
                _ => return Err(Refusal::WRONG_TYPE),
            },
        };
        sources.push(Source { value, weight: 1.0 });
    }
    let mut request = Request { sources, aggregate: Aggregate::Sum, scores: false, limit: 0 };
    let weighted = operation != Operation::Diff && target != Target::Count;
    let mut at = at + 1 + numkeys;
    while at < args.len() {
        let left = args.len() - at;
        if weighted && left > numkeys && args.is(at, "WEIGHTS") {
            for source in &mut request.sources {
                at += 1;
                let weight = args.double(at);
                source.weight =
                    weight.map_err(|_| Refusal::fixed("ERR weight value is not a float"))?;
            }
        } else if weighted && left >= 2 && args.is(at, "AGGREGATE") {
            at += 1;
            request.aggregate = match () {
                () if args.is(at, "SUM") => Aggregate::Sum,
                () if args.is(at, "MIN") => Aggregate::Min,
                () if args.is(at, "MAX") => Aggregate::Max,
                () => return Err(Refusal::SYNTAX),
            };
        } else if target == Target::Reply && args.is(at, "WITHSCORES") {
            request.scores = true;
        } else if target == Target::Count && left >= 2 && args.is(at, "LIMIT") {
            at += 1;
            request.limit = args.count(at, "ERR LIMIT can't be negative")?;
        } else {
            return Err(Refusal::SYNTAX);
        }
        at += 1;
    }
    if operation != Operation::Diff {
        // The order in which scores are added up is seen in their last digits.
        request.sources.sort_by_key(Source::len);
    }
    Ok(request)
}

/// The score of a member of the smallest input in the intersection of all, or `None` if it is not
/// in it.
fn intersect(sources: &[Source], aggregate: Aggregate, member: &[u8], score: f64) -> Option<f64> {
    let (first, others) = sources.split_first()?;
    let mut result = not_nan(first.weight * score);
    for other in others {
        let score = other.score(member)? * other.weight;
        result = aggregate.join(result, score);
    }
    Some(result)
}

fn inter(request: &Request, hasher: KeyHasher) -> Ranked {
    let mut scores = Table::new(hasher);
    let Some(first) = request.sources.first() else { return Ranked::new(hasher) };
    first.each(|member, score| {
        if let Some(score) = intersect(&request.sources, request.aggregate, member, score) {
            scores.insert(scores.hash(member), member, &[&score.to_le_bytes()], None);
        }
        true
    });
    Ranked::from_scores(scores)
}

fn union(request: &Request, hasher: KeyHasher) -> Ranked {
    let mut scores: Table<()> = Table::new(hasher);
    for source in &request.sources {
        source.each(|member, score| {
            let score = not_nan(source.weight * score);
            let hash = scores.hash(member);
            match scores.get_mut(hash, member) {
                Some(mut entry) => {
                    let old = entry.payload().try_into().expect("a payload is a score");
                    let joined = request.aggregate.join(f64::from_le_bytes(old), score);
                    entry.payload_mut().copy_from_slice(&joined.to_le_bytes());
                }
                None => {
                    scores.insert(hash, member, &[&score.to_le_bytes()], None);
                }
            }
            true
        });
    }
    Ranked::from_scores(scores)
}

fn diff(request: &Request, hasher: KeyHasher) -> Ranked {
    let mut scores = Table::new(hasher);
    let Some((first, others)) = request.sources.split_first() else { return Ranked::new(hasher) };
    first.each(|member, score| {
        if others.iter().all(|other| other.score(member).is_none()) {
            scores.insert(scores.hash(member), member, &[&score.to_le_bytes()], None);
        }
        true
    });
    Ranked::from_scores(scores)
}

fn compute(cx: &Ctx<'_>, request: &Request, operation: Operation) -> Ranked {
    let hasher = cx.keys.space.hasher();
    match operation {
        Operation::Union => union(request, hasher),
        Operation::Inter => inter(request, hasher),
        Operation::Diff => diff(request, hasher),
    }
}

fn combine(cx: &mut Ctx<'_>, args: Args<'_>, operation: Operation) -> Done {
    let request = request(cx, args, 1, operation, Target::Reply)?;
    let result = compute(cx, &request, operation);
    reply_header(&mut cx.reply, result.len(), request.scores);
    for scored in result.tree().iter() {
        let member = Item::Text(scored.member);
        reply_entry(&mut cx.reply, member, scored.score, request.scores);
    }
    Ok(())
}

fn combine_store(
    cx: &mut Ctx<'_>,
    args: Args<'_>,
    operation: Operation,
    event: &'static str,
) -> Done {
    let request = request(cx, args, 2, operation, Target::Store)?;
    let result = compute(cx, &request, operation);
    let (len, rules) = (result.len(), rules(cx));
    let value = (len > 0).then(|| (Zset::from_ranked(result, rules), len));
    store(cx, args[1], value, event);
    Ok(())
}

/// `ZUNION numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE SUM | MIN | MAX] [WITHSCORES]`
pub(super) fn zunion(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    combine(cx, args, Operation::Union)
}

/// `ZINTER numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE SUM | MIN | MAX] [WITHSCORES]`
pub(super) fn zinter(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    combine(cx, args, Operation::Inter)
}

/// `ZDIFF numkeys key [key ...] [WITHSCORES]`
pub(super) fn zdiff(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    combine(cx, args, Operation::Diff)
}

/// `ZUNIONSTORE destination numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE SUM | MIN | MAX]`
pub(super) fn zunionstore(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    combine_store(cx, args, Operation::Union, "zunionstore")
}

/// `ZINTERSTORE destination numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE SUM | MIN | MAX]`
pub(super) fn zinterstore(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    combine_store(cx, args, Operation::Inter, "zinterstore")
}

/// `ZDIFFSTORE destination numkeys key [key ...]`
pub(super) fn zdiffstore(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    combine_store(cx, args, Operation::Diff, "zdiffstore")
}

/// `ZINTERCARD numkeys key [key ...] [LIMIT limit]`
pub(super) fn zintercard(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let request = request(cx, args, 1, Operation::Inter, Target::Count)?;
    let mut count = 0;
    if let Some(first) = request.sources.first() {
        first.each(|member, score| {
            let found = intersect(&request.sources, Aggregate::Sum, member, score).is_some();
            count += usize::from(found);
            request.limit == 0 || count < request.limit
        });
    }
    cx.reply.int(count as i64);
    Ok(())
}
