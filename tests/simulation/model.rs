//! A small Redis of its own: strings, lists, sorted sets, expiry, transactions, blocking pops,
//! pauses.
//!
//! Written from what the commands mean, sharing nothing with the server: ordered maps, no
//! encodings, one database, one protocol. It replays a history in the order in which the server
//! took it and says what must have been answered.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Milliseconds.
pub(crate) type Time = i64;

/// A client.
pub(crate) type Client = usize;

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Text(String),
    List(VecDeque<String>),
    Scores(BTreeMap<String, i64>),
}

#[derive(Clone, Debug)]
struct Key {
    value: Value,
    expires: Option<Time>,
}

/// What a client waits for.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    words: Vec<String>,
    keys: Vec<String>,
    scores: bool,
    serial: u64,
    /// When it gives up, if ever.
    pub(crate) deadline: Option<Time>,
}

#[derive(Clone, Debug, Default)]
struct State {
    queue: Option<Vec<Vec<String>>>,
    /// EXEC is to fail for a command that could not be queued.
    broken: bool,
    watched: BTreeSet<String>,
    /// A watched key has changed.
    dirty: bool,
    wait: Option<Wait>,
    /// What a pause holds back, and since when.
    held: Option<(u64, Vec<Vec<String>>)>,
}

/// CLIENT PAUSE.
#[derive(Clone, Copy, Debug)]
struct Pause {
    until: Time,
    /// Commands that read are held back, too.
    all: bool,
}

/// See the module.
#[derive(Clone, Default)]
pub(crate) struct Model {
    keys: BTreeMap<String, Key>,
    clients: BTreeMap<Client, State>,
    now: Time,
    serial: u64,
    /// Keys that came into being, for those who wait.
    ready: Vec<String>,
    /// Inside EXEC or a script: nothing waits.
    nested: bool,
    pause: Option<Pause>,
    /// What a command makes others hear at once.
    aside: Vec<(Client, String)>,
    /// The ids of those that are connected.
    ids: BTreeMap<Client, String>,
    /// Clients that others have ended.
    killed: Vec<Client>,
    /// Clients that were let go, and what they have sent beyond that: it comes next.
    resumed: VecDeque<(Client, Vec<Vec<String>>)>,
}

/// An answer, or that there is none yet.
type Answer = Option<String>;

const OK: &str = "+OK\r\n";
const NIL: &str = "$-1\r\n";
pub(crate) const NO_ARRAY: &str = "*-1\r\n";
const WRONG_TYPE: &str = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";

fn int(n: impl Into<i64>) -> String {
    format!(":{}\r\n", n.into())
}

fn count(n: usize) -> String {
    format!(":{n}\r\n")
}

fn bulk(text: &str) -> String {
    format!("${}\r\n{text}\r\n", text.len())
}

fn array(parts: &[String]) -> String {
    format!("*{}\r\n{}", parts.len(), parts.concat())
}

impl Model {
    pub(crate) fn new(now: Time) -> Self {
        Self { now, ..Self::default() }
    }

    /// Time has come so far: what has expired is gone.
    pub(crate) fn pass(&mut self, now: Time) {
        self.now = now;
        let gone: Vec<_> = self
            .keys
            .iter()
            .filter(|(_, key)| key.expires.is_some_and(|at| at < now))
            .map(|(name, _)| name.clone())
            .collect();
        for name in gone {
            self.remove(&name);
        }
    }

    /// True if a client may send: it neither waits nor is held back.
    pub(crate) fn is_free(&self, client: Client) -> bool {
        self.clients.get(&client).is_none_or(|state| state.wait.is_none() && state.held.is_none())
    }

    /// When the pause ends, if there is one.
    pub(crate) fn pause_end(&self) -> Option<Time> {
        self.pause.map(|pause| pause.until)
    }

    /// The clients that others have ended since the last call.
    pub(crate) fn take_killed(&mut self) -> Vec<Client> {
        std::mem::take(&mut self.killed)
    }

