//! An ordered map that clones in O(1) and then copies one path per change.
//!
//! Three levels: a directory of shared blocks, each a run of shared chunks, each a sorted run of
//! elements. Streams grow at the end and shrink at the start, so what is full there stays full
//! instead of splitting in halves.
//!
//! Holds: no block and no chunk is empty; keys ascend within a chunk, from chunk to chunk, from
//! block to block.
//! Cost: look-ups and changes O(log n); a clone, or the first change after one, copies the
//! directory: a pointer for every few thousand elements. A change copies a block and a chunk at
//! most.

use std::borrow::Borrow;

use triomphe::Arc;

/// The most elements of a chunk, and the most chunks of a block.
const RUN_MAX: usize = 64;

type Chunk<K, V> = Vec<(K, V)>;
type Block<K, V> = Vec<Arc<Chunk<K, V>>>;

/// See the module.
#[derive(Clone, Debug)]
pub struct Ordered<K, V> {
    blocks: Vec<Arc<Block<K, V>>>,
    len: usize,
}

impl<K, V> Default for Ordered<K, V> {
    fn default() -> Ordered<K, V> {
        Ordered { blocks: Vec::new(), len: 0 }
    }
}

/// A place between elements: the next one is `blocks[block][chunk][slot]`, if there is one.
#[derive(Clone, Copy)]
struct Place {
    block: usize,
    chunk: usize,
    slot: usize,
}

impl<K: Ord + Clone, V: Clone> Ordered<K, V> {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let place = self.find(key).ok()?;
        Some(&self.blocks[place.block][place.chunk][place.slot].1)
    }

    /// The value of a key, to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let place = self.find(key).ok()?;
        Some(&mut self.chunk_mut(place)[place.slot].1)
    }

    /// The key as it is stored.
    pub fn key<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&K>
    where
        K: Borrow<Q>,
    {
        let place = self.find(key).ok()?;
        Some(&self.blocks[place.block][place.chunk][place.slot].0)
    }

    /// Stores a value; returns the one that it replaces.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let place = match self.find(&key) {
            Ok(place) => {
                return Some(std::mem::replace(&mut self.chunk_mut(place)[place.slot].1, value));
            }
            Err(place) => place,
        };
        self.len += 1;
        if place.block == self.blocks.len() {
            self.push(key, value);
            return None;
        }
        let block = Arc::make_mut(&mut self.blocks[place.block]);
        let chunk = Arc::make_mut(&mut block[place.chunk]);
        chunk.insert(place.slot, (key, value));
        if chunk.len() > RUN_MAX {
            let upper = chunk.split_off(RUN_MAX / 2);
            block.insert(place.chunk + 1, Arc::new(upper));
            if block.len() > RUN_MAX {
                let upper = block.split_off(RUN_MAX / 2);
                self.blocks.insert(place.block + 1, Arc::new(upper));
            }
        }
        None
    }

    /// Adds an element behind all others: into the last chunk, or a new one if that is full.
    fn push(&mut self, key: K, value: V) {
        let Some(last) = self.blocks.last_mut() else {
            self.blocks.push(Arc::new(vec![Arc::new(vec![(key, value)])]));
            return;
        };
        let block = Arc::make_mut(last);
        let full = block.len() >= RUN_MAX;
        match block.last_mut() {
            Some(chunk) if chunk.len() < RUN_MAX => Arc::make_mut(chunk).push((key, value)),
            _ if !full => block.push(Arc::new(vec![(key, value)])),
            _ => self.blocks.push(Arc::new(vec![Arc::new(vec![(key, value)])])),
        }
    }

    /// Takes a key out.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let place = self.find(key).ok()?;
        self.len -= 1;
        let (_, value) = self.chunk_mut(place).remove(place.slot);
        let block = Arc::make_mut(&mut self.blocks[place.block]);
        join(block, place.chunk);
        join(&mut self.blocks, place.block);
        Some(value)
    }

    /// The first element.
    pub fn first(&self) -> Option<(&K, &V)> {
        self.blocks.first()?.first()?.first().map(|(key, value)| (key, value))
    }

    /// The last element.
    pub fn last(&self) -> Option<(&K, &V)> {
        self.blocks.last()?.last()?.last().map(|(key, value)| (key, value))
    }

    /// The last element, its value to be changed.
    pub fn last_mut(&mut self) -> Option<(&K, &mut V)> {
        let block = Arc::make_mut(self.blocks.last_mut()?);
        let chunk = Arc::make_mut(block.last_mut()?);
        chunk.last_mut().map(|(key, value)| (&*key, value))
    }

    /// The last element whose key is not greater than `key`.
    pub fn floor<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        self.up_to(key).next()
    }

    /// The last element with a smaller key.
    pub fn below<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        let place = self.find(key).unwrap_or_else(|place| place);
        self.backward(place).next()
    }

    /// All elements in order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.forward(Place { block: 0, chunk: 0, slot: 0 })
    }

    /// All elements, the last first.
    pub fn iter_back(&self) -> impl Iterator<Item = (&K, &V)> {
        self.backward(Place { block: self.blocks.len(), chunk: 0, slot: 0 })
    }

    /// The elements whose keys are not smaller than `key`, in order.
    pub fn iter_from<'a, Q: Ord + ?Sized>(
        &'a self,
        key: &Q,
    ) -> impl Iterator<Item = (&'a K, &'a V)> + use<'a, K, V, Q>
    where
        K: Borrow<Q>,
    {
        self.forward(self.find(key).unwrap_or_else(|place| place))
    }

    /// The elements whose keys are not greater than `key`, the last first.
    pub fn up_to<'a, Q: Ord + ?Sized>(
        &'a self,
        key: &Q,
    ) -> impl Iterator<Item = (&'a K, &'a V)> + use<'a, K, V, Q>
    where
        K: Borrow<Q>,
    {
        let place = match self.find(key) {
            Ok(place) => Place { slot: place.slot + 1, ..place },
            Err(place) => place,
        };
        self.backward(place)
    }

    /// Where a key is, or where it would be.
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<Place, Place>
    where
        K: Borrow<Q>,
    {
        let below = |chunk: &Chunk<K, V>| chunk.last().is_some_and(|(last, _)| last.borrow() < key);
        let blocks = &self.blocks;
        let block = blocks.partition_point(|block| block.last().is_some_and(|chunk| below(chunk)));
        let Some(chunks) = blocks.get(block) else {
            return Err(Place { block, chunk: 0, slot: 0 });
        };
        let chunk = chunks.partition_point(|chunk| below(chunk));
        match chunks[chunk].binary_search_by(|(probe, _)| probe.borrow().cmp(key)) {
            Ok(slot) => Ok(Place { block, chunk, slot }),
            Err(slot) => Err(Place { block, chunk, slot }),
        }
    }

    /// The chunk of a place that has an element.
    fn chunk_mut(&mut self, place: Place) -> &mut Chunk<K, V> {
        let block = Arc::make_mut(&mut self.blocks[place.block]);
        Arc::make_mut(&mut block[place.chunk])
    }

    /// The block of a place in three parts: the chunks before, the chunk itself, the chunks behind.
    fn around(&self, place: Place) -> [&[Arc<Chunk<K, V>>]; 3] {
        let block = self.blocks.get(place.block).map_or(&[][..], |block| block);
        let (before, rest) = block.split_at(place.chunk.min(block.len()));
        let (own, behind) = rest.split_at(rest.len().min(1));
        [before, own, behind]
    }

    fn forward(&self, from: Place) -> impl Iterator<Item = (&K, &V)> {
        let [_, own, behind] = self.around(from);
        let rest = self.blocks.get(from.block + 1..).unwrap_or_default();
        let head = own.iter().flat_map(move |chunk| &chunk[from.slot..]);
        let chunks = behind.iter().chain(rest.iter().flat_map(|block| block.iter()));
        head.chain(chunks.flat_map(|chunk| chunk.iter())).map(|(key, value)| (key, value))
    }

    fn backward(&self, from: Place) -> impl Iterator<Item = (&K, &V)> {
        let [before, own, _] = self.around(from);
        let rest = &self.blocks[..from.block];
        let head = own.iter().flat_map(move |chunk| chunk[..from.slot].iter().rev());
        let chunks = before.iter().rev().chain(rest.iter().rev().flat_map(|b| b.iter().rev()));
        let tail = chunks.flat_map(|chunk| chunk.iter().rev());
        head.chain(tail).map(|(key, value)| (key, value))
    }
}

