//! A node of a stream: a run of entries in one allocation.
//!
//! ```text
//! the fields of the first entry, then each entry:
//! length of what follows     varint
//! head                       bits: 0 fields are the node's, 1 ms follows, 2 seq follows
//! ms beyond the node's       varint, if flagged
//! seq (beyond the node's if ms is the node's)    varint, if flagged
//! number of fields           varint, unless the fields are the node's
//! values, or field, value, field, value ...
//! ```
//! Entries are stored without those that were deleted, but how many those were counts towards the
//! limits of a node, and so does the size that Redis's listpack of the same entries would have: a
//! stream is divided into nodes where Redis divides it, which approximate trimming shows.
//!
//! Holds: IDs ascend; `live` entries are stored; `last_live` is the ID of the last of them, if any.
//! Cost: O(entries of the node) to find or delete one; appending is amortised O(entry).

use smallvec::SmallVec;

use super::element::{Element, listpack_int, read_varint, write_varint};
use super::id::StreamId;

const SAME_FIELDS: u8 = 1;
const HAS_MS: u8 = 1 << 1;
const HAS_SEQ: u8 = 1 << 2;

/// Header and end of a listpack.
const LISTPACK_FRAME: usize = 7;

/// See the module.
#[derive(Clone, Debug)]
pub struct Node {
    live: u32,
    deleted: u32,
    /// Number of fields of the first entry.
    fields: u32,
    /// Where the entries start in `bytes`.
    entries_at: u32,
    /// Size of Redis's listpack without its frame and its two counters.
    listpack: usize,
    last: StreamId,
    last_live: StreamId,
    bytes: Vec<u8>,
}

/// An entry where it lies.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its ID.
    pub id: StreamId,
    fields: usize,
    /// The fields if they are those of the node.
    shared: Option<&'a [u8]>,
    body: &'a [u8],
}

impl<'a> Entry<'a> {
    /// Number of field-value pairs.
    pub fn len(&self) -> usize {
        self.fields
    }

    /// Never, but for foreign data.
    pub fn is_empty(&self) -> bool {
        self.fields == 0
    }

    /// Fields and values in order.
    pub fn pairs(&self) -> impl Iterator<Item = (Element<'a>, Element<'a>)> {
        let mut fields = self.shared;
        let mut body = self.body;
        (0..self.fields).map(move |_| {
            let field = match &mut fields {
                Some(fields) => Element::read(fields),
                None => Element::read(&mut body),
            };
            (field, Element::read(&mut body))
        })
    }
}

/// Forward iteration over a node.
pub(super) struct Entries<'a> {
    base: StreamId,
    node: &'a Node,
    rest: &'a [u8],
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    #[inline]
    fn next(&mut self) -> Option<Entry<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        Some(self.node.read(self.base, &mut self.rest))
    }
}

impl Node {
    /// A node with its first entry; `pairs` are fields and values in turn. The node's base is `id`.
    pub(super) fn new(id: StreamId, pairs: &[&[u8]]) -> Node {
        let fields = pairs.len() / 2;
        let names = || pairs.iter().step_by(2).map(|field| Element::of(field));
        let mut bytes = Vec::with_capacity(names().map(Element::bytes_max).sum());
        let mut listpack = listpack_int(fields as i64) + listpack_int(0);
        for field in names() {
            field.write(&mut bytes);
            listpack += field.listpack_bytes();
        }
        let mut node = Node {
            live: 0,
            deleted: 0,
            fields: fields as u32,
            entries_at: bytes.len() as u32,
            listpack,
            last: id,
            last_live: id,
            bytes,
        };
        node.append(id, id, pairs);
        node
    }

    /// Adds an entry behind all others.
    pub(super) fn append(&mut self, base: StreamId, id: StreamId, pairs: &[&[u8]]) {
        let same = self.has_fields(pairs);
        let ms = id.ms - base.ms;
        let seq_delta = id.seq.wrapping_sub(base.seq);
        let seq = if ms == 0 { seq_delta } else { id.seq };
        let step = if same { 2 } else { 1 };
        let elements = || pairs.iter().skip(step - 1).step_by(step).map(|text| Element::of(text));

        self.make_room(40 + elements().map(Element::bytes_max).sum::<usize>());
        let at = self.bytes.len();
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        let head = flag(same, SAME_FIELDS) | flag(ms != 0, HAS_MS) | flag(seq != 0, HAS_SEQ);
        self.bytes.extend_from_slice(&[0, head]);
        if ms != 0 {
            write_varint(&mut self.bytes, ms);
        }
        if seq != 0 {
            write_varint(&mut self.bytes, seq);
        }
        let count = pairs.len() / 2;
        let mut parts = 3 + count;
        self.listpack += 2 + listpack_int(ms as i64) + listpack_int(seq_delta as i64);
        if !same {
            write_varint(&mut self.bytes, count as u64);
            self.listpack += listpack_int(count as i64);
            parts += count + 1;
        }
        for element in elements() {
            element.write(&mut self.bytes);
            self.listpack += element.listpack_bytes();
        }
        self.listpack += listpack_int(parts as i64);
        let len = self.bytes.len() - at - 1;
        if len < 0x80 {
            self.bytes[at] = len as u8;
        } else {
            let mut prefix = Vec::with_capacity(8);
            write_varint(&mut prefix, len as u64);
            self.bytes.splice(at..=at, prefix);
        }
        self.live += 1;
        (self.last, self.last_live) = (id, id);
    }

    /// Entries that are not deleted.
    pub fn live(&self) -> usize {
        self.live as usize
    }

