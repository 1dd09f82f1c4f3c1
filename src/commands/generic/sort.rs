//! SORT and SORT_RO.

use std::cmp::Ordering;
use std::ops::Range;

use memchr::{memchr, memmem};

use crate::base::num::parse_sort_weight;
use crate::base::partial_sort::sort_part;
use crate::base::text::until_nul;
use crate::commands::list::limits;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::access::Look;
use crate::keyspace::event::Class;
use crate::value::hash::Hash;
use crate::value::list::{End, Limits, List};
use crate::value::set::Set;
use crate::value::zset::{Rules, Zset};
use crate::value::{Kind, Object, Value};

/// What the arguments say.
struct Request<'a> {
    descending: bool,
    alpha: bool,
    offset: i64,
    count: i64,
    by: Option<&'a [u8]>,
    get: Vec<&'a [u8]>,
    store: Option<&'a [u8]>,
}

impl<'a> Request<'a> {
    fn parse(args: Args<'a>, read_only: bool) -> Result<Request<'a>, Refusal> {
        let mut request = Request {
            descending: false,
            alpha: false,
            offset: 0,
            count: -1,
            by: None,
            get: Vec::new(),
            store: None,
        };
        let mut at = 2;
        while at < args.len() {
            let value = args.get(at + 1);
            if args.is(at, "ASC") {
                request.descending = false;
            } else if args.is(at, "DESC") {
                request.descending = true;
            } else if args.is(at, "ALPHA") {
                request.alpha = true;
            } else if args.is(at, "LIMIT") && at + 2 < args.len() {
                (request.offset, request.count) = (args.int(at + 1)?, args.int(at + 2)?);
                at += 2;
            } else {
                let value = value.ok_or(Refusal::SYNTAX)?;
                if !read_only && args.is(at, "STORE") {
                    request.store = Some(value);
                } else if args.is(at, "BY") {
                    request.by = Some(value);
                } else if args.is(at, "GET") {
                    request.get.push(value);
                } else {
                    return Err(Refusal::SYNTAX);
                }
                at += 1;
            }
            at += 1;
        }
        Ok(request)
    }

    /// The part of `len` elements that LIMIT leaves.
    fn range(&self, len: usize) -> Range<usize> {
        let start = usize::try_from(self.offset.max(0)).unwrap_or(usize::MAX).min(len);
        let count = usize::try_from(self.count).unwrap_or(len).min(len - start);
        start..start + count
    }
}

/// An element, and what it is sorted by.
struct Sortable {
    text: Vec<u8>,
    weight: Weight,
}

enum Weight {
    None,
    Number(f64),
    /// A text of another key; `None` if there is none.
    Text(Option<Vec<u8>>),
}

/// `SORT key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA]
/// [STORE destination]`
pub(super) fn sort(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    sort_key(cx, args, false)
}

/// `SORT_RO key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC]
/// [ALPHA]`
pub(super) fn sort_ro(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    sort_key(cx, args, true)
}

fn sort_key(cx: &mut Ctx<'_>, args: Args<'_>, read_only: bool) -> Done {
    let mut request = Request::parse(args, read_only)?;
    let (kind, mut elements) = elements(cx, args[1])?;
    let mut sorted = request.by.is_none_or(|by| memchr(b'*', until_nul(by)).is_some());
    let in_script = cx.world.scripts.running.is_some();
    if !sorted && kind == Some(Kind::Set) && (request.store.is_some() || in_script) {
        // A set has no order of its own that could be stored, or that a script could rely on.
        (sorted, request.alpha, request.by) = (true, true, None);
    }
    let range = request.range(elements.len());
    if sorted {
        weigh(cx, &request, &mut elements)?;
        let compare = |a: &Sortable, b: &Sortable| {
            let order = compare(a, b, &request);
            if request.descending { order.reverse() } else { order }
        };
        if request.by.is_some() && range != (0..elements.len()) {
            sort_part(&mut elements, range.clone(), compare);
        } else {
            elements.sort_by(compare);
        }
    } else if request.descending && kind != Some(Kind::Set) {
        elements.reverse();
    }
    let chosen = &elements[range];
    match request.store {
        None => reply(cx, &request, chosen),
        Some(key) => store(cx, key, &request, chosen),
    }
    Ok(())
}

/// The elements of a list, set or sorted set in its own order, and its kind. A sorted set becomes a
/// large one.
/// # Errors
/// `WRONGTYPE`
fn elements(cx: &mut Ctx<'_>, key: &[u8]) -> Result<(Option<Kind>, Vec<Sortable>), Refusal> {
    let kind = cx.keys.find(key, Look::Read).map(|record| record.kind());
    if kind == Some(Kind::Zset) {
        let rules = Rules { entries: 0, value: 0, hasher: cx.keys.space.hasher() };
        if let Some(mut zset) = cx.keys.stored_mut::<Zset>(key) {
            zset.expect(1, rules);
        }
    }
    let mut scratch = itoa::Buffer::new();
    let new = |text: &[u8]| Sortable { text: text.to_vec(), weight: Weight::None };
    let elements = match kind {
        None => Vec::new(),
        Some(Kind::List) => {
            let list = cx.keys.stored::<List>(key).expect("its kind was just seen");
            list.iter().map(|item| new(item.text(&mut scratch))).collect()
        }
        Some(Kind::Set) => {
            let set = cx.keys.stored::<Set>(key).expect("its kind was just seen");
            set.iter().map(|member| new(member.text(&mut scratch))).collect()
        }
        Some(Kind::Zset) => {
            let zset = cx.keys.stored::<Zset>(key).expect("its kind was just seen");
            zset.iter().map(|(member, _)| new(member.text(&mut scratch))).collect()
        }
        Some(_) => return Err(Refusal::WRONG_TYPE),
    };
    Ok((kind, elements))
}

/// Finds what the elements are sorted by; all keys are looked up even if one is no number.
fn weigh(cx: &mut Ctx<'_>, request: &Request<'_>, elements: &mut [Sortable]) -> Done {
    let mut all_numbers = true;
    let mut number = |text: &[u8]| {
        let number = parse_sort_weight(text);
        all_numbers &= number.is_some();
        Weight::Number(number.unwrap_or(0.0))
    };
    for element in elements {
        element.weight = match (request.by, request.alpha) {
            (None, true) => Weight::None,
            (None, false) => number(&element.text),
            (Some(by), true) => Weight::Text(look_up(cx, by, &element.text)),
            (Some(by), false) => match look_up(cx, by, &element.text) {
                Some(text) => number(&text),
                None => Weight::Number(0.0),
            },
        };
    }
    if all_numbers {
        Ok(())
    } else {
        Err(Refusal::fixed("ERR One or more scores can't be converted into double"))
    }
}

/// Ascending order. Texts that are only shown are compared up to a NUL byte, as C does.
fn compare(a: &Sortable, b: &Sortable, request: &Request<'_>) -> Ordering {
    let texts = |a: &[u8], b: &[u8]| match request.store {
        Some(_) => a.cmp(b),
        None => until_nul(a).cmp(until_nul(b)),
    };
    match (&a.weight, &b.weight) {
        (Weight::Number(x), Weight::Number(y)) => {
            x.partial_cmp(y).unwrap_or(Ordering::Equal).then_with(|| a.text.cmp(&b.text))
        }
        (Weight::Text(x), Weight::Text(y)) => match (x, y) {
            (Some(x), Some(y)) => texts(x, y),
            (x, y) => x.is_some().cmp(&y.is_some()),
        },
        _ => texts(&a.text, &b.text),
    }
}

/// The text that a pattern of BY or GET stands for: `#` is the element itself; else its first `*`
/// is replaced by the element, which names a string, or a field of a hash behind `->`.
fn look_up(cx: &mut Ctx<'_>, pattern: &[u8], element: &[u8]) -> Option<Vec<u8>> {
    let visible = until_nul(pattern);
    if visible == b"#" {
        return Some(element.to_vec());
    }
    let star = memchr(b'*', visible)?;
    let arrow = memmem::find(&visible[star + 1..], b"->").map(|at| star + 1 + at);
    let arrow = arrow.filter(|&at| at + 2 < visible.len());
    let (name, field) = match arrow {
        Some(at) => (&pattern[..at], Some(&pattern[at + 2..])),
        None => (pattern, None),
    };
    let key = [&name[..star], element, &name[star + 1..]].concat();
    let record = cx.keys.find(&key, Look::Read)?;
    let mut scratch = itoa::Buffer::new();
    match field {
        None => Some(record.string()?.text(&mut scratch).to_vec()),
        Some(field) => {
            let hash = record.object().and_then(Hash::view)?;
            Some(hash.get(field)?.text(&mut scratch).to_vec())
        }
    }
}

fn reply(cx: &mut Ctx<'_>, request: &Request<'_>, chosen: &[Sortable]) {
    cx.reply.array(chosen.len() * request.get.len().max(1));
    for element in chosen {
        if request.get.is_empty() {
            cx.reply.bulk(&element.text);
        }
        for pattern in &request.get {
            match look_up(cx, pattern, &element.text) {
                Some(text) => cx.reply.bulk(text),
                None => cx.reply.null(),
            }
        }
    }
}

/// Stores the result as a list, or removes the key if it is empty.
fn store(cx: &mut Ctx<'_>, key: &[u8], request: &Request<'_>, chosen: &[Sortable]) {
    let mut value: Value = List::large(Limits::RESULT);
    let mut list = List::view_mut(&mut value).expect("it was made a list");
    for element in chosen {
        if request.get.is_empty() {
            list.push(End::Right, &element.text);
        }
        for pattern in &request.get {
            let text = look_up(cx, pattern, &element.text).unwrap_or_default();
            list.push(End::Right, &text);
        }
    }
    list.settle(limits(cx));
    let len = list.as_ref().len();
    if len > 0 {
        cx.keys.store_object(key, value);
        cx.keys.event(key, Class::LIST, "sortstore");
        cx.keys.dirty(len as u64);
    } else if cx.keys.remove(key) {
        cx.keys.commit(key, Class::GENERIC, "del");
    }
    cx.reply.int(len as i64);
}
