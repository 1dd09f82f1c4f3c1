//! The body of a fuzz target: any bytes become commands of several clients of a simulated server.
//!
//! Checks that nothing panics, that what clients receive is a sequence of replies, and that the
//! keyspace keeps its promises. Commands and their words come from the rows of the registry, so
//! that a new command is reached without a word here.

use crate::commands::GROUPS;
use crate::config::Config;
use crate::core::command::{Arg, ArgKind, Command, Flags};
use crate::keyspace::record::Record;
use crate::resp::frame::{self, Decoder};
use crate::sim::Sim;
use crate::value::{Object, Value, hash::Hash, list::List, set::Set, zset::Zset};

/// Clients of a run.
const CLIENTS: usize = 3;
/// Operations between two looks at the keyspace.
const LOOK_EVERY: usize = 32;
/// Words of a command at most.
const WORDS_MAX: usize = 40;

const KEYS: &[&[u8]] = &[b"a", b"b", b"c", b"d", b"e", b"f", b"", b"missing"];
/// No number lets a command allocate much, or repeat an element often.
const INTS: &[&[u8]] = &[
    b"0",
    b"1",
    b"2",
    b"-1",
    b"3",
    b"5",
    b"-2",
    b"64",
    b"-50",
    b"100",
    b"",
    b"abc",
    b"1.5",
    b"+1",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"9223372036854775808",
];
const DOUBLES: &[&[u8]] = &[
    b"0", b"1", b"-1", b"0.5", b"1e17", b"inf", b"-inf", b"nan", b"1e400", b"3.0e0", b"15.08",
    b"37.5", b"abc", b"0x10", b"(1",
];
const TEXTS: &[&[u8]] = &[
    b"m1",
    b"m2",
    b"m3",
    b"1",
    b"2",
    b"70000",
    b"",
    b"text",
    b"\x00\xff",
    b"-",
    b"+",
    b"[a",
    b"(b",
    b"*",
    b"$",
    b">",
    b"1-1",
    b"2-0",
    b"3-*",
    b"u8",
    b"i5",
    b"#1",
    b"0",
    b"a text of more than sixty-four bytes, so that no small encoding takes it in, I hope",
];

/// What is left of the input; it ends in zeros.
struct Source<'a>(&'a [u8]);

impl Source<'_> {
    fn byte(&mut self) -> usize {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(first)
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.byte() % items.len()]
    }

    /// True in so many of 256 cases.
    fn chance(&mut self, of_256: usize) -> bool {
        self.byte() >= 256 - of_256
    }
}

/// The commands of clients: none that ends the process, waits on purpose or is for administrators.
fn commands() -> Vec<(&'static Command, Option<&'static Command>)> {
    let fit = |row: &Command| !row.flags.has(Flags::ADMIN) && !row.flags.has(Flags::PROTECTED);
    let rows = GROUPS.iter().flat_map(|rows| rows.iter()).filter(|row| fit(row));
    rows.flat_map(|row| {
        let alone = row.run.map(|_| (row, None));
        let subs = row.subcommands.iter().filter(|sub| sub.run.is_some() && fit(sub));
        alone.into_iter().chain(subs.map(move |sub| (row, Some(sub))))
    })
    .collect()
}

/// Adds the words of a grammar.
fn words(args: &[Arg], source: &mut Source<'_>, out: &mut Vec<Vec<u8>>) {
    for arg in args {
        if out.len() >= WORDS_MAX || arg.optional && !source.chance(90) {
            continue;
        }
        let times = if arg.multiple { 1 + source.byte() % 4 } else { 1 };
        for time in 0..times {
            if let Some(token) = arg.token
                && (time == 0 || arg.multiple_token)
            {
                out.push(token.as_bytes().to_vec());
            }
            match arg.kind {
                ArgKind::Key => out.push(source.pick(KEYS).to_vec()),
                ArgKind::Integer | ArgKind::UnixTime => out.push(source.pick(INTS).to_vec()),
                ArgKind::Double => out.push(source.pick(DOUBLES).to_vec()),
                ArgKind::String | ArgKind::Pattern => out.push(source.pick(TEXTS).to_vec()),
                ArgKind::PureToken => {}
                ArgKind::Block(args) => words(args, source, out),
                ArgKind::OneOf(choices) => {
                    let choice = source.byte() % choices.len();
                    words(&choices[choice..=choice], source, out);
                }
            }
        }
    }
}

