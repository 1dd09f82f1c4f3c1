//! What fuzz targets share: bytes of a fuzzer read as choices.

/// What is left of an input; it ends in zeros.
#[derive(Debug)]
pub struct Input<'a> {
    /// The bytes not read yet.
    pub data: &'a [u8],
}

impl<'a> Input<'a> {
    /// Reads from the beginning of `data`.
    pub fn new(data: &'a [u8]) -> Input<'a> {
        Input { data }
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The next byte.
    pub fn one(&mut self) -> u8 {
        let Some((&first, rest)) = self.data.split_first() else { return 0 };
        self.data = rest;
        first
    }

    /// The next two bytes.
    pub fn two(&mut self) -> u16 {
        u16::from_le_bytes([self.one(), self.one()])
    }

    /// The next eight bytes.
    pub fn eight(&mut self) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|_| self.one()))
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let draw = if bound <= 256 { usize::from(self.one()) } else { usize::from(self.two()) };
        draw % bound
    }

    /// An element of a collection: few enough texts that equal ones recur, of all forms that are
    /// stored differently: integers of every width, short and long texts, what only looks like an
    /// integer.
    pub fn text(&mut self) -> Vec<u8> {
        let kind = self.one();
        match kind % 8 {
            0..=2 => (self.one() % 64).to_string().into_bytes(),
            3 => ((self.eight() as i64) >> (kind / 8 * 2)).to_string().into_bytes(),
            4 => format!("0{}", self.one() % 16).into_bytes(),
            5 => vec![b'a' + kind / 8 % 4; usize::from(self.one() % 8)],
            6 => vec![b'l'; usize::from(self.one())],
            _ => vec![b'h'; usize::from(self.two() % 5000)],
        }
    }
}

/// Runs `body` on every file of the committed corpus of a target, which is not empty.
///
/// # Panics
/// If there is none, or `body` does.
#[cfg(test)]
pub(crate) fn corpus(target: &str, body: fn(&[u8])) {
    let folder = format!("{}/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
    let mut files = 0;
    for entry in std::fs::read_dir(&folder).expect("the corpus is committed") {
        let path = entry.expect("the folder can be listed").path();
        let outcome = std::fs::read(&path).map(|data| std::panic::catch_unwind(|| body(&data)));
        assert!(matches!(outcome, Ok(Ok(()))), "{}", path.display());
        files += 1;
    }
    assert!(files > 0, "an empty corpus");
}
