//! Turns rows into commands.
//!
//! Holds: both servers see the same keys: a relative time is more than a day, in the past, or so
//! short that a pause after the command is enough for it to pass.

use crate::compare::Compare;
use crate::rows;
use crate::script;
use crate::support::random::Random;
use crate::table::{Arg, Row};

/// A command and how its replies are compared.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    pub(crate) words: Vec<Vec<u8>>,
    pub(crate) compare: Compare,
    /// A key may be about to expire: a moment is to pass before anything else.
    pub(crate) brief: bool,
}

/// The source of commands.
pub(crate) struct Generator {
    random: Random,
    rows: Vec<&'static Row>,
    weight: usize,
    times: u64,
    /// Keys may expire.
    expires: bool,
    /// The command at hand has a time that passes in a moment.
    brief: bool,
    /// For a peer that is not 7.2.4.
    old: bool,
    /// SORT is among the commands.
    sorts: bool,
    /// The group of the row that is being turned into a command.
    group: &'static str,
}

/// Keys, by the first letter of the type that they most often hold.
pub(crate) const KEYS: &[&[u8]] = &[
    b"s:1",
    b"s:2",
    b"s:3",
    b"s:m1",
    b"s:",
    b"s\r\n\x00\xff",
    b"b:1",
    b"b:2",
    b"l:1",
    b"l:2",
    b"l:3",
    b"S:1",
    b"S:2",
    b"S:3",
    b"S:4",
    b"h:1",
    b"h:2",
    b"h:m1",
    b"z:1",
    b"z:2",
    b"z:3",
    b"g:1",
    b"g:2",
    b"x:1",
    b"x:2",
    b"p:1",
    b"p:2",
    b"p:3",
    b"",
    b"missing",
];
/// Members, fields and elements.
const MEMBERS: &[&[u8]] = &[
    b"m1",
    b"m2",
    b"m3",
    b"m4",
    b"m5",
    b"m6",
    b"f1",
    b"f2",
    b"0",
    b"1",
    b"2",
    b"3",
    b"-1",
    b"300",
    b"70000",
    b"5000000000",
    b"a",
    b"",
    b"01",
    b"m\x01",
    b"\xff\xfe",
    b"3.0",
    b"a member of more than sixty-four bytes, which no small encoding of ours takes in",
];
const SCORES: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "0",
    "1",
    "-1",
    "0.5",
    "1.5",
    "inf",
    "-inf",
    "1e17",
    "-0",
    "3.0e0",
    "100",
    "1e-10",
    "9007199254740993",
    "nan",
    "0x10",
    "x",
    "",
];
const LONGITUDES: &[&str] = &["0", "13.361389", "15.087269", "-180", "180", "179.9999", "2.35"];
const LATITUDES: &[&str] = &["0", "38.115556", "37.502669", "85.05", "-85.05112878", "48.85"];
const INTS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "10",
    "255",
    "256",
    "9999",
    "10000",
    "2147483647",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "-9223372036854775809",
    "9223372036854775806",
    "18446744073709551615",
    "18446744073709551616",
    "-127",
    "-128",
];
const INDICES: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "5",
    "10",
    "44",
    "100",
    "-1",
    "-2",
    "-3",
    "-10",
    "-100",
    "1000",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "536870912",
];
const BIT_OFFSETS: &[&str] = &[
    "0",
    "1",
    "7",
    "8",
    "15",
    "63",
    "100",
    "#0",
    "#1",
    "#3",
    "#10",
    "4294967296",
    "-1",
    "#-1",
    "9223372036854775807",
    "#9223372036854775807",
];
const FLOATS: &[&str] = &[
    "0",
    "1",
    "-1",
    "0.1",
    "0.5",
    "-3.25",
    "1e3",
    "1e-7",
    "3.14159265358979",
    "1e17",
    "-1e17",
    "inf",
    "-inf",
    "nan",
    "0x1p3",
    "9007199254740993",
    "0.00000000000000001",
    // Too large, and last.
    "1e400",
    "1e5000",
];
const BIT_TYPES: &[&str] = &[
    "u1", "u2", "u4", "u7", "u8", "u16", "u32", "u63", "u64", "i1", "i2", "i5", "i8", "i16", "i33",
    "i63", "i64", "i65", "u0", "x8", "i",
];
const PATTERNS: &[&str] = &[
    "*", "?", "k*", "key:?", "[a-c]", "[^a-c]", "", "*\\*", "key:[12]", "[", "\\a", "*e*", "m*",
    "m?", "[a-m]*", "l:*", "?:1", "*1", "\\*", "[^m]*", "[z-a]*",
];
const DBS: &[&str] = &["0", "0", "0", "1", "1", "2", "15", "16", "-1", "x"];
const PAST_OR_BAD: &[&str] = &[
    "0",
    "-1",
    "-100",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "9223372036854775",
    "abc",
    "",
    "1.5",
];
const FAR: &[u64] = &[33_177_117_420, 33_177_117_421, 40_000_000_000, 9_999_999_999];
const GARBAGE: &[&[u8]] = &[
    b"",
    b"abc",
    b"0",
    b"-1",
    b"9223372036854775808",
    b"1.5",
    b" 1",
    b"1 ",
    b"+1",
    b"\x01",
    b"NX",
    b"GET",
    b"EX",
    b"KEEPTTL",
    b"*",
    b"a\r\nb",
    b"string",
    b"0x10",
    b"1e3",
];

