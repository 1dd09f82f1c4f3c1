//! Transcripts: commands with the exact replies of a real server. The format is described in
//! `tests/transcripts/README.md`.

use std::collections::HashMap;
use std::time::Duration;

use super::frame::{Body, Node};
use super::quote;
use super::target::{Answer, Target, Want};

/// A reply longer than this is written with one element per line.
const LINE_MAX: usize = 96;

/// A file, in order.
pub(crate) struct Transcript {
    pub(crate) config: Vec<(String, String)>,
    lines: Vec<Line>,
}

enum Line {
    /// A comment, an empty line or a directive, kept as written.
    Text(String),
    Sleep(String, Duration),
    Step(Box<Step>),
}

struct Step {
    number: usize,
    source: String,
    client: String,
    action: Action,
    filters: Filters,
    /// One entry per frame, its lines joined.
    expected: Vec<String>,
    closed: bool,
}

enum Action {
    /// A command answered by one reply.
    Ask(String),
    /// A command answered by any number of frames.
    Tell(String),
    /// Bytes as they are.
    Raw(String),
    /// Reads without sending.
    Read,
}

/// What is done to a reply before it is compared, for content that may vary.
#[derive(Clone, Default)]
struct Filters {
    masks: Vec<Pattern>,
    fields: Vec<String>,
    unordered: bool,
    pairs: bool,
    rows: bool,
    captures: Vec<(String, Pattern)>,
}

/// A literal followed by a class of characters: `id={int}`.
#[derive(Clone)]
struct Pattern {
    anchored: bool,
    prefix: String,
    class: String,
}

/// A difference between what a transcript says and what a target answered.
pub(crate) struct Mismatch {
    pub(crate) line: usize,
    pub(crate) text: String,
}

