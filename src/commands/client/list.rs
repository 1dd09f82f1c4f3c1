//! Seeing and closing clients.

use crate::base::id::ClientKey;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::core::session::{ClientClass, Session};

/// The `TYPE` of LIST and KILL. There is no primary among our clients yet, so that type matches
/// none.
fn class(name: &[u8]) -> Result<Option<ClientClass>, Refusal> {
    match name.to_ascii_lowercase().as_slice() {
        b"normal" => Ok(Some(ClientClass::Normal)),
        b"slave" | b"replica" => Ok(Some(ClientClass::Replica)),
        b"pubsub" => Ok(Some(ClientClass::PubSub)),
        b"master" => Ok(None),
        _ => Err(Refusal::new([b"ERR Unknown client type '", name, b"'"].concat())),
    }
}

fn line(cx: &Ctx<'_>, session: &Session) -> String {
    let mut line = session.describe(&cx.world.registry, cx.now());
    line.push('\n');
    line
}

pub(super) fn info(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    let text = line(cx, cx.session);
    cx.reply.verbatim(b"txt", text);
    Ok(())
}

pub(super) fn list(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let mut text = String::new();
    if args.len() == 4 && args.is(2, "TYPE") {
        let class = class(args[3])?;
        text = lines(cx, |session| Some(session.class()) == class);
    } else if args.len() > 3 && args.is(2, "ID") {
        for index in 3..args.len() {
            let id = args.int(index).map_err(|_| Refusal::fixed("ERR Invalid client ID"))?;
            text += &lines(cx, |session| session.id.0 as i64 == id);
        }
    } else if args.len() != 2 {
        return Err(Refusal::SYNTAX);
    } else {
        text = lines(cx, |_| true);
    }
    cx.reply.verbatim(b"txt", text);
    Ok(())
}

/// The lines of the clients that are wanted, oldest first.
fn lines(cx: &Ctx<'_>, mut wanted: impl FnMut(&Session) -> bool) -> String {
    let own: &Session = cx.session;
    let mut sessions: Vec<&Session> =
        cx.world.sessions.iter().chain([own]).filter(|session| wanted(session)).collect();
    sessions.sort_unstable_by_key(|session| session.id);
    sessions.into_iter().map(|session| line(cx, session)).collect()
}

/// Which clients to close.
struct Filter<'a> {
    address: Option<&'a [u8]>,
    local: Option<&'a [u8]>,
    /// `Some(None)`: a type that no client has.
    class: Option<Option<ClientClass>>,
    id: Option<i64>,
    skip_me: bool,
}

impl<'a> Filter<'a> {
    fn parse(args: Args<'a>) -> Result<Filter<'a>, Refusal> {
        let mut filter =
            Filter { address: None, local: None, class: None, id: None, skip_me: true };
        if args.len() == 3 {
            filter.address = Some(args[2]);
            filter.skip_me = false;
            return Ok(filter);
        }
        let mut at = 2;
        while at < args.len() {
            if at + 1 == args.len() {
                return Err(Refusal::SYNTAX);
            }
            let value = args[at + 1];
            if args.is(at, "ID") {
                let bad = || Refusal::fixed("ERR client-id should be greater than 0");
                let id = args.int(at + 1).map_err(|_| bad())?;
                filter.id = Some(if id < 1 { return Err(bad()) } else { id });
            } else if args.is(at, "TYPE") {
                filter.class = Some(class(value)?);
            } else if args.is(at, "ADDR") {
                filter.address = Some(value);
            } else if args.is(at, "LADDR") {
                filter.local = Some(value);
            } else if args.is(at, "USER") {
                // The default user is everybody's.
                if value != b"default" {
                    return Err(Refusal::new([b"ERR No such user '", value, b"'"].concat()));
                }
            } else if args.is(at, "SKIPME") {
                filter.skip_me = match value.to_ascii_lowercase().as_slice() {
                    b"yes" => true,
                    b"no" => false,
                    _ => return Err(Refusal::SYNTAX),
                };
            } else {
                return Err(Refusal::SYNTAX);
            }
            at += 2;
        }
        Ok(filter)
    }

    fn matches(&self, session: &Session) -> bool {
        self.address.is_none_or(|address| session.peer.as_bytes() == address)
            && self.local.is_none_or(|local| session.local.as_bytes() == local)
            && self.class.is_none_or(|class| Some(session.class()) == class)
            && self.id.is_none_or(|id| session.id.0 as i64 == id)
    }
}

pub(super) fn kill(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    if args.len() < 3 {
        return Err(Refusal::SYNTAX);
    }
    let filter = Filter::parse(args)?;
    let others: Vec<ClientKey> = cx
        .world
        .sessions
        .iter()
        .filter(|session| !session.dead && filter.matches(session))
        .map(|session| session.key)
        .collect();
    for &other in &others {
        cx.world.kill(other);
    }
    let own = !filter.skip_me && filter.matches(cx.session);
    cx.session.closing |= own;
    let killed = others.len() + usize::from(own);
    if args.len() > 3 {
        cx.reply.int(killed as i64);
    } else if killed == 0 {
        return Err(Refusal::fixed("ERR No such client"));
    } else {
        cx.reply.ok();
    }
    Ok(())
}
