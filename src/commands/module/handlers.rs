//! MODULE: there are none, and none can be loaded. The answers are those of a server that could not
//! load the file.

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::host::Level;
use crate::core::refusal::Refusal;

pub(super) fn list(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    cx.reply.array(0);
    Ok(())
}

/// MODULE LOAD and LOADEX.
pub(super) fn load(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let path = String::from_utf8_lossy(args[2]);
    let line = format!("Module {path} failed to load: Ferrous can't load modules");
    cx.world.log(Level::Warning, &line);
    Err(Refusal::fixed("ERR Error loading the extension. Please check the server logs."))
}

pub(super) fn unload(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let name = String::from_utf8_lossy(args[2]);
    let line = format!("Error unloading module {name}: no such module with that name");
    cx.world.log(Level::Warning, &line);
    Err(Refusal::fixed("ERR Error unloading module: no such module with that name"))
}
