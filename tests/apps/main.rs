//! Applications as their users run them, against the server under test: job queues, locks,
//! client-side caches, scripts, by the client libraries that most of them use.
//!
//! The libraries are installed by name with pip, npm and cargo below the build's directory, once.
//! Where that is not possible the tests say so, and fail when `CI` is set. `FERROUS_SERVER` sets
//! another server, a real Redis for one: the programs must hold for both.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::process::{self, Launch};

#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "each test program uses a part of the shared code")]
mod support;

/// How long one program may run.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the programs in Python import.
const PYTHON: &[&str] = &["redis", "rq", "celery[redis]"];
/// What the programs in JavaScript import.
const NODE: &[&str] = &["bullmq", "ioredis", "redis"];

fn programs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps/programs")
}

/// Runs a command; what it said if it failed.
fn run(command: &mut Command) -> Result<(), String> {
    let name = format!("{command:?}");
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let (out, err) = (&output.stdout, &output.stderr);
    Err(format!("{name}: {}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err)))
}

/// The directory of a language with its libraries, installed if they are not there yet.
fn installed(
    language: &str,
    packages: &[&str],
    install: impl FnOnce(&Path) -> Result<(), String>,
) -> Option<PathBuf> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("apps").join(language);
    fs::create_dir_all(&home).expect("the build's directory is writable");
    // Tests run in processes of their own: one installs, the others wait.
    let lock = File::create(home.join("lock")).expect("a writable directory");
    lock.lock().expect("a lock");
    let mark = home.join("installed");
    let wanted = packages.join(" ");
    if fs::read_to_string(&mark).is_ok_and(|found| found == wanted) {
        return Some(home);
    }
    match install(&home) {
        Ok(()) => {
            fs::write(&mark, wanted).expect("a writable directory");
            Some(home)
        }
        Err(why) => {
            skip(&format!("{wanted} for {language} cannot be installed: {why}"));
            None
        }
    }
}

/// Says why a test is not run; in CI all are.
fn skip(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "SKIPPED: {why}");
    eprintln!("SKIPPED: {why}");
}

fn python() -> Option<PathBuf> {
    let home = installed("python", PYTHON, |home| {
        run(Command::new("python3").args(["-m", "venv"]).arg(home.join("venv")))?;
        run(Command::new(home.join("venv/bin/python")).args(["-m", "pip", "install"]).args(PYTHON))
    })?;
    Some(home.join("venv/bin/python"))
}

/// The directory in which programs find their modules: they are copied there.
fn node() -> Option<PathBuf> {
    installed("node", NODE, |home| {
        let quiet = ["--no-package-lock", "--no-audit", "--no-fund"];
        run(Command::new("node").arg("--version"))?;
        run(Command::new("npm").arg("install").arg("--prefix").arg(home).args(quiet).args(NODE))
    })
}

/// The program in Rust. It is a package of its own, so that only this test builds its libraries.
fn rust() -> Option<PathBuf> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("apps/rust");
    let mut build = Command::new(env!("CARGO"));
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps/redis_rs/Cargo.toml");
    build.args(["build", "--quiet", "--locked", "--manifest-path"]).arg(manifest);
    if let Err(why) = run(build.env("CARGO_TARGET_DIR", &home)) {
        skip(&format!("redis-rs cannot be built: {why}"));
        return None;
    }
    Some(home.join("debug/redis-rs-scenario"))
}

/// Runs a program against a fresh server; it must say `ok` at its end.
fn play(mut command: Command) {
    let mut server = Launch::new(process::under_test()).start();
    let log = server.dir().join("program.log");
    let out = File::create(&log).expect("a writable directory");
    let err = out.try_clone().expect("a second handle");
    command.env("PORT", server.port().to_string()).stdin(Stdio::null()).stdout(out).stderr(err);
    let mut child = command.spawn().expect("the program starts");
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        match child.try_wait().expect("a child") {
            Some(status) => break Some(status),
            None if Instant::now() > deadline => {
                // It may have ended just now.
                let _ = child.kill();
                let _ = child.wait();
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let said = fs::read_to_string(&log).expect("what it said");
    let good = status.is_some_and(|status| status.success()) && said.trim_end().ends_with("ok");
    assert!(server.alive(), "the server has ended; its log:\n{}\n{said}", server.log());
    assert!(good, "{command:?}: {status:?}\n{said}\nthe log of the server:\n{}", server.log());
}

fn play_python(program: &str) {
    let Some(python) = python() else { return };
    let mut command = Command::new(python);
    command.arg("-B").arg(programs().join(program));
    play(command);
}

fn play_node(program: &str) {
    let Some(home) = node() else { return };
    let copy = home.join(program);
    fs::copy(programs().join(program), &copy).expect("a readable program");
    let mut command = Command::new("node");
    command.arg(copy);
    play(command);
}

#[test]
fn redis_py_locks_transactions_messages_and_scripts() {
    play_python("redis_py.py");
}

#[test]
fn rq_jobs_dependencies_failures_and_schedules() {
    play_python("rq_worker.py");
}

#[test]
fn celery_results_retries_delays_and_canvases() {
    play_python("celery_worker.py");
}

#[test]
fn redis_rs_types_pipelines_transactions_and_tasks_that_share() {
    let Some(program) = rust() else { return };
    play(Command::new(program));
}

#[test]
fn bullmq_delays_priorities_flows_and_limits() {
    play_node("bullmq.mjs");
}

#[test]
fn ioredis_pipelines_commands_streams_and_messages() {
    play_node("ioredis.mjs");
}

#[test]
fn node_redis_with_a_cache_that_the_server_invalidates() {
    play_node("node_redis.mjs");
}
