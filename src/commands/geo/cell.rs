//! Positions as cells of a grid (geohash), and distances on a sphere.
//!
//! A cell of step s is one of 2^s by 2^s rectangles that cover the map; its number interleaves the
//! bits of latitude (even) and longitude (odd). A position is stored as the cell of step 26 that it
//! lies in, 52 bits, which a score holds exactly; cells that are near each other mostly have near
//! numbers.

/// Longitudes on the map.
pub(super) const LONGITUDES: (f64, f64) = (-180.0, 180.0);
/// Latitudes on the map: those of the Mercator projection, without the poles.
pub(super) const LATITUDES: (f64, f64) = (-85.051_128_78, 85.051_128_78);

/// The step of stored positions.
pub(super) const STEP_MAX: u32 = 26;

/// In metres.
const EARTH_RADIUS: f64 = 6_372_797.560_856;
/// Half the circumference of the projection, in metres.
const MERCATOR_MAX: f64 = 20_037_726.37;

/// A position in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Position {
    pub(super) longitude: f64,
    pub(super) latitude: f64,
}

/// A cell of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    bits: u64,
    step: u32,
}

/// A rectangle in degrees, each side (low, high).
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    pub(super) longitude: (f64, f64),
    pub(super) latitude: (f64, f64),
}

/// Puts a zero before every bit.
fn spread(n: u32) -> u64 {
    let mut n = u64::from(n);
    for (shift, mask) in [
        (16, 0x0000_ffff_0000_ffff),
        (8, 0x00ff_00ff_00ff_00ff),
        (4, 0x0f0f_0f0f_0f0f_0f0f),
        (2, 0x3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555),
    ] {
        n = (n | n << shift) & mask;
    }
    n
}

/// Takes the even bits.
fn gather(n: u64) -> u32 {
    let mut n = n & 0x5555_5555_5555_5555;
    for (shift, mask) in [
        (1, 0x3333_3333_3333_3333),
        (2, 0x0f0f_0f0f_0f0f_0f0f),
        (4, 0x00ff_00ff_00ff_00ff),
        (8, 0x0000_ffff_0000_ffff),
        (16, 0x0000_0000_ffff_ffff),
    ] {
        n = (n | n >> shift) & mask;
    }
    n as u32
}

/// Where `value` lies in a range that is divided into 2^step parts.
fn part(value: f64, (low, high): (f64, f64), step: u32) -> u32 {
    ((value - low) / (high - low) * (1_u64 << step) as f64) as u32
}

impl Cell {
    /// The cell of a position on the stored map.
    pub(super) fn of(position: Position, step: u32) -> Cell {
        Cell::within(position, step, LONGITUDES, LATITUDES)
    }

    /// The cell of a position on a map of these sides.
    pub(super) fn within(
        position: Position,
        step: u32,
        longitudes: (f64, f64),
        latitudes: (f64, f64),
    ) -> Cell {
        let row = part(position.latitude, latitudes, step);
        let column = part(position.longitude, longitudes, step);
        Cell { bits: spread(row) | spread(column) << 1, step }
    }

    /// The cell that a score stands for; scores that are no positions are read as the processor
    /// converts them.
    pub(super) fn of_score(score: f64) -> Cell {
        const HALF: f64 = 9_223_372_036_854_775_808.0;
        let convert = |x: f64| if (-HALF..HALF).contains(&x) { x as i64 } else { i64::MIN };
        let bits = if score >= HALF {
            convert(score - HALF) as u64 ^ 1 << 63
        } else {
            convert(score) as u64
        };
        Cell { bits, step: STEP_MAX }
    }

    /// The number.
    pub(super) fn bits(self) -> u64 {
        self.bits
    }

    /// The scores of the positions in it: from, and up to but not including.
    pub(super) fn scores(self) -> (f64, f64) {
        let shift = 2 * (STEP_MAX - self.step);
        ((self.bits << shift) as f64, ((self.bits + 1) << shift) as f64)
    }

    /// The rectangle.
    pub(super) fn area(self) -> Area {
        let side = |n: u32, (low, high): (f64, f64)| {
            let parts = (1_u64 << self.step) as f64;
            let edge = |n: u32| low + f64::from(n) / parts * (high - low);
            (edge(n), edge(n.wrapping_add(1)))
        };
        Area {
            longitude: side(gather(self.bits >> 1), LONGITUDES),
            latitude: side(gather(self.bits), LATITUDES),
        }
    }

