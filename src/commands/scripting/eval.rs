//! EVAL, EVALSHA and their read-only forms.

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::core::script::{Invocation, ScriptFlags, ScriptName, ScriptVm};
use crate::core::world::World;

/// `EVAL script numkeys [key ...] [arg ...]`
pub(super) fn eval(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    run(cx, args, ScriptName::Text(args.at(1)), false)
}

/// `EVAL_RO script numkeys [key ...] [arg ...]`
pub(super) fn eval_ro(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    run(cx, args, ScriptName::Text(args.at(1)), true)
}

/// `EVALSHA sha1 numkeys [key ...] [arg ...]`
pub(super) fn evalsha(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    run(cx, args, digest(args)?, false)
}

/// `EVALSHA_RO sha1 numkeys [key ...] [arg ...]`
pub(super) fn evalsha_ro(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    run(cx, args, digest(args)?, true)
}

/// Forty bytes; no other name is looked up, whatever the other arguments are.
fn digest(args: Args<'_>) -> Result<ScriptName<'_>, Refusal> {
    if args.at(1).len() != 40 {
        return Err(Refusal::NO_SCRIPT);
    }
    Ok(ScriptName::Digest(args.at(1)))
}

/// What the script declares about itself.
pub(super) fn declared_by_text(world: &World, args: Args<'_>) -> Option<ScriptFlags> {
    world.scripts.vm.as_ref()?.declared(ScriptName::Text(args.at(1)))
}

/// The same, of a cached one.
pub(super) fn declared_by_digest(world: &World, args: Args<'_>) -> Option<ScriptFlags> {
    world.scripts.vm.as_ref()?.declared(ScriptName::Digest(args.at(1)))
}

/// Splits what follows the count into keys and other arguments.
/// # Errors
/// If the count is negative or too large.
pub(super) fn invocation_of(
    args: Args<'_>,
    keys: i64,
    read_only: bool,
) -> Result<Invocation<'_>, Refusal> {
    let (argv, rest, words) = (args.slice(), args.rest(), args.from(3));
    if keys > words.len() as i64 {
        return Err(Refusal::fixed("ERR Number of keys can't be greater than number of args"));
    }
    if keys < 0 {
        return Err(Refusal::fixed("ERR Number of keys can't be negative"));
    }
    let (keys, args) = words.split_at(keys as usize);
    Ok(Invocation { argv, rest, keys, args, read_only })
}

/// Takes the machine out of the world while it works.
/// # Errors
/// Those of `work`; there is no machine.
pub(super) fn with_vm<R>(
    cx: &mut Ctx<'_>,
    work: impl FnOnce(&mut dyn ScriptVm, &mut Ctx<'_>) -> Result<R, Refusal>,
) -> Result<R, Refusal> {
    let Some(mut vm) = cx.world.scripts.vm.take() else {
        return Err(Refusal::fixed("ERR there is nothing here that runs scripts"));
    };
    let result = work(&mut *vm, cx);
    cx.world.scripts.vm = Some(vm);
    result
}

fn run(cx: &mut Ctx<'_>, args: Args<'_>, name: ScriptName<'_>, read_only: bool) -> Done {
    let call = invocation_of(args, args.int(2)?, read_only)?;
    with_vm(cx, |vm, cx| vm.eval(cx, name, &call))
}
