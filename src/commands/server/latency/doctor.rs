//! LATENCY DOCTOR: what the recorded slow moments mean, in words.

use std::fmt::Write as _;

use crate::config::{AppendFsync, Config};
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::observe::latency::{Latency, event};

/// A piece of advice: the events that call for it, and what it says; `None`: it does not apply.
struct Advice {
    events: &'static [&'static str],
    words: fn(&Config) -> Option<String>,
}

/// An `hz` below which timers may be made to run more often.
const HZ_HIGH: i32 = 100;

const ADVICE: &[Advice] = &[
    Advice {
        events: &[event::COMMAND],
        words: |config| match config.slowlog_log_slower_than {
            limit if limit < 0 => Some(format!(
                "Slow commands were seen, but the slow log is off, so nobody knows which. Turn it \
                 on: CONFIG SET slowlog-log-slower-than {}.",
                config.latency_monitor_threshold * 1000
            )),
            limit if limit / 1000 > config.latency_monitor_threshold => Some(format!(
                "Slow commands were seen that the slow log does not record, since its limit is \
                 higher. Lower it: CONFIG SET slowlog-log-slower-than {}.",
                config.latency_monitor_threshold * 1000
            )),
            _ => None,
        },
    },
    Advice {
        events: &[event::COMMAND],
        words: |_| Some("SLOWLOG GET shows which commands were slow, and with what.".to_owned()),
    },
    Advice {
        events: &[event::FAST_COMMAND],
        words: |_| {
            Some(
                "Commands that cannot be slow by themselves were: the machine did not let the \
                 server run. Look for other processes that take its processor, for swapping, and \
                 for the limits of a virtual machine."
                    .to_owned(),
            )
        },
    },
    Advice {
        events: &[event::EXPIRE_CYCLE],
        words: |config| {
            (config.hz < HZ_HIGH).then(|| {
                "Many keys expire at the same moment. Spread their expiries, so that less is to \
                 be removed at once."
                    .to_owned()
            })
        },
    },
    Advice {
        events: &["aof-fsync-always"],
        words: |config| {
            (config.appendfsync == AppendFsync::Always).then(|| {
                "Every write waits for the disk (appendfsync always). If a second of writes may \
                 be lost in a crash, choose everysec."
                    .to_owned()
            })
        },
    },
    Advice {
        events: &["aof-write-pending-fsync", "aof-write-active-child", "aof-write-alone"],
        words: |_| {
            Some(
                "Writing the append-only file took long. A local disk that serves nobody else \
                 helps, and so does no-appendfsync-on-rewrite while a rewrite is the cause."
                    .to_owned(),
            )
        },
    },
];

/// The report. Cost: O(samples).
fn report(config: &Config, latency: &Latency, now: i64) -> String {
    if latency.iter().len() == 0 {
        return if config.latency_monitor_threshold == 0 {
            "The latency monitor is off. Turn it on with CONFIG SET latency-monitor-threshold \
             <milliseconds>, and ask again when it has seen something.\n"
                .to_owned()
        } else {
            "Nothing slow was seen since the start or the last LATENCY RESET.\n".to_owned()
        };
    }
    let mut text = String::from("Slow moments were seen:\n\n");
    for (number, (event, series)) in latency.iter().enumerate() {
        let seen = series.analysis(now);
        let period = seen.seconds as f64 / seen.samples as f64;
        let _ = writeln!(
            text,
            "{}. {event}: {} latency spikes (average {}ms, mean deviation {}ms, period {period:.2} \
             sec). Worst all time event {}ms.",
            number + 1,
            seen.samples,
            seen.average,
            seen.deviation,
            series.worst
        );
    }
    let seen = |event: &&str| latency.iter().any(|(name, _)| name == *event);
    let given: Vec<String> = ADVICE
        .iter()
        .filter(|advice| advice.events.iter().any(seen))
        .filter_map(|advice| (advice.words)(config))
        .collect();
    text.push_str(match given.len() {
        0 => "\nThere is no simple remedy for what was seen.\n",
        _ => "\nAdvice:\n\n",
    });
    for words in given {
        let _ = writeln!(text, "- {words}");
    }
    text
}

pub(in crate::commands::server) fn doctor(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    let world = &cx.world;
    let text = report(&world.config, &world.observe.latency, world.tick.seconds());
    cx.reply.verbatim(b"txt", text);
    Ok(())
}
