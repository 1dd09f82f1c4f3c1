//! What a transcript is replayed against.

use std::collections::HashMap;
use std::time::Duration;

use super::client::{Client, End, PATIENCE};
use super::frame::{self, Node};
use super::process::{Launch, Server};

/// How much to read after sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// One reply and the pushes before it.
    Reply,
    /// So many frames of any kind, then the end of the connection if `closed`.
    Frames { count: usize, closed: bool },
    /// Whatever comes until the server is silent; for recording only.
    Quiet,
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) frames: Vec<Node>,
    pub(crate) closed: bool,
    /// Why there is less than was wanted.
    pub(crate) problem: Option<String>,
}

/// A server with any number of clients, each named by a label and connected at its first use.
/// The process behind a socket is one; the engine without sockets is another.
pub(crate) trait Target {
    /// Sends `bytes` (none: only reads) from a client and reads what is wanted.
    fn exchange(&mut self, client: &str, bytes: &[u8], want: Want) -> Answer;

    /// Lets time pass.
    fn pass(&mut self, time: Duration);

    /// Bytes that came to any client and that nobody read, by label.
    fn left_over(&mut self) -> Vec<(String, Vec<u8>)>;
}

/// A server process and real sockets.
pub(crate) struct Process {
    server: Server,
    clients: HashMap<String, Client>,
}

/// Silence after which a recording takes an answer as complete.
const SILENCE: Duration = Duration::from_millis(120);

/// Time for a server to read what it does not answer.
const UNANSWERED: Duration = Duration::from_millis(20);

impl Process {
    pub(crate) fn start(binary: &std::path::Path, config: &[(String, String)]) -> Self {
        let launch = config
            .iter()
            .fold(Launch::new(binary), |launch, (name, value)| launch.option(name, value));
        Self { server: launch.start(), clients: HashMap::new() }
    }
}

impl Target for Process {
    fn exchange(&mut self, label: &str, bytes: &[u8], want: Want) -> Answer {
        let server = &self.server;
        let client = self.clients.entry(label.to_owned()).or_insert_with(|| server.client());
        client.send(bytes);
        let mut answer = Answer::default();
        match want {
            Want::Quiet => {
                let (bytes, closed) = client.drain(SILENCE);
                answer.closed = closed;
                let mut rest = &bytes[..];
                while let Ok(Some((node, len))) = frame::parse(rest) {
                    answer.frames.push(node);
                    rest = &rest[len..];
                }
                if !rest.is_empty() {
                    answer.problem = Some(format!("no reply: {}", super::quote::escape(rest)));
                }
            }
            Want::Reply => {
                while !answer.closed && answer.problem.is_none() {
                    take(client, &mut answer);
                    if answer.frames.last().is_some_and(|node| !node.is_push()) {
                        break;
                    }
                }
            }
            Want::Frames { count, closed } => {
                if count == 0 && !closed && !bytes.is_empty() {
                    // No reply tells that the server has read it; what others send comes after it.
                    std::thread::sleep(UNANSWERED);
                }
                while answer.frames.len() < count && !answer.closed && answer.problem.is_none() {
                    take(client, &mut answer);
                }
                if closed && !answer.closed && answer.problem.is_none() {
                    take(client, &mut answer);
                }
            }
        }
        if answer.closed {
            self.clients.remove(label);
        }
        answer
    }

    fn pass(&mut self, time: Duration) {
        std::thread::sleep(time);
    }

    fn left_over(&mut self) -> Vec<(String, Vec<u8>)> {
        let drained = self
            .clients
            .iter_mut()
            .map(|(label, client)| (label.clone(), client.drain(Duration::from_millis(1)).0));
        drained.filter(|(_, bytes)| !bytes.is_empty()).collect()
    }
}

fn take(client: &mut Client, answer: &mut Answer) {
    match client.reply(PATIENCE) {
        Ok(node) => answer.frames.push(node),
        Err(End::Closed(rest)) => {
            answer.closed = true;
            if !rest.is_empty() {
                answer.problem = Some(format!("closed amid: {}", super::quote::escape(&rest)));
            }
        }
        Err(End::Late(rest)) => {
            answer.problem = Some(format!("timed out after: {}", super::quote::escape(&rest)));
        }
        Err(End::Garbage(text)) => answer.problem = Some(format!("no reply: {text}")),
    }
}
