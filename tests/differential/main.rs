//! The same random commands to Debian's Redis and to the server under test: the same replies.
//!
//! `FERROUS_DIFF_COMMANDS` sets the number of commands, `FERROUS_DIFF_SEED` the seed (a number or
//! `fresh`), `FERROUS_DIFF_GROUPS` the groups of rows (`all`, or names with commas),
//! `FERROUS_PEER` the oracle and `FERROUS_SERVER` the server under test.

use compare::{Compare, Heard, Strictness, same};
use generate::{Command, Generator};
use support::client::{Client, End, PATIENCE};
use support::frame::Node;
use support::process::{self, Launch, Server};
use support::random::Random;
use support::{peers, quote};

mod blocking;
mod compare;
mod generate;
mod rows;
mod script;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "each test program uses a part of the shared code")]
mod support;
mod table;

/// Commands after which all starts afresh; a mismatch is searched in so many at most.
const EPOCH: usize = 2_000;

/// Commands between two looks at all keys.
const SURVEY: usize = 600;

/// Sessions: the first speaks RESP2, the second RESP3, all may change.
const SESSIONS: usize = 3;

/// Longer than any time that is to pass.
const MOMENT: std::time::Duration = std::time::Duration::from_millis(8);

/// Commands written at once from one session.
struct Step {
    session: usize,
    commands: Vec<Command>,
}

/// One server and the sessions with it.
struct Side {
    server: Server,
    sessions: Vec<Client>,
}

/// Directives at the beginning of an epoch.
type Settings = Vec<(&'static str, &'static str)>;

/// Sizes at which small encodings end: the default, and some that are reached at once.
const SETTINGS: &[(&str, &[&str])] = &[
    ("hash-max-listpack-entries", &["128", "0", "4", "16"]),
    ("hash-max-listpack-value", &["64", "64", "4"]),
    ("set-max-intset-entries", &["100000"]),
    ("set-max-listpack-entries", &["128"]),
    ("set-max-listpack-value", &["64", "64", "4"]),
    ("zset-max-listpack-entries", &["128", "0", "4", "16"]),
    ("zset-max-listpack-value", &["64", "64", "4"]),
    ("list-max-listpack-size", &["-2", "-1", "1", "4", "16"]),
    ("list-compress-depth", &["0", "1"]),
    ("stream-node-max-entries", &["100", "0", "1", "4"]),
    ("stream-node-max-bytes", &["4096", "0", "40"]),
    ("hll-sparse-max-bytes", &["3000", "0", "100"]),
];

/// A reply, or that the connection was closed.
type Reply = Option<Node>;

impl Side {
    fn start(binary: impl Into<std::path::PathBuf>) -> Self {
        let launch = Launch::new(binary).option("enable-debug-command", "yes");
        Self { server: launch.start(), sessions: Vec::new() }
    }

    /// New sessions, no data, default settings.
    fn fresh(&mut self, settings: &Settings) {
        self.sessions.clear();
        self.sessions.extend((0..SESSIONS).map(|_| self.server.client()));
        assert_eq!(self.sessions[0].ask("FLUSHALL"), "+OK\\r\\n");
        assert_eq!(self.sessions[0].ask("CONFIG SET timeout 0"), "+OK\\r\\n");
        // When an expired key goes by itself is a matter of chance; on access it is not.
        assert_eq!(self.sessions[0].ask("DEBUG SET-ACTIVE-EXPIRE 0"), "+OK\\r\\n");
        for (name, value) in settings {
            // A peer of another version may not have all of them.
            self.sessions[0].ask(&format!("CONFIG SET {name} {value}"));
        }
        self.sessions[1].ask("HELLO 3");
    }

    /// True unless it is, or says that it is, 7.2.4.
    fn is_old(&self) -> bool {
        !self.server.client().ask("INFO server").contains("redis_version:7.2.4")
    }

    fn send(&mut self, step: &Step) {
        let requests = step.commands.iter().map(|command| quote::request(&command.words));
        self.sessions[step.session].send(&requests.collect::<Vec<_>>().concat());
    }

    fn receive(&mut self, session: usize, words: &[Vec<u8>], talk: &Talk) -> Reply {
        match self.sessions[session].reply(PATIENCE) {
            Ok(node) => Some(node),
            Err(End::Closed(rest)) if rest.is_empty() => None,
            Err(end) => {
                let log = self.server.log();
                let queued = talk.queued.iter().flatten().map(|one| quote::join(&one.words));
                let queued = queued.collect::<Vec<_>>().join("\n");
                let words = quote::join(words);
                panic!("{end:?} instead of a reply to {words}, queued:\n{queued}\nits log:\n{log}")
            }
        }
    }
}

