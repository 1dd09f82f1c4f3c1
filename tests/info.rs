//! INFO has every field of Redis 7.2.4, in its order: what monitoring reads is there.
//!
//! `tests/data/info-fields.txt` lists the sections and fields of a server that was just started.

use ferrous::sim::Sim;

/// Fields that only Ferrous has.
const OWN: &[&str] = &["ferrous_version", "expire_lag_milliseconds"];

/// Titles and names of fields of a reply, without those that are per command, error or database.
fn fields(reply: &str) -> Vec<&str> {
    let names = reply.lines().skip(1).map(|line| line.split(':').next().unwrap_or(""));
    let varying = ["cmdstat_", "errorstat_", "latency_percentiles_usec_", "db", "listener"];
    names.filter(|name| !name.is_empty() && !varying.iter().any(|v| name.starts_with(v))).collect()
}

fn ask(sections: &str) -> String {
    let mut sim = Sim::seed(1);
    String::from_utf8(sim.ask(&format!("INFO {sections}")).0).expect("text")
}

#[test]
fn everything_has_all_fields_in_order() {
    let text = std::fs::read_to_string("tests/data/info-fields.txt").expect("the list");
    let expected: Vec<&str> = text.lines().collect();
    let reply = ask("everything debug");
    let mut got = fields(&reply);
    got.retain(|name| !OWN.contains(name));
    for (index, name) in expected.iter().enumerate() {
        let before = expected[..index].last();
        assert_eq!(got.get(index), Some(name), "field {index}, after {before:?}");
    }
    assert_eq!(got.len(), expected.len());
}

#[test]
fn default_leaves_out_what_is_long() {
    let (all, default) = (ask("all"), ask(""));
    let left_out: Vec<&str> =
        fields(&all).into_iter().filter(|name| !fields(&default).contains(name)).collect();
    assert_eq!(left_out, ["# Commandstats", "# Latencystats"]);
    assert_eq!(fields(&ask("default")), fields(&default));
    assert_eq!(fields(&ask("default commandstats latencystats")), fields(&all));
    assert!(!fields(&all).contains(&"# Debug"));
}
