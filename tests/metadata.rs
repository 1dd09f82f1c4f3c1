//! The rows against answers recorded from Redis 7.2.4: COMMAND INFO, DOCS and GETKEYSANDFLAGS.
//!
//! The files in `data` hold facts only. Prose (summaries, sentences of the history, the tails of
//! complexities) is our own and is merely required to be there.

use std::collections::BTreeMap;

use ferrous::commands::GROUPS;
use ferrous::core::command::Command;
use ferrous::core::introspect::{self, KeysError};
use ferrous::resp::encode::{Reply, Version};
use ferrous::resp::frame::Frame;
use proptest::strategy::Strategy;

/// An answer as the client sees it.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Text(String),
    Int(i64),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

impl Value {
    fn text(&self) -> &str {
        match self {
            Value::Text(text) => text,
            other => panic!("not a text: {other:?}"),
        }
    }

    fn list(&self) -> &[Value] {
        match self {
            Value::List(list) => list,
            other => panic!("not a list: {other:?}"),
        }
    }

    /// The value of a key of a map; keys appear once.
    fn at(&self, key: &str) -> Option<&Value> {
        let Value::Map(pairs) = self else { panic!("not a map: {self:?}") };
        let mut found = pairs.iter().filter(|(name, _)| name == key);
        let value = found.next().map(|(_, value)| value);
        assert!(found.next().is_none(), "{key} twice");
        value
    }

    /// Texts joined by commas, "-" for none.
    fn joined(&self) -> String {
        dash(self.list().iter().map(Value::text).collect::<Vec<_>>().join(","))
    }

    fn show(&self) -> String {
        match self {
            Value::Int(int) => int.to_string(),
            other => other.text().to_owned(),
        }
    }
}

fn dash(text: String) -> String {
    if text.is_empty() { "-".to_owned() } else { text }
}

/// The types of the elements, in the notation of `command-shapes.txt`.
fn shape(frame: &Frame) -> String {
    let (kind, parts) = match frame {
        Frame::Status(_) => return "+".to_owned(),
        Frame::Int(_) => return ":".to_owned(),
        Frame::Bulk(_) => return "$".to_owned(),
        Frame::Array(parts) => (format!("*{}", parts.len()), parts),
        Frame::Set(parts) => (format!("~{}", parts.len()), parts),
        Frame::Map(parts) => (format!("%{}", parts.len() / 2), parts),
        other => panic!("not in an entry: {other:?}"),
    };
    parts.iter().fold(kind, |line, part| line + &shape(part))
}

fn value(frame: &Frame) -> Value {
    match frame {
        Frame::Status(text) | Frame::Bulk(text) => {
            Value::Text(String::from_utf8(text.clone()).expect("rows are UTF-8"))
        }
        Frame::Int(int) => Value::Int(*int),
        Frame::Array(parts) | Frame::Set(parts) => Value::List(parts.iter().map(value).collect()),
        Frame::Map(parts) => {
            let pair = |pair: &[Frame]| (value(&pair[0]).show(), value(&pair[1]));
            Value::Map(parts.chunks_exact(2).map(pair).collect())
        }
        other => panic!("not in an entry: {other:?}"),
    }
}

/// What the frame is in RESP2: maps and sets are arrays.
fn flat(frame: &Frame) -> Frame {
    match frame {
        Frame::Array(parts) | Frame::Set(parts) | Frame::Map(parts) => {
            Frame::Array(parts.iter().map(flat).collect())
        }
        other => other.clone(),
    }
}

