//! `CONFIG GET` and `CONFIG SET`.

use super::row::{ChangeDir, Effect, Flags, Reason, Row, Setting};
use super::{Config, ProtectedAction, ROWS, lookup};
use crate::base::glob;
use crate::base::text::until_nul;

/// Whoever makes changed values take effect.
pub trait Apply: ChangeDir {
    /// Makes the process follow the values in `config`. Also called with the old values when a
    /// change is rolled back, even if it was not called for the change itself.
    ///
    /// # Errors
    /// The reason, as it stands at the end of the reply.
    fn apply(&mut self, effect: Effect, config: &Config) -> Result<(), String>;
}

/// What is known about the client that sets values.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// It is on the same machine.
    pub local: bool,
    /// The dataset is being loaded.
    pub loading: bool,
}

/// What `CONFIG SET` has done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changed {
    /// The rows whose value is another one now (or is volatile), in order of the arguments.
    pub rows: Vec<&'static Row>,
    /// Lines for the log, of level warning.
    pub warnings: Vec<String>,
}

/// Why nothing was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetError {
    /// The reply is the one for a server that loads its dataset.
    Loading,
    /// The reply is an error with this text after `-ERR `.
    Refused {
        /// The text.
        text: Vec<u8>,
        /// Lines for the log, of level warning.
        warnings: Vec<String>,
    },
}

/// Splits at every single blank; nothing gives no word.
fn at_blanks(text: &[u8]) -> Vec<&[u8]> {
    if text.is_empty() { Vec::new() } else { text.split(|byte| *byte == b' ').collect() }
}

/// A pair of `CONFIG SET` whose name is in the table.
struct Pair<'a> {
    row: &'static Row,
    /// The name in the table that was used.
    name: &'static str,
    value: &'a [u8],
}

fn failed(name: &[u8], reason: &str) -> SetError {
    let mut text = b"CONFIG SET failed (possibly related to argument '".to_vec();
    text.extend(name);
    text.extend(b"') - ");
    text.extend(reason.bytes());
    SetError::Refused { text, warnings: Vec::new() }
}