impl Transcript {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut file = Self { config: Vec::new(), lines: Vec::new() };
        let mut filters = Filters::default();
        for (index, line) in text.lines().enumerate() {
            file.line(index + 1, line, &mut filters)
                .map_err(|why| format!("line {}: {why}: {line}", index + 1))?;
        }
        Ok(file)
    }

    fn line(&mut self, number: usize, line: &str, filters: &mut Filters) -> Result<(), String> {
        if let Some(reply) = line.strip_prefix("  ") {
            let Some(Line::Step(step)) = self.lines.last_mut() else {
                return Err("a reply without a command".into());
            };
            match reply.strip_prefix("  ") {
                Some(more) => {
                    step.expected.last_mut().ok_or("nothing to continue")?.push_str(more);
                }
                None if reply == "<closed>" => step.closed = true,
                None => step.expected.push(reply.to_owned()),
            }
            return Ok(());
        }
        if line.is_empty() || line.starts_with('#') {
            self.lines.push(Line::Text(line.to_owned()));
            return Ok(());
        }
        if let Some(directive) = line.strip_prefix('@') {
            return self.directive(line, directive, filters);
        }
        let split = line.find(['~', '>', '<']).ok_or("neither command nor directive")?;
        let (client, rest) = line.split_at(split);
        if !client.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err("a client's label is letters and digits".into());
        }
        let action = if let Some(bytes) = rest.strip_prefix(">> ") {
            Action::Raw(bytes.to_owned())
        } else if let Some(command) = rest.strip_prefix("~> ") {
            Action::Tell(command.to_owned())
        } else if let Some(command) = rest.strip_prefix("> ") {
            Action::Ask(command.to_owned())
        } else if rest == "<" {
            Action::Read
        } else {
            return Err("neither command nor directive".into());
        };
        self.lines.push(Line::Step(Box::new(Step {
            number,
            source: line.to_owned(),
            client: client.to_owned(),
            action,
            filters: std::mem::take(filters),
            expected: Vec::new(),
            closed: false,
        })));
        Ok(())
    }

    fn directive(&mut self, line: &str, text: &str, filters: &mut Filters) -> Result<(), String> {
        let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
        match name {
            "config" => {
                let (option, value) = rest.split_once(' ').ok_or("a value is missing")?;
                self.config.push((option.to_owned(), value.to_owned()));
            }
            "sleep" => {
                let time: u64 = rest.parse().map_err(|_| "milliseconds expected")?;
                self.lines.push(Line::Sleep(line.to_owned(), Duration::from_millis(time)));
                return Ok(());
            }
            "mask" => {
                for pattern in rest.split(' ') {
                    filters.masks.push(Pattern::parse(pattern)?);
                }
            }
            "field" => filters.fields.extend(rest.split(' ').map(str::to_owned)),
            "capture" => {
                let (name, pattern) = rest.split_once(' ').ok_or("a pattern is missing")?;
                filters.captures.push((name.to_owned(), Pattern::parse(pattern)?));
            }
            "unordered" => filters.unordered = true,
            "pairs" => filters.pairs = true,
            "rows" => filters.rows = true,
            _ => return Err("unknown directive".into()),
        }
        self.lines.push(Line::Text(line.to_owned()));
        Ok(())
    }

    /// Number of commands and raw sends.
    pub(crate) fn steps(&self) -> usize {
        self.lines.iter().filter(|line| matches!(line, Line::Step(_))).count()
    }

    /// Runs everything and returns the file with the target's replies in place of its own.
    pub(crate) fn record(&self, target: &mut dyn Target) -> Result<String, String> {
        let mut out = String::new();
        let mut names = HashMap::new();
        for line in &self.lines {
            match line {
                Line::Text(text) => out += &format!("{text}\n"),
                Line::Sleep(text, time) => {
                    target.pass(*time);
                    out += &format!("{text}\n");
                }
                Line::Step(step) => {
                    out += &format!("{}\n", step.source);
                    let want = match step.action {
                        Action::Ask(_) => Want::Reply,
                        _ => Want::Quiet,
                    };
                    let answer = step.run(target, want, &mut names)?;
                    if let Some(problem) = answer.problem {
                        return Err(format!("line {}: {}: {problem}", step.number, step.source));
                    }
                    for node in &answer.frames {
                        let pieces = step.filters.pieces(node, &mut names);
                        if pieces.iter().map(String::len).sum::<usize>() <= LINE_MAX {
                            out += &format!("  {}\n", pieces.concat());
                        } else {
                            out += &format!("  {}\n", pieces.join("\n    "));
                        }
                    }
                    if answer.closed {
                        out += "  <closed>\n";
                    }
                }
            }
        }
        Ok(out)
    }

    /// Runs everything and compares; stops at the first step that gave too little to go on.
    pub(crate) fn replay(&self, target: &mut dyn Target) -> Vec<Mismatch> {
        let mut found = Vec::new();
        let mut names = HashMap::new();
        for line in &self.lines {
            let step = match line {
                Line::Text(_) => continue,
                Line::Sleep(_, time) => {
                    target.pass(*time);
                    continue;
                }
                Line::Step(step) => step,
            };
            let want = Want::Frames { count: step.expected.len(), closed: step.closed };
            let answer = match step.run(target, want, &mut names) {
                Ok(answer) => answer,
                Err(text) => {
                    found.push(Mismatch { line: step.number, text });
                    break;
                }
            };
            let frames = answer.frames.iter();
            let actual: Vec<_> =
                frames.map(|node| step.filters.pieces(node, &mut names).concat()).collect();
            if actual != step.expected || answer.closed != step.closed {
                let wanted = listing(&step.expected, step.closed);
                let given = listing(&actual, answer.closed);
                let from = common_prefix(&wanted, &given);
                let (wanted, given) = (excerpt(&wanted, from), excerpt(&given, from));
                let command = excerpt(&step.source, 0);
                let mut text = format!("{command}\n  expected {wanted}\n  got      {given}");
                if let Some(problem) = &answer.problem {
                    text += &format!("\n  {problem}");
                }
                found.push(Mismatch { line: step.number, text });
            }
            if answer.problem.is_some() {
                break;
            }
        }
        for (label, bytes) in target.left_over() {
            let text = format!("client '{label}' got unasked: {}", quote::escape(&bytes));
            found.push(Mismatch { line: 0, text });
        }
        found
    }
}

fn listing(frames: &[String], closed: bool) -> String {
    let mut all = frames.to_vec();
    if closed {
        all.push("<closed>".into());
    }
    if all.is_empty() { "nothing".into() } else { all.join("\n           ") }
}

fn common_prefix(left: &str, right: &str) -> usize {
    left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count()
}

/// The part of a long text around `from`.
fn excerpt(text: &str, from: usize) -> String {
    let start = if from > 120 { from - 60 } else { 0 };
    let end = (start + 320).min(text.len());
    let before = if start > 0 { "... " } else { "" };
    let after = if end < text.len() { " ..." } else { "" };
    let middle = String::from_utf8_lossy(&text.as_bytes()[start..end]);
    format!("{before}{middle}{after}")
}

impl Step {
    fn run(
        &self,
        target: &mut dyn Target,
        want: Want,
        names: &mut HashMap<String, String>,
    ) -> Result<Answer, String> {
        let bytes = match &self.action {
            Action::Ask(line) | Action::Tell(line) => {
                quote::request(&quote::split(&substitute(line, names)?)?)
            }
            Action::Raw(text) => quote::unescape(text)?,
            Action::Read => Vec::new(),
        };
        Ok(target.exchange(&self.client, &bytes, want))
    }
}

