//! LOLWUT: a picture in text, and the version.

#[cfg(test)]
mod tests;

use crate::base::prng::Prng;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::core::world::REDIS_VERSION;

/// The most of any measure of a picture.
const MEASURE_MAX: i64 = 1000;
/// The most dots of a picture; what lies below is left out.
const DOTS_MAX: usize = 4_000_000;
/// The most figures in a row or a column.
const FIGURES_MAX: i64 = 200;

/// Measures of a picture: `defaults`, or what is given from argument `first` on, forced into their
/// ranges.
fn measures<const N: usize>(
    args: Args<'_>,
    first: usize,
    defaults: [(i64, i64); N],
) -> Result<[usize; N], Refusal> {
    let mut measures = [0; N];
    for (index, (default, max)) in defaults.into_iter().enumerate() {
        let given = args.get(first + index).map(|_| args.int(first + index)).transpose()?;
        measures[index] = given.unwrap_or(default).clamp(1, max) as usize;
    }
    Ok(measures)
}

pub(super) fn lolwut(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let chosen = args.len() >= 3 && args.is(1, "VERSION");
    let version = if chosen { args.int(2)? } else { 0 };
    let rng = &mut cx.keys.space.rng;
    let mut text = match version {
        5 => {
            let wanted = [(66, MEASURE_MAX), (8, FIGURES_MAX), (12, FIGURES_MAX)];
            let [columns, across, down] = measures(args, 3, wanted)?;
            let picture = rings(columns, across, down, rng);
            format!("{picture}\nRings in rain, drawn anew each time. ")
        }
        6 => {
            let [columns, rows] = measures(args, 3, [(80, MEASURE_MAX), (20, MEASURE_MAX)])?;
            format!("{}\nHills at dusk, never the same twice. ", hills(columns, rows, rng))
        }
        _ => String::new(),
    };
    text.push_str(&format!("Redis ver. {REDIS_VERSION}\n"));
    cx.reply.verbatim(b"txt", text);
    Ok(())
}

/// A drawing of dots, eight to a character.
struct Canvas {
    width: usize,
    height: usize,
    dots: Vec<bool>,
}

impl Canvas {
    fn new(width: usize, height: usize) -> Canvas {
        Canvas { width, height, dots: vec![false; width * height] }
    }

    /// Sets a dot, if it lies on the canvas.
    fn set(&mut self, x: f64, y: f64) {
        let (x, y) = (x.round(), y.round());
        if x >= 0.0 && y >= 0.0 && (x as usize) < self.width && (y as usize) < self.height {
            self.dots[y as usize * self.width + x as usize] = true;
        }
    }

    /// Lines of Braille characters, each of two by four dots.
    fn text(&self) -> String {
        /// Bits of a character's dots, by row and column.
        const BITS: [[u32; 2]; 4] = [[0, 3], [1, 4], [2, 5], [6, 7]];
        const BLANK: u32 = 0x2800;
        let mut text = String::new();
        for top in (0..self.height).step_by(4) {
            for left in (0..self.width).step_by(2) {
                let mut character = BLANK;
                for (row, bits) in BITS.iter().enumerate() {
                    for (column, bit) in bits.iter().enumerate() {
                        let (x, y) = (left + column, top + row);
                        let there = x < self.width && y < self.height;
                        if there && self.dots[y * self.width + x] {
                            character |= 1 << bit;
                        }
                    }
                }
                text.extend(char::from_u32(character));
            }
            text.push('\n');
        }
        text
    }
}

/// A field of circles that are displaced the more the lower they are.
fn rings(columns: usize, across: usize, down: usize, rng: &mut Prng) -> String {
    let width = columns * 2;
    let cell = width as f64 / across as f64;
    let height = (cell * down as f64).ceil().max(1.0) as usize;
    let mut canvas = Canvas::new(width, height.min(DOTS_MAX / width));
    let mut chance = || rng.below(1001) as f64 / 500.0 - 1.0;
    for row in 0..down {
        let drift = cell * 0.5 * row as f64 / down as f64;
        for column in 0..across {
            let x = (column as f64 + 0.5) * cell + chance() * drift;
            let y = (row as f64 + 0.5) * cell + chance() * drift;
            let radius = cell * (0.45 - 0.15 * chance().abs() * row as f64 / down as f64);
            let steps = (radius * 8.0).ceil().max(4.0);
            for step in 0..steps as u32 {
                let angle = f64::from(step) / steps * std::f64::consts::TAU;
                canvas.set(x + radius * angle.cos(), y + radius * angle.sin());
            }
        }
    }
    canvas.text()
}

/// Ranges of hills, the nearer the darker, in the grey tones of a terminal.
fn hills(columns: usize, rows: usize, rng: &mut Prng) -> String {
    /// Tones from the sky to the nearest hills.
    const TONES: [&str; 4] = ["0;97;107", "0;37;47", "0;90;100", "0;30;40"];
    let mut tone = vec![0; columns * rows];
    for near in 1..TONES.len() {
        let floor = rows as f64 * near as f64 / TONES.len() as f64;
        let mut height = floor;
        for column in 0..columns {
            height += rng.below(201) as f64 / 100.0 - 1.0;
            height = height.clamp(floor - rows as f64 / 6.0, floor + rows as f64 / 6.0);
            for row in (height.max(0.0) as usize)..rows {
                tone[row * columns + column] = near;
            }
        }
    }
    let mut text = String::with_capacity(tone.len() * 14);
    for row in tone.chunks(columns) {
        for tone in row {
            text.push_str(&format!("\x1b[{}m \x1b[0m", TONES[*tone]));
        }
        text.push('\n');
    }
    text
}
