//! HELP of container commands, made from the rows of their subcommands.

use super::args::Args;
use super::command::{Arg, ArgKind, Command};
use super::ctx::{Ctx, Done};

/// The handler of every HELP subcommand: a line of syntax and a line of words for each subcommand.
pub fn help(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let Some(container) = cx.entry().parent else { return Ok(()) };
    let entry = cx.world.registry.get(container);
    // By the name that was used: it may be another than its own (`rename-command`).
    let name = args[0].to_ascii_uppercase();
    let name = String::from_utf8_lossy(&name);
    let subcommands: Vec<&Command> = entry
        .row
        .subcommands
        .iter()
        .filter(|row| row.run.is_some() && row.name != cx.entry().row.name)
        .collect();
    cx.reply.array(2 * subcommands.len() + 3);
    cx.reply.status(format!("{name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"));
    for row in subcommands {
        let syntax: Vec<String> =
            [row.name.to_ascii_uppercase()].into_iter().chain(row.args.iter().map(usage)).collect();
        cx.reply.status(syntax.join(" "));
        cx.reply.status(format!("    {}", row.summary));
    }
    cx.reply.status("HELP");
    cx.reply.status("    Prints this help.");
    Ok(())
}

/// An element of the grammar as people write it.
pub fn usage(arg: &Arg) -> String {
    let join = |of: &[Arg], with: &str| of.iter().map(usage).collect::<Vec<_>>().join(with);
    let body = match arg.kind {
        ArgKind::PureToken => String::new(),
        ArgKind::OneOf(of) if arg.optional => join(of, " | "),
        ArgKind::OneOf(of) => format!("<{}>", join(of, " | ")),
        ArgKind::Block(of) => join(of, " "),
        _ => format!("<{}>", arg.display),
    };
    let mut text = match arg.token {
        None => body.clone(),
        Some(token) if body.is_empty() => token.to_owned(),
        Some(token) => format!("{token} {body}"),
    };
    if arg.multiple {
        let again = if arg.multiple_token { &text } else { &body };
        text = format!("{text} [{again} ...]");
    }
    if arg.optional { format!("[{text}]") } else { text }
}