impl Config {
    /// The directives that match any of the patterns, each once: name and value.
    ///
    /// A name without `*`, `?` and `[` is shown as it was asked for; patterns match without regard
    /// to case, and not hidden directives. An alias counts as a directive of its own.
    pub fn get<'a>(&self, patterns: &[&'a [u8]]) -> Vec<(std::borrow::Cow<'a, [u8]>, Vec<u8>)> {
        let mut found: Vec<(std::borrow::Cow<'a, [u8]>, &Row)> = Vec::new();
        for &pattern in patterns {
            let pattern_text = until_nul(pattern);
            if !pattern_text.iter().any(|byte| b"[*?".contains(byte)) {
                let new = !found.iter().any(|(name, _)| name.eq_ignore_ascii_case(pattern));
                found.extend(lookup(pattern).filter(|_| new).map(|(row, _)| (pattern.into(), row)));
                continue;
            }
            let shown = |row: &&Row| !row.flags.has(Flags::HIDDEN) && !row.flags.has(Flags::OURS);
            for row in ROWS.iter().filter(shown) {
                for name in [Some(row.name), row.alias].into_iter().flatten() {
                    let new =
                        !found.iter().any(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes()));
                    if new && glob::matches(pattern_text, name.as_bytes(), true) {
                        found.push((name.as_bytes().into(), row));
                    }
                }
            }
        }
        found.into_iter().map(|(name, row)| (name, self.shown(row))).collect()
    }

    /// Sets all of the pairs of name and value, or none of them.
    ///
    /// # Errors
    /// See [`SetError`]. Whatever had an effect already was undone by applying the old values.
    pub fn set(
        &mut self,
        pairs: &[(&[u8], &[u8])],
        client: Client,
        apply: &mut dyn Apply,
    ) -> Result<Changed, SetError> {
        let pairs = self.find(pairs, client)?;
        let old = self.clone();
        let mut changed = Changed::default();
        for pair in &pairs {
            match self.set_one(pair, apply, &mut changed.warnings) {
                Ok(true) => changed.rows.push(pair.row),
                Ok(false) => {}
                Err(reason) => {
                    self.restore(old, apply, &mut changed.warnings);
                    return Err(with_log(failed(pair.name.as_bytes(), &reason), changed.warnings));
                }
            }
        }
        self.apply_all(&pairs, old, apply, changed)
    }

    /// Finds the rows of all pairs and checks that they may be set at all.
    fn find<'a>(
        &self,
        pairs: &[(&[u8], &'a [u8])],
        client: Client,
    ) -> Result<Vec<Pair<'a>>, SetError> {
        let mut found: Vec<Pair<'a>> = Vec::with_capacity(pairs.len());
        for &(name, value) in pairs {
            let Some((row, known)) = lookup(name) else {
                let mut text = b"Unknown option or number of arguments for CONFIG SET - '".to_vec();
                text.extend(until_nul(name));
                text.push(b'\'');
                return Err(SetError::Refused { text, warnings: Vec::new() });
            };
            if row.flags.has(Flags::IMMUTABLE) {
                return Err(failed(name, "can't set immutable config"));
            }
            if row.flags.has(Flags::PROTECTED) && !self.may_set_protected(client) {
                return Err(failed(name, "can't set protected config"));
            }
            if row.flags.has(Flags::DENY_LOADING) && client.loading {
                return Err(SetError::Loading);
            }
            if found.iter().any(|pair| pair.name == known) {
                return Err(failed(name, "duplicate parameter"));
            }
            found.push(Pair { row, name: known, value });
        }
        Ok(found)
    }

    fn may_set_protected(&self, client: Client) -> bool {
        match self.enable_protected_configs {
            ProtectedAction::Yes => true,
            ProtectedAction::Local => client.local,
            ProtectedAction::No => false,
        }
    }

    fn set_one(
        &mut self,
        pair: &Pair<'_>,
        dir: &mut dyn Apply,
        warnings: &mut Vec<String>,
    ) -> Result<bool, Reason> {
        let mut setting = Setting { replace_save: true, saved: false, dir, warnings };
        let many = pair.row.flags.has(Flags::MULTI_ARG);
        let args = if many { at_blanks(pair.value) } else { vec![pair.value] };
        pair.row.set(self, &args, &mut setting)
    }

    /// Makes the values take effect, each effect once, in order of the arguments.
    fn apply_all(
        &mut self,
        pairs: &[Pair<'_>],
        old: Config,
        apply: &mut dyn Apply,
        mut changed: Changed,
    ) -> Result<Changed, SetError> {
        let mut due: Vec<(Effect, &str)> = Vec::new();
        for pair in pairs.iter().filter(|pair| changed.rows.contains(&pair.row)) {
            let new = |effect: &Effect| !due.iter().any(|(other, _)| other == effect);
            due.extend(pair.row.effect.filter(new).map(|effect| (effect, pair.name)));
        }
        for &(effect, name) in &due {
            self.settle(effect);
            let Err(reason) = apply.apply(effect, self) else {
                continue;
            };
            changed.warnings.push(format!(
                "Failed applying new configuration. Possibly related to new {name} setting. \
                 Restoring previous settings."
            ));
            self.restore(old, apply, &mut changed.warnings);
            for (effect, _) in due {
                if let Err(reason) = apply.apply(effect, self) {
                    changed.warnings.push(format!(
                        "Failed applying restored failed CONFIG SET command: {reason}"
                    ));
                }
            }
            return Err(with_log(failed(name.as_bytes(), &reason), changed.warnings));
        }
        Ok(changed)
    }

    /// Takes back the old values, and the old working directory if it was left.
    fn restore(&mut self, old: Config, apply: &mut dyn Apply, warnings: &mut Vec<String>) {
        if self.dir != old.dir
            && let Err(reason) = apply.change_dir(&old.dir.0)
        {
            let path = String::from_utf8_lossy(&old.dir.0);
            warnings.push(format!(
                "Failed restoring failed CONFIG SET command. Error setting dir to '{path}': \
                 {reason}"
            ));
        }
        *self = old;
    }

    /// Cuts what `CONFIG SET` accepts but the feature cannot work with.
    fn settle(&mut self, effect: Effect) {
        const BACKLOG_MIN: i64 = 16 * 1024;
        match effect {
            Effect::Hz => self.clamp_hz(),
            Effect::ReplBacklog => self.repl_backlog_size = self.repl_backlog_size.max(BACKLOG_MIN),
            _ => {}
        }
    }

    /// A frequency out of range is cut to it, not refused.
    pub(super) fn clamp_hz(&mut self) {
        self.hz = self.hz.clamp(1, 500);
    }
}

fn with_log(error: SetError, log: Vec<String>) -> SetError {
    match error {
        SetError::Refused { text, .. } => SetError::Refused { text, warnings: log },
        SetError::Loading => SetError::Loading,
    }
}
