//! `redis.conf.example` is made from the table of directives, so that the two cannot drift apart.

use std::fs;
use std::path::Path;

use ferrous::config::{INERT, ROWS, example};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/redis.conf.example");

/// With `FERROUS_WRITE_EXAMPLE=1` in the environment the file is written instead.
#[test]
fn the_example_is_what_the_table_says() {
    if std::env::var_os("FERROUS_WRITE_EXAMPLE").is_some() {
        std::fs::write(PATH, example()).expect("the example can be written");
    }
    let text = std::fs::read_to_string(PATH).expect("the example can be read");
    assert!(text == example(), "run this test with FERROUS_WRITE_EXAMPLE=1 to write it anew");
}

/// The text of all sources below a folder but those of the configuration.
fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder of sources").flatten() {
        let path = entry.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "config") {
            sources(&path, text);
        } else if path.is_file() {
            text.push_str(&fs::read_to_string(&path).expect("readable"));
        }
    }
}

#[test]
fn a_directive_that_nothing_reads_is_named_as_one_without_effect() {
    // Met as they are: what they ask for is always so here, or there is nothing to ask for.
    let met = [
        "io-threads-do-reads",
        "lazyfree-lazy-user-del",
        "ignore-warnings",
        // Read by the name of the command.
        "enable-debug-command",
        // Read by the configuration itself.
        "enable-protected-configs",
    ];
    let mut text = String::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let words: std::collections::BTreeSet<&[u8]> =
        text.as_bytes().split(|byte| !is_part(*byte)).collect();
    let mut unread = Vec::new();
    for row in ROWS {
        let field = row.name.replace('-', "_");
        if !words.contains(field.as_bytes()) {
            unread.push(row.name);
        }
    }
    let silent: Vec<_> =
        unread.iter().filter(|name| !INERT.contains(name) && !met.contains(name)).collect();
    assert!(silent.is_empty(), "nothing reads these, and nobody is told: {silent:?}");
    assert!(met.iter().all(|name| !INERT.contains(name)));
}