/// A command to which the replies differ.
struct Mismatch {
    words: Vec<Vec<u8>>,
    peer: Reply,
    ours: Reply,
}

/// A command to which both have replied.
struct Past {
    command: Command,
    peer: Node,
    ours: Node,
}

impl Past {
    fn heard(&self) -> Heard<'_> {
        let Command { words, compare, .. } = &self.command;
        Heard { rule: *compare, words: script::inner(words), peer: &self.peer, ours: &self.ours }
    }
}

/// What one session has said in both servers.
#[derive(Default)]
struct Talk {
    /// The last command.
    last: Option<Past>,
    /// The commands since MULTI.
    queued: Option<Vec<Command>>,
}

impl Talk {
    /// True if the replies to the next command count as equal.
    fn hear(&mut self, past: Past, strictness: Strictness) -> bool {
        let name = past.command.words[0].to_ascii_uppercase();
        let equal = match (&*name, &self.queued) {
            (b"EXEC", Some(queued)) if past.ours.elements().len() == queued.len() => {
                transaction(queued, &past, strictness)
            }
            _ => same(past.heard(), self.last.as_ref().map(Past::heard), strictness),
        };
        match (past.ours.text(), &mut self.queued) {
            (b"QUEUED", Some(queued)) => queued.push(past.command.clone()),
            (b"OK", queued @ None) if name == b"MULTI" => *queued = Some(Vec::new()),
            _ if [&b"EXEC"[..], b"DISCARD", b"RESET"].contains(&&*name)
                && !(past.ours.kind() == b'-' && past.ours.text().starts_with(b"ERR")) =>
            {
                self.queued = None;
            }
            _ => {}
        }
        self.last = Some(past);
        equal
    }
}

/// Compares the replies within that of EXEC each by the rule of its command.
fn transaction(queued: &[Command], exec: &Past, strictness: Strictness) -> bool {
    let (peer, ours) = (exec.peer.elements(), exec.ours.elements());
    let heard = |at: usize| {
        let Command { words, compare, .. } = &queued[at];
        let words = script::inner(words);
        // A text of 7.2.4 is shared with the queue until its transaction is over.
        let count = words.get(1).is_some_and(|word| word.eq_ignore_ascii_case(b"REFCOUNT"));
        let rule = if count { Compare::Kind } else { *compare };
        Heard { rule, words, peer: &peer[at], ours: &ours[at] }
    };
    exec.peer.head == exec.ours.head
        && (0..queued.len()).all(|at| same(heard(at), at.checked_sub(1).map(heard), strictness))
}

/// Runs the steps from a fresh start: the number of the first step that differs, and how.
fn run(
    peer: &mut Side,
    ours: &mut Side,
    settings: &Settings,
    steps: &[Step],
) -> Option<(usize, Mismatch)> {
    peer.fresh(settings);
    ours.fresh(settings);
    let old = peer.is_old();
    let small = settings.contains(&("hash-max-listpack-entries", "100000"));
    // Older ones have no small sets.
    let strictness = Strictness { ordered: small && !old, old };
    let mut talks: Vec<_> = (0..SESSIONS).map(|_| Talk::default()).collect();
    for (index, step) in steps.iter().enumerate() {
        // A transaction may hold commands of any earlier step.
        let pauses = step.commands.iter().any(|command| {
            let runs = command.words[0].eq_ignore_ascii_case(b"EXEC");
            let queued = talks[step.session].queued.iter().flatten();
            command.brief || runs && queued.into_iter().any(|command| command.brief)
        });
        peer.send(step);
        ours.send(step);
        for command in &step.commands {
            let talk = &mut talks[step.session];
            let left = peer.receive(step.session, &command.words, talk);
            let right = ours.receive(step.session, &command.words, talk);
            let equal = match (&left, &right) {
                (Some(left), Some(right)) => {
                    let (peer, ours) = (left.clone(), right.clone());
                    talk.hear(Past { command: command.clone(), peer, ours }, strictness)
                }
                (None, None) => true,
                _ => false,
            };
            if !equal {
                let words = command.words.clone();
                return Some((index, Mismatch { words, peer: left, ours: right }));
            }
            if left.is_none() {
                *talk = Talk::default();
                peer.sessions[step.session] = peer.server.client();
                ours.sessions[step.session] = ours.server.client();
                break;
            }
        }
        if pauses {
            std::thread::sleep(MOMENT);
        }
    }
    None
}

