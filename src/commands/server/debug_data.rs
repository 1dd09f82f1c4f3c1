//! DEBUG about the data: DIGEST, DIGEST-VALUE, OBJECT, POPULATE, HTSTATS, HTSTATS-KEY.

use std::fmt::Write;

use sha1::{Digest as _, Sha1};

use super::debug::is_full;
use crate::base::lzf::Compressor;
use crate::base::num::{format_double_plain, parse_i64};
use crate::base::text::until_nul;
use crate::commands::generic::{encoding, refcount};
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::data::table::Table;
use crate::keyspace::Db;
use crate::keyspace::access::Look;
use crate::keyspace::record::Record;
use crate::keyspace::strings::{NewStr, Ttl};
use crate::value::hash::Hash;
use crate::value::list::{List, ListRef};
use crate::value::set::Set;
use crate::value::stream::id::StreamId;
use crate::value::stream::{Data, Stream};
use crate::value::zset::Zset;
use crate::value::{Kind, Object, Value};

/// A signature. What is xored in may come in any order, what is mixed in may not.
#[derive(Clone, Copy, Default)]
struct Signature([u8; 20]);

impl Signature {
    fn xor(&mut self, data: &[u8]) {
        self.0.iter_mut().zip(Sha1::digest(data)).for_each(|(byte, other)| *byte ^= other);
    }

    fn mix(&mut self, data: &[u8]) {
        self.xor(data);
        self.0 = Sha1::digest(self.0).into();
    }

    /// Adds a value and whether it expires.
    fn value(&mut self, record: Record<'_>) {
        self.mix(&type_number(record.kind()).to_be_bytes());
        match record.object() {
            None | Some(Value::Str(_)) => {
                if let Some(text) = record.string() {
                    self.mix(text.text(&mut itoa::Buffer::new()));
                }
            }
            Some(object) => self.object(object),
        }
        if record.expiry().is_some() {
            self.xor(b"!!expire!!");
        }
    }

    /// Adds the elements of a collection.
    fn object(&mut self, object: &Value) {
        let scratch = &mut itoa::Buffer::new();
        if let Some(stream) = Stream::view(object) {
            self.stream(stream);
        }
        if let Some(list) = List::view(object) {
            list.iter().for_each(|item| self.mix(item.text(scratch)));
        }
        if let Some(zset) = Zset::view(object) {
            for (member, score) in zset.iter() {
                let mut pair = Signature::default();
                pair.mix(member.text(scratch));
                pair.mix(&format_double_plain(score));
                self.xor(&pair.0);
            }
        }
        if let Some(set) = Set::view(object) {
            set.iter().for_each(|member| self.xor(member.text(scratch)));
        }
        if let Some(hash) = Hash::view(object) {
            for (field, value) in hash.iter() {
                let mut pair = Signature::default();
                pair.mix(field.text(scratch));
                pair.mix(value.text(scratch));
                self.xor(&pair.0);
            }
        }
    }

    /// Adds the entries of a stream.
    fn stream(&mut self, stream: &Data) {
        let mut digits = itoa::Buffer::new();
        for entry in stream.range(StreamId::MIN, StreamId::MAX) {
            self.mix(format!("{}.{}", entry.id.ms, entry.id.seq).as_bytes());
            for (field, value) in entry.pairs() {
                self.mix(field.text(&mut digits));
                self.mix(value.text(&mut digits));
            }
        }
    }

    /// Adds all keys of a database.
    fn database(&mut self, index: usize, db: &Db) {
        if db.is_empty() {
            return;
        }
        self.mix(&(index as u32).to_be_bytes());
        for entry in db.table().iter() {
            let mut key = Signature::default();
            key.mix(entry.key());
            key.value(Record::new(entry));
            self.xor(&key.0);
        }
    }

    fn hex(self) -> String {
        self.0.iter().fold(String::with_capacity(40), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a String takes anything");
            hex
        })
    }
}

/// The number of a type, as signatures have it.
fn type_number(kind: Kind) -> u32 {
    match kind {
        Kind::String => 0,
        Kind::List => 1,
        Kind::Set => 2,
        Kind::Zset => 3,
        Kind::Hash => 4,
        Kind::Stream => 6,
    }
}

/// Cost: O(bytes of all keys and values).
pub(super) fn digest(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    let mut signature = Signature::default();
    for (index, db) in cx.keys.space.dbs.iter().enumerate() {
        signature.database(index, db);
    }
    cx.reply.status(signature.hex());
    Ok(())
}

