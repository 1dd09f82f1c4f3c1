//! The reply writer: one set of calls, RESP2 or RESP3 bytes.
//!
//! Holds: a caller never asks for the version; bytes have the shape that Redis 7.2 gives them.
//! Debug builds check that an aggregate gets as many elements as it announced.
//! Cost: appending to a vector; a deferred aggregate moves what follows its header once more; a big
//! value that is already shared goes out by reference.
//! Not here: numbers as text (`base::num`), and whether the client wants replies at all.
//!
//! ```
//! use ferrous::resp::encode::{Reply, Version};
//!
//! let mut bytes = Vec::new();
//! let mut reply = Reply::detached(&mut bytes, Version::Resp3);
//! let list = reply.deferred_map();
//! reply.bulk(b"field");
//! reply.double_text(b"1.5");
//! reply.resolve(list, 1);
//! reply.finish();
//! assert_eq!(bytes, b"%1\r\n$5\r\nfield\r\n,1.5\r\n");
//! ```

use bytes::Bytes;

use super::outbox::{BIG_REPLY, Outbox, Span, push_run};
use crate::base::id::ClientKey;

/// The protocol that a client has chosen with `HELLO`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// Version 2, that of a new connection.
    #[default]
    Resp2,
    /// Version 3.
    Resp3,
}

/// Writes replies for one client, or into a vector. Dropping it queues what was written.
#[derive(Debug)]
pub struct Reply<'a> {
    bytes: &'a mut Vec<u8>,
    /// `None`: detached.
    spans: Option<(&'a mut Vec<Span>, ClientKey)>,
    /// Bytes from here on are in no span yet.
    run: usize,
    version: Version,
    /// See [`Outbox::ceiling`].
    ceiling: usize,
    expected: expected::Stack,
}

/// A point to come back to; see [`Reply::rewind`].
#[derive(Clone, Debug)]
pub struct Mark {
    bytes: usize,
    spans: usize,
    run: usize,
    expected: expected::Stack,
}

/// An aggregate whose length is not known yet: give it to [`Reply::resolve`].
#[derive(Debug)]
#[must_use = "the header is written by `resolve`"]
pub struct Deferred {
    at: usize,
    /// Number of spans at the time: the span with this index holds `at`.
    spans: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Array,
    Map,
    Set,
    Push,
    Attribute,
}

impl<'a> Reply<'a> {
    /// Replies of `client`, queued in `out`.
    pub fn new(out: &'a mut Outbox, client: ClientKey, version: Version) -> Self {
        let run = out.bytes.len();
        let expected = expected::Stack::default();
        let (ceiling, spans) = (out.ceiling, Some((&mut out.spans, client)));
        Self { bytes: &mut out.bytes, spans, run, version, ceiling, expected }
    }

    /// Replies that are kept, at the end of `bytes`: for a script, a transaction, a push.
    pub fn detached(bytes: &'a mut Vec<u8>, version: Version) -> Self {
        let run = bytes.len();
        let (ceiling, expected) = (usize::MAX, expected::Stack::default());
        Self { bytes, spans: None, run, version, ceiling, expected }
    }

    /// True if the client will be closed because of what is to be sent to it: a reply of any length
    /// that it would not see anyway may be given up.
    #[inline]
    pub fn is_over_limit(&self) -> bool {
        self.bytes.len() >= self.ceiling
    }

    /// The version in use.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Changes the version for what follows (`HELLO` answers in the version it sets).
    pub fn set_version(&mut self, version: Version) {
        self.version = version;
    }

    /// Queues what was written. Debug builds panic if an aggregate lacks elements.
    pub fn finish(self) {
        drop(self);
    }

    /// `+OK`.
    #[inline]
    pub fn ok(&mut self) {
        self.constant(b"+OK\r\n");
    }

    /// `+PONG`.
    #[inline]
    pub fn pong(&mut self) {
        self.constant(b"+PONG\r\n");
    }

    /// `+QUEUED`.
    #[inline]
    pub fn queued(&mut self) {
        self.constant(b"+QUEUED\r\n");
    }

    /// A simple string, as it is: it must not hold CR or LF.
    pub fn status(&mut self, text: impl AsRef<[u8]>) {
        self.line(b'+', text.as_ref());
    }

