//! Stretches, as the statistics show them.

use crate::sim::Sim;

/// What `INFO commandstats` says of SET after `commands`, each look at the clock taking 1 us.
fn figures(commands: &[&str]) -> String {
    let mut sim = Sim::seed(5);
    let pipeline: String = commands.iter().flat_map(|line| [*line, "\r\n"]).collect();
    sim.send(0, b"INFO commandstats\r\n");
    sim.received(0);
    sim.send(0, pipeline.as_bytes());
    sim.received(0);
    sim.send(0, b"INFO commandstats\r\n");
    let info = String::from_utf8(sim.received(0)).expect("INFO is text");
    let line = info.lines().find_map(|line| line.strip_prefix("cmdstat_set:"));
    line.expect("it was executed").to_owned()
}

#[test]
fn brief_commands_of_a_pipeline_share_readings_of_the_clock() {
    let twenty = ["SET k v"; 20];
    let calls = "calls=20,usec=3,usec_per_call=0.15,rejected_calls=0,failed_calls=0";
    assert_eq!(figures(&twenty), calls);
}

#[test]
fn others_in_between_are_timed_apart_and_errors_are_counted() {
    let mixed = ["SET k v", "SET k v", "GET k", "SET k v NO", "SET k v", "SET k v", "SET"];
    let calls = "calls=5,usec=3,usec_per_call=0.60,rejected_calls=1,failed_calls=1";
    assert_eq!(figures(&mixed), calls);
}

#[test]
fn a_fine_threshold_and_long_arguments_are_timed_one_by_one() {
    let long = format!("SET k {}", "v".repeat(300));
    let calls = "calls=4,usec=4,usec_per_call=1.00,rejected_calls=0,failed_calls=0";
    assert_eq!(figures(&[long.as_str(); 4]), calls);
    let fine = ["CONFIG SET slowlog-log-slower-than 999"].iter().chain(&["SET k v"; 4]);
    assert_eq!(figures(&fine.copied().collect::<Vec<_>>()), calls);
}

#[test]
fn a_stretch_that_others_end_is_counted_once_as_time_of_commands() {
    let mut sim = Sim::seed(5);
    sim.send(0, b"PING\r\n");
    let before = sim.engine.world.stats.command_nanos;
    // The third SET never runs, so GET ends the stretch: two readings of the clock in all.
    sim.send(0, b"SET k v\r\nSET k v\r\nSET\r\nGET k\r\n");
    assert_eq!(sim.engine.world.stats.command_nanos - before, 2000);
    // Nothing else runs, so the input ends it.
    sim.send(0, b"SET k v\r\nSET k v\r\nSET\r\n");
    assert_eq!(sim.engine.world.stats.command_nanos - before, 3000);
}
