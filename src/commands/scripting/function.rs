//! FCALL, FUNCTION and its subcommands.

use super::eval::{invocation_of, with_vm};
use crate::base::glob::matches;
use crate::base::num::parse_i64;
use crate::base::text::until_nul;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::core::script::{FunctionInfo, RestorePolicy, ScriptFlags};
use crate::core::world::World;

/// `FCALL function numkeys [key ...] [arg ...]`
pub(super) fn fcall(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    call(cx, args, false)
}

/// `FCALL_RO function numkeys [key ...] [arg ...]`
pub(super) fn fcall_ro(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    call(cx, args, true)
}

/// What the function declares about itself.
pub(super) fn declared(world: &World, args: Args<'_>) -> Option<ScriptFlags> {
    world.scripts.vm.as_ref()?.function_flags(args.at(1))
}

fn call(cx: &mut Ctx<'_>, args: Args<'_>, read_only: bool) -> Done {
    with_vm(cx, |vm, cx| {
        if vm.function_flags(args.at(1)).is_none() {
            return Err(Refusal::fixed("ERR Function not found"));
        }
        let keys = parse_i64(args.at(2));
        let keys = keys.ok_or(Refusal::fixed("ERR Bad number of keys provided"))?;
        let call = invocation_of(args, keys, read_only)?;
        vm.fcall(cx, args.at(1), &call)
    })
}

/// A change of the libraries is one of the dataset: it is saved and propagated.
fn changed(cx: &mut Ctx<'_>) {
    cx.keys.changes.dirty += 1;
}

/// `FUNCTION LOAD [REPLACE] code`; an atomic change.
pub(super) fn load(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let code = args.len() - 1;
    for index in 2..code {
        if !args.is(index, "replace") {
            let option = until_nul(args.at(index));
            return Err(Refusal::new([b"ERR Unknown option given: ".as_slice(), option].concat()));
        }
    }
    let name = with_vm(cx, |vm, cx| vm.function_load(cx, args.at(code), code > 2))?;
    changed(cx);
    cx.reply.bulk(name);
    Ok(())
}

/// `FUNCTION DELETE library`
pub(super) fn delete(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    if !cx.world.scripts.vm.as_mut().is_some_and(|vm| vm.function_delete(args.at(2))) {
        return Err(Refusal::fixed("ERR Library not found"));
    }
    changed(cx);
    cx.reply.ok();
    Ok(())
}

/// `FUNCTION FLUSH [ASYNC | SYNC]`
///
/// Cost: O(1) here with ASYNC; else O(memory of the machine).
pub(super) fn flush(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    if args.len() > 3 {
        return Err(Refusal::unknown_subcommand(args));
    }
    if args.len() == 3 && !args.is(2, "sync") && !args.is(2, "async") {
        return Err(Refusal::fixed("ERR FUNCTION FLUSH only supports SYNC|ASYNC option"));
    }
    super::flush(cx, args, |vm| vm.function_flush());
    changed(cx);
    cx.reply.ok();
    Ok(())
}

/// `FUNCTION DUMP`
pub(super) fn dump(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    let compress = cx.world.config.rdbcompression;
    let payload = with_vm(cx, |vm, _| Ok(vm.function_dump(compress)))?;
    cx.reply.bulk(payload);
    Ok(())
}

/// `FUNCTION RESTORE payload [FLUSH | APPEND | REPLACE]`: all libraries of the payload, or none.
pub(super) fn restore(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let policy = match args.len() {
        3 => RestorePolicy::Append,
        4 if args.is(3, "append") => RestorePolicy::Append,
        4 if args.is(3, "replace") => RestorePolicy::Replace,
        4 if args.is(3, "flush") => RestorePolicy::Flush,
        4 => {
            return Err(Refusal::fixed(
                "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.",
            ));
        }
        _ => return Err(Refusal::unknown_subcommand(args)),
    };
    with_vm(cx, |vm, cx| vm.function_restore(cx, args.at(2), policy))?;
    changed(cx);
    cx.reply.ok();
    Ok(())
}

/// The options of `FUNCTION LIST`.
#[derive(Default)]
struct Listing<'a> {
    pattern: Option<&'a [u8]>,
    code: bool,
}

fn listing(args: Args<'_>) -> Result<Listing<'_>, Refusal> {
    let mut options = Listing::default();
    let mut index = 2;
    while index < args.len() {
        if !options.code && args.is(index, "withcode") {
            options.code = true;
        } else if options.pattern.is_none() && args.is(index, "libraryname") {
            index += 1;
            let missing = Refusal::fixed("ERR library name argument was not given");
            options.pattern = Some(args.get(index).ok_or(missing)?);
        } else {
            let text = [b"ERR Unknown argument ".as_slice(), until_nul(args.at(index))].concat();
            return Err(Refusal::new(text));
        }
        index += 1;
    }
    Ok(options)
}

/// `FUNCTION LIST [LIBRARYNAME pattern] [WITHCODE]`
pub(super) fn list(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let Listing { pattern, code } = listing(args)?;
    let mut libraries = with_vm(cx, |vm, _| Ok(vm.libraries()))?;
    libraries.retain(|library| pattern.is_none_or(|pattern| matches(pattern, &library.name, true)));
    cx.reply.array(libraries.len());
    for library in libraries {
        cx.reply.map(if code { 4 } else { 3 });
        cx.reply.bulk("library_name");
        cx.reply.bulk(&library.name);
        cx.reply.bulk("engine");
        cx.reply.bulk(library.engine);
        cx.reply.bulk("functions");
        cx.reply.array(library.functions.len());
        library.functions.iter().for_each(|function| describe(cx, function));
        if code {
            cx.reply.bulk("library_code");
            cx.reply.bulk_shared(&library.code);
        }
    }
    Ok(())
}

fn describe(cx: &mut Ctx<'_>, function: &FunctionInfo) {
    cx.reply.map(3);
    cx.reply.bulk("name");
    cx.reply.bulk(&function.name);
    cx.reply.bulk("description");
    match &function.description {
        Some(text) => cx.reply.bulk(text),
        None => cx.reply.null(),
    }
    cx.reply.bulk("flags");
    let flags = function.flags.names();
    cx.reply.set(flags.clone().count());
    flags.for_each(|flag| cx.reply.status(flag));
}

/// `FUNCTION KILL`
pub(super) fn kill(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    super::kill(cx, false)
}

/// `FUNCTION STATS`: what runs, and how much there is of each language.
pub(super) fn stats(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    if let Some(running) = cx.world.scripts.running.as_ref().filter(|running| running.is_script) {
        return Err(running.busy());
    }
    cx.reply.map(2);
    cx.reply.bulk("running_script");
    match &cx.world.scripts.running {
        None => cx.reply.null(),
        Some(running) => {
            cx.reply.map(3);
            cx.reply.bulk("name");
            cx.reply.bulk(&running.name);
            cx.reply.bulk("command");
            cx.reply.array(running.command.len());
            running.command.iter().for_each(|arg| cx.reply.bulk(arg));
            cx.reply.bulk("duration_ms");
            cx.reply.int(running.elapsed_ms(cx.world.latest.mono_ns) as i64);
        }
    }
    let counts = cx.world.scripts.figures();
    cx.reply.bulk("engines");
    cx.reply.map(1);
    cx.reply.bulk(counts.engine);
    cx.reply.map(2);
    cx.reply.bulk("libraries_count");
    cx.reply.int(counts.libraries as i64);
    cx.reply.bulk("functions_count");
    cx.reply.int(counts.functions as i64);
    Ok(())
}
