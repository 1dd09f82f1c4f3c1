//! What the compiler does not check about the source: floors, bans, sizes, one place per command.
//!
//! Each finding says what to do instead. The checks are tested on sources that must fail.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a file; only to be lowered.
const FILE_LINES_MAX: usize = 1000;
/// Characters of a line.
const LINE_CHARS_MAX: usize = 100;
/// Characters of a line with a literal.
const LITERAL_LINE_CHARS_MAX: usize = 120;
/// The highest floor without clocks, threads, files and the like.
const PURE_FLOOR_MAX: u32 = 7;
/// A floor that sees only some of what is below it.
const NARROW: &[(&str, &[&str])] = &[("runtime", &["base", "sync", "resp"])];

/// What floors 0 to 7 must not name, and what to use.
const BANS: &[(&str, &str)] = &[
    ("Instant::now", "time comes with the input: base::time"),
    ("SystemTime", "time comes with the input: base::time"),
    ("thread::sleep", "return and be called again: a timer input"),
    ("thread::spawn", "ask runtime::jobs through an effect"),
    ("std::env", "settings are arguments; the environment is read in server"),
    ("std::fs", "files are written by runtime::jobs; codecs work on bytes"),
    ("std::net", "sockets live in runtime::net"),
    ("println!", "log through the core's log port"),
    ("eprintln!", "log through the core's log port"),
    ("HashMap::new", "base::hash has maps with a seeded or fixed hasher"),
    ("HashSet::new", "base::hash has sets with a seeded or fixed hasher"),
    ("RandomState", "the seed comes from the host: base::hash"),
    ("Rc<RefCell", "one owner: pass &mut down"),
    ("todo!", "write it, or refuse the command as unknown"),
    ("dbg!", "delete it"),
];

/// What may be named in sync and above floor 7 only.
const SHARED: &[(&str, &str)] = &[
    ("Mutex", "one thread owns the data; hand over by move through sync"),
    ("RwLock", "one thread owns the data; hand over by move through sync"),
    ("AtomicBool", "atomics live in sync"),
    ("AtomicU32", "atomics live in sync"),
    ("AtomicU64", "atomics live in sync"),
    ("AtomicUsize", "atomics live in sync"),
    ("AtomicI64", "atomics live in sync"),
    ("AtomicPtr", "atomics live in sync"),
    ("sync::atomic", "atomics live in sync"),
];

/// Command names that are option words, types or pieces of replies as well.
const ALSO_WORDS: &[&str] = &[
    "AUTH",
    "BITFIELD",
    "COPY",
    "DUMP",
    "ERROR",
    "GET",
    "INCR",
    "INCRBY",
    "KEYS",
    "MODULE",
    "MONITOR",
    "PERSIST",
    "REPLICAOF",
    "RESET",
    "SAVE",
    "SET",
    "SORT",
    "SYNC",
    "TIME",
    "TYPE",
];

/// A source file.
struct Source {
    /// Path below `src`.
    path: String,
    text: String,
    /// The text with comments, strings and test modules blanked, same length and lines.
    code: String,
    /// String literals outside of test modules, with the offset of their opening quote.
    literals: Vec<(usize, String)>,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        let (code, mut literals) = blank(text);
        let tests = test_modules(&code);
        literals.retain(|(at, _)| !tests.iter().any(|range| range.contains(at)));
        let mut bytes = code.into_bytes();
        for range in tests {
            bytes[range].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        }
        let code = String::from_utf8(bytes).expect("blanking keeps ASCII");
        Self { path: path.to_owned(), text: text.to_owned(), code, literals }
    }

    fn line(&self, at: usize) -> usize {
        self.code[..at].matches('\n').count() + 1
    }

    /// The module that this file is, from the root.
    fn module(&self) -> Vec<String> {
        let stem = self.path.trim_end_matches(".rs");
        let mut parts: Vec<_> = stem.split('/').map(str::to_owned).collect();
        if matches!(parts.last().map(String::as_str), Some("mod" | "lib" | "main")) {
            parts.pop();
        }
        parts
    }

    /// True for a sibling file that holds only tests.
    fn only_tests(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }
}

