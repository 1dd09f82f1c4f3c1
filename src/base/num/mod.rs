//! Numbers as text, digit for digit as Redis 7.2 reads and prints them.
//!
//! Holds: a printed finite number reads back as the same number; bad text is `None`, never a panic.
//! Cost: linear in the text; printing never allocates (the text lives in a [`Text`] on the stack).
//! Not here: sizes with a unit (`base::memunit`), which reply a bad number gets (the commands).
//!
//! | wanted | function |
//! |---|---|
//! | an integer argument or value | [`parse_i64`] |
//! | a stream id part | [`parse_u64`] |
//! | a scan cursor | [`parse_cursor`] |
//! | a score, an increment, a timeout | [`parse_double`] |
//! | an end of a score range | [`parse_double_bound`] |
//! | a weight to sort by | [`parse_sort_weight`] |
//! | C's `strtod` itself | [`strtod`] |
//! | INCRBYFLOAT, HINCRBYFLOAT, coordinates | [`LongDouble`] |
//! | a score in a reply | [`format_double`] |
//! | a score in the append-only file or a digest | [`format_double_plain`] |
//! | a score in ZSCAN over a large sorted set | [`format_double_17g`] |
//! | a number in a script's JSON | [`format_double_g`] |
//! | C's `%.2f` | [`format_fixed`] |
//! | a distance | [`format_distance`] |

mod double;
mod expand;
mod grisu;
mod int;
mod literal;
mod long_double;
mod parse;
mod round;
mod text;

#[cfg(test)]
mod tests;

pub use double::{
    DoubleText, FixedText, format_distance, format_double, format_double_17g, format_double_g,
    format_double_plain, format_fixed,
};
pub use int::{
    INT_TEXT_MAX, IntText, Unsigned, format_i64, format_u64, parse_cursor, parse_i64, parse_u64,
    strtoull,
};
pub use long_double::{LongDouble, LongDoubleText};
pub use parse::{Double, parse_double, parse_double_bound, parse_sort_weight, strtod};
pub use text::Text;
