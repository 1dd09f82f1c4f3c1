//! Configuration files: their lines, their includes, and the report when one is wrong.

use std::fmt;

use super::row::{ChangeDir, Flags, Reason, Setting};
use super::{Config, lookup};
use crate::base::text::{split_args, trim, until_nul};

/// What reading a configuration file needs from the world.
pub trait Files: ChangeDir {
    /// The text of a file. A name with `*`, `?` or `[` is a pattern: the texts of all files that
    /// match, in order of their names, joined; nothing if none matches.
    ///
    /// # Errors
    /// The path of the file that could not be opened, and the operating system's text for the
    /// error.
    fn read(&mut self, name: &[u8]) -> Result<Vec<u8>, (Vec<u8>, String)>;

    /// Checks that the log file can be opened for appending.
    ///
    /// # Errors
    /// The operating system's text for the error.
    fn check_log(&mut self, path: &[u8]) -> Result<(), String>;

    /// Gives a command another name, or removes it if the new name is empty.
    ///
    /// # Errors
    /// The reason, as the report of the configuration file ends with it.
    fn rename_command(&mut self, from: &[u8], to: &[u8]) -> Result<(), String>;

    /// Declares a user: its name, then its rules.
    ///
    /// # Errors
    /// The reason, as the report of the configuration file ends with it.
    fn declare_user(&mut self, words: &[Vec<u8>]) -> Result<(), String>;
}

/// What a configuration asked for beyond values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Modules to load: path, then arguments.
    pub modules: Vec<Vec<Vec<u8>>>,
    /// Values for modules: name and text.
    pub module_values: Vec<(Vec<u8>, Vec<u8>)>,
    /// Lines for the log, of level warning.
    pub warnings: Vec<String>,
}

/// A configuration that cannot be used. [`LoadError::report`] is what Redis prints on the standard
/// error, newlines included; for [`LoadError::Unreadable`] it is the line that goes to the log
/// instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// A line is wrong.
    Line {
        /// Its number in its text, from 1.
        number: usize,
        /// The line without blanks at its ends.
        line: Vec<u8>,
        /// What is wrong with it.
        reason: String,
    },
    /// All lines are right, but not together.
    Whole(String),
    /// A file cannot be read.
    Unreadable {
        /// Its path.
        path: Vec<u8>,
        /// The operating system's text.
        reason: String,
    },
}

impl LoadError {
    /// The bytes that Redis prints: the line is given as it stands in the file, text or not.
    pub fn report(&self) -> Vec<u8> {
        const TITLE: &[u8] = b"\n*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***\n";
        match self {
            LoadError::Line { number, line, reason } => {
                let place = format!("Reading the configuration file, at line {number}\n>>> '");
                let reason = format!("'\n{reason}\n");
                [TITLE, place.as_bytes(), line, reason.as_bytes()].concat()
            }
            LoadError::Whole(reason) => [TITLE, reason.as_bytes(), b"\n"].concat(),
            LoadError::Unreadable { path, reason } => {
                let reason = format!("': {reason}");
                [b"Fatal error, can't open config file '", &path[..], reason.as_bytes()].concat()
            }
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.report()))
    }
}

impl std::error::Error for LoadError {}

/// What is cut from both ends of a line.
pub(super) const BLANKS: &[u8] = b" \t\r\n";

/// Directives of older versions that are accepted with one argument and ignored.
const FORGOTTEN: [&[u8]; 3] =
    [b"list-max-ziplist-entries", b"list-max-ziplist-value", b"lua-replicate-commands"];

/// Redis recurses until its stack ends; we stop before.
const INCLUDE_DEPTH_MAX: usize = 64;
const INCLUDES_MAX: usize = 10_000;

impl Config {
    /// Reads a configuration text: the file, what came through the standard input, a newline, and
    /// the options of the command line, in this order (see [`Start::text`](super::Start::text)).
    ///
    /// No effect is due afterwards: the server starts with these values.
    ///
    /// # Errors
    /// The first error; the values read before it stay. The caller reports it and gives up.
    pub fn load(&mut self, text: &[u8], files: &mut dyn Files) -> Result<Loaded, LoadError> {
        let mut loader = Loader {
            config: self,
            files,
            loaded: Loaded::default(),
            in_file: true,
            depth: 0,
            includes: 0,
        };
        loader.text(text)?;
        Ok(loader.loaded)
    }
}

struct Loader<'a> {
    config: &'a mut Config,
    files: &'a mut dyn Files,
    loaded: Loaded,
    /// False after an included file has ended: Redis then treats a `save` line as `CONFIG SET`
    /// does, and it replaces the save points before it.
    in_file: bool,
    depth: usize,
    includes: usize,
}

/// An error of one line, or one from an included file that has been located already.
enum Fault {
    Here(Reason),
    Elsewhere(LoadError),
}