    /// The middle.
    pub(super) fn center(self) -> Position {
        let area = self.area();
        let middle = |(low, high): (f64, f64), (min, max): (f64, f64)| {
            ((low + high) / 2.0).min(max).max(min)
        };
        Position {
            longitude: middle(area.longitude, LONGITUDES),
            latitude: middle(area.latitude, LATITUDES),
        }
    }

    /// The cell that many columns to the east and rows to the north; the map's edges meet.
    fn neighbor(self, east: i32, north: i32) -> Cell {
        let shifted = |n: u32, by: i32| match by {
            0 => n,
            by => n.wrapping_add_signed(by) & ((1 << self.step) - 1),
        };
        let row = shifted(gather(self.bits), north);
        let column = shifted(gather(self.bits >> 1), east);
        Cell { bits: spread(row) | spread(column) << 1, step: self.step }
    }
}

/// Metres along a meridian.
fn latitude_distance(a: f64, b: f64) -> f64 {
    EARTH_RADIUS * (radians(b) - radians(a)).abs()
}

fn radians(degrees: f64) -> f64 {
    degrees * (std::f64::consts::PI / 180.0)
}

fn degrees(radians: f64) -> f64 {
    radians / (std::f64::consts::PI / 180.0)
}

/// Metres along the great circle (haversine).
pub(super) fn distance(a: Position, b: Position) -> f64 {
    let v = ((radians(b.longitude) - radians(a.longitude)) / 2.0).sin();
    if v == 0.0 {
        return latitude_distance(a.latitude, b.latitude);
    }
    let (from, to) = (radians(a.latitude), radians(b.latitude));
    let u = ((to - from) / 2.0).sin();
    let chord = u * u + from.cos() * to.cos() * v * v;
    2.0 * EARTH_RADIUS * chord.sqrt().asin()
}

/// What is searched around a position; lengths in metres.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    Circle { radius: f64 },
    Box { width: f64, height: f64 },
}

impl Shape {
    /// The distance of a point from the center if it lies in the shape.
    pub(super) fn contains(self, center: Position, point: Position) -> Option<f64> {
        match self {
            Shape::Circle { radius } => {
                let metres = distance(center, point);
                (metres <= radius).then_some(metres)
            }
            Shape::Box { width, height } => {
                if latitude_distance(point.latitude, center.latitude) > height / 2.0 {
                    return None;
                }
                let beside = Position { latitude: point.latitude, ..center };
                if distance(point, beside) > width / 2.0 {
                    return None;
                }
                Some(distance(center, point))
            }
        }
    }

    /// Degrees that certainly hold the shape, on the side of the poles.
    fn bounds(self, center: Position) -> Area {
        let (width, height) = match self {
            Shape::Circle { radius } => (radius, radius),
            Shape::Box { width, height } => (width / 2.0, height / 2.0),
        };
        let rows = degrees(height / EARTH_RADIUS);
        let edge =
            if center.latitude < 0.0 { center.latitude - rows } else { center.latitude + rows };
        let columns = degrees(width / EARTH_RADIUS / radians(edge).cos());
        Area {
            longitude: (center.longitude - columns, center.longitude + columns),
            latitude: (center.latitude - rows, center.latitude + rows),
        }
    }

    /// The farthest that a point of the shape is from the center.
    fn reach(self) -> f64 {
        match self {
            Shape::Circle { radius } => radius,
            Shape::Box { width, height } => {
                ((width / 2.0) * (width / 2.0) + (height / 2.0) * (height / 2.0)).sqrt()
            }
        }
    }

    /// The step whose cells are about as large as the shape: coarser near the poles, where cells
    /// are narrow.
    fn step(self, latitude: f64) -> u32 {
        let mut reach = self.reach();
        if reach == 0.0 {
            return STEP_MAX;
        }
        let mut step = 1_i32;
        while reach < MERCATOR_MAX {
            reach *= 2.0;
            step += 1;
        }
        step -= 2;
        if latitude.abs() > 66.0 {
            step -= 1 + i32::from(latitude.abs() > 80.0);
        }
        step.clamp(1, STEP_MAX as i32) as u32
    }

