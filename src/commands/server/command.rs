//! COMMAND: what commands there are.

use crate::base::glob;
use crate::core::args::Args;
use crate::core::command::Acl;
use crate::core::ctx::{Ctx, Done};
use crate::core::dispatch::{Found, find};
use crate::core::introspect::{KeysError, keys_of, reply_docs, reply_info, reply_key_flags};
use crate::core::refusal::Refusal;
use crate::core::registry::{Entry, Registry};

/// COMMAND, and COMMAND INFO without names.
pub(super) fn all(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    let registry = &cx.world.registry;
    cx.reply.array(registry.commands().count());
    for entry in registry.commands() {
        reply_info(entry.row, &entry.full_name, &mut cx.reply);
    }
    Ok(())
}

pub(super) fn count(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    let count = cx.world.registry.commands().count();
    cx.reply.int(count as i64);
    Ok(())
}

/// A command that can be run, by its full name.
fn built<'a>(registry: &'a Registry, name: &[u8]) -> Option<&'a Entry> {
    registry.find_full(name).filter(|entry| entry.built)
}

pub(super) fn info(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    if args.len() == 2 {
        return all(cx, args);
    }
    cx.reply.array(args.len() - 2);
    for name in args.from(2) {
        let found =
            built(&cx.world.registry, name).map(|entry| (entry.row, entry.full_name.clone()));
        match found {
            Some((row, name)) => reply_info(row, &name, &mut cx.reply),
            None => cx.reply.null(),
        }
    }
    Ok(())
}

pub(super) fn docs(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let registry = &cx.world.registry;
    let entries: Vec<&Entry> = if args.len() == 2 {
        registry.commands().collect()
    } else {
        args.from(2).iter().filter_map(|name| built(&cx.world.registry, name)).collect()
    };
    cx.reply.map(entries.len());
    for entry in entries {
        cx.reply.bulk(&entry.full_name);
        reply_docs(entry.row, &entry.full_name, &mut cx.reply);
    }
    Ok(())
}

/// What COMMAND LIST keeps.
enum Filter<'a> {
    All,
    /// Commands of a module; there are none.
    Module,
    Category(Option<Acl>),
    Pattern(&'a [u8]),
}

pub(super) fn list(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let filter = match args.len() {
        2 => Filter::All,
        5 if args.is(2, "FILTERBY") => {
            if args.is(3, "MODULE") {
                Filter::Module
            } else if args.is(3, "ACLCAT") {
                let wanted = args[4].to_ascii_lowercase();
                let known = Acl::NAMES.iter().find(|(_, name)| name.as_bytes()[1..] == wanted);
                Filter::Category(known.map(|(category, _)| *category))
            } else if args.is(3, "PATTERN") {
                Filter::Pattern(args[4])
            } else {
                return Err(Refusal::SYNTAX);
            }
        }
        _ => return Err(Refusal::SYNTAX),
    };
    let kept = |entry: &&Entry| match filter {
        Filter::All => true,
        Filter::Module => false,
        Filter::Category(category) => category.is_some_and(|c| entry.row.categories().has(c)),
        Filter::Pattern(pattern) => glob::matches(pattern, entry.full_name.as_bytes(), true),
    };
    let names = cx.world.registry.iter().filter(|entry| entry.built && !entry.hidden);
    let names: Vec<&Entry> = names.filter(kept).collect();
    cx.reply.array(names.len());
    for entry in names {
        cx.reply.bulk(&entry.full_name);
    }
    Ok(())
}

pub(super) fn getkeys(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    keys(cx, args, false)
}

pub(super) fn getkeysandflags(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    keys(cx, args, true)
}

fn keys(cx: &mut Ctx<'_>, args: Args<'_>, with_flags: bool) -> Done {
    let refuse = |error: KeysError| Refusal::new(format!("ERR {}", error.text()));
    let argv = args.from(2);
    // What the keys of a call are does not depend on whether it can be executed here.
    let (Found::Command(id) | Found::Unbuilt(id)) = find(&cx.world.registry, argv) else {
        return Err(refuse(KeysError::UnknownCommand));
    };
    let keys = keys_of(cx.world.registry.get(id).row, argv).map_err(refuse)?;
    cx.reply.array(keys.len());
    for key in keys {
        if with_flags {
            cx.reply.array(2);
            cx.reply.bulk(argv[key.index]);
            reply_key_flags(key.flags, &mut cx.reply);
        } else {
            cx.reply.bulk(argv[key.index]);
        }
    }
    Ok(())
}
