//! The command line.

use crate::base::text::{push_repr, split_args};

/// What a command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// Run the server.
    Serve {
        /// The configuration file, as it was given; it may be a pattern.
        file: Option<Vec<u8>>,
        /// Read more configuration from the standard input.
        stdin: bool,
        /// The options, as lines of a configuration file.
        options: Vec<u8>,
        /// Be a sentinel.
        sentinel: bool,
        /// There were no arguments at all, so that defaults serve (worth a warning).
        bare: bool,
    },
    /// Print the version and end with code 0.
    Version,
    /// Print how to use the program on the standard error and end with code 1.
    Help,
    /// Test so many megabytes of memory.
    TestMemory(Vec<u8>),
    /// Check the system and end.
    CheckSystem,
}

/// The error of `--test-memory` without a size, for the standard error; the exit code is 1.
pub const MEMORY_TEST_USAGE: &str = "Please specify the amount of memory to test in megabytes.\n\
                                     Example: ./redis-server --test-memory 4096\n\n";

/// Reads a command line, the program's name first.
///
/// Options are turned into configuration lines: `--port 6380` into `port "6380"`. An option takes
/// all that follows up to the next argument with two dashes, but at least one (`--save` alone and
/// `--sentinel` may have none), so a value that itself starts with dashes can be given.
///
/// # Errors
/// The text for the standard error; the exit code is 1.
pub fn from_args(argv: &[Vec<u8>]) -> Result<Start, String> {
    let (program, args) = match argv.split_first() {
        Some((program, args)) => (program.as_slice(), args),
        None => (&b""[..], &[][..]),
    };
    match args.first().map(Vec::as_slice) {
        Some(b"-v" | b"--version") => return Ok(Start::Version),
        Some(b"-h" | b"--help") => return Ok(Start::Help),
        Some(b"--test-memory") => match args {
            [_, megabytes] => return Ok(Start::TestMemory(megabytes.clone())),
            _ => return Err(MEMORY_TEST_USAGE.into()),
        },
        Some(b"--check-system") => return Ok(Start::CheckSystem),
        _ => {}
    }
    let base_name = program.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let by_name = base_name.windows(14).any(|part| part == b"redis-sentinel");
    let sentinel = by_name || args.iter().any(|arg| arg == b"--sentinel");
    let (file, rest) = match args.split_first() {
        Some((file, rest)) if !file.starts_with(b"-") => (Some(file.clone()), rest),
        _ => (None, args),
    };
    let (options, stdin) = options(rest, file.is_none());
    Ok(Start::Serve { file, stdin, options, sentinel, bare: args.is_empty() })
}

/// The lines for `args`, and whether `-` is among them, first or last. `first` tells whether the
/// first of them is the first of the command line, too.
fn options(args: &[Vec<u8>], first: bool) -> (Vec<u8>, bool) {
    let mut lines = Vec::new();
    let mut stdin = false;
    // Whether the last option has what it needs.
    let mut complete = true;
    for (index, arg) in args.iter().enumerate() {
        let last = index + 1 == args.len();
        if arg == b"-" && ((first && index == 0) || last) {
            stdin = true;
            continue;
        }
        let Some(option) = arg.strip_prefix(b"--").filter(|_| complete) else {
            push_repr(&mut lines, arg);
            lines.push(b' ');
            complete = true;
            continue;
        };
        if !lines.is_empty() {
            lines.push(b'\n');
        }
        lines.extend(option);
        lines.push(b' ');
        let bare = split_args(arg).is_some_and(|words| words.len() == 1);
        let next_is_option = args.get(index + 1).is_some_and(|next| next.starts_with(b"--"));
        complete = !bare;
        if bare && arg.eq_ignore_ascii_case(b"--save") && (next_is_option || last) {
            lines.extend(b"\"\"");
            complete = true;
        }
        if bare && arg.eq_ignore_ascii_case(b"--sentinel") && next_is_option {
            complete = true;
        }
    }
    (lines, stdin)
}

impl Start {
    /// The whole configuration text of a server, from the texts of its file and its standard input;
    /// a text that was not asked for is not used. None if there is nothing to load.
    pub fn text(&self, file: &[u8], stdin: &[u8]) -> Option<Vec<u8>> {
        match self {
            Start::Serve { file: path, stdin: piped, options, bare: false, .. } => {
                let file = if path.is_some() { file } else { b"" };
                let stdin = if *piped { stdin } else { b"" };
                Some([file, stdin, b"\n", options].concat())
            }
            _ => None,
        }
    }
}
