//! Which error wins: every form of every command of the data types, right and made wrong in one
//! place or two, against the replies of Redis 7.2.4.
//!
//! `tests/data/grid/templates.txt` holds the right calls. Each is sent as it is, cut off after
//! every word, with a word too many, with every key missing or of another type, with every number
//! and option replaced by worse ones, and with every two such faults at once. Every call meets the
//! same keys. The replies stand in `tests/data/grid/*.txt`, recorded by
//! `FERROUS_RECORD=/path/to/redis-server-7.2.4 cargo test --test grid`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use ferrous::sim::Sim;
use support::client::{Client, PATIENCE};
use support::process::{Launch, Server};
use support::{frame, quote};

#[allow(dead_code, reason = "each test program uses a part of the shared code")]
mod support;

/// The keys that every call meets.
const KEYS: &[(char, &str)] = &[
    ('s', "SET s text"),
    ('n', "SET n 10"),
    ('l', "RPUSH l a b"),
    ('S', "SADD S a b"),
    ('h', "HSET h f text i 10"),
    ('z', "ZADD z 1 a 2 b"),
    ('x', "XADD x 1-1 f v"),
    ('p', "PFADD p a"),
    ('g', "GEOADD g 13.361389 38.115556 a 15.087269 37.502669 b"),
];

/// What else they are made of.
const MORE: &[&str] = &["XADD x 2-2 f v", "XGROUP CREATE x g 0"];

/// Sent before every call, as one piece.
fn setup() -> Vec<u8> {
    let lines = ["SELECT 0", "FLUSHALL"].into_iter();
    let lines = lines.chain(KEYS.iter().map(|(_, line)| *line)).chain(MORE.iter().copied());
    let words = lines.map(|line| quote::split(line).expect("a command"));
    words.map(|words| quote::request(&words)).collect::<Vec<_>>().concat()
}

fn setup_len() -> usize {
    2 + KEYS.len() + MORE.len()
}

/// What can be said in place of a word, the worst first.
fn faults(word: &str) -> Vec<String> {
    let all = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    match word.as_bytes() {
        [b'$', kind] => {
            // One of another type for two faults, each other type for one.
            let wrong = if matches!(kind, b's' | b'n' | b'p') { "l" } else { "s" };
            let others = KEYS.iter().map(|(letter, _)| letter.to_string());
            let others = others.filter(|other| other.as_bytes() != [*kind] && other != wrong);
            [wrong.to_owned(), "missing".to_owned()].into_iter().chain(others).collect()
        }
        [b'#', ..] => all(&["abc", "-1", "0", "", "1.5", "9223372036854775808", "1000"]),
        [b'%', ..] => all(&["abc", "nan", "-1", "inf", "", "1e400"]),
        upper if upper.iter().all(u8::is_ascii_uppercase) && upper.len() > 1 => all(&["NOPE", ""]),
        _ => Vec::new(),
    }
}

/// How many of the faults of a word are tried along with one of another word.
fn worst(word: &str) -> usize {
    if word.starts_with('$') { 2 } else { 1 }
}

/// All calls that come of a template.
fn calls(template: &str) -> Vec<Vec<Vec<u8>>> {
    let tokens: Vec<_> = template.split(' ').collect();
    let plain = |token: &str| -> Vec<u8> {
        match token.as_bytes() {
            [b'$', rest @ ..] if rest.len() == 1 => rest.to_vec(),
            [b'#' | b'%', rest @ ..] => rest.to_vec(),
            b"\"\"" => Vec::new(),
            word => word.to_vec(),
        }
    };
    let right: Vec<Vec<u8>> = tokens.iter().map(|token| plain(token)).collect();
    let with = |changes: &[(usize, &String)]| {
        let mut words = right.clone();
        changes.iter().for_each(|(at, fault)| words[*at] = fault.as_bytes().to_vec());
        words
    };
    let mut calls = vec![right.clone()];
    calls.extend((1..right.len()).map(|len| right[..len].to_vec()));
    calls.push([&right[..], &[b"extra".to_vec()]].concat());
    let faults: Vec<_> = tokens.iter().map(|token| faults(token)).collect();
    for (at, faults) in faults.iter().enumerate().skip(1) {
        calls.extend(faults.iter().map(|fault| with(&[(at, fault)])));
    }
    for first in 1..tokens.len() {
        for second in first + 1..tokens.len() {
            for one in faults[first].iter().take(worst(tokens[first])) {
                for other in faults[second].iter().take(worst(tokens[second])) {
                    calls.push(with(&[(first, one), (second, other)]));
                }
            }
        }
    }
    // A key of the wrong type does not save a call with a word too few or too many.
    if let Some(at) = tokens.iter().position(|token| token.starts_with('$')) {
        let wrong = with(&[(at, &faults[at][0])]);
        calls.push([&wrong[..], &[b"extra".to_vec()]].concat());
        calls.push(wrong[..wrong.len() - 1].to_vec());
    }
    calls.sort();
    calls.dedup();
    calls
}

/// Something that replies.
trait Target {
    /// Sends bytes and returns so many replies.
    fn ask(&mut self, bytes: &[u8], replies: usize) -> Vec<Vec<u8>>;
}

