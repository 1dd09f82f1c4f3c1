//! Values with a grammar of their own.

use super::Config;
use super::field::{Field, Line, only, replace, start};
use super::number;
use super::row::{Reason, Row, Setting};
use crate::base::memunit::parse_memory;
use crate::base::num;
use crate::base::text::{push_repr, until_nul};

/// Save a snapshot after so many seconds if there were so many changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavePoint {
    /// Seconds since the last snapshot, at least 1.
    pub seconds: i64,
    /// Changes since the last snapshot.
    pub changes: i32,
}

/// `save`: any of these makes a snapshot due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavePoints(pub Vec<SavePoint>);

impl Default for SavePoints {
    fn default() -> SavePoints {
        let points = [(3600, 1), (300, 100), (60, 10_000)];
        SavePoints(points.map(|(seconds, changes)| SavePoint { seconds, changes }).to_vec())
    }
}

impl SavePoint {
    fn parse(seconds: &[u8], changes: &[u8]) -> Option<SavePoint> {
        let (seconds, _) = number::lenient(until_nul(seconds), 10)?;
        let (changes, _) = number::lenient(until_nul(changes), 10)?;
        // Redis keeps the lower 32 bits of the number of changes.
        (seconds >= 1 && changes >= 0).then_some(SavePoint { seconds, changes: changes as i32 })
    }
}

impl Field for SavePoints {
    fn set(&mut self, _: &Row, args: &[&[u8]], setting: &mut Setting<'_>) -> Result<bool, Reason> {
        let none = matches!(args, [only] if until_nul(only).is_empty());
        let args = if none { &[] } else { args };
        let refused = || Reason::from("Invalid save parameters");
        if !args.len().is_multiple_of(2) {
            return Err(refused());
        }
        let points: Option<Vec<SavePoint>> =
            args.chunks_exact(2).map(|pair| SavePoint::parse(pair[0], pair[1])).collect();
        let points = points.ok_or_else(refused)?;
        if setting.replace_save || none {
            self.0.clear();
        }
        self.0.extend(points);
        setting.saved = true;
        Ok(true)
    }

    fn show(&self, _: &Row, out: &mut Vec<u8>) {
        let points: Vec<String> =
            self.0.iter().map(|point| format!("{} {}", point.seconds, point.changes)).collect();
        out.extend(points.join(" ").bytes());
    }

    fn lines(&self, row: &Row, _: &Config, _: &Config) -> Vec<Line> {
        let line = |value: String| Line {
            text: format!("{} {value}", row.name).into_bytes(),
            forced: true,
        };
        if self.0.is_empty() {
            return vec![line("\"\"".into())];
        }
        self.0.iter().map(|point| line(format!("{} {}", point.seconds, point.changes))).collect()
    }
}

/// How much unsent output a client may have before it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputLimit {
    /// Bytes at which it is closed at once; 0 is no limit.
    pub hard_bytes: u64,
    /// Bytes at which it is closed after `soft_seconds`; 0 is no limit.
    pub soft_bytes: u64,
    /// See `soft_bytes`.
    pub soft_seconds: i32,
}

/// `client-output-buffer-limit`, by class of client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputLimits {
    /// Ordinary clients.
    pub normal: OutputLimit,
    /// Replicas.
    pub replica: OutputLimit,
    /// Clients subscribed to channels.
    pub pubsub: OutputLimit,
}

impl Default for OutputLimits {
    fn default() -> OutputLimits {
        let limit = |hard_mb: u64, soft_mb: u64, soft_seconds| OutputLimit {
            hard_bytes: hard_mb << 20,
            soft_bytes: soft_mb << 20,
            soft_seconds,
        };
        OutputLimits {
            normal: limit(0, 0, 0),
            replica: limit(256, 64, 60),
            pubsub: limit(32, 8, 60),
        }
    }
}

impl OutputLimit {
    fn parse(args: &[&[u8]]) -> Option<OutputLimit> {
        let hard_bytes = parse_memory(until_nul(args[0]))?;
        let soft_bytes = parse_memory(until_nul(args[1]))?;
        // Redis keeps the lower 32 bits of the seconds.
        let soft_seconds = number::lenient(until_nul(args[2]), 10)?.0 as i32;
        (soft_seconds >= 0).then_some(OutputLimit { hard_bytes, soft_bytes, soft_seconds })
    }
}

impl Field for OutputLimits {
    fn set(&mut self, _: &Row, args: &[&[u8]], _: &mut Setting<'_>) -> Result<bool, Reason> {
        if !args.len().is_multiple_of(4) {
            return Err("Wrong number of arguments in buffer limit configuration.".into());
        }
        let mut limits = *self;
        for group in args.chunks_exact(4) {
            let place = match until_nul(group[0]).to_ascii_lowercase().as_slice() {
                b"normal" => &mut limits.normal,
                b"slave" | b"replica" => &mut limits.replica,
                b"pubsub" => &mut limits.pubsub,
                _ => {
                    return Err(
                        "Invalid client class specified in buffer limit configuration.".into()
                    );
                }
            };
            *place = OutputLimit::parse(&group[1..]).ok_or(
                "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
            )?;
        }
        *self = limits;
        Ok(true)
    }