    /// The pause is over if its time is: who was held back goes on.
    pub(crate) fn end_pause(&mut self) -> Vec<(Client, String)> {
        let mut answers = Vec::new();
        if self.pause.is_some_and(|pause| pause.until <= self.now) {
            self.release();
            self.resume(&mut answers);
        }
        answers
    }

    /// What a client waits for.
    pub(crate) fn wait(&self, client: Client) -> Option<&Wait> {
        self.clients.get(&client).and_then(|state| state.wait.as_ref())
    }

    /// A client has waited long enough: its answer.
    pub(crate) fn give_up(&mut self, client: Client) -> String {
        self.clients.entry(client).or_default().wait = None;
        NO_ARRAY.to_owned()
    }

    /// A client comes.
    pub(crate) fn arrive(&mut self, client: Client, id: usize) {
        self.ids.insert(client, id.to_string());
    }

    fn named(&self, id: &str) -> Option<Client> {
        self.ids.iter().find(|(_, known)| *known == id).map(|(client, _)| *client)
    }

    /// A client goes.
    pub(crate) fn leave(&mut self, client: Client) {
        self.clients.remove(&client);
        self.ids.remove(&client);
        self.resumed.retain(|(one, _)| *one != client);
    }

    /// Commands that a client sent in one piece: the answers that follow from them, by client.
    pub(crate) fn run(
        &mut self,
        client: Client,
        commands: &[Vec<String>],
    ) -> Vec<(Client, String)> {
        let mut answers = Vec::new();
        self.go_on(client, commands, &mut answers);
        self.resume(&mut answers);
        answers
    }

    fn resume(&mut self, answers: &mut Vec<(Client, String)>) {
        while let Some((client, commands)) = self.resumed.pop_front() {
            self.go_on(client, &commands, answers);
        }
    }

    fn go_on(
        &mut self,
        client: Client,
        commands: &[Vec<String>],
        answers: &mut Vec<(Client, String)>,
    ) {
        for (at, words) in commands.iter().enumerate() {
            if self.holds_back(client, words) {
                self.serial += 1;
                self.state(client).held = Some((self.serial, commands[at..].to_vec()));
                return;
            }
            if let Some(answer) = self.top(client, words) {
                answers.push((client, answer));
            }
            answers.append(&mut self.aside);
            self.serve(answers);
        }
    }

    fn holds_back(&mut self, client: Client, words: &[String]) -> bool {
        let Some(pause) = self.pause else { return false };
        match &*words[0] {
            "NONSENSE" => false,
            _ if pause.all => true,
            "EXEC" => {
                let queue = self.state(client).queue.as_deref().unwrap_or_default();
                queue.iter().any(|words| writes(&words[0]))
            }
            name => writes(name),
        }
    }

    /// The pause is over: those that it held back come next, in the order in which they came.
    fn release(&mut self) {
        self.pause = None;
        let held = self.clients.iter_mut().filter_map(|(client, state)| {
            state.held.take().map(|(serial, commands)| (serial, *client, commands))
        });
        let mut held: Vec<_> = held.collect();
        held.sort();
        self.resumed.extend(held.into_iter().map(|(_, client, commands)| (client, commands)));
    }

