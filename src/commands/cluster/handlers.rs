//! The commands about the cluster in a server that is not part of one.

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::dispatch::unbuilt;
use crate::core::refusal::Refusal;

/// All of them, whatever they ask for: clients find out by it that there is no cluster.
///
/// # Errors
/// Always.
pub(super) fn outside(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    if cx.world.config.cluster_enabled {
        return Err(unbuilt(cx.command_name()));
    }
    Err(Refusal::fixed("ERR This instance has cluster support disabled"))
}
