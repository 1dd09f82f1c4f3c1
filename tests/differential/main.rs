//! The same random commands to Debian's Redis and to the server under test: the same replies.
//!
//! `FERROUS_DIFF_COMMANDS` sets the number of commands, `FERROUS_DIFF_SEED` the seed (a number or
//! `fresh`), `FERROUS_DIFF_GROUPS` the groups of rows (`all`, or names with commas),
//! `FERROUS_PEER` the oracle and `FERROUS_SERVER` the server under test.

use compare::same;
use generate::{Command, Generator};
use support::client::{Client, End, PATIENCE};
use support::frame::Node;
use support::process::{self, Launch, Server};
use support::{peers, quote};

mod compare;
mod generate;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "each test program uses a part of the shared code")]
mod support;
mod table;

/// Commands after which all starts afresh; a mismatch is searched in so many at most.
const EPOCH: usize = 2_000;

/// Sessions: the first speaks RESP2, the second RESP3, all may change.
const SESSIONS: usize = 3;

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

/// A reply, or that the connection was closed.
type Reply = Option<Node>;

impl Side {
    fn start(binary: impl Into<std::path::PathBuf>) -> Self {
        let launch = Launch::new(binary).option("enable-debug-command", "yes");
        Self { server: launch.start(), sessions: Vec::new() }
    }

    /// New sessions, no data, default settings.
    fn fresh(&mut self) {
        self.sessions.clear();
        self.sessions.extend((0..SESSIONS).map(|_| self.server.client()));
        assert_eq!(self.sessions[0].ask("FLUSHALL"), "+OK\\r\\n");
        assert_eq!(self.sessions[0].ask("CONFIG SET timeout 0"), "+OK\\r\\n");
        // When an expired key goes by itself is a matter of chance; on access it is not.
        assert_eq!(self.sessions[0].ask("DEBUG SET-ACTIVE-EXPIRE 0"), "+OK\\r\\n");
        self.sessions[1].ask("HELLO 3");
    }

    fn send(&mut self, step: &Step) {
        let requests = step.commands.iter().map(|command| quote::request(&command.words));
        self.sessions[step.session].send(&requests.collect::<Vec<_>>().concat());
    }

    fn receive(&mut self, session: usize, words: &[Vec<u8>]) -> Reply {
        match self.sessions[session].reply(PATIENCE) {
            Ok(node) => Some(node),
            Err(End::Closed(rest)) if rest.is_empty() => None,
            Err(end) => {
                let log = self.server.log();
                panic!("{end:?} instead of a reply to {}\nits log:\n{log}", quote::join(words))
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

/// Runs the steps from a fresh start: the number of the first step that differs, and how.
fn run(peer: &mut Side, ours: &mut Side, steps: &[Step]) -> Option<(usize, Mismatch)> {
    peer.fresh();
    ours.fresh();
    for (index, step) in steps.iter().enumerate() {
        peer.send(step);
        ours.send(step);
        for command in &step.commands {
            let left = peer.receive(step.session, &command.words);
            let right = ours.receive(step.session, &command.words);
            let equal = match (&left, &right) {
                (Some(left), Some(right)) => same(command.compare, &command.words, left, right),
                (None, None) => true,
                _ => false,
            };
            if !equal {
                let words = command.words.clone();
                return Some((index, Mismatch { words, peer: left, ours: right }));
            }
            if left.is_none() {
                peer.sessions[step.session] = peer.server.client();
                ours.sessions[step.session] = ours.server.client();
                break;
            }
        }
    }
    None
}

/// Cuts before and after a command that authenticates: 7.2.4 leaves a refusal without a reply when
/// earlier replies of the same pipeline are still unsent, 7.0 answers.
fn pipelines(session: usize, commands: Vec<Command>) -> Vec<Step> {
    let alone = |command: &Command| {
        let name = command.words[0].to_ascii_uppercase();
        [&b"AUTH"[..], b"HELLO"].contains(&&*name)
    };
    let mut steps: Vec<Step> = Vec::new();
    for command in commands {
        match steps.last_mut() {
            Some(step) if !alone(&command) && !alone(&step.commands[0]) => {
                step.commands.push(command);
            }
            _ => steps.push(Step { session, commands: vec![command] }),
        }
    }
    steps
}

/// Removes steps as long as some difference stays.
fn minimise(peer: &mut Side, ours: &mut Side, steps: Vec<Step>) -> (Vec<Step>, Mismatch) {
    let single = |step: Step| {
        let session = step.session;
        step.commands.into_iter().map(move |command| Step { session, commands: vec![command] })
    };
    let (steps, mut mismatch) = match run(peer, ours, &steps) {
        Some((last, mismatch)) => (steps.into_iter().take(last + 1).collect(), mismatch),
        None => panic!("a difference that does not repeat"),
    };
    let mut steps: Vec<Step> = steps;
    let text = |step: &Step| Step { session: step.session, commands: step.commands.clone() };
    let alone: Vec<_> = steps.iter().map(text).flat_map(single).collect();
    if let Some((last, found)) = run(peer, ours, &alone) {
        steps = alone.into_iter().take(last + 1).collect();
        mismatch = found;
    }
    let mut chunk = steps.len().div_ceil(2);
    loop {
        let mut at = 0;
        while at < steps.len() {
            let end = (at + chunk).min(steps.len());
            let fewer: Vec<_> = steps[..at].iter().chain(&steps[end..]).map(text).collect();
            match run(peer, ours, &fewer) {
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
    let groups = setting("FERROUS_DIFF_GROUPS", "");
    let mut chosen: Vec<_> = table::ROWS.iter().map(|row| row.group).collect();
    chosen.dedup();
    match &*groups {
        "all" => {}
        "" => {
            chosen.retain(|group| !table::PENDING_GROUPS.contains(group));
            eprintln!("PENDING, not generated: {:?}", table::PENDING_GROUPS);
        }
        some => chosen.retain(|group| some.split(',').any(|name| name == *group)),
    }
    let (mut peer, mut ours) = (Side::start(oracle), Side::start(process::under_test()));
    let mut done = 0;
    let mut epoch = 0;
    while done < count {
        let mut generator = Generator::new(seed.wrapping_add(epoch << 32), &chosen);
        let mut steps = Vec::new();
        let mut size = 0;
        while size < EPOCH.min(count) {
            let session = generator.random().below(SESSIONS);
            let length =
                if generator.random().one_in(5) { generator.random().below(10) } else { 0 };
            let commands: Vec<_> = (0..=length).map(|_| generator.command()).collect();
            size += commands.len();
            steps.extend(pipelines(session, commands));
        }
        let digest = vec![b"DEBUG".to_vec(), b"DIGEST".to_vec()];
        let digest = Command { words: digest, compare: compare::Compare::Exact };
        steps.push(Step { session: 0, commands: vec![digest] });
        if run(&mut peer, &mut ours, &steps).is_some() {
            let (steps, mismatch) = minimise(&mut peer, &mut ours, steps);
            let mut text = format!("seed {seed}, epoch {epoch}; the shortest way there:\n");
            for step in &steps {
                for command in &step.commands {
                    let line = quote::join(&command.words);
                    text += &format!("{}> {line}\n", ["", "b", "c"][step.session]);
                }
            }
            panic!(
                "{text}differs in {}\n  peer {}\n  ours {}",
                quote::join(&mismatch.words),
                show(&mismatch.peer),
                show(&mismatch.ours)
            );
        }
        done += size;
        epoch += 1;
    }
    eprintln!("{done} commands, seed {seed}: no difference");
}
