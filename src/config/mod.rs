//! Configuration directives, declared once.
//!
//! The table, [`ROWS`], declares every directive of Redis 7.2.4: its name and alias, the type and
//! range of its value, its flags, its default, and what has to be done when it changes. The struct
//! [`Config`] is generated from the same lines, so a setting is read as an ordinary field:
//! `config.maxmemory`.
//!
//! Holds: every value lies in the range of its row; a failed `CONFIG SET` leaves no trace.
//! Cost: reading a field is a load; looking a name up is a scan of two hundred short names.
//! Not here: files, the environment and sockets. What needs the world goes through [`Files`] and
//! [`Apply`]; the replies of the CONFIG command are built by its handler.

mod args;
mod choice;
mod example;
mod field;
mod inert;
mod load;
mod number;
mod rewrite;
mod row;
mod set;
mod special;
mod table;
mod title;

pub mod fuzz;

#[cfg(test)]
mod facts;
#[cfg(test)]
mod tests;

pub use args::{MEMORY_TEST_USAGE, Start, from_args};
pub use choice::*;
pub use example::example;
pub use inert::INERT;
pub use load::{Files, LoadError, Loaded};
pub use rewrite::{Keep, SIGNATURE};
pub use row::{ChangeDir, Effect, Flags, Kind, Row, Unit};
pub use set::{Apply, Changed, Client, SetError};
pub use special::*;
pub use table::{Config, ROWS};

/// Finds a directive by its name or alias, without regard to case.
///
/// Returns the row and the name under which it was found, as the table spells it.
pub fn lookup(name: &[u8]) -> Option<(&'static Row, &'static str)> {
    ROWS.iter().find_map(|row| {
        let found = [Some(row.name), row.alias]
            .into_iter()
            .flatten()
            .find(|known| known.as_bytes().eq_ignore_ascii_case(name))?;
        Some((row, found))
    })
}

impl Config {
    /// A row's value as `CONFIG GET` prints it.
    pub fn shown(&self, row: &Row) -> Vec<u8> {
        let mut out = Vec::new();
        (row.field)(self).show(row, &mut out);
        out
    }
}
