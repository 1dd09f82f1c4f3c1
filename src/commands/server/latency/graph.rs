//! The picture of LATENCY GRAPH: a column per sample, its age in vertical letters below.

use crate::observe::latency::{Sample, Series};

/// Columns of a picture; what does not fit goes into another one below.
const COLUMNS: usize = 80;
/// Rows of the columns.
const ROWS: usize = 4;
/// Tops of columns, from low to high.
const TOPS: [u8; 3] = *b"_o#";
/// A column below its top.
const FILL: u8 = b'|';

/// How long ago something was, in the largest unit that fits.
fn age(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// The character of a column in a row, counted from below. `height`: 0 to 11.
fn cell(height: usize, row: usize) -> u8 {
    match height.checked_sub(row * TOPS.len()) {
        None => b' ',
        Some(above) => TOPS.get(above).copied().unwrap_or(FILL),
    }
}

/// Draws a series as of `now`.
pub(super) fn draw(event: &str, series: &Series, now: i64) -> String {
    let values = || series.samples().map(|sample| sample.millis);
    let (low, high) = (values().min().unwrap_or(0), values().max().unwrap_or(0));
    let mut text = format!(
        "{event} - high {high} ms, low {low} ms (all time high {} ms)\n{}\n",
        series.worst,
        "-".repeat(COLUMNS)
    );
    let steps = (ROWS * TOPS.len()) as u64;
    let height = |sample: &Sample| {
        ((sample.millis - low) * steps / (high - low).max(1)).min(steps - 1) as usize
    };
    let samples: Vec<Sample> = series.samples().collect();
    for (number, part) in samples.chunks(COLUMNS).enumerate() {
        if number > 0 {
            text.push('\n');
        }
        let heights: Vec<usize> = part.iter().map(height).collect();
        let labels: Vec<String> = part.iter().map(|sample| age(now - sample.at)).collect();
        let mut line = |letter: &dyn Fn(usize) -> u8| {
            text.extend((0..part.len()).map(|column| char::from(letter(column))));
            text.push('\n');
        };
        for row in (0..ROWS).rev() {
            line(&|column| cell(heights[column], row));
        }
        line(&|_| b' ');
        for letter in 0..labels.iter().map(String::len).max().unwrap_or(0) {
            line(&|column| labels[column].as_bytes().get(letter).copied().unwrap_or(b' '));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::latency::{Latency, event};

    fn watched() -> Latency {
        let mut latency = Latency::default();
        latency.threshold_ms = 1;
        latency
    }

    #[test]
    fn columns_stand_over_their_ages() {
        let mut latency = watched();
        for (at, millis) in [(1000, 23), (4541, 303), (4600, 38)] {
            latency.note(event::COMMAND, millis * 1_000_000, at);
        }
        let (name, series) = latency.get(b"command").unwrap();
        let text = draw(name, series, 4601);
        let (head, picture) = text.split_at(text.find("\n-").unwrap());
        assert_eq!(head, "command - high 303 ms, low 23 ms (all time high 303 ms)");
        assert_eq!(picture.split_once("-\n").unwrap().1, " # \n | \n | \n_|_\n   \n111\nhms\n");
    }

    #[test]
    fn many_samples_take_several_pictures() {
        let mut latency = watched();
        (0..81).for_each(|at| latency.note(event::COMMAND, 5_000_000, at));
        let (name, series) = latency.get(b"command").unwrap();
        let text = draw(name, series, 81);
        assert!(text.ends_with("\n\n \n \n \n_\n \n1\ns\n"), "{text}");
    }
}