impl Target for Sim {
    fn ask(&mut self, bytes: &[u8], replies: usize) -> Vec<Vec<u8>> {
        self.send(0, bytes);
        let received = self.received(0);
        let mut rest = &received[..];
        let mut all = Vec::new();
        while let Ok(Some((node, len))) = frame::parse(rest) {
            all.push(node.render());
            rest = &rest[len..];
        }
        assert!(all.len() == replies && rest.is_empty(), "{} replies of {replies}", all.len());
        all
    }
}

struct Real(Client, #[allow(dead_code, reason = "ends with the client")] Server);

impl Target for Real {
    fn ask(&mut self, bytes: &[u8], replies: usize) -> Vec<Vec<u8>> {
        self.0.send(bytes);
        (0..replies).map(|_| self.0.reply(PATIENCE).expect("a reply").render()).collect()
    }
}

/// The reply to a call. Blocking commands are sent in a transaction, where they do not block.
fn reply(target: &mut dyn Target, call: &[Vec<u8>]) -> String {
    let request = quote::request(call);
    let bytes = if call[0].starts_with(b"B") && !call[0].starts_with(b"BIT") {
        let wrap = |word: &str| quote::request(&[word.as_bytes().to_vec()]);
        [wrap("MULTI"), request, wrap("EXEC")].concat()
    } else {
        request
    };
    let count = if bytes.starts_with(b"*1\r\n$5\r\nMULTI") { 3 } else { 1 };
    let all = target.ask(&[setup(), bytes].concat(), setup_len() + count);
    let last = &all[setup_len()..];
    let refused = last[0].starts_with(b"-") || last.get(1).is_some_and(|one| one[0] == b'-');
    let reply = quote::escape(&last[if refused && count == 3 { 1 } else { count - 1 }]);
    // What is chosen at random or in the order of a table is free.
    let free = [&b"SCAN"[..], b"SPOP", b"SRANDMEMBER", b"HRANDFIELD", b"ZRANDMEMBER"];
    if free.contains(&&*call[0]) && !reply.starts_with('-') && reply.len() > 8 {
        return "something".to_owned();
    }
    reply
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/grid")
}

/// Templates by the file of their replies.
fn templates() -> BTreeMap<String, Vec<String>> {
    let text = fs::read_to_string(root().join("templates.txt")).expect("the templates");
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut name = String::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(section) => section.clone_into(&mut name),
            None => files.entry(name.clone()).or_default().push(line.to_owned()),
        }
    }
    files
}

/// The text of a file: the calls of each template, those with the same reply together.
fn table(target: &mut dyn Target, templates: &[String]) -> String {
    let mut text = String::new();
    for template in templates {
        let mut replies: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for call in calls(template) {
            replies.entry(reply(target, &call)).or_default().push(quote::join(&call));
        }
        writeln!(text, "# {template}").expect("a String takes anything");
        for (reply, calls) in replies {
            writeln!(text, "= {reply}\n{}", calls.join("\n")).expect("a String takes anything");
        }
    }
    text
}

/// The reply to each call, by template and call.
fn parsed(text: &str) -> BTreeMap<(&str, &str), &str> {
    let (mut template, mut reply) = ("", "");
    let mut all = BTreeMap::new();
    for line in text.lines() {
        match (line.strip_prefix("# "), line.strip_prefix("= ")) {
            (Some(rest), _) => template = rest,
            (_, Some(rest)) => reply = rest,
            _ => drop(all.insert((template, line), reply)),
        }
    }
    all
}

#[test]
fn the_error_that_wins_is_that_of_redis() {
    let record = std::env::var_os("FERROUS_RECORD");
    let mut wrong = Vec::new();
    let mut count = 0;
    for (name, templates) in templates() {
        let path = root().join(format!("{name}.txt"));
        if let Some(binary) = &record {
            let server = Launch::new(binary).start();
            fs::write(path, table(&mut Real(server.client(), server), &templates))
                .expect("written");
            continue;
        }
        let recorded = fs::read_to_string(&path).expect("the recorded replies");
        let ours = table(&mut Sim::seed(3), &templates);
        let (recorded, ours) = (parsed(&recorded), parsed(&ours));
        assert!(recorded.keys().eq(ours.keys()), "{name}: other calls than were recorded");
        count += ours.len();
        let differ = recorded.iter().zip(ours.values()).filter(|(one, ours)| one.1 != *ours);
        wrong.extend(
            differ.map(|(((_, call), redis), ours)| format!("{call}\n  {redis}\n  {ours}")),
        );
    }
    assert!(wrong.is_empty(), "{} of {count} differ\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_template_is_made_wrong_in_every_place() {
    let calls = calls("ZADD $z NX %1 a");
    let has = |text: &str| calls.contains(&quote::split(text).expect("a command"));
    for text in ["ZADD z NX 1 a", "ZADD", "ZADD z NX 1", "ZADD s NX abc a", "ZADD missing NOPE 1 a"]
    {
        assert!(has(text), "{text}");
    }
    let text = "# t\n= +a\nX\nY\n= +b\nZ\n";
    assert_eq!(parsed(text)[&("t", "Z")], "+b");
}
