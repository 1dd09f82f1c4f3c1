//! INFO: sections of fields, each section a function that writes its lines.

mod figures;
mod load;
mod process;
mod state;

use std::fmt::{Display, Write as _};

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::engine::Engine;

/// A section: the words that ask for it, its title, and its fields.
struct Section {
    names: &'static [&'static str],
    title: &'static str,
    /// Part of INFO without arguments.
    default: bool,
    /// Part of INFO ALL and INFO EVERYTHING.
    all: bool,
    write: fn(&mut Ctx<'_>, &mut Page),
}

const SECTIONS: &[Section] = &[
    Section {
        names: &["server"],
        title: "Server",
        default: true,
        all: true,
        write: process::server,
    },
    Section {
        names: &["clients"],
        title: "Clients",
        default: true,
        all: true,
        write: state::clients,
    },
    Section {
        names: &["memory"],
        title: "Memory",
        default: true,
        all: true,
        write: process::memory,
    },
    Section {
        names: &["persistence"],
        title: "Persistence",
        default: true,
        all: true,
        write: state::persistence,
    },
    Section { names: &["stats"], title: "Stats", default: true, all: true, write: figures::stats },
    Section {
        names: &["replication"],
        title: "Replication",
        default: true,
        all: true,
        write: state::replication,
    },
    Section { names: &["cpu"], title: "CPU", default: true, all: true, write: process::cpu },
    Section {
        names: &["module_list", "modules"],
        title: "Modules",
        default: true,
        all: true,
        write: |_, _| (),
    },
    Section {
        names: &["commandstats"],
        title: "Commandstats",
        default: false,
        all: true,
        write: load::commands,
    },
    Section {
        names: &["errorstats"],
        title: "Errorstats",
        default: true,
        all: true,
        write: load::errors,
    },
    Section {
        names: &["latencystats"],
        title: "Latencystats",
        default: false,
        all: true,
        write: load::latencies,
    },
    Section {
        names: &["cluster"],
        title: "Cluster",
        default: true,
        all: true,
        write: state::cluster,
    },
    Section {
        names: &["keyspace"],
        title: "Keyspace",
        default: true,
        all: true,
        write: state::keyspace,
    },
    Section {
        names: &["threads"],
        title: "Threads",
        default: false,
        all: false,
        write: figures::threads,
    },
    Section {
        names: &["debug"],
        title: "Debug",
        default: false,
        all: false,
        write: figures::debug,
    },
];

/// The text of a reply in the making.
pub(super) struct Page {
    text: String,
}

impl Page {
    /// A line `name:value`.
    fn put(&mut self, name: impl Display, value: impl Display) {
        let _ = write!(self.text, "{name}:{value}\r\n");
    }

    /// A number of bytes, and the same for people.
    fn put_bytes(&mut self, name: &str, bytes: u64) {
        self.put(name, bytes);
        self.put(format_args!("{name}_human"), crate::base::text::human_bytes(bytes));
    }
}

/// Whether a section is asked for.
fn wanted(section: &Section, args: &[&[u8]]) -> bool {
    if args.is_empty() {
        return section.default;
    }
    args.iter().any(|arg| {
        let arg = arg.to_ascii_lowercase();
        match arg.as_slice() {
            b"all" | b"everything" => section.all,
            b"default" => section.default,
            name => section.names.iter().any(|known| known.as_bytes() == name),
        }
    })
}

/// The text of some sections.
pub(super) fn page(cx: &mut Ctx<'_>, sections: &[&[u8]]) -> String {
    let mut page = Page { text: String::with_capacity(8192) };
    for section in SECTIONS.iter().filter(|section| wanted(section, sections)) {
        if !page.text.is_empty() {
            page.text.push_str("\r\n");
        }
        let _ = write!(page.text, "# {}\r\n", section.title);
        (section.write)(cx, &mut page);
    }
    page.text
}

pub(super) fn info(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let text = page(cx, args.from(1));
    cx.reply.verbatim(b"txt", text);
    Ok(())
}

/// The text of INFO EVERYTHING, outside of any client.
pub fn everything(engine: &mut Engine) -> String {
    engine.aside(|cx| page(cx, &[b"everything"]))
}
