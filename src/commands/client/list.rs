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

pub(super) fn info(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    cx.session.buffers.argv = args.bytes();
    let text = line(cx, cx.session);
    cx.reply.verbatim(b"txt", text);
    Ok(())
}

pub(super) fn list(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    cx.session.buffers.argv = args.bytes();
    let text = if args.len() == 4 && args.is(2, "TYPE") {
        let class = class(args[3])?;
        let sessions = by_age(cx);
        lines(cx, sessions.into_iter().filter(|session| Some(session.class()) == class))
    } else if args.len() > 3 && args.is(2, "ID") {
        let ids = (3..args.len())
            .map(|index| args.int(index).map_err(|_| Refusal::fixed("ERR Invalid client ID")))
            .collect::<Result<Vec<i64>, Refusal>>()?;
        let sessions = by_age(cx);
        let find = |id: i64| {
            let at = sessions.binary_search_by_key(&id, |session| session.id.0 as i64).ok()?;
            Some(sessions[at])
        };
        lines(cx, ids.into_iter().filter_map(find))
    } else if args.len() == 2 {
        lines(cx, by_age(cx).into_iter())
    } else {
        return Err(Refusal::SYNTAX);
    };
    cx.reply.verbatim_owned(b"txt", text);
    Ok(())
}

/// All clients that are not being closed, oldest first.
fn by_age<'a>(cx: &'a Ctx<'_>) -> Vec<&'a Session> {
    let own: &Session = cx.session;
    let others = cx.world.sessions.iter().filter(|session| !session.dead);
    let mut sessions: Vec<&Session> = others.chain([own]).collect();
    sessions.sort_unstable_by_key(|session| session.id);
    sessions
}

fn lines<'a>(cx: &Ctx<'_>, sessions: impl Iterator<Item = &'a Session>) -> String {
    /// Bytes of a usual line.
    const LINE: usize = 300;
    let now = cx.now();
    let mut text = String::with_capacity(sessions.size_hint().0 * LINE);
    for session in sessions {
        session.describe_to(&cx.world.registry, now, &mut text);
        text.push('\n');
    }
    text
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
    cx.world.forget_condemned(&mut cx.keys.space.waiting);
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
