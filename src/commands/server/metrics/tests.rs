use std::collections::BTreeSet;

use super::metrics;
use crate::sim::Sim;

/// Every metric is declared once, before its samples, and every value is a number.
#[test]
fn page_is_well_formed() {
    let mut sim = Sim::seed(3);
    sim.ask("CONFIG SET latency-monitor-threshold 1 slowlog-log-slower-than 0").is("+OK\r\n");
    sim.ask("SET k v EX 100").is("+OK\r\n");
    sim.send(0, b"LPUSH k v\r\n\"no\\\"such\"\r\n");
    let page = metrics(&mut sim.engine);
    let (mut declared, mut last) = (BTreeSet::new(), String::new());
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            last = rest.split(' ').next().unwrap().to_owned();
            assert!(declared.insert(last.clone()), "{last} is declared twice");
        } else if !line.starts_with('#') {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(name.starts_with(&last), "{name} does not stand below its declaration");
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
    }
    for sample in [
        "redis_db_keys{db=\"db0\"} 1\n",
        "redis_db_keys_expiring{db=\"db0\"} 1\n",
        "redis_commands_total{cmd=\"set\"} 1\n",
        "redis_commands_failed_calls_total{cmd=\"lpush\"} 1\n",
        "redis_commands_latencies_usec_bucket{cmd=\"set\",le=\"+Inf\"} 1\n",
        "redis_latency_percentiles_usec_count{cmd=\"config|set\"} 1\n",
        "redis_latency_percentiles_usec{cmd=\"set\",quantile=\"0.999\"} ",
        "redis_errors_total{err=\"WRONGTYPE\"} 1\n",
        "redis_up 1\n",
        "redis_latest_fork_seconds 0\n",
        ",process_id=\"1\",tcp_port=\"6379\"} 1\n",
        "redis_connected_clients 1\n",
        "# TYPE redis_commands_processed_total counter\n",
        "redis_slowlog_length ",
    ] {
        assert!(page.contains(sample), "{sample} is missing in\n{page}");
    }
}
