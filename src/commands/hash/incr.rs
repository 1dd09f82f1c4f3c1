//! Counting in fields: HINCRBY, HINCRBYFLOAT.

use super::limits;
use crate::base::num::{LongDouble, parse_i64};
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::data::packed::Item;
use crate::keyspace::changes::verb;
use crate::keyspace::event::Class;
use crate::value::Element;
use crate::value::hash::{Hash, NewValue};

const NOT_INTEGER: Refusal = Refusal::fixed("ERR hash value is not an integer");
const NOT_FLOAT: Refusal = Refusal::fixed("ERR hash value is not a float");
const NAN_OR_INFINITY: Refusal = Refusal::fixed("ERR value is NaN or Infinity");

/// `HINCRBY key field increment`
pub(super) fn hincrby(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let by = args.int(3)?;
    let hash = cx.keys.object_mut::<Hash>(args[1])?;
    let old = match hash.as_ref().and_then(|hash| hash.as_ref().get(args[2])) {
        None => 0,
        Some(Element::Item(Item::Int(n))) => n,
        Some(value) => parse_i64(value.text(&mut itoa::Buffer::new())).ok_or(NOT_INTEGER)?,
    };
    let sum = old.checked_add(by).ok_or(Refusal::OVERFLOW)?;
    store(cx, args, itoa::Buffer::new().format(sum).as_bytes(), "hincrby");
    cx.reply.int(sum);
    Ok(())
}

/// `HINCRBYFLOAT key field increment`, in extended precision.
///
/// Propagates as HSET with the sum, so that nobody computes it again.
pub(super) fn hincrbyfloat(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let by = LongDouble::parse(args[3]).ok_or(Refusal::NOT_FLOAT)?;
    if by.is_nan() || by.is_infinite() {
        return Err(NAN_OR_INFINITY);
    }
    let hash = cx.keys.object_mut::<Hash>(args[1])?;
    let old = match hash.as_ref().and_then(|hash| hash.as_ref().get(args[2])) {
        None => LongDouble::ZERO,
        Some(Element::Item(Item::Int(n))) => LongDouble::from_i64(n),
        Some(value) => LongDouble::parse(value.text(&mut itoa::Buffer::new())).ok_or(NOT_FLOAT)?,
    };
    let sum = old + by;
    if sum.is_nan() || sum.is_infinite() {
        return Err(Refusal::NAN_OR_INFINITY);
    }
    let text = sum.format();
    store(cx, args, &text, "hincrbyfloat");
    cx.reply.bulk(&text[..]);
    cx.rewrite(&[verb::HSET.as_bytes(), args[1], args[2], &text]);
    Ok(())
}

/// Puts the sum into the field and says so.
fn store(cx: &mut Ctx<'_>, args: Args<'_>, sum: &[u8], event: &'static str) {
    let limits = limits(cx);
    if cx.keys.stored::<Hash>(args[1]).is_none() {
        cx.keys.add_object(args[1], Hash::empty());
    }
    let mut hash = cx.keys.stored_mut::<Hash>(args[1]).expect("it was found or just added");
    hash.set(args[2], NewValue::Text(sum), &limits);
    cx.keys.commit(args[1], Class::HASH, event);
}