/// The entry in RESP3, after a check that the one in RESP2 is the same but for its types.
fn written(name: &str, command: &Command, write: fn(&Command, &str, &mut Reply<'_>)) -> Frame {
    let [two, three] = [Version::Resp2, Version::Resp3].map(|version| {
        let mut bytes = Vec::new();
        let mut reply = Reply::detached(&mut bytes, version);
        write(command, name, &mut reply);
        reply.finish();
        Frame::decode(&bytes).expect("one frame")
    });
    assert_eq!(two, flat(&three), "{name}");
    three
}

fn info(name: &str, command: &Command) -> Frame {
    written(name, command, introspect::reply_info)
}

fn docs(name: &str, command: &Command) -> Frame {
    written(name, command, introspect::reply_docs)
}

/// Every command and subcommand by its full name.
fn all() -> BTreeMap<String, &'static Command> {
    let mut all = BTreeMap::new();
    for command in GROUPS.iter().copied().flatten() {
        assert!(all.insert(command.name.to_owned(), command).is_none(), "{} twice", command.name);
        for sub in command.subcommands {
            let name = format!("{}|{}", command.name, sub.name);
            assert!(all.insert(name.clone(), sub).is_none(), "{name} twice");
        }
    }
    all
}

/// The recorded lines of a file.
fn recorded(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().filter(|line| !line.starts_with('#'))
}

/// Fails with every line that differs, the recorded one first.
fn assert_same(recorded: &[&str], ours: &[String]) {
    let pairs = recorded.iter().zip(ours).filter(|(a, b)| *a != b);
    let report: Vec<String> = pairs.map(|(a, b)| format!("- {a}\n+ {b}\n")).collect();
    assert!(report.is_empty(), "{} differ:\n{}", report.len(), report.concat());
    assert_eq!(recorded.len(), ours.len());
}

fn key_spec_line(spec: &Value) -> String {
    let mut line = format!("{}@", spec.at("flags").expect("flags").joined());
    for half in ["begin_search", "find_keys"] {
        let half = spec.at(half).expect("both halves");
        let Some(Value::Map(fields)) = half.at("spec") else { panic!("no spec: {half:?}") };
        let values: Vec<String> = fields.iter().map(|(_, value)| value.show()).collect();
        line += &format!("{}({})", half.at("type").expect("type").text(), values.join(","));
    }
    if spec.at("notes").is_some_and(|notes| !notes.text().is_empty()) {
        line.push('!');
    }
    line
}

fn info_line(entry: &Value) -> String {
    let [name, arity, flags, first, last, step, acl, tips, keys, subs] = entry.list() else {
        panic!("ten elements: {entry:?}");
    };
    let keys: Vec<String> = keys.list().iter().map(key_spec_line).collect();
    let own = format!("{}|", name.text());
    let sub_name = |sub: &Value| {
        sub.list()[0].text().strip_prefix(&own).expect("the container's name first").to_owned()
    };
    let subs: Vec<String> = subs.list().iter().map(sub_name).collect();
    let fields = [
        name.show(),
        arity.show(),
        flags.joined(),
        format!("{},{},{}", first.show(), last.show(), step.show()),
        acl.joined(),
        tips.joined(),
        dash(keys.join(" ")),
        dash(subs.join(",")),
    ];
    fields.join(" ; ")
}

/// The first formula of a cost, sums of formulas included; "~" for words alone.
fn formula(cost: Option<&Value>) -> String {
    let Some(cost) = cost else { return "-".to_owned() };
    let Some(start) = cost.text().find("O(") else { return "~".to_owned() };
    let text = &cost.text()[start..];
    let mut end = 0;
    loop {
        let mut depth = 0;
        for byte in text[end..].bytes() {
            end += 1;
            depth += i32::from(byte == b'(') - i32::from(byte == b')');
            if byte == b')' && depth == 0 {
                break;
            }
        }
        let rest = &text[end..];
        let plus = ["+O(", " + O("].into_iter().find(|plus| rest.starts_with(plus));
        match plus {
            Some(plus) => end += plus.len() - "O(".len(),
            None => return text[..end].to_owned(),
        }
    }
}

fn grammar_line(args: &Value) -> String {
    let mut line = Vec::new();
    for arg in args.list() {
        let at = |key| arg.at(key).map(Value::show);
        let name = at("name").expect("name");
        let mut text = format!("{name}:{}", at("type").expect("type"));
        let parts = [
            (at("display_text").filter(|display| *display != name), "=", ""),
            (at("key_spec_index"), "@", ""),
            (at("token"), "\"", "\""),
            (at("since"), "^", ""),
            (at("deprecated_since"), "~", ""),
        ];
        for (part, before, after) in parts {
            if let Some(part) = part {
                text += &[before, &part, after].concat();
            }
        }
        for flag in arg.at("flags").map_or(&[][..], Value::list) {
            text.push(match flag.text() {
                "optional" => '?',
                "multiple" => '*',
                "multiple_token" => '+',
                other => panic!("unknown flag {other}"),
            });
        }
        if let Some(parts) = arg.at("arguments") {
            text += &format!("{{{}}}", grammar_line(parts));
        }
        line.push(text);
    }
    line.join(" ")
}