impl Generator {
    /// A generator over the rows of `groups`; `expires`: keys may expire.
    pub(crate) fn new(seed: u64, groups: &[&str], old: bool, expires: bool) -> Self {
        // What has expired is still counted, and goes when somebody meets it: there must be no
        // command that meets keys by chance.
        let fits = |row: &&Row| {
            groups.contains(&row.group) && !(expires && ["RANDOMKEY", "SCAN"].contains(&row.name))
        };
        let rows: Vec<_> = rows::all().filter(fits).collect();
        let sorts = groups.contains(&"sort");
        let weight = rows.iter().map(|row| row.weight).sum();
        let random = Random::new(seed);
        Self { random, rows, weight, times: 0, expires, brief: false, old, sorts, group: "" }
    }

    pub(crate) fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// The next command, wrong about one time in eight, amid those that its comparison needs.
    pub(crate) fn commands(&mut self) -> Vec<Command> {
        let command = self.command();
        let exact = |words: &[&[u8]], compare| Command {
            words: words.iter().map(|word| word.to_vec()).collect(),
            compare,
            brief: false,
        };
        let Some(key) = command.words.get(1).cloned() else { return vec![command] };
        let all: &[&[u8]] = match self.group {
            "hash" => &[b"HGETALL", &key],
            "zset" => &[b"ZRANGE", &key, b"0", b"-1", b"WITHSCORES"],
            _ => &[b"SMEMBERS", &key],
        };
        match command.compare {
            Compare::Sampled => {
                let rule = if self.group == "set" { Compare::Unordered } else { Compare::Pairs };
                vec![exact(all, rule), command]
            }
            // What is left of it is up to chance.
            Compare::Taken => {
                vec![
                    exact(all, Compare::Unordered),
                    command,
                    exact(&[b"DEL", &key], Compare::Exact),
                ]
            }
            Compare::Listed if self.group == "sort" => {
                vec![exact(&[b"TYPE", &key], Compare::Exact), command]
            }
            Compare::Listed | Compare::Scanned => {
                vec![exact(&[b"OBJECT", b"ENCODING", &key], Compare::Exact), command]
            }
            _ => vec![command],
        }
    }

    fn command(&mut self) -> Command {
        let mut at = self.random.below(self.weight);
        let mut chosen = self.rows[0];
        for row in &self.rows {
            chosen = row;
            if at < row.weight {
                break;
            }
            at -= row.weight;
        }
        let mut words = Vec::new();
        self.brief = false;
        self.group = chosen.group;
        self.word(chosen.name, &mut words);
        self.args(chosen.args, &mut words);
        // 7.0 takes the options of HELLO in order, 7.2 takes the last of each: none comes twice.
        // Sorted sets without scores stay so.
        if !self.brief
            && chosen.name != "HELLO"
            && chosen.group != "lex-add"
            && self.random.one_in(8)
        {
            let wrong = self.mutate(&words);
            if !expires_soon(&wrong) {
                words = wrong;
            }
        }
        // 7.2 looks at a name as far as its first zero byte, 7.0 at all of it.
        if words.iter().any(|word| word.eq_ignore_ascii_case(b"SETNAME")) {
            words.iter_mut().for_each(|word| word.retain(|byte| *byte != 0));
        }
        tame(&mut words);
        if self.old {
            rejuvenate(&mut words);
        }
        // Other rules want to see the reply as it is.
        // 7.0 lets no command that may wait into a script.
        let waits = chosen.name.starts_with("XREAD")
            || chosen.name.starts_with('B') && !chosen.name.starts_with("BIT");
        let fits = matches!(chosen.compare, Compare::Exact) && !(self.old && waits);
        let mut compare = chosen.compare;
        if fits && self.random.one_in(12) {
            words = script::wrap(&words, &mut self.random, self.old);
            // The only sets of statuses are the flags that COMMAND shows.
            if chosen.name == "COMMAND" && script::sees_sets(&words) {
                compare = Compare::Statuses;
            }
        }
        Command { words, compare, brief: self.brief }
    }

