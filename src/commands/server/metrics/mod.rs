//! The page for Prometheus: what INFO, the slow log, the latency monitor and the histograms know.
//!
//! Names are those that the widespread exporter for Redis uses, where it has one: dashboards and
//! alerts go on working. A field of INFO without such a name is shown as `redis_` and the field.
//! Cost: O(commands used + fields), about that of INFO ALL.

mod names;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use names::{Kind, in_seconds, name_of};

use super::info;
use crate::core::ctx::Ctx;
use crate::core::engine::Engine;
use crate::observe::command::CommandStats;
use crate::observe::histogram::Histogram;
use crate::observe::threads::IoThread;

/// Sections of INFO whose lines are `field:value`.
const SECTIONS: &[&[u8]] = &[
    b"server",
    b"clients",
    b"memory",
    b"persistence",
    b"stats",
    b"replication",
    b"cpu",
    b"cluster",
];

/// Text that goes into the labels of `redis_instance_info`.
const INSTANCE: &[&str] = &[
    "redis_version",
    "redis_build_id",
    "redis_mode",
    "os",
    "run_id",
    "role",
    "maxmemory_policy",
    "master_replid",
];

/// Numbers that stand there as well.
const INSTANCE_NUMBERS: &[&str] = &["process_id", "tcp_port"];

/// The page in the making.
struct Page {
    text: String,
}

/// A label's value: quotes, backslashes and line ends are escaped.
fn label(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

impl Page {
    /// The lines before the samples of a metric.
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.text, "# HELP redis_{name} {help}\n# TYPE redis_{name} {kind}\n");
    }

    /// A sample; `labels` as they stand between the braces.
    fn sample(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ = match labels {
            "" => writeln!(self.text, "redis_{name} {value}"),
            _ => writeln!(self.text, "redis_{name}{{{labels}}} {value}"),
        };
    }

    /// A metric without labels.
    fn single(&mut self, name: &str, kind: Kind, help: &str, value: impl Display) {
        self.head(name, kind.name(), help);
        self.sample(name, "", value);
    }
}

/// A value of INFO as a number, if it is one or a state with two outcomes.
fn number(value: &str) -> Option<&str> {
    match value {
        "ok" => Some("1"),
        "err" | "fail" => Some("0"),
        _ => {
            let digits = value.strip_suffix('%').unwrap_or(value);
            digits.parse::<f64>().ok().filter(|number| number.is_finite()).map(|_| digits)
        }
    }
}

/// The fields of INFO: numbers one by one, some texts as labels of one metric.
fn fields(cx: &mut Ctx<'_>, page: &mut Page) {
    let info = info::page(cx, SECTIONS);
    let lines = info.lines().filter_map(|line| line.split_once(':'));
    let fields: BTreeMap<&str, &str> = lines.collect();
    let shown: Vec<String> = INSTANCE
        .iter()
        .chain(INSTANCE_NUMBERS)
        .filter_map(|name| Some(format!("{name}=\"{}\"", label(fields.get(name)?))))
        .collect();
    page.head("instance_info", "gauge", "What runs here.");
    page.sample("instance_info", &shown.join(","), 1);
    page.single("up", Kind::Gauge, "The server answers.", 1);
    for (field, value) in &fields {
        // Versions and ids may look like numbers, sizes for people repeat others.
        if INSTANCE.contains(field) || field.ends_with("_human") {
            continue;
        }
        let Some(value) = number(value) else { continue };
        if let (Some(name), Ok(micros)) = (in_seconds(field), value.parse::<f64>()) {
            page.single(name, Kind::Gauge, &format!("{field} of INFO, in seconds."), micros / 1e6);
            continue;
        }
        let (name, kind) = name_of(field);
        page.single(&name, kind, &format!("{field} of INFO."), value);
    }
}

fn keyspace(cx: &mut Ctx<'_>, page: &mut Page) {
    let now = cx.now();
    let dbs = &cx.keys.space.dbs;
    let mut each = |name: &str, help: &str, value: &dyn Fn(&crate::keyspace::Db) -> f64| {
        page.head(name, "gauge", help);
        for (index, db) in dbs.iter().enumerate() {
            page.sample(name, &format!("db=\"db{index}\""), value(db));
        }
    };
    each("db_keys", "Keys of a database.", &|db| db.len() as f64);
    each("db_keys_expiring", "Keys of a database with an expiry.", &|db| db.volatile() as f64);
    each("db_avg_ttl_seconds", "Average time to live of keys with an expiry.", &|db| {
        db.average_ttl(now) as f64 / 1000.0
    });
}

/// Writes a metric with a sample per command that was used.
fn per_command(
    cx: &Ctx<'_>,
    page: &mut Page,
    (name, help): (&str, &str),
    value: impl Fn(&CommandStats) -> f64,
) {
    page.head(name, "counter", help);
    for entry in cx.world.registry.iter() {
        let stats = &cx.world.stats.commands[entry.id.0 as usize];
        if !stats.is_unused() {
            let cmd = format!("cmd=\"{}\"", label(&entry.full_name));
            page.sample(name, &cmd, value(stats));
        }
    }
}

