//! DEBUG PROTOCOL: an example of every type of the protocol.

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::resp::encode::{Reply, Version};

/// The name of a type, and what writes an example of it.
type Example = (&'static str, fn(&mut Reply<'_>));

const EXAMPLES: &[Example] = &[
    ("string", |reply| reply.bulk("Hello World")),
    ("integer", |reply| reply.int(12345)),
    ("double", |reply| reply.double_text(b"3.141")),
    ("bignum", |reply| reply.big_number(b"1234567999999999999999999999999999999")),
    ("null", |reply| reply.null()),
    ("array", |reply| {
        reply.array(3);
        (0..3).for_each(|n| reply.int(n));
    }),
    ("set", |reply| {
        reply.set(3);
        (0..3).for_each(|n| reply.int(n));
    }),
    ("map", |reply| {
        reply.map(3);
        for n in 0..3 {
            reply.int(n);
            reply.bool(n == 1);
        }
    }),
    ("attrib", attribute),
    ("push", push),
    ("verbatim", |reply| reply.verbatim(b"txt", "This is a verbatim\nstring")),
    ("true", |reply| reply.bool(true)),
    ("false", |reply| reply.bool(false)),
];

/// An attribute belongs to the reply that follows.
fn attribute(reply: &mut Reply<'_>) {
    if reply.version() == Version::Resp3 {
        reply.attribute(1);
        reply.bulk("key-popularity");
        reply.array(2);
        reply.bulk("key:123");
        reply.int(90);
    }
    reply.bulk("Some real reply following the attribute");
}

/// A push is no reply: it goes behind one.
fn push(reply: &mut Reply<'_>) {
    reply.bulk("Some real reply following the push reply");
    reply.push(2);
    reply.bulk("server-cpu-usage");
    reply.int(42);
}

pub(super) fn protocol(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    if args.is(2, "push") && cx.reply.version() != Version::Resp3 {
        return Err(Refusal::fixed("ERR RESP2 is not supported by this command"));
    }
    let Some((_, write)) = EXAMPLES.iter().find(|(name, _)| args.is(2, name)) else {
        return Err(Refusal::fixed(
            "ERR Wrong protocol type name. Please use one of the following: \
             string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false",
        ));
    };
    write(&mut cx.reply);
    Ok(())
}