    /// A key: in seven cases of eight one that most often holds what `group` works on.
    fn key(&mut self, group: &str) -> Vec<u8> {
        let initial = match group {
            "string" => b's',
            "bitmap" => b'b',
            "list" => b'l',
            "set" => b'S',
            "hash" => b'h',
            "zset" | "store-large" | "store-lex" | "lex" | "lex-add" => b'z',
            "geo" => b'g',
            "blocking" | "stream" | "stream-ids" | "consumer-groups" | "consumer-times" => b'x',
            "hyperloglog" => b'p',
            _ => return self.random.pick(KEYS).to_vec(),
        };
        let initial = match group {
            "blocking" => *self.random.pick(b"lzx"),
            _ => initial,
        };
        loop {
            let key = *self.random.pick(KEYS);
            if key.first() == Some(&initial) || self.random.one_in(240) {
                return key.to_vec();
            }
        }
    }

    fn counted(&mut self, arg: &'static Arg, out: &mut Vec<Vec<u8>>) {
        let keys = 1 + self.random.below(3);
        let number = if self.random.one_in(12) {
            (*self.random.pick(&["0", "-1", "1", "2", "4", "99", "x", ""])).to_owned()
        } else {
            keys.to_string()
        };
        out.push(number.into_bytes());
        for _ in 0..keys {
            self.arg(arg, out);
        }
    }

    fn args(&mut self, args: &'static [Arg], out: &mut Vec<Vec<u8>>) {
        for arg in args {
            self.arg(arg, out);
        }
    }

    fn arg(&mut self, arg: &'static Arg, out: &mut Vec<Vec<u8>>) {
        let text = match arg {
            Arg::Word(word) => return self.word(word, out),
            Arg::Text(word) => (*word).to_owned(),
            Arg::Key => {
                let key = self.key(self.group);
                return out.push(key);
            }
            Arg::KeyOf(group) => {
                let key = self.key(group);
                return out.push(key);
            }
            Arg::Counted(arg) => return self.counted(arg, out),
            Arg::Many(args) => {
                let serial = self.random.below(1000);
                for at in 0..self.random.below(100) {
                    self.args(args, out);
                    if let Some(last) = out.last_mut().filter(|last| !last.is_empty()) {
                        last.extend((serial + at).to_string().into_bytes());
                    }
                }
                // Nothing at all would be refused.
                return self.args(args, out);
            }
            Arg::Member => return out.push(self.random.pick(MEMBERS).to_vec()),
            Arg::Score => (*self.random.pick(SCORES)).to_owned(),
            Arg::Sample => {
                (*self.random.pick(&["0", "1", "2", "5", "300", "-1", "-7", "-40", "x"])).to_owned()
            }
            Arg::Longitude => self.degrees(LONGITUDES, 190),
            Arg::Latitude => self.degrees(LATITUDES, 90),
            Arg::Value => return self.value(out),
            Arg::Maybe(args) => {
                if self.random.one_in(2) {
                    self.args(args, out);
                }
                return;
            }
            Arg::Either(choices) => {
                let choice = *self.random.pick(choices);
                return self.args(choice, out);
            }
            Arg::Options(choices) => {
                let count = self.random.below(3) + usize::from(self.random.one_in(6));
                for _ in 0..count {
                    let choice = *self.random.pick(choices);
                    self.args(choice, out);
                }
                return;
            }
            Arg::Several(args) => {
                for _ in 0..=self.random.below(4) {
                    self.args(args, out);
                }
                return;
            }
            Arg::Int => return self.int(out),
            Arg::Index => (*self.random.pick(INDICES)).to_owned(),
            Arg::BitOffset => (*self.random.pick(BIT_OFFSETS)).to_owned(),
            Arg::Bit => (*self.random.pick(&["0", "1", "0", "1", "0", "1", "2", "x"])).to_owned(),
            Arg::Float => return self.float(out),
            Arg::BitType => (*self.random.pick(BIT_TYPES)).to_owned(),
            Arg::Pattern => (*self.random.pick(PATTERNS)).to_owned(),
            Arg::Db => (*self.random.pick(DBS)).to_owned(),
            Arg::Seconds => self.relative(1),
            Arg::Millis => self.relative(1000),
            Arg::UnixSeconds => self.absolute(1),
            Arg::UnixMillis => self.absolute(1000),
        };
        out.push(text.into_bytes());
    }