/// What both must agree on besides replies: type, encoding, content and expiry of every key.
fn survey() -> Vec<Command> {
    let ask = |words: &[&[u8]], compare| Command {
        words: words.iter().map(|word| word.to_vec()).collect(),
        compare,
        brief: false,
    };
    let of_key = |key: &&[u8]| {
        [
            ask(&[b"OBJECT", b"ENCODING", key], Compare::Exact),
            ask(&[b"DEBUG", b"DIGEST-VALUE", key], Compare::Exact),
            ask(&[b"PEXPIRETIME", key], Compare::Within(5000)),
        ]
    };
    let mut commands: Vec<_> = generate::KEYS.iter().flat_map(of_key).collect();
    commands.push(ask(&[b"DEBUG", b"DIGEST"], Compare::Exact));
    commands
}

/// Cuts before and after a command that authenticates: 7.2.4 leaves a refusal without a reply when
/// earlier replies of the same pipeline are still unsent, 7.0 answers. Cuts after a command by
/// which a key may be about to expire: a pause comes there.
fn pipelines(session: usize, commands: Vec<Command>) -> Vec<Step> {
    let alone = |command: &Command| {
        let name = command.words[0].to_ascii_uppercase();
        [&b"AUTH"[..], b"HELLO"].contains(&&*name)
    };
    let is_last =
        |command: &Command| command.brief || command.words[0].eq_ignore_ascii_case(b"EXEC");
    let mut steps: Vec<Step> = Vec::new();
    for command in commands {
        match steps.last_mut() {
            Some(step)
                if !alone(&command)
                    && !alone(&step.commands[0])
                    && !step.commands.last().is_some_and(is_last) =>
            {
                step.commands.push(command);
            }
            _ => steps.push(Step { session, commands: vec![command] }),
        }
    }
    steps
}

/// Removes steps as long as some difference stays.
fn minimise(
    peer: &mut Side,
    ours: &mut Side,
    settings: &Settings,
    steps: Vec<Step>,
    first: &Mismatch,
) -> (Vec<Step>, Mismatch) {
    let single = |step: Step| {
        let session = step.session;
        step.commands.into_iter().map(move |command| Step { session, commands: vec![command] })
    };
    let (steps, mut mismatch) = match run(peer, ours, settings, &steps) {
        Some((last, mismatch)) => (steps.into_iter().take(last + 1).collect(), mismatch),
        None => panic!("a difference that does not repeat: {}", differing(first)),
    };
    let mut steps: Vec<Step> = steps;
    let text = |step: &Step| Step { session: step.session, commands: step.commands.clone() };
    let alone: Vec<_> = steps.iter().map(text).flat_map(single).collect();
    if let Some((last, found)) = run(peer, ours, settings, &alone) {
        steps = alone.into_iter().take(last + 1).collect();
        mismatch = found;
    }
    let mut chunk = steps.len().div_ceil(2);
    loop {
        let mut at = 0;
        while at < steps.len() {
            let end = (at + chunk).min(steps.len());
            let fewer: Vec<_> = steps[..at].iter().chain(&steps[end..]).map(text).collect();
            match run(peer, ours, settings, &fewer) {
                Some((last, found)) => {
                    steps = fewer.into_iter().take(last + 1).collect();
                    mismatch = found;
                }
                None => at = end,
            }
        }
        if chunk == 1 {
            return (steps, mismatch);
        }
        chunk = chunk.div_ceil(2);
    }
}

fn show(reply: &Reply) -> String {
    reply.as_ref().map_or("<closed>".into(), |node| quote::escape(&node.render()))
}

fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

#[test]
fn replies_equal_those_of_a_real_redis() {
    let Some(oracle) = peers::redis_server() else { return };
    let count: usize = setting("FERROUS_DIFF_COMMANDS", "20000").parse().expect("a number");
    let seed = match &*setting("FERROUS_DIFF_SEED", "1") {
        "fresh" => std::process::id().into(),
        text => text.parse::<u64>().expect("a number"),
    };
    let groups = setting("FERROUS_DIFF_GROUPS", "all");
    let mut chosen: Vec<_> = rows::all().map(|row| row.group).collect();
    chosen.dedup();
    chosen.retain(|group| groups == "all" || groups.split(',').any(|name| name == *group));
    let (mut peer, mut ours) = (Side::start(oracle), Side::start(process::under_test()));
    let old = peer.is_old();
    if old {
        eprintln!("the peer is not 7.2.4; not generated: {:?}", compare::NOT_OLD);
        chosen.retain(|group| !compare::NOT_OLD.contains(group));
    }
    let mut done = 0;
    let mut epoch = 0;
    while done < count {
        let (groups, all_small) = epoch_groups(epoch, &chosen);
        let mut generator =
            Generator::new(seed.wrapping_add(epoch << 32), &groups, old, epoch % 3 != 0);
        let settings = epoch_settings(generator.random(), all_small);
        let steps = epoch_of(&mut generator, EPOCH.min(count));
        if let Some((_, first)) = run(&mut peer, &mut ours, &settings, &steps) {
            let (steps, mismatch) = minimise(&mut peer, &mut ours, &settings, steps, &first);
            let text = format!("seed {seed}, epoch {epoch}, {settings:?}");
            panic!("{text}{}", report(&steps, &mismatch));
        }
        done += steps.iter().map(|step| step.commands.len()).sum::<usize>();
        epoch += 1;
    }
    eprintln!("{done} commands, seed {seed}: no difference");
}