fn docs_line(name: &str, entry: &Value) -> String {
    let at = |key| entry.at(key).map_or("-".to_owned(), Value::show);
    let replaced_by = at("replaced_by");
    let quoted: Vec<&str> = replaced_by.split('`').skip(1).step_by(2).collect();
    let history = entry.at("history").map_or(&[][..], Value::list);
    let versions: Vec<&str> = history.iter().map(|change| change.list()[0].text()).collect();
    let fields = [
        name.to_owned(),
        at("since"),
        at("group"),
        formula(entry.at("complexity")),
        entry.at("doc_flags").map_or("-".to_owned(), Value::joined),
        at("deprecated_since"),
        dash(quoted.join(" ")),
        dash(versions.join(",")),
        entry.at("arguments").map_or("-".to_owned(), grammar_line),
    ];
    fields.join(" ; ")
}

#[test]
fn command_info_is_that_of_redis() {
    let recorded: Vec<&str> = recorded(include_str!("data/command-info.txt")).collect();
    let ours: Vec<String> =
        all().iter().map(|(name, row)| info_line(&value(&info(name, row)))).collect();
    assert_same(&recorded, &ours);
}

#[test]
fn command_docs_are_those_of_redis_but_for_prose() {
    let recorded: Vec<&str> = recorded(include_str!("data/command-docs.txt")).collect();
    let ours: Vec<String> =
        all().iter().map(|(name, row)| docs_line(name, &value(&docs(name, row)))).collect();
    assert_same(&recorded, &ours);
}

#[test]
fn types_of_elements_are_those_of_redis_in_resp3() {
    let all = all();
    for line in recorded(include_str!("data/command-shapes.txt")) {
        let [what, name, shape] = line.splitn(3, ' ').collect::<Vec<_>>()[..] else {
            panic!("three fields: {line}");
        };
        let row = all[name];
        let entry = if what == "info" { info(name, row) } else { docs(name, row) };
        assert_eq!(self::shape(&entry), shape, "{what} {name}");
    }
}

#[test]
fn every_row_and_every_change_has_its_sentence() {
    for (name, row) in all() {
        let sentences = row.history.iter().map(|(_, change)| *change).chain([row.summary]);
        for sentence in sentences {
            assert!(sentence.len() > 8 && !sentence.contains("  "), "{name}: {sentence:?}");
        }
        assert!(row.complexity.trim() == row.complexity && !row.complexity.contains("  "));
    }
}

/// The answer of COMMAND GETKEYSANDFLAGS in the notation of `getkeys.txt`.
fn keys_line(all: &BTreeMap<String, &Command>, call: &[&str]) -> String {
    let quoted = |word: &str| if word.is_empty() { "\"\"".to_owned() } else { word.to_owned() };
    let name = call[0].to_lowercase();
    let row = match all.get(&name) {
        Some(row) if !row.subcommands.is_empty() && call.len() > 1 => {
            all.get(&format!("{name}|{}", call[1].to_lowercase()))
        }
        row => row,
    };
    let argv: Vec<&[u8]> = call.iter().map(|word| word.as_bytes()).collect();
    let keys = match row {
        Some(row) => introspect::keys_of(row, &argv),
        None => Err(KeysError::UnknownCommand),
    };
    match keys {
        Err(error) => format!("!{}", error.text()),
        Ok(keys) => {
            let key = |key: &introspect::KeyAt| {
                let flags: Vec<&str> = key.flags.names().collect();
                format!("{}:{}", quoted(call[key.index]), flags.join(","))
            };
            dash(keys.iter().map(key).collect::<Vec<_>>().join(" "))
        }
    }
}

