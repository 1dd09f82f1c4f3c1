//! Authentication and the choice of a protocol.

use bytes::Bytes;

use crate::base::text::is_word;
use crate::core::args::Args;
use crate::core::auth::{authenticate, default_auth};
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::core::session::{ReplyMode, Session, Version, check_name};

pub(super) fn auth(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    if args.len() > 3 {
        return Err(Refusal::SYNTAX);
    }
    let (user, password): (&[u8], &[u8]) = match args.get(2) {
        Some(password) => (args[1], password),
        None if !cx.world.password_required() => {
            return Err(Refusal::fixed(
                "ERR AUTH <password> called without any password configured for the default user. \
                 Are you sure your configuration is correct?",
            ));
        }
        None => (b"default", args[1]),
    };
    authenticate(cx, user, password)?;
    cx.reply.ok();
    Ok(())
}

/// The secrets of AUTH: whatever it is given, if its form is right.
pub(super) fn auth_secrets(argv: &[&[u8]]) -> Vec<usize> {
    if argv.len() > 3 { Vec::new() } else { (1..argv.len()).collect() }
}

/// The secrets of HELLO: what follows AUTH.
pub(super) fn hello_secrets(argv: &[&[u8]]) -> Vec<usize> {
    let mut secrets = Vec::new();
    let mut at = 2;
    while at < argv.len() {
        let more = argv.len() - 1 - at;
        if is_word(argv[at], "AUTH") && more >= 2 {
            secrets.extend([at + 1, at + 2]);
            at += 2;
        } else if is_word(argv[at], "SETNAME") {
            at += 1;
        }
        at += 1;
    }
    secrets
}

/// What HELLO asks for.
#[derive(Default)]
struct Hello<'a> {
    version: Option<Version>,
    credentials: Option<(&'a [u8], &'a [u8])>,
    name: Option<&'a [u8]>,
}

impl<'a> Hello<'a> {
    fn parse(args: Args<'a>) -> Result<Hello<'a>, Refusal> {
        let mut hello = Hello::default();
        if args.len() >= 2 {
            let version = args.int(1).map_err(|_| {
                Refusal::fixed("ERR Protocol version is not an integer or out of range")
            })?;
            hello.version = Some(match version {
                2 => Version::Resp2,
                3 => Version::Resp3,
                _ => return Err(Refusal::fixed("NOPROTO unsupported protocol version")),
            });
        }
        let mut at = 2;
        while at < args.len() {
            let more = args.len() - 1 - at;
            if args.is(at, "AUTH") && more >= 2 {
                hello.credentials = Some((args[at + 1], args[at + 2]));
                at += 3;
            } else if args.is(at, "SETNAME") && more >= 1 {
                check_name(args[at + 1])?;
                hello.name = Some(args[at + 1]);
                at += 2;
            } else {
                let mut text = b"ERR Syntax error in HELLO option '".to_vec();
                text.extend_from_slice(args[at]);
                text.push(b'\'');
                return Err(Refusal::new(text));
            }
        }
        Ok(hello)
    }
}

pub(super) fn hello(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let hello = Hello::parse(args)?;
    if let Some((user, password)) = hello.credentials {
        authenticate(cx, user, password)?;
    }
    if !cx.session.authenticated && cx.world.password_required() {
        return Err(Refusal::fixed(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the \
             HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and \
             select the RESP protocol version at the same time",
        ));
    }
    if let Some(name) = hello.name {
        cx.session.name = Bytes::copy_from_slice(name);
    }
    if let Some(version) = hello.version {
        cx.session.version = version;
        cx.reply.set_version(version);
    }
    let proto = if cx.session.version == Version::Resp3 { 3 } else { 2 };
    let reply = &mut cx.reply;
    reply.map(7);
    reply.bulk(b"server");
    reply.bulk(b"redis");
    reply.bulk(b"version");
    reply.bulk(crate::core::world::REDIS_VERSION);
    reply.bulk(b"proto");
    reply.int(proto);
    reply.bulk(b"id");
    reply.int(cx.session.id.0 as i64);
    reply.bulk(b"mode");
    reply.bulk(b"standalone");
    reply.bulk(b"role");
    reply.bulk(b"master");
    reply.bulk(b"modules");
    reply.empty_array();
    Ok(())
}

pub(super) fn reset(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    cx.discard_transaction();
    cx.world.stop_listening(cx.session);
    let session: &mut Session = cx.session;
    session.db = Default::default();
    session.version = Version::Resp2;
    session.name = Bytes::new();
    // That this very reply is left out stays so.
    if session.reply_mode != ReplyMode::Skip {
        session.reply_mode = ReplyMode::On;
    }
    session.no_touch = false;
    session.no_evict = false;
    default_auth(cx);
    cx.reply.set_version(Version::Resp2);
    cx.reply.status("RESET");
    Ok(())
}
