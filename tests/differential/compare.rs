//! When two replies count as equal.

use crate::support::frame::{Body, Node};

/// The rule of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Compare {
    /// Byte for byte.
    Exact,
    /// Integers may differ by so much: they show a time that depends on when the command ran.
    Within(i64),
    /// Arrays of plain elements may be ordered differently.
    Unordered,
    /// Only the type of the reply: its content is random, an id or a state of the process.
    Kind,
    /// Byte for byte, except for the elements after these names.
    Without(&'static [&'static str]),
    /// Flat arrays of pairs, sets and maps may be ordered differently.
    Pairs,
    /// Byte for byte, and in any order if the encoding, asked for just before, has none.
    Listed,
    /// The same for a cursor and a batch.
    Scanned,
    /// A choice of what the command just before showed: as many, and nothing else.
    Sampled,
    /// The same, and taken out.
    Taken,
    /// Byte for byte, except for points in time and spans that end now.
    Timeless,
    /// Byte for byte, except that statuses side by side may be ordered differently: a script has a
    /// set of them as a table whose keys are tables, and walks it by their addresses.
    Statuses,
}

/// Groups of rows in which older peers differ in ways that a rule cannot tell from mistakes.
pub(crate) const NOT_OLD: &[&str] =
    &["stream-ids", "consumer-groups", "consumer-times", "store-large", "store-lex"];

/// A difference between Redis 7.0.15 and 7.2.4.
struct Known {
    /// Says what it is.
    #[allow(dead_code, reason = "for the reader of the table")]
    what: &'static str,
    applies: fn(&[Vec<u8>], &Node, &Node) -> bool,
}

/// Differences between the peer (7.0.15) and 7.2.4; the second node is 7.2.4's.
const KNOWN: &[Known] = &[
    Known {
        what: "the last line of HELP texts",
        applies: |_, peer, ours| {
            let last = |node: &Node| node.elements().last().map(|line| line.text().to_vec());
            last(peer).as_deref() == Some(b"    Prints this help.")
                && last(ours).as_deref() == Some(b"    Print this help.")
        },
    },
    Known {
        what: "short lists have a listpack since 7.2",
        applies: |words, peer, ours| {
            words[0].eq_ignore_ascii_case(b"OBJECT")
                && renamed(ours, b"listpack", b"quicklist") == *peer
        },
    },
    Known {
        what: "small sets have a listpack since 7.2",
        applies: |words, peer, ours| {
            words[0].eq_ignore_ascii_case(b"OBJECT")
                && renamed(ours, b"listpack", b"hashtable") == *peer
        },
    },
    Known {
        what: "doubles are printed by another algorithm since 7.2",
        applies: |_, peer, ours| doubles_equal(peer, ours),
    },
    Known {
        what: "so digests differ where there are scores",
        applies: |words, _, ours| words[0].eq_ignore_ascii_case(b"DEBUG") && !is_error(ours),
    },
    Known {
        what: "line ends within what a script throws are spaces in Debian's 7.0.15",
        applies: |_, peer, ours| {
            let end = |byte: &u8| if b"\r\n".contains(byte) { b' ' } else { *byte };
            let head = ours.head.iter().map(end).collect::<Vec<_>>();
            is_error(peer) && ours.body == Body::Line && head == peer.head
        },
    },
    Known {
        what: "streams without an ID are named after the command since 7.2",
        applies: |words, peer, ours| {
            let of = |node: &Node, text: &[u8]| node.text().starts_with(text);
            words[0].to_ascii_uppercase().starts_with(b"XREAD")
                && of(peer, b"ERR Unbalanced XREAD list")
                && of(ours, b"ERR Unbalanced 'xread")
        },
    },
];

/// The reply with another text for one within it, whatever a script has put around it.
fn renamed(node: &Node, from: &[u8], to: &[u8]) -> Node {
    let replace = |text: &[u8]| match text.windows(from.len()).position(|part| part == from) {
        Some(at) => [&text[..at], to, &text[at + from.len()..]].concat(),
        None => text.to_vec(),
    };
    match &node.body {
        Body::Line => Node { head: replace(&node.head), body: Body::Line },
        Body::Bulk(text) => {
            let text = replace(text);
            let head = format!("{}{}", char::from(node.kind()), text.len()).into_bytes();
            Node { head, body: Body::Bulk(text) }
        }
        Body::Many(elements) => {
            let elements = elements.iter().map(|element| renamed(element, from, to));
            Node { head: node.head.clone(), body: Body::Many(elements.collect()) }
        }
    }
}

/// A command and the replies of both servers to it.
#[derive(Clone, Copy)]
pub(crate) struct Heard<'a> {
    pub(crate) rule: Compare,
    pub(crate) words: &'a [Vec<u8>],
    pub(crate) peer: &'a Node,
    pub(crate) ours: &'a Node,
}

