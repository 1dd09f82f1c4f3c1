//! Glob patterns of KEYS, SCAN, PSUBSCRIBE, ACL rules and CONFIG GET.
//!
//! `*` any run, `?` any byte, `[abc]`, `[a-z]`, `[^abc]` one byte, `\` takes the next byte
//! literally. Holds: answers as Redis 7.2.4 on x86, on malformed patterns too (see [`matches()`]).
//! Cost: O(pattern * text) at worst, whatever the number of stars: only the last star seen is ever
//! retried, since an earlier one could not do better. No recursion, no allocation.

/// Whether the whole of `text` matches `pattern`; with `nocase`, ASCII letters match either case.
///
/// What is peculiar to Redis:
/// - an empty text matches the empty pattern only, not even `*`;
/// - a class that is not closed ends with the pattern, `[^` alone is any byte;
/// - `[` directly followed by `]` is the empty class; in a range `]` is an ordinary byte;
/// - a range may be reversed; its bytes compare signed, so 0x80..=0xff come before 0;
/// - in a class with `nocase`, an escaped byte keeps its case, and the ends of a range are put in
///   that order first, then folded, upon which 0x80..=0xfe stand behind the letters;
/// - a `\` that ends the pattern is itself.
pub fn matches(pattern: &[u8], text: &[u8], nocase: bool) -> bool {
    if text.is_empty() {
        return pattern.is_empty();
    }
    let (mut at, mut seen) = (0, 0);
    // Where to resume after a mismatch: the pattern behind the last star, and the text it took up
    // to.
    let mut star: Option<(usize, usize)> = None;
    while seen < text.len() {
        if pattern.get(at) == Some(&b'*') {
            at += 1;
            star = Some((at, seen));
            continue;
        }
        if let Some(next) = match_one(pattern, at, text[seen], nocase) {
            at = next;
            seen += 1;
            continue;
        }
        let Some((behind, taken)) = star else { return false };
        star = Some((behind, taken + 1));
        at = behind;
        seen = taken + 1;
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

/// Matches one byte against the element of the pattern at `at`; the place of the next element.
fn match_one(pattern: &[u8], at: usize, byte: u8, nocase: bool) -> Option<usize> {
    let literal = |expected: u8, next| equal(expected, byte, nocase).then_some(next);
    match *pattern.get(at)? {
        b'?' => Some(at + 1),
        b'[' => match_class(pattern, at + 1, byte, nocase),
        b'\\' if at + 1 < pattern.len() => literal(pattern[at + 1], at + 2),
        expected => literal(expected, at + 1),
    }
}

/// Matches one byte against a class whose content starts at `at`; the place behind the class.
fn match_class(pattern: &[u8], at: usize, byte: u8, nocase: bool) -> Option<usize> {
    let negated = pattern.get(at) == Some(&b'^');
    let mut at = at + usize::from(negated);
    let mut found = false;
    loop {
        match pattern[at..] {
            [] => break,
            [b'\\', escaped, ..] => {
                found |= escaped == byte;
                at += 2;
            }
            [b']', ..] => {
                at += 1;
                break;
            }
            [start, b'-', end, ..] => {
                found |= in_range(start, end, byte, nocase);
                at += 3;
            }
            [member, ..] => {
                found |= equal(member, byte, nocase);
                at += 1;
            }
        }
    }
    (found != negated).then_some(at)
}

fn in_range(start: u8, end: u8, byte: u8, nocase: bool) -> bool {
    let (low, high) = if start as i8 > end as i8 { (end, start) } else { (start, end) };
    let rank = if nocase { folded_rank } else { signed_rank };
    (rank(low)..=rank(high)).contains(&rank(byte))
}

/// Where a byte stands in a range: `char` is signed.
fn signed_rank(byte: u8) -> i16 {
    i16::from(byte as i8)
}

/// As [`signed_rank`] after C's `tolower`, which gives 0x80..=0xfe back as positive numbers.
fn folded_rank(byte: u8) -> i16 {
    match byte {
        0xff => -1,
        _ => i16::from(byte.to_ascii_lowercase()),
    }
}

fn equal(expected: u8, byte: u8, nocase: bool) -> bool {
    expected == byte || nocase && expected.eq_ignore_ascii_case(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pattern, text, whether 7.2.4 matches, whether it does without case.
    const RECORDED: &[(&[u8], &[u8], bool, bool)] = &[
        (b"", b"", true, true),
        (b"*", b"", false, false),
        (b"**", b"", false, false),
        (b"", b"a", false, false),
        (b"*", b"a", true, true),
        (b"**", b"abc", true, true),
        (b"a*", b"a", true, true),
        (b"*a", b"a", true, true),
        (b"a**", b"a", true, true),
        (b"?", b"a", true, true),
        (b"?", b"", false, false),
        (b"??", b"a", false, false),
        (b"a?c", b"abc", true, true),
        (b"h[ae]llo", b"hello", true, true),
        (b"h[ae]llo", b"hillo", false, false),
        (b"h[^e]llo", b"hallo", true, true),
        (b"h[^e]llo", b"hello", false, false),
        (b"h[^e]llo", b"hEllo", true, false),
        (b"H*O", b"hello", false, true),
        (b"[a-c]", b"b", true, true),
        (b"[c-a]", b"b", true, true),
        (b"[a-c]", b"B", false, true),
        (b"[A-c]", b"Z", true, false),
        (b"[Z-a]", b"a", true, false),
        (b"[Z-a]", b"[", true, false),
        (b"[Z-a]", b"z", false, false),
        (b"[a-]", b"-", false, false),
        (b"[a-]", b"a", true, true),
        (b"[a-]", b"]", true, true),
        (b"[a-]", b"^", true, true),
        (b"[]", b"a", false, false),
        (b"[]a]", b"a]", false, false),
        (b"[^]", b"a", true, true),
        (b"[^]a]", b"xa]", true, true),
        (b"[", b"[", false, false),
        (b"[", b"a", false, false),
        (b"[a", b"a", true, true),
        (b"[a", b"ab", false, false),
        (b"[^", b"a", true, true),
        (b"[^a", b"a", false, false),
        (b"[^a", b"b", true, true),
        (b"[a-", b"-", true, true),
        (b"[a-", b"a", true, true),
        (b"[-a]", b"-", true, true),
        (b"[--a]", b"0", true, true),
        (b"[\\]]", b"]", true, true),
        (b"[\\a]", b"a", true, true),
        (b"[\\a]", b"A", false, false),
        (b"[\\A-c]", b"b", false, false),
        (b"[\\A-c]", b"-", true, true),
        (b"[a\\-c]", b"b", false, false),
        (b"[a\\-c]", b"-", true, true),
        (b"[\\", b"\\", true, true),
        (b"[a\\", b"\\", true, true),
        (b"[!a]", b"b", false, false),
        (b"[!a]", b"!", true, true),
        (b"[a^]", b"^", true, true),
        (b"\\*", b"*", true, true),
        (b"\\*", b"a", false, false),
        (b"\\a", b"a", true, true),
        (b"\\a", b"A", false, true),
        (b"\\", b"\\", true, true),
        (b"a\\", b"a\\", true, true),
        (b"\\\\", b"\\", true, true),
        (b"[\x80-\xff]", b"\x90", true, false),
        (b"[\x80-a]", b"b", false, false),
        (b"[\x80-a]", b"a", true, false),
        (b"[\x80-a]", b"\xff", true, false),
        (b"[\xff-a]", b"\x80", false, false),
        (b"[\xff-a]", b"\x00", true, true),
        (b"[\xff-\x01]", b"\xff", true, true),
        (b"[a-\x80]", b"m", false, false),
        (b"[a-\x80]", b"\x00", true, false),
        (b"a\x00b", b"a\x00b", true, true),
        (b"a\x00*", b"a\x00bc", true, true),
        (b"\xc4", b"\xe4", false, false),
        (b"*a*b", b"xaxbxb", true, true),
        (b"*a*b", b"xaxbxbc", false, false),
        (b"*ab*?", b"aab", false, false),
        (b"*ab*?", b"aabc", true, true),
        (b"*[a-c]x", b"aabx", true, true),
        (b"a*b*c*d", b"abcabcabcd", true, true),
        (b"a*b*c*d", b"abcabcabce", false, false),
        (b"*\\*", b"ab*", true, true),
        (b"[*]", b"*", true, true),
        (b"[*]", b"a", false, false),
        (b"[?]", b"a", false, false),
        (b"news.*", b"news.art", true, true),
        (b"user:??", b"user:123", false, false),
        (b"key*[0-9]", b"key:17", true, true),
        (b"key*[^0-9]", b"key:17", false, false),
    ];

    #[test]
    fn patterns_match_as_recorded() {
        for (pattern, text, exact, folded) in RECORDED {
            assert_eq!(matches(pattern, text, false), *exact, "{pattern:?} {text:?}");
            assert_eq!(matches(pattern, text, true), *folded, "{pattern:?} {text:?}, no case");
        }
    }

    #[test]
    fn many_stars_cost_no_more_than_pattern_times_text() {
        // An exponential matcher would not come back from this.
        let pattern = b"a*".repeat(500);
        let mut text = vec![b'a'; 20_000];
        assert!(matches(&pattern, &text, false));
        text.push(b'b');
        assert!(!matches(&[&pattern[..], b"c"].concat(), &text, false));
    }
}