impl<T: Into<Reason>> From<T> for Fault {
    fn from(reason: T) -> Fault {
        Fault::Here(reason.into())
    }
}

impl Loader<'_> {
    fn text(&mut self, text: &[u8]) -> Result<(), LoadError> {
        self.in_file = true;
        for (index, line) in without_nul(text).split(|byte| *byte == b'\n').enumerate() {
            let line = trim(line, BLANKS);
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            self.line(line).map_err(|fault| match fault {
                Fault::Elsewhere(error) => error,
                Fault::Here(reason) => LoadError::Line {
                    number: index + 1,
                    line: line.to_vec(),
                    reason: reason.into_owned(),
                },
            })?;
        }
        self.check_whole()?;
        self.in_file = false;
        Ok(())
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Fault> {
        let mut words = split_args(line).ok_or("Unbalanced quotes in configuration line")?;
        let Some(name) = words.first_mut() else {
            return Ok(());
        };
        name.make_ascii_lowercase();
        if lookup(name).is_some() {
            return self.directive(&words);
        }
        let forgotten = FORGOTTEN.iter().any(|known| until_nul(name) == *known);
        if forgotten && words.len() == 2 {
            return Ok(());
        }
        self.other(&words)
    }

    /// A line whose name is in the table.
    fn directive(&mut self, words: &[Vec<u8>]) -> Result<(), Fault> {
        let (row, _) = lookup(&words[0]).expect("the caller has found the name");
        let args = &words[1..];
        let many = row.flags.has(Flags::MULTI_ARG);
        if !many && args.len() != 1 {
            return Err("wrong number of arguments".into());
        }
        // `--bind "a b"` on a command line means the same as `--bind a b`.
        let inner = match args {
            [one] if many && !one.is_empty() => split_args(one).unwrap_or_default(),
            _ => args.to_vec(),
        };
        let args: Vec<&[u8]> = inner.iter().map(Vec::as_slice).collect();
        let mut setting = Setting {
            replace_save: !(self.in_file && self.config.save_loaded),
            saved: false,
            dir: self.files,
            warnings: &mut self.loaded.warnings,
        };
        row.set(self.config, &args, &mut setting)?;
        self.config.save_loaded |= setting.saved && self.in_file;
        Ok(())
    }

    /// A line that only files know.
    fn other(&mut self, words: &[Vec<u8>]) -> Result<(), Fault> {
        match (until_nul(&words[0]), &words[1..]) {
            (b"include", [name]) => self.include(name),
            (b"rename-command", [from, to]) => Ok(self.files.rename_command(from, to)?),
            (b"user", rules @ [_, ..]) => Ok(self.files.declare_user(rules)?),
            (b"loadmodule", module @ [_, ..]) => {
                self.loaded.modules.push(module.to_vec());
                Ok(())
            }
            (name, values) if name.contains(&b'.') => {
                if values.is_empty() {
                    return Err("Module config specified without value".into());
                }
                self.loaded.module_values.push((name.to_vec(), values.join(&b' ')));
                Ok(())
            }
            (b"sentinel", []) => Ok(()),
            (b"sentinel", _) => Err("sentinel directive while not in sentinel mode".into()),
            _ => Err("Bad directive or wrong number of arguments".into()),
        }
    }

    fn include(&mut self, name: &[u8]) -> Result<(), Fault> {
        self.includes += 1;
        if self.depth == INCLUDE_DEPTH_MAX || self.includes > INCLUDES_MAX {
            return Err("Too many included files".into());
        }
        let text = self
            .files
            .read(until_nul(name))
            .map_err(|(path, reason)| Fault::Elsewhere(LoadError::Unreadable { path, reason }))?;
        self.depth += 1;
        self.text(&text).map_err(Fault::Elsewhere)?;
        self.depth -= 1;
        Ok(())
    }

    /// What is checked at the end of each text.
    fn check_whole(&mut self) -> Result<(), LoadError> {
        let config = &mut *self.config;
        if !config.logfile.is_empty() {
            self.files
                .check_log(&config.logfile)
                .map_err(|reason| LoadError::Whole(format!("Can't open the log file: {reason}")))?;
        }
        if config.cluster_enabled && config.replicaof.0.is_some() {
            let reason = "replicaof directive not allowed in cluster mode";
            return Err(LoadError::Whole(reason.into()));
        }
        if config.cluster_enabled && config.databases > 1 {
            self.loaded.warnings.push(format!(
                "WARNING: Changing databases number from {} to 1 since we are in cluster mode",
                config.databases
            ));
            config.databases = 1;
        }
        config.clamp_hz();
        Ok(())
    }
}

/// A NUL hides the rest of its line, newline included.
fn without_nul(text: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    if !text.contains(&0) {
        return text.into();
    }
    text.split_inclusive(|byte| *byte == b'\n').map(until_nul).collect::<Vec<_>>().concat().into()
}
