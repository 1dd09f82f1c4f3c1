//! Members at random: SRANDMEMBER.

use super::reply_member;
use crate::base::hash::{FxSet, KeyHasher};
use crate::base::prng::Prng;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::data::packed::Item;
use crate::data::table::Table;
use crate::keyspace::access::Look;
use crate::value::sample::Sampler;
use crate::value::set::{Nothing, Set, SetRef};

/// A sample is drawn by a walk over all members unless there are this many times as many.
const WALK_FACTOR: usize = 3;

/// `SRANDMEMBER key [count]`
///
/// Members of a positive count differ; those of a negative one may recur.
/// Cost: O(count); O(members) if count is a third of them or more, or the set is a run.
pub(super) fn srandmember(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let mut rng = cx.keys.space.rng.clone();
    let done = match args.len() {
        2 => one(cx, args, &mut rng),
        3 => several(cx, args, &mut rng),
        _ => Err(Refusal::SYNTAX),
    };
    cx.keys.space.rng = rng;
    done
}

fn one(cx: &mut Ctx<'_>, args: Args<'_>, rng: &mut Prng) -> Done {
    let set = cx.keys.object::<Set>(args[1], Look::Read)?;
    match set.and_then(|set| set.random(rng)) {
        Some(member) => reply_member(&mut cx.reply, member),
        None => cx.reply.null(),
    }
    Ok(())
}

fn several(cx: &mut Ctx<'_>, args: Args<'_>, rng: &mut Prng) -> Done {
    let count = args.int_in(2, -i64::MAX, i64::MAX)?;
    let hasher = cx.keys.space.hasher();
    let set = cx.keys.object::<Set>(args[1], Look::Read)?;
    let (Some(set), false) = (set, count == 0) else {
        cx.reply.empty_array();
        return Ok(());
    };
    let amount = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if count < 0 {
        cx.reply.array(amount);
        for _ in 0..amount {
            if cx.reply.is_over_limit() {
                return Err(Refusal::OVER_OUTPUT_LIMIT);
            }
            let member = set.random(rng).expect("a stored set has members");
            reply_member(&mut cx.reply, member);
        }
    } else {
        let amount = amount.min(set.len());
        cx.reply.array(amount);
        distinct(set, amount, hasher, rng, |member| reply_member(&mut cx.reply, member));
    }
    Ok(())
}

/// Hands out `amount` different members.
fn distinct<'a>(
    set: SetRef<'a>,
    amount: usize,
    hasher: KeyHasher,
    rng: &mut Prng,
    mut give: impl FnMut(Item<'a>),
) {
    let few = amount.saturating_mul(WALK_FACTOR) <= set.len();
    match set {
        SetRef::Ints(ints) if few => {
            let mut drawn = FxSet::default();
            while drawn.len() < amount {
                let index = rng.below(ints.len() as u64) as usize;
                if drawn.insert(index) {
                    give(Item::Int(ints.get(index)));
                }
            }
        }
        SetRef::Table(members) if few => {
            let mut drawn: Table<Nothing> = Table::new(hasher);
            while drawn.len() < amount {
                let entry = members.table().random(rng).expect("a stored set has members");
                if !drawn.insert(drawn.hash(entry.key()), entry.key(), &[], None).existed {
                    give(Item::Text(entry.key()));
                }
            }
        }
        _ => {
            let mut sampler = Sampler::new(set.len(), amount);
            set.iter().filter(|_| sampler.choose(rng)).for_each(give);
        }
    }
}
