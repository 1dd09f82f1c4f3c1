//! LCS: the longest common subsequence of two strings.

use bytes::Bytes;

use crate::base::lcs::{Refused, Table, admit, length};
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::record::Str;

const NOT_STRINGS: Refusal = Refusal::fixed("ERR The specified keys must contain string values");
const AMBIGUOUS: Refusal =
    Refusal::fixed("ERR If you want both the length and indexes, please just use IDX.");

impl From<Refused> for Refusal {
    fn from(why: Refused) -> Refusal {
        Refusal::fixed(match why {
            Refused::TooLong => "ERR String too long for LCS",
            Refused::TableTooLarge => {
                "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"
            }
            Refused::OutOfMemory => {
                "ERR Insufficient memory, failed allocating transient memory for LCS"
            }
        })
    }
}

#[derive(Default)]
struct Options {
    len: bool,
    idx: bool,
    with_match_len: bool,
    min_match_len: usize,
}

impl Options {
    fn parse(args: Args<'_>) -> Result<Options, Refusal> {
        let mut options = Options::default();
        let mut at = 3;
        while at < args.len() {
            if args.is(at, "idx") {
                options.idx = true;
            } else if args.is(at, "len") {
                options.len = true;
            } else if args.is(at, "withmatchlen") {
                options.with_match_len = true;
            } else if args.is(at, "minmatchlen") && at + 1 < args.len() {
                at += 1;
                options.min_match_len = args.int(at)?.max(0) as usize;
            } else {
                return Err(Refusal::SYNTAX);
            }
            at += 1;
        }
        if options.len && options.idx { Err(AMBIGUOUS) } else { Ok(options) }
    }
}

/// `LCS key1 key2 [LEN] [IDX] [MINMATCHLEN n] [WITHMATCHLEN]`
///
/// Cost: see [`crate::base::lcs`].
pub(super) fn lcs(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let a = text(cx, args[1]);
    let b = text(cx, args[2]);
    let (Some(a), Some(b)) = (a, b) else { return Err(NOT_STRINGS) };
    let options = Options::parse(args)?;
    admit(a.len(), b.len(), cx.world.config.proto_max_bulk_len as u64)?;
    if options.len {
        cx.reply.int(length(&a, &b) as i64);
        return Ok(());
    }
    let table = Table::new(&a, &b)?;
    if options.idx {
        reply_matches(cx, &table, &options);
    } else {
        cx.reply.bulk(table.text());
    }
    Ok(())
}

/// The string at a key, empty if it is missing; `None` if the key holds another kind.
fn text(cx: &mut Ctx<'_>, key: &[u8]) -> Option<Bytes> {
    match cx.keys.read(key) {
        None => Some(Bytes::new()),
        Some(record) => record.string().map(Str::to_bytes),
    }
}

fn reply_matches(cx: &mut Ctx<'_>, table: &Table<'_>, options: &Options) {
    let ends = |cx: &mut Ctx<'_>, (first, last): (usize, usize)| {
        cx.reply.array(2);
        cx.reply.int(first as i64);
        cx.reply.int(last as i64);
    };
    cx.reply.map(2);
    cx.reply.bulk(b"matches");
    let list = cx.reply.deferred_array();
    let mut shown = 0;
    for run in table.matches().filter(|run| run.length() >= options.min_match_len) {
        cx.reply.array(2 + usize::from(options.with_match_len));
        ends(cx, run.a);
        ends(cx, run.b);
        if options.with_match_len {
            cx.reply.int(run.length() as i64);
        }
        shown += 1;
    }
    cx.reply.resolve(list, shown);
    cx.reply.bulk(b"len");
    cx.reply.int(table.length() as i64);
}
