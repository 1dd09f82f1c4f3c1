//! MONITOR.

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;

/// A client that is a monitor already gets no reply.
pub(super) fn monitor(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    if cx.session.multi.active {
        let name = cx.command_name().to_ascii_uppercase();
        return Err(Refusal::new(format!("ERR {name} isn't allowed for DENY BLOCKING client")));
    }
    if cx.begin_monitoring() {
        cx.reply.ok();
    }
    Ok(())
}