#[test]
fn command_getkeysandflags_is_that_of_redis() {
    let all = all();
    let recorded: Vec<&str> = recorded(include_str!("data/getkeys.txt")).collect();
    let ours: Vec<String> = recorded
        .iter()
        .map(|line| {
            let (call, _) = line.split_once(" => ").expect("a call and its answer");
            let words: Vec<&str> =
                call.split(' ').map(|word| if word == "\"\"" { "" } else { word }).collect();
            format!("{call} => {}", keys_line(&all, &words))
        })
        .collect();
    assert_same(&recorded, &ours);
}

fn positions(keys: &[introspect::KeyAt]) -> Vec<usize> {
    keys.iter().map(|key| key.index).collect()
}

fn routed(name: &str, call: &str) -> Vec<usize> {
    let argv: Vec<&[u8]> = call.split(' ').map(str::as_bytes).collect();
    positions(&introspect::routed_keys(all()[name], &argv))
}

#[test]
fn routing_follows_the_commands_own_rule_first() {
    // Where permissions see both keys, only the one that counts is written.
    assert_eq!(routed("georadius", "georadius k 1 2 3 m store d storedist e"), [1, 9]);
    assert_eq!(routed("zunionstore", "zunionstore d 2 a b"), [3, 4, 1]);
    // Where permissions tolerate a missing ID, routing does not.
    assert_eq!(routed("xread", "xread streams a b 0"), [0; 0]);
    assert_eq!(routed("xread", "xread count 1 streams a b 0 0"), [4, 5]);
    assert_eq!(routed("eval", "eval s 02 a b"), [3, 4]);
}

#[test]
fn routing_takes_the_plain_range_of_other_commands() {
    assert_eq!(routed("mset", "mset a 1 b 2"), [1, 3]);
    assert_eq!(routed("spublish", "spublish c m"), [1]);
    assert_eq!(routed("ssubscribe", "ssubscribe a b"), [1, 2]);
    assert_eq!(routed("object|encoding", "object encoding k"), [2]);
    assert_eq!(routed("publish", "publish c m"), [0; 0]);
}

#[test]
fn channels_are_known_from_the_row() {
    let all = all();
    let channels = |name: &str, argc| introspect::channels_of(all[name], argc);
    assert_eq!(channels("subscribe", 3), 1..3);
    assert_eq!(channels("punsubscribe", 1), 1..1);
    assert_eq!(channels("spublish", 3), 1..2);
    assert_eq!(channels("pubsub|numsub", 4), 1..1);
    let with: Vec<&str> =
        all.iter().filter(|(_, row)| row.channels.is_some()).map(|(name, _)| &name[..]).collect();
    let expected = "psubscribe publish punsubscribe spublish ssubscribe subscribe sunsubscribe \
                    unsubscribe";
    assert_eq!(with.join(" "), expected);
}

proptest::proptest! {
    #[test]
    fn keys_lie_inside_the_arguments_whatever_these_are(
        words in proptest::collection::vec(
            proptest::prop_oneof![
                proptest::sample::select(vec![
                    "0", "1", "2", "3", "-1", "2147483647", "2147483648", "9223372036854775807",
                    "keys", "store", "streams", "get", "set", "limit", "auth2", "group", "block",
                    "overflow", "", "k",
                ])
                .prop_map(|word| word.as_bytes().to_vec()),
                proptest::collection::vec(proptest::num::u8::ANY, 0..4),
            ],
            0..12,
        )
    ) {
        let argv: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        for (name, row) in all() {
            let seen = introspect::accessed_keys(row, &argv);
            let routed = introspect::routed_keys(row, &argv);
            for key in seen.iter().chain(&routed) {
                assert!(key.index < argv.len(), "{name} {argv:?}");
            }
            if let Some((first, last, step)) = introspect::first_key_range(row, argv.len()) {
                assert!(1 <= first && first <= last && last < argv.len() && step >= 1, "{name}");
            }
            assert!(introspect::channels_of(row, argv.len()).end <= argv.len().max(1));
        }
    }
}
