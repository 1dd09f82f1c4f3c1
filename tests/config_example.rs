//! `redis.conf.example` is made from the table of directives, so that the two cannot drift apart.

use ferrous::config::example;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/redis.conf.example");

/// With `FERROUS_WRITE_EXAMPLE=1` in the environment the file is written instead.
#[test]
fn the_example_is_what_the_table_says() {
    if std::env::var_os("FERROUS_WRITE_EXAMPLE").is_some() {
        std::fs::write(PATH, example()).expect("the example can be written");
    }
    let text = std::fs::read_to_string(PATH).expect("the example can be read");
    assert!(text == example(), "run this test with FERROUS_WRITE_EXAMPLE=1 to write it anew");
}
