//! Facts recorded from Redis 7.2.4, checked row by row.

use super::tests::World;
use super::*;
use crate::base::text::split_args;

/// A section per directive; a line is a quoted value, then `=` and the quoted text of `CONFIG GET`
/// after setting it, or `!` and the reason for which it was refused. The lines follow each other on
/// one server.
const FACTS: &str = include_str!("../../tests/data/config-facts.txt");

/// `CONFIG GET *` of a server without a configuration file (`dir` left out), and the hidden
/// directives.
const DEFAULTS: &str = include_str!("../../tests/data/config-defaults.txt");

const ANYBODY: Client = Client { local: true, loading: false };

/// The bytes of the quoted text with which a line starts, and where that text ends.
fn leading_quote(line: &str) -> (Vec<u8>, usize) {
    let mut escaped = false;
    let end = line.bytes().skip(1).position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    });
    let end = end.expect("the quote is closed") + 2;
    let mut words = split_args(&line.as_bytes()[..end]).expect("the quote is closed");
    (words.pop().expect("there is one quoted text"), end)
}

#[test]
fn every_recorded_value_is_shown_or_refused_as_in_redis() {
    let mut world = World::default();
    let mut config = Config { enable_protected_configs: ProtectedAction::Yes, ..Config::default() };
    let mut name = "";
    let mut wrong = Vec::new();
    for line in FACTS.lines() {
        if let Some(section) = line.strip_prefix('[') {
            name = section.trim_end_matches(']');
            continue;
        }
        let (value, end) = leading_quote(line);
        let result = config.set(&[(name.as_bytes(), &value)], ANYBODY, &mut world);
        let (kind, expected) = line[end + 1..].split_at(1);
        let expected = expected.trim_start();
        let (expected, actual) = match (kind, result) {
            ("=", Ok(_)) => {
                let shown = split_args(expected.as_bytes()).unwrap().pop().unwrap_or_default();
                (shown, config.get(&[name.as_bytes()])[0].1.clone())
            }
            ("=", Err(error)) => (expected.as_bytes().to_vec(), format!("{error:?}").into_bytes()),
            (_, Ok(_)) => (expected.as_bytes().to_vec(), b"accepted".to_vec()),
            (_, Err(SetError::Refused { text, .. })) => {
                let whole = format!(
                    "CONFIG SET failed (possibly related to argument '{name}') - {expected}"
                );
                (whole.into_bytes(), text)
            }
            (_, Err(SetError::Loading)) => (Vec::new(), b"loading".to_vec()),
        };
        if expected != actual {
            let [expected, actual] =
                [expected, actual].map(|text| String::from_utf8_lossy(&text).into_owned());
            wrong.push(format!("{name} {line}: expected {expected:?}, got {actual:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn defaults_and_names_are_those_of_redis() {
    let config = Config::default();
    let mut names: Vec<&str> = Vec::new();
    for line in DEFAULTS.lines() {
        let (name, value) = line.split_once('\t').expect("a name, a tab and a value");
        let (row, _) = lookup(name.as_bytes()).unwrap_or_else(|| panic!("no row for {name}"));
        assert_eq!(String::from_utf8_lossy(&config.shown(row)), value, "{name}");
        names.push(name);
    }
    let ours = ROWS.iter().flat_map(|row| [Some(row.name), row.alias]).flatten();
    let extra: Vec<&str> = ours.filter(|name| !names.contains(name)).collect();
    assert_eq!(extra, ["dir", "metrics-port"]);
}
