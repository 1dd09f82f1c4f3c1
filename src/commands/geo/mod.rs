//! Commands about positions, which are sorted sets whose scores are cells of a grid.

mod cell;
mod points;
mod search;
pub mod table;
#[cfg(test)]
mod tests;

use self::cell::{Cell, LATITUDES, LONGITUDES, Position};
use crate::base::num::{LongDouble, format_fixed};
use crate::core::args::Args;
use crate::core::refusal::Refusal;
use crate::resp::encode::Reply;

/// Reads a longitude and a latitude.
/// # Errors
/// `value is not a valid float`, `invalid longitude,latitude pair`
fn position(args: Args<'_>, at: usize) -> Result<Position, Refusal> {
    let (longitude, latitude) = (args.double(at)?, args.double(at + 1)?);
    let inside = |x: f64, (low, high): (f64, f64)| (low..=high).contains(&x);
    if inside(longitude, LONGITUDES) && inside(latitude, LATITUDES) {
        return Ok(Position { longitude, latitude });
    }
    let mut text = b"ERR invalid longitude,latitude pair ".to_vec();
    text.extend_from_slice(&format_fixed(longitude, 6));
    text.push(b',');
    text.extend_from_slice(&format_fixed(latitude, 6));
    Err(Refusal::new(text))
}

/// Reads a unit of length; gives its metres.
/// # Errors
/// `unsupported unit provided`
fn unit(args: Args<'_>, at: usize) -> Result<f64, Refusal> {
    match () {
        () if args.is(at, "m") => Ok(1.0),
        () if args.is(at, "km") => Ok(1000.0),
        () if args.is(at, "ft") => Ok(0.3048),
        () if args.is(at, "mi") => Ok(1609.34),
        () => Err(Refusal::fixed("ERR unsupported unit provided. please use M, KM, FT, MI")),
    }
}

/// The position that a score stands for.
fn position_of(score: f64) -> Position {
    Cell::of_score(score).center()
}

/// Writes a position as a pair.
fn reply_position(reply: &mut Reply<'_>, position: Position) {
    reply.array(2);
    for degrees in [position.longitude, position.latitude] {
        reply.double_text(&LongDouble::from_f64(degrees).format());
    }
}
