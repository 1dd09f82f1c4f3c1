//! Replays `tests/transcripts/**/*.txt` against the server.
//!
//! `FERROUS_SERVER=path` replays against another server, `FERROUS_RECORD=path` writes that server's
//! replies into the files, `FERROUS_ONLY=text` picks the files whose path contains the text.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use support::process;
use support::target::{Process, Target};
use support::transcript::Transcript;

#[allow(dead_code, reason = "each test program uses a part of the shared code")]
mod support;

/// Mismatches printed per file.
const SHOWN: usize = 12;

macro_rules! groups {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            replay_folder(stringify!($name));
        })*

        #[test]
        fn every_folder_is_replayed() {
            let known = [$(stringify!($name)),*];
            let folders = fs::read_dir(root()).expect("the folder of transcripts").flatten();
            for folder in folders.filter(|entry| entry.path().is_dir()) {
                let name = folder.file_name().into_string().expect("an ASCII name");
                assert!(known.contains(&&*name), "no test replays tests/transcripts/{name}");
            }
        }
    };
}

groups! {
    bitmap blocking connection generic geo handshakes hash hyperloglog list monitor notifications
    protocol pubsub scripting server set stream string tracking transactions types zset
}

#[test]
fn a_wrong_reply_is_noticed() {
    struct Parrot;
    impl Target for Parrot {
        fn exchange(
            &mut self,
            _: &str,
            _: &[u8],
            _: support::target::Want,
        ) -> support::target::Answer {
            let node = support::frame::parse(b"+OK\r\n").expect("a reply").expect("whole").0;
            support::target::Answer { frames: vec![node], ..Default::default() }
        }
        fn pass(&mut self, _: std::time::Duration) {}
        fn left_over(&mut self) -> Vec<(String, Vec<u8>)> {
            Vec::new()
        }
    }
    let right = Transcript::parse("> SET k v\n  +OK\\r\\n\n").expect("valid");
    assert!(right.replay(&mut Parrot).is_empty());
    let wrong = Transcript::parse("> GET k\n  $1\\r\\nv\\r\\n\n").expect("valid");
    assert_eq!(wrong.replay(&mut Parrot).len(), 1);
    let closed = Transcript::parse("> QUIT\n  +OK\\r\\n\n  <closed>\n").expect("valid");
    assert_eq!(closed.replay(&mut Parrot).len(), 1);
}

#[test]
fn pending_paths_exist() {
    let mut files = Vec::new();
    files_below(&root(), &mut files);
    for (prefix, _) in pending() {
        let found = files.iter().any(|path| short(path).starts_with(&*prefix));
        assert!(found, "pending.list names {prefix}, which is not there");
    }
}

/// The path below the folder of transcripts.
fn short(path: &Path) -> String {
    path.strip_prefix(root()).expect("a transcript").display().to_string()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts")
}

/// Paths below the folder of transcripts that wait for a feature, with the reason.
fn pending() -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join("pending.list")).expect("pending.list");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let split = lines.map(|line| line.split_once(' ').expect("a path and a reason"));
    split.map(|(path, reason)| (path.to_owned(), reason.trim().to_owned())).collect()
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of transcripts").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "txt") {
            found.push(path);
        }
    }
}

fn replay_folder(name: &str) {
    let folder = root().join(name);
    let mut files = Vec::new();
    files_below(&folder, &mut files);
    files.sort();
    if let Some(only) = std::env::var_os("FERROUS_ONLY") {
        let only = only.into_string().expect("FERROUS_ONLY is text");
        files.retain(|path| path.display().to_string().contains(&only));
    }
    let record = std::env::var_os("FERROUS_RECORD").map(PathBuf::from);
    let foreign = record.is_some() || std::env::var_os("FERROUS_SERVER").is_some();
    let pending = pending();
    let queue = Mutex::new(files.into_iter());
    let failures = Mutex::new(Vec::new());
    let total = Mutex::new((0, 0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(path) = queue.lock().expect("no worker panics holding it").next()
                    else {
                        return;
                    };
                    let short = short(&path);
                    let waits = pending.iter().find(|(prefix, _)| short.starts_with(&**prefix));
                    if let (Some((_, reason)), false) = (waits, foreign) {
                        eprintln!("PENDING, not replayed: {short}: {reason}");
                        continue;
                    }
                    let outcome = std::panic::catch_unwind(|| one(&path, record.as_deref()));
                    match outcome {
                        Ok(Ok(steps)) => {
                            let mut total = total.lock().expect("no worker panics holding it");
                            *total = (total.0 + 1, total.1 + steps);
                        }
                        Ok(Err(text)) => {
                            failures.lock().expect("as above").push(format!("{short}: {text}"));
                        }
                        Err(_) => {
                            let text = format!("{short}: see the panic above");
                            failures.lock().expect("as above").push(text);
                        }
                    }
                }
            });
        }
    });
    let (files, steps) = *total.lock().expect("the workers are gone");
    eprintln!("{name}: {files} files, {steps} steps");
    let failures = failures.into_inner().expect("the workers are gone");
    assert!(failures.is_empty(), "{} files differ\n\n{}", failures.len(), failures.join("\n\n"));
}

fn one(path: &Path, record: Option<&Path>) -> Result<usize, String> {
    let text = fs::read_to_string(path).map_err(|why| why.to_string())?;
    let transcript = Transcript::parse(&text)?;
    if let Some(server) = record {
        let mut target = Process::start(server, &transcript.config);
        let recorded = transcript.record(&mut target)?;
        fs::write(path, recorded).map_err(|why| why.to_string())?;
        return Ok(transcript.steps());
    }
    let mut target = Process::start(&process::under_test(), &transcript.config);
    let found = transcript.replay(&mut target);
    if found.is_empty() {
        return Ok(transcript.steps());
    }
    let mut text = format!("{} of {} steps differ", found.len(), transcript.steps());
    for mismatch in found.iter().take(SHOWN) {
        text += &format!("\nline {}: {}", mismatch.line, mismatch.text);
    }
    if found.len() > SHOWN {
        text += &format!("\n... and {} more", found.len() - SHOWN);
    }
    Err(text)
}
