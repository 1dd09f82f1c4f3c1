//! JSON text as tokens.
//!
//! The text ends at its first NUL, wherever that is. Bytes are passed through as they are: whether
//! a string is UTF-8 is not checked. Cost: linear in the text.

use crate::base::num::strtod;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Token {
    /// `{`
    ObjectOpen,
    /// `}`
    ObjectClose,
    /// `[`
    ArrayOpen,
    /// `]`
    ArrayClose,
    /// A string: see [`Scanner::string`].
    String,
    /// A number.
    Number(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// `null`
    Null,
    /// `:`
    Colon,
    /// `,`
    Comma,
    /// Nothing: the end of the text or a NUL.
    End,
    /// None of these, and what is wrong.
    Wrong(&'static str),
}

impl Token {
    /// How messages call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ObjectOpen => "T_OBJ_BEGIN",
            Self::ObjectClose => "T_OBJ_END",
            Self::ArrayOpen => "T_ARR_BEGIN",
            Self::ArrayClose => "T_ARR_END",
            Self::String => "T_STRING",
            Self::Number(_) => "T_NUMBER",
            Self::Boolean(_) => "T_BOOLEAN",
            Self::Null => "T_NULL",
            Self::Colon => "T_COLON",
            Self::Comma => "T_COMMA",
            Self::End => "T_END",
            Self::Wrong(what) => what,
        }
    }
}

/// Where the last string is.
#[derive(Clone, Copy)]
enum Place {
    Text(usize, usize),
    Scratch,
}

/// Reads tokens from a text.
pub(crate) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    /// Where the last token began, or where in it something is wrong.
    index: usize,
    /// Numbers that only C knows are refused.
    strict: bool,
    place: Place,
    /// The last string if it had escapes.
    scratch: Vec<u8>,
}

impl<'a> Scanner<'a> {
    /// A scanner at the start of the text; `strict` refuses what only `strtod` takes for a number.
    pub(crate) fn new(text: &'a [u8], strict: bool) -> Self {
        let scratch = Vec::new();
        Self { text, at: 0, index: 0, strict, place: Place::Text(0, 0), scratch }
    }

    /// How many bytes are read.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Where the last token began, or where in it something is wrong.
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// The last string.
    pub(crate) fn string(&self) -> &[u8] {
        match self.place {
            Place::Text(from, to) => &self.text[from..to],
            Place::Scratch => &self.scratch,
        }
    }