/// The record of a key, expired or not, without any of the effects of a look-up.
fn peek<'a>(cx: &'a Ctx<'_>, key: &[u8]) -> Option<Record<'a>> {
    let db = cx.keys.database();
    db.get(db.table().hash(key), key)
}

pub(super) fn digest_value(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    cx.reply.array(args.len() - 2);
    for key in args.from(2) {
        let mut signature = Signature::default();
        if let Some(record) = peek(cx, key) {
            signature.value(record);
        }
        cx.reply.status(signature.hex());
    }
    Ok(())
}

/// Strings longer than this are compressed in an RDB, if that helps.
const COMPRESS_MIN: usize = 20;

/// Bytes that a length takes in an RDB.
fn length_bytes(length: usize) -> usize {
    match length {
        0..64 => 1,
        64..16_384 => 2,
        _ if u32::try_from(length).is_ok() => 5,
        _ => 9,
    }
}

/// Bytes that a string takes in an RDB.
fn serialized_string(text: &[u8], compress: bool) -> usize {
    if let Some(n) = parse_i64(text) {
        match n {
            -128..128 => return 2,
            -32_768..32_768 => return 3,
            _ if i32::try_from(n).is_ok() => return 5,
            _ => {}
        }
    }
    let mut out = Vec::new();
    if compress
        && text.len() > COMPRESS_MIN
        && Compressor::default().compress(text, &mut out, text.len() - 4)
    {
        return 1 + length_bytes(out.len()) + length_bytes(text.len()) + out.len();
    }
    length_bytes(text.len()) + text.len()
}

/// Bytes that a value takes in an RDB, its type not included.
fn serialized(record: Record<'_>, compress: bool) -> usize {
    match record.object() {
        None | Some(Value::Str(_)) => record
            .string()
            .map_or(0, |text| serialized_string(text.text(&mut itoa::Buffer::new()), compress)),
        Some(Value::Stream(stream)) => stream.memory().0,
        Some(object) => serialized_elements(object, compress),
    }
}

/// Bytes that the elements of a collection take in an RDB if each is written by itself.
fn serialized_elements(object: &Value, compress: bool) -> usize {
    let scratch = &mut itoa::Buffer::new();
    let mut bytes = 0;
    if let Some(list) = List::view(object) {
        let items = list.iter().map(|item| serialized_string(item.text(scratch), compress));
        bytes += length_bytes(list.len()) + items.sum::<usize>();
    }
    if let Some(zset) = Zset::view(object) {
        let members =
            zset.iter().map(|(member, _)| 8 + serialized_string(member.text(scratch), compress));
        bytes += length_bytes(zset.len()) + members.sum::<usize>();
    }
    if let Some(set) = Set::view(object) {
        let members = set.iter().map(|member| serialized_string(member.text(scratch), compress));
        bytes += length_bytes(set.len()) + members.sum::<usize>();
    }
    if let Some(hash) = Hash::view(object) {
        bytes += length_bytes(hash.len());
        for (field, value) in hash.iter() {
            bytes += serialized_string(field.text(scratch), compress);
            bytes += serialized_string(value.text(scratch), compress);
        }
    }
    bytes
}

/// How a large list is divided.
fn describe_chunks(value: &Value) -> Option<String> {
    let Some(ListRef::Chunks(chunks)) = List::view(value) else { return None };
    let (count, bytes) = chunks.figures();
    Some(format!(
        " ql_nodes:{count} ql_avg_node:{:.2} ql_listpack_max:{} ql_compressed:{} \
         ql_uncompressed_size:{bytes}",
        chunks.len() as f64 / count as f64,
        chunks.fill(),
        i32::from(chunks.is_compressed()),
    ))
}

/// The address is made of the key's hash: real ones must not be seen.
pub(super) fn object(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let address = cx.keys.database().table().hash(args[2]).0 >> 17;
    let record = peek(cx, args[2]).ok_or(Refusal::NO_SUCH_KEY)?;
    let access = record.header().access;
    let text = format!(
        "Value at:{address:#x} refcount:{} encoding:{} serializedlength:{} lru:{access} \
         lru_seconds_idle:{}{}",
        refcount(cx.world, record),
        encoding(record),
        serialized(record, cx.world.config.rdbcompression),
        cx.keys.space.idle_ms(access, cx.now()) / 1000,
        record.object().and_then(describe_chunks).unwrap_or_default(),
    );
    cx.reply.status(text);
    Ok(())
}

/// Names of keys that are made up are cut at this length.
const NAME_MAX: usize = 127;

/// More keys than any memory holds.
const POPULATE_MAX: i64 = 1 << 40;

