//! The entries of COMMAND INFO and COMMAND DOCS.

use crate::core::command::{Arg, ArgKind, Begin, Command, Find, KeyFlags, KeySpec};
use crate::resp::encode::Reply;

/// Writes the entry of COMMAND INFO: an array of ten elements.
///
/// `full_name` is `container|name` for a subcommand. Subcommands follow in the order of the rows.
pub fn reply_info(command: &Command, full_name: &str, out: &mut Reply<'_>) {
    let range = command.key_range();
    out.array(10);
    out.bulk(full_name);
    out.int(i64::from(command.arity));
    statuses(out, command.all_flags().names());
    for end in range.map_or([0; 3], |range| [range.first, range.last, range.step]) {
        out.int(i64::from(end));
    }
    statuses(out, command.categories().names());
    out.set(command.tips.len());
    for tip in command.tips {
        out.bulk(tip);
    }
    out.set(command.keys.len());
    for spec in command.keys {
        key_spec(spec, out);
    }
    if command.subcommands.is_empty() {
        out.set(0);
        return;
    }
    out.array(command.subcommands.len());
    for sub in command.subcommands {
        reply_info(sub, &full(full_name, sub), out);
    }
}

/// Writes the entry of COMMAND DOCS: a map.
///
/// `full_name` is `container|name` for a subcommand. Subcommands follow in the order of the rows.
pub fn reply_docs(command: &Command, full_name: &str, out: &mut Reply<'_>) {
    let documented = [
        !command.summary.is_empty(),
        !command.since.is_empty(),
        true,
        !command.complexity.is_empty(),
        command.system || command.deprecated.is_some(),
        command.deprecated.is_some(),
        command.deprecated.is_some(),
        !command.history.is_empty(),
        !command.args.is_empty(),
        !command.subcommands.is_empty(),
    ];
    out.map(documented.iter().filter(|&&there| there).count());
    text(out, "summary", command.summary);
    text(out, "since", command.since);
    text(out, "group", command.group.name());
    text(out, "complexity", command.complexity);
    doc_flags(command, out);
    if let Some((since, replacement)) = command.deprecated {
        text(out, "deprecated_since", since);
        text(out, "replaced_by", replacement);
    }
    if !command.history.is_empty() {
        out.bulk(b"history");
        out.set(command.history.len());
        for (version, change) in command.history {
            out.array(2);
            out.bulk(version);
            out.bulk(change);
        }
    }
    if !command.args.is_empty() {
        out.bulk(b"arguments");
        grammar(command.args, out);
    }
    if !command.subcommands.is_empty() {
        out.bulk(b"subcommands");
        out.map(command.subcommands.len());
        for sub in command.subcommands {
            let name = full(full_name, sub);
            out.bulk(&name);
            reply_docs(sub, &name, out);
        }
    }
}

/// Writes what happens to a key, as COMMAND GETKEYSANDFLAGS shows it: a set.
pub fn reply_key_flags(flags: KeyFlags, out: &mut Reply<'_>) {
    statuses(out, flags.names());
}

fn full(container: &str, sub: &Command) -> String {
    [container, "|", sub.name].concat()
}

fn statuses(out: &mut Reply<'_>, names: impl Iterator<Item = &'static str> + Clone) {
    out.set(names.clone().count());
    for name in names {
        out.status(name);
    }
}

/// A pair of a map, unless the value is empty.
fn text(out: &mut Reply<'_>, key: &str, value: &str) {
    if !value.is_empty() {
        out.bulk(key);
        out.bulk(value);
    }
}

fn number(out: &mut Reply<'_>, key: &str, value: i32) {
    out.bulk(key);
    out.int(i64::from(value));
}

fn doc_flags(command: &Command, out: &mut Reply<'_>) {
    let flags = [(command.deprecated.is_some(), "deprecated"), (command.system, "syscmd")];
    let set = flags.iter().filter(|(there, _)| *there).map(|&(_, name)| name);
    if set.clone().next().is_some() {
        out.bulk(b"doc_flags");
        statuses(out, set);
    }
}

fn key_spec(spec: &KeySpec, out: &mut Reply<'_>) {
    out.map(if spec.notes.is_empty() { 3 } else { 4 });
    text(out, "notes", spec.notes);
    out.bulk(b"flags");
    statuses(out, spec.flags.names());

    out.bulk(b"begin_search");
    out.map(2);
    match spec.begin {
        Begin::Index(index) => {
            kind_of_spec(out, "index", 1);
            number(out, "index", index);
        }
        Begin::Keyword(keyword, from) => {
            kind_of_spec(out, "keyword", 2);
            text(out, "keyword", keyword);
            number(out, "startfrom", from);
        }
        Begin::Unknown => kind_of_spec(out, "unknown", 0),
    }

    out.bulk(b"find_keys");
    out.map(2);
    match spec.find {
        Find::Range { last, step, limit } => {
            kind_of_spec(out, "range", 3);
            number(out, "lastkey", last);
            number(out, "keystep", step);
            number(out, "limit", limit);
        }
        Find::KeyNum { count, first, step } => {
            kind_of_spec(out, "keynum", 3);
            number(out, "keynumidx", count);
            number(out, "firstkey", first);
            number(out, "keystep", step);
        }
        Find::Unknown => kind_of_spec(out, "unknown", 0),
    }
}

/// The two pairs of one half of a key specification; the `fields` of the second follow.
fn kind_of_spec(out: &mut Reply<'_>, kind: &str, fields: usize) {
    text(out, "type", kind);
    out.bulk(b"spec");
    out.map(fields);
}

fn grammar(args: &[Arg], out: &mut Reply<'_>) {
    out.array(args.len());
    for arg in args {
        argument(arg, out);
    }
}

fn argument(arg: &Arg, out: &mut Reply<'_>) {
    let parts = match arg.kind {
        ArgKind::OneOf(parts) | ArgKind::Block(parts) => Some(parts),
        _ => None,
    };
    let flags = [
        (arg.optional, "optional"),
        (arg.multiple, "multiple"),
        (arg.multiple_token, "multiple_token"),
    ];
    let flags = flags.iter().filter(|(there, _)| *there).map(|&(_, name)| name);
    let has_flags = flags.clone().next().is_some();
    let documented = [
        arg.key_spec.is_some(),
        arg.token.is_some(),
        !arg.summary.is_empty(),
        !arg.since.is_empty(),
        !arg.deprecated_since.is_empty(),
        has_flags,
    ];
    // Name, kind, and either the text displayed or the parts are always there.
    out.map(3 + documented.iter().filter(|&&there| there).count());
    text(out, "name", arg.name);
    text(out, "type", arg.kind.name());
    if parts.is_none() {
        text(out, "display_text", arg.display);
    }
    if let Some(spec) = arg.key_spec {
        number(out, "key_spec_index", i32::from(spec));
    }
    if let Some(token) = arg.token {
        out.bulk(b"token");
        out.bulk(token);
    }
    text(out, "summary", arg.summary);
    text(out, "since", arg.since);
    text(out, "deprecated_since", arg.deprecated_since);
    if has_flags {
        out.bulk(b"flags");
        statuses(out, flags);
    }
    if let Some(parts) = parts {
        out.bulk(b"arguments");
        grammar(parts, out);
    }
}