    fn word(&mut self, word: &str, out: &mut Vec<Vec<u8>>) {
        let mut bytes = word.as_bytes().to_vec();
        match self.random.below(4) {
            0 => bytes.make_ascii_lowercase(),
            1 => {
                for byte in &mut bytes {
                    if self.random.one_in(2) {
                        *byte = byte.to_ascii_lowercase();
                    }
                }
            }
            _ => {}
        }
        out.push(bytes);
    }

    fn value(&mut self, out: &mut Vec<Vec<u8>>) {
        match self.random.below(8) {
            0 | 1 => self.int(out),
            2 => self.float(out),
            3 => {
                let len = *self.random.pick(&[0, 1, 10, 43, 44, 45, 63, 64, 65, 200, 5000]);
                out.push(vec![b'a' + self.random.below(26) as u8; len]);
            }
            4 => {
                let len = self.random.below(12);
                // Texts that differ behind a zero are the same for SORT ALPHA, in any order.
                let lowest = if self.group == "string" { 0 } else { 1 };
                out.push((0..len).map(|_| (self.random.next() as u8).max(lowest)).collect());
            }
            _ => {
                let len = 1 + self.random.below(12);
                out.push((0..len).map(|_| b'a' + self.random.below(4) as u8).collect());
            }
        }
    }

    fn int(&mut self, out: &mut Vec<Vec<u8>>) {
        let text = match self.random.below(3) {
            0 => (*self.random.pick(INTS)).to_owned(),
            1 => (self.random.below(2000) as i64 - 1000).to_string(),
            _ => ((self.random.next() as i64) >> self.random.below(64)).to_string(),
        };
        out.push(text.into_bytes());
    }

    fn float(&mut self, out: &mut Vec<Vec<u8>>) {
        let text = match self.random.below(4) {
            0 | 1 => {
                // SORT of 7.2.4 takes an error of an earlier command for its own.
                let known = if self.sorts { FLOATS.len() - 2 } else { FLOATS.len() };
                (*self.random.pick(&FLOATS[..known])).to_owned()
            }
            2 => format!("{}.{}", self.random.below(1000), self.random.below(1_000_000)),
            _ => {
                let mantissa = (self.random.next() as i64) >> self.random.below(64);
                format!("{mantissa}e{}", self.random.below(40) as i64 - 20)
            }
        };
        out.push(text.into_bytes());
    }

    fn degrees(&mut self, known: &[&str], limit: usize) -> String {
        if self.random.one_in(3) {
            return (*self.random.pick(known)).to_owned();
        }
        let whole = self.random.below(2 * limit) as i64 - limit as i64;
        format!("{whole}.{}", self.random.below(100_000))
    }

    fn relative(&mut self, scale: u64) -> String {
        if self.random.one_in(5) {
            return (*self.random.pick(PAST_OR_BAD)).to_owned();
        }
        if self.expires && scale > 1 && self.random.one_in(8) {
            self.brief = true;
            return (1 + self.random.below(3)).to_string();
        }
        self.times += 1;
        ((100_000 + self.times * 1000) * scale).to_string()
    }

    fn absolute(&mut self, scale: u64) -> String {
        if self.random.one_in(5) {
            return (*self.random.pick(PAST_OR_BAD)).to_owned();
        }
        let far = *self.random.pick(FAR) * scale;
        (far + if scale > 1 { self.random.below(1000) as u64 } else { 0 }).to_string()
    }

