//! Walks over the keys of a database: KEYS, SCAN, RANDOMKEY.

use smallvec::SmallVec;

use crate::base::glob;
use crate::base::num::parse_cursor;
use crate::base::text::{eq_ignore_case, until_nul};
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::access::Look;
use crate::keyspace::record::Record;

/// A pattern to match keys with; `*` is no pattern: it matches the empty key too.
fn pattern(text: &[u8]) -> Option<&[u8]> {
    (text != b"*").then_some(text)
}

/// Expired keys are left out, and left alone.
pub(super) fn keys(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let pattern = pattern(args[1]);
    let list = cx.reply.deferred_array();
    let mut count = 0;
    for entry in cx.keys.database().table().iter() {
        let key = entry.key();
        if pattern.is_none_or(|pattern| glob::matches(pattern, key, false))
            && !cx.keys.has_expired(Record::new(entry))
        {
            if cx.reply.is_over_limit() {
                return Err(Refusal::OVER_OUTPUT_LIMIT);
            }
            cx.reply.bulk(key);
            count += 1;
        }
    }
    cx.reply.resolve(list, count);
    Ok(())
}

pub(super) fn randomkey(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    match cx.keys.random_key() {
        Some(key) => cx.reply.bulk(&key),
        None => cx.reply.null(),
    }
    Ok(())
}

/// The options of SCAN.
struct Options<'a> {
    count: usize,
    pattern: Option<&'a [u8]>,
    kind: Option<&'a [u8]>,
}

impl<'a> Options<'a> {
    fn parse(args: Args<'a>) -> Result<Options<'a>, Refusal> {
        let mut options = Options { count: 10, pattern: None, kind: None };
        let mut at = 2;
        while at < args.len() {
            if at + 1 == args.len() {
                return Err(Refusal::SYNTAX);
            }
            if args.is(at, "COUNT") {
                let count = args.int(at + 1)?;
                if count < 1 {
                    return Err(Refusal::SYNTAX);
                }
                options.count = usize::try_from(count).unwrap_or(usize::MAX);
            } else if args.is(at, "MATCH") {
                options.pattern = pattern(args[at + 1]);
            } else if args.is(at, "TYPE") {
                options.kind = Some(until_nul(args[at + 1]));
            } else {
                return Err(Refusal::SYNTAX);
            }
            at += 2;
        }
        Ok(options)
    }
}

/// A key that a step has met.
type Met = SmallVec<[u8; 32]>;

pub(super) fn scan(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let cursor = parse_cursor(args[1]).ok_or(Refusal::fixed("ERR invalid cursor"))?;
    let options = Options::parse(args)?;
    let mut expired: Vec<Met> = Vec::new();
    let mut reads = 0;
    {
        let (keys, reply) = (&cx.keys, &mut cx.reply);
        let mut found: SmallVec<[&[u8]; 16]> = SmallVec::new();
        let next = keys.database().table().scan_count(cursor, options.count, |entry| {
            let (key, record) = (entry.key(), Record::new(entry));
            if options.pattern.is_some_and(|pattern| !glob::matches(pattern, key, false)) {
                return;
            }
            if keys.has_expired(record) {
                expired.push(Met::from_slice(key));
                return;
            }
            if let Some(kind) = options.kind {
                reads += 1;
                if !eq_ignore_case(kind, record.kind().name().as_bytes()) {
                    return;
                }
            }
            found.push(key);
        });
        reply.array(2);
        reply.bulk_int(next as i64);
        reply.array(found.len());
        found.iter().for_each(|key| reply.bulk(key));
    }
    // With TYPE every key that the pattern lets through counts as read.
    cx.keys.space.stats.hits += reads;
    let look = if options.kind.is_some() { Look::Inspect } else { Look::Quiet };
    for key in expired {
        cx.keys.find(&key, look);
    }
    Ok(())
}
