use proptest::prelude::*;

use super::*;
use crate::resp::parse::{Limits, Parser};

fn frames(pieces: impl IntoIterator<Item = Vec<u8>>) -> Result<(Vec<Frame>, bool), FrameError> {
    let (mut decoder, mut found) = (Decoder::default(), Vec::new());
    for piece in pieces {
        let mut input = &piece[..];
        while let Some(frame) = decoder.next(&mut input)? {
            found.push(frame);
        }
    }
    Ok((found, decoder.is_idle()))
}

#[test]
fn malformed_replies_are_errors() {
    for (bytes, error) in [
        (&b"x\r\n"[..], FrameError::UnknownType(b'x')),
        (b"\r\n", FrameError::BadEnd),
        (b"+OK\n", FrameError::BadEnd),
        (b":1a\r\n", FrameError::BadNumber),
        (b":01\r\n", FrameError::BadNumber),
        (b"$-2\r\n", FrameError::BadNumber),
        (b"*-2\r\n", FrameError::BadNumber),
        (b"%-1\r\n", FrameError::BadNumber),
        (b"%9223372036854775807\r\n:1\r\n", FrameError::BadEnd),
        (b"#x\r\n", FrameError::BadNumber),
        (b"_x\r\n", FrameError::BadNumber),
        (b"$2\r\nabcd", FrameError::BadEnd),
        (b"=3\r\ntxt\r\n", FrameError::BadNumber),
        (b"=4\r\ntext\r\n", FrameError::BadEnd),
        (b"$5\r\nab", FrameError::BadEnd),
    ] {
        assert_eq!(Frame::decode(bytes), Err(error), "{}", bytes.escape_ascii());
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| [b"*1\r\n".repeat(depth), b":1\r\n".to_vec()].concat();
    assert!(Frame::decode(&nested(DEPTH_MAX)).is_ok());
    assert_eq!(Frame::decode(&nested(DEPTH_MAX + 1)), Err(FrameError::TooDeep));
}

#[test]
fn claimed_lengths_allocate_little() {
    for header in [&b"*1000000000\r\n"[..], b"%1000000000\r\n", b"$500000000\r\nabc"] {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.next(&mut &header[..]), Ok(None));
        assert!(decoder.partial.capacity() <= RESERVE_MAX);
        assert!(decoder.stack.iter().all(|open| open.items.capacity() == 0));
    }
}

#[test]
fn an_attribute_inside_an_aggregate_is_an_item_beside_the_counted_ones() {
    let bytes = b"*2\r\n|1\r\n+k\r\n:1\r\n:2\r\n:3\r\n";
    let attribute = Frame::Attribute(vec![Frame::Status(b"k".to_vec()), Frame::Int(1)]);
    let frame = Frame::Array(vec![attribute, Frame::Int(2), Frame::Int(3)]);
    assert_eq!(Frame::decode(bytes), Ok(frame.clone()));
    let mut again = Vec::new();
    frame.encode(&mut again);
    assert_eq!(again, bytes);
}

fn frame() -> impl Strategy<Value = Frame> {
    let line = || "[ -~]{0,20}".prop_map(String::into_bytes);
    let bytes = || prop::collection::vec(any::<u8>(), 0..40);
    let leaf = prop_oneof![
        line().prop_map(Frame::Status),
        line().prop_map(Frame::Error),
        any::<i64>().prop_map(Frame::Int),
        bytes().prop_map(Frame::Bulk),
        Just(Frame::NullBulk),
        Just(Frame::NullArray),
        Just(Frame::Null),
        any::<bool>().prop_map(Frame::Bool),
        line().prop_map(Frame::Double),
        line().prop_map(Frame::BigNumber),
        bytes().prop_map(|text| Frame::Verbatim(*b"txt", text)),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let list = || prop::collection::vec(inner.clone(), 0..6);
        let pairs = || {
            list().prop_map(|mut items| {
                items.truncate(items.len() / 2 * 2);
                items
            })
        };
        prop_oneof![
            list().prop_map(Frame::Array),
            list().prop_map(Frame::Set),
            list().prop_map(Frame::Push),
            pairs().prop_map(Frame::Map),
        ]
    })
}

proptest! {
    #[test]
    fn frames_come_back_from_any_cut(
        frames_in in prop::collection::vec(frame(), 0..6),
        cut in 1usize..30,
    ) {
        let mut bytes = Vec::new();
        frames_in.iter().for_each(|frame| frame.encode(&mut bytes));
        let whole = frames([bytes.clone()]);
        prop_assert_eq!(&whole, &Ok((frames_in, true)));
        prop_assert_eq!(frames(bytes.chunks(cut).map(<[u8]>::to_vec)), whole);
    }

    #[test]
    fn arbitrary_bytes_never_panic_and_mean_the_same_when_cut(
        bytes in prop_oneof![prop::collection::vec(any::<u8>(), 0..200),
            "[*$%~>|=+:,_#()0-9\r\n -]{0,60}".prop_map(String::into_bytes),
            "([*$%~|:+][0-3]\r\n){0,20}".prop_map(String::into_bytes)],
        cut in 1usize..30,
    ) {
        prop_assert_eq!(frames(bytes.chunks(cut).map(<[u8]>::to_vec)), frames([bytes]));
    }

    #[test]
    fn propagated_commands_parse_back(
        args in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..100), 1..20),
    ) {
        let mut bytes = Vec::new();
        command(&mut bytes, &args);
        let mut turn = Turn::default();
        let fed = Parser::default().feed(&mut turn, &Limits::default(), &bytes);
        prop_assert_eq!(fed.items, 1);
        let found: Vec<&[u8]> = turn.args.iter().map(|arg| turn.bytes(*arg)).collect();
        prop_assert_eq!(found, args.iter().map(|arg| &arg[..]).collect::<Vec<_>>());
        let mut again = Vec::new();
        command_of(&mut again, &turn, &turn.args);
        prop_assert_eq!(again, bytes);
    }
}
