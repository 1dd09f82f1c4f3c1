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
}

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
                && peer.text() == b"quicklist"
                && ours.text() == b"listpack"
        },
    },
    Known {
        what: "small sets have a listpack since 7.2",
        applies: |words, peer, ours| {
            words[0].eq_ignore_ascii_case(b"OBJECT")
                && peer.text() == b"hashtable"
                && ours.text() == b"listpack"
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

/// True if the replies of the peer and of the server under test to a command count as equal.
pub(crate) fn same(rule: Compare, words: &[Vec<u8>], peer: &Node, ours: &Node) -> bool {
    let equal = match rule {
        _ if peer == ours => true,
        _ if is_error(peer) || is_error(ours) => false,
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
        Compare::Unordered => sorted(peer) == sorted(ours),
        Compare::Kind => peer.kind() == ours.kind() && is_null(peer) == is_null(ours),
        Compare::Without(names) => without(peer, names) == without(ours, names),
    };
    equal || KNOWN.iter().any(|known| (known.applies)(words, peer, ours))
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

fn sorted(node: &Node) -> Node {
    let mut node = node.clone();
    if let Body::Many(elements) = &mut node.body {
        *elements = elements.iter().map(sorted).collect();
        if elements.iter().all(Node::is_leaf) {
            elements.sort_by_key(Node::render);
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
