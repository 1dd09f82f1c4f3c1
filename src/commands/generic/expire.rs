//! Time to live: EXPIRE and its variants, TTL and its variants, PERSIST.

use smallvec::SmallVec;

use crate::base::text::until_nul;
use crate::base::time::Millis;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::access::Look;
use crate::keyspace::changes::verb;
use crate::keyspace::event::Class;

/// Milliseconds in the unit of an argument.
const SECONDS: i64 = 1000;
const MILLISECONDS: i64 = 1;

/// The conditions of an EXPIRE.
#[derive(Clone, Copy, Default)]
struct Conditions {
    nx: bool,
    xx: bool,
    gt: bool,
    lt: bool,
}

impl Conditions {
    fn parse(args: Args<'_>) -> Result<Conditions, Refusal> {
        let mut found = Conditions::default();
        for at in 3..args.len() {
            let flag = match () {
                () if args.is(at, "NX") => &mut found.nx,
                () if args.is(at, "XX") => &mut found.xx,
                () if args.is(at, "GT") => &mut found.gt,
                () if args.is(at, "LT") => &mut found.lt,
                () => {
                    let shown = until_nul(args[at]);
                    return Err(Refusal::new([b"ERR Unsupported option ", shown].concat()));
                }
            };
            *flag = true;
        }
        if found.nx && (found.xx || found.gt || found.lt) {
            return Err(Refusal::fixed(
                "ERR NX and XX, GT or LT options at the same time are not compatible",
            ));
        }
        if found.gt && found.lt {
            return Err(Refusal::fixed(
                "ERR GT and LT options at the same time are not compatible",
            ));
        }
        Ok(found)
    }

    /// Whether an expiry may become `new`. None at all is the latest of all.
    fn allow(self, old: Option<Millis>, new: Millis) -> bool {
        match old {
            None => !self.xx && !self.gt,
            Some(old) => !(self.nx || self.gt && new <= old || self.lt && new >= old),
        }
    }
}

pub(super) fn expire(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let now = cx.now();
    set_expiry(cx, args, now, SECONDS)
}

pub(super) fn expireat(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    set_expiry(cx, args, 0, SECONDS)
}

pub(super) fn pexpire(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let now = cx.now();
    set_expiry(cx, args, now, MILLISECONDS)
}

pub(super) fn pexpireat(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    set_expiry(cx, args, 0, MILLISECONDS)
}

/// The time `args[2]` names, in milliseconds since the epoch.
fn deadline(cx: &Ctx<'_>, args: Args<'_>, base: Millis, unit: i64) -> Result<Millis, Refusal> {
    let deadline = args.int(2)?.checked_mul(unit).and_then(|when| when.checked_add(base));
    deadline.ok_or_else(|| Refusal::expire_time(cx.command_name()))
}

fn set_expiry(cx: &mut Ctx<'_>, args: Args<'_>, base: Millis, unit: i64) -> Done {
    let conditions = Conditions::parse(args)?;
    let when = deadline(cx, args, base, unit)?;
    let key = args[1];
    let allowed = cx.keys.write(key).is_some_and(|record| conditions.allow(record.expiry(), when));
    if !allowed {
        cx.reply.int(0);
        return Ok(());
    }
    if when <= cx.now() {
        cx.keys.remove(key);
        let lazy = cx.keys.space.policy.lazy_expire;
        cx.rewrite(&[verb::removal(lazy).as_bytes(), key]);
        cx.keys.commit(key, Class::GENERIC, "del");
    } else {
        cx.keys.set_expiry(key, Some(when));
        if (base, unit) != (0, MILLISECONDS) {
            let mut digits = itoa::Buffer::new();
            let mut argv: SmallVec<[&[u8]; 8]> = SmallVec::new();
            argv.extend([verb::PEXPIREAT.as_bytes(), key, digits.format(when).as_bytes()]);
            argv.extend_from_slice(args.from(3));
            cx.rewrite(&argv);
        }
        cx.keys.commit(key, Class::GENERIC, "expire");
    }
    cx.reply.int(1);
    Ok(())
}

pub(super) fn ttl(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let now = cx.now();
    show_expiry(cx, args, now, SECONDS)
}

pub(super) fn pttl(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let now = cx.now();
    show_expiry(cx, args, now, MILLISECONDS)
}

pub(super) fn expiretime(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    show_expiry(cx, args, 0, SECONDS)
}

pub(super) fn pexpiretime(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    show_expiry(cx, args, 0, MILLISECONDS)
}

fn show_expiry(cx: &mut Ctx<'_>, args: Args<'_>, since: Millis, unit: i64) -> Done {
    let shown = match cx.keys.find(args[1], Look::ReadNoTouch).map(|record| record.expiry()) {
        None => -2,
        Some(None) => -1,
        // Rounded to the nearest unit. The sum may exceed the largest signed number.
        Some(Some(at)) => {
            let left = at.saturating_sub(since).max(0) as u64;
            ((left + unit as u64 / 2) / unit as u64) as i64
        }
    };
    cx.reply.int(shown);
    Ok(())
}

pub(super) fn persist(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let key = args[1];
    let expires = cx.keys.write(key).is_some_and(|record| record.expiry().is_some());
    if expires {
        cx.keys.set_expiry(key, None);
        cx.keys.commit(key, Class::GENERIC, "persist");
    }
    cx.reply.int(i64::from(expires));
    Ok(())
}
