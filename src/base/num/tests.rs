use proptest::prelude::*;

use super::*;

/// Doubles as Redis 7.2.4 printed them in a reply.
const PRINTED: &[(f64, &str)] = &[
    (0.0, "0"),
    (-0.0, "-0"),
    (3.0, "3"),
    (-17.0, "-17"),
    (0.1, "0.1"),
    (0.3, "0.3"),
    (100.5, "100.5"),
    (1234567.125, "1234567.125"),
    (5.247919, "5.2479189999999996"),
    (1e15, "1000000000000000"),
    (1e16, "10000000000000000"),
    (1e18, "1000000000000000000"),
    (1.1e18, "1100000000000000000"),
    (9007199254740993.0, "9007199254740992"),
    (4611686018427387904.0, "4611686018427387904"),
    (-4611686018427387904.0, "-4611686018427387904"),
    (4611686018427388928.0, "4611686018427389000"),
    (9223372036854775807.0, "9223372036854776000"),
    (1e19, "1e+19"),
    (1.2e19, "1.2e+19"),
    (1e20, "1e+20"),
    (123456789012345680000.0, "123456789012345680000"),
    (1e21, "1e+21"),
    (1e22, "1e+22"),
    (1e23, "99999999999999990000000"),
    (1.5e300, "1.5e+300"),
    (0.001, "0.001"),
    (0.00001, "0.00001"),
    (-0.00001, "-0.00001"),
    (0.000001, "0.000001"),
    (1e-7, "1e-7"),
    (1.5e-6, "1.5e-6"),
    (9.5367431640625e-7, "9.5367431640625e-7"),
    (0.00012345678901234567, "1.2345678901234567e-4"),
    (1.2345678901234567e-5, "1.2345678901234568e-5"),
    (-1.2345678901234567e-105, "-1.2345678901234567e-105"),
    (5e-324, "5e-324"),
    (2e-310, "2e-310"),
    (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
    (f64::MAX, "1.7976931348623157e+308"),
    (f64::INFINITY, "inf"),
    (f64::NEG_INFINITY, "-inf"),
];

#[test]
fn doubles_print_as_recorded() {
    for &(value, text) in PRINTED {
        assert_eq!(format_double(value).as_str(), text, "{value:?}");
    }
    assert_eq!(format_double(-f64::NAN).as_str(), "nan");
}

#[test]
fn plain_doubles_do_not_prefer_integers() {
    let recorded = [
        (1e15, "1e+15"),
        (1e7, "10000000"),
        (1e8, "1e+8"),
        (-0.0, "-0"),
        (12e8, "1.2e+9"),
        (1.25e8, "125000000"),
        (f64::NEG_INFINITY, "-inf"),
    ];
    for (value, text) in recorded {
        assert_eq!(format_double_plain(value).as_str(), text);
    }
}

#[test]
fn seventeen_digits_print_as_recorded() {
    let recorded = [
        (0.1, "0.10000000000000001"),
        (0.0, "0"),
        (-0.0, "-0"),
        (1e16, "10000000000000000"),
        (1e17, "1e+17"),
        (0.0001, "0.0001"),
        (0.00001, "1.0000000000000001e-05"),
        (-1.5e300, "-1.5000000000000001e+300"),
        (1.5, "1.5"),
        (1.0 + 1.0 / 131072.0, "1.0000076293945312"), // a tie, to even
        (f64::INFINITY, "inf"),
    ];
    for (value, text) in recorded {
        assert_eq!(format_double_17g(value).as_str(), text);
    }
}

#[test]
fn fixed_decimals_round_half_to_even() {
    let recorded = [
        (0.125, 2, "0.12"),
        (0.375, 2, "0.38"),
        (2.5, 0, "2"),
        (-0.5, 0, "-0"),
        (1e22, 1, "10000000000000000000000.0"),
        (0.1, 17, "0.10000000000000001"),
        (f64::INFINITY, 2, "inf"),
    ];
    for (value, decimals, text) in recorded {
        assert_eq!(format_fixed(value, decimals).as_str(), text);
    }
    assert_eq!(format_fixed(f64::MAX, 17).len(), 309 + 1 + 17);
}

#[test]
fn distances_have_four_decimals() {
    let recorded = [
        (0.0, "0.0000"),
        (-0.0, "0.0000"),
        (0.00005, "0.0000"),
        (166274.15156960033, "166274.1516"),
        (-1.5, "-1.5000"),
        (1e300, "-922337203685477.5808"),
        (f64::NAN, "-922337203685477.5808"),
    ];
    for (value, text) in recorded {
        assert_eq!(format_distance(value).as_str(), text);
    }
}

#[test]
fn integers_are_read_only_as_they_are_printed() {
    for value in [0, 1, -1, 10, i64::MAX, i64::MIN] {
        assert_eq!(parse_i64(&format_i64(value)), Some(value));
    }
    for text in [
        "",
        "-",
        "-0",
        "+1",
        "01",
        "00",
        " 1",
        "1 ",
        "1.0",
        "1e3",
        "0x1",
        "1\0",
        "a",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "99999999999999999999",
        "100000000000000000000",
    ] {
        assert_eq!(parse_i64(text.as_bytes()), None, "{text:?}");
    }
}

#[test]
fn unsigned_integers_fall_back_on_the_lenient_reader() {
    let recorded: &[(&[u8], Option<u64>, Option<u64>)] = &[
        // text, as a stream id part, as a cursor
        (b"18446744073709551615", Some(u64::MAX), Some(u64::MAX)),
        (b"18446744073709551616", None, None),
        (b"-1", None, Some(u64::MAX)),
        (b" -1", Some(u64::MAX), None),
        (b"-0", Some(0), Some(0)),
        (b"+007", Some(7), Some(7)),
        (b"", None, Some(0)),
        (b"\x0b5", Some(5), None),
        (b"5\0x", Some(5), Some(5)),
        (b"5 ", None, None),
        (b"- 5", None, None),
        (b"+", None, None),
    ];
    for (text, id, cursor) in recorded {
        assert_eq!((parse_u64(text), parse_cursor(text)), (*id, *cursor), "{text:?}");
    }
}

#[test]
fn doubles_are_read_as_recorded() {
    let recorded: &[(&[u8], Option<f64>)] = &[
        (b"1", Some(1.0)),
        (b"+.5e1", Some(5.0)),
        (b"1.", Some(1.0)),
        (b"-0", Some(-0.0)),
        (b"0x1p3", Some(8.0)),
        (b"0X.8", Some(0.5)),
        (b"0x10", Some(16.0)),
        (b"0x1.fffffffffffff8p0", Some(2.0)),
        (b"inf", Some(f64::INFINITY)),
        (b"+INF", Some(f64::INFINITY)),
        (b"-Infinity", Some(f64::NEG_INFINITY)),
        (b"5e-324", Some(5e-324)),
        (b"1e308", Some(1e308)),
        (b"0e999999999999999999999", Some(0.0)),
        (b"", None),
        (b" 1", None),
        (b"1 ", None),
        (b"1\0", None),
        (b"nan", None),
        (b"-nan(12)", None),
        (b"1e400", None),
        (b"-1e400", None),
        (b"1e-400", None),
        (b"1e99999999999999999999", None),
        (b"0x1p5000", None),
        (b"0x1p-5000", None),
        (b"infinit", None),
        (b"1e", None),
        (b"1e+", None),
        (b"0x", None),
        (b"0x.", None),
        (b"0x1p", None),
        (b".", None),
        (b"1_0", None),
        (b"--1", None),
    ];
    for (text, value) in recorded {
        let read = parse_double(text);
        assert_eq!(read.map(f64::to_bits), value.map(f64::to_bits), "{text:?}");
    }
}

#[test]
fn range_ends_and_sort_weights_have_their_own_rules() {
    let inf = Some(f64::INFINITY);
    let recorded: &[(&[u8], Option<f64>, Option<f64>)] = &[
        // text, as an end of a range, as a weight
        (b"", Some(0.0), Some(0.0)),
        (b" 5", Some(5.0), Some(5.0)),
        (b"5 ", None, None),
        (b" ", None, None),
        (b"5\0x", Some(5.0), Some(5.0)),
        (b"1e400", inf, None),
        (b"inf", inf, inf),
        (b"1e-400", Some(0.0), None),
        (b"1e-310", Some(1e-310), None),
        (b"0x1p-1074", Some(5e-324), Some(5e-324)),
        (b"0x1.8p-1074", Some(1e-323), None),
        (b"0x0.fffffffffffffcp-1022", Some(f64::MIN_POSITIVE), Some(f64::MIN_POSITIVE)),
        (b"0x0.fffffffffffff8p-1022", Some(f64::MIN_POSITIVE), None),
        (b"2.22507385850720125e-308", Some(f64::MIN_POSITIVE), None),
        (b"2.22507385850720126e-308", Some(f64::MIN_POSITIVE), Some(f64::MIN_POSITIVE)),
        (b"nan", None, None),
    ];
    for (text, bound, weight) in recorded {
        assert_eq!(parse_double_bound(text), *bound, "{text:?}");
        assert_eq!(parse_sort_weight(text), *weight, "{text:?}");
    }
}

#[test]
fn texts_longer_than_any_exponent_keep_their_value() {
    for zeros in [10, 1_000, 40_000, 700_000] {
        let small = format!("0.{}123e{}", "0".repeat(zeros), zeros + 3);
        let large = format!("123{}e-{zeros}", "0".repeat(zeros));
        assert_eq!(parse_double(small.as_bytes()), Some(123.0));
        assert_eq!(parse_double(large.as_bytes()), Some(123.0));
    }
    let above_half = format!("9007199254740993{}1", ".".to_owned() + &"0".repeat(2_000));
    assert_eq!(parse_double(above_half.as_bytes()), Some(9007199254740994.0));
}

/// Sums as INCRBYFLOAT of Redis 7.2.4 printed them.
const SUMS: &[(&str, &str, &str)] = &[
    ("0", "0.1", "0.1"),
    ("0.1", "0.2", "0.3"),
    ("10.50", "0.1", "10.6"),
    ("3.0e3", "200", "3200"),
    ("5.0e3", "2.0e2", "5200"),
    ("1", "1e-17", "1.00000000000000001"),
    ("1", "1e-18", "1"),
    ("-1", "1", "0"),
    ("-0", "0", "0"),
    ("-1e-30", "0", "0"),
    ("9223372036854775807", "1", "9223372036854775808"),
    ("18446744073709551615", "1", "18446744073709551616"),
    ("18446744073709551616", "1", "18446744073709551616"),
    ("1e40", "0", "9999999999999999999783686092270256259072"),
    ("0x1p3", "0x.8", "8.5"),
    ("3.3", "-3.3", "0"),
    ("1e20", "0.5", "100000000000000000000"),
    ("5.1e-17", "5e-18", "0.00000000000000006"),
    ("0.5e-17", "0", "0"),
    ("1.5e-17", "0", "0.00000000000000002"),
    ("2.5", "1e-10", "2.5000000001"),
    ("1234567890.123456789", "0.000000001", "1234567890.12345678999554366"),
];

#[test]
fn float_increments_sum_as_recorded() {
    for &(value, increment, sum) in SUMS {
        let value = LongDouble::parse(value.as_bytes()).unwrap();
        let increment = LongDouble::parse(increment.as_bytes()).unwrap();
        assert_eq!((value + increment).format().as_str(), sum);
    }
}

#[test]
fn long_doubles_have_their_own_range() {
    let parse = |text: &str| LongDouble::parse(text.as_bytes());
    let large = parse("1e4932").unwrap().format();
    assert_eq!(large.len(), 4933);
    assert!(large.starts_with(b"1000000000000000000006018949387963891323"));
    assert!(large.ends_with(b"0876379371163141086538418113791886622720"));
    assert!(parse("1e-4950").is_some());
    for text in ["1e4933", "1e-4960", "0x1p16384", "0x1p-16446", "nan", "", " 1", "1 ", "1\0"] {
        assert!(parse(text).is_none(), "{text:?}");
    }
    assert!(parse(&"0".repeat(5119)).is_some());
    assert!(parse(&"0".repeat(5120)).is_none());
    let inf = parse("inf").unwrap();
    assert!(inf.is_infinite() && (inf + parse("-inf").unwrap()).is_nan());
    assert_eq!(parse("-infinity").unwrap().format().as_str(), "-inf");
}

#[test]
fn coordinates_pass_through_long_doubles_exactly() {
    let recorded = [
        (13.361389338970184, "13.36138933897018433"),
        (-0.10000079870223999, "-0.10000079870223999"),
        (0.1, "0.10000000000000001"),
        (-0.0, "0"),
        (5e-324, "0"),
    ];
    for (value, text) in recorded {
        assert_eq!(LongDouble::from_f64(value).format().as_str(), text);
    }
    assert_eq!(LongDouble::from_i64(i64::MIN).format().as_str(), "-9223372036854775808");
}

proptest! {
    #[test]
    fn printed_doubles_read_back_as_themselves(bits: u64) {
        let value = f64::from_bits(bits);
        prop_assume!(!value.is_nan());
        for text in [format_double(value), format_double_plain(value), format_double_17g(value)] {
            prop_assert_eq!(parse_double(&text).map(f64::to_bits), Some(bits), "{}", text);
        }
    }

    #[test]
    fn decimal_texts_read_as_std_reads_them(text in "-?[0-9]{1,30}(\\.[0-9]{0,30})?(e[+-]?[0-9]{1,3})?") {
        let expected: f64 = text.parse().unwrap();
        prop_assert_eq!(strtod(text.as_bytes()).value.to_bits(), expected.to_bits());
    }

    #[test]
    fn integers_have_exactly_one_text(value: i64) {
        prop_assert_eq!(parse_i64(&format_i64(value)), Some(value));
        let long = LongDouble::from_i64(value);
        prop_assert_eq!(LongDouble::parse(&format_i64(value)), Some(long));
        prop_assert_eq!(&*long.format(), &*format_i64(value));
    }

    #[test]
    fn any_bytes_are_read_without_panic(text: Vec<u8>) {
        let number = strtod(&text);
        prop_assert!(number.used <= text.len());
        let _ = (parse_u64(&text), parse_cursor(&text), LongDouble::parse(&text));
    }
}

#[test]
fn seconds_become_milliseconds_in_extended_precision() {
    let millis = |text: &str| LongDouble::parse(text.as_bytes()).expect(text).thousandfold();
    for (text, expected) in [
        ("0", Some(0)),
        ("0.0001", Some(1)),
        ("0.001", Some(1)),
        ("1.5", Some(1500)),
        // A little less than nothing is nothing: -0.001 is above minus a thousandth.
        ("-0.001", Some(0)),
        ("-0.0011", Some(-1)),
        ("-1", Some(-1000)),
        ("9223372036854775.807", Some(i64::MAX)),
        ("9223372036854776", None),
        ("1e300", None),
        ("inf", None),
        ("-inf", Some(i64::MIN)),
        ("-1e300", Some(i64::MIN)),
    ] {
        assert_eq!(millis(text), expected, "{text}");
    }
}
