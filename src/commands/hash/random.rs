//! Fields at random: HRANDFIELD.

use super::reply_element;
use crate::base::hash::KeyHasher;
use crate::base::prng::Prng;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::data::table::Table;
use crate::keyspace::access::Look;
use crate::resp::encode::{Reply, Version};
use crate::value::Element;
use crate::value::hash::{Hash, HashRef};
use crate::value::sample::Sampler;
use crate::value::set::Nothing;

/// A sample is drawn by a walk over all fields unless there are this many times as many.
const WALK_FACTOR: usize = 3;

/// `HRANDFIELD key [count [WITHVALUES]]`
///
/// Fields of a positive count differ; those of a negative one may recur.
/// Cost: O(count); O(fields) if count is a third of them or more, or the hash is small.
pub(super) fn hrandfield(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let mut rng = cx.keys.space.rng.clone();
    let done = match args.len() {
        2 => one(cx, args, &mut rng),
        _ => several(cx, args, &mut rng),
    };
    cx.keys.space.rng = rng;
    done
}

fn one(cx: &mut Ctx<'_>, args: Args<'_>, rng: &mut Prng) -> Done {
    let hash = cx.keys.object::<Hash>(args[1], Look::Read)?;
    match hash.and_then(|hash| hash.random(rng)) {
        Some((field, _)) => reply_element(&mut cx.reply, field),
        None => cx.reply.null(),
    }
    Ok(())
}

fn several(cx: &mut Ctx<'_>, args: Args<'_>, rng: &mut Prng) -> Done {
    let count = args.int_in(2, -i64::MAX, i64::MAX)?;
    if args.len() > 4 || args.len() == 4 && !args.is(3, "WITHVALUES") {
        return Err(Refusal::SYNTAX);
    }
    let values = args.len() == 4;
    if values && !(-i64::MAX / 2..=i64::MAX / 2).contains(&count) {
        return Err(Refusal::OUT_OF_RANGE);
    }
    let hasher = cx.keys.space.hasher();
    let hash = cx.keys.object::<Hash>(args[1], Look::Read)?;
    let (Some(hash), false) = (hash, count == 0) else {
        cx.reply.empty_array();
        return Ok(());
    };
    let mut out = Pairs { reply: &mut cx.reply, values };
    let amount = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if count < 0 {
        out.header(amount);
        for _ in 0..amount {
            if out.reply.is_over_limit() {
                return Err(Refusal::OVER_OUTPUT_LIMIT);
            }
            out.push(hash.random(rng).expect("a stored hash has fields"));
        }
    } else {
        out.header(amount.min(hash.len()));
        distinct(hash, amount.min(hash.len()), hasher, rng, &mut out);
    }
    Ok(())
}

/// Writes `amount` different fields.
fn distinct(
    hash: HashRef<'_>,
    amount: usize,
    hasher: KeyHasher,
    rng: &mut Prng,
    out: &mut Pairs<'_, '_>,
) {
    match hash {
        HashRef::Table(_) if amount.saturating_mul(WALK_FACTOR) <= hash.len() => {
            let mut drawn: Table<Nothing> = Table::new(hasher);
            while drawn.len() < amount {
                let (field, value) = hash.random(rng).expect("a stored hash has fields");
                let mut scratch = itoa::Buffer::new();
                let text = field.text(&mut scratch);
                if !drawn.insert(drawn.hash(text), text, &[], None).existed {
                    out.push((field, value));
                }
            }
        }
        _ => {
            let mut sampler = Sampler::new(hash.len(), amount);
            hash.iter().filter(|_| sampler.choose(rng)).for_each(|pair| out.push(pair));
        }
    }
}

/// Writes fields, with their values if asked for: in pairs in RESP3, in a row in RESP2.
struct Pairs<'r, 'o> {
    reply: &'r mut Reply<'o>,
    values: bool,
}

impl Pairs<'_, '_> {
    fn nested(&self) -> bool {
        self.values && self.reply.version() == Version::Resp3
    }

    fn header(&mut self, amount: usize) {
        let flat = self.values && !self.nested();
        self.reply.array(if flat { 2 * amount } else { amount });
    }

    fn push(&mut self, (field, value): (Element<'_>, Element<'_>)) {
        if self.nested() {
            self.reply.array(2);
        }
        reply_element(self.reply, field);
        if self.values {
            reply_element(self.reply, value);
        }
    }
}