/// True if two replies differ in how equal doubles are written, if at all. A script that throws a
/// reply, or makes it a longer text, has put a space or an exclamation mark behind it.
fn doubles_equal(peer: &Node, ours: &Node) -> bool {
    let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<f64>().ok();
    let alike = |one: &[u8], other: &[u8]| {
        one == other || number(one).is_some() && number(one) == number(other)
    };
    let pieces = |node: &Node| {
        let pieces = node.text().split(|byte| b" !".contains(byte));
        pieces.map(<[u8]>::to_vec).collect::<Vec<_>>()
    };
    match (&peer.body, &ours.body) {
        (Body::Many(left), Body::Many(right)) => {
            peer.head == ours.head
                && left.iter().zip(right).all(|(left, right)| doubles_equal(left, right))
        }
        _ => {
            let (left, right) = (pieces(peer), pieces(ours));
            peer.kind() == ours.kind()
                && left.len() == right.len()
                && left.iter().zip(&right).all(|(one, other)| alike(one, other))
        }
    }
}

/// What is forgiven.
#[derive(Clone, Copy)]
pub(crate) struct Strictness {
    /// There is no table: all collections have an order.
    pub(crate) ordered: bool,
    /// The peer is not 7.2.4, and the known differences are none.
    pub(crate) old: bool,
}

/// True if the replies count as equal. `before` is the command before it.
pub(crate) fn same(heard: Heard<'_>, before: Option<Heard<'_>>, allowed: Strictness) -> bool {
    let Heard { rule, words, peer, ours } = heard;
    let equal = match rule {
        // A choice may be wrong on both sides.
        _ if peer == ours && !matches!(rule, Compare::Sampled | Compare::Taken) => true,
        _ if is_error(peer) || is_error(ours) => peer == ours,
        // Versions differ in the directives that they have.
        Compare::Exact
            if words[0].eq_ignore_ascii_case(b"CONFIG") && words.contains(&b"*".into()) =>
        {
            peer.kind() == ours.kind()
        }
        Compare::Exact => false,
        Compare::Within(distance) => match (number(peer), number(ours)) {
            (Some(peer), Some(ours)) => peer.abs_diff(ours) <= distance.unsigned_abs(),
            _ => false,
        },
        // A cursor is an order of the table; only a walk from the beginning is the same set.
        Compare::Unordered if words[0].eq_ignore_ascii_case(b"SCAN") && words[1] != b"0" => {
            peer.kind() == ours.kind()
        }
        Compare::Unordered | Compare::Pairs
            if allowed.ordered && !allowed.old && has_order(&words[0]) =>
        {
            false
        }
        Compare::Unordered => sorted(peer, false) == sorted(ours, false),
        Compare::Pairs => sorted(peer, true) == sorted(ours, true),
        Compare::Listed | Compare::Scanned => {
            let pairs = matches!(&*words[0].to_ascii_uppercase(), b"HGETALL" | b"HSCAN" | b"ZSCAN");
            let ordered = before.is_some_and(|before| is_ordered(before, words, allowed));
            // A cursor that nobody gave stands wherever the table of the one or the other has it.
            let whole = |words: &[Vec<u8>]| words[2] == b"0" && words.contains(&b"100000".into());
            if matches!(rule, Compare::Scanned) && !ordered && !whole(words) {
                return peer.kind() == ours.kind();
            }
            let cut = words.iter().any(|word| word.eq_ignore_ascii_case(b"LIMIT"));
            let equal = sorted(peer, pairs) == sorted(ours, pairs);
            !ordered && (equal || cut && peer.elements().len() == ours.elements().len())
        }
        Compare::Sampled | Compare::Taken => sampled(words, before, peer, ours),
        Compare::Kind => peer.kind() == ours.kind() && is_null(peer) == is_null(ours),
        Compare::Without(names) => without(peer, names) == without(ours, names),
        Compare::Timeless => timeless(peer) == timeless(ours),
        Compare::Statuses => statuses(peer) == statuses(ours),
    };
    equal || allowed.old && KNOWN.iter().any(|known| (known.applies)(words, peer, ours))
}

/// False for what walks the table of keys or sorts by keys of which several are equal.
fn has_order(name: &[u8]) -> bool {
    let name = name.to_ascii_uppercase();
    ![&b"KEYS"[..], b"SCAN", b"SORT", b"SORT_RO"].contains(&&*name)
}

/// True if `before` tells that what the command lists has an order: by the encoding, or for SORT by
/// the type. No collection of unequal order comes from another one if there are no tables.
fn is_ordered(before: Heard<'_>, words: &[Vec<u8>], allowed: Strictness) -> bool {
    let [left, right] = [before.peer.text(), before.ours.text()];
    if left != right || left == b"QUEUED" || is_null(before.ours) {
        return false;
    }
    if before.words[0].eq_ignore_ascii_case(b"TYPE") {
        return before.words.get(1) == words.get(1) && (allowed.ordered || left != b"set");
    }
    before.words.get(2) == words.get(1)
        && allowed.ordered
        && !matches!(left, b"hashtable" | b"skiplist")
}

