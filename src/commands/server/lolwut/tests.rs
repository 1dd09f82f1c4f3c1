use crate::sim::Sim;

fn ask(command: &str) -> String {
    let mut sim = Sim::seed(1);
    String::from_utf8(sim.ask(command).0).unwrap()
}

#[test]
fn every_reply_ends_with_the_version() {
    for version in ["", " x", " VERSION 4", " VERSION 5 9 2 3", " VERSION 6 4 3 9"] {
        let reply = ask(&format!("LOLWUT{version}"));
        assert!(reply.starts_with('$') && reply.ends_with("Redis ver. 7.2.4\n\r\n"), "{reply}");
    }
    assert_eq!(ask("LOLWUT"), "$17\r\nRedis ver. 7.2.4\n\r\n");
    assert!(ask("LOLWUT VERSION x").starts_with("-ERR value is not an integer"));
}

#[test]
fn pictures_have_the_measures_asked_for() {
    let reply = ask("LOLWUT VERSION 6 3 4");
    assert_eq!(reply.matches("m \x1b[0m").count(), 12);
    let reply = ask("LOLWUT VERSION 5 10 5 2");
    let lines: Vec<&str> = reply.lines().skip(1).take(2).collect();
    assert!(lines.iter().all(|line| line.chars().count() == 10), "{reply}");
    assert!(ask("LOLWUT VERSION 5 -5 0 99999").len() < 100_000);
}
