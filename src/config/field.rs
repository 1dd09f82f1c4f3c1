//! Types of values: how each is read, shown and written back.

use super::Config;
use super::number;
use super::row::{Kind, Reason, Row, Setting, Unit};
use crate::base::memunit::{parse_memory, parse_memory_or_percent};
use crate::base::num;
use crate::base::text::{push_repr, until_nul};

/// A line that `CONFIG REWRITE` may write, and whether it must be written even where the old file
/// does not mention the directive.
pub(super) struct Line {
    pub(super) text: Vec<u8>,
    pub(super) forced: bool,
}

/// A value of the configuration.
pub(super) trait Field {
    /// Reads the value from a directive's arguments. Returns whether it changed (some values always
    /// count as changed). After an error the value is unspecified but valid.
    fn set(&mut self, row: &Row, args: &[&[u8]], setting: &mut Setting<'_>)
    -> Result<bool, Reason>;

    /// Appends the text of `CONFIG GET`.
    fn show(&self, row: &Row, out: &mut Vec<u8>);

    /// The lines of `CONFIG REWRITE`; none removes the directive from the file.
    fn lines(&self, row: &Row, config: &Config, defaults: &Config) -> Vec<Line> {
        let shown = config.shown(row);
        let mut text = start(row);
        text.extend(&shown);
        vec![Line { text, forced: shown != defaults.shown(row) }]
    }
}

/// The directive's name and a blank.
pub(super) fn start(row: &Row) -> Vec<u8> {
    format!("{} ", row.name).into_bytes()
}

/// Stores a value and tells whether it is another one.
pub(super) fn replace<T: PartialEq>(place: &mut T, value: T) -> bool {
    let changed = *place != value;
    *place = value;
    changed
}

/// The only argument; the caller of `set` has checked that there is one unless the row takes many.
pub(super) fn only<'a>(args: &[&'a [u8]]) -> Result<&'a [u8], Reason> {
    match args {
        [value] => Ok(value),
        _ => Err("wrong number of arguments".into()),
    }
}

impl Field for bool {
    fn set(&mut self, _: &Row, args: &[&[u8]], _: &mut Setting<'_>) -> Result<bool, Reason> {
        let value = match until_nul(only(args)?).to_ascii_lowercase().as_slice() {
            b"yes" => true,
            b"no" => false,
            _ => return Err("argument must be 'yes' or 'no'".into()),
        };
        Ok(replace(self, value))
    }

    fn show(&self, _: &Row, out: &mut Vec<u8>) {
        out.extend(if *self { &b"yes"[..] } else { b"no" });
    }
}

/// Text without NUL; empty is a value like any other.
impl Field for Vec<u8> {
    fn set(&mut self, _: &Row, args: &[&[u8]], _: &mut Setting<'_>) -> Result<bool, Reason> {
        Ok(replace(self, until_nul(only(args)?).to_vec()))
    }

    fn show(&self, _: &Row, out: &mut Vec<u8>) {
        out.extend(self);
    }

    fn lines(&self, row: &Row, _: &Config, defaults: &Config) -> Vec<Line> {
        let mut text = start(row);
        push_repr(&mut text, self);
        vec![Line { text, forced: *self != defaults.shown(row) }]
    }
}

/// Text or bytes that may be missing.
impl Field for Option<Vec<u8>> {
    fn set(&mut self, row: &Row, args: &[&[u8]], _: &mut Setting<'_>) -> Result<bool, Reason> {
        let whole = only(args)?;
        let bytes = match row.kind {
            Kind::OptionalBytes => whole,
            _ => until_nul(whole),
        };
        Ok(replace(self, (!bytes.is_empty()).then(|| bytes.to_vec())))
    }

    fn show(&self, _: &Row, out: &mut Vec<u8>) {
        out.extend(self.as_deref().unwrap_or_default());
    }

    fn lines(&self, row: &Row, _: &Config, _: &Config) -> Vec<Line> {
        self.iter()
            .map(|value| {
                let mut text = start(row);
                push_repr(&mut text, value);
                Line { text, forced: true }
            })
            .collect()
    }
}

