//! The title of the process, as `ps` shows it.
//!
//! Linux shows the memory in which the arguments were handed over, and goes on into that of the
//! environment if the arguments do not end with a NUL. So a title is written there, through
//! `/proc/self/mem`: a wrong place or a refusal is an error, not a crash.
#![allow(unsafe_code)]

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;

/// Where the title stands.
#[derive(Debug)]
pub struct Title {
    memory: File,
    start: u64,
    room: usize,
}

/// Moves the environment away from where it was handed over, so that titles may use that place.
fn move_environment() {
    for (name, value) in std::env::vars_os() {
        if name.is_empty() || name.as_encoded_bytes().contains(&b'=') {
            continue;
        }
        // SAFETY: the caller of `Title::take` vouches that no other thread runs, so nobody reads
        // the environment meanwhile. The C library keeps its own copy of what is set, so that
        // nothing refers to the old place any more.
        unsafe { std::env::set_var(name, value) };
    }
}

/// The numbers 48 to 51 of the process's status: where its arguments begin and end, and where its
/// environment does.
fn places(stat: &str) -> Option<[u64; 4]> {
    const FIRST: usize = 48;
    // The second field is the name, in brackets; it may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(FIRST - 3);
    let mut next = || fields.next()?.parse().ok();
    Some([next()?, next()?, next()?, next()?])
}

impl Title {
    /// Takes the place of the arguments and the environment over. To be called once, before any
    /// other thread runs, and after the arguments have been copied: `std::env::args` gives the
    /// title from then on.
    ///
    /// # Errors
    /// The system does not tell where they are, or does not let us write there.
    pub fn take() -> io::Result<Title> {
        let stat = std::fs::read_to_string("/proc/self/stat")?;
        let [start, end, env_start, env_end] =
            places(&stat).ok_or_else(|| io::Error::other("unknown format of /proc/self/stat"))?;
        // The environment follows the arguments; were it elsewhere, only they would be ours.
        let end = if env_start == end { env_end } else { end };
        if start == 0 || end <= start {
            return Err(io::Error::other("the arguments are nowhere"));
        }
        let memory = OpenOptions::new().read(true).write(true).open("/proc/self/mem")?;
        move_environment();
        Ok(Title { memory, start, room: (end - start) as usize })
    }

    /// Shows a title, as far as there is room.
    ///
    /// # Errors
    /// The system's.
    pub fn set(&self, text: &[u8]) -> io::Result<()> {
        let mut bytes = vec![0; self.room];
        let shown = text.len().min(self.room - 1);
        bytes[..shown].copy_from_slice(&text[..shown]);
        self.memory.write_all_at(&bytes, self.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_behind_any_name() {
        let fields: Vec<String> = (4..=52).map(|number| number.to_string()).collect();
        let stat = format!("7 (odd) name)) S {}", fields.join(" "));
        assert_eq!(places(&stat), Some([48, 49, 50, 51]));
        assert_eq!(places("7 (name) S 4 5 6"), None);
    }
}