fn commands(cx: &Ctx<'_>, page: &mut Page) {
    let calls = ("commands_total", "Executions by command.");
    per_command(cx, page, calls, |stats| stats.calls as f64);
    let time = ("commands_duration_seconds_total", "Time that executions took, by command.");
    per_command(cx, page, time, |stats| stats.nanos as f64 / 1e9);
    let rejected = ("commands_rejected_calls_total", "Calls refused before execution.");
    per_command(cx, page, rejected, |stats| stats.rejected as f64);
    let failed = ("commands_failed_calls_total", "Executions that answered an error.");
    per_command(cx, page, failed, |stats| stats.failed as f64);
    page.head("errors_total", "counter", "Error replies by code.");
    for (code, count) in &cx.world.stats.errors {
        let code = label(&String::from_utf8_lossy(code));
        page.sample("errors_total", &format!("err=\"{code}\""), count);
    }
    histograms(cx, page);
}

/// Run times of commands: buckets and percentiles.
fn histograms(cx: &Ctx<'_>, page: &mut Page) {
    const BUCKETS: &str = "commands_latencies_usec";
    const PERCENTILES: &str = "latency_percentiles_usec";
    let used: Vec<(String, &CommandStats, &Histogram)> = cx
        .world
        .registry
        .iter()
        .filter_map(|entry| {
            let stats = &cx.world.stats.commands[entry.id.0 as usize];
            Some((label(&entry.full_name), stats, stats.histogram.as_deref()?))
        })
        .collect();
    page.head(BUCKETS, "histogram", "Run times of commands in microseconds.");
    for (command, stats, histogram) in &used {
        let cmd = format!("cmd=\"{command}\"");
        for (nanos, below) in histogram.cumulated() {
            let labels = format!("{cmd},le=\"{}\"", (nanos + 1) as f64 / 1e3);
            page.sample("commands_latencies_usec_bucket", &labels, below);
        }
        let labels = format!("{cmd},le=\"+Inf\"");
        page.sample("commands_latencies_usec_bucket", &labels, histogram.total());
        page.sample("commands_latencies_usec_sum", &cmd, stats.nanos as f64 / 1e3);
        page.sample("commands_latencies_usec_count", &cmd, histogram.total());
    }
    page.head(PERCENTILES, "summary", "Percentiles of run times in microseconds.");
    for (command, stats, histogram) in &used {
        let cmd = format!("cmd=\"{command}\"");
        for percentile in &cx.world.config.latency_tracking_info_percentiles.0 {
            let micros = histogram.percentile(*percentile) as f64 / 1e3;
            // Dividing must not show digits that nobody has given.
            let quantile = (percentile * 1e8).round() / 1e10;
            let labels = format!("{cmd},quantile=\"{quantile}\"");
            page.sample(PERCENTILES, &labels, micros);
        }
        page.sample("latency_percentiles_usec_sum", &cmd, stats.nanos as f64 / 1e3);
        page.sample("latency_percentiles_usec_count", &cmd, histogram.total());
    }
}

fn slow(cx: &Ctx<'_>, page: &mut Page) {
    let observe = &cx.world.observe;
    let log = &observe.slowlog;
    page.single("slowlog_length", Kind::Gauge, "Entries of the slow log.", log.entries().len());
    let (id, seconds) =
        log.entries().next().map_or((0, 0.0), |entry| (entry.id, entry.micros as f64 / 1e6));
    page.single("slowlog_last_id", Kind::Gauge, "Id of the latest entry of the slow log.", id);
    let help = "What the latest command of the slow log took.";
    page.single("last_slow_execution_duration_seconds", Kind::Gauge, help, seconds);
    let mut each =
        |name: &str, help: &str, value: &dyn Fn(&crate::observe::latency::Series) -> f64| {
            page.head(name, "gauge", help);
            for (event, series) in observe.latency.iter() {
                page.sample(name, &format!("event_name=\"{event}\""), value(series));
            }
        };
    each("latency_spike_last", "When a slow moment was last seen.", &|series| {
        series.last().map_or(0.0, |sample| sample.at as f64)
    });
    each("latency_spike_duration_seconds", "What the last slow moment took.", &|series| {
        series.last().map_or(0.0, |sample| sample.millis as f64 / 1e3)
    });
    each("latency_spike_worst_seconds", "What the worst slow moment took.", &|series| {
        series.worst as f64 / 1e3
    });
}

fn threads(cx: &Ctx<'_>, page: &mut Page) {
    let threads = || cx.world.observe.threads.iter().enumerate();
    if threads().next().is_none() {
        return;
    }
    let mut each = |name: &str, kind: &str, help: &str, value: fn(&IoThread) -> u64| {
        page.head(name, kind, help);
        for (index, thread) in threads() {
            page.sample(name, &format!("thread=\"{}\"", index + 1), value(&thread));
        }
    };
    each("io_thread_clients", "gauge", "Connections of an I/O thread.", |thread| {
        thread.clients as u64
    });
    each("io_thread_reads_total", "counter", "Reads of an I/O thread.", |thread| thread.reads);
    let help = "Bytes that an I/O thread has written.";
    each("io_thread_written_bytes_total", "counter", help, |thread| thread.written);
}

/// The page as of now.
pub fn metrics(engine: &mut Engine) -> String {
    engine.aside(|cx| {
        let mut page = Page { text: String::with_capacity(32 * 1024) };
        fields(cx, &mut page);
        let started = cx.world.started as f64 / 1e3;
        page.single("start_time_seconds", Kind::Gauge, "When the server started.", started);
        keyspace(cx, &mut page);
        commands(cx, &mut page);
        slow(cx, &mut page);
        threads(cx, &mut page);
        page.text
    })
}
