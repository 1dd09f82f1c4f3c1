//! Commands about scripts and functions.

mod eval;
mod function;
mod script;
pub mod table;
#[cfg(test)]
mod tests;

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::core::script::{Retired, ScriptVm};

/// So few scripts or functions do not count as something that is dropped elsewhere.
const FEW_OBJECTS: usize = 64;

/// Empties a machine, and drops the old one here or elsewhere, as the third argument or else
/// `lazyfree-lazy-user-flush` says.
fn flush(cx: &mut Ctx<'_>, args: Args<'_>, empty: impl FnOnce(&mut dyn ScriptVm) -> Retired) {
    let Some(vm) = cx.world.scripts.vm.as_deref_mut() else { return };
    let Retired { machine, objects } = empty(vm);
    let elsewhere = match args.get(2) {
        Some(_) => args.is(2, "async"),
        None => cx.world.config.lazyfree_lazy_user_flush,
    };
    if elsewhere {
        let counted = if objects > FEW_OBJECTS { objects } else { 0 };
        cx.world.host.discard(machine, counted);
    }
}

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
