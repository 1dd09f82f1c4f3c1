//! Reading lists: LLEN, LINDEX, LRANGE, LPOS.

use super::reply_item;
use crate::core::args::{Args, index_range};
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::access::Look;
use crate::value::list::{List, ListRef};

/// `LLEN key`
pub(super) fn llen(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let list = cx.keys.object::<List>(args[1], Look::Read)?;
    cx.reply.int(list.map_or(0, |list| list.len() as i64));
    Ok(())
}

/// `LINDEX key index`; a missing key is answered before the index is read.
pub(super) fn lindex(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let item = match cx.keys.object::<List>(args[1], Look::Read)? {
        None => None,
        Some(list) => list.index(args.int(2)?).and_then(|index| list.get(index)),
    };
    match item {
        Some(item) => reply_item(&mut cx.reply, item),
        None => cx.reply.null(),
    }
    Ok(())
}

/// `LRANGE key start stop`
pub(super) fn lrange(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (start, stop) = (args.int(2)?, args.int(3)?);
    let Some(list) = cx.keys.object::<List>(args[1], Look::Read)? else {
        cx.reply.empty_array();
        return Ok(());
    };
    let range = index_range(start, stop, list.len());
    cx.reply.array(range.len());
    if !range.is_empty() {
        let items = list.iter_from(range.start).take(range.len());
        items.for_each(|item| reply_item(&mut cx.reply, item));
    }
    Ok(())
}

/// The options of LPOS.
struct Search {
    /// The number of the match to begin with, from 1 on.
    rank: u64,
    back: bool,
    /// Matches to reply with, as an array; 0: all.
    count: Option<usize>,
    /// Elements to look at; 0: all.
    max: usize,
}

impl Search {
    fn parse(args: Args<'_>) -> Result<Search, Refusal> {
        let mut search = Search { rank: 1, back: false, count: None, max: 0 };
        let mut at = 3;
        while at < args.len() {
            if at + 1 == args.len() {
                return Err(Refusal::SYNTAX);
            }
            if args.is(at, "RANK") {
                let rank = args.int_in(at + 1, -i64::MAX, i64::MAX)?;
                if rank == 0 {
                    return Err(Refusal::fixed(
                        "ERR RANK can't be zero: use 1 to start from the first match, 2 from the \
                         second ... or use negative to start from the end of the list",
                    ));
                }
                (search.rank, search.back) = (rank.unsigned_abs(), rank < 0);
            } else if args.is(at, "COUNT") {
                search.count = Some(args.count(at + 1, "ERR COUNT can't be negative")?);
            } else if args.is(at, "MAXLEN") {
                search.max = args.count(at + 1, "ERR MAXLEN can't be negative")?;
            } else {
                return Err(Refusal::SYNTAX);
            }
            at += 2;
        }
        Ok(search)
    }

    /// The indexes of matches, in the order in which they are met.
    fn matches<'a>(&self, list: ListRef<'a>, text: &[u8]) -> impl Iterator<Item = usize> + use<'a> {
        let max = if self.max == 0 { usize::MAX } else { self.max };
        let skip = usize::try_from(self.rank - 1).unwrap_or(usize::MAX);
        list.matches(text, self.back, max).skip(skip)
    }
}

/// `LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]`
pub(super) fn lpos(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let search = Search::parse(args)?;
    let list = cx.keys.object::<List>(args[1], Look::Read)?;
    let mut matches = list.into_iter().flat_map(|list| search.matches(list, args[2]));
    match search.count {
        None => match matches.next() {
            Some(index) => cx.reply.int(index as i64),
            None => cx.reply.null(),
        },
        Some(count) => {
            let limit = if count == 0 { usize::MAX } else { count };
            let array = cx.reply.deferred_array();
            let mut found = 0;
            for index in matches.take(limit) {
                cx.reply.int(index as i64);
                found += 1;
            }
            cx.reply.resolve(array, found);
        }
    }
    Ok(())
}
