//! Files that the configuration names.

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use crate::base::glob;
use crate::commands::GROUPS;
use crate::config::{ChangeDir, Files};
use crate::core::registry::Registry;
use crate::runtime::log::os_text;

/// What loading a configuration does to the file system, and what it leaves for later.
#[derive(Default)]
pub(super) struct ConfigFiles {
    /// `rename-command`: old name, new name.
    pub(super) renames: Vec<(Vec<u8>, Vec<u8>)>,
    /// The commands with these names, to check them.
    registry: Option<Registry>,
}

fn path_of(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

/// Changes the working directory and returns its absolute path.
/// # Errors
/// The system's text.
pub(super) fn change_dir(path: &[u8]) -> Result<Vec<u8>, String> {
    std::env::set_current_dir(path_of(path)).map_err(|error| os_text(&error))?;
    let dir = std::env::current_dir().map_err(|error| os_text(&error))?;
    Ok(dir.into_os_string().into_vec())
}

/// The files that a name with wildcards in its parts stands for, in order.
fn expand(pattern: &[u8]) -> Vec<PathBuf> {
    let start = if pattern.starts_with(b"/") { PathBuf::from("/") } else { PathBuf::new() };
    let mut found = vec![start];
    for part in pattern.split(|&byte| byte == b'/').filter(|part| !part.is_empty()) {
        let mut next = Vec::new();
        for dir in &found {
            if !part.iter().any(|byte| b"*?[".contains(byte)) {
                next.push(dir.join(OsStr::from_bytes(part)));
                continue;
            }
            let listed = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
            let Ok(entries) = fs::read_dir(listed) else { continue };
            let names = entries.flatten().map(|entry| entry.file_name());
            let hidden_too = part.starts_with(b".");
            let mut names: Vec<_> = names
                .filter(|name| hidden_too || !name.as_bytes().starts_with(b"."))
                .filter(|name| glob::matches(part, name.as_bytes(), false))
                .collect();
            names.sort();
            next.extend(names.into_iter().map(|name| dir.join(name)));
        }
        found = next;
    }
    found.retain(|path| path.exists());
    found
}

impl ChangeDir for ConfigFiles {
    fn change_dir(&mut self, path: &[u8]) -> Result<Vec<u8>, String> {
        change_dir(path)
    }
}

impl Files for ConfigFiles {
    fn read(&mut self, name: &[u8]) -> Result<Vec<u8>, (Vec<u8>, String)> {
        let read = |path: &Path| {
            fs::read(path).map_err(|error| (path.as_os_str().as_bytes().to_vec(), os_text(&error)))
        };
        if !name.iter().any(|byte| b"*?[".contains(byte)) {
            return read(path_of(name));
        }
        let mut text = Vec::new();
        for path in expand(name) {
            text.extend(read(&path)?);
        }
        Ok(text)
    }

    fn check_log(&mut self, path: &[u8]) -> Result<(), String> {
        let open = fs::OpenOptions::new().create(true).append(true).open(path_of(path));
        open.map(drop).map_err(|error| os_text(&error))
    }

    fn rename_command(&mut self, from: &[u8], to: &[u8]) -> Result<(), String> {
        let registry = self.registry.get_or_insert_with(|| Registry::new(GROUPS));
        registry.rename(from, to).map_err(str::to_owned)?;
        self.renames.push((from.to_vec(), to.to_vec()));
        Ok(())
    }

    fn declare_user(&mut self, _: &[Vec<u8>]) -> Result<(), String> {
        Err("ACL users are not supported by this version of Ferrous".to_owned())
    }
}

/// All of the standard input.
/// # Errors
/// The system's text.
pub(super) fn read_stdin() -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    std::io::stdin().lock().read_to_end(&mut text).map_err(|error| os_text(&error))?;
    Ok(text)
}

/// The absolute path of a configuration file.
pub(super) fn absolute(path: &[u8]) -> Vec<u8> {
    if path.starts_with(b"/") {
        return path.to_vec();
    }
    let dir = std::env::current_dir().unwrap_or_default();
    dir.join(path_of(path)).into_os_string().into_vec()
}

/// The contents of a file; empty if there is none.
/// # Errors
/// The system's text.
pub(super) fn read_file(path: &[u8]) -> Result<Vec<u8>, String> {
    match fs::read(path_of(path)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        other => other.map_err(|error| os_text(&error)),
    }
}

/// Writes a new file beside the old one, forces it to disk, renames it, and forces the rename to
/// disk.
/// # Errors
/// The system's text; the old file is still there then.
pub(super) fn replace_file(path: &[u8], contents: &[u8]) -> Result<(), String> {
    let path = path_of(path);
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = PathBuf::from(name);
    let write = || {
        let mut file = fs::File::create(&temporary)?;
        std::io::Write::write_all(&mut file, contents)?;
        if let Ok(old) = fs::metadata(path) {
            file.set_permissions(old.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
        fs::File::open(dir.unwrap_or(Path::new(".")))?.sync_all()
    };
    write().map_err(|error| {
        // What is left of the temporary file helps nobody.
        let _ = fs::remove_file(&temporary);
        os_text(&error)
    })
}
