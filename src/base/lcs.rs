//! Longest common subsequence of two strings, the core of the LCS command.
//!
//! Of all longest subsequences this finds the one Redis does: walking back from both ends, a common
//! byte is taken at once, else the first string is shortened only if that alone keeps the length.
//! Cost: time `a * b / 64` word steps (H. Hyyrö's bit-vector form of the recurrence: 64 columns of
//! the length table advance at once); [`Table`] takes `a * b / 8` bytes, [`length`] `a / 8`.

/// Columns of the length table that one word holds.
const LANES: usize = 64;

/// Strings of this length and more are refused by the command.
pub const TEXT_MAX: u64 = u32::MAX as u64 - 1;

/// What the lengths of two texts say about computing their subsequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A string has [`TEXT_MAX`] bytes or more.
    TooLong,
    /// Redis's table of 32-bit lengths would exceed the limit, `proto-max-bulk-len`.
    TableTooLarge,
    /// There is no memory for the table.
    OutOfMemory,
}

/// Whether Redis would compute the subsequence of texts of these lengths, with `bytes_max` for its
/// table. Ours is a thirty-second of that, but the refusal is part of the command.
///
/// # Errors
/// `TooLong`, `TableTooLarge`.
pub fn admit(a_len: usize, b_len: usize, bytes_max: u64) -> Result<(), Refused> {
    let (a_len, b_len) = (a_len as u64, b_len as u64);
    if a_len >= TEXT_MAX || b_len >= TEXT_MAX {
        return Err(Refused::TooLong);
    }
    let table = (u128::from(a_len) + 1) * (u128::from(b_len) + 1) * size_of::<u32>() as u128;
    if table > u128::from(bytes_max) { Err(Refused::TableTooLarge) } else { Ok(()) }
}

/// A run of bytes common to both texts, as inclusive positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// First and last position in the first text.
    pub a: (usize, usize),
    /// First and last position in the second text.
    pub b: (usize, usize),
}

impl Match {
    /// How many bytes the run has.
    pub fn length(self) -> usize {
        self.a.1 - self.a.0 + 1
    }
}

/// Length of the longest common subsequence.
pub fn length(a: &[u8], b: &[u8]) -> usize {
    let mut carries = Carries::new(a.len());
    b.chunks(LANES).map(|columns| advance(a, columns, &mut carries, |_, _| {})).sum()
}

/// Two texts and where, in the table of the lengths of their prefixes, a row grows.
pub struct Table<'a> {
    a: &'a [u8],
    b: &'a [u8],
    length: usize,
    /// For each 64 columns a word per row; bit `j` is set where one more byte of `b` adds to the
    /// length.
    steps: Vec<u64>,
}

impl<'a> Table<'a> {
    /// Computes the table.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new(a: &'a [u8], b: &'a [u8]) -> Result<Self, Refused> {
        let mut steps = Vec::new();
        let words = a.len().checked_mul(b.len().div_ceil(LANES)).ok_or(Refused::OutOfMemory)?;
        steps.try_reserve_exact(words).map_err(|_| Refused::OutOfMemory)?;
        let mut carries = Carries::new(a.len());
        let length = b
            .chunks(LANES)
            .map(|columns| advance(a, columns, &mut carries, |_, word| steps.push(word)))
            .sum();
        Ok(Table { a, b, length, steps })
    }

    /// Length of the subsequence.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The runs of which the subsequence consists, last one first.
    pub fn matches(&self) -> Matches<'_> {
        Matches { table: self, a_left: self.a.len(), b_left: self.b.len() }
    }

    /// The subsequence itself.
    pub fn text(&self) -> Vec<u8> {
        let mut text = Vec::with_capacity(self.length);
        for run in self.matches() {
            text.extend(self.a[run.a.0..=run.a.1].iter().rev());
        }
        text.reverse();
        text
    }

    /// Whether the prefixes of these lengths have a longer subsequence than without `b`'s last
    /// byte.
    fn grows(&self, a_len: usize, b_len: usize) -> bool {
        let (block, lane) = ((b_len - 1) / LANES, (b_len - 1) % LANES);
        self.steps[block * self.a.len() + a_len - 1] >> lane & 1 == 1
    }
}

/// Iterator over the runs of a [`Table`], from the ends of the texts to their beginnings.
pub struct Matches<'t> {
    table: &'t Table<'t>,
    a_left: usize,
    b_left: usize,
}

