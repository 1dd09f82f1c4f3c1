//! The text of `redis.conf.example`, made from the table so that the two cannot drift apart.

use super::row::Flags;
use super::{Config, ROWS};

const HEAD: &str = "\
# An example of a configuration file: every directive with its default value.
#
# Give the path of the file as the first argument of the server. Options of the command line come
# after the file, so they win:
#
#     ferrous-server /etc/ferrous.conf --port 6380
#
# A line is a name and its arguments. Arguments with blanks stand in quotes. Sizes may have a unit:
# 1k is 1000 bytes and 1kb is 1024; the same goes for m, mb, g and gb, in either case.
# Where a directive is repeated the last line counts, but lines of `save` add up, and those of
# `client-output-buffer-limit` do for different classes.
#
# `include <file or pattern>` reads other files in its place.
# `rename-command <name> <new name>` gives a command another name; \"\" removes it.
# `user <name> <rules>` declares a user, unless `aclfile` names a file of users.
";

/// The example: a comment for every directive, and its default, commented out where it is empty.
///
/// It binds to the loopback addresses only, where the default would be every address.
pub fn example() -> String {
    let mut text = HEAD.to_owned();
    let mut section = "";
    let defaults = Config::default();
    for row in ROWS.iter().filter(|row| !row.flags.has(Flags::HIDDEN)) {
        if row.section != section {
            section = row.section;
            text += &format!("\n################ {section} ################\n");
        }
        text.push('\n');
        for line in row.summary.lines() {
            text += &format!("#{line}\n");
        }
        if let Some(alias) = row.alias {
            text += &format!("# An older name is {alias}.\n");
        }
        let mut own = defaults.clone();
        if row.name == "bind" {
            own.bind.0 = vec![b"127.0.0.1".to_vec(), b"-::1".to_vec()];
        }
        let lines = (row.field)(&own).lines(row, &own, &defaults);
        let shown = own.shown(row);
        for line in &lines {
            let hidden = if shown.is_empty() { "# " } else { "" };
            text += &format!("{hidden}{}\n", String::from_utf8_lossy(&line.text));
        }
        if lines.is_empty() {
            text += &format!("# {} \"\"\n", row.name);
        }
    }
    text
}