/// Blanks comments and the insides of literals; everything that is not ASCII goes with them.
fn blank(text: &str) -> (String, Vec<(usize, String)>) {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut literals = Vec::new();
    let mut at = 0;
    let clear = |out: &mut [u8], from: usize, to: usize| {
        let to = to.min(out.len());
        out[from.min(to)..to].iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b' ');
    };
    while at < bytes.len() {
        let rest = &bytes[at..];
        let in_word = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
        if rest.starts_with(b"//") {
            let len = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            clear(&mut out, at, at + len);
            at += len;
        } else if rest.starts_with(b"/*") {
            let len = rest.windows(2).position(|pair| pair == b"*/").map_or(rest.len(), |l| l + 2);
            clear(&mut out, at, at + len);
            at += len;
        } else if let Some(hashes) = raw_string(rest).filter(|_| !in_word || rest[0] == b'"') {
            let open = rest.iter().position(|byte| *byte == b'"').expect("checked") + 1;
            let close = format!("\"{}", "#".repeat(hashes)).into_bytes();
            let end = rest[open..].windows(close.len()).position(|part| part == close);
            let len = end.unwrap_or(rest.len() - open);
            let inside = &text.as_bytes()[at + open..at + open + len];
            literals.push((at + open - 1, String::from_utf8_lossy(inside).into_owned()));
            clear(&mut out, at + open, at + open + len);
            at += open + len + close.len();
        } else if rest[0] == b'"' {
            let mut len = 1;
            while len < rest.len() && rest[len] != b'"' {
                len += if rest[len] == b'\\' { 2 } else { 1 };
            }
            let end = (at + len).min(bytes.len());
            literals.push((at, String::from_utf8_lossy(&bytes[at + 1..end]).into_owned()));
            clear(&mut out, at + 1, end);
            at = end + 1;
        } else if let Some(len) = char_literal(rest) {
            clear(&mut out, at + 1, at + len - 1);
            at += len;
        } else {
            at += 1;
        }
    }
    out.iter_mut().filter(|byte| !byte.is_ascii()).for_each(|byte| *byte = b' ');
    (String::from_utf8(out).expect("only ASCII is left"), literals)
}

/// The number of hashes if a raw string begins here.
fn raw_string(rest: &[u8]) -> Option<usize> {
    let rest = rest.strip_prefix(b"b").unwrap_or(rest).strip_prefix(b"r")?;
    let hashes = rest.iter().take_while(|byte| **byte == b'#').count();
    (rest.get(hashes) == Some(&b'"')).then_some(hashes)
}

/// The length of a character literal that begins here; a lifetime is none.
fn char_literal(rest: &[u8]) -> Option<usize> {
    if rest[0] != b'\'' {
        return None;
    }
    if rest.get(1) == Some(&b'\\') {
        return Some(3 + rest.get(3..)?.iter().position(|byte| *byte == b'\'')? + 1);
    }
    let len = std::str::from_utf8(rest).ok()?.chars().nth(1)?.len_utf8();
    (rest.get(1 + len) == Some(&b'\'')).then_some(len + 2)
}

/// Where `#[cfg(test)] mod name { ... }` is.
fn test_modules(code: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(offset) = code[from..].find("#[cfg(test)]") {
        let start = from + offset;
        from = start + 1;
        let Some(open) = code[start..].find(['{', ';']).map(|offset| start + offset) else { break };
        if code.as_bytes()[open] == b'{' {
            let end = closing(code, open);
            found.push(start..end);
            from = end;
        }
    }
    found
}

/// The end of the block that opens at `open`.
fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0;
    for (offset, byte) in code[open..].bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return open + offset + 1;
        }
    }
    code.len()
}

/// The floor of each top-level module, from the table in the documentation of the crate.
fn floors(lib: &str) -> BTreeMap<String, u32> {
    let mut floors = BTreeMap::new();
    for line in lib.lines().filter_map(|line| line.strip_prefix("//! |")) {
        let mut cells = line.split('|');
        let Some(Ok(floor)) = cells.next().map(|cell| cell.trim().parse()) else { continue };
        for name in cells.next().unwrap_or("").split('`').skip(1).step_by(2) {
            floors.insert(name.to_owned(), floor);
        }
    }
    floors
}

/// The top-level modules that a file names, with offsets. Test modules count as well.
fn named_modules(source: &Source) -> Vec<(usize, String)> {
    let (code, _) = blank(&source.text);
    let module = source.module();
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        heads(&code, at + "crate::".len(), &mut found);
    }
    for (at, _) in code.match_indices("super::") {
        if code[..at].ends_with("super::") {
            continue;
        }
        let mut depth = module.len() + inline_modules(&code[..at]);
        let mut end = at;
        while code[end..].starts_with("super::") {
            end += "super::".len();
            depth = depth.saturating_sub(1);
        }
        if depth == 0 {
            heads(&code, end, &mut found);
        }
    }
    found
}

