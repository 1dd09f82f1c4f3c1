//! DEBUG: for tests of the server itself.

use super::debug_data::{digest, digest_value, htstats, htstats_key, object, populate};
use super::debug_inside;
use super::debug_process::{client_eviction, fail_assertion, force_rewrite, leak, panic};
use super::debug_process::{pause_cron, reply_buffer, segfault};
use super::debug_protocol::protocol;
use crate::base::num::strtod;
use crate::base::text::{eq_ignore_case, is_space};
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::host::Level;
use crate::core::refusal::Refusal;

/// One subcommand. DEBUG has no rows for them: COMMAND DOCS does not describe them.
struct Sub {
    name: &'static str,
    /// Fewest and most arguments, `DEBUG` and the name included.
    args: (usize, usize),
    run: fn(&mut Ctx<'_>, Args<'_>) -> Done,
    usage: &'static str,
    words: &'static str,
}

const ANY: usize = usize::MAX;

const SUBCOMMANDS: &[Sub] = &[
    Sub {
        name: "ASSERT",
        args: (2, ANY),
        run: fail_assertion,
        usage: "",
        words: "End by an assertion that does not hold.",
    },
    Sub {
        name: "CHANGE-REPL-ID",
        args: (2, 2),
        run: debug_inside::change_repl_id,
        usage: "",
        words: "Draw a new id of the replication history.",
    },
    Sub {
        name: "CLIENT-EVICTION",
        args: (2, 2),
        run: client_eviction,
        usage: "",
        words: "Print how many clients hold how much memory, by powers of two.",
    },
    Sub {
        name: "CLUSTERLINK",
        args: (5, 5),
        run: debug_inside::clusterlink,
        usage: "KILL <to|from|all> <node-id>",
        words: "Cut the links with a node of the cluster.",
    },
    Sub {
        name: "CONFIG-REWRITE-FORCE-ALL",
        args: (2, 2),
        run: force_rewrite,
        usage: "",
        words: "Write the configuration file with all directives in it, changed or not.",
    },
    Sub {
        name: "DIGEST",
        args: (2, 2),
        run: digest,
        usage: "",
        words: "Print a signature of all keys of all databases.",
    },
    Sub {
        name: "DIGEST-VALUE",
        args: (2, ANY),
        run: digest_value,
        usage: "<key> [<key> ...]",
        words: "Print a signature of the value of each key.",
    },
    Sub {
        name: "ERROR",
        args: (3, 3),
        run: error,
        usage: "<string>",
        words: "Reply with an error of this text.",
    },
    Sub {
        name: "HTSTATS",
        args: (3, ANY),
        run: htstats,
        usage: "<dbid> [full]",
        words: "Print figures about the table of a database.",
    },
    Sub {
        name: "HTSTATS-KEY",
        args: (3, ANY),
        run: htstats_key,
        usage: "<key> [full]",
        words: "Print figures about the table in a value.",
    },
    Sub {
        name: "LEAK",
        args: (3, 3),
        run: leak,
        usage: "<string>",
        words: "Never free a copy of the string.",
    },
    Sub {
        name: "LISTPACK",
        args: (3, 3),
        run: debug_inside::listpack,
        usage: "<key>",
        words: "Print the elements of a small collection on the standard output.",
    },
    Sub {
        name: "LOG",
        args: (3, 3),
        run: log,
        usage: "<message>",
        words: "Write a message to the log.",
    },
    Sub {
        name: "MALLCTL",
        args: (3, ANY),
        run: debug_inside::mallctl,
        usage: "<name> [<value>]",
        words: "Read or write a number among the settings of the allocator.",
    },
    Sub {
        name: "MALLCTL-STR",
        args: (3, ANY),
        run: debug_inside::mallctl_text,
        usage: "<name> [<value>]",
        words: "Read or write a text among the settings of the allocator.",
    },
    Sub {
        name: "OBJECT",
        args: (3, 3),
        run: object,
        usage: "<key>",
        words: "Print how a value is stored.",
    },
    Sub {
        name: "OOM",
        args: (2, ANY),
        run: debug_inside::oom,
        usage: "",
        words: "Crash for lack of memory.",
    },
    Sub {
        name: "PANIC",
        args: (2, ANY),
        run: panic,
        usage: "",
        words: "End as after a broken invariant.",
    },
    Sub {
        name: "PAUSE-CRON",
        args: (3, 3),
        run: pause_cron,
        usage: "<0|1>",
        words: "Stop or go on with the timer.",
    },
    Sub {
        name: "POPULATE",
        args: (3, 5),
        run: populate,
        usage: "<count> [<prefix>] [<size>]",
        words: "Create <count> strings <prefix>:<number>, which are not propagated.",
    },
    Sub {
        name: "PROTOCOL",
        args: (3, 3),
        run: protocol,
        usage: "<type>",
        words: "Reply with an example of a type of the protocol.",
    },
    Sub {
        name: "QUICKLIST",
        args: (3, 4),
        run: debug_inside::quicklist,
        usage: "<key> [<0|1>]",
        words: "Print the elements of a large list on the standard output.",
    },
    Sub {
        name: "QUICKLIST-PACKED-THRESHOLD",
        args: (3, 3),
        run: debug_inside::packed_threshold,
        usage: "<size>",
        words: "Check a size; ours needs no such threshold.",
    },
    Sub {
        name: "REPLYBUFFER",
        args: (4, 4),
        run: reply_buffer,
        usage: "<peak-reset-time <ms|never|reset>|resizing <0|1>>",
        words: "Set how the reply buffers of clients follow what they need.",
    },
    Sub {
        name: "SDSLEN",
        args: (3, 3),
        run: debug_inside::sdslen,
        usage: "<key>",
        words: "Print the lengths of a key and its string.",
    },
    Sub {
        name: "SEGFAULT",
        args: (2, ANY),
        run: segfault,
        usage: "",
        words: "End by a violation of memory protection.",
    },
    Sub {
        name: "SET-ACTIVE-EXPIRE",
        args: (3, 3),
        run: set_active_expire,
        usage: "<0|1>",
        words: "Stop or go on removing expired keys that nobody asks for.",
    },
    Sub {
        name: "SET-DISABLE-DENY-SCRIPTS",
        args: (3, 3),
        run: debug_inside::disable_deny_scripts,
        usage: "<0|1>",
        words: "Let scripts call what they must not, or not.",
    },
    Sub {
        name: "SLEEP",
        args: (3, 3),
        run: sleep,
        usage: "<seconds>",
        words: "Stop the server for a while; decimals are allowed.",
    },
    Sub {
        name: "STRINGMATCH-TEST",
        args: (2, 2),
        run: debug_inside::stringmatch,
        usage: "",
        words: "Match made-up patterns with made-up texts.",
    },
    Sub {
        name: "STRUCTSIZE",
        args: (2, 2),
        run: debug_inside::structsize,
        usage: "",
        words: "Print the sizes of some structures.",
    },
];