fn substitute(line: &str, names: &HashMap<String, String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, tail) = after.split_once('}').ok_or("an open ${")?;
        let value = names.get(name).ok_or_else(|| format!("nothing captured as {name}"))?;
        out += before;
        out += value;
        rest = tail;
    }
    Ok(out + rest)
}

impl Filters {
    /// The reply as escaped text, one piece per element; remembers captures on the way.
    fn pieces(&self, node: &Node, names: &mut HashMap<String, String>) -> Vec<String> {
        let mut node = node.clone();
        if self.unordered || self.pairs || self.rows {
            self.sort(&mut node);
        }
        let mut pieces = Vec::new();
        self.visit(&node, names, &mut pieces);
        pieces
    }

    fn visit(&self, node: &Node, names: &mut HashMap<String, String>, pieces: &mut Vec<String>) {
        if !node.is_leaf() {
            pieces.push(quote::escape(&node.head) + "\\r\\n");
            let mut hidden = false;
            for element in node.elements() {
                if hidden {
                    pieces.push(format!("{}{{value}}\\r\\n", element.kind() as char));
                } else {
                    self.visit(element, names, pieces);
                }
                hidden = self.fields.iter().any(|name| name.as_bytes() == element.text());
            }
            return;
        }
        let text = String::from_utf8_lossy(node.text()).into_owned();
        for (name, pattern) in &self.captures {
            if let Some(range) = pattern.find(&text, 0) {
                names.entry(name.clone()).or_insert_with(|| text[range].to_owned());
            }
        }
        let masked = self.masks.iter().fold(text.clone(), |text, mask| mask.apply(&text));
        let kind = node.kind() as char;
        pieces.push(match &node.body {
            _ if masked == text => quote::escape(&node.render()),
            Body::Bulk(_) => {
                format!("{kind}{{len}}\\r\\n{}\\r\\n", quote::escape(masked.as_bytes()))
            }
            Body::Line | Body::Many(_) => {
                format!("{kind}{}\\r\\n", quote::escape(masked.as_bytes()))
            }
        });
    }

    fn sort(&self, node: &mut Node) {
        let map = node.kind() == b'%';
        let Body::Many(elements) = &mut node.body else { return };
        let leaves = elements.iter().all(Node::is_leaf);
        if self.rows {
            elements.iter_mut().for_each(|element| self.sort(element));
            if !elements.iter().any(Node::is_leaf) {
                elements.sort_by_key(Node::render);
            }
        } else if map || self.pairs {
            let mut pairs: Vec<_> = elements.chunks(2).map(<[Node]>::to_vec).collect();
            pairs.sort_by_key(|pair| pair[0].render());
            *elements = pairs.concat();
        } else if leaves {
            elements.sort_by_key(Node::render);
        } else {
            elements.iter_mut().for_each(|element| self.sort(element));
        }
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, String> {
        let open = text.find('{').ok_or("a pattern ends in {class}")?;
        let class = text[open + 1..].strip_suffix('}').ok_or("a pattern ends in {class}")?;
        if !["int", "float", "hex", "word", "line"].contains(&class) {
            return Err(format!("no class {class}"));
        }
        let prefix = &text[..open];
        let anchored = prefix.starts_with('^');
        let prefix = prefix.trim_start_matches('^').to_owned();
        Ok(Self { anchored, prefix, class: class.to_owned() })
    }

    fn accepts(&self, byte: u8) -> bool {
        match &*self.class {
            "int" => byte.is_ascii_digit() || byte == b'-',
            "float" => byte.is_ascii_digit() || b"-+.e".contains(&byte),
            "hex" => byte.is_ascii_hexdigit(),
            "word" => byte.is_ascii_graphic(),
            _ => byte != b'\r' && byte != b'\n',
        }
    }

    /// Where the class part of the next match at or after `from` is.
    fn find(&self, text: &str, from: usize) -> Option<std::ops::Range<usize>> {
        let bytes = text.as_bytes();
        let mut at = from;
        while let Some(offset) = text.get(at..)?.find(&self.prefix) {
            let start = at + offset;
            if self.anchored && start != 0 {
                return None;
            }
            let first = start + self.prefix.len();
            let len = bytes[first..].iter().take_while(|byte| self.accepts(**byte)).count();
            let inside_word = start > 0 && bytes[start - 1].is_ascii_alphanumeric();
            if len > 0 && !inside_word {
                return Some(first..first + len);
            }
            at = start + 1;
        }
        None
    }

    fn apply(&self, text: &str) -> String {
        let mut out = String::new();
        let mut from = 0;
        while let Some(range) = self.find(text, from) {
            out += &text[from..range.start];
            out += &format!("{{{}}}", self.class);
            from = range.end;
        }
        out + &text[from..]
    }
}
