//! What the generator may say: the words of a command's form. The forms stand in `rows`.

use super::compare::Compare;

/// A piece of a command.
pub(crate) enum Arg {
    /// A name or an option, sent in random case.
    Word(&'static str),
    /// The same, as it stands.
    Text(&'static str),
    /// A key that most often holds what the row's group works on.
    Key,
    /// A key that most often holds this type.
    KeyOf(&'static str),
    Value,
    /// A member, field or element out of a small pool, so that commands meet.
    Member,
    /// A score out of a small pool, with ties.
    Score,
    /// Any integer, limits included.
    Int,
    /// A count for replies that repeat elements: never large.
    Sample,
    /// An index into a short string, sometimes far outside.
    Index,
    /// A bit offset that allocates little.
    BitOffset,
    Bit,
    Float,
    /// Degrees, sometimes outside what GEO takes.
    Longitude,
    Latitude,
    BitType,
    Pattern,
    Db,
    /// Seconds or milliseconds from now, far away, and different each time.
    Seconds,
    Millis,
    /// A point in time that is no relative one's neighbour.
    UnixSeconds,
    UnixMillis,
    /// Present or not.
    Maybe(&'static [Arg]),
    /// One of the alternatives.
    Either(&'static [&'static [Arg]]),
    /// Some of the alternatives, in any order, sometimes one twice.
    Options(&'static [&'static [Arg]]),
    /// Once to four times.
    Several(&'static [Arg]),
    /// Once to a hundred times: past the limits of the small encodings.
    Many(&'static [Arg]),
    /// Keys with their number before them, which is sometimes wrong.
    Counted(&'static Arg),
}

/// A form of a command.
pub(crate) struct Row {
    pub(crate) group: &'static str,
    pub(crate) name: &'static str,
    /// How often, relative to other rows.
    pub(crate) weight: usize,
    pub(crate) args: &'static [Arg],
    pub(crate) compare: Compare,
}

pub(crate) const fn row(
    group: &'static str,
    weight: usize,
    name: &'static str,
    args: &'static [Arg],
    compare: Compare,
) -> Row {
    Row { group, name, weight, args, compare }
}
