use proptest::prelude::*;

use super::*;

/// What a stream means: the arguments of its commands, the error at its end, if any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Meaning {
    commands: Vec<Vec<Vec<u8>>>,
    error: Option<Vec<u8>>,
}

impl Meaning {
    fn add(&mut self, turn: &Turn, fed: Fed) {
        for item in &turn.items[fed.first_item as usize..][..fed.items as usize] {
            assert!(self.error.is_none(), "an error is the last item");
            match *item {
                Item::Command { first, count } => {
                    assert!(count > 0);
                    let args = &turn.args[first as usize..][..count as usize];
                    self.commands.push(args.iter().map(|arg| turn.bytes(*arg).to_vec()).collect());
                }
                Item::Broken(error) => self.error = Some(error.text().into_owned()),
            }
        }
    }
}

/// Feeds `pieces` one by one, a new turn for each, and resumes as the contract says.
fn meaning<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, limits: &Limits) -> (Meaning, Parser) {
    let (mut parser, mut turn) = (Parser::default(), Turn::default());
    let mut meaning = Meaning::default();
    for piece in pieces {
        turn.clear();
        turn.arena.extend_from_slice(b"another client's");
        let mut fed = parser.feed(&mut turn, limits, piece);
        meaning.add(&turn, fed);
        while fed.more {
            assert!(fed.items > 0, "no call without progress");
            turn.clear();
            fed = parser.resume(&mut turn, limits);
            meaning.add(&turn, fed);
        }
    }
    (meaning, parser)
}

fn whole(stream: &[u8], limits: &Limits) -> Meaning {
    meaning([stream], limits).0
}

fn command(args: &[&[u8]]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", args.len()).into_bytes();
    for arg in args {
        out.extend(format!("${}\r\n", arg.len()).bytes());
        out.extend_from_slice(arg);
        out.extend_from_slice(b"\r\n");
    }
    out
}