    /// An error. A text that starts with `-` brings its own code, any other gets `-ERR `. CR and LF
    /// at both ends are dropped, inside they become spaces.
    pub fn error(&mut self, text: impl AsRef<[u8]>) {
        self.expected.element();
        let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let text = text.as_ref();
        let first = text.iter().position(|byte| !is_end(byte)).unwrap_or(text.len());
        let last = text.iter().rposition(|byte| !is_end(byte)).map_or(first, |last| last + 1);
        let text = &text[first..last];
        if text.first() != Some(&b'-') {
            self.bytes.extend_from_slice(b"-ERR ");
        }
        self.bytes.extend(text.iter().map(|byte| if is_end(byte) { b' ' } else { *byte }));
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// An error whose text, which has a code, leaves as it is, line ends included: so do the errors
    /// that scripts raise.
    pub fn raw_error(&mut self, text: &[u8]) {
        self.expected.element();
        self.bytes.push(b'-');
        self.bytes.extend_from_slice(text);
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// An integer.
    #[inline]
    pub fn int(&mut self, value: i64) {
        self.expected.element();
        self.header(b':', value);
    }

    /// A bulk string.
    #[inline]
    pub fn bulk(&mut self, value: impl AsRef<[u8]>) {
        self.expected.element();
        self.string(value.as_ref());
    }

    /// An integer as a bulk string.
    pub fn bulk_int(&mut self, value: i64) {
        self.bulk(itoa::Buffer::new().format(value));
    }

    /// A bulk string that is shared already: from [`BIG_REPLY`] bytes on it is not copied.
    pub fn bulk_shared(&mut self, value: &Bytes) {
        let Some((spans, client)) = self.spans.as_mut().filter(|_| value.len() >= BIG_REPLY) else {
            return self.bulk(value);
        };
        let client = *client;
        self.expected.element();
        write_header(self.bytes, b'$', value.len() as i64);
        push_run(spans, client, self.run, self.bytes.len());
        spans.push(Span::Shared { client, bytes: value.clone() });
        self.run = self.bytes.len();
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// Nothing, where a string was asked for: `$-1` or `_`.
    #[inline]
    pub fn null(&mut self) {
        self.by_version(b"$-1\r\n", b"_\r\n");
    }

    /// Nothing, where an array was asked for: `*-1` or `_`.
    pub fn null_array(&mut self) {
        self.by_version(b"*-1\r\n", b"_\r\n");
    }

    /// An array without elements.
    pub fn empty_array(&mut self) {
        self.constant(b"*0\r\n");
    }

    /// A boolean: `:1` and `:0`, or `#t` and `#f`.
    pub fn bool(&mut self, value: bool) {
        match value {
            true => self.by_version(b":1\r\n", b"#t\r\n"),
            false => self.by_version(b":0\r\n", b"#f\r\n"),
        }
    }

    /// A double, given as its text: a bulk string, or `,text`.
    pub fn double_text(&mut self, text: &[u8]) {
        self.by_version_text(b',', text);
    }

    /// An integer of any size, given as its text: a bulk string, or `(text`.
    pub fn big_number(&mut self, text: &[u8]) {
        self.by_version_text(b'(', text);
    }

    /// Text for people, of format `ext` (`txt`, `mkd`): a bulk string, or `=len`, `ext:text`.
    pub fn verbatim(&mut self, ext: &[u8; 3], text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        if self.version == Version::Resp2 {
            return self.bulk(text);
        }
        self.expected.element();
        self.header(b'=', text.len() as i64 + 4);
        self.bytes.extend_from_slice(ext);
        self.bytes.push(b':');
        self.bytes.extend_from_slice(text);
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// The same for a text that is given away: in RESP2 a large one is not copied.
    pub fn verbatim_owned(&mut self, ext: &[u8; 3], text: String) {
        match self.version {
            Version::Resp2 => self.bulk_shared(&Bytes::from(text)),
            Version::Resp3 => self.verbatim(ext, text),
        }
    }

    /// The header of `n` elements.
    #[inline]
    pub fn array(&mut self, n: usize) {
        self.aggregate(Kind::Array, n);
    }

    /// The header of `n` pairs: a flat array in RESP2.
    pub fn map(&mut self, n: usize) {
        self.aggregate(Kind::Map, n);
    }

    /// The header of `n` distinct elements: an array in RESP2.
    pub fn set(&mut self, n: usize) {
        self.aggregate(Kind::Set, n);
    }

    /// The header of an out-of-band message of `n` elements: an array in RESP2.
    pub fn push(&mut self, n: usize) {
        self.aggregate(Kind::Push, n);
    }

    /// The header of `n` pairs of attributes of the element that follows. RESP2 has none: debug
    /// builds panic, a release writes a map of its own.
    pub fn attribute(&mut self, n: usize) {
        debug_assert_eq!(self.version, Version::Resp3, "RESP2 has no attributes");
        self.aggregate(Kind::Attribute, n);
    }

    /// An array whose length [`Reply::resolve`] brings.
    pub fn deferred_array(&mut self) -> Deferred {
        self.defer(Kind::Array)
    }

    /// A map whose number of pairs [`Reply::resolve`] brings.
    pub fn deferred_map(&mut self) -> Deferred {
        self.defer(Kind::Map)
    }

    /// A set whose length [`Reply::resolve`] brings.
    pub fn deferred_set(&mut self) -> Deferred {
        self.defer(Kind::Set)
    }

    /// Writes the header of `deferred` where it belongs: `n` elements (pairs of a map) have been
    /// written since. Of nested ones the inner is resolved first.
    ///
    /// Cost: O(bytes written since), one move.
    pub fn resolve(&mut self, deferred: Deferred, n: usize) {
        let Deferred { at, spans: first, kind } = deferred;
        let (tag, count) = self.shape(kind, n);
        self.expected.close(elements(kind, n));
        let mut header = Vec::with_capacity(24);
        write_header(&mut header, tag, count);
        let len = header.len();
        self.bytes.splice(at..at, header);
        if let Some((spans, _)) = &mut self.spans {
            // The run that holds `at` may have become a part of the span before.
            for span in &mut spans[first.saturating_sub(1)..] {
                if let Span::Arena { start, end, .. } = span {
                    *start += if *start > at { len } else { 0 };
                    *end += if *end > at { len } else { 0 };
                }
            }
        }
        if self.run > at {
            self.run += len;
        }
    }

    /// Bytes written to the arena so far, those of other replies before included.
    #[expect(clippy::len_without_is_empty, reason = "a position, not a container's size")]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Where we are now.
    pub fn mark(&self) -> Mark {
        let spans = self.spans.as_ref().map_or(0, |(spans, _)| spans.len());
        let expected = self.expected.clone();
        Mark { bytes: self.bytes.len(), spans, run: self.run, expected }
    }

    /// Bytes written since `mark`; those that go out by reference count as very many.
    #[inline]
    pub fn written_since(&self, mark: &Mark) -> usize {
        let spans = self.spans.as_ref().map_or(0, |(spans, _)| spans.len());
        if spans == mark.spans { self.bytes.len() - mark.bytes } else { usize::MAX }
    }

    /// Takes back all that was written since `mark`, which must lie outside aggregates that were
    /// resolved since.
    pub fn rewind(&mut self, mark: Mark) {
        self.bytes.truncate(mark.bytes);
        self.run = mark.run;
        if let Some((spans, _)) = &mut self.spans {
            spans.truncate(mark.spans);
            // A run that was made longer since ends again where it did.
            if let Some(Span::Arena { end, .. }) = spans.last_mut() {
                *end = mark.run.min(*end);
            }
        }
        self.expected = mark.expected;
    }

    /// Moves what others than this reply's client are to get, and what stands before the reply.
    /// Cost: a copy of that.
    pub fn release(&mut self, out: &mut Outbox) {
        let Some((spans, own)) = &mut self.spans else { return };
        for span in spans.iter_mut().filter(|span| span.client() != *own) {
            match span {
                Span::Arena { client, start, end } => {
                    out.send(*client, &self.bytes[*start..*end]);
                    *end = *start;
                }
                Span::Shared { client, bytes } => out.send_shared(*client, std::mem::take(bytes)),
            }
        }
    }

    /// One whole value that is encoded already, in this client's version.
    pub fn raw(&mut self, encoded: &[u8]) {
        self.constant(encoded);
    }

    #[inline]
    fn constant(&mut self, encoded: &[u8]) {
        self.expected.element();
        self.bytes.extend_from_slice(encoded);
    }

    #[inline]
    fn by_version(&mut self, resp2: &[u8], resp3: &[u8]) {
        self.constant(if self.version == Version::Resp2 { resp2 } else { resp3 });
    }

    fn by_version_text(&mut self, tag: u8, text: &[u8]) {
        match self.version {
            Version::Resp2 => self.bulk(text),
            Version::Resp3 => self.line(tag, text),
        }
    }

    fn line(&mut self, tag: u8, text: &[u8]) {
        self.expected.element();
        self.bytes.push(tag);
        self.bytes.extend_from_slice(text);
        self.bytes.extend_from_slice(b"\r\n");
    }

    #[inline]
    fn string(&mut self, value: &[u8]) {
        self.bytes.reserve(value.len() + 32);
        self.header(b'$', value.len() as i64);
        self.bytes.extend_from_slice(value);
        self.bytes.extend_from_slice(b"\r\n");
    }

    #[inline]
    fn header(&mut self, tag: u8, value: i64) {
        write_header(self.bytes, tag, value);
    }

    fn aggregate(&mut self, kind: Kind, n: usize) {
        if kind != Kind::Attribute {
            self.expected.element();
        }
        let (tag, count) = self.shape(kind, n);
        self.header(tag, count);
        self.expected.open(elements(kind, n));
    }

    fn defer(&mut self, kind: Kind) -> Deferred {
        self.expected.element();
        self.expected.defer();
        let spans = self.spans.as_ref().map_or(0, |(spans, _)| spans.len());
        Deferred { at: self.bytes.len(), spans, kind }
    }

    /// The tag and the number of a header.
    fn shape(&self, kind: Kind, n: usize) -> (u8, i64) {
        match (self.version, kind) {
            (Version::Resp2, _) => (b'*', elements(kind, n) as i64),
            (Version::Resp3, Kind::Array) => (b'*', n as i64),
            (Version::Resp3, Kind::Map) => (b'%', n as i64),
            (Version::Resp3, Kind::Set) => (b'~', n as i64),
            (Version::Resp3, Kind::Push) => (b'>', n as i64),
            (Version::Resp3, Kind::Attribute) => (b'|', n as i64),
        }
    }
}

impl Drop for Reply<'_> {
    fn drop(&mut self) {
        if let Some((spans, client)) = &mut self.spans {
            push_run(spans, *client, self.run, self.bytes.len());
        }
        if !std::thread::panicking() {
            self.expected.finish();
        }
    }
}

/// Values that follow a header.
fn elements(kind: Kind, n: usize) -> u64 {
    match kind {
        Kind::Array | Kind::Set | Kind::Push => n as u64,
        Kind::Map | Kind::Attribute => 2 * n as u64,
    }
}

/// Appends `tag`, the number, CR LF.
#[inline]
pub(super) fn write_header(bytes: &mut Vec<u8>, tag: u8, value: i64) {
    if let 0..=9 = value {
        bytes.extend_from_slice(&[tag, b'0' + value as u8, b'\r', b'\n']);
    } else {
        bytes.push(tag);
        bytes.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
}

/// Counting of elements, in debug builds.
#[cfg(debug_assertions)]
mod expected {
    #[derive(Clone, Debug)]
    enum Open {
        /// So many elements are missing.
        Missing(u64),
        /// A deferred aggregate has got so many.
        Got(u64),
    }

    /// The aggregates that are under way.
    #[derive(Clone, Debug, Default)]
    pub(super) struct Stack(Vec<Open>);

    impl Stack {
        pub(super) fn element(&mut self) {
            match self.0.last_mut() {
                Some(Open::Missing(missing)) => *missing -= 1,
                Some(Open::Got(got)) => *got += 1,
                None => {}
            }
            self.settle();
        }

        pub(super) fn open(&mut self, elements: u64) {
            self.0.push(Open::Missing(elements));
            self.settle();
        }

        pub(super) fn defer(&mut self) {
            self.0.push(Open::Got(0));
        }

        pub(super) fn close(&mut self, elements: u64) {
            match self.0.pop() {
                Some(Open::Got(got)) => {
                    assert_eq!(got, elements, "elements of a deferred aggregate")
                }
                other => panic!("resolved while {other:?} was innermost"),
            }
        }

        pub(super) fn finish(&self) {
            assert!(self.0.is_empty(), "unfinished aggregates: {:?}", self.0);
        }

        fn settle(&mut self) {
            while let Some(Open::Missing(0)) = self.0.last() {
                self.0.pop();
            }
        }
    }
}

/// The same shape without the counting.
#[cfg(not(debug_assertions))]
mod expected {
    #[derive(Clone, Debug, Default)]
    pub(super) struct Stack;

    impl Stack {
        #[inline]
        pub(super) fn element(&mut self) {}
        #[inline]
        pub(super) fn open(&mut self, _elements: u64) {}
        #[inline]
        pub(super) fn defer(&mut self) {}
        #[inline]
        pub(super) fn close(&mut self, _elements: u64) {}
        #[inline]
        pub(super) fn finish(&self) {}
    }
}

#[cfg(test)]
mod tests;