/// After something was taken out of run `at`: drops the run if it is empty, and joins it with the
/// next one if both are small.
fn join<T: Clone>(runs: &mut Vec<Arc<Vec<T>>>, at: usize) {
    let left = runs[at].len();
    if left == 0 {
        runs.remove(at);
    } else if left < RUN_MAX / 4
        && runs.get(at + 1).is_some_and(|next| left + next.len() <= RUN_MAX / 2)
    {
        let next = runs.remove(at + 1);
        Arc::make_mut(&mut runs[at]).extend(next.iter().cloned());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::base::prng::Prng;

    /// Random keys for a while, then keys that grow at the end and go at the start.
    fn run(steps: u64, keys: u64) {
        let mut rng = Prng::from_seed(3);
        let (mut map, mut model) = (Ordered::default(), BTreeMap::new());
        let mut frozen = Vec::new();
        for step in 0..steps {
            let random = step < steps / 2;
            let key = if random { rng.below(keys) } else { keys + step };
            let first = model.first_key_value().map_or(0, |(key, _)| *key);
            if rng.below(5) < 3 {
                assert_eq!(map.insert(key, step), model.insert(key, step));
            } else {
                let key = if random { key } else { first };
                assert_eq!(map.remove(&key), model.remove(&key));
            }
            if step % (steps / 5) == 0 {
                frozen.push((map.clone(), model.clone()));
            }
            assert_eq!(map.len(), model.len());
            assert_eq!(map.get(&key), model.get(&key));
            assert_eq!(map.floor(&key), model.range(..=key).next_back());
            assert_eq!(map.below(&key), model.range(..key).next_back());
            assert_eq!(map.iter_from(&key).next(), model.range(key..).next());
        }
        frozen.push((map, model));
        for (map, model) in frozen {
            assert!(map.iter().eq(model.iter()));
            assert!(map.iter_back().eq(model.iter().rev()));
            assert!(map.iter_from(&777).eq(model.range(777..)));
            assert!(map.up_to(&777).eq(model.range(..=777).rev()));
            let runs = |len: usize| (1..=RUN_MAX).contains(&len);
            assert!(map.blocks.iter().all(|block| runs(block.len())));
            assert!(
                map.blocks.iter().flat_map(|block| block.iter()).all(|chunk| runs(chunk.len()))
            );
        }
    }

    #[test]
    fn it_agrees_with_a_model_and_clones_stay_as_they_were() {
        run(10_000, 1000);
        run(40_000, 20_000);
    }
}