/// The limits and the unit of a row of integers.
fn range(row: &Row) -> (i64, i64, Unit) {
    match row.kind {
        Kind::Int { min, max, unit } => (min, max, unit),
        _ => unreachable!("a test ties integer fields to integer kinds"),
    }
}

/// Reads an integer in the unit of its row; a percentage comes back negative.
fn parse_integer(text: &[u8], unit: Unit) -> Result<i64, &'static str> {
    match unit {
        Unit::Plain => num::parse_i64(text).ok_or("argument couldn't be parsed into an integer"),
        // Sizes beyond the signed range are carried as their bits.
        Unit::Memory => {
            parse_memory(text).map(u64::cast_signed).ok_or("argument must be a memory value")
        }
        Unit::Octal => match number::lenient(until_nul(text), 8) {
            Some((value, false)) => Ok(value),
            _ => Err("argument couldn't be parsed as an octal number"),
        },
        Unit::MemoryOrPercent => {
            parse_memory_or_percent(text).ok_or("argument must be a memory or percent value")
        }
    }
}

fn check_signed(value: i64, row: &Row) -> Result<(), Reason> {
    let (min, max, unit) = range(row);
    if unit == Unit::MemoryOrPercent && value < 0 {
        return match value < min {
            true => Err(format!("percentage argument must be less or equal to {}", -min).into()),
            false => Ok(()),
        };
    }
    match (min..=max).contains(&value) {
        true => Ok(()),
        false => Err(format!("argument must be between {min} and {max} inclusive").into()),
    }
}

fn check_unsigned(value: i64, row: &Row) -> Result<(), Reason> {
    let (min, max, unit) = range(row);
    let (value, min, max) = (value.cast_unsigned(), min.cast_unsigned(), max.cast_unsigned());
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(match unit {
        Unit::Octal => format!("argument must be between {min:o} and {max:o} inclusive"),
        _ => format!("argument must be between {min} and {max} inclusive"),
    }
    .into())
}

fn show_integer(value: i64, row: &Row) -> String {
    match range(row).2 {
        Unit::MemoryOrPercent if value < 0 => format!("{}%", -value),
        Unit::Memory | Unit::MemoryOrPercent => value.cast_unsigned().to_string(),
        Unit::Octal => format!("{value:o}"),
        Unit::Plain => value.to_string(),
    }
}

fn integer_line(value: i64, default: i64, row: &Row) -> Line {
    let memory = match range(row).2 {
        Unit::MemoryOrPercent if value < 0 => None,
        Unit::Memory | Unit::MemoryOrPercent => Some(number::show_memory(value)),
        Unit::Octal | Unit::Plain => None,
    };
    let mut text = start(row);
    text.extend(memory.unwrap_or_else(|| show_integer(value, row)).bytes());
    Line { text, forced: value != default }
}

/// Fields of integer types: the check of the range, and the conversions to and from the number as
/// it is carried. The row's limits keep the second one exact.
macro_rules! integer_fields {
    ($($type:ty, $check:path, $to:expr, $from:expr;)*) => {$(
        impl Field for $type {
            fn set(
                &mut self,
                row: &Row,
                args: &[&[u8]],
                _: &mut Setting<'_>,
            ) -> Result<bool, Reason> {
                let value = parse_integer(only(args)?, range(row).2)?;
                $check(value, row)?;
                Ok(replace(self, $from(value)))
            }

            fn show(&self, row: &Row, out: &mut Vec<u8>) {
                out.extend(show_integer($to(*self), row).bytes());
            }

            fn lines(&self, row: &Row, _: &Config, defaults: &Config) -> Vec<Line> {
                let mut shown = Vec::new();
                (row.field)(defaults).show(row, &mut shown);
                let default = parse_integer(&shown, range(row).2)
                    .expect("a default is shown in a form that can be read");
                vec![integer_line($to(*self), default, row)]
            }
        }
    )*};
}

integer_fields! {
    i32, check_signed, i64::from, |value: i64| value as i32;
    u32, check_unsigned, i64::from, |value: i64| value as u32;
    i64, check_signed, |value: i64| value, |value: i64| value;
    u64, check_unsigned, u64::cast_signed, i64::cast_unsigned;
}