/// Spoils a command.
fn spoil(words: &mut Vec<Vec<u8>>, source: &mut Source<'_>) {
    let at = source.byte() % words.len();
    match source.byte() % 5 {
        0 if words.len() > 1 => drop(words.remove(at)),
        1 => words.insert(at, words[at].clone()),
        2 => words.push(source.pick(TEXTS).to_vec()),
        3 => words[at] = source.pick(INTS).to_vec(),
        _ => {
            let other = source.byte() % words.len();
            words.swap(at, other);
        }
    }
}

/// Runs the operations that `data` describes and panics if the server errs.
pub fn commands_of(data: &[u8]) {
    let mut source = Source(data);
    let mut sim = Sim::with_config(source.byte() as u64, config(source.byte()));
    let rows = commands();
    let mut clients: Vec<_> = (0..CLIENTS).map(|_| (sim.connect(), Decoder::default())).collect();
    let mut step = 0;
    while !source.0.is_empty() {
        step += 1;
        let client = source.byte() % CLIENTS;
        match source.byte() {
            0..3 => sim.advance(1 + source.byte() as i64 * 4),
            3 => {
                sim.disconnect(clients[client].0);
                clients[client] = (sim.connect(), Decoder::default());
            }
            low => {
                let at = (low << 8 | source.byte()) % rows.len();
                send(&mut sim, clients[client].0, rows[at], &mut source);
            }
        }
        for (client, decoder) in &mut clients {
            listen(&mut sim, *client, decoder);
            if !sim.is_open(*client) {
                (*client, *decoder) = (sim.connect(), Decoder::default());
            }
        }
        if step % LOOK_EVERY == 0 {
            look(&sim);
        }
    }
    look(&sim);
}

/// Limits at which the small encodings end after a few elements, or never.
fn config(choice: usize) -> Config {
    let mut config = Config::default();
    if choice & 1 != 0 {
        config.hash_max_listpack_entries = 3;
        config.zset_max_listpack_entries = 3;
        config.set_max_listpack_entries = 3;
        config.set_max_intset_entries = 3;
    }
    if choice & 2 != 0 {
        config.list_max_listpack_size = 3;
        config.stream_node_max_entries = 2;
    }
    if choice & 4 != 0 {
        config.lazyfree_lazy_expire = true;
        config.hll_sparse_max_bytes = 40;
    }
    config
}

fn send(
    sim: &mut Sim,
    client: usize,
    (row, sub): (&'static Command, Option<&'static Command>),
    source: &mut Source<'_>,
) {
    let mut all = vec![row.name.as_bytes().to_vec()];
    all.extend(sub.map(|sub| sub.name.as_bytes().to_vec()));
    words(sub.unwrap_or(row).args, source, &mut all);
    if source.chance(40) {
        spoil(&mut all, source);
    }
    let mut bytes = Vec::new();
    frame::command(&mut bytes, &all);
    sim.send(client, &bytes);
}

/// What a client receives is replies, whole ones.
fn listen(sim: &mut Sim, client: usize, decoder: &mut Decoder) {
    let received = sim.received(client);
    let mut rest = &received[..];
    while !rest.is_empty() {
        let frame = decoder.next(&mut rest).expect("replies");
        assert!(frame.is_some(), "the last reply is whole");
    }
}

/// No promise of the keyspace is broken, and no container in a key is empty.
fn look(sim: &Sim) {
    for db in &sim.engine.keyspace.dbs {
        db.invariants();
        db.table().invariants();
        for entry in db.table().iter() {
            let Some(value) = Record::new(entry).object() else { continue };
            assert!(!is_empty::<List>(value) && !is_empty::<Set>(value));
            assert!(!is_empty::<Hash>(value) && !is_empty::<Zset>(value));
        }
    }
}

fn is_empty<T: Object>(value: &Value) -> bool {
    T::view(value).is_some_and(T::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::prng::Prng;

    #[test]
    fn corpus_of_commands() {
        let folder = format!("{}/fuzz/corpus/argv_ops", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(&folder).expect("the corpus is committed");
        let mut seeds = 0;
        for entry in files {
            let path = entry.expect("a readable folder").path();
            commands_of(&std::fs::read(path).expect("a readable seed"));
            seeds += 1;
        }
        assert!(seeds >= 10, "{folder} has {seeds} seeds");
    }

    #[test]
    fn random_bytes_break_nothing() {
        let mut prng = Prng::from_seed(77);
        for _ in 0..60 {
            let data: Vec<u8> = (0..3000).map(|_| prng.next_u64() as u8).collect();
            commands_of(&data);
        }
    }
}