    fn client_command(&mut self, client: Client, words: &[String]) -> String {
        match &*words[1] {
            "KILL" => {
                let other = self.named(&words[3]);
                let Some(other) = other.filter(|other| *other != client) else { return int(0) };
                self.leave(other);
                self.killed.push(other);
                int(1)
            }
            "UNBLOCK" => {
                let Some(other) = self.named(&words[2]) else { return int(0) };
                // Who is held back has no time that could be over; 7.2.4 breaks down there.
                let held = self.state(other).held.is_some();
                if self.is_free(other) || held && words[3] == "TIMEOUT" {
                    return int(0);
                }
                if let Some((_, commands)) = self.state(other).held.take() {
                    self.resumed.push_back((other, commands[1..].to_vec()));
                }
                let nothing = self.give_up(other);
                let answer = match &*words[3] {
                    "ERROR" => "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n".to_owned(),
                    _ => nothing,
                };
                self.aside.push((other, answer));
                int(1)
            }
            "PAUSE" => {
                let until = self.now + words[2].parse::<Time>().expect("the test sends numbers");
                let all = words[3] == "ALL";
                let old = self.pause.unwrap_or(Pause { until, all });
                self.pause = Some(Pause { until: until.max(old.until), all: all || old.all });
                OK.into()
            }
            _ => {
                self.release();
                OK.into()
            }
        }
    }

    fn state(&mut self, client: Client) -> &mut State {
        self.clients.entry(client).or_default()
    }

    fn top(&mut self, client: Client, words: &[String]) -> Answer {
        let name = &*words[0];
        let queueing = self.state(client).queue.is_some();
        match name {
            "MULTI" if queueing => {
                return Some("-ERR MULTI calls can not be nested\r\n".into());
            }
            "MULTI" => self.state(client).queue = Some(Vec::new()),
            "WATCH" if queueing => {
                return Some("-ERR WATCH inside MULTI is not allowed\r\n".into());
            }
            "EXEC" => return Some(self.exec(client)),
            "DISCARD" if !queueing => return Some("-ERR DISCARD without MULTI\r\n".into()),
            "DISCARD" => {
                let state = self.state(client);
                let wait = state.wait.take();
                *state = State { wait, ..State::default() };
            }
            "NONSENSE" => {
                self.state(client).broken = queueing;
                let text = "-ERR unknown command 'NONSENSE', with args beginning with: \r\n";
                return Some(text.into());
            }
            _ if queueing => {
                let state = self.state(client);
                // What cannot come to pass does not count as a write, either.
                if !state.broken && !state.dirty {
                    state.queue.as_mut().expect("it is queueing").push(words.to_vec());
                }
                return Some("+QUEUED\r\n".into());
            }
            "WATCH" => {
                self.state(client).watched.extend(words[1..].iter().cloned());
            }
            "UNWATCH" => {
                let state = self.state(client);
                state.watched.clear();
                state.dirty = false;
            }
            _ => return self.command(client, words),
        }
        Some(OK.into())
    }

    fn exec(&mut self, client: Client) -> String {
        let state = std::mem::take(self.state(client));
        let Some(queue) = state.queue else {
            *self.state(client) = state;
            return "-ERR EXEC without MULTI\r\n".into();
        };
        if state.broken {
            return "-EXECABORT Transaction discarded because of previous errors.\r\n".into();
        }
        if state.dirty {
            return NO_ARRAY.into();
        }
        self.nested = true;
        let answers: Vec<_> = queue
            .iter()
            .map(|words| match &*words[0] {
                "UNWATCH" => OK.to_owned(),
                _ => self.command(client, words).expect("nothing waits inside a transaction"),
            })
            .collect();
        self.nested = false;
        array(&answers)
    }

    /// Serves those who wait for keys that came into being, first come first served.
    fn serve(&mut self, answers: &mut Vec<(Client, String)>) {
        while !self.ready.is_empty() {
            for key in std::mem::take(&mut self.ready) {
                let mut waiting: Vec<_> = self
                    .clients
                    .iter()
                    .filter_map(|(client, state)| Some((*client, state.wait.clone()?)))
                    .filter(|(_, wait)| wait.keys.contains(&key))
                    .collect();
                waiting.sort_by_key(|(_, wait)| wait.serial);
                for (client, wait) in waiting {
                    let fits = match self.keys.get(&key).map(|key| &key.value) {
                        Some(Value::List(_)) => !wait.scores,
                        Some(Value::Scores(_)) => wait.scores,
                        _ => false,
                    };
                    if fits && self.holds_back(client, &wait.words) {
                        // To be served is to run the command again.
                        self.serial += 1;
                        let held = Some((self.serial, vec![wait.words]));
                        let state = self.state(client);
                        (state.wait, state.held) = (None, held);
                    } else if fits {
                        self.state(client).wait = None;
                        let answer = self.command(client, &wait.words);
                        answers.push((client, answer.expect("the key is there")));
                    }
                }
            }
        }
    }

