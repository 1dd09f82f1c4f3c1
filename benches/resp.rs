//! Cost of framing requests and of writing replies, per command.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use ferrous::base::id::ClientKey;
use ferrous::resp::encode::{Reply, Version};
use ferrous::resp::frame;
use ferrous::resp::outbox::Outbox;
use ferrous::resp::parse::{Limits, Parser};
use ferrous::resp::turn::Turn;

fn main() {
    divan::main();
}

/// Requests as `redis-benchmark` sends them.
fn pipeline(name: &str, commands: usize) -> Vec<u8> {
    let mut stream = Vec::new();
    for n in 0..commands {
        let key = format!("key:{n:012}");
        match name {
            "SET" => frame::command(&mut stream, &["SET", &key, "valuevaluevalue."]),
            "GET" => frame::command(&mut stream, &["GET", &key]),
            "MSET of 10" => {
                let mut args = vec!["MSET"];
                args.extend([key.as_str(), "valuevaluevalue."].repeat(10));
                frame::command(&mut stream, &args);
            }
            _ => stream.extend_from_slice(b"PING\r\n"),
        }
    }
    stream
}

/// A pipeline that arrives in one read.
#[divan::bench(args = ["SET", "GET", "MSET of 10", "inline PING"])]
fn framed_in_one_read(bencher: Bencher<'_, '_>, name: &str) {
    framed(bencher, name, usize::MAX);
}

/// The same in reads of 1000 bytes: nearly every read ends inside a command.
#[divan::bench(args = ["SET", "GET", "MSET of 10", "inline PING"])]
fn framed_in_short_reads(bencher: Bencher<'_, '_>, name: &str) {
    framed(bencher, name, 1000);
}

fn framed(bencher: Bencher<'_, '_>, name: &str, piece: usize) {
    const COMMANDS: usize = 64;
    let stream = pipeline(name, COMMANDS);
    let (mut parser, mut turn, limits) = (Parser::default(), Turn::default(), Limits::default());
    bencher.counter(ItemsCount::new(COMMANDS)).bench_local(|| {
        turn.clear();
        for piece in stream.chunks(piece.min(stream.len())) {
            black_box(parser.feed(&mut turn, &limits, black_box(piece)));
        }
        assert_eq!(turn.items.len(), COMMANDS);
    });
}

/// Replies of a pipeline.
#[divan::bench(args = ["+OK", "bulk of 16", "null", "int", "array of 10"])]
fn written(bencher: Bencher<'_, '_>, name: &str) {
    const COMMANDS: usize = 64;
    let mut out = Outbox::default();
    bencher.counter(ItemsCount::new(COMMANDS)).bench_local(|| {
        out.clear();
        for n in 0..COMMANDS as i64 {
            let mut reply = Reply::new(&mut out, ClientKey(1), black_box(Version::Resp2));
            match name {
                "+OK" => reply.ok(),
                "bulk of 16" => reply.bulk(black_box(b"valuevaluevalue.")),
                "null" => reply.null(),
                "int" => reply.int(black_box(n)),
                _ => {
                    reply.array(10);
                    (0..10).for_each(|_| reply.bulk(black_box(b"valuevaluevalue.")));
                }
            }
            reply.finish();
        }
        black_box(&mut out);
    });
}
