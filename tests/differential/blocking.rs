//! Clients that wait, beside a real server: who is served, with what, and in which order.
//!
//! Nobody waits for a time, only for others. After every step both servers are asked how many
//! clients wait: those who do not any more must have been told the same.

use crate::Side;
use crate::compare::{Compare, Heard, Strictness, same};
use crate::support::client::{Client, PATIENCE};
use crate::support::frame::Node;
use crate::support::quote;
use crate::support::random::Random;

/// Sessions of a scene; an even one speaks RESP2, an odd one RESP3.
const SESSIONS: usize = 6;
/// Steps of a scene.
const STEPS: usize = 60;
const KEYS: &[&str] = &["l:1", "l:2", "l:3", "z:1", "z:2", "x:1", "x:2"];

/// One server with its sessions.
struct Stage {
    watcher: Client,
    sessions: Vec<Client>,
    /// Sessions that have not been answered.
    waiting: Vec<usize>,
}

impl Stage {
    fn new(side: &mut Side) -> Self {
        let mut watcher = side.server.client();
        watcher.ask("FLUSHALL");
        watcher.ask("DEBUG SET-ACTIVE-EXPIRE 0");
        let sessions = (0..SESSIONS).map(|number| {
            let mut client = side.server.client();
            if number % 2 == 1 {
                client.ask("HELLO 3");
            }
            client
        });
        Self { sessions: sessions.collect(), watcher, waiting: Vec::new() }
    }

    /// How many clients wait.
    fn blocked(&mut self) -> usize {
        let text = self.watcher.ask("INFO clients");
        let (_, rest) = text.split_once("blocked_clients:").expect("a field of INFO");
        rest.split('\\').next().expect("a value").parse().expect("a number")
    }

    /// Sends commands of a session in one piece: the replies that came at once, by session.
    fn act(&mut self, session: usize, commands: &[Vec<Vec<u8>>]) -> Vec<(usize, Vec<Node>)> {
        let bytes: Vec<_> = commands.iter().map(|words| quote::request(words)).collect();
        self.sessions[session].send(&bytes.concat());
        let mut replies = Vec::new();
        // All but the last do not wait.
        for words in &commands[..commands.len() - 1] {
            let reply = self.sessions[session].reply(PATIENCE);
            replies.push(reply.unwrap_or_else(|end| panic!("{end:?} to {}", quote::join(words))));
        }
        self.waiting.push(session);
        self.await_busy(session);
        let mut answered: Vec<(usize, Vec<Node>)> = Vec::new();
        let blocked = self.blocked();
        while self.waiting.len() > blocked {
            let before = self.waiting.len();
            for at in (0..before).rev() {
                let session = self.waiting[at];
                let patience = std::time::Duration::from_millis(5);
                if let Ok(node) = self.sessions[session].reply(patience) {
                    self.waiting.remove(at);
                    answered.push((session, vec![node]));
                }
                if self.waiting.len() == blocked {
                    break;
                }
            }
        }
        if let Some((_, last)) = answered.iter_mut().find(|(other, _)| *other == session) {
            last.splice(0..0, replies);
        } else if !replies.is_empty() {
            answered.push((session, replies));
        }
        answered.sort_by_key(|(session, _)| *session);
        answered
    }

    /// Waits until the server has taken what a session sent: a reply is there, or it waits.
    fn await_busy(&mut self, session: usize) {
        let deadline = std::time::Instant::now() + PATIENCE;
        let others = self.waiting.len() - 1;
        let mut blocked = self.blocked();
        // Fewer wait: a reply is on its way. As many as before: it was answered, or not read yet.
        while blocked == others && !self.sessions[session].has_input() {
            assert!(std::time::Instant::now() < deadline, "the server takes what was sent");
            blocked = self.blocked();
        }
    }
}

fn line(text: String) -> Vec<Vec<u8>> {
    text.split(' ').map(|word| word.as_bytes().to_vec()).collect()
}

/// A command that may wait.
fn waiting(random: &mut Random) -> String {
    let (key, other) = (*random.pick(KEYS), *random.pick(KEYS));
    let lists = &KEYS[..3];
    match random.below(10) {
        0 => format!("BLPOP {key} {other} 0"),
        1 => format!("BRPOP {key} {other} {} 0", random.pick(lists)),
        2 => format!("BLMOVE {} {} RIGHT LEFT 0", random.pick(lists), random.pick(lists)),
        3 => format!("BRPOPLPUSH {} {other} 0", random.pick(lists)),
        4 => format!("BLMPOP 0 2 {key} {other} LEFT COUNT {}", 1 + random.below(3)),
        5 => format!("BZPOPMIN {key} z:1 0"),
        6 => format!("BZPOPMAX z:2 {other} 0"),
        7 => format!("BZMPOP 0 2 z:1 {other} MIN COUNT {}", 1 + random.below(3)),
        8 => format!("XREAD BLOCK 0 STREAMS {} $ $", random.pick(&["x:1 x:2", "x:2 l:1"])),
        _ => format!(
            "XREADGROUP GROUP g c{} {}BLOCK 0 STREAMS {} >",
            random.below(3),
            random.pick(&["", "COUNT 1 ", "NOACK "]),
            random.pick(&["x:1", "x:2"])
        ),
    }
}

