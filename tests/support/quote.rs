//! The quoting of transcripts: commands in the inline syntax, replies with escapes.

/// Bytes as one line of printable ASCII: `\r \n \t \\` and `\xHH`.
pub(crate) fn escape(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'\r' => out.push_str("\\r"),
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            b'\\' => out.push_str("\\\\"),
            0x20..=0x7e => out.push(byte as char),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out
}

/// The inverse of [`escape`]; `%(text*N)` stands for N copies of `text`.
pub(crate) fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let text = text.as_bytes();
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        if let Some((bytes, next)) = repeated(text, at)? {
            out.extend_from_slice(&bytes);
            at = next;
        } else if text[at] == b'\\' {
            let (byte, next) = escaped(text, at)?;
            out.push(byte);
            at = next;
        } else {
            out.push(text[at]);
            at += 1;
        }
    }
    Ok(out)
}

/// Splits a command line as the inline protocol does: words, `"..."` with escapes, `'...'` with
/// `\'` only. `%(text*N)` outside single quotes stands for N copies of `text`.
pub(crate) fn split(line: &str) -> Result<Vec<Vec<u8>>, String> {
    let text = line.as_bytes();
    let mut words = Vec::new();
    let mut at = 0;
    loop {
        while text.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        if at >= text.len() {
            return Ok(words);
        }
        let mut word = Vec::new();
        let mut quote = None;
        loop {
            let Some(&byte) = text.get(at) else {
                if quote.is_some() {
                    return Err(format!("open quote in: {line}"));
                }
                break;
            };
            match (quote, byte) {
                (None, b' ' | b'\t') => break,
                (None, b'"' | b'\'') => {
                    quote = Some(byte);
                    at += 1;
                }
                (Some(open), _) if open == byte => {
                    quote = None;
                    at += 1;
                }
                (Some(b'\''), b'\\') if text.get(at + 1) == Some(&b'\'') => {
                    word.push(b'\'');
                    at += 2;
                }
                (Some(b'"'), b'\\') => {
                    let (byte, next) = escaped(text, at)?;
                    word.push(byte);
                    at = next;
                }
                (None | Some(b'"'), b'%') => match repeated(text, at)? {
                    Some((bytes, next)) => {
                        word.extend_from_slice(&bytes);
                        at = next;
                    }
                    None => {
                        word.push(byte);
                        at += 1;
                    }
                },
                _ => {
                    word.push(byte);
                    at += 1;
                }
            }
        }
        words.push(word);
    }
}

/// A command line for which [`split`] returns `words`.
pub(crate) fn join(words: &[Vec<u8>]) -> String {
    let quoted = words.iter().map(|word| {
        let plain = |byte: &u8| byte.is_ascii_graphic() && !b"\"'\\%".contains(byte);
        if !word.is_empty() && word.iter().all(plain) {
            String::from_utf8_lossy(word).into_owned()
        } else {
            let mut inside = String::new();
            for &byte in word {
                match byte {
                    b'"' => inside.push_str("\\\""),
                    b'%' => inside.push_str("\\x25"),
                    _ => inside.push_str(&escape(&[byte])),
                }
            }
            format!("\"{inside}\"")
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// The command as an array of bulk strings.
pub(crate) fn request(words: &[Vec<u8>]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        out.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        out.extend_from_slice(word);
        out.extend_from_slice(b"\r\n");
    }
    out
}

fn escaped(text: &[u8], at: usize) -> Result<(u8, usize), String> {
    let broken = || format!("bad escape in: {}", String::from_utf8_lossy(text));
    match *text.get(at + 1).ok_or_else(broken)? {
        b'r' => Ok((b'\r', at + 2)),
        b'n' => Ok((b'\n', at + 2)),
        b't' => Ok((b'\t', at + 2)),
        b'x' => {
            let digits = text.get(at + 2..at + 4).ok_or_else(broken)?;
            let digits = std::str::from_utf8(digits).map_err(|_| broken())?;
            Ok((u8::from_str_radix(digits, 16).map_err(|_| broken())?, at + 4))
        }
        other => Ok((other, at + 2)),
    }
}

fn repeated(text: &[u8], at: usize) -> Result<Option<(Vec<u8>, usize)>, String> {
    if !text[at..].starts_with(b"%(") {
        return Ok(None);
    }
    let broken = || format!("bad repetition in: {}", String::from_utf8_lossy(text));
    let end = at + text[at..].iter().position(|&byte| byte == b')').ok_or_else(broken)?;
    let inside = std::str::from_utf8(&text[at + 2..end]).map_err(|_| broken())?;
    let (piece, count) = inside.rsplit_once('*').ok_or_else(broken)?;
    let count: usize = count.parse().map_err(|_| broken())?;
    Ok(Some((unescape(piece)?.repeat(count), end + 1)))
}