/// The leaves of a reply, in order.
fn leaves(node: &Node) -> Vec<Vec<u8>> {
    match &node.body {
        Body::Many(elements) => elements.iter().flat_map(leaves).collect(),
        _ if is_null(node) => Vec::new(),
        _ => vec![node.text().to_vec()],
    }
}

/// Both replies are choices, of the same size, from what `before` has shown.
fn sampled(words: &[Vec<u8>], before: Option<Heard<'_>>, peer: &Node, ours: &Node) -> bool {
    let (left, right) = (leaves(peer), leaves(ours));
    if peer.kind() != ours.kind() || left.len() != right.len() || is_null(peer) != is_null(ours) {
        return false;
    }
    let Some(before) = before.filter(|before| before.words.get(1) == words.get(1)) else {
        return true;
    };
    if is_error(before.ours) || before.ours.text() == b"QUEUED" {
        return true;
    }
    let all = leaves(before.ours);
    let in_pairs = !before.words[0].eq_ignore_ascii_case(b"SMEMBERS");
    let with = words.len() > 3;
    let step = if in_pairs { 2 } else { 1 };
    let chosen: Vec<_> = right.chunks(if with { 2 } else { 1 }).collect();
    let known = chosen.iter().all(|some| all.chunks(step).any(|one| one.starts_with(some)));
    let distinct = words.get(2).is_none_or(|count| !count.starts_with(b"-"));
    let mut once = chosen.clone();
    once.sort();
    once.dedup();
    known && (!distinct || once.len() == chosen.len())
}

/// Hides what the clock decides: points in time near now, the milliseconds since.
fn timeless(node: &Node) -> Node {
    let mut node = node.clone();
    let near =
        |node: &Node| number(node).is_some_and(|n| (1_600_000_000_000..4e12 as i64).contains(&n));
    let hide = |node: &mut Node| node.head = b":now".to_vec();
    if near(&node) {
        hide(&mut node);
    }
    if let Body::Many(elements) = &mut node.body {
        for element in elements.iter_mut() {
            *element = timeless(element);
        }
        // An entry of XPENDING: ID, consumer, milliseconds, deliveries.
        let pending = elements.len() == 4
            && elements[..2].iter().all(|node| node.kind() == b'$')
            && elements[2..].iter().all(|node| node.kind() == b':');
        if pending && number(&elements[2]).is_some_and(|idle| idle < 600_000) {
            hide(&mut elements[2]);
        }
        for at in 1..elements.len() {
            let span = matches!(elements[at - 1].text(), b"idle" | b"inactive");
            if span && number(&elements[at]).is_some_and(|idle| idle < 600_000) {
                hide(&mut elements[at]);
            }
        }
    }
    node
}

/// Statuses side by side in an order of their own.
fn statuses(node: &Node) -> Node {
    let mut node = node.clone();
    if let Body::Many(elements) = &mut node.body {
        *elements = elements.iter().map(statuses).collect();
        if elements.iter().all(|element| element.kind() == b'+') {
            elements.sort_by_key(Node::render);
        }
    }
    node
}

fn is_error(node: &Node) -> bool {
    matches!(node.kind(), b'-' | b'!')
}

fn is_null(node: &Node) -> bool {
    matches!(&*node.head, b"$-1" | b"*-1" | b"_")
}

/// A positive integer: a negative one says that there is no time.
fn number(node: &Node) -> Option<i64> {
    let text = std::str::from_utf8(node.text()).ok()?;
    text.parse().ok().filter(|&number| node.kind() == b':' && number >= 0)
}

/// Elements in an order of their own; `pairs`: two by two.
fn sorted(node: &Node, pairs: bool) -> Node {
    let mut node = node.clone();
    let pairs = pairs && node.kind() == b'*' || node.kind() == b'%';
    if let Body::Many(elements) = &mut node.body {
        *elements = elements.iter().map(|element| sorted(element, pairs)).collect();
        if elements.iter().all(Node::is_leaf) {
            let mut parts: Vec<Vec<Node>> =
                elements.chunks(if pairs { 2 } else { 1 }).map(<[Node]>::to_vec).collect();
            parts.sort_by_key(|part| part.iter().map(Node::render).collect::<Vec<_>>());
            *elements = parts.concat();
        }
    }
    node
}

fn without(node: &Node, names: &[&str]) -> Node {
    let mut node = node.clone();
    if let Body::Many(elements) = &mut node.body {
        let hidden: Vec<_> = elements
            .iter()
            .map(|element| names.iter().any(|name| name.as_bytes() == element.text()))
            .collect();
        let mut index = 0;
        elements.retain(|_| {
            index += 1;
            index < 2 || !hidden[index - 2]
        });
    }
    node
}
