use super::*;
use crate::resp::frame::Frame;

fn written(version: Version, write: impl FnOnce(&mut Reply<'_>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut reply = Reply::detached(&mut bytes, version);
    write(&mut reply);
    reply.finish();
    bytes
}

/// What the clients of an outbox receive, in order, joined per client.
fn received(out: &Outbox, receiver: ClientKey) -> Vec<u8> {
    let mut bytes = Vec::new();
    for span in &out.spans {
        match span {
            Span::Arena { client, start, end } if *client == receiver => {
                assert!(start < end, "no empty span");
                bytes.extend_from_slice(&out.bytes[*start..*end]);
            }
            Span::Shared { client, bytes: shared } if *client == receiver => {
                bytes.extend_from_slice(shared);
            }
            _ => {}
        }
    }
    bytes
}

type Golden = (fn(&mut Reply<'_>), &'static [u8], &'static [u8]);

/// Recorded from Redis 7.2.4, in RESP2 and in RESP3.
const GOLDEN: &[Golden] = &[
    (|r| r.ok(), b"+OK\r\n", b"+OK\r\n"),
    (|r| r.bulk("Hello World"), b"$11\r\nHello World\r\n", b"$11\r\nHello World\r\n"),
    (|r| r.int(12345), b":12345\r\n", b":12345\r\n"),
    (|r| r.double_text(b"3.141"), b"$5\r\n3.141\r\n", b",3.141\r\n"),
    (|r| r.null(), b"$-1\r\n", b"_\r\n"),
    (|r| r.null_array(), b"*-1\r\n", b"_\r\n"),
    (|r| r.set(0), b"*0\r\n", b"~0\r\n"),
    (|r| r.bool(true), b":1\r\n", b"#t\r\n"),
    (|r| r.bool(false), b":0\r\n", b"#f\r\n"),
    (
        |r| r.big_number(b"-12345679999999999"),
        b"$18\r\n-12345679999999999\r\n",
        b"(-12345679999999999\r\n",
    ),
    (
        |r| r.verbatim(b"txt", "This is a verbatim\nstring"),
        b"$25\r\nThis is a verbatim\nstring\r\n",
        b"=29\r\ntxt:This is a verbatim\nstring\r\n",
    ),
    (
        |r| {
            r.set(3);
            (0..3).for_each(|n| r.int(n));
        },
        b"*3\r\n:0\r\n:1\r\n:2\r\n",
        b"~3\r\n:0\r\n:1\r\n:2\r\n",
    ),
    (
        |r| {
            r.map(3);
            for n in 0..3 {
                r.int(n);
                r.bool(n == 1);
            }
        },
        b"*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:2\r\n:0\r\n",
        b"%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n",
    ),
    (
        |r| {
            r.push(3);
            r.bulk("subscribe");
            r.bulk("a");
            r.int(1);
        },
        b"*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n",
        b">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n",
    ),
    (|r| r.error("-X a"), b"-X a\r\n", b"-X a\r\n"),
    (|r| r.error("\r\nsyntax\r\n error\n"), b"-ERR syntax   error\r\n", b"-ERR syntax   error\r\n"),
    (|r| r.error(""), b"-ERR \r\n", b"-ERR \r\n"),
];

#[test]
fn replies_have_the_shapes_of_the_real_server() {
    for (index, &(write, resp2, resp3)) in GOLDEN.iter().enumerate() {
        for (version, expected) in [(Version::Resp2, resp2), (Version::Resp3, resp3)] {
            let found = written(version, write);
            let text = found.escape_ascii();
            assert_eq!(found, expected, "case {index}, {version:?}: {text}");
        }
    }
}

#[test]
fn an_attribute_is_no_element_of_the_array_it_stands_in() {
    let bytes = written(Version::Resp3, |r| {
        r.array(1);
        r.attribute(1);
        r.bulk("k");
        r.int(1);
        r.int(2);
    });
    assert_eq!(bytes, b"*1\r\n|1\r\n$1\r\nk\r\n:1\r\n:2\r\n");
}

#[test]
fn headers_print_every_size_of_number() {
    for value in [0, 1, 9, 10, 99, 100, 12_345, i64::MAX, -1, -10, i64::MIN] {
        let expected = format!(":{value}\r\n");
        assert_eq!(written(Version::Resp2, |r| r.int(value)), expected.as_bytes());
        let bulk = written(Version::Resp2, |r| r.bulk_int(value));
        assert_eq!(bulk, format!("${}\r\n{value}\r\n", value.to_string().len()).as_bytes());
    }
}

#[test]
fn deferred_headers_land_before_their_elements_however_they_nest() {
    for (version, expected) in [
        (Version::Resp2, &b"*3\r\n:7\r\n*0\r\n*4\r\n:1\r\n*2\r\n:2\r\n:3\r\n:4\r\n:5\r\n"[..]),
        (Version::Resp3, b"*3\r\n:7\r\n~0\r\n%2\r\n:1\r\n*2\r\n:2\r\n:3\r\n:4\r\n:5\r\n"),
    ] {
        let found = written(version, |r| {
            let outer = r.deferred_array();
            r.int(7);
            let empty = r.deferred_set();
            r.resolve(empty, 0);
            let map = r.deferred_map();
            r.int(1);
            let inner = r.deferred_array();
            r.int(2);
            r.int(3);
            r.resolve(inner, 2);
            r.int(4);
            r.int(5);
            r.resolve(map, 2);
            r.resolve(outer, 3);
        });
        assert_eq!(found, expected);
    }
}

#[test]
fn a_big_shared_value_is_not_copied_and_spans_stay_in_order() {
    let (one, two) = (ClientKey(1), ClientKey(2));
    let big = Bytes::from(vec![b'v'; BIG_REPLY]);
    let small = Bytes::from_static(b"small");
    let mut out = Outbox::default();
    for client in [one, one, two, one] {
        let mut reply = Reply::new(&mut out, client, Version::Resp2);
        reply.ok();
        // The deferred header goes in front of spans that exist already.
        let list = reply.deferred_array();
        for value in [&big, &small, &big] {
            let nested = reply.deferred_array();
            reply.bulk_shared(value);
            reply.int(1);
            reply.resolve(nested, 2);
        }
        reply.resolve(list, 3);
        reply.finish();
    }
    assert!(out.bytes.len() < 500, "the arena holds no big value");
    let expected = written(Version::Resp2, |r| {
        r.ok();
        r.array(3);
        for value in [&big, &small, &big] {
            r.array(2);
            r.bulk(value);
            r.int(1);
        }
    });
    assert_eq!(received(&out, one), expected.repeat(3));
    assert_eq!(received(&out, two), expected);
}

#[test]
fn replies_of_one_client_in_a_row_are_one_span() {
    let mut out = Outbox::default();
    for client in [1, 1, 1, 2, 1] {
        Reply::new(&mut out, ClientKey(client), Version::Resp2).ok();
    }
    out.send(ClientKey(1), b"+push\r\n");
    out.send(ClientKey(1), b"");
    assert_eq!(out.spans.len(), 3);
    assert_eq!(received(&out, ClientKey(1)), b"+OK\r\n+OK\r\n+OK\r\n+OK\r\n+push\r\n");
}

#[test]
fn rewinding_takes_back_bytes_spans_and_expectations() {
    let big = Bytes::from(vec![b'v'; BIG_REPLY]);
    let mut out = Outbox::default();
    Reply::new(&mut out, ClientKey(1), Version::Resp2).ok();
    let mut reply = Reply::new(&mut out, ClientKey(1), Version::Resp2);
    reply.array(2);
    reply.int(1);
    let mark = reply.mark();
    for _ in 0..2 {
        reply.array(9);
        reply.bulk_shared(&big);
        reply.bulk_shared(&big);
        let _abandoned = reply.deferred_array();
        reply.rewind(mark.clone());
    }
    reply.int(2);
    reply.finish();
    assert_eq!(received(&out, ClientKey(1)), b"+OK\r\n*2\r\n:1\r\n:2\r\n");
    assert_eq!(out.spans.len(), 1);

    let mut reply = Reply::new(&mut out, ClientKey(2), Version::Resp2);
    let mark = reply.mark();
    reply.bulk_shared(&big);
    reply.rewind(mark);
    reply.finish();
    assert_eq!(received(&out, ClientKey(2)), b"");
    assert_eq!(received(&out, ClientKey(1)), b"+OK\r\n*2\r\n:1\r\n:2\r\n");
}

#[test]
fn golden_replies_decode_and_encode_back() {
    for &(_, resp2, resp3) in GOLDEN {
        for bytes in [resp2, resp3] {
            let mut again = Vec::new();
            Frame::decode(bytes).expect("a reply").encode(&mut again);
            assert_eq!(again, bytes);
        }
    }
}

#[cfg(debug_assertions)]
mod counting {
    use super::*;

    #[test]
    #[should_panic(expected = "unfinished aggregates")]
    fn a_missing_element_is_noticed() {
        written(Version::Resp2, |r| {
            r.map(1);
            r.int(1);
        });
    }

    #[test]
    #[should_panic(expected = "elements of a deferred aggregate")]
    fn a_wrong_deferred_count_is_noticed() {
        written(Version::Resp2, |r| {
            let list = r.deferred_array();
            r.int(1);
            r.resolve(list, 2);
        });
    }

    #[test]
    #[should_panic(expected = "innermost")]
    fn resolving_inside_an_unfinished_array_is_noticed() {
        written(Version::Resp2, |r| {
            let list = r.deferred_array();
            r.array(2);
            r.int(1);
            r.resolve(list, 1);
        });
    }
}
