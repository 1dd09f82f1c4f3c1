use crate::config::Config;
use crate::keyspace::changes::Targets;
use crate::keyspace::event::Class;
use crate::scripting::Machine;
use crate::sim::Sim;

fn propagated(sim: &mut Sim) -> String {
    let text = |argv: Vec<bytes::Bytes>| String::from_utf8_lossy(&argv.join(&b' ')).into_owned();
    sim.engine.take_propagated().into_iter().map(text).collect::<Vec<_>>().join("\n")
}

/// A simulation in which a look at the clock takes 20 ms, and 50 ms are long.
fn slow() -> Sim {
    let sim = Sim::with_config(3, Config { busy_reply_threshold: 50, ..Config::default() });
    sim.world.borrow_mut().look_us = 20_000;
    sim
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn what_a_script_changes_is_propagated_as_one_and_the_script_is_not() {
    let mut sim = Sim::seed(1);
    sim.engine.record_effects(Class::NONE);
    sim.ask("EVAL \"redis.call('SET','a',1) redis.call('GET','a') redis.call('INCR','a')\" 0");
    assert_eq!(propagated(&mut sim), "MULTI\nSET a 1\nINCR a\nEXEC");
    sim.ask("EVAL \"return redis.call('SPOP', 'none')\" 0").is("$-1\r\n");
    assert_eq!(propagated(&mut sim), "");
    sim.ask("EVAL \"redis.call('SELECT',2) redis.call('SET','b',1)\" 0");
    assert_eq!(propagated(&mut sim), "SET b 1");
    sim.ask("EVAL \"redis.set_repl(redis.REPL_NONE) redis.call('SET','c',1)\" 0");
    assert_eq!(propagated(&mut sim), "");
    sim.ask("EVAL \"redis.call('SET','d',1) error('late')\" 0");
    assert_eq!(propagated(&mut sim), "SET d 1", "what was done stays done");
    sim.ask("GET c").is("$1\r\n1\r\n");
}

#[test]
fn what_nobody_takes_makes_no_transaction() {
    let mut sim = Sim::seed(1);
    sim.engine.record_effects(Class::NONE);
    sim.engine.changes.takers = Targets::LOG;
    sim.ask("EVAL \"redis.call('PUBLISH','c','m') redis.call('SET','a',1)\" 0");
    assert_eq!(propagated(&mut sim), "SET a 1");
    sim.ask("EVAL \"redis.call('PUBLISH','c','m')\" 0");
    assert_eq!(propagated(&mut sim), "");
    sim.engine.changes.takers = Targets::REPLICAS;
    sim.ask("EVAL \"redis.call('PUBLISH','c','m') redis.call('SET','a',1)\" 0");
    assert_eq!(propagated(&mut sim), "MULTI\nPUBLISH c m\nSET a 1\nEXEC");
}

#[test]
fn a_change_of_libraries_is_propagated_as_it_was_sent() {
    let mut sim = Sim::seed(1);
    sim.engine.record_effects(Class::NONE);
    let load =
        "FUNCTION LOAD \"#!lua name=l\\nredis.register_function('f', function() return 1 end)\"";
    sim.ask(load).is("$1\r\nl\r\n");
    assert!(propagated(&mut sim).starts_with("FUNCTION LOAD #!lua name=l"));
    sim.ask(load).is("-ERR Library 'l' already exists\r\n");
    assert_eq!(propagated(&mut sim), "");
    sim.ask("FUNCTION DELETE l").is("+OK\r\n");
    assert_eq!(propagated(&mut sim), "FUNCTION DELETE l");
    sim.ask("FUNCTION FLUSH").is("+OK\r\n");
    assert_eq!(propagated(&mut sim), "FUNCTION FLUSH");
}

#[test]
fn a_thrown_text_keeps_its_line_ends() {
    let mut sim = Sim::seed(1);
    sim.ask("EVAL \"error({err = 'MINE a\\\\r\\\\n:1\\\\n'})\" 0").is(
        "-MINE a\r\n:1\n script: 129474365e6e5c4bf596fd20c1862212f5a7273d, on @user_script:1.\r\n",
    );
}

#[test]
fn a_session_is_after_a_script_what_it_was_before() {
    let mut sim = Sim::seed(1);
    sim.ask("SELECT 1");
    sim.ask("EVAL \"redis.call('SELECT',5) redis.setresp(3) error('x')\" 0");
    sim.ask("SET k v");
    sim.ask("EVAL \"return redis.call('GET','k')\" 0").is("$1\r\nv\r\n");
    sim.ask("EVAL \"return true\" 0").is(":1\r\n");
}

#[test]
fn what_would_break_the_machine_is_refused() {
    let mut sim = Sim::seed(1);
    for (script, part) in [
        ("return unpack({}, -2147483648, 2147483647)", "too many results to unpack"),
        ("return unpack({}, 0, 2147483647)", "too many results to unpack"),
        ("local function f() return f() + 1 end return f()", "stack overflow"),
        ("local t = {} t[1] = t return #tostring(t) > 0 and t", "reached lua stack limit"),
        ("return loadstring('\\27Lua')()", "attempt to call a nil value"),
        (
            "local s = string.rep('(', 1000) return assert(loadstring('return ' .. s))",
            "too many syntax levels",
        ),
    ] {
        let reply = text(sim.ask(&format!("EVAL \"{script}\" 0")).0);
        assert!(reply.contains(part), "{script}: {}", &reply[reply.len().saturating_sub(300)..]);
    }
    sim.ask("EVAL \"return 'alive'\" 0").is("$5\r\nalive\r\n");
}

/// With a CR inside they are no frames, so no transcript can have them.
#[test]
fn raised_errors_keep_their_line_ends() {
    let mut sim = Sim::seed(1);
    sim.ask(r#"EVAL "error({err='A b\\r\\nc\\r\\n'})" 0"#).is("-A b\r\nc\r\n \
        script: 2dd7ad83021edd6c0d56384baacd349ac0d09125, on @user_script:1.\r\n");
    sim.ask(r#"EVAL "return {err='A b\\r\\nc\\r\\n'}" 0"#).is("-A b  c\r\n");
    let function = "function() error('a\\\\r\\\\nb', 0) end";
    let code = format!("#!lua name=l\\nredis.register_function('f', {function})");
    sim.ask(&format!("FUNCTION LOAD \"{code}\"")).is("$1\r\nl\r\n");
    sim.ask("FCALL f 0").is("-ERR a\r\nb script: f, on @user_function:2.\r\n");
}

#[test]
fn a_flushed_machine_is_dropped_elsewhere() {
    let mut sim = Sim::seed(1);
    let discarded = |sim: &Sim| sim.world.borrow().discarded;
    for (flush, dropped) in [("SYNC", 0), ("", 0), ("ASYNC", 70)] {
        (0..70).for_each(|n| drop(sim.ask(&format!("SCRIPT LOAD \"return {n}\""))));
        sim.ask(&format!("SCRIPT FLUSH {flush}")).is("+OK\r\n");
        assert_eq!(discarded(&sim), dropped, "{flush}");
        sim.ask("SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db").is("*1\r\n:0\r\n");
    }
    let names: String = (0..70).map(|n| format!("redis.register_function('f{n}', f) ")).collect();
    let load = format!(
        "FUNCTION LOAD \"#!lua name=l\\nlocal function f() return math.random(1) end {names}\""
    );
    sim.ask(&load).is("$1\r\nl\r\n");
    sim.ask("FUNCTION FLUSH ASYNC").is("+OK\r\n");
    assert_eq!(discarded(&sim), 140);
    sim.ask("FCALL f1 0").is("-ERR Function not found\r\n");
    sim.ask(&load).is("$1\r\nl\r\n");
    sim.ask("FCALL f1 0").is(":1\r\n");
    sim.ask("EVAL \"return math.random(1)\" 0").is(":1\r\n");
    // Few do not count.
    sim.ask("SCRIPT FLUSH ASYNC").is("+OK\r\n");
    assert_eq!(discarded(&sim), 140);
    // Another thread drops one in the middle of scripts.
    for _ in 0..20 {
        let vm = sim.engine.world.scripts.vm.as_deref_mut().expect("a machine");
        let retired = vm.flush();
        let other = std::thread::spawn(move || drop(retired.machine));
        sim.ask("EVAL \"return cjson.encode({math.random(1), bit.bor(1, 2)})\" 0")
            .is("$5\r\n[1,3]\r\n");
        other.join().expect("it is dropped");
    }
}

#[test]
fn memory_of_a_script_is_limited_and_given_back() {
    let mut sim = Sim::seed(1);
    sim.engine.world.scripts.vm = Some(Box::new(Machine::within(16 << 20)));
    let lack = "not enough memory";
    for script in [
        "return string.rep('x', 2^30)",
        "local s = 'x' while true do s = s .. s end",
        "local t = {} for i = 1, 2^30 do t[i] = i end",
        "local t = {} while true do t = {t, string.rep('y', 1000)} end",
        "return cjson.decode(string.rep('[', 900) .. string.rep('1,', 2^22) .. '1]')",
        "return cmsgpack.unpack(string.rep(string.char(0x80), 2^23))",
        "return struct.pack(string.rep('i8', 2^21), 1)",
        "local t = string.rep('q', 999) for i = 1, 40 do t = {t, t} end return cjson.encode(t)",
        "local t = ('q'):rep(999) for i = 1, 9 do t = {t, t, t, t} end return cmsgpack.pack(t)",
        "local s = string.rep('w', 4000000) return cjson.encode({s, s, s, s, s, s, s})",
        "local s = string.rep('w', 4000000) return cmsgpack.pack({s, s, s, s, s, s, s})",
        "local t = {} for i = 1, 7000 do t[i] = string.rep('z', 4000) .. i end return t",
    ] {
        let reply = text(sim.ask(&format!("EVAL \"{script}\" 0")).0);
        assert!(reply.starts_with('-'), "{script}: {}", &reply[..reply.len().min(300)]);
        sim.ask("EVAL \"return #string.rep('x', 4000000)\" 0").is(":4000000\r\n");
    }
    let caught = "EVAL \"local ok, why = pcall(string.rep, 'x', 2^30) return {ok and 1, why}\" 0";
    sim.ask(caught).is(&format!("*2\r\n$-1\r\n${}\r\n{lack}\r\n", lack.len()));
    let reply = text(sim.ask("EVAL \"return string.rep('x', 2^30)\" 0").0);
    assert!(reply.starts_with("-ERR Error running script "), "{reply}");
    assert!(reply.ends_with(&format!(", {lack}\r\n")), "{reply}");
    // A library's own tables stay, and with them the memory that they take.
    sim.ask(
        "FUNCTION LOAD \"#!lua name=l\\nlocal kept = {} redis.register_function('f', \
         function(k, a) for i = 1, a[1] do kept[#kept + 1] = string.rep('k', 1000) .. i end end)\"",
    )
    .is("$1\r\nl\r\n");
    for _ in 0..3 {
        let reply = text(sim.ask("FCALL f 0 20000").0);
        assert!(reply.ends_with(&format!(", {lack}\r\n")), "{reply}");
    }
    sim.ask("FCALL f 0 0").is("$-1\r\n");
    sim.ask("FUNCTION FLUSH").is("+OK\r\n");
}

#[test]
fn tables_nest_as_deep_as_those_of_redis() {
    let mut sim = Sim::seed(1);
    let limit = "-ERR reached lua stack limit\r\n";
    let array = format!("{}{limit}", "*1\r\n".repeat(7995));
    sim.ask("EVAL \"local t = {} t[1] = t return t\" 0").is(&array);
    let set = format!("{}{limit}", "*1\r\n".repeat(2665));
    sim.ask("EVAL \"local t = {} t.set = {} t.set[t] = true return t\" 0").is(&set);
    let (keys, values) = ("*2\r\n".repeat(1999), ":1\r\n".repeat(1998));
    let map = format!("{keys}{limit}{limit}{values}");
    sim.ask("EVAL \"local t = {} t.map = {} t.map[t] = 1 return t\" 0").is(&map);
    let whole = format!("{}:1\r\n", "*1\r\n".repeat(7994));
    sim.ask("EVAL \"local t = 1 for i = 1, 7994 do t = {t} end return t\" 0").is(&whole);
}

#[test]
fn a_script_that_takes_long_can_be_stopped_by_others() {
    let mut sim = slow();
    let other = sim.connect();
    for command in ["GET k\r\n", "PING\r\nMULTI\r\nDISCARD\r\n", "SCRIPT KILL\r\n"] {
        sim.send_meanwhile(other, command.as_bytes());
    }
    let reply = text(sim.ask("EVAL \"while true do end\" 0").0);
    assert!(
        reply.starts_with("-ERR Script killed by user with SCRIPT KILL... script: "),
        "{reply}"
    );
    let busy = "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n";
    let expected = format!("{busy}{busy}+OK\r\n+OK\r\n+OK\r\n");
    assert_eq!(text(sim.received(other)), expected);
    let log = sim.world.borrow().log.iter().map(|(_, line)| line.clone()).collect::<Vec<_>>();
    assert!(log[0].starts_with("Slow script detected: still in execution after "), "{log:?}");
    assert!(log[0].ends_with(
        "SCRIPT KILL command. Script name is: 694a5fe1ddb97a4c6a1bf299d9537c7d3d0f84e7."
    ));
    sim.ask("PING").is("+PONG\r\n");
}

#[test]
fn what_a_script_logs_is_one_line_up_to_a_nul() {
    let mut sim = Sim::seed(1);
    for arguments in ["'a', 1, {}, 1.5", "'b\\\\0c', 'd'", "''"] {
        sim.ask(&format!("EVAL \"redis.log(redis.LOG_NOTICE, {arguments})\" 0")).is("$-1\r\n");
    }
    let log = sim.world.borrow().log.iter().map(|(_, line)| line.clone()).collect::<Vec<_>>();
    assert_eq!(log, ["a 1 1.5", "b", ""]);
}

#[test]
fn a_script_that_has_written_is_stopped_by_shutdown_alone() {
    let mut sim = slow();
    let other = sim.connect();
    sim.send_meanwhile(other, b"SCRIPT KILL\r\nSHUTDOWN\r\n");
    sim.send_meanwhile(other, b"SHUTDOWN NOSAVE\r\n");
    sim.ask("EVAL \"redis.call('SET','k',1) while true do pcall(error) end\" 0");
    let reply = text(sim.received(other));
    assert!(reply.starts_with("-UNKILLABLE Sorry"), "{reply}");
    assert!(reply.contains("-BUSY "), "{reply}");
    assert!(sim.engine.world.shutdown);
}

#[test]
fn a_client_that_leaves_meanwhile_is_gone_and_its_keys_unwatched() {
    let mut sim = slow();
    let other = sim.connect();
    sim.send_meanwhile(other, b"WATCH k\r\n");
    sim.send_meanwhile(0, b"PING\r\n");
    sim.send_meanwhile(other, b"QUIT\r\nPING\r\n");
    sim.send_meanwhile(other, b"SCRIPT KILL\r\n");
    let third = sim.connect();
    sim.send_meanwhile(third, b"SCRIPT KILL\r\n");
    sim.ask("EVAL \"while true do end\" 0");
    assert_eq!(text(sim.received(other)), "+OK\r\n+OK\r\n");
    assert!(!sim.is_open(other));
    assert!(sim.engine.world.watchers.is_empty());
}