/// What an epoch is about, and whether all its collections are small. The order of a table is up
/// to chance, and so is what comes of it elsewhere; ranges by member mean something among equal
/// scores only, and else a skiplist answers by chance. So there are epochs in which the order of
/// sets and hashes is free and without ranges by member, some with small encodings only and the
/// exact order, and some with equal scores only.
fn epoch_groups(epoch: u64, chosen: &[&'static str]) -> (Vec<&'static str>, bool) {
    let without = |gone: &[&str]| -> Vec<&'static str> {
        let kept = chosen.iter().copied().filter(|group| !gone.contains(group));
        kept.collect()
    };
    let groups = match epoch % 4 {
        0 => without(&["lex", "store-lex"]),
        1 => without(&["lex", "store-lex", "server"]),
        // A range by score or member is stored as a skiplist, and SORT makes one.
        2 => without(&["sort", "store-large", "store-lex", "server"]),
        _ => without(&["zset", "store-large", "geo", "sort", "transactions"]),
    };
    // A refused AUTH inside a transaction has no reply in 7.2.4.
    let groups: Vec<_> = match groups.contains(&"transactions") {
        true => groups.into_iter().filter(|group| *group != "auth").collect(),
        false => groups,
    };
    (if groups.is_empty() { chosen.to_vec() } else { groups }, matches!(epoch % 4, 1 | 2))
}

fn epoch_settings(random: &mut Random, all_small: bool) -> Settings {
    let mut settings: Settings =
        SETTINGS.iter().map(|(name, values)| (*name, *random.pick(values))).collect();
    if all_small {
        let small = settings.iter_mut().filter(|(name, _)| name.contains("listpack"));
        small
            .filter(|(name, _)| !name.starts_with("list"))
            .for_each(|(_, value)| *value = "100000");
    } else {
        // Where fewer integers fit than words, the order of a table decides on an encoding.
        let limits = [("512", "128"), ("16", "16"), ("16", "4"), ("4", "0"), ("0", "0")];
        let (ints, words) = *random.pick(&limits);
        settings.extend([("set-max-intset-entries", ints), ("set-max-listpack-entries", words)]);
    }
    settings
}

/// About `size` commands of several sessions.
fn epoch_of(generator: &mut Generator, size: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut made = 0;
    let mut surveyed = 0;
    while made < size {
        let session = generator.random().below(SESSIONS);
        let length = if generator.random().one_in(5) { generator.random().below(10) } else { 0 };
        let commands: Vec<_> = (0..=length).flat_map(|_| generator.commands()).collect();
        made += commands.len();
        steps.extend(pipelines(session, commands));
        if made - surveyed > SURVEY || made >= size {
            surveyed = made;
            steps.push(Step { session: 2, commands: survey() });
        }
    }
    steps
}

fn report(steps: &[Step], mismatch: &Mismatch) -> String {
    let mut text = "; the shortest way there:\n".to_owned();
    for step in steps {
        for command in &step.commands {
            let line = quote::join(&command.words);
            text += &format!("{}> {line}\n", ["", "b", "c"][step.session]);
        }
    }
    text += &format!("differs in {}", differing(mismatch));
    text
}

fn differing(Mismatch { words, peer, ours }: &Mismatch) -> String {
    format!("{}\n  peer {}\n  ours {}", quote::join(words), show(peer), show(ours))
}

#[test]
fn clients_that_wait_hear_what_those_of_a_real_redis_do() {
    let Some(oracle) = peers::redis_server() else { return };
    let count: usize = setting("FERROUS_DIFF_COMMANDS", "20000").parse().expect("a number");
    let seed = setting("FERROUS_DIFF_SEED", "1").parse().unwrap_or(std::process::id().into());
    let (mut peer, mut ours) = (Side::start(oracle), Side::start(process::under_test()));
    if peer.is_old() {
        eprintln!("SKIPPED: older peers serve those who wait otherwise; 7.2.4 is needed");
        return;
    }
    // A tenth: a step is several round trips.
    let done = blocking::scenes(&mut peer, &mut ours, seed, count / 10);
    eprintln!("{done} commands of clients that wait, seed {seed}: no difference");
}
