//! The body of a fuzz target: any bytes become libraries that are restored.

use crate::scripting::fuzz::{payload_of, sources_of};
use crate::sim::Sim;

const FLUSH: Option<&str> = Some("FLUSH");

/// Restores libraries of these names over others, by every policy. They are restored whole or not
/// at all, and what is dumped then can be restored.
///
/// # Panics
/// If a property does not hold.
pub fn function_restore(data: &[u8]) {
    let sources = sources_of(data);
    let tame: Vec<Vec<u8>> = sources.iter().map(|source| tame(source)).collect();
    for (policy, compress) in [(None, false), (Some("REPLACE"), true), (FLUSH, false)] {
        let mut sim = Sim::seed(1);
        let first = "#!lua name=first\nredis.register_function('f1', function() return 1 end)";
        restore(&mut sim, &payload_of(&[first.into()], compress), FLUSH).expect("a library");
        let before = dump(&mut sim);
        match restore(&mut sim, &payload_of(&tame, compress), policy) {
            Err(text) => {
                assert!(text.starts_with("-ERR "), "{text}");
                assert_eq!(dump(&mut sim), before, "restored in part");
            }
            Ok(()) => {
                let after = dump(&mut sim);
                restore(&mut sim, &after, FLUSH).expect("what was dumped can be restored");
                assert_eq!(dump(&mut sim), after);
            }
        }
    }
}

/// The first line of a source with code behind it that ends. Which function it registers is up to
/// the rest of the source, so that some register the same.
fn tame(source: &[u8]) -> Vec<u8> {
    let end = memchr::memchr(b'\n', source).unwrap_or(source.len());
    let number = source.len() % 5;
    let code = match number {
        0 => "error('no')".to_owned(),
        _ => format!("redis.register_function('f{number}', function() return 1 end)"),
    };
    [&source[..end], b"\n", code.as_bytes()].concat()
}

/// `policy`: none is the default, which keeps what is there.
fn restore(sim: &mut Sim, payload: &[u8], policy: Option<&str>) -> Result<(), String> {
    let count = 3 + policy.iter().len();
    let head = format!("*{count}\r\n$8\r\nFUNCTION\r\n$7\r\nRESTORE\r\n${}\r\n", payload.len());
    let tail = policy.map_or(String::new(), |policy| format!("${}\r\n{policy}\r\n", policy.len()));
    let tail = format!("\r\n{tail}");
    sim.send(0, &[head.as_bytes(), payload, tail.as_bytes()].concat());
    match sim.received(0).as_slice() {
        b"+OK\r\n" => Ok(()),
        text => Err(String::from_utf8_lossy(text).into_owned()),
    }
}

/// The payload of all libraries.
fn dump(sim: &mut Sim) -> Vec<u8> {
    let reply = sim.ask("FUNCTION DUMP").0;
    let start = memchr::memchr(b'\n', &reply).expect("a bulk string") + 1;
    reply[start..reply.len() - 2].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::prng::Prng;

    #[test]
    fn corpus_of_payloads() {
        let folder = format!("{}/fuzz/corpus/function_restore", env!("CARGO_MANIFEST_DIR"));
        let mut seeds = 0;
        for entry in std::fs::read_dir(&folder).expect("the corpus is committed") {
            let path = entry.expect("a readable folder").path();
            function_restore(&std::fs::read(path).expect("a readable seed"));
            seeds += 1;
        }
        assert!(seeds >= 10, "{folder} has {seeds} seeds");
    }

    #[test]
    fn random_damage_breaks_nothing() {
        let sources: Vec<Vec<u8>> = (0..4)
            .map(|n| format!("#!lua name=l{n}\n{}", "-".repeat(n * 17)).into_bytes())
            .collect();
        let payload = payload_of(&sources, true);
        let mut prng = Prng::from_seed(5);
        for _ in 0..40 {
            let mut data = payload[..payload.len() - 10].to_vec();
            for _ in 0..3 {
                let at = prng.next_u64() as usize % data.len();
                data[at] = prng.next_u64() as u8;
            }
            function_restore(&data);
        }
    }
}
