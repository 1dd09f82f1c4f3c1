//! What the server is in replication: a primary that nobody follows.

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};

pub(super) fn role(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    cx.reply.array(3);
    cx.reply.bulk("master");
    cx.reply.int(0);
    cx.reply.empty_array();
    Ok(())
}