    fn touch(&mut self, key: &str) {
        for state in self.clients.values_mut() {
            state.dirty |= state.watched.contains(key);
        }
    }

    fn remove(&mut self, key: &str) -> bool {
        let was = self.keys.remove(key).is_some();
        if was {
            self.touch(key);
        }
        was
    }

    /// Puts a value in place of another one, keeping the expiry; an empty one goes.
    fn put(&mut self, name: &str, value: Value) {
        let empty = match &value {
            Value::Text(_) => false,
            Value::List(list) => list.is_empty(),
            Value::Scores(scores) => scores.is_empty(),
        };
        let expires = self.keys.get(name).and_then(|key| key.expires);
        // A new key wakes nobody unless somebody waits for it, and somebody, perhaps not the same,
        // for its type: this decides in which order keys are looked at.
        let kind = matches!(value, Value::Scores(_));
        let waits = || self.clients.values().filter_map(|state| state.wait.as_ref());
        let wanted = !matches!(value, Value::Text(_))
            && waits().any(|wait| wait.keys.iter().any(|key| key == name))
            && waits().any(|wait| wait.scores == kind);
        let new = wanted && !self.keys.contains_key(name);
        if empty {
            self.keys.remove(name);
        } else {
            self.keys.insert(name.to_owned(), Key { value, expires });
        }
        if new && !empty && !self.ready.iter().any(|ready| ready == name) {
            self.ready.push(name.to_owned());
        }
        self.touch(name);
    }

    fn list(&self, key: &str) -> Result<VecDeque<String>, String> {
        match self.keys.get(key).map(|key| &key.value) {
            None => Ok(VecDeque::new()),
            Some(Value::List(list)) => Ok(list.clone()),
            Some(_) => Err(WRONG_TYPE.into()),
        }
    }

    fn scores(&self, key: &str) -> Result<BTreeMap<String, i64>, String> {
        match self.keys.get(key).map(|key| &key.value) {
            None => Ok(BTreeMap::new()),
            Some(Value::Scores(scores)) => Ok(scores.clone()),
            Some(_) => Err(WRONG_TYPE.into()),
        }
    }

