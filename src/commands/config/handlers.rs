//! CONFIG GET, SET, RESETSTAT.

use crate::config::{Client, Flags, SetError, lookup};
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::dispatch::is_local;
use crate::core::host::Level;
use crate::core::refusal::Refusal;

pub(super) fn get(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let found = cx.world.config.get(args.from(2));
    cx.reply.map(found.len());
    for (name, value) in found {
        cx.reply.bulk(&name);
        cx.reply.bulk(&value);
    }
    Ok(())
}

/// The secrets of CONFIG SET: the values of directives that are secret.
pub(super) fn set_secrets(argv: &[&[u8]]) -> Vec<usize> {
    let is_secret =
        |&at: &usize| lookup(argv[at - 1]).is_some_and(|(row, _)| row.flags.has(Flags::SENSITIVE));
    (3..argv.len()).step_by(2).filter(is_secret).collect()
}

pub(super) fn set(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    if !args.len().is_multiple_of(2) {
        return Err(Refusal::SYNTAX);
    }
    let pairs: Vec<(&[u8], &[u8])> =
        args.from(2).chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
    let client = Client { local: is_local(cx.session), loading: false };
    let world = &mut *cx.world;
    let outcome = world.config.set(&pairs, client, world.host.as_mut());
    let warnings = match &outcome {
        Ok(changed) => {
            let remarks = world.config.remarks(&changed.rows);
            changed.warnings.iter().cloned().chain(remarks).collect()
        }
        Err(SetError::Refused { warnings, .. }) => warnings.clone(),
        Err(SetError::Loading) => Vec::new(),
    };
    for line in warnings {
        world.host.log(Level::Warning, &line);
    }
    match outcome {
        Ok(_) => {
            cx.adopt_settings();
            cx.reply.ok();
            Ok(())
        }
        Err(SetError::Refused { text, .. }) => Err(Refusal::new([b"ERR ", &text[..]].concat())),
        Err(SetError::Loading) => Err(Refusal::LOADING),
    }
}

/// Writes the values in force into the configuration file.
pub(super) fn rewrite(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    let world = &mut *cx.world;
    if world.config.config_file.is_empty() {
        return Err(Refusal::fixed("ERR The server is running without a config file"));
    }
    match world.rewrite_config(false) {
        Ok(()) => {
            world.host.log(Level::Notice, "CONFIG REWRITE executed with success.");
            cx.reply.ok();
            Ok(())
        }
        Err(reason) => {
            let line = format!("CONFIG REWRITE failed: {reason}");
            world.host.log(Level::Warning, &line);
            Err(Refusal::new(format!("ERR Rewriting config file: {reason}")))
        }
    }
}

pub(super) fn resetstat(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    let (_, freed) = cx.world.host.discarded();
    cx.world.stats.reset();
    cx.world.observe.threads.reset();
    cx.world.stats.freed_at_reset = freed;
    cx.keys.space.stats = Default::default();
    cx.reply.ok();
    Ok(())
}
