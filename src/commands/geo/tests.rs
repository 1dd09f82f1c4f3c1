//! Properties of the commands about positions, seen through a simulated server.

use crate::sim::Sim;

fn sicily() -> Sim {
    let mut sim = Sim::seed(7);
    sim.ask("GEOADD s 13.361389 38.115556 Palermo 15.087269 37.502669 Catania").is(":2\r\n");
    sim
}

#[test]
fn positions_are_cells_and_come_back_nearly_as_they_were() {
    let mut sim = sicily();
    sim.ask("ZSCORE s Palermo").is("$16\r\n3479099956230698\r\n");
    sim.ask("GEOPOS s Catania none")
        .is("*2\r\n*2\r\n$20\r\n15.08726745843887329\r\n$20\r\n37.50266842333162032\r\n*-1\r\n");
    sim.ask("GEOHASH s Palermo").is("*1\r\n$11\r\nsqc8b49rny0\r\n");
    sim.ask("GEODIST s Palermo Catania km").is("$8\r\n166.2742\r\n");
}

#[test]
fn adding_is_propagated_as_zadd() {
    let mut sim = Sim::seed(7);
    sim.engine.record_effects(crate::keyspace::event::Class::NONE);
    sim.ask("GEOADD s CH 13.361389 38.115556 Palermo").is(":1\r\n");
    let commands = sim.engine.take_propagated();
    assert_eq!(
        commands,
        [["zadd", "s", "CH", "3479099956230698", "Palermo"].map(bytes::Bytes::from)]
    );
}

#[test]
fn a_search_finds_what_is_in_the_shape_nearest_first() {
    let mut sim = sicily();
    sim.ask("GEORADIUS s 15 37 200 km WITHDIST ASC").is(
        "*2\r\n*2\r\n$7\r\nCatania\r\n$7\r\n56.4413\r\n*2\r\n$7\r\nPalermo\r\n$8\r\n190.4424\r\n",
    );
    sim.ask("GEOSEARCH s FROMMEMBER Palermo BYRADIUS 100 km").is("*1\r\n$7\r\nPalermo\r\n");
    sim.ask("GEOSEARCH s FROMLONLAT 15 37 BYBOX 400 400 km COUNT 1").is("*1\r\n$7\r\nCatania\r\n");
    sim.ask("GEOSEARCHSTORE d s FROMLONLAT 15 37 BYRADIUS 100 km STOREDIST").is(":1\r\n");
    sim.ask("ZRANGE d 0 -1").is("*1\r\n$7\r\nCatania\r\n");
    sim.ask("GEOSEARCHSTORE d none FROMLONLAT 15 37 BYRADIUS 100 km").is(":0\r\n");
    sim.ask("EXISTS d").is(":0\r\n");
}

#[test]
fn errors_name_what_is_missing() {
    let mut sim = sicily();
    sim.ask("GEOADD s 181 0 x").is("-ERR invalid longitude,latitude pair 181.000000,0.000000\r\n");
    sim.ask("GEOSEARCH s BYRADIUS 1 km ASC ASC")
        .is("-ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for GEOSEARCH\r\n");
    sim.ask("GeoSearch s FROMMEMBER Palermo ASC ASC ASC")
        .is("-ERR exactly one of BYRADIUS and BYBOX can be specified for GeoSearch\r\n");
    sim.ask("GEORADIUS s 1 1 1 parsec")
        .is("-ERR unsupported unit provided. please use M, KM, FT, MI\r\n");
    sim.ask("GEOSEARCH s FROMMEMBER none BYRADIUS 1 m")
        .is("-ERR could not decode requested zset member\r\n");
}
