//! Words of an inline request: what a person types into a raw connection.
//!
//! Holds: words are decoded in place, a decoded word never outgrows its source.
//! Cost: O(line).
//! Not here: finding the end of the line (`resp::parse`).

use super::turn::ArgRef;

/// A word has an open quote, or its closing quote is followed by something other than a blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unbalanced;

/// Blanks between words and after a closing quote: the C locale's `isspace`.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// What ends a word outside quotes: VT and FF do not, although they may stand between words.
fn ends_word(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Splits `buf[start..end]` (a line without its end) into words and appends them to `args`.
///
/// Double quotes take the escapes `\n \r \t \b \a \xHH` and `\` before any other byte for that
/// byte; single quotes take `\'` only. A quote may open inside a word, but must close it.
///
/// # Errors
/// [`Unbalanced`]; `args` may then hold the words before the bad one.
pub(super) fn split(
    buf: &mut [u8],
    start: usize,
    end: usize,
    args: &mut Vec<ArgRef>,
) -> Result<(), Unbalanced> {
    let mut read = start;
    loop {
        while read < end && is_blank(buf[read]) {
            read += 1;
        }
        if read == end {
            return Ok(());
        }
        let word = read;
        let mut write = read;
        while read < end {
            let byte = buf[read];
            read += 1;
            match byte {
                b'"' | b'\'' => {
                    (read, write) = quoted(&mut buf[..end], byte, read, write)?;
                    break;
                }
                _ if ends_word(byte) => break,
                _ => {
                    buf[write] = byte;
                    write += 1;
                }
            }
        }
        args.push(ArgRef::Arena { start: word as u32, len: (write - word) as u32 });
    }
}

/// Decodes up to the closing `quote`, which ends the word; returns the new positions.
fn quoted(
    buf: &mut [u8],
    quote: u8,
    mut read: usize,
    mut write: usize,
) -> Result<(usize, usize), Unbalanced> {
    loop {
        let byte = *buf.get(read).ok_or(Unbalanced)?;
        read += 1;
        if byte == quote {
            return match buf.get(read) {
                Some(&next) if !is_blank(next) => Err(Unbalanced),
                _ => Ok((read, write)),
            };
        }
        let mut plain = byte;
        if byte == b'\\' {
            let escape = &buf[read..];
            if quote == b'\'' {
                if escape.first() == Some(&b'\'') {
                    (plain, read) = (b'\'', read + 1);
                }
            } else if let [b'x', high, low, ..] = *escape
                && let (Some(high), Some(low)) = (hex(high), hex(low))
            {
                (plain, read) = (high << 4 | low, read + 3);
            } else if let Some(&named) = escape.first() {
                plain = match named {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 8,
                    b'a' => 7,
                    other => other,
                };
                read += 1;
            }
        }
        buf[write] = plain;
        write += 1;
    }
}

fn hex(digit: u8) -> Option<u8> {
    (digit as char).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Option<Vec<String>> {
        let mut buf = line.as_bytes().to_vec();
        let mut args = Vec::new();
        let end = buf.len();
        split(&mut buf, 0, end, &mut args).ok()?;
        let text = |arg: &ArgRef| match *arg {
            ArgRef::Arena { start, len } => buf[start as usize..][..len as usize].escape_ascii(),
            ArgRef::Owned(_) => unreachable!("inline words stay in the buffer"),
        };
        Some(args.iter().map(|arg| text(arg).to_string()).collect())
    }

    #[test]
    fn words_decode_as_recorded_from_the_real_server() {
        let golden: &[(&str, Option<&[&str]>)] = &[
            ("", Some(&[])),
            ("  \t\x0b\x0c\r ", Some(&[])),
            ("a b", Some(&["a", "b"])),
            ("a\x0bb \x0bc", Some(&[r"a\x0bb", "c"])),
            ("a\rb", Some(&["a", "b"])),
            (r#""a b" 'c d'"#, Some(&["a b", "c d"])),
            (r#""" ''"#, Some(&["", ""])),
            (r#"a"b c""#, Some(&["ab c"])),
            (r#"a"b"c"#, None),
            (r#""a"'b'"#, None),
            (r#""a"#, None),
            (r#""a\"#, None),
            (r#""a\""#, None),
            ("'a\\'", None),
            ("\"a\"\x0b'b'\x0c", Some(&["a", "b"])),
            (r#""\x41\x4g\xff\n\r\t\b\a\q\\\"""#, Some(&[r#"Ax4g\xff\n\r\t\x08\x07q\\\""#])),
            (r#"'\x41\n\'"'"#, Some(&[r#"\\x41\\n\'\""#])),
            (r"a\x41\n", Some(&[r"a\\x41\\n"])),
        ];
        for (line, expected) in golden {
            let expected = expected.map(|e| e.iter().map(|w| w.to_string()).collect::<Vec<_>>());
            assert_eq!(words(line), expected, "{line:?}");
        }
    }
}
