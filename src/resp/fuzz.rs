//! Bodies of the fuzz targets, and their corpus as a test.
//!
//! Each takes any bytes and panics if a property does not hold.

use super::encode::{Reply, Version};
use super::frame::{self, Decoder, Frame, FrameError};
use super::inline;
use super::parse::{Limits, Parser};
use super::turn::{ArgRef, Item, Turn};

/// What a stream of requests means.
#[derive(Debug, Default, PartialEq, Eq)]
struct Meaning {
    commands: Vec<Vec<Vec<u8>>>,
    error: Option<Vec<u8>>,
    /// Bytes that belong to no command yet.
    incomplete: u64,
}

/// Requests: any cut gives the commands and the error of the whole, and they encode and parse back.
///
/// The first byte chooses limits, the second the size of the pieces.
pub fn requests(data: &[u8]) {
    let [choice, cut, stream @ ..] = data else { return };
    let mut limits = Limits { max_inline: 64 << (choice & 7), ..Limits::default() };
    if choice & 8 != 0 {
        limits = limits.untrusted();
    }
    if choice & 16 != 0 {
        limits.max_commands = 2;
    }
    let whole = requests_in(stream, stream.len().max(1), &limits);
    let cut = usize::from(*cut) + 1;
    assert_eq!(requests_in(stream, cut, &limits), whole, "cut every {cut} bytes");

    let mut bytes = Vec::new();
    whole.commands.iter().for_each(|args| frame::command(&mut bytes, args));
    let unlimited = Limits { max_commands: u32::MAX, authenticated: true, ..limits };
    let again = requests_in(&bytes, bytes.len().max(1), &unlimited);
    assert_eq!(again.commands, whole.commands, "encoded again");
    assert_eq!((again.error, again.incomplete), (None, 0));
}

fn requests_in(stream: &[u8], piece: usize, limits: &Limits) -> Meaning {
    let (mut parser, mut turn, mut meaning) =
        (Parser::default(), Turn::default(), Meaning::default());
    for piece in stream.chunks(piece) {
        let mut fed = parser.feed(&mut turn, limits, piece);
        loop {
            collect(&turn, &mut meaning);
            turn.clear();
            if !fed.more {
                break;
            }
            fed = parser.resume(&mut turn, limits);
            assert!(fed.items > 0 || !fed.more, "progress");
        }
    }
    assert_eq!(parser.is_broken(), meaning.error.is_some());
    meaning.incomplete = parser.incomplete_bytes();
    assert!(meaning.incomplete <= stream.len() as u64);
    assert!(parser.query_bytes() as u64 + parser.argument_bytes() <= meaning.incomplete);
    meaning
}

fn collect(turn: &Turn, meaning: &mut Meaning) {
    for item in &turn.items {
        assert!(meaning.error.is_none(), "nothing follows an error");
        match *item {
            Item::Command { first, count } => {
                assert!(count > 0);
                let args = &turn.args[first as usize..][..count as usize];
                let args = args.iter().map(|arg| turn.bytes(*arg).to_vec()).collect();
                meaning.commands.push(args);
            }
            Item::Broken(error) => meaning.error = Some(error.text().into_owned()),
        }
    }
}

/// Inline requests: words decoded in place are the words of a decoder that copies; quoting them
/// and splitting again gives them back.
pub fn inline_words(data: &[u8]) {
    let line = data.split(|byte| matches!(byte, b'\n' | 0)).next().unwrap_or_default();
    let found = split(line);
    assert_eq!(found, copied_words(line), "{}", line.escape_ascii());
    let Some(words) = found else { return };
    let mut quoted = Vec::new();
    for word in &words {
        quoted.push(b'"');
        for byte in word {
            quoted.extend(format!("\\x{byte:02X}").bytes());
        }
        quoted.extend_from_slice(b"\" ");
    }
    assert_eq!(split(&quoted), Some(words));
}

