//! Finds the end of one reply and keeps its bytes.
//!
//! Holds: `render` of what `parse` returned is the input, byte for byte.
//! Not here: any judgement of the content; a reply is compared as bytes.

/// One reply of RESP2 or RESP3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// The type byte and the rest of its line, without CRLF.
    pub(crate) head: Vec<u8>,
    pub(crate) body: Body,
}

/// What follows the first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// Nothing: the line is the reply.
    Line,
    /// A payload whose length the line announced.
    Bulk(Vec<u8>),
    /// Elements; a map's keys and values alternate. An attribute's last element is the reply it
    /// belongs to.
    Many(Vec<Node>),
}

/// Bytes that cannot be a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotAReply(pub(crate) String);

impl Node {
    /// The type byte.
    pub(crate) fn kind(&self) -> u8 {
        self.head[0]
    }

    /// True for out-of-band data, which answers no command.
    pub(crate) fn is_push(&self) -> bool {
        self.kind() == b'>'
    }

    /// True unless the reply has elements.
    pub(crate) fn is_leaf(&self) -> bool {
        !matches!(self.body, Body::Many(_))
    }

    /// Text of a leaf: the payload of a bulk, else what follows the type byte.
    pub(crate) fn text(&self) -> &[u8] {
        match &self.body {
            Body::Bulk(bytes) => bytes,
            Body::Line | Body::Many(_) => &self.head[1..],
        }
    }

    /// The elements; none for a leaf.
    pub(crate) fn elements(&self) -> &[Node] {
        match &self.body {
            Body::Many(nodes) => nodes,
            Body::Line | Body::Bulk(_) => &[],
        }
    }

    /// The bytes that were parsed.
    pub(crate) fn render(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.leaves(&mut |piece| out.extend_from_slice(piece));
        out
    }

    /// Calls `visit` with the bytes of every header of an aggregate and of every leaf, in order.
    pub(crate) fn leaves(&self, visit: &mut dyn FnMut(&[u8])) {
        let mut piece = self.head.clone();
        piece.extend_from_slice(b"\r\n");
        if let Body::Bulk(bytes) = &self.body {
            piece.extend_from_slice(bytes);
            piece.extend_from_slice(b"\r\n");
        }
        visit(&piece);
        for element in self.elements() {
            element.leaves(visit);
        }
    }
}

/// Parses one reply at the start of `bytes`: the reply and its length, or `None` when more bytes
/// are needed.
pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(Node, usize)>, NotAReply> {
    let Some(end) = bytes.windows(2).position(|pair| pair == b"\r\n") else {
        return match bytes.first() {
            Some(kind) if !b"+-:$*_,#!=(%~>|".contains(kind) => Err(bad(bytes)),
            _ => Ok(None),
        };
    };
    let head = bytes[..end].to_vec();
    let mut at = end + 2;
    let count = |scale: usize| -> Result<usize, NotAReply> {
        let text = std::str::from_utf8(&head[1..]).map_err(|_| bad(bytes))?;
        match text.parse::<i64>().map_err(|_| bad(bytes))? {
            -1 => Ok(usize::MAX),
            n => Ok(usize::try_from(n).map_err(|_| bad(bytes))? * scale),
        }
    };
    let elements = match head.first() {
        Some(b'+' | b'-' | b':' | b'_' | b',' | b'#' | b'(') => {
            return Ok(Some((Node { head, body: Body::Line }, at)));
        }
        Some(b'$' | b'!' | b'=') => {
            let len = count(1)?;
            if len == usize::MAX {
                return Ok(Some((Node { head, body: Body::Line }, at)));
            }
            if bytes.len() < at + len + 2 {
                return Ok(None);
            }
            if &bytes[at + len..at + len + 2] != b"\r\n" {
                return Err(bad(bytes));
            }
            let body = Body::Bulk(bytes[at..at + len].to_vec());
            return Ok(Some((Node { head, body }, at + len + 2)));
        }
        Some(b'*' | b'~' | b'>') => count(1)?,
        Some(b'%') => count(2)?,
        Some(b'|') => count(2)? + 1,
        _ => return Err(bad(bytes)),
    };
    if elements == usize::MAX {
        return Ok(Some((Node { head, body: Body::Line }, at)));
    }
    let mut nodes = Vec::new();
    for _ in 0..elements {
        match parse(&bytes[at..])? {
            Some((node, len)) => {
                nodes.push(node);
                at += len;
            }
            None => return Ok(None),
        }
    }
    Ok(Some((Node { head, body: Body::Many(nodes) }, at)))
}

fn bad(bytes: &[u8]) -> NotAReply {
    NotAReply(super::quote::escape(&bytes[..bytes.len().min(120)]))
}