/// What Redis's DEBUG has and ours does not.
const UNBUILT: &[&str] = &[
    "AOF-FLUSH-SLEEP",
    "CRASH-AND-RECOVER",
    "DROP-CLUSTER-PACKET-FILTER",
    "LOADAOF",
    "RELOAD",
    "REPLICATE",
    "RESTART",
    "SET-SKIP-CHECKSUM-VALIDATION",
];

/// The handlers of the subcommands, which no row names.
pub fn handlers() -> impl Iterator<Item = crate::core::command::Handler> {
    SUBCOMMANDS.iter().map(|sub| sub.run)
}

pub(super) fn debug(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    if args.len() == 2 && args.is(1, "HELP") {
        return help(cx);
    }
    let fits = |sub: &&Sub| args.is(1, sub.name) && (sub.args.0..=sub.args.1).contains(&args.len());
    if let Some(sub) = SUBCOMMANDS.iter().find(fits) {
        return (sub.run)(cx, args);
    }
    if let Some(name) = UNBUILT.iter().find(|name| args.is(1, name)) {
        return Err(Refusal::new(format!(
            "ERR this version of Ferrous does not have the command 'DEBUG {name}' yet"
        )));
    }
    Err(Refusal::unknown_subcommand(args))
}

fn help(cx: &mut Ctx<'_>) -> Done {
    cx.reply.array(2 * SUBCOMMANDS.len() + 3);
    cx.reply.status("DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
    for sub in SUBCOMMANDS {
        cx.reply.status(format!("{} {}", sub.name, sub.usage).trim_end());
        cx.reply.status(format!("    {}", sub.words));
    }
    cx.reply.status("HELP");
    cx.reply.status("    Print this help.");
    Ok(())
}

/// An error as given, code and all, which no statistics count.
fn error(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let blank = |&byte: &u8| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte };
    let text: Vec<u8> = args[2].iter().map(blank).collect();
    cx.reply.raw(&[b"-", &text[..], b"\r\n"].concat());
    Ok(())
}

fn log(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let text = format!("DEBUG LOG: {}", String::from_utf8_lossy(args[2]));
    cx.world.log(Level::Warning, &text);
    cx.reply.ok();
    Ok(())
}

/// C's `atoi`, as far as it is used as a switch.
pub(super) fn is_nonzero(text: &[u8]) -> bool {
    let spaces = text.iter().take_while(|&&byte| is_space(byte)).count();
    let text = &text[spaces..];
    let digits = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
    digits.iter().take_while(|byte| byte.is_ascii_digit()).any(|&digit| digit != b'0')
}

fn set_active_expire(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    cx.keys.space.policy.active_expire = is_nonzero(args[2]);
    cx.reply.ok();
    Ok(())
}

/// A time that cannot be slept is not slept.
fn sleep(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let micros = strtod(args[2]).value * 1e6;
    if micros >= 1.0 && micros < i64::MAX as f64 {
        cx.world.host.sleep(micros as u64);
    }
    cx.reply.ok();
    Ok(())
}

/// True if an option says `full`, whatever its case.
pub(super) fn is_full(args: Args<'_>) -> bool {
    args.get(3).is_some_and(|word| eq_ignore_case(word, b"full"))
}