    fn show(&self, _: &Row, out: &mut Vec<u8>) {
        let classes = [("normal", self.normal), ("slave", self.replica), ("pubsub", self.pubsub)];
        let texts = classes.map(|(class, limit)| {
            let OutputLimit { hard_bytes, soft_bytes, soft_seconds } = limit;
            format!("{class} {hard_bytes} {soft_bytes} {soft_seconds}")
        });
        out.extend(texts.join(" ").bytes());
    }

    fn lines(&self, row: &Row, _: &Config, _: &Config) -> Vec<Line> {
        let default = OutputLimits::default();
        let classes = [
            ("normal", self.normal, default.normal),
            ("replica", self.replica, default.replica),
            ("pubsub", self.pubsub, default.pubsub),
        ];
        let line = |(class, limit, default): (&str, OutputLimit, OutputLimit)| {
            let [hard, soft] = [limit.hard_bytes, limit.soft_bytes]
                .map(|bytes| number::show_memory(bytes.cast_signed()));
            let text = format!("{} {class} {hard} {soft} {}", row.name, limit.soft_seconds);
            Line { text: text.into_bytes(), forced: limit != default }
        };
        classes.map(line).into()
    }
}

/// `notify-keyspace-events`: classes of keyspace events, one bit each (the bits of Redis).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventClasses(pub u32);

impl EventClasses {
    /// The bits that the letter `A` stands for: all but `n`, `K`, `E` and `m`.
    pub const ALL: u32 = 0x27fc;

    /// Letters and their bits, in the order in which they are shown; those from `n` on are not in
    /// `A`.
    pub const LETTERS: [(u8, u32); 14] = [
        (b'g', 1 << 2),
        (b'$', 1 << 3),
        (b'l', 1 << 4),
        (b's', 1 << 5),
        (b'h', 1 << 6),
        (b'z', 1 << 7),
        (b'x', 1 << 8),
        (b'e', 1 << 9),
        (b't', 1 << 10),
        (b'd', 1 << 13),
        (b'n', 1 << 14),
        (b'K', 1),
        (b'E', 1 << 1),
        (b'm', 1 << 11),
    ];

    /// Reads letters; None if one is unknown.
    pub fn parse(letters: &[u8]) -> Option<EventClasses> {
        letters.iter().try_fold(EventClasses(0), |classes, letter| {
            let bits = match letter {
                b'A' => EventClasses::ALL,
                _ => EventClasses::LETTERS.iter().find(|(known, _)| known == letter)?.1,
            };
            Some(EventClasses(classes.0 | bits))
        })
    }
}

impl Field for EventClasses {
    fn set(&mut self, _: &Row, args: &[&[u8]], _: &mut Setting<'_>) -> Result<bool, Reason> {
        *self = EventClasses::parse(until_nul(only(args)?))
            .ok_or("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")?;
        Ok(true)
    }

    fn show(&self, _: &Row, out: &mut Vec<u8>) {
        let all = self.0 & EventClasses::ALL == EventClasses::ALL;
        if all {
            out.push(b'A');
        }
        // Redis shows none of the letters up to `n` beside an `A`.
        let skip = if all { EventClasses::LETTERS.len() - 3 } else { 0 };
        for (letter, bit) in EventClasses::LETTERS.into_iter().skip(skip) {
            if self.0 & bit != 0 {
                out.push(letter);
            }
        }
    }

    fn lines(&self, row: &Row, config: &Config, _: &Config) -> Vec<Line> {
        let mut text = start(row);
        push_repr(&mut text, &config.shown(row));
        vec![Line { text, forced: self.0 != 0 }]
    }
}

/// `bind`: the addresses to listen on; a leading `-` makes one optional.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses(pub Vec<Vec<u8>>);

impl Default for Addresses {
    fn default() -> Addresses {
        Addresses(vec![b"*".to_vec(), b"-::*".to_vec()])
    }
}

impl Field for Addresses {
    fn set(&mut self, _: &Row, args: &[&[u8]], _: &mut Setting<'_>) -> Result<bool, Reason> {
        const ADDRESSES_MAX: usize = 16;
        if args.len() > ADDRESSES_MAX {
            return Err("Too many bind addresses specified.".into());
        }
        let none = matches!(args, [only] if only.is_empty());
        let args = if none { &[] } else { args };
        self.0 = args.iter().map(|address| until_nul(address).to_vec()).collect();
        Ok(true)
    }

    fn show(&self, _: &Row, out: &mut Vec<u8>) {
        out.extend(self.0.join(&b' '));
    }

    fn lines(&self, row: &Row, config: &Config, _: &Config) -> Vec<Line> {
        if *self == Addresses::default() {
            return Vec::new();
        }
        let mut text = start(row);
        text.extend(if self.0.is_empty() { b"\"\"".to_vec() } else { config.shown(row) });
        vec![Line { text, forced: true }]
    }
}

/// `dir`: the absolute path of the working directory. The host fills it in at start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dir(pub Vec<u8>);

