//! Client-side caching: CLIENT TRACKING and its companions.

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::push::Wish;
use crate::core::refusal::Refusal;
use crate::tracking::prefixes::{Overlap, find_overlap};
use crate::tracking::{ClientRef, Mode};

/// The options as given; which of them go together is checked when tracking is switched on.
#[derive(Default)]
struct Options<'a> {
    redirect: Option<ClientRef>,
    broadcast: bool,
    opt_in: bool,
    opt_out: bool,
    no_loop: bool,
    prefixes: Vec<&'a [u8]>,
}

impl<'a> Options<'a> {
    fn parse(cx: &Ctx<'_>, args: Args<'a>) -> Result<Options<'a>, Refusal> {
        let mut options = Options::default();
        let mut at = 3;
        while at < args.len() {
            let has_value = at + 1 < args.len();
            if args.is(at, "REDIRECT") && has_value {
                at += 1;
                if options.redirect.is_some() {
                    return Err(Refusal::fixed(
                        "ERR A client can only redirect to a single other client",
                    ));
                }
                options.redirect = redirect(cx, args.int(at)?)?;
            } else if args.is(at, "BCAST") {
                options.broadcast = true;
            } else if args.is(at, "OPTIN") {
                options.opt_in = true;
            } else if args.is(at, "OPTOUT") {
                options.opt_out = true;
            } else if args.is(at, "NOLOOP") {
                options.no_loop = true;
            } else if args.is(at, "PREFIX") && has_value {
                at += 1;
                options.prefixes.push(args[at]);
            } else {
                return Err(Refusal::SYNTAX);
            }
            at += 1;
        }
        Ok(options)
    }

    /// How to track, if the options fit each other and what the client has now.
    fn wish(self, cx: &Ctx<'_>) -> Result<Wish<'a>, Refusal> {
        let now = &cx.session.push.tracking;
        if !self.broadcast && !self.prefixes.is_empty() {
            return Err(Refusal::fixed("ERR PREFIX option requires BCAST mode to be enabled"));
        }
        if now.on && (now.mode == Mode::Broadcast) != self.broadcast {
            return Err(Refusal::fixed(
                "ERR You can't switch BCAST mode on/off before disabling tracking for this client, \
                 and then re-enabling it with a different mode.",
            ));
        }
        if self.broadcast && (self.opt_in || self.opt_out) {
            return Err(Refusal::fixed("ERR OPTIN and OPTOUT are not compatible with BCAST"));
        }
        if self.opt_in && self.opt_out {
            return Err(Refusal::fixed("ERR You can't specify both OPTIN mode and OPTOUT mode"));
        }
        if (self.opt_in && now.mode == Mode::OptOut) || (self.opt_out && now.mode == Mode::OptIn) {
            return Err(Refusal::fixed(
                "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, \
                 and then re-enabling it with a different mode.",
            ));
        }
        if let Some(overlap) = find_overlap(now, &self.prefixes) {
            return Err(overlapping(&overlap));
        }
        let mode = match (self.broadcast, self.opt_in, self.opt_out) {
            (true, ..) => Mode::Broadcast,
            (_, true, _) => Mode::OptIn,
            (.., true) => Mode::OptOut,
            _ => Mode::All,
        };
        let (redirect, prefixes) = (self.redirect, self.prefixes);
        Ok(Wish { mode, no_loop: self.no_loop, redirect, prefixes })
    }
}

/// The client with this id; 0 is nobody.
fn redirect(cx: &Ctx<'_>, id: i64) -> Result<Option<ClientRef>, Refusal> {
    let own = &*cx.session;
    let mut everyone = cx.world.sessions.iter().filter(|session| !session.dead).chain([own]);
    match everyone.find(|session| session.id.0 as i64 == id) {
        Some(session) => Ok(Some(ClientRef { key: session.key, id: session.id })),
        None => Err(Refusal::fixed("ERR The client ID you want redirect to does not exist")),
    }
}

fn overlapping(overlap: &Overlap<'_>) -> Refusal {
    let (prefix, with, other): (_, &[u8], &[u8]) = match overlap {
        Overlap::Known(prefix, known) => (prefix, b"an existing prefix", known),
        Overlap::Given(prefix, other) => (prefix, b"another provided prefix", other),
    };
    Refusal::new(
        [
            b"ERR Prefix '",
            *prefix,
            b"' overlaps with ",
            with,
            b" '",
            other,
            b"'. Prefixes for a single client must not overlap.",
        ]
        .concat(),
    )
}

pub(super) fn tracking(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let options = Options::parse(cx, args)?;
    if args.is(2, "ON") {
        let wish = options.wish(cx)?;
        cx.track(&wish);
    } else if args.is(2, "OFF") {
        cx.untrack();
    } else {
        return Err(Refusal::SYNTAX);
    }
    cx.reply.ok();
    Ok(())
}

pub(super) fn caching(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let tracking = &cx.session.push.tracking;
    if !tracking.on {
        return Err(Refusal::fixed(
            "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN \
             or OPTOUT mode enabled",
        ));
    }
    let (fits, refusal) = if args.is(2, "YES") {
        let text = "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.";
        (tracking.mode == Mode::OptIn, text)
    } else if args.is(2, "NO") {
        let text = "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.";
        (tracking.mode == Mode::OptOut, text)
    } else {
        return Err(Refusal::SYNTAX);
    };
    if !fits {
        return Err(Refusal::fixed(refusal));
    }
    cx.cache_next();
    cx.reply.ok();
    Ok(())
}

pub(super) fn getredir(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    cx.reply.int(cx.session.push.tracking.redirect_id());
    Ok(())
}

pub(super) fn trackinginfo(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    let tracking = &cx.session.push.tracking;
    let is = |mode| tracking.on && tracking.mode == mode;
    let flags = [
        ("off", !tracking.on),
        ("on", tracking.on),
        ("bcast", is(Mode::Broadcast)),
        ("optin", is(Mode::OptIn)),
        ("caching-yes", is(Mode::OptIn) && tracking.caching),
        ("optout", is(Mode::OptOut)),
        ("caching-no", is(Mode::OptOut) && tracking.caching),
        ("noloop", tracking.no_loop),
        ("broken_redirect", tracking.broken),
    ];
    let flags = || flags.iter().filter(|(_, set)| *set).map(|(name, _)| name);
    let reply = &mut cx.reply;
    reply.map(3);
    reply.bulk(b"flags");
    reply.set(flags().count());
    flags().for_each(|name| reply.bulk(name));
    reply.bulk(b"redirect");
    reply.int(tracking.redirect_id());
    reply.bulk(b"prefixes");
    reply.array(tracking.prefixes.len());
    tracking.prefixes.iter().for_each(|prefix| reply.bulk(prefix));
    Ok(())
}
