//! Looking for one element in many two-way runs, and taking out what was found.

use memchr::memmem::Finder;

use super::{Encoded, Encoding, Item, Place, TwoWay, codec};

/// An element to look for, encoded once.
///
/// Equal elements are equal bytes, so a run is searched as a text, many bytes at a time; what is
/// found there may lie across elements or within one, so the elements before it are walked over,
/// and the rest of the run is walked if it was none. A run is walked once at most.
#[derive(Clone, Debug)]
pub struct Needle {
    /// As it stands in a run with lengths.
    bytes: Encoded,
    /// How much of it stands in a run without.
    len_in_front: usize,
    /// Looks for all of it but the first byte, which elements of one length have in common. `None`
    /// if so little is left that it would be met everywhere.
    finder: Option<Finder<'static>>,
}

impl Needle {
    /// Shorter elements are looked for by walking.
    const FINDER_MIN: usize = 4;

    /// A needle for many runs.
    pub fn new(item: Item<'_>) -> Self {
        let mut needle = Self::for_one_run(item);
        let rest = &needle.bytes[1..];
        if rest.len() >= Self::FINDER_MIN {
            needle.finder = Some(Finder::new(rest).into_owned());
        }
        needle
    }

    /// A needle for a single small run, which is not worth preparing a search.
    pub fn for_one_run(item: Item<'_>) -> Self {
        let (encoding, mut bytes) = (Encoding::new(item, true), Encoded::new());
        encoding.push(&mut bytes);
        Self { bytes, len_in_front: encoding.len_in_front(), finder: None }
    }
}

impl TwoWay {
    /// The first element from `place` on that is equal to the needle, and how many elements lie
    /// between.
    ///
    /// Cost: O(bytes up to there).
    pub fn seek(&self, place: Place, needle: &Needle) -> Option<(Place, usize)> {
        let (bytes, lengths) = (self.buffer.as_slice(), self.has_lengths());
        let (mut at, mut passed) = (place.at(), 0);
        let wanted = if lengths { &needle.bytes } else { &needle.bytes[..needle.len_in_front] };
        if let Some(finder) = &needle.finder
            && lengths
        {
            let hit = at + finder.find(bytes.get(at + 1..)?)?;
            while at < hit {
                at = codec::next(bytes, at, lengths);
                passed += 1;
            }
        }
        while at < bytes.len() {
            if bytes[at] == wanted[0] && bytes[at..].starts_with(wanted) {
                return Some((Place::new(at), passed));
            }
            at = codec::next(bytes, at, lengths);
            passed += 1;
        }
        None
    }

    /// The places of all elements equal to the needle.
    pub fn seek_all<'a>(&'a self, needle: &'a Needle) -> impl Iterator<Item = (Place, usize)> + 'a {
        let (mut place, mut index) = (self.start(), 0);
        std::iter::from_fn(move || {
            let (found, passed) = self.seek(place, needle)?;
            (place, index) = (self.next(found), index + passed + 1);
            Some((found, index - 1))
        })
    }

    /// Removes the elements at these places, which are in order.
    ///
    /// Cost: O(bytes).
    pub fn remove_at(&mut self, places: &[Place]) {
        if let &[only] = places {
            return self.cut(only, self.next(only), 1);
        }
        let mut kept = Vec::with_capacity(places.len() + 1);
        let mut from = self.start();
        for &place in places {
            kept.push(from.at()..place.at());
            from = self.next(place);
        }
        kept.push(from.at()..self.bytes());
        *self = self.of_parts(&kept, self.len() - places.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(texts: &[&[u8]]) -> TwoWay {
        TwoWay::from_items(texts.iter().map(|text| Item::new(text)))
    }

    fn indexes(run: &TwoWay, text: &[u8]) -> Vec<usize> {
        let needle = Needle::new(Item::new(text));
        let found: Vec<_> = run.seek_all(&needle).collect();
        let walked: Vec<_> = run.seek_all(&Needle::for_one_run(Item::new(text))).collect();
        assert_eq!(found, walked);
        for &(place, index) in &found {
            assert_eq!((place, run.get(place)), (run.nth(index), Item::new(text)));
        }
        found.into_iter().map(|(_, index)| index).collect()
    }

    #[test]
    fn bytes_within_an_element_and_across_elements_are_no_element() {
        // What follows the head of "abcdef", with its length behind, stands in these as content.
        let inside = b"\x86abcdef\x87";
        let longer = [inside, &b"abcdef"[..]].concat();
        let texts: [&[u8]; 6] = [inside, b"abcdef", &longer, b"abcde", b"abcdef", b"abcdefg"];
        assert_eq!(indexes(&run(&texts), b"abcdef"), [1, 4]);
        assert_eq!(indexes(&run(&[inside, &longer]), b"abcdef"), []);
        // The end of one element and the beginning of the next.
        let across = run(&[b"xxabcdef", b"abcdef", b"12", b"123456"]);
        let bytes = across.as_bytes();
        for len in 4..12 {
            for text in bytes.windows(len) {
                let expected: Vec<_> = across.iter().enumerate().collect();
                let expected = expected.iter().filter(|(_, item)| *item == Item::new(text));
                let expected: Vec<_> = expected.map(|&(index, _)| index).collect();
                assert_eq!(indexes(&across, text), expected);
            }
        }
    }

    #[test]
    fn integers_are_found_by_their_digits_and_not_in_texts() {
        let texts: [&[u8]; 7] =
            [b"500000000", b"0500000000", b"5", b"-5", b"500000000", b"05", b"9000000000000"];
        let run = run(&texts);
        assert_eq!(indexes(&run, b"500000000"), [0, 4]);
        assert_eq!(indexes(&run, b"0500000000"), [1]);
        assert_eq!(indexes(&run, b"5"), [2]);
        assert_eq!(indexes(&run, b"05"), [5]);
        assert_eq!(indexes(&run, b"9000000000000"), [6]);
        assert_eq!(indexes(&run, b""), []);
    }

    #[test]
    fn what_is_removed_is_what_was_found() {
        let mut run = run(&[b"aaaa", b"bbbb", b"aaaa", b"aaaa", b"cccc", b"aaaa"]);
        let frozen = run.clone();
        let places: Vec<_> = run.seek_all(&Needle::new(Item::new(b"aaaa"))).collect();
        run.remove_at(&[places[1].0, places[2].0, places[3].0]);
        assert!(run.iter().eq([b"aaaa", b"bbbb", b"cccc"].map(|text| Item::new(text))));
        run.remove_at(&[run.start()]);
        assert_eq!(run.len(), 2);
        assert_eq!((frozen.len(), indexes(&frozen, b"aaaa")), (6, vec![0, 2, 3, 5]));
    }
}