impl Field for Dir {
    fn set(&mut self, _: &Row, args: &[&[u8]], setting: &mut Setting<'_>) -> Result<bool, Reason> {
        self.0 = setting.dir.change_dir(until_nul(only(args)?)).map_err(Reason::from)?;
        Ok(true)
    }

    fn show(&self, _: &Row, out: &mut Vec<u8>) {
        out.extend(&self.0);
    }

    fn lines(&self, row: &Row, _: &Config, _: &Config) -> Vec<Line> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let mut text = start(row);
        push_repr(&mut text, &self.0);
        vec![Line { text, forced: true }]
    }
}

/// `oom-score-adj-values`: for a primary, a replica, and background work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OomScores(pub [i32; 3]);

impl Default for OomScores {
    fn default() -> OomScores {
        OomScores([0, 200, 800])
    }
}

impl Field for OomScores {
    fn set(&mut self, _: &Row, args: &[&[u8]], setting: &mut Setting<'_>) -> Result<bool, Reason> {
        if args.len() != self.0.len() {
            return Err("wrong number of arguments".into());
        }
        let mut scores = [0; 3];
        for (score, arg) in scores.iter_mut().zip(args) {
            *score = number::lenient(until_nul(arg), 10)
                .filter(|(value, _)| (-2000..=2000).contains(value))
                .map(|(value, _)| value as i32)
                .ok_or("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")?;
        }
        if !scores.is_sorted() {
            setting.warnings.push(
                "The oom-score-adj-values configuration may not work for non-privileged processes! \
                 Please consult the documentation."
                    .into(),
            );
        }
        Ok(replace(&mut self.0, scores))
    }

    fn show(&self, _: &Row, out: &mut Vec<u8>) {
        out.extend(self.0.map(|score| score.to_string()).join(" ").bytes());
    }
}

/// `latency-tracking-info-percentiles`: each from 0 to 100.
#[derive(Clone, Debug, PartialEq)]
pub struct Percentiles(pub Vec<f64>);

impl Default for Percentiles {
    fn default() -> Percentiles {
        Percentiles(vec![50.0, 99.0, 99.9])
    }
}

/// Six decimals without the zeros at their end.
pub fn show_fraction(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Field for Percentiles {
    fn set(&mut self, _: &Row, args: &[&[u8]], _: &mut Setting<'_>) -> Result<bool, Reason> {
        let none = matches!(args, [only] if only.is_empty());
        let args = if none { &[] } else { args };
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            let value = num::parse_double(arg)
                .ok_or("Invalid latency-tracking-info-percentiles parameters")?;
            if !(0.0..=100.0).contains(&value) {
                return Err("latency-tracking-info-percentiles parameters should sit between \
                            [0.0,100.0]"
                    .into());
            }
            values.push(value);
        }
        self.0 = values;
        Ok(true)
    }

    fn show(&self, _: &Row, out: &mut Vec<u8>) {
        let texts: Vec<String> = self.0.iter().map(|value| show_fraction(*value)).collect();
        out.extend(texts.join(" ").bytes());
    }

    fn lines(&self, row: &Row, config: &Config, _: &Config) -> Vec<Line> {
        let mut text = start(row);
        text.extend(if self.0.is_empty() { b"\"\"".to_vec() } else { config.shown(row) });
        vec![Line { text, forced: true }]
    }
}

/// The primary that we follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Primary {
    /// Name or address.
    pub host: Vec<u8>,
    /// TCP port.
    pub port: u16,
}

/// `replicaof`: our primary, if we are a replica. Kept current by whoever changes roles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplicaOf(pub Option<Primary>);

impl Field for ReplicaOf {
    fn set(&mut self, _: &Row, args: &[&[u8]], _: &mut Setting<'_>) -> Result<bool, Reason> {
        let [host, port] = args else {
            return Err("wrong number of arguments".into());
        };
        self.0 = None;
        if host.eq_ignore_ascii_case(b"no") && port.eq_ignore_ascii_case(b"one") {
            return Ok(true);
        }
        let port = number::lenient(until_nul(port), 10)
            .and_then(|(port, _)| u16::try_from(port as i32).ok())
            .ok_or("Invalid master port")?;
        self.0 = Some(Primary { host: host.to_vec(), port });
        Ok(true)
    }

    fn show(&self, _: &Row, out: &mut Vec<u8>) {
        const SHOWN_MAX: usize = 255;
        if let Some(Primary { host, port }) = &self.0 {
            out.extend(until_nul(host));
            out.extend(format!(" {port}").bytes());
            out.truncate(SHOWN_MAX);
        }
    }

    fn lines(&self, row: &Row, config: &Config, _: &Config) -> Vec<Line> {
        let Some(Primary { host, port }) = &self.0 else {
            return Vec::new();
        };
        // In a cluster the node file says who follows whom.
        if config.cluster_enabled {
            return Vec::new();
        }
        let mut text = start(row);
        text.extend(until_nul(host));
        text.extend(format!(" {port}").bytes());
        vec![Line { text, forced: true }]
    }
}
