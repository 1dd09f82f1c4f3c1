//! Commands about scripts and functions.

mod eval;
mod function;
mod script;
pub mod table;
#[cfg(test)]
mod tests;

use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;

/// Stops what is running, if it is a script (or else a function) that has not written.
fn kill(cx: &mut Ctx<'_>, script: bool) -> Done {
    let Some(running) = &mut cx.world.scripts.running else {
        return Err(Refusal::fixed("NOTBUSY No scripts in execution right now."));
    };
    if running.wrote {
        return Err(Refusal::fixed(
            "UNKILLABLE Sorry the script already executed write commands against the dataset. You \
             can either wait the script termination or kill the server in a hard way using the \
             SHUTDOWN NOSAVE command.",
        ));
    }
    if running.is_script != script {
        return Err(running.busy());
    }
    running.killed = true;
    cx.reply.ok();
    Ok(())
}
