//! Every form of every command, one file per family of types. A new group is new rows.

use crate::table::Row;

mod collections;
mod keys;
mod sorted;
mod streams;

/// Every form.
pub(crate) fn all() -> impl Iterator<Item = &'static Row> {
    [keys::ROWS, collections::ROWS, sorted::ROWS, streams::ROWS].into_iter().flatten()
}
