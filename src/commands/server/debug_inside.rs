//! DEBUG about what is inside: encodings, sizes, the allocator; and switches.

use std::alloc::{Layout, handle_alloc_error};
use std::fmt::Write as _;

use super::debug::is_nonzero;
use crate::base::glob;
use crate::base::memunit::parse_memory;
use crate::commands::generic::encoding;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::host::Level;
use crate::core::refusal::Refusal;
use crate::core::session::Session;
use crate::keyspace::access::Look;
use crate::keyspace::record::{Record, StrEncoding};
use crate::resp::outbox::Outbox;
use crate::value::Object as _;
use crate::value::hash::Hash;
use crate::value::list::List;
use crate::value::set::Set;
use crate::value::zset::Zset;

/// Writes the elements of a value to the standard output.
fn print(cx: &mut Ctx<'_>, key: &[u8], wanted: &str, refusal: &'static str) -> Result<(), Refusal> {
    let record = cx.keys.find(key, Look::Inspect).ok_or(Refusal::NO_SUCH_KEY)?;
    if encoding(record) != wanted {
        return Err(Refusal::fixed(refusal));
    }
    let text = describe(record);
    cx.world.host.print(&text);
    Ok(())
}

/// The elements of a collection, one a line.
fn describe(record: Record<'_>) -> String {
    let scratch = &mut itoa::Buffer::new();
    let mut lines: Vec<String> = Vec::new();
    let mut add = |text: &[u8]| {
        lines.push(format!("{}: {}", lines.len(), String::from_utf8_lossy(text)));
    };
    if let Some(value) = record.object() {
        if let Some(list) = List::view(value) {
            list.iter().for_each(|item| add(item.text(scratch)));
        }
        if let Some(hash) = Hash::view(value) {
            for (field, value) in hash.iter() {
                add(field.text(scratch));
                add(value.text(scratch));
            }
        }
        if let Some(set) = Set::view(value) {
            set.iter().for_each(|member| add(member.text(scratch)));
        }
        if let Some(zset) = Zset::view(value) {
            zset.iter().for_each(|(member, _)| add(member.text(scratch)));
        }
    }
    format!("{{num entries {}}}\n{}\n{{end}}\n", lines.len(), lines.join("\n"))
}

pub(super) fn listpack(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    print(cx, args[2], "listpack", "ERR Not a listpack encoded object.")?;
    cx.reply.status("Listpack structure printed on stdout");
    Ok(())
}

pub(super) fn quicklist(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    print(cx, args[2], "quicklist", "ERR Not a quicklist encoded object.")?;
    cx.reply.status("Quicklist structure printed on stdout");
    Ok(())
}

/// The largest threshold of QUICKLIST-PACKED-THRESHOLD.
const THRESHOLD_MAX: u64 = (1 << 32) - (1 << 20);

/// A list of ours has one form for elements of all sizes: there is nothing that the threshold could
/// change, so all that is left is the check of the argument.
pub(super) fn packed_threshold(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let bytes = parse_memory(args[2]).filter(|&bytes| bytes <= THRESHOLD_MAX);
    bytes.ok_or(Refusal::fixed(
        "ERR argument must be a memory value bigger than 1 and smaller than 4gb",
    ))?;
    cx.reply.ok();
    Ok(())
}

/// The key and a string stand in one record; there is no spare room in it.
pub(super) fn sdslen(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let record = cx.keys.find(args[2], Look::Inspect).ok_or(Refusal::NO_SUCH_KEY)?;
    let text = match (record.string(), record.str_encoding()) {
        (Some(text), Some(encoding)) if !matches!(encoding, StrEncoding::Int) => text,
        _ => return Err(Refusal::fixed("ERR Not an sds encoded string.")),
    };
    let (key, value) = (args[2].len(), text.len());
    let line = format!(
        "key_sds_len:{key}, key_sds_avail:0, key_zmalloc: {key}, val_sds_len:{value}, \
         val_sds_avail:0, val_zmalloc: {value}"
    );
    cx.reply.status(line);
    Ok(())
}

pub(super) fn structsize(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    let sizes = [
        ("bits", usize::BITS as usize),
        ("value", size_of::<crate::value::Value>()),
        ("session", size_of::<Session>()),
        ("outbox", size_of::<Outbox>()),
        ("world", size_of::<crate::core::world::World>()),
    ];
    let mut text = String::new();
    for (name, bytes) in sizes {
        let _ = write!(text, "{name}:{bytes} ");
    }
    cx.reply.bulk(text);
    Ok(())
}

/// Pairs of pattern and text that STRINGMATCH-TEST tries.
const TRIES: usize = 100_000;
/// The longest of them.
const TRY_BYTES_MAX: u64 = 48;

/// Matches made-up patterns with made-up texts, mostly of bytes that mean something in a pattern.
pub(super) fn stringmatch(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    const LETTERS: &[u8] = b"*?[]^-\\ab\xff";
    let rng = &mut cx.keys.space.rng;
    let mut made_up = || -> Vec<u8> {
        let len = rng.below(TRY_BYTES_MAX);
        (0..len).map(|_| LETTERS[rng.below(LETTERS.len() as u64) as usize]).collect()
    };
    for _ in 0..TRIES {
        let (pattern, text) = (made_up(), made_up());
        std::hint::black_box(glob::matches(&pattern, &text, false));
    }
    cx.reply.status("Apparently Redis did not crash: test passed");
    Ok(())
}

/// The reading of an allocator setting, after writing it if a value is given.
pub(super) fn mallctl(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let value = args.get(3).map(|_| args.int(3)).transpose()?;
    match cx.world.host.allocator_setting(args[2], value) {
        Ok(Some(old)) => cx.reply.int(old),
        Ok(None) => cx.reply.ok(),
        Err(reason) => return Err(Refusal::new(format!("ERR {reason}"))),
    }
    Ok(())
}

/// The same for texts.
pub(super) fn mallctl_text(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    match cx.world.host.allocator_text(args[2], args.get(3)) {
        Ok(Some(old)) => cx.reply.bulk(old),
        Ok(None) => cx.reply.ok(),
        Err(reason) => return Err(Refusal::new(format!("ERR {reason}"))),
    }
    Ok(())
}

pub(super) fn disable_deny_scripts(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    cx.world.switches.allow_denied_in_scripts = is_nonzero(args[2]);
    cx.reply.ok();
    Ok(())
}

/// Hexadecimal digits of an id of the replication history.
const ID_DIGITS: usize = 40;

pub(super) fn change_repl_id(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    let text = "Changing replication IDs after receiving DEBUG change-repl-id";
    cx.world.log(Level::Notice, text);
    let rng = &mut cx.keys.space.rng;
    let digit = |_| char::from_digit(rng.below(16) as u32, 16).expect("below the radix");
    cx.world.replication_id = (0..ID_DIGITS).map(digit).collect();
    cx.reply.ok();
    Ok(())
}

/// Links between nodes exist in a cluster only, and this is none.
pub(super) fn clusterlink(_: &mut Ctx<'_>, args: Args<'_>) -> Done {
    if !args.is(2, "KILL") {
        return Err(Refusal::unknown_subcommand(args));
    }
    Err(Refusal::fixed("ERR Debug option only available for cluster mode enabled setup!"))
}

/// Asks for half of the address space.
pub(super) fn oom(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    let bytes = isize::MAX as usize;
    let mut block: Vec<u8> = Vec::new();
    if block.try_reserve_exact(bytes).is_err() {
        handle_alloc_error(Layout::array::<u8>(bytes).expect("not more than a layout holds"));
    }
    cx.reply.ok();
    Ok(())
}
