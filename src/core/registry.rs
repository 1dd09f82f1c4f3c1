//! The registry: all commands by name and by number. Built once at start.

use super::command::{Command, Flags};
use super::dispatch::is_cross_protocol;
use super::stretch::is_brief;
use crate::base::hash::FxMap;

/// A command's number: dense over commands and subcommands, fixed for the life of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommandId(pub u16);

/// No name is longer but one that the configuration gives (`rename-command`).
const NAME_MAX: usize = 32;

/// A command or subcommand in its place.
pub struct Entry {
    /// Its declaration.
    pub row: &'static Command,
    /// Its number.
    pub id: CommandId,
    /// The name under which it is known (renamed or not), in lower case.
    pub name: String,
    /// `name`, or `container|name`.
    pub full_name: String,
    /// The container of a subcommand.
    pub parent: Option<CommandId>,
    /// Numbers of the subcommands.
    pub subcommands: Vec<CommandId>,
    /// The row's flags, copied: dispatch reads nothing else of the row.
    pub flags: Flags,
    /// True if `rename-command` took its name away.
    pub hidden: bool,
    /// True if it can be run here, or has subcommands that can.
    pub built: bool,
    /// True if it never takes long but because of its arguments or its reply.
    pub brief: bool,
}

/// See the module.
pub struct Registry {
    entries: Vec<Entry>,
    names: FxMap<Box<[u8]>, CommandId>,
    /// Length of the longest name that was given.
    longest: usize,
    /// A command has a name that no client may say (see `is_cross_protocol`): scripts may.
    pub unsayable: bool,
}

/// Lower-cases a name on the stack; `None` if it is longer than any command's.
fn fold<'b>(name: &[u8], buffer: &'b mut [u8; NAME_MAX]) -> Option<&'b [u8]> {
    let folded = buffer.get_mut(..name.len())?;
    for (to, from) in folded.iter_mut().zip(name) {
        *to = from.to_ascii_lowercase();
    }
    Some(folded)
}

impl Registry {
    /// Registers all commands of all groups.
    pub fn new(groups: &[&'static [Command]]) -> Registry {
        let mut registry =
            Registry { entries: Vec::new(), names: FxMap::default(), longest: 0, unsayable: false };
        for row in groups.iter().flat_map(|group| group.iter()) {
            let id = registry.add(row, None);
            registry.names.insert(row.name.as_bytes().into(), id);
            for sub in row.subcommands {
                let sub_id = registry.add(sub, Some(id));
                registry.entries[id.0 as usize].subcommands.push(sub_id);
            }
        }
        registry
    }

    fn add(&mut self, row: &'static Command, parent: Option<CommandId>) -> CommandId {
        let id = CommandId(self.entries.len() as u16);
        let full_name = match parent {
            Some(parent) => format!("{}|{}", self.get(parent).name, row.name),
            None => row.name.to_owned(),
        };
        let built = row.run.is_some() || row.subcommands.iter().any(|sub| sub.run.is_some());
        self.entries.push(Entry {
            row,
            id,
            name: row.name.to_owned(),
            full_name,
            parent,
            subcommands: Vec::new(),
            flags: row.flags,
            hidden: false,
            built,
            brief: is_brief(row),
        });
        id
    }

    /// `rename-command old new`; an empty new name removes the command. Replies and statistics go
    /// on to call it by its own name.
    /// # Errors
    /// Why it cannot be, as the configuration file's report words it.
    pub fn rename(&mut self, old: &[u8], new: &[u8]) -> Result<(), &'static str> {
        let old = old.to_ascii_lowercase();
        let new = new.to_ascii_lowercase();
        let Some(id) = self.names.remove(&old[..]) else {
            return Err("No such command in rename-command");
        };
        if new.is_empty() {
            self.hide(id);
            return Ok(());
        }
        if self.names.contains_key(&new[..]) {
            return Err("Target command name already exists");
        }
        self.longest = self.longest.max(new.len());
        self.unsayable |= is_cross_protocol(&new);
        self.names.insert(new.into(), id);
        Ok(())
    }

    /// Leaves a command and its subcommands out of lists.
    fn hide(&mut self, id: CommandId) {
        for entry in &mut self.entries {
            entry.hidden |= entry.id == id || entry.parent == Some(id);
        }
    }

    /// The command of that number.
    #[inline]
    pub fn get(&self, id: CommandId) -> &Entry {
        &self.entries[id.0 as usize]
    }

    /// A command by name, in any case.
    #[inline]
    pub fn find(&self, name: &[u8]) -> Option<&Entry> {
        let mut buffer = [0; NAME_MAX];
        let id = match fold(name, &mut buffer) {
            Some(folded) => self.names.get(folded),
            None if name.len() <= self.longest => self.names.get(&name.to_ascii_lowercase()[..]),
            None => None,
        }?;
        Some(self.get(*id))
    }

    /// A subcommand by name, in any case.
    pub fn find_sub(&self, container: CommandId, name: &[u8]) -> Option<&Entry> {
        let mut buffer = [0; NAME_MAX];
        let folded = fold(name, &mut buffer)?;
        let of = &self.get(container).subcommands;
        of.iter().map(|&id| self.get(id)).find(|sub| sub.name.as_bytes() == folded)
    }

    /// A command by its full name: `name`, or `container|name`.
    pub fn find_full(&self, name: &[u8]) -> Option<&Entry> {
        match name.iter().position(|&b| b == b'|') {
            None => self.find(name),
            Some(at) => self.find_sub(self.find(&name[..at])?.id, &name[at + 1..]),
        }
    }

    /// All commands and subcommands, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// All commands that can be run (without subcommands).
    pub fn commands(&self) -> impl Iterator<Item = &Entry> {
        self.names.values().map(|&id| self.get(id)).filter(|entry| entry.built)
    }

    /// Number of commands and subcommands.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