/// The identifiers at the head of the path or of the braces at `at`.
fn heads(code: &str, at: usize, found: &mut Vec<(usize, String)>) {
    let ident = |from: usize| -> String {
        code[from..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
    };
    if !code[at..].starts_with('{') {
        found.push((at, ident(at)));
        return;
    }
    let mut depth = 0;
    let mut head = false;
    for (offset, byte) in code[at..closing(code, at)].bytes().enumerate() {
        match byte {
            b'{' => {
                depth += 1;
                head = depth == 1;
            }
            b'}' => depth -= 1,
            b',' => head = depth == 1,
            _ if byte.is_ascii_whitespace() => {}
            _ if head => {
                found.push((at + offset, ident(at + offset)));
                head = false;
            }
            _ => {}
        }
    }
}

/// How many inline modules are open at the end of this code.
fn inline_modules(before: &str) -> usize {
    let mut open = Vec::new();
    for (at, byte) in before.bytes().enumerate() {
        match byte {
            b'{' => {
                let head = before[..at].trim_end();
                let name = head.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
                let keyword = name.trim_end();
                open.push(name.len() < head.len() && keyword.ends_with("mod"));
            }
            b'}' => drop(open.pop()),
            _ => {}
        }
    }
    open.iter().filter(|module| **module).count()
}

fn check_floors(source: &Source, floors: &BTreeMap<String, u32>, out: &mut Vec<String>) {
    // A test may drive the whole from above.
    if source.only_tests() {
        return;
    }
    let Some(own) = source.module().first().cloned() else { return };
    let Some(&floor) = floors.get(&own) else {
        out.push(format!("{}: module {own} has no floor in src/lib.rs", source.path));
        return;
    };
    let narrow = NARROW.iter().find(|(name, _)| *name == own).map(|(_, sees)| *sees);
    for (at, name) in named_modules(source) {
        let Some(&other) = floors.get(&name) else { continue };
        let allowed = match narrow {
            Some(sees) => sees.contains(&&*name),
            None => other < floor,
        };
        if name != own && !allowed {
            out.push(format!(
                "{}:{}: {own} (floor {floor}) must not see {name} (floor {other}); imports point \
                 down: move the item, or let it be passed in through a trait",
                source.path,
                source.line(at)
            ));
        }
    }
}

fn check_bans(source: &Source, floors: &BTreeMap<String, u32>, out: &mut Vec<String>) {
    for (number, line) in source.text.lines().enumerate() {
        if line.contains("FIXME") {
            let path = &source.path;
            out.push(format!("{path}:{}: FIXME; repair it or say what holds", number + 1));
        }
    }
    let own = source.module().first().cloned().unwrap_or_default();
    let pure = floors.get(&own).is_some_and(|floor| *floor <= PURE_FLOOR_MAX);
    if !pure || source.only_tests() {
        return;
    }
    let shared = if own == "sync" { &[] } else { SHARED };
    for (ban, instead) in BANS.iter().chain(shared) {
        // The shim of threads for models is named here and nowhere else.
        if own == "sync" && *ban == "thread::spawn" {
            continue;
        }
        for (at, _) in source.code.match_indices(ban) {
            let before = source.code[..at].chars().next_back().unwrap_or(' ');
            let after = source.code[at + ban.len()..].chars().next().unwrap_or(' ');
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if !word(before) && (ban.ends_with('!') || !word(after)) {
                let (path, line) = (&source.path, source.line(at));
                out.push(format!("{path}:{line}: {ban} is banned here; {instead}"));
            }
        }
    }
}

fn check_sizes(path: &str, text: &str, out: &mut Vec<String>) {
    let lines = text.lines().count();
    if lines > FILE_LINES_MAX {
        out.push(format!("{path}: {lines} lines, at most {FILE_LINES_MAX}; split it by subject"));
    }
    for (number, line) in text.lines().enumerate() {
        let chars = line.chars().count();
        // A literal is not broken where that would make it harder to find.
        let max = if line.contains('"') { LITERAL_LINE_CHARS_MAX } else { LINE_CHARS_MAX };
        if chars > max {
            let number = number + 1;
            out.push(format!("{path}:{number}: {chars} characters, at most {max}"));
        }
    }
}

/// A command is named by its row; elsewhere its id or its row is passed around. Subcommands are
/// ordinary words, and so are the words of the grammar in the tables.
fn check_names(sources: &[Source], out: &mut Vec<String>) {
    let mut rows: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let is_row = |source: &Source, at: usize| {
        let before = source.code[..at].trim_end().trim_end_matches('b').trim_end();
        before.strip_suffix(':').is_some_and(|head| head.trim_end().ends_with("name"))
    };
    let commands = |source: &&Source| source.path.starts_with("commands/");
    for source in sources.iter().filter(commands).filter(|source| !source.only_tests()) {
        for (at, literal) in &source.literals {
            let table = source.code.find("const TABLE").map(|start| {
                start
                    ..start
                        + source.code[start..]
                            .find("\n}]")
                            .or(source.code[start..].find("\n];"))
                            .unwrap_or(0)
            });
            if is_row(source, *at) && table.is_none_or(|table| table.contains(at)) {
                rows.entry(literal.to_ascii_uppercase()).or_default().push(&source.path);
            }
        }
    }
    // The grammar of arguments, and the words of the propagation stream.
    let grammar = |source: &Source| {
        source.path.ends_with("/table.rs") || source.path == "keyspace/changes.rs"
    };
    for source in sources.iter().filter(|source| !source.only_tests() && !grammar(source)) {
        for (at, literal) in &source.literals {
            // Lower case is how events, sections and replies are called, too.
            let name = literal.clone();
            let Some(homes) = rows.get(&name) else { continue };
            if homes.contains(&&*source.path) || is_row(source, *at) || ALSO_WORDS.contains(&&*name)
            {
                continue;
            }
            out.push(format!(
                "{}:{}: \"{literal}\" is a command of {}; pass its row or its id, the name is \
                 spelled there only",
                source.path,
                source.line(*at),
                homes[0]
            ));
        }
    }
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The files below a folder of the repository, with their paths relative to it.
fn texts(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    files.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a readable source");
        let short = path.strip_prefix(&root).expect("below the root");
        (short.display().to_string(), text)
    };
    files.into_iter().map(read).collect()
}

fn sources() -> (Vec<Source>, BTreeMap<String, u32>) {
    let sources: Vec<_> = texts("src").iter().map(|(path, text)| Source::new(path, text)).collect();
    let lib = sources.iter().find(|source| source.path == "lib.rs").expect("src/lib.rs");
    let floors = floors(&lib.text);
    assert!(floors.len() > 8, "the table of floors in src/lib.rs was not understood");
    (sources, floors)
}

fn report(findings: &[String]) {
    assert!(findings.is_empty(), "{} findings\n{}", findings.len(), findings.join("\n"));
}

#[test]
fn imports_point_down() {
    let (sources, floors) = sources();
    let mut out = Vec::new();
    sources.iter().for_each(|source| check_floors(source, &floors, &mut out));
    report(&out);
}

#[test]
fn banned_words_do_not_occur() {
    let (sources, floors) = sources();
    let mut out = Vec::new();
    sources.iter().for_each(|source| check_bans(source, &floors, &mut out));
    report(&out);
}

#[test]
fn files_and_lines_are_short() {
    let mut out = Vec::new();
    for folder in ["src", "tests", "benches", "fuzz/fuzz_targets", "loom-tests", "miri-tests"] {
        for (path, text) in texts(folder).iter().filter(|(path, _)| !path.contains("target/")) {
            check_sizes(&format!("{folder}/{path}"), text, &mut out);
        }
    }
    report(&out);
}

#[test]
fn a_command_is_named_in_one_place() {
    let (sources, _) = sources();
    let mut out = Vec::new();
    check_names(&sources, &mut out);
    report(&out);
}

/// The findings of one check about one source.
fn findings(path: &str, text: &str) -> Vec<String> {
    let table = "//! | floor | modules | what they know |\n//! |---|---|---|\n\
                 //! | 0 | [`base`], [`sync`] | a |\n//! | 1 | [`data`], [`resp`] | b |\n\
                 //! | 5 | [`core`] | c |\n//! | 7 | [`commands`] | d |\n\
                 //! | 8 | [`runtime`] | e |";
    let floors = floors(table);
    let source = Source::new(path, text);
    let mut out = Vec::new();
    check_floors(&source, &floors, &mut out);
    check_bans(&source, &floors, &mut out);
    out
}

#[test]
fn upward_imports_are_found_in_every_form() {
    for text in [
        "use crate::core::X;",
        "use crate::{base::id, core::X};",
        "use crate::{\n    base::{a, b},\n    core,\n};",
        "fn f() { crate::core::x() }",
        "use super::super::core::X;",
        "mod inner { use super::super::super::core::X; }",
        "use crate::resp::turn;",
        "#[cfg(test)]\nmod tests { use crate::core::X; }",
    ] {
        assert_eq!(findings("data/table.rs", text).len(), 1, "{text}");
    }
    for text in [
        "use crate::base::X;",
        "use crate::data::X;",
        "use super::X;",
        "use core::fmt;",
        "// use crate::core::X;",
        "const A: &str = \"crate::core::X\";",
        "const Q: char = '\"'; use crate::base::B; // \"crate::core\"",
        "mod inner { use super::super::core::X; }",
    ] {
        assert_eq!(findings("data/table.rs", text), [""; 0], "{text}");
    }
    assert_eq!(findings("runtime/net.rs", "use crate::core::X;").len(), 1);
    assert_eq!(findings("runtime/net.rs", "use crate::resp::X;"), [""; 0]);
    assert_eq!(findings("unknown/x.rs", "").len(), 1);
}

#[test]
fn every_ban_bites_and_knows_its_limits() {
    for (ban, _) in BANS.iter().chain(SHARED) {
        let text = format!("fn f() {{ let x = {ban}(); }}");
        assert!(!findings("core/x.rs", &text).is_empty(), "{ban}");
        assert_eq!(findings("core/x.rs", &format!("// {ban}")), [""; 0], "{ban}");
        assert_eq!(findings("core/tests.rs", &text), [""; 0], "{ban}");
        assert_eq!(findings("runtime/x.rs", &text), [""; 0], "{ban}");
        let tested = format!("#[cfg(test)]\nmod tests {{ fn f() {{ {ban}(); }} }}");
        assert_eq!(findings("core/x.rs", &tested), [""; 0], "{ban}");
        let after = format!("{tested}\nfn g() {{ {ban}(); }}");
        assert!(!findings("core/x.rs", &after).is_empty(), "{ban}");
    }
    assert_eq!(findings("sync/x.rs", "use std::sync::atomic::AtomicU64;"), [""; 0]);
    assert_eq!(findings("core/x.rs", "struct NotAMutexGuard;"), [""; 0]);
    assert_eq!(findings("runtime/x.rs", concat!("// FIX", "ME")).len(), 1);
}

#[test]
fn long_files_and_lines_are_found() {
    let mut out = Vec::new();
    check_sizes("x", &"\n".repeat(FILE_LINES_MAX + 1), &mut out);
    check_sizes("y", &"x".repeat(LINE_CHARS_MAX + 1), &mut out);
    check_sizes("z", &"\u{e9}".repeat(LINE_CHARS_MAX), &mut out);
    assert_eq!(out.len(), 2, "{out:?}");
}

#[test]
fn a_name_spelled_twice_is_found() {
    let text = "const A: Row = Row { name: \"INCRBYX\", arity: 3 };";
    let row = Source::new("commands/a.rs", text);
    let check = |path: &str, text: &str| {
        let sources = [
            Source::new(path, text),
            Source::new(&row.path, &row.text),
            Source::new("commands/g.rs", "const G: Row = Row { name: \"GET\", arity: 2 };"),
        ];
        let mut out = Vec::new();
        check_names(&sources, &mut out);
        out.len()
    };
    assert_eq!(check("core/b.rs", "fn f() { find(b\"INCRBYX\") }"), 1);
    assert_eq!(check("core/b.rs", "fn f() { event(\"incrbyx\") }"), 0);
    assert_eq!(check("core/b.rs", "fn f() { find(\"INCRBYX\") }"), 1);
    assert_eq!(check("core/b.rs", "fn f() { find(r#\"INCRBYX\"#) }"), 1);
    assert_eq!(check("core/b.rs", "fn f() { find(\"INCRBYX2\") }"), 0);
    assert_eq!(check("core/b.rs", "// \"INCRBYX\""), 0);
    assert_eq!(check("core/b.rs", "#[cfg(test)]\nmod tests { const A: &str = \"INCRBYX\"; }"), 0);
    assert_eq!(check("commands/b.rs", "fn f() { option(\"GET\") }"), 0);
}
