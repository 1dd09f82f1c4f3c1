//! The libraries of scripts beside those of a real Redis: the same results, the same errors.
//!
//! `FERROUS_DIFF_SCRIPTS` sets the number of scripts, `FERROUS_DIFF_SEED` the seed (a number or
//! `fresh`), `FERROUS_PEER` the oracle and `FERROUS_SERVER` the server under test.

use generate::Generator;
use support::client::{Client, PATIENCE};
use support::process::{self, Launch, Server};
use support::{peers, quote};

mod generate;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "each test program uses a part of the shared code")]
mod support;

/// Shows values with their types, tables in their own order, numbers and strings exactly.
const PRELUDE: &str = r#"
local c = cjson.new()
local NULL = cjson.null
local show
local function text(s)
    return '"' .. s:gsub('[^%w ]', function(b) return string.format('\\%03d', b:byte()) end) .. '"'
end
function show(v, depth)
    local kind = type(v)
    if kind == 'string' then return text(v) end
    if kind == 'number' then return string.format('%.17g', v) end
    if kind == 'table' then
        if depth > 40 then return '...' end
        local out, ordered = {}, true
        for k, e in pairs(v) do
            out[#out + 1] = show(k, depth + 1) .. '=' .. show(e, depth + 1)
            ordered = ordered and type(k) ~= 'table'
        end
        -- Where a key that is a table stands is a matter of its address.
        if not ordered then table.sort(out) end
        return '{' .. table.concat(out, ',') .. '}'
    end
    if v == NULL then return 'NULL' end
    return kind == 'boolean' and tostring(v) or kind
end
local function all(...)
    local out = {}
    for i = 1, select('#', ...) do out[i] = show((select(i, ...)), 0) end
    return table.concat(out, ' ')
end
"#;

/// A call in one of the ways in which the library is told who called.
fn statement(generator: &mut Generator) -> String {
    let (function, args) = generator.call();
    let (library, name) = function.split_once('.').expect("a function of a library");
    // A library that is packed itself shows that its table is a view of the one behind.
    let packed = function == "cmsgpack.pack";
    match generator.random().below(8) {
        0 => format!("pcall({function}{}{args})", if args.is_empty() { "" } else { ", " }),
        1 if !packed => format!("pcall(function() return {library}:{name}({args}) end)"),
        2 => format!("pcall(function() local own = {function}; return (own({args})) end)"),
        3..=4 => format!("pcall(function() return {function}({args}) end)"),
        _ => format!("pcall(function()\n return all({function}({args}))\n end)"),
    }
}

/// A script, and the calls it is made of.
fn script(generator: &mut Generator) -> (String, Vec<String>) {
    if generator.random().one_in(8) {
        // What comes back by itself, errors as replies included.
        let (function, args) = generator.call();
        let call = format!("return {function}({args})");
        return (format!("local c = cjson.new()\n{call}"), vec![call]);
    }
    let calls: Vec<_> = (0..10).map(|_| statement(generator)).collect();
    let items: Vec<_> = calls.iter().map(|call| format!("out[#out + 1] = all({call})")).collect();
    (format!("{PRELUDE}local out = {{}}\n{}\nreturn out", items.join("\n")), calls)
}

struct Side {
    _server: Server,
    client: Client,
}

impl Side {
    fn start(binary: impl Into<std::path::PathBuf>) -> Self {
        let server = Launch::new(binary).start();
        let client = server.client();
        Self { _server: server, client }
    }

    fn eval(&mut self, script: &str) -> String {
        let words = [b"EVAL".to_vec(), script.as_bytes().to_vec(), b"0".to_vec()];
        self.client.send(&quote::request(&words));
        match self.client.reply(PATIENCE) {
            Ok(node) => quote::escape(&node.render()),
            Err(end) => panic!("{end:?} instead of a reply to\n{script}"),
        }
    }
}

fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

#[test]
fn libraries_equal_those_of_a_real_redis() {
    let Some(oracle) = peers::redis_server() else { return };
    let count: u64 = setting("FERROUS_DIFF_SCRIPTS", "1500").parse().expect("a number");
    let seed = match &*setting("FERROUS_DIFF_SEED", "1") {
        "fresh" => std::process::id().into(),
        text => text.parse::<u64>().expect("a number"),
    };
    let (mut peer, mut ours) = (Side::start(oracle), Side::start(process::under_test()));
    for number in 0..count {
        let mut generator = Generator::new(seed.wrapping_add(number << 32));
        let (script, calls) = script(&mut generator);
        let (left, right) = (peer.eval(&script), ours.eval(&script));
        if left == right {
            continue;
        }
        // Which call it was.
        for call in &calls {
            let alone = match calls.len() {
                1 => script.clone(),
                _ => format!("{PRELUDE}return all({call})"),
            };
            let (left, right) = (peer.eval(&alone), ours.eval(&alone));
            assert_eq!(left, right, "seed {seed}, script {number}: peer left, ours right\n{call}");
        }
        panic!("seed {seed}, script {number}\n{script}\n  peer {left}\n  ours {right}");
    }
    eprintln!("{count} scripts, seed {seed}: no difference");
}
