//! Bodies of fuzz targets.

use super::{ChangeDir, Config, Effect, Files, Keep, ROWS};
use crate::config::{Apply, Client};

/// A world in which every file has the same text and nothing else fails.
struct Echo<'a> {
    include: &'a [u8],
    included: bool,
}

impl ChangeDir for Echo<'_> {
    fn change_dir(&mut self, path: &[u8]) -> Result<Vec<u8>, String> {
        match path {
            [] => Err("No such file or directory".into()),
            _ => Ok(path.to_vec()),
        }
    }
}

impl Files for Echo<'_> {
    fn read(&mut self, _: &[u8]) -> Result<Vec<u8>, (Vec<u8>, String)> {
        self.included = true;
        Ok(self.include.to_vec())
    }

    fn check_log(&mut self, _: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn rename_command(&mut self, _: &[u8], _: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn declare_user(&mut self, _: &[Vec<u8>]) -> Result<(), String> {
        Ok(())
    }
}

impl Apply for Echo<'_> {
    fn apply(&mut self, _: Effect, _: &Config) -> Result<(), String> {
        Ok(())
    }
}

/// Reads bytes as a configuration whose includes are its second half, sets each line's words as a
/// pair of `CONFIG SET`, and checks that a rewritten file gives the same values again.
///
/// # Panics
/// If a property does not hold.
pub fn parse(data: &[u8]) {
    let (text, include) = match data.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&data[..at], &data[at + 2..]),
        None => (data, &b""[..]),
    };
    let mut world = Echo { include, included: false };
    let mut config = Config::default();
    let loaded = config.load(text, &mut world);
    set_lines(&mut config, data, &mut world);
    // A NUL hides the end of its line when a file is read, but not when it is rewritten.
    if loaded.is_err() || world.included || text.contains(&0) {
        return;
    }
    check_rewrite(config, text, &mut world);
}

fn set_lines(config: &mut Config, data: &[u8], world: &mut Echo<'_>) {
    let client = Client { local: true, loading: false };
    for line in data.split(|byte| *byte == b'\n') {
        let mut parts = line.splitn(2, |byte| *byte == b' ');
        let (Some(name), Some(value)) = (parts.next(), parts.next()) else {
            continue;
        };
        let before = config.clone();
        let result = config.set(&[(name, value)], client, world);
        assert!(result.is_ok() || *config == before, "a refused CONFIG SET changed something");
        config.get(&[name, value]);
    }
}

fn check_rewrite(mut config: Config, text: &[u8], world: &mut Echo<'_>) {
    // Redis writes these back without quotes, so an address with a blank does not survive.
    config.bind = Config::default().bind;
    config.replicaof = Config::default().replicaof;
    let rewritten = config.rewrite(text, &Keep::default());
    let mut again = Config::default();
    if let Err(error) = again.load(&rewritten, world) {
        // Redis writes sizes beyond the signed range as negative numbers and cannot read those.
        let huge = ["maxmemory", "cluster-link-sendbuf-limit", "client-output-buffer-limit"];
        let excused = huge.iter().any(|name| error.to_string().contains(name));
        assert!(excused, "a rewritten file is refused: {error}");
        return;
    }
    for row in ROWS {
        assert_eq!(again.shown(row), config.shown(row), "{} after a rewrite", row.name);
    }
    // As in Redis the file may grow at first: by an empty line at its end, and by the limits of the
    // other classes of clients once one of them is mentioned.
    const ROUNDS: usize = 4;
    let files: Vec<Vec<u8>> =
        std::iter::successors(Some(rewritten), |file| Some(again.rewrite(file, &Keep::default())))
            .take(ROUNDS + 1)
            .collect();
    assert_eq!(files[ROUNDS - 1], files[ROUNDS], "the file changes with every rewrite");
}
