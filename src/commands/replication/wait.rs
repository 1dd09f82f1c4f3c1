//! Waiting until writes have arrived elsewhere: WAIT, WAITAOF. Nobody follows this server yet, and
//! it has no log: no write arrives anywhere.

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;

/// `WAIT numreplicas timeout`
pub(super) fn wait(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let replicas = args.int(1)?;
    let until = args.timeout_ms(2, cx.now())?;
    if replicas <= 0 || !cx.wait_for_replicas(until, args) {
        cx.reply.int(0);
    }
    Ok(())
}

/// `WAITAOF numlocal numreplicas timeout`
pub(super) fn waitaof(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let local = args.int_in(1, 0, 1)?;
    let replicas = args.not_negative(2)?;
    let until = args.timeout_ms(3, cx.now())?;
    if local > 0 {
        return Err(Refusal::fixed(
            "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.",
        ));
    }
    if replicas <= 0 || !cx.wait_for_log(until, args) {
        cx.reply.array(2);
        cx.reply.int(0);
        cx.reply.int(0);
    }
    Ok(())
}