/// A command that never waits.
fn acting(random: &mut Random) -> String {
    let (key, other, n) = (*random.pick(KEYS), *random.pick(KEYS), random.below(9));
    match random.below(19) {
        0 | 1 => format!("RPUSH {key} {n}"),
        2 => format!("LPUSH {key} {n} a b c"),
        3 => format!("ZADD {key} {n} m{n} 3 x"),
        4 | 5 => format!("XADD {key} 5-* f {n}"),
        6 => format!("XGROUP CREATE {key} g $ MKSTREAM"),
        7 => format!("XGROUP DESTROY {key} g"),
        8 | 9 => format!("DEL {key}"),
        10 => format!("SET {key} {n}"),
        11 => format!("RENAME {key} {other}"),
        12 => format!("COPY {key} {other} REPLACE"),
        13 => format!("LMOVE {key} {other} LEFT RIGHT"),
        14 => format!("SORT {key} ALPHA STORE {other}"),
        15 => format!("ZUNIONSTORE {key} 1 {other}"),
        16 => format!("LINSERT {key} BEFORE a {n}"),
        // Not SWAPDB: 7.2.4 serves those who wait in the order of a table of keys.
        17 if random.one_in(3) => "FLUSHALL".into(),
        17 => format!("LPUSHX {key} {n}"),
        _ => format!("EXPIRE {key} -1"),
    }
}

/// What a session says in one piece.
fn commands(random: &mut Random) -> Vec<Vec<Vec<u8>>> {
    match random.below(6) {
        0 | 1 => vec![line(waiting(random))],
        2 => {
            let mut all = vec![line("MULTI".into())];
            for _ in 0..=random.below(3) {
                let waits = random.one_in(5);
                all.push(line(if waits { waiting(random) } else { acting(random) }));
            }
            all.push(line("EXEC".into()));
            all
        }
        3 => (0..=random.below(3)).map(|_| line(acting(random))).collect(),
        _ => vec![line(acting(random))],
    }
}

/// Plays scenes on both sides until about so many commands are done.
pub(crate) fn scenes(peer: &mut Side, ours: &mut Side, seed: u64, count: usize) -> usize {
    let strictness = Strictness { ordered: false, old: peer.is_old() };
    let mut done = 0;
    for scene in 0.. {
        if done >= count {
            break;
        }
        let mut random = Random::new(seed.wrapping_add(scene << 32));
        let (mut left, mut right) = (Stage::new(peer), Stage::new(ours));
        let mut story = String::new();
        for _ in 0..STEPS {
            let free: Vec<_> = (0..SESSIONS).filter(|one| !left.waiting.contains(one)).collect();
            if free.len() < 2 {
                break;
            }
            let session = *random.pick(&free);
            let commands = commands(&mut random);
            done += commands.len();
            for words in &commands {
                story += &format!("{session}> {}\n", quote::join(words));
            }
            let (told, heard) = (left.act(session, &commands), right.act(session, &commands));
            assert!(
                alike(&commands, &told, &heard, strictness),
                "seed {seed}, scene {scene}:\n{story}  peer {}\n  ours {}",
                show(&told),
                show(&heard)
            );
        }
        let digest = |stage: &mut Stage| stage.watcher.ask("DEBUG DIGEST");
        let (told, heard) = (digest(&mut left), digest(&mut right));
        assert!(told == heard || strictness.old, "seed {seed}, scene {scene}: digests\n{story}");
    }
    done
}

/// True if the same sessions were told the same.
fn alike(
    commands: &[Vec<Vec<u8>>],
    told: &[(usize, Vec<Node>)],
    heard: &[(usize, Vec<Node>)],
    strictness: Strictness,
) -> bool {
    told.len() == heard.len()
        && told.iter().zip(heard).all(|((one, left), (other, right))| {
            one == other
                && left.len() == right.len()
                && left.iter().zip(right).all(|(peer, ours)| {
                    let words = &commands[0];
                    same(Heard { rule: Compare::Exact, words, peer, ours }, None, strictness)
                })
        })
}

fn show(replies: &[(usize, Vec<Node>)]) -> String {
    let show = |(session, nodes): &(usize, Vec<Node>)| {
        let nodes: Vec<_> = nodes.iter().map(|node| quote::escape(&node.render())).collect();
        format!("{session}: {}", nodes.join(" "))
    };
    replies.iter().map(show).collect::<Vec<_>>().join("; ")
}