impl Iterator for Matches<'_> {
    type Item = Match;

    fn next(&mut self) -> Option<Match> {
        let Table { a, b, .. } = *self.table;
        while self.a_left > 0 && self.b_left > 0 {
            if a[self.a_left - 1] != b[self.b_left - 1] {
                if self.table.grows(self.a_left, self.b_left) {
                    self.a_left -= 1;
                } else {
                    self.b_left -= 1;
                }
                continue;
            }
            let common = a[..self.a_left].iter().rev().zip(b[..self.b_left].iter().rev());
            let run = common.take_while(|(a, b)| a == b).count();
            let (a_end, b_end) = (self.a_left, self.b_left);
            self.a_left -= run;
            self.b_left -= run;
            return Some(Match { a: (self.a_left, a_end - 1), b: (self.b_left, b_end - 1) });
        }
        None
    }
}

/// One bit per row: the carry out of the columns already done.
struct Carries(Vec<u64>);

impl Carries {
    fn new(rows: usize) -> Self {
        Carries(vec![0; rows.div_ceil(LANES)])
    }
}

/// Computes up to 64 columns of all rows. Hands each row's word of steps to `keep`, and returns by
/// how much the length grew over these columns in the last row.
fn advance(
    a: &[u8],
    columns: &[u8],
    carries: &mut Carries,
    mut keep: impl FnMut(usize, u64),
) -> usize {
    let mut equal = [0u64; 256];
    for (lane, byte) in columns.iter().enumerate() {
        equal[usize::from(*byte)] |= 1 << lane;
    }
    // Zero bits are steps: the row of the empty prefix has none.
    let mut flat = u64::MAX;
    for (row, byte) in a.iter().enumerate() {
        let carry = &mut carries.0[row / LANES];
        let bit = row % LANES;
        let hits = flat & equal[usize::from(*byte)];
        let (sum, over) = flat.overflowing_add(hits);
        let (sum, over_again) = sum.overflowing_add(*carry >> bit & 1);
        *carry = *carry & !(1 << bit) | u64::from(over || over_again) << bit;
        flat = sum | (flat - hits);
        keep(row, !flat);
    }
    let valid = u64::MAX >> (LANES - columns.len());
    (!flat & valid).count_ones() as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The textbook recurrence, cell by cell.
    fn lengths(a: &[u8], b: &[u8]) -> Vec<Vec<usize>> {
        let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 1..=a.len() {
            for j in 1..=b.len() {
                table[i][j] = if a[i - 1] == b[j - 1] {
                    table[i - 1][j - 1] + 1
                } else {
                    table[i - 1][j].max(table[i][j - 1])
                };
            }
        }
        table
    }

    proptest! {
        #[test]
        fn steps_are_the_differences_of_the_length_table(
            a in "[a-d]{0,150}", b in "[a-d]{0,150}",
        ) {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            let expected = lengths(a, b);
            let table = Table::new(a, b).unwrap();
            prop_assert_eq!(table.length(), expected[a.len()][b.len()]);
            prop_assert_eq!(length(a, b), table.length());
            for (i, row) in expected.iter().enumerate().skip(1) {
                for (j, pair) in row.windows(2).enumerate() {
                    prop_assert_eq!(table.grows(i, j + 1), pair[1] > pair[0]);
                }
            }
        }

        #[test]
        fn matches_are_disjoint_common_runs_that_make_up_the_text(
            a in "[a-c]{0,90}", b in "[a-c]{0,90}",
        ) {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            let table = Table::new(a, b).unwrap();
            let (mut a_end, mut b_end, mut total) = (a.len(), b.len(), 0);
            for run in table.matches() {
                prop_assert_eq!(&a[run.a.0..=run.a.1], &b[run.b.0..=run.b.1]);
                prop_assert!(run.a.1 < a_end && run.b.1 < b_end);
                (a_end, b_end) = (run.a.0, run.b.0);
                total += run.length();
            }
            prop_assert_eq!(total, table.length());
            prop_assert_eq!(table.text().len(), total);
        }
    }

    #[test]
    fn texts_and_matches_are_those_recorded() {
        let table = Table::new(b"ohmytext", b"mynewtext").unwrap();
        assert_eq!(table.text(), b"mytext");
        let runs: Vec<Match> = table.matches().collect();
        let expected = [Match { a: (4, 7), b: (5, 8) }, Match { a: (2, 3), b: (0, 1) }];
        assert_eq!(runs, expected);
    }

    #[test]
    fn the_limit_is_that_of_a_table_of_words() {
        assert_eq!(admit(0, 0, 4), Ok(()));
        assert_eq!(admit(0, 0, 3), Err(Refused::TableTooLarge));
        assert_eq!(admit(9, 9, 400), Ok(()));
        assert_eq!(admit(9, 10, 400), Err(Refused::TableTooLarge));
        assert_eq!(admit(u32::MAX as usize - 1, 0, u64::MAX), Err(Refused::TooLong));
        assert_eq!(admit(u32::MAX as usize - 2, 1, u64::MAX), Ok(()));
    }
}
