//! Commands inside of scripts, and what scripts make of the replies.

use crate::support::random::Random;

/// Scripts that run their arguments as a command.
const SCRIPTS: &[&str] = &[
    "return redis.call(unpack(ARGV))",
    "return redis.call(unpack(ARGV))",
    "return redis.pcall(unpack(ARGV))",
    "redis.pcall('SET', 's:1', 'by a script') return redis.call(unpack(ARGV))",
    "local r = redis.pcall(unpack(ARGV))
     return {r, {1, {r, {}}, 'x', {ok = 'fine'}}, false, {err = 'MINE it is'}, 3.7, true, r, nil, 1}",
    "redis.setresp(3) return redis.pcall(unpack(ARGV))",
    "redis.setresp(3) local r = redis.pcall(unpack(ARGV))
     return {{double = 1.5}, {map = {a = r}}, {set = {x = true}}, {big_number = '123'}, r,
             {verbatim_string = {format = 'txt', string = 'v'}}, false, true}",
    "local r = redis.pcall(unpack(ARGV))
     if type(r) ~= 'table' then return {type(r), tostring(r)} end
     return {#r, r.err or 'no error', r.ok or 'no status', type(r[1]), type(r[2])}",
    "local fine, r = pcall(redis.call, unpack(ARGV))
     if fine then return {'fine', r} end
     return {type(r), type(r) == 'table' and r.err or r}",
    "return redis.error_reply((redis.pcall(unpack(ARGV)) or {}).err or 'nothing wrong')",
    "return redis.status_reply((redis.pcall(unpack(ARGV)) or {}).ok or 'NONE')",
    // Anything else that is thrown ends 7.2.4. Line ends of a thrown text are written as they are:
    // behind a whole one the rest would be no reply.
    "local r = redis.pcall(unpack(ARGV))
     if type(r) == 'string' then r = r:gsub('\\r\\n', '.') end
     if type(r) == 'string' or type(r) == 'number' or type(r) == 'table' and r.err then error(r) end
     return 'nothing to throw'",
    "return (redis.pcall(unpack(ARGV)))[2]",
    "local r = redis.pcall(unpack(ARGV)) return {map = {key = r}}",
    "local r = redis.pcall(unpack(ARGV)) return r .. '!'",
];

/// Scripts that turn a reply into a text. An older peer writes other digits into it.
const ENCODERS: &[&str] = &[
    "local r = redis.pcall(unpack(ARGV))
     if type(r) == 'table' and (r.err or r.ok) then return r end
     return cjson.encode(r)",
    "local r = redis.pcall(unpack(ARGV))
     if type(r) == 'table' and (r.err or r.ok) then return r end
     return cmsgpack.pack(r)",
    "local r = redis.pcall(unpack(ARGV))
     if type(r) == 'table' and (r.err or r.ok) then return r end
     return cmsgpack.unpack(cmsgpack.pack({r, {r}, 1}))",
    "local r = {} for at, word in ipairs(ARGV) do r[at] = word end return cjson.decode(cjson.encode(r))",
];

/// How many words come before the command.
const BEFORE: usize = 3;

/// A script that runs the command.
pub(crate) fn wrap(words: &[Vec<u8>], random: &mut Random, old: bool) -> Vec<Vec<u8>> {
    let script = match !old && random.one_in(4) {
        true => random.pick(ENCODERS),
        false => random.pick(SCRIPTS),
    };
    let before = [b"EVAL".to_vec(), script.as_bytes().to_vec(), b"0".to_vec()];
    before.into_iter().chain(words.iter().cloned()).collect()
}

/// The command that a script runs, or that stands alone.
pub(crate) fn inner(words: &[Vec<u8>]) -> &[Vec<u8>] {
    if words.len() > BEFORE && words[0] == b"EVAL" { &words[BEFORE..] } else { words }
}

/// True if the script has the sets of a reply as sets.
pub(crate) fn sees_sets(words: &[Vec<u8>]) -> bool {
    words.len() > BEFORE && words[0] == b"EVAL" && words[1].starts_with(b"redis.setresp(3)")
}
