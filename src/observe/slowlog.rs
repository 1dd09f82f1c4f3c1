//! The slow log: the last commands that took long.
//!
//! Holds: an entry owns what it shows, at most 32 arguments of at most 128 bytes each.

use std::collections::VecDeque;

use bytes::Bytes;

/// Arguments of an entry; the last tells how many more there were.
const ARGUMENTS_MAX: usize = 32;
/// Bytes of an argument; a longer one is cut and tells how many more there were.
const ARGUMENT_BYTES_MAX: usize = 128;

/// A slow command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Counts up over the life of the server.
    pub id: u64,
    /// When it ended, in Unix seconds.
    pub at: i64,
    /// How long it took.
    pub micros: u64,
    /// Its arguments, cut.
    pub argv: Vec<Bytes>,
    /// Address of the client.
    pub peer: String,
    /// Name of the client.
    pub name: Bytes,
}

/// Who was slow, when, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Slow<'a> {
    /// When it ended, in Unix seconds.
    pub at: i64,
    /// How long it took.
    pub nanos: u64,
    /// Address of the client.
    pub peer: &'a str,
    /// Name of the client.
    pub name: &'a Bytes,
}

/// See the module.
#[derive(Debug, Default)]
pub struct SlowLog {
    /// The latest first.
    entries: VecDeque<Entry>,
    next_id: u64,
    threshold_micros: Option<u64>,
    len_max: u64,
}

/// What an entry keeps of the arguments.
fn cut(argv: &[&[u8]]) -> Vec<Bytes> {
    let whole = if argv.len() > ARGUMENTS_MAX { ARGUMENTS_MAX - 1 } else { argv.len() };
    let mut kept: Vec<Bytes> = argv[..whole].iter().map(|arg| cut_argument(arg)).collect();
    if whole < argv.len() {
        kept.push(format!("... ({} more arguments)", argv.len() - whole).into());
    }
    kept
}

fn cut_argument(arg: &[u8]) -> Bytes {
    match arg.split_at_checked(ARGUMENT_BYTES_MAX) {
        Some((start, rest)) if !rest.is_empty() => {
            let more = format!("... ({} more bytes)", rest.len());
            [start, more.as_bytes()].concat().into()
        }
        _ => Bytes::copy_from_slice(arg),
    }
}

impl SlowLog {
    pub(super) fn adopt(&mut self, threshold_micros: i64, len_max: u64) {
        self.threshold_micros = u64::try_from(threshold_micros).ok();
        self.len_max = len_max;
        if self.threshold_micros.is_some() {
            self.trim();
        }
    }

    fn trim(&mut self) {
        self.entries.truncate(usize::try_from(self.len_max).unwrap_or(usize::MAX));
    }

    /// What takes at least this long is slow.
    pub fn slow_nanos(&self) -> u64 {
        self.threshold_micros.map_or(u64::MAX, |micros| micros.saturating_mul(1000))
    }

    /// Records a command if it was slow. Cost: O(bytes of the arguments kept).
    pub fn note(&mut self, slow: Slow<'_>, argv: &[&[u8]]) {
        if self.threshold_micros.is_none() || slow.nanos < self.slow_nanos() {
            return;
        }
        self.entries.push_front(Entry {
            id: self.next_id,
            at: slow.at,
            micros: slow.nanos / 1000,
            argv: cut(argv),
            peer: slow.peer.to_owned(),
            name: slow.name.clone(),
        });
        self.next_id += 1;
        self.trim();
    }

    /// Entries, the latest first.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Forgets all entries; ids go on.
    pub fn reset(&mut self) {
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(threshold_micros: i64, len_max: u64) -> SlowLog {
        let mut log = SlowLog::default();
        log.adopt(threshold_micros, len_max);
        log
    }

    fn note(log: &mut SlowLog, nanos: u64, argv: &[&[u8]]) {
        log.note(Slow { at: 7, nanos, peer: "p", name: &Bytes::new() }, argv);
    }

    #[test]
    fn keeps_the_latest_that_are_slow_enough() {
        let mut log = log(1, 2);
        for (index, nanos) in [999, 1000, 2000, 3999].into_iter().enumerate() {
            note(&mut log, nanos, &[&[b'a' + index as u8]]);
        }
        let kept: Vec<_> = log.entries().map(|e| (e.id, e.micros, e.argv[0][0])).collect();
        assert_eq!(kept, [(2, 3, b'd'), (1, 2, b'c')]);
        log.reset();
        note(&mut log, 1000, &[b"x"]);
        assert_eq!(log.entries().next().map(|e| e.id), Some(3));
    }

    #[test]
    fn is_off_below_zero_and_then_keeps_what_it_has() {
        let mut log = log(0, 10);
        (0..5).for_each(|_| note(&mut log, 0, &[b"x"]));
        log.adopt(-1, 1);
        note(&mut log, u64::MAX, &[b"x"]);
        assert_eq!(log.entries().len(), 5);
        log.adopt(1000, 1);
        assert_eq!(log.entries().len(), 1);
    }

    #[test]
    fn cuts_arguments() {
        let long = [b'A'; 131];
        assert_eq!(cut(&[&long[..128]])[0], long[..128]);
        assert!(cut(&[&long])[0].ends_with(b"A... (3 more bytes)"));
        assert_eq!(cut(&vec![b"x".as_slice(); 32])[31], b"x".as_slice());
        let many = cut(&vec![b"x".as_slice(); 33]);
        assert_eq!((many.len(), &many[31][..]), (32, b"... (2 more arguments)".as_slice()));
    }
}