    /// Takes the last string out of the way of the next one, into `kept` if it is not in the text.
    pub(crate) fn keep_string<'k>(&mut self, kept: &'k mut Vec<u8>) -> &'k [u8]
    where
        'a: 'k,
    {
        match self.place {
            Place::Text(from, to) => &self.text[from..to],
            Place::Scratch => {
                std::mem::swap(kept, &mut self.scratch);
                kept
            }
        }
    }

    /// The byte at a place; NUL beyond the end.
    fn peek(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    /// The next token.
    pub(crate) fn next(&mut self) -> Token {
        while matches!(self.peek(self.at), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
        self.index = self.at;
        let single = match self.peek(self.at) {
            b'{' => Token::ObjectOpen,
            b'}' => Token::ObjectClose,
            b'[' => Token::ArrayOpen,
            b']' => Token::ArrayClose,
            b':' => Token::Colon,
            b',' => Token::Comma,
            0 => return Token::End,
            b'"' => return self.string_token(),
            b'-' | b'0'..=b'9' => {
                if self.strict && self.is_lax_number() {
                    return Token::Wrong("invalid number");
                }
                return self.number();
            }
            b't' if self.word(b"true") => return Token::Boolean(true),
            b'f' if self.word(b"false") => return Token::Boolean(false),
            b'n' if self.word(b"null") => return Token::Null,
            b'+' | b'i' | b'I' | b'n' | b'N' if !self.strict && self.is_lax_number() => {
                return self.number();
            }
            _ => return Token::Wrong("invalid token"),
        };
        self.at += 1;
        single
    }

    /// Takes a word if it is next.
    fn word(&mut self, word: &[u8]) -> bool {
        let found = self.text[self.at..].starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    /// Whether what is next may be a number of C's and is none of JSON's.
    fn is_lax_number(&self) -> bool {
        let first = self.peek(self.at);
        let at = self.at + usize::from(first == b'-');
        let word = |word: &[u8]| {
            self.text.get(at..at + word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word))
        };
        let second = self.peek(at + 1);
        first == b'+'
            || self.peek(at) == b'0' && (matches!(second, b'x' | b'X') || second.is_ascii_digit())
            || word(b"inf")
            || word(b"nan")
    }

    fn number(&mut self) -> Token {
        let rest = &self.text[self.at..];
        // Most numbers are short integers, exact in a double.
        let minus = usize::from(rest[0] == b'-');
        let digits = rest[minus..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let end = minus + digits;
        let more = matches!(rest.get(end), Some(b'.' | b'e' | b'E' | b'x' | b'X'));
        if (1..=15).contains(&digits) && !more {
            let append = |sum: u64, byte: &u8| sum * 10 + u64::from(byte - b'0');
            let value = rest[minus..end].iter().fold(0, append) as f64;
            self.at += end;
            return Token::Number(if minus == 1 { -value } else { value });
        }
        let found = strtod(rest);
        if found.used == 0 {
            return Token::Wrong("invalid number");
        }
        self.at += found.used;
        Token::Number(found.value)
    }

    fn string_token(&mut self) -> Token {
        self.at += 1;
        let start = self.at;
        let len = self.plain();
        self.at += len;
        if self.peek(self.at) == b'"' {
            self.place = Place::Text(start, self.at);
            self.at += 1;
            return Token::String;
        }
        self.scratch.clear();
        self.scratch.extend_from_slice(&self.text[start..start + len]);
        loop {
            match self.peek(self.at) {
                b'"' => break,
                b'\\' => {
                    if let Err(what) = self.escape() {
                        self.index = self.at;
                        return Token::Wrong(what);
                    }
                }
                _ => {
                    self.index = self.at;
                    return Token::Wrong("unexpected end of string");
                }
            }
            let len = self.plain();
            self.scratch.extend_from_slice(&self.text[self.at..self.at + len]);
            self.at += len;
        }
        self.at += 1;
        self.place = Place::Scratch;
        Token::String
    }

    /// How many bytes of a string come before a quote, an escape or the end.
    fn plain(&self) -> usize {
        let rest = &self.text[self.at..];
        memchr::memchr3(b'"', b'\\', 0, rest).unwrap_or(rest.len())
    }

    /// Reads an escape; where it is wrong, the place stays at its backslash.
    fn escape(&mut self) -> Result<(), &'static str> {
        let byte = match self.peek(self.at + 1) {
            byte @ (b'"' | b'\\' | b'/') => byte,
            b'b' => 0x08,
            b't' => b'\t',
            b'n' => b'\n',
            b'f' => 0x0c,
            b'r' => b'\r',
            b'u' => return self.unicode().ok_or("invalid unicode escape code"),
            _ => return Err("invalid escape code"),
        };
        self.scratch.push(byte);
        self.at += 2;
        Ok(())
    }

    /// Reads `\uXXXX`, or two of them that stand for one character.
    fn unicode(&mut self) -> Option<()> {
        let mut code = self.hex4(self.at + 2)?;
        let mut len = 6;
        if (0xd800..0xe000).contains(&code) {
            if code >= 0xdc00 || self.peek(self.at + 6) != b'\\' || self.peek(self.at + 7) != b'u' {
                return None;
            }
            let low = self.hex4(self.at + 8).filter(|low| (0xdc00..0xe000).contains(low))?;
            code = 0x10000 + ((code & 0x3ff) << 10 | low & 0x3ff);
            len = 12;
        }
        let char = char::from_u32(code).expect("surrogates are paired");
        self.scratch.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        self.at += len;
        Some(())
    }

    fn hex4(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 4)?;
        digits.iter().try_fold(0, |sum, byte| Some(sum << 4 | char::from(*byte).to_digit(16)?))
    }
}
