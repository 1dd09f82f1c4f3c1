//! Storing strings whole: SET and its relatives, MSET, MSETNX.

use super::options::{Expiry, Options, Unit};
use super::{new_str, number, propagate_instead, reply_value, word};
use crate::base::time::Millis;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::access::Look;
use crate::keyspace::changes::verb;
use crate::keyspace::event::Class;
use crate::keyspace::strings::Ttl;

/// `SET key value [NX | XX] [GET] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL]`
///
/// Propagates relative times as `PXAT`, and nothing of GET.
pub(super) fn set(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    if args.len() == 3 {
        let key = args[1];
        cx.keys.set_string(key, new_str(args, 2), Ttl::Clear);
        cx.keys.commit(key, Class::STRING, "set");
        cx.reply.ok();
        return Ok(());
    }
    let options = Options::of_set(args)?;
    let done = assign(cx, args, 2, options)?;
    match done {
        _ if options.get => {}
        true => cx.reply.ok(),
        false => cx.reply.null(),
    }
    Ok(())
}

/// `SETNX key value`
pub(super) fn setnx(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let done = assign(cx, args, 2, Options { nx: true, ..Options::default() })?;
    cx.reply.int(i64::from(done));
    Ok(())
}

/// `SETEX key seconds value`. Propagates as SET with `PXAT`.
pub(super) fn setex(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    set_with_expiry(cx, args, Unit::Ex)
}

/// `PSETEX key milliseconds value`. Propagates as SET with `PXAT`.
pub(super) fn psetex(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    set_with_expiry(cx, args, Unit::Px)
}

fn set_with_expiry(cx: &mut Ctx<'_>, args: Args<'_>, unit: Unit) -> Done {
    let expiry = Some(Expiry { index: 2, unit });
    assign(cx, args, 3, Options { expiry, ..Options::default() })?;
    cx.reply.ok();
    Ok(())
}

/// Stores argument `value` under argument 1 if the options allow it; says whether it did. With GET
/// the reply is written.
/// # Errors
/// Those of the expiry; `WRONGTYPE` with GET.
fn assign(
    cx: &mut Ctx<'_>,
    args: Args<'_>,
    value: usize,
    options: Options,
) -> Result<bool, Refusal> {
    let key = args[1];
    let expiry = options.expiry.map(|expiry| expiry.at(cx, args)).transpose()?;
    if options.get {
        reply_value(cx, key)?;
    }
    if options.nx && cx.keys.find(key, Look::Write).is_some() {
        return Ok(false);
    }
    // Storing marks the key as used, so this does not.
    if options.xx && cx.keys.find(key, Look::Quiet).is_none() {
        return Ok(false);
    }
    let ttl = match expiry {
        Some(at) => Ttl::At(at),
        None if options.keep_ttl => Ttl::Keep,
        None => Ttl::Clear,
    };
    cx.keys.set_string(key, new_str(args, value), ttl);
    cx.keys.commit(key, Class::STRING, "set");
    if expiry.is_some() {
        cx.keys.event(key, Class::GENERIC, "expire");
    }
    propagate_set(cx, args, value, options, expiry);
    Ok(true)
}

fn propagate_set(
    cx: &mut Ctx<'_>,
    args: Args<'_>,
    value: usize,
    options: Options,
    expiry: Option<Millis>,
) {
    match expiry {
        Some(at) if options.expiry.is_some_and(|e| e.unit != Unit::PxAt) => {
            propagate_instead(cx, || {
                vec![
                    word(verb::SET),
                    args.to_bytes(1),
                    args.to_bytes(value),
                    word("PXAT"),
                    number(at),
                ]
            });
        }
        None if options.get => propagate_instead(cx, || {
            let kept = (0..args.len()).filter(|&i| i < 3 || !args.is(i, "get"));
            kept.map(|i| args.to_bytes(i)).collect()
        }),
        _ => {}
    }
}

/// `GETSET key value`. Propagates as SET.
pub(super) fn getset(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let key = args[1];
    reply_value(cx, key)?;
    cx.keys.set_string(key, new_str(args, 2), Ttl::Clear);
    cx.keys.commit(key, Class::STRING, "set");
    propagate_instead(cx, || vec![word(verb::SET), args.to_bytes(1), args.to_bytes(2)]);
    Ok(())
}

/// `MSET key value [key value ...]`
pub(super) fn mset(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    check_pairs(cx, args)?;
    for i in (1..args.len()).step_by(2) {
        let key = args.at(i);
        cx.keys.set_string(key, new_str(args, i + 1), Ttl::Clear);
        cx.keys.commit(key, Class::STRING, "set");
    }
    cx.reply.ok();
    Ok(())
}

/// `MSETNX key value [key value ...]`: all or, if one of the keys is there, none.
pub(super) fn msetnx(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    check_pairs(cx, args)?;
    let free = (1..args.len()).step_by(2).all(|i| cx.keys.find(args.at(i), Look::Write).is_none());
    if free {
        for i in (1..args.len()).step_by(2) {
            let key = args.at(i);
            cx.keys.replace_string(key, new_str(args, i + 1), Ttl::Clear);
            cx.keys.commit(key, Class::STRING, "set");
        }
    }
    cx.reply.int(i64::from(free));
    Ok(())
}

/// Refuses a key without a value.
fn check_pairs(cx: &Ctx<'_>, args: Args<'_>) -> Done {
    if args.len().is_multiple_of(2) {
        return Err(Refusal::arity(cx.command_name()));
    }
    Ok(())
}
