//! Turns rows into commands.
//!
//! Holds: no key ever expires while the test runs, so that both servers see the same keys: a
//! relative time is more than a day or in the past.

use super::table::{Arg, ROWS, Row};
use crate::compare::Compare;
use crate::support::random::Random;

/// A command and how its replies are compared.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    pub(crate) words: Vec<Vec<u8>>,
    pub(crate) compare: Compare,
}

/// The source of commands.
pub(crate) struct Generator {
    random: Random,
    rows: Vec<&'static Row>,
    weight: usize,
    times: u64,
}

const KEYS: &[&[u8]] =
    &[b"a", b"b", b"c", b"d", b"e", b"key:1", b"key:2", b"", b"k\r\n\x00\xff", b"n", b"missing"];
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
    "1e400",
    "1e5000",
    "0x1p3",
    "9007199254740993",
    "0.00000000000000001",
];
const BIT_TYPES: &[&str] = &[
    "u1", "u2", "u4", "u7", "u8", "u16", "u32", "u63", "u64", "i1", "i2", "i5", "i8", "i16", "i33",
    "i63", "i64", "i65", "u0", "x8", "i",
];
const PATTERNS: &[&str] =
    &["*", "?", "k*", "key:?", "[a-c]", "[^a-c]", "", "*\\*", "key:[12]", "[", "\\a", "*e*"];
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
    b"\x00",
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
    /// A generator over the rows of `groups`.
    pub(crate) fn new(seed: u64, groups: &[&str]) -> Self {
        let rows: Vec<_> = ROWS.iter().filter(|row| groups.contains(&row.group)).collect();
        let weight = rows.iter().map(|row| row.weight).sum();
        Self { random: Random::new(seed), rows, weight, times: 0 }
    }

    pub(crate) fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// The next command, wrong about one time in eight.
    pub(crate) fn command(&mut self) -> Command {
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
        self.word(chosen.name, &mut words);
        self.args(chosen.args, &mut words);
        // 7.0 takes the options of HELLO in order, 7.2 takes the last of each: none comes twice.
        if chosen.name != "HELLO" && self.random.one_in(8) {
            let wrong = self.mutate(&words);
            if !expires_soon(&wrong) {
                words = wrong;
            }
        }
        // 7.2 looks at a name as far as its first zero byte, 7.0 at all of it.
        if words.iter().any(|word| word.eq_ignore_ascii_case(b"SETNAME")) {
            words.iter_mut().for_each(|word| word.retain(|byte| *byte != 0));
        }
        Command { words, compare: chosen.compare }
    }

    fn args(&mut self, args: &'static [Arg], out: &mut Vec<Vec<u8>>) {
        for arg in args {
            self.arg(arg, out);
        }
    }

    fn arg(&mut self, arg: &'static Arg, out: &mut Vec<Vec<u8>>) {
        let text = match arg {
            Arg::Word(word) => return self.word(word, out),
            Arg::Key => return out.push(self.random.pick(KEYS).to_vec()),
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
                out.push((0..len).map(|_| self.random.next() as u8).collect());
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
            0 | 1 => (*self.random.pick(FLOATS)).to_owned(),
            2 => format!("{}.{}", self.random.below(1000), self.random.below(1_000_000)),
            _ => {
                let mantissa = (self.random.next() as i64) >> self.random.below(64);
                format!("{mantissa}e{}", self.random.below(40) as i64 - 20)
            }
        };
        out.push(text.into_bytes());
    }

    fn relative(&mut self, scale: u64) -> String {
        if self.random.one_in(5) {
            return (*self.random.pick(PAST_OR_BAD)).to_owned();
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
