//! SCRIPT and its subcommands.

use super::eval::with_vm;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;

/// `SCRIPT LOAD script`
pub(super) fn load(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let digest = with_vm(cx, |vm, _| vm.load(args.at(2)))?;
    cx.reply.bulk(digest);
    Ok(())
}

/// `SCRIPT EXISTS sha1 [sha1 ...]`
pub(super) fn exists(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let digests = args.from(2);
    cx.reply.array(digests.len());
    for digest in digests {
        let known = cx.world.scripts.vm.as_ref().is_some_and(|vm| vm.knows(digest));
        cx.reply.int(i64::from(known));
    }
    Ok(())
}

/// `SCRIPT FLUSH [ASYNC | SYNC]`. The machine goes as a whole.
///
/// Cost: O(1) here with ASYNC; else O(memory of the machine).
pub(super) fn flush(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let fits = args.len() == 2 || args.len() == 3 && (args.is(2, "sync") || args.is(2, "async"));
    if !fits {
        return Err(Refusal::fixed("ERR SCRIPT FLUSH only support SYNC|ASYNC option"));
    }
    super::flush(cx, args, |vm| vm.flush());
    cx.reply.ok();
    Ok(())
}

/// `SCRIPT DEBUG YES | SYNC | NO`: there is no debugger, so only NO has its way.
pub(super) fn debug(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    if args.is(2, "no") {
        cx.reply.ok();
        return Ok(());
    }
    if args.is(2, "yes") || args.is(2, "sync") {
        return Err(Refusal::fixed("ERR this version of Ferrous has no debugger for scripts"));
    }
    Err(Refusal::fixed("ERR Use SCRIPT DEBUG YES/SYNC/NO"))
}

/// `SCRIPT KILL`
pub(super) fn kill(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    super::kill(cx, true)
}