    fn mutate(&mut self, words: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let mut wrong = words.to_vec();
        let at = self.random.below(wrong.len());
        match self.random.below(5) {
            0 if wrong.len() > 1 => drop(wrong.remove(at.max(1))),
            1 => wrong.insert(at + 1, wrong[at].clone()),
            2 if wrong.len() > 2 => {
                let other = 1 + self.random.below(wrong.len() - 1);
                wrong.swap(at.max(1), other);
            }
            3 => wrong.push(self.random.pick(GARBAGE).to_vec()),
            _ => wrong[at.max(1).min(words.len() - 1)] = self.random.pick(GARBAGE).to_vec(),
        }
        wrong
    }
}

/// True if the command might let a key expire during the test.
fn expires_soon(words: &[Vec<u8>]) -> bool {
    let soon = |word: Option<&Vec<u8>>| {
        let text = word.and_then(|word| std::str::from_utf8(word).ok()).unwrap_or("");
        text.parse::<i64>().is_ok_and(|time| (1..100_000_000).contains(&time))
    };
    let name = words[0].to_ascii_uppercase();
    if [&b"EXPIRE"[..], b"PEXPIRE", b"SETEX", b"PSETEX"].contains(&&*name) {
        return soon(words.get(2));
    }
    (0..words.len()).any(|at| {
        matches!(&*words[at].to_ascii_uppercase(), b"EX" | b"PX") && soon(words.get(at + 1))
    })
}

/// Takes out what would depend on the clock or wait for long.
fn tame(words: &mut [Vec<u8>]) {
    let name = words[0].to_ascii_uppercase();
    if name == b"XADD" {
        for word in &mut words[1..] {
            if word == b"*" {
                *word = b"20-*".to_vec();
            }
        }
    }
    let brief = |word: &Vec<u8>| {
        let text = std::str::from_utf8(word).unwrap_or_default().to_ascii_lowercase();
        let seconds = text.parse::<f64>();
        // A server takes hexadecimal digits, too, and rounds to milliseconds: 0 is for ever.
        let long = |seconds| seconds > 0.01 || (-0.001..=0.0).contains(&seconds);
        text.contains("0x") || seconds.is_ok_and(long)
    };
    let last = words.len() - 1;
    let timeout = match &*name {
        b"BLPOP" | b"BRPOP" | b"BLMOVE" | b"BRPOPLPUSH" | b"BZPOPMIN" | b"BZPOPMAX" => last,
        b"BLMPOP" | b"BZMPOP" => 1.min(last),
        _ => 0,
    };
    if timeout > 0 && brief(&words[timeout]) {
        words[timeout] = b"0.01".to_vec();
    }
    if name.starts_with(b"XREAD") {
        for at in 1..words.len() {
            if words[at - 1].eq_ignore_ascii_case(b"BLOCK") && brief(&words[at]) {
                words[at] = b"10".to_vec();
            }
        }
    }
}

/// Takes out what 7.0 does not have, or does otherwise and keeps the outcome.
fn rejuvenate(words: &mut Vec<Vec<u8>>) {
    let name = words[0].to_ascii_uppercase();
    let is = |word: &Vec<u8>, text: &[u8]| word.eq_ignore_ascii_case(text);
    match &*name {
        // An index of a list near the limit was taken for another.
        b"LSET" | b"LINDEX" | b"LREM" | b"LPOS" | b"LRANGE" | b"LTRIM" => {
            for word in words.iter_mut().filter(|word| word.len() > 18) {
                *word = b"1000".to_vec();
            }
        }
        b"ZRANK" | b"ZREVRANK" => words.truncate(3),
        // Registers behind the last one of a HyperLogLog end it for 7.2.4, and are a reason to
        // refuse it for the 7.0.15 that Debian has mended since. A run of them has the highest
        // bit; other runs behind the last register are refused by all.
        b"APPEND" | b"SETRANGE" if words.get(1).is_some_and(|key| key.starts_with(b"p:")) => {
            words[2..].iter_mut().flatten().for_each(|byte| *byte &= 0x7f);
        }
        // The consumer was not made.
        b"XREADGROUP" => words.retain(|word| !is(word, b"NOACK")),
        _ => {}
    }
}