fn split(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (mut buf, mut args) = ([b"<", line, b">"].concat(), Vec::new());
    let end = buf.len() - 1;
    let result = inline::split(&mut buf, 1, end, &mut args);
    assert_eq!((buf[0], buf[end]), (b'<', b'>'), "the line only");
    result.ok()?;
    let word = |arg: ArgRef| match arg {
        ArgRef::Arena { start, len } => buf[start as usize..][..len as usize].to_vec(),
        ArgRef::Owned(_) => unreachable!("inline words stay in the buffer"),
    };
    Some(args.into_iter().map(word).collect())
}

/// The same grammar as a table of states, over copies.
fn copied_words(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    #[derive(PartialEq)]
    enum State {
        Between,
        Word,
        Double,
        Single,
        Closed,
    }
    let (mut state, mut words) = (State::Between, Vec::<Vec<u8>>::new());
    let mut rest = line;
    while let [byte, tail @ ..] = rest {
        let (mut used, mut decoded) = (1, None);
        match (&state, byte) {
            (State::Between | State::Closed, b' ' | 9..=13) => state = State::Between,
            (State::Closed, _) => return None,
            (State::Between, _) => {
                words.push(Vec::new());
                (state, used) = (State::Word, 0);
            }
            (State::Word, b' ' | b'\t' | b'\r' | b'\n') => state = State::Between,
            (State::Word, b'"') => state = State::Double,
            (State::Word, b'\'') => state = State::Single,
            (State::Double, b'"') | (State::Single, b'\'') => state = State::Closed,
            (State::Single, b'\\') if tail.first() == Some(&b'\'') => {
                (used, decoded) = (2, Some(b'\''));
            }
            (State::Double, b'\\') if !tail.is_empty() => {
                let digits = tail.strip_prefix(b"x").and_then(|hex| hex.get(..2));
                let hex = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
                if let Some(Ok(hex)) = hex.map(std::str::from_utf8) {
                    (used, decoded) = (4, u8::from_str_radix(hex, 16).ok());
                } else {
                    let named = b"n\nr\rt\tb\x08a\x07".chunks(2).find(|pair| pair[0] == tail[0]);
                    (used, decoded) = (2, Some(named.map_or(tail[0], |pair| pair[1])));
                }
            }
            _ => decoded = Some(*byte),
        }
        if let (Some(decoded), Some(word)) = (decoded, words.last_mut()) {
            word.push(decoded);
        }
        rest = &rest[used..];
    }
    (!matches!(state, State::Double | State::Single)).then_some(words)
}

/// Replies: any cut decodes alike, and what was decoded encodes and decodes back.
pub fn replies(data: &[u8]) {
    let [cut, stream @ ..] = data else { return };
    let whole = replies_in(stream.chunks(stream.len().max(1)));
    assert_eq!(replies_in(stream.chunks(usize::from(*cut) + 1)), whole);
    let Ok(frames) = whole else { return };
    for frame in frames {
        let mut bytes = Vec::new();
        frame.encode(&mut bytes);
        assert_eq!(Frame::decode(&bytes), Ok(frame));
        for version in [Version::Resp2, Version::Resp3] {
            let mut written = Vec::new();
            Reply::detached(&mut written, version).raw(&bytes);
            assert_eq!(written, bytes);
        }
    }
}

fn replies_in<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Result<Vec<Frame>, FrameError> {
    let (mut decoder, mut frames) = (Decoder::default(), Vec::new());
    for mut piece in pieces {
        while let Some(frame) = decoder.next(&mut piece)? {
            frames.push(frame);
        }
    }
    Ok(frames)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::fuzz::corpus;

    #[test]
    fn corpus_of_requests() {
        corpus("resp_parse", requests);
    }

    #[test]
    fn corpus_of_inline_words() {
        corpus("resp_inline", inline_words);
    }

    #[test]
    fn corpus_of_replies() {
        corpus("resp_reply", replies);
    }
}