    fn text(&self, key: &str) -> Result<Option<String>, String> {
        match self.keys.get(key).map(|key| &key.value) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text.clone())),
            Some(_) => Err(WRONG_TYPE.into()),
        }
    }

    fn command(&mut self, client: Client, words: &[String]) -> Answer {
        let outcome = match &*words[0] {
            "BLPOP" | "BRPOP" | "BLMOVE" | "BZPOPMIN" => return self.blocking(client, words),
            "CLIENT" => Ok(self.client_command(client, words)),
            "EVAL" => self.script(client, words),
            "LPUSH" | "RPUSH" | "LPOP" | "RPOP" | "LLEN" | "LRANGE" | "LMOVE" => {
                self.list_command(words)
            }
            "ZADD" | "ZPOPMIN" | "ZCARD" => self.score_command(words),
            _ => self.key_command(words),
        };
        Some(outcome.unwrap_or_else(|refusal| refusal))
    }

    fn key_command(&mut self, words: &[String]) -> Result<String, String> {
        let key = words.get(1).map_or("", |key| key);
        let number = |at: usize| words[at].parse::<i64>().expect("the test sends numbers");
        Ok(match &*words[0] {
            "SET" => {
                self.remove(key);
                self.put(key, Value::Text(words[2].clone()));
                if words.len() > 3 {
                    let expires = Some(self.now + number(4));
                    self.keys.get_mut(key).expect("it was set").expires = expires;
                }
                OK.into()
            }
            "GET" => self.text(key)?.map_or(NIL.into(), |text| bulk(&text)),
            "INCR" => {
                let old = self.text(key)?.unwrap_or_else(|| "0".into());
                // "05" is no integer.
                let parsed = old.parse::<i64>().ok().filter(|number| number.to_string() == old);
                let Some(old) = parsed else {
                    return Err("-ERR value is not an integer or out of range\r\n".into());
                };
                self.put(key, Value::Text((old + 1).to_string()));
                int(old + 1)
            }
            "APPEND" => {
                let text = self.text(key)?.unwrap_or_default() + &words[2];
                let len = text.len();
                self.put(key, Value::Text(text));
                count(len)
            }
            "DEL" => count(words[1..].iter().filter(|key| self.remove(key)).count()),
            "EXISTS" => {
                count(words[1..].iter().filter(|key| self.keys.contains_key(&***key)).count())
            }
            "PEXPIRE" => {
                let at = self.now + number(2);
                let Some(found) = self.keys.get_mut(key) else { return Ok(int(0)) };
                if number(2) <= 0 {
                    self.remove(key);
                } else {
                    found.expires = Some(at);
                    self.touch(key);
                }
                int(1)
            }
            "PERSIST" => {
                let found = self.keys.get_mut(key).and_then(|key| key.expires.take());
                if found.is_some() {
                    self.touch(key);
                }
                int(found.is_some())
            }
            "PTTL" => match self.keys.get(key) {
                None => int(-2),
                Some(key) => int(key.expires.map_or(-1, |at| at - self.now)),
            },
            "FLUSHALL" => {
                for key in self.keys.keys().cloned().collect::<Vec<_>>() {
                    self.remove(&key);
                }
                OK.into()
            }
            other => panic!("the model does not know {other}"),
        })
    }

    fn list_command(&mut self, words: &[String]) -> Result<String, String> {
        let key = &*words[1];
        let mut list = self.list(key)?;
        Ok(match &*words[0] {
            "LPUSH" | "RPUSH" => {
                for word in &words[2..] {
                    match &*words[0] {
                        "LPUSH" => list.push_front(word.clone()),
                        _ => list.push_back(word.clone()),
                    }
                }
                let len = list.len();
                self.put(key, Value::List(list));
                count(len)
            }
            "LPOP" | "RPOP" => {
                let popped = take(&mut list, if words[0] == "LPOP" { "LEFT" } else { "RIGHT" });
                let Some(popped) = popped else { return Ok(NIL.into()) };
                self.put(key, Value::List(list));
                bulk(&popped)
            }
            "LLEN" => count(list.len()),
            "LRANGE" => array(&list.iter().map(|word| bulk(word)).collect::<Vec<_>>()),
            _ => self.shift(words)?.unwrap_or(NIL.into()),
        })
    }

    /// `LMOVE`, if there is something to move.
    fn shift(&mut self, words: &[String]) -> Result<Option<String>, String> {
        let [from, to, out, into] = [1, 2, 3, 4].map(|at| &*words[at]);
        let mut source = self.list(from)?;
        if source.is_empty() {
            return Ok(None);
        }
        self.list(to)?;
        let element = take(&mut source, out).expect("it is not empty");
        if from == to {
            give(&mut source, into, element.clone());
            self.put(from, Value::List(source));
            return Ok(Some(bulk(&element)));
        }
        let mut target = self.list(to)?;
        give(&mut target, into, element.clone());
        self.put(to, Value::List(target));
        self.put(from, Value::List(source));
        Ok(Some(bulk(&element)))
    }

    fn score_command(&mut self, words: &[String]) -> Result<String, String> {
        let key = &*words[1];
        let mut scores = self.scores(key)?;
        Ok(match &*words[0] {
            "ZADD" => {
                let score = words[2].parse().expect("the test sends numbers");
                let old = scores.insert(words[3].clone(), score);
                if old != Some(score) {
                    self.put(key, Value::Scores(scores));
                }
                int(old.is_none())
            }
            "ZCARD" => count(scores.len()),
            _ => {
                let Some((member, score)) = lowest(&mut scores) else { return Ok(array(&[])) };
                self.put(key, Value::Scores(scores));
                array(&[bulk(&member), bulk(&score.to_string())])
            }
        })
    }

    fn blocking(&mut self, client: Client, words: &[String]) -> Answer {
        let scores = words[0] == "BZPOPMIN";
        let moves = words[0] == "BLMOVE";
        let keys = if moves { &words[1..2] } else { &words[1..words.len() - 1] };
        for key in keys {
            let outcome = match &*words[0] {
                "BLMOVE" => self.shift(words),
                "BZPOPMIN" => self.pop_scores(key),
                name => self.pop_list(key, if name == "BLPOP" { "LEFT" } else { "RIGHT" }),
            };
            match outcome {
                Err(refusal) => return Some(refusal),
                Ok(Some(answer)) => return Some(answer),
                Ok(None) => {}
            }
        }
        if self.nested {
            return Some(if moves { NIL.into() } else { NO_ARRAY.into() });
        }
        let seconds: f64 = words.last().expect("a timeout").parse().expect("a number");
        let millis = (seconds * 1000.0) as i64;
        self.serial += 1;
        let wait = Wait {
            words: words.to_vec(),
            keys: keys.to_vec(),
            scores,
            serial: self.serial,
            deadline: (millis > 0).then_some(self.now + millis),
        };
        self.state(client).wait = Some(wait);
        None
    }

    fn pop_list(&mut self, key: &str, side: &str) -> Result<Option<String>, String> {
        let mut list = self.list(key)?;
        let Some(element) = take(&mut list, side) else { return Ok(None) };
        self.put(key, Value::List(list));
        Ok(Some(array(&[bulk(key), bulk(&element)])))
    }

    fn pop_scores(&mut self, key: &str) -> Result<Option<String>, String> {
        let mut scores = self.scores(key)?;
        let Some((member, score)) = lowest(&mut scores) else { return Ok(None) };
        self.put(key, Value::Scores(scores));
        Ok(Some(array(&[bulk(key), bulk(&member), bulk(&score.to_string())])))
    }

    /// A script that runs each part of its argument as a command and returns the last result.
    fn script(&mut self, client: Client, words: &[String]) -> Result<String, String> {
        let outer = std::mem::replace(&mut self.nested, true);
        let mut last = NIL.to_owned();
        for line in words[4].split(';') {
            let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
            last = self.command(client, &words).expect("nothing waits inside a script");
            if last.starts_with('-') {
                break;
            }
        }
        self.nested = outer;
        // A script sees null where a command says that there is no array.
        Ok(if last == NO_ARRAY { NIL.into() } else { last })
    }
}

/// True if a pause of those who write holds the command back.
fn writes(name: &str) -> bool {
    let others = ["GET", "EXISTS", "PTTL", "LRANGE", "LLEN", "ZCARD", "CLIENT"];
    let transactions = ["MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH"];
    !others.contains(&name) && !transactions.contains(&name)
}

fn take(list: &mut VecDeque<String>, side: &str) -> Option<String> {
    if side == "LEFT" { list.pop_front() } else { list.pop_back() }
}

fn give(list: &mut VecDeque<String>, side: &str, element: String) {
    if side == "LEFT" { list.push_front(element) } else { list.push_back(element) }
}

fn lowest(scores: &mut BTreeMap<String, i64>) -> Option<(String, i64)> {
    let (member, score) =
        scores.iter().min_by_key(|(member, score)| (**score, (*member).clone()))?;
    let found = (member.clone(), *score);
    scores.remove(&found.0);
    Some(found)
}