    /// The cells to search, in the order in which Redis searches them: the one in the middle and
    /// those of its neighbours that the shape reaches. On a coarse grid one may come twice, but not
    /// next to itself.
    pub(super) fn cells(self, center: Position) -> Vec<Cell> {
        let bounds = self.bounds(center);
        let mut cell = Cell::of(center, self.step(center.latitude));
        if cell.step > 1 && !reaches(cell, &bounds) {
            cell = Cell::of(center, cell.step - 1);
        }
        let area = cell.area();
        let fine = cell.step >= 2;
        let far = |east: i32, north: i32| {
            fine && (north < 0 && area.latitude.0 < bounds.latitude.0
                || north > 0 && area.latitude.1 > bounds.latitude.1
                || east < 0 && area.longitude.0 < bounds.longitude.0
                || east > 0 && area.longitude.1 > bounds.longitude.1)
        };
        const AROUND: [(i32, i32); 8] =
            [(0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)];
        let mut cells = vec![cell];
        for (east, north) in AROUND {
            let neighbor = cell.neighbor(east, north);
            // The first neighbour is not compared with the middle.
            let again = cells.len() > 1 && cells.last() == Some(&neighbor);
            if !far(east, north) && !again {
                cells.push(neighbor);
            }
        }
        cells
    }
}

/// Whether a cell and its neighbours cover the bounds.
fn reaches(cell: Cell, bounds: &Area) -> bool {
    cell.neighbor(0, 1).area().latitude.1 >= bounds.latitude.1
        && cell.neighbor(0, -1).area().latitude.0 <= bounds.latitude.0
        && cell.neighbor(1, 0).area().longitude.1 >= bounds.longitude.1
        && cell.neighbor(-1, 0).area().longitude.0 <= bounds.longitude.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_interleave_and_come_apart() {
        for n in [0, 1, 0x3ff_ffff, 0x1234_5678, u32::MAX] {
            assert_eq!(gather(spread(n)), n);
            assert_eq!(gather(spread(n) << 1 | spread(!n)), !n);
        }
    }

    #[test]
    fn a_position_lies_in_its_cell_and_neighbours_touch() {
        let rome = Position { longitude: 12.4964, latitude: 41.9028 };
        for step in 1..=STEP_MAX {
            let area = Cell::of(rome, step).area();
            assert!(area.longitude.0 <= rome.longitude && rome.longitude <= area.longitude.1);
            assert!(area.latitude.0 <= rome.latitude && rome.latitude <= area.latitude.1);
            let east = Cell::of(rome, step).neighbor(1, 0).area();
            assert!(step == 1 || east.longitude.0 == area.longitude.1);
            assert_eq!(Cell::of(rome, step).neighbor(1, 1).neighbor(-1, -1), Cell::of(rome, step));
        }
    }

    #[test]
    fn a_cell_of_the_finest_step_and_its_score_are_the_same() {
        let cell = Cell::of(Position { longitude: -73.9, latitude: 40.7 }, STEP_MAX);
        assert_eq!(Cell::of_score(cell.bits() as f64), cell);
        assert_eq!(cell.scores().1 - cell.scores().0, 1.0);
    }

    #[test]
    fn cells_cover_every_point_of_the_shape() {
        let shape = Shape::Circle { radius: 150_000.0 };
        for latitude in [-84.0, -60.0, 0.0, 45.0, 84.0] {
            let center = Position { longitude: 15.0, latitude };
            let cells = shape.cells(center);
            for (x, y) in (-30..30).flat_map(|x| (-30..30).map(move |y| (x, y))) {
                let longitude = center.longitude + f64::from(x) / 2.0;
                let point = Position { longitude, latitude: latitude + f64::from(y) / 20.0 };
                if point.latitude.abs() > 85.0 || shape.contains(center, point).is_none() {
                    continue;
                }
                let score = Cell::of(point, STEP_MAX).bits() as f64;
                let inside = |cell: &Cell| (cell.scores().0..cell.scores().1).contains(&score);
                assert!(cells.iter().any(inside), "{point:?} around {center:?}");
            }
        }
    }
}
