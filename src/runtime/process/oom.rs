//! The score by which the kernel chooses what to kill when memory runs out.

use std::fs;
use std::path::PathBuf;

use crate::runtime::log::os_text;

/// What the score is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Score {
    /// That from before we changed it.
    Restored,
    /// So much above that.
    Relative(i32),
    /// This.
    Absolute(i32),
}

/// The score of this process. Remembers what it was before it was changed.
#[derive(Debug)]
pub struct OomScore {
    file: PathBuf,
    base: Option<i32>,
}

impl Default for OomScore {
    fn default() -> OomScore {
        OomScore { file: PathBuf::from("/proc/self/oom_score_adj"), base: None }
    }
}

impl OomScore {
    /// Sets the score, cut to the range that the kernel knows.
    ///
    /// # Errors
    /// The line for the log.
    pub fn set(&mut self, score: Score) -> Result<(), String> {
        const MOST: i32 = 1000;
        let value = match (score, self.base) {
            (Score::Restored, None) => return Ok(()),
            (Score::Restored, Some(base)) => {
                self.base = None;
                base
            }
            (Score::Relative(value), _) => self.base()?.saturating_add(value),
            (Score::Absolute(value), _) => {
                self.base()?;
                value
            }
        };
        fs::write(&self.file, format!("{}\n", value.clamp(-MOST, MOST)))
            .map_err(|error| format!("Unable to write oom_score_adj: {}", os_text(&error)))
    }

    /// The score before it was changed; from now on it counts as changed.
    fn base(&mut self) -> Result<i32, String> {
        if let Some(base) = self.base {
            return Ok(base);
        }
        let text = fs::read_to_string(&self.file)
            .map_err(|error| format!("Unable to read oom_score_adj: {}", os_text(&error)))?;
        Ok(*self.base.insert(text.trim().parse().unwrap_or(0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_relative_absolute_cut_and_restored() {
        let file = std::env::temp_dir().join(format!("ferrous-oom-{}", std::process::id()));
        fs::write(&file, "22\n").unwrap();
        let mut score = OomScore { file: file.clone(), base: None };
        let mut after = |value: Score| {
            score.set(value).unwrap();
            fs::read_to_string(&file).unwrap().trim().to_owned()
        };
        assert_eq!(after(Score::Restored), "22");
        assert_eq!(after(Score::Relative(9)), "31");
        assert_eq!(after(Score::Absolute(9)), "9");
        assert_eq!(after(Score::Relative(2000)), "1000");
        assert_eq!(after(Score::Restored), "22");
        fs::remove_file(&file).unwrap();
        assert!(score.set(Score::Absolute(1)).unwrap_err().starts_with("Unable to read"));
    }
}