pub(super) fn populate(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let count = args.not_negative(2)?;
    if count > POPULATE_MAX {
        return Err(Refusal::fixed("ERR OOM in dictTryExpand"));
    }
    let size = if args.len() == 5 { args.not_negative(4)? as usize } else { 0 };
    let prefix = args.get(3).map_or(b"key".as_slice(), until_nul);
    let (mut name, mut value, mut digits) = (Vec::new(), Vec::new(), itoa::Buffer::new());
    for number in 0..count {
        let digits = digits.format(number).as_bytes();
        name.clear();
        [prefix, b":", digits].iter().for_each(|part| name.extend_from_slice(part));
        name.truncate(NAME_MAX);
        if cx.keys.write(&name).is_some() {
            continue;
        }
        value.clear();
        [b"value:", digits].iter().for_each(|part| value.extend_from_slice(part));
        if size > 0 {
            value.resize(size, 0);
        }
        cx.keys.set_string(&name, NewStr::Text(&value), Ttl::Clear);
        cx.keys.modified(&name);
    }
    cx.reply.ok();
    Ok(())
}

const TABLE_TITLE: &str = "Hash table 0 stats (main hash table):\n";
const EMPTY_TABLE: &str = "No stats available for empty dictionaries\n";

/// Figures about a table: of its index if `full`, how far elements lie from where they are looked
/// for first.
fn describe<X>(table: &Table<X>, full: bool, text: &mut String) -> std::fmt::Result {
    text.push_str(TABLE_TITLE);
    if table.is_empty() {
        text.push_str(EMPTY_TABLE);
        return Ok(());
    }
    let shape = table.shape();
    writeln!(text, " table size: {}", shape.cells)?;
    writeln!(text, " number of elements: {}", shape.len)?;
    if !full {
        return Ok(());
    }
    let max = shape.distances.iter().rposition(|&count| count > 0).unwrap_or(0);
    let sum: usize = shape.distances.iter().enumerate().map(|(far, count)| far * count).sum();
    writeln!(text, " segments: {}", shape.segments)?;
    writeln!(text, " smallest segment: {}", shape.smallest)?;
    writeln!(text, " largest segment: {}", shape.largest)?;
    writeln!(text, " record bytes: {}", shape.arena)?;
    writeln!(text, " unused record bytes: {}", shape.waste)?;
    writeln!(text, " max distance: {max}")?;
    writeln!(text, " avg distance: {:.2}", sum as f64 / shape.len as f64)?;
    writeln!(text, " Distance distribution:")?;
    for (far, &count) in shape.distances.iter().enumerate().filter(|(_, count)| **count > 0) {
        writeln!(text, "   {far}: {count} ({:.2}%)", count as f64 / shape.len as f64 * 100.0)?;
    }
    Ok(())
}

fn describe_database(db: &Db, full: bool) -> Result<String, std::fmt::Error> {
    let mut text = String::from("[Dictionary HT]\n");
    describe(db.table(), full, &mut text)?;
    text.push_str("[Expires HT]\n");
    text.push_str(TABLE_TITLE);
    if db.volatile() == 0 {
        text.push_str(EMPTY_TABLE);
        return Ok(text);
    }
    writeln!(text, " index entries: {}", db.due_entries())?;
    writeln!(text, " number of elements: {}", db.volatile())?;
    Ok(text)
}

pub(super) fn htstats(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let index = usize::try_from(args.int(2)?).ok();
    let db = index.and_then(|index| cx.keys.space.dbs.get(index));
    let db = db.ok_or(Refusal::fixed("ERR Out of range database"))?;
    let text = describe_database(db, is_full(args)).expect("a String takes anything");
    cx.reply.verbatim(b"txt", text);
    Ok(())
}

/// Describes the table in a value, if it is one.
fn describe_value(value: &Value, full: bool) -> Option<String> {
    let mut text = String::new();
    match value {
        Value::HashTable(table) => describe(table.table(), full, &mut text),
        Value::SetTable(table) => describe(table.table(), full, &mut text),
        Value::ZsetTree(ranked) => describe(ranked.table(), full, &mut text),
        _ => return None,
    }
    .expect("a String takes anything");
    Some(text)
}

pub(super) fn htstats_key(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let record = cx.keys.find(args[2], Look::Inspect).ok_or(Refusal::NO_SUCH_KEY)?;
    let text = record.object().and_then(|value| describe_value(value, is_full(args)));
    let text = text.ok_or(Refusal::fixed(
        "ERR The value stored at the specified key is not represented using an hash table",
    ))?;
    cx.reply.verbatim(b"txt", text);
    Ok(())
}