    /// Entries that are or were in it.
    pub(super) fn ever(&self) -> u64 {
        u64::from(self.live) + u64::from(self.deleted)
    }

    /// Bytes that Redis's listpack of the same entries has.
    pub(super) fn listpack_bytes(&self) -> usize {
        let counters = listpack_int(self.live.into()) + listpack_int(self.deleted.into());
        LISTPACK_FRAME + counters + self.listpack
    }

    /// The last entry that was added, deleted or not.
    pub(super) fn last(&self) -> StreamId {
        self.last
    }

    /// The last entry that is not deleted.
    pub(super) fn last_live(&self) -> Option<StreamId> {
        (self.live > 0).then_some(self.last_live)
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> usize {
        size_of::<Node>() + self.bytes.capacity()
    }

    /// The entries in order.
    pub(super) fn entries(&self, base: StreamId) -> Entries<'_> {
        Entries { base, node: self, rest: &self.bytes[self.entries_at as usize..] }
    }

    /// The entries, the last first. Cost: O(entries of the node) at the start.
    pub(super) fn entries_back(&self, base: StreamId) -> impl Iterator<Item = Entry<'_>> {
        let mut starts: SmallVec<[u32; 128]> = SmallVec::new();
        let mut entries = self.entries(base);
        loop {
            let start = self.bytes.len() - entries.rest.len();
            if entries.next().is_none() {
                break;
            }
            starts.push(start as u32);
        }
        starts
            .into_iter()
            .rev()
            .map(move |start| self.read(base, &mut &self.bytes[start as usize..]))
    }

    /// The entry with this ID.
    pub(super) fn find(&self, base: StreamId, id: StreamId) -> Option<Entry<'_>> {
        if id > self.last_live {
            return None;
        }
        self.entries(base).find(|entry| entry.id >= id).filter(|entry| entry.id == id)
    }

    /// How many entries come before `id`.
    pub(super) fn count_below(&self, base: StreamId, id: StreamId) -> usize {
        self.entries(base).take_while(|entry| entry.id < id).count()
    }

    /// Deletes an entry; false if there is none with this ID.
    pub(super) fn delete(&mut self, base: StreamId, id: StreamId) -> bool {
        let Some(start) = self.start_of(base, |entry| entry.id >= id) else { return false };
        let mut rest = &self.bytes[start..];
        if self.read(base, &mut rest).id != id {
            return false;
        }
        let end = self.bytes.len() - rest.len();
        self.bytes.drain(start..end);
        self.removed(base, 1);
        true
    }

    /// Deletes the first `count` entries, of which there are more than that or exactly as many.
    pub(super) fn delete_first(&mut self, base: StreamId, count: usize) {
        let mut seen = 0;
        let end = self.start_of(base, |_| {
            seen += 1;
            seen > count
        });
        let end = end.unwrap_or(self.bytes.len());
        self.bytes.drain(self.entries_at as usize..end);
        self.removed(base, count as u32);
    }

    /// Gives back the memory that was kept for growth.
    pub(super) fn seal(&mut self) {
        self.bytes.shrink_to_fit();
    }

    /// Accounts for entries that are gone.
    fn removed(&mut self, base: StreamId, count: u32) {
        self.live -= count;
        self.deleted += count;
        self.last_live = self.entries(base).last().map_or(StreamId::MIN, |entry| entry.id);
        if self.bytes.capacity() > 2 * self.bytes.len() + 64 {
            self.bytes.shrink_to(self.bytes.len() + self.bytes.len() / 4);
        }
    }

    /// Where the first entry starts that satisfies `stop`.
    fn start_of(&self, base: StreamId, mut stop: impl FnMut(&Entry<'_>) -> bool) -> Option<usize> {
        let mut entries = self.entries(base);
        loop {
            let start = self.bytes.len() - entries.rest.len();
            if stop(&entries.next()?) {
                return Some(start);
            }
        }
    }

    /// True if the fields of these pairs are those of the node.
    fn has_fields(&self, pairs: &[&[u8]]) -> bool {
        if pairs.len() / 2 != self.fields as usize {
            return false;
        }
        let mut fields = &self.bytes[..self.entries_at as usize];
        pairs.iter().step_by(2).all(|field| Element::read(&mut fields) == Element::of(field))
    }

    /// Makes room for `more` bytes, and a quarter on top while the node grows.
    fn make_room(&mut self, more: usize) {
        if self.bytes.capacity() - self.bytes.len() < more {
            self.bytes.reserve_exact(more.max(self.bytes.len() / 4));
        }
    }

    #[inline]
    fn read<'a>(&'a self, base: StreamId, rest: &mut &'a [u8]) -> Entry<'a> {
        let len = read_varint(rest) as usize;
        let (mut body, behind) = rest.split_at(len);
        *rest = behind;
        let head = body[0];
        body = &body[1..];
        let ms = if head & HAS_MS != 0 { read_varint(&mut body) } else { 0 };
        let seq = if head & HAS_SEQ != 0 { read_varint(&mut body) } else { 0 };
        let seq = if ms == 0 { base.seq.wrapping_add(seq) } else { seq };
        let id = StreamId::new(base.ms.wrapping_add(ms), seq);
        if head & SAME_FIELDS != 0 {
            let shared = Some(&self.bytes[..self.entries_at as usize]);
            return Entry { id, fields: self.fields as usize, shared, body };
        }
        let fields = read_varint(&mut body) as usize;
        Entry { id, fields, shared: None, body }
    }
}