type Golden = (&'static [u8], &'static [&'static [u8]], Option<&'static [u8]>);

/// Streams whose answers were recorded from Redis 7.2.4: the commands' names, and the error.
const GOLDEN: &[Golden] = &[
    (b"*1\r\n$4\r\nPING\r\n*1\r\nx\r\nPING\r\n", &[b"PING"], Some(b"expected '$', got 'x'")),
    (b"*1048577\r\n", &[], None),
    (b"*2147483647\r\n", &[], None),
    (b"*2147483648\r\n", &[], Some(b"invalid multibulk length")),
    (b"*0\r\n*-1\r\n*-5\r\nPING\r\n", &[b"PING"], None),
    (b"*-9223372036854775808\r\nPING\r\n", &[b"PING"], None),
    (b"*-9223372036854775809\r\nPING\r\n", &[], Some(b"invalid multibulk length")),
    (b"*\r\n", &[], Some(b"invalid multibulk length")),
    (b"* 1\r\n", &[], Some(b"invalid multibulk length")),
    (b"*+1\r\n", &[], Some(b"invalid multibulk length")),
    (b"*01\r\n", &[], Some(b"invalid multibulk length")),
    (b"*-0\r\n", &[], Some(b"invalid multibulk length")),
    (b"*1\n$4\r\nPING\r\n", &[], Some(b"invalid multibulk length")),
    (b"*1\rX$4\rYPINGabPING\r\n", &[b"PING", b"PING"], None),
    (b"*1\r\n\r\n", &[], Some(b"expected '$', got ' '")),
    (b"*1\r\n\nx\r\n", &[], Some(b"expected '$', got ' '")),
    (b"*1\r\n\xff\r\n", &[], Some(b"expected '$', got '\xff'")),
    (b"*1\r\n\x01\r\n", &[], Some(b"expected '$', got '\x01'")),
    (b"*1\r\n+4", &[], None),
    (b"*1\r\n+4\r", &[], None),
    (b"*1\r\n+4\rx", &[], Some(b"expected '$', got '+'")),
    (b"*1\r\n\0\r\nPING\r\n", &[], None),
    (b"*1\0\r\nPING\r\n", &[], None),
    (b"PI\0NG\r\nPING\r\n", &[], None),
    (b"*1\r\n$-1\r\n", &[], Some(b"invalid bulk length")),
    (b"*1\r\n$+4\r\nPING\r\n", &[], Some(b"invalid bulk length")),
    (b"*1\r\n$04\r\nPING\r\n", &[], Some(b"invalid bulk length")),
    (b"*1\r\n$00\r\n\r\n", &[], Some(b"invalid bulk length")),
    (b"*1\r\n$4 \r\nPING\r\n", &[], Some(b"invalid bulk length")),
    (b"*1\r\n$\r\n", &[], Some(b"invalid bulk length")),
    (b"*1\r\n$0\r\n\r\n", &[b""], None),
    (b"*1\r\n$536870912\r\n", &[], None),
    (b"*1\r\n$536870913\r\n", &[], Some(b"invalid bulk length")),
    (b"\r\n\n  \r\nPING\r\r\nPING\n", &[b"PING", b"PING"], None),
    (b"ECHO \"a\r\n", &[], Some(b"unbalanced quotes in request")),
    (b"PING\r\nECHO a\"b\"c\r\n", &[b"PING"], Some(b"unbalanced quotes in request")),
    (b" *1\r\n$4\r\n", &[b"*1", b"$4"], None),
];

#[test]
fn streams_mean_what_they_mean_to_the_real_server() {
    for &(stream, names, error) in GOLDEN {
        let found = whole(stream, &Limits::default());
        let found_names: Vec<&[u8]> = found.commands.iter().map(|args| &args[0][..]).collect();
        assert_eq!(found_names, names, "{}", stream.escape_ascii());
        assert_eq!(found.error.as_deref(), error, "{}", stream.escape_ascii());
    }
}

#[test]
fn a_line_may_have_64_kib_before_its_end_and_not_one_byte_more() {
    let fits = |head: &[u8], fill: u8, line: usize, end: &[u8]| {
        let mut stream = head.to_vec();
        stream.resize(head.len() + line, fill);
        stream.extend_from_slice(end);
        whole(&stream, &Limits::default()).error
    };
    let text = |text: &str| Some(text.as_bytes().to_vec());
    for end in [&b""[..], b"\r\n"] {
        assert_eq!(fits(b"", b'a', 65_536, end), None);
        assert_eq!(fits(b"", b'a', 65_538, end), text("too big inline request"));
        assert_eq!(fits(b"", b'*', 65_538, end), text("too big mbulk count string"));
        assert_eq!(fits(b"*1\r\n", b'$', 65_538, end), text("too big bulk count string"));
    }
    assert_eq!(fits(b"", b'*', 65_536, b""), None);
    assert_eq!(fits(b"", b'*', 65_536, b"\r\n"), text("invalid multibulk length"));
    assert_eq!(fits(b"*1\r\n", b'x', 65_536, b"\r\n"), text("expected '$', got 'x'"));
    assert_eq!(fits(b"*1\0\r\n", b'1', 65_533, b""), text("too big mbulk count string"));
    assert_eq!(fits(b"*1\0\r\n", b'1', 65_532, b""), None);
}

#[test]
fn before_authentication_requests_are_small_and_come_one_by_one() {
    let trusted = Limits::default();
    let limits = trusted.untrusted();
    let error = |stream: &[u8]| {
        whole(stream, &limits).error.map(|text| String::from_utf8(text).expect("plain text"))
    };
    assert_eq!(error(b"*10\r\n"), None);
    assert_eq!(error(b"*11\r\n").as_deref(), Some("unauthenticated multibulk length"));
    assert_eq!(error(b"*2147483648\r\n").as_deref(), Some("invalid multibulk length"));
    assert_eq!(error(b"*1\r\n$16384\r\n"), None);
    assert_eq!(error(b"*1\r\n$16385\r\n").as_deref(), Some("unauthenticated bulk length"));
    assert_eq!(error(b"*1\r\n$536870913\r\n").as_deref(), Some("invalid bulk length"));

    let (mut parser, mut turn) = (Parser::default(), Turn::default());
    let fed = parser.feed(&mut turn, &limits, b"*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n*11\r\n");
    assert_eq!((fed.items, fed.more), (1, true));
    let fed = parser.resume(&mut turn, &trusted);
    assert_eq!((fed.items, fed.more, parser.is_broken()), (0, false, false));
}

#[test]
fn after_an_error_nothing_is_parsed_or_kept() {
    let (mut parser, mut turn) = (Parser::default(), Turn::default());
    parser.feed(&mut turn, &Limits::default(), b"*x\r\nPING\r\n");
    assert!(parser.is_broken());
    for _ in 0..2 {
        let arena = turn.arena.len();
        let fed = parser.feed(&mut turn, &Limits::default(), b"PING\r\n");
        assert_eq!((fed.items, fed.more, turn.arena.len()), (0, false, arena));
        assert_eq!((parser.query_bytes(), parser.incomplete_bytes()), (0, 0));
    }
}

#[test]
fn claimed_lengths_allocate_a_bounded_amount() {
    for stream in [&b"*1000000\r\n"[..], b"*1\r\n$500000000\r\n", b"*2\r\n$500000000\r\nabc"] {
        let (parser, turn) = {
            let (mut parser, mut turn) = (Parser::default(), Turn::default());
            parser.feed(&mut turn, &Limits::default(), stream);
            (parser, turn)
        };
        let big = parser.big.as_ref().map_or(0, |big| big.bytes.capacity());
        let held = parser.pending.capacity() + parser.args.capacity() * 12 + big;
        assert!(
            held <= CLAIM_MAX + 2 * READ_CHUNK,
            "{held} bytes held for {}",
            stream.escape_ascii()
        );
        assert!(turn.args.capacity() < 64 && turn.arena.capacity() <= 2 * READ_CHUNK);
    }
}

#[test]
fn a_big_argument_is_read_into_its_own_buffer_and_not_beyond_its_end() {
    let value: Vec<u8> = (0..300_000u32).map(|n| n as u8).collect();
    let stream = [command(&[b"SET", b"key", &value]), b"PING\r\n".to_vec()].concat();
    let (mut parser, mut turn) = (Parser::default(), Turn::default());
    let (mut rest, mut reads) = (&stream[..], Vec::new());
    while !rest.is_empty() {
        let fed = parser.read(&mut turn, &Limits::default(), READ_CHUNK, |buf, max| {
            assert!(buf.capacity() - buf.len() >= max);
            assert!(buf.capacity() <= 2 * buf.len().max(CLAIM_MAX), "growth follows arrival");
            let (now, later) = rest.split_at(max.min(rest.len()));
            buf.extend_from_slice(now);
            rest = later;
            Ok::<_, ()>(())
        });
        reads.push(fed.expect("no error").read);
    }
    assert_eq!(reads.last(), Some(&6), "the big read stopped where the argument ended");
    assert_eq!(turn.items.len(), 2);
    assert_eq!(turn.args[2], ArgRef::Owned(0));
    assert_eq!(turn.bytes(turn.args[2]), value);
    assert!(turn.arena.len() < 2 * READ_CHUNK, "the value is not in the arena too");
}

#[test]
fn big_arguments_of_several_commands_and_clients_share_a_turn() {
    let value = |fill: u8| vec![fill; BIG_ARGUMENT + usize::from(fill)];
    let (one, two, three) = (value(b'1'), value(b'2'), value(b'3'));
    let mut turn = Turn::default();
    for _client in 0..2 {
        let mut parser = Parser::default();
        for args in [[&one[..], &two], [&three, &one]] {
            for piece in command(&args).chunks(5000) {
                parser.feed(&mut turn, &Limits::default(), piece);
            }
        }
    }
    let found: Vec<&[u8]> = turn.args.iter().map(|arg| turn.bytes(*arg)).collect();
    assert!(found == [&one[..], &two, &three, &one].repeat(2), "each command has its own values");
    assert_eq!((turn.items.len(), turn.owned.len()), (4, 8));
}

#[test]
fn a_failed_read_loses_nothing() {
    let (mut parser, mut turn) = (Parser::default(), Turn::default());
    for (bytes, expected) in [(&b"PI"[..], 0), (b"NG\r\nPI", 0), (b"NG\r\n", 2)] {
        let failing = expected == 0;
        let result = parser.read(&mut turn, &Limits::default(), READ_CHUNK, |buf, _| {
            buf.extend_from_slice(bytes);
            if failing { Err("reset") } else { Ok(()) }
        });
        assert_eq!(result.map_or(0, |fed| fed.items), expected);
        assert_eq!(turn.items.len() as u32, expected);
    }
}

#[test]
fn a_gigantic_command_of_small_arguments_leaves_the_pending_buffer() {
    let args: Vec<Vec<u8>> =
        (0..20_000).map(|n| vec![n as u8; if n % 5000 == 7 { BIG_ARGUMENT } else { 30 }]).collect();
    let borrowed: Vec<&[u8]> = args.iter().map(|arg| &arg[..]).collect();
    let stream = [command(&borrowed), command(&[b"PING"]), b"*2".to_vec()].concat();
    assert!(stream.len() > 3 * SPILL);
    let (mut parser, mut turn) = (Parser::default(), Turn::default());
    let (mut meaning, mut fed_bytes) = (Meaning::default(), 0);
    for piece in stream.chunks(1000) {
        let fed = parser.feed(&mut turn, &Limits::default(), piece);
        meaning.add(&turn, fed);
        fed_bytes += piece.len();
        if meaning.commands.is_empty() {
            assert_eq!(parser.incomplete_bytes(), fed_bytes as u64);
            assert!(parser.pending.len() <= SPILL + 2 * BIG_ARGUMENT);
        }
    }
    assert_eq!(meaning.commands, [args, vec![b"PING".to_vec()]]);
    assert_eq!(parser.incomplete_bytes(), 2);
}

#[test]
fn accounting_splits_bytes_between_query_buffer_and_arguments() {
    let mut parser = Parser::default();
    let mut turn = Turn::default();
    parser.feed(&mut turn, &Limits::default(), b"*3\r\n$3\r\nSET\r\n$5\r\nab");
    assert_eq!(
        (parser.query_bytes(), parser.argument_bytes(), parser.incomplete_bytes()),
        (2, 3, 19)
    );
    parser.feed(&mut turn, &Limits::default(), b"cde\r\n$100000\r\nabc");
    assert_eq!((parser.query_bytes(), parser.argument_bytes()), (3, 8));
    parser.feed(&mut turn, &Limits::default(), &[b'x'; 99_999]);
    assert_eq!((parser.query_bytes(), parser.argument_bytes()), (0, 0));
    assert_eq!((turn.items.len(), turn.arena.len() < 100), (1, true));
}

#[test]
fn byte_by_byte_the_search_for_line_ends_is_linear() {
    let long = [&b"\"x\" "[..], &[b'y'; 60_000]].concat();
    let mut stream = [&long[..], b"\r\n"].concat();
    stream.extend(command(&[&b"MSET"[..]; 200]));
    stream.extend_from_slice(b"*1\r\n$");
    stream.extend_from_slice(&[b'1'; 60_000]);
    let (mut parser, mut turn, mut work) = (Parser::default(), Turn::default(), 0);
    for byte in stream.chunks(1) {
        turn.clear();
        let before = parser.framer.work;
        parser.feed(&mut turn, &Limits::default(), byte);
        work += parser.framer.work.saturating_sub(before);
    }
    assert!(work <= 4 * stream.len() as u64, "{work} bytes looked at for {}", stream.len());
}

#[test]
fn a_parser_keeps_its_buffers_until_they_are_taken() {
    let mut parser = Parser::default();
    let mut turn = Turn::default();
    assert_eq!(parser.query_bytes_free(), 0);
    for byte in command(&[b"SET", b"k", &[b'v'; 40_000]]).chunks(1000) {
        parser.feed(&mut turn, &Limits::default(), byte);
    }
    // Room for the next incomplete command, and for the next argument of the same size.
    assert_eq!((turn.items.len(), parser.query_bytes_free()), (1, READ_CHUNK + 40_002));
    parser.shrink(READ_CHUNK);
    assert_eq!(parser.query_bytes_free(), READ_CHUNK);
    parser.shrink(0);
    assert_eq!((parser.query_bytes_free(), parser.args.capacity()), (0, 0));
}

#[test]
fn a_stored_argument_does_not_pin_the_room_of_a_larger_one() {
    let (mut parser, mut turn) = (Parser::default(), Turn::default());
    for size in [1_000_000, 40_000] {
        turn.clear();
        let text = command(&[b"SET", b"k", &vec![b'v'; size]]);
        for piece in text.chunks(10_000) {
            let Parser { big, .. } = &parser;
            assert!(big.as_ref().is_none_or(|big| big.bytes.capacity() <= size + 2));
            parser.feed(&mut turn, &Limits::default(), piece);
        }
    }
    assert!(parser.query_bytes_free() <= 40_002 + 2 * READ_CHUNK);
}

#[test]
fn shrinking_in_the_middle_of_a_command_loses_nothing() {
    let value: Vec<u8> = (0..100_000u32).map(|n| n as u8).collect();
    let (mut parser, mut turn) = (Parser::default(), Turn::default());
    for piece in command(&[b"SET", b"k", &value]).chunks(777) {
        parser.shrink(0);
        parser.feed(&mut turn, &Limits::default(), piece);
    }
    assert_eq!(turn.bytes(turn.args[2]), value);
}

/// Bytes that are often close to the protocol.
fn fragment() -> impl Strategy<Value = Vec<u8>> {
    let arg = prop_oneof![
        8 => prop::collection::vec(any::<u8>(), 0..120),
        1 => prop::collection::vec(any::<u8>(), 1000..3000),
        1 => (BIG_ARGUMENT - 2..BIG_ARGUMENT + 9, any::<u8>()).prop_map(|(n, b)| vec![b; n]),
    ];
    prop_oneof![
        8 => prop::collection::vec(arg, 1..6).prop_map(|args| {
            command(&args.iter().map(|arg| &arg[..]).collect::<Vec<_>>())
        }),
        3 => r#"[ a-d"'\\x01\t]{0,20}\r?\n"#.prop_map(String::into_bytes),
        1 => prop::sample::select(GOLDEN).prop_map(|(stream, ..)| stream.to_vec()),
        1 => "[*$0-9\r\n -]{0,12}".prop_map(String::into_bytes),
    ]
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(fragment(), 0..12).prop_map(|fragments| fragments.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_cut_of_a_stream_means_the_same(
        stream in stream(),
        cuts in prop::collection::vec(1usize..5000, 1..40),
        small in 1usize..40,
        max_commands in prop_oneof![Just(1), Just(2), Just(u32::MAX)],
        authenticated in any::<bool>(),
    ) {
        let limits = Limits { max_commands, authenticated, ..Limits::default() };
        let (expected, parser) = meaning([&stream[..]], &limits);
        let left = parser.incomplete_bytes();

        let (mut rest, mut pieces) = (&stream[..], Vec::new());
        for cut in cuts.iter().cycle() {
            if rest.is_empty() { break; }
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            pieces.push(now);
            rest = later;
        }
        let (found, parser) = meaning(pieces, &limits);
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(parser.incomplete_bytes(), left);

        let (found, parser) = meaning(stream.chunks(small), &limits);
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(parser.incomplete_bytes(), left);
    }

    #[test]
    fn encoded_commands_come_back(
        commands in prop::collection::vec(
            prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..20), 0..20),
        cut in 1usize..600,
    ) {
        let encode = |args: &Vec<Vec<u8>>| {
            command(&args.iter().map(|arg| &arg[..]).collect::<Vec<_>>())
        };
        let stream: Vec<u8> = commands.iter().flat_map(encode).collect();
        let (found, parser) = meaning(stream.chunks(cut), &Limits::default());
        prop_assert_eq!(found, Meaning { commands, error: None });
        prop_assert_eq!(parser.incomplete_bytes(), 0);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        whole(&bytes, &Limits::default());
    }
}
