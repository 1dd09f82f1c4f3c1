//! Random calls of the libraries that scripts have, as Lua.

use crate::support::random::Random;

/// Doubles that have made somebody's encoder go wrong.
const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "0.1",
    "-0.5",
    "3.14159265358979",
    "1e14",
    "1e15",
    "123456789012345",
    "99999999999999",
    "99999999999999.5",
    "1e-5",
    "0.0001",
    "1e100",
    "-1e300",
    "5e-324",
    "1/0",
    "-1/0",
    "0/0",
    "-(0/0)",
    "127",
    "128",
    "255",
    "256",
    "32767",
    "32768",
    "65535",
    "65536",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "9007199254740992",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "-32",
    "-33",
    "-128",
    "-129",
    "-32768",
    "-32769",
    "-2147483648",
    "-2147483649",
    "-9223372036854775808",
    "-9223372036854777856",
    "16777216",
    "16777217",
    "1.5",
    "2.5",
    "1e16",
];

const WORDS: &[&str] = &["off", "on", "null", "true", "", "ON", "on\\0x", "nope"];

/// A source of calls.
pub(crate) struct Generator {
    random: Random,
}

/// Bytes as a literal of Lua.
pub(crate) fn literal(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for byte in bytes {
        match byte {
            b'"' | b'\\' => text.extend(['\\', char::from(*byte)]),
            0x20..=0x7e => text.push(char::from(*byte)),
            _ => text += &format!("\\{byte:03}"),
        }
    }
    text + "\""
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: Random::new(seed) }
    }

    pub(crate) fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// A function and its arguments.
    pub(crate) fn call(&mut self) -> (String, String) {
        match self.random.below(20) {
            0..=4 => self.json_decode(),
            5..=8 => ("c.encode".into(), self.values(1, 1)),
            9 => self.json_option(),
            10 => ("c.encode".into(), self.tree(6)),
            11 => ("cmsgpack.pack".into(), self.values(1, 3)),
            12..=13 => self.message_unpack(),
            14 => self.struct_pack(),
            15..=16 => self.struct_unpack(),
            17 => ("struct.size".into(), literal(&self.format())),
            18 => self.bits(),
            _ => {
                const ANY: &[&str] = &[
                    "c.decode",
                    "c.encode",
                    "cmsgpack.pack",
                    "cmsgpack.unpack",
                    "cmsgpack.unpack_one",
                    "cmsgpack.unpack_limit",
                    "struct.pack",
                    "struct.unpack",
                    "struct.size",
                    "bit.tobit",
                    "bit.rol",
                    "bit.band",
                ];
                ((*self.random.pick(ANY)).into(), self.values(0, 4))
            }
        }
    }

    /// Values with commas between, one too few or too many now and then.
    fn values(&mut self, least: usize, most: usize) -> String {
        let mut count = least + self.random.below(most - least + 1);
        if self.random.one_in(30) {
            count = self.random.below(most + 2);
        }
        let values: Vec<_> = (0..count).map(|_| self.value(3)).collect();
        values.join(", ")
    }

    fn number(&mut self) -> String {
        match self.random.below(4) {
            0 => (*self.random.pick(NUMBERS)).into(),
            1 => format!("{}", self.random.below(300) as i64 - 50),
            2 => format!("{:e}", self.double()),
            _ => format!("{}", self.random.next() as i64 >> self.random.below(64)),
        }
    }

    /// A finite double.
    fn double(&mut self) -> f64 {
        let double = f64::from_bits(self.random.next());
        if !double.is_finite() {
            return 0.25;
        }
        if self.random.one_in(2) { double } else { (double.to_bits() % 100_000) as f64 / 64.0 }
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let len = self.random.below(most + 1);
        let ascii = !self.random.one_in(3);
        let byte = |random: &mut Random| match random.below(if ascii { 6 } else { 8 }) {
            0..=4 => b'a' + random.below(26) as u8,
            5 => *random.pick(b"\"\\/\n\t 0179.-"),
            6 => *random.pick(b"\x00\x01\x1f\x7f\x80\xff\xc3\xa9"),
            _ => random.next() as u8,
        };
        (0..len).map(|_| byte(&mut self.random)).collect()
    }

    /// Any value.
    fn value(&mut self, depth: usize) -> String {
        match self.random.below(if depth == 0 { 9 } else { 14 }) {
            0..=2 => self.number(),
            3..=5 => {
                // Around the widths of lengths, too.
                let most = *self.random.pick(&[3, 10, 31, 33, 300]);
                literal(&self.bytes(most))
            }
            6 => "true".into(),
            7 => (*self.random.pick(&["false", "nil", "cjson.null", "NULL"])).into(),
            8 if self.random.one_in(6) => {
                (*self.random.pick(&["next", "coroutine.create(function() end)", "type"])).into()
            }
            8 => self.number(),
            9..=10 => self.array(depth),
            _ => self.map(depth),
        }
    }

    fn array(&mut self, depth: usize) -> String {
        let most = *self.random.pick(&[0, 1, 5, 20]);
        let count = self.random.below(most + 1);
        let items: Vec<_> = (0..count).map(|_| self.value(depth - 1)).collect();
        format!("{{{}}}", items.join(", "))
    }

    fn map(&mut self, depth: usize) -> String {
        let most = *self.random.pick(&[1, 3, 8, 18]);
        let count = self.random.below(most + 1);
        let sparse = self.random.one_in(4);
        let entry = |this: &mut Self| {
            let key = match this.random.below(8) {
                _ if sparse => format!("{}", 1 + this.random.below(2 * most + 1)),
                0 => (*this.random.pick(&["0", "-1", "1.5", "1/0", "1e10", "2^31", "true"])).into(),
                1 => format!("{}", 1 + this.random.below(3)),
                // Where a table is kept is a matter of its address.
                2 if count == 1 => "{}".into(),
                // Redis's Lua keeps longer ones in an order of its own.
                _ => literal(&this.bytes(31)),
            };
            format!("[{key}]={}", this.value(depth - 1))
        };
        let entries: Vec<_> = (0..count).map(|_| entry(self)).collect();
        format!("{{{}}}", entries.join(", "))
    }

    /// A value that is a table.
    fn tree(&mut self, depth: usize) -> String {
        if self.random.one_in(2) { self.array(depth) } else { self.map(depth) }
    }

    fn json_decode(&mut self) -> (String, String) {
        let mut text = Vec::new();
        self.json(3, &mut text);
        if self.random.one_in(2) {
            self.damage(&mut text, b"{}[]:,\"\\ \n0123456789truefalsnxINae+-.\x00\xff/ud8");
        }
        ("c.decode".into(), literal(&text))
    }

    fn space(&mut self, out: &mut Vec<u8>) {
        if self.random.one_in(4) {
            out.push(*self.random.pick(b" \t\n\r"));
        }
    }

    fn json(&mut self, depth: usize, out: &mut Vec<u8>) {
        const ODD: &[&str] = &[
            "0",
            "-0",
            "00",
            "01",
            "-01",
            "1.",
            ".5",
            "-.5",
            "1e5",
            "1E+5",
            "1e",
            "1e+",
            "0x1F",
            "0x",
            "0x1p3",
            "-0x.8",
            "inf",
            "-inf",
            "Infinity",
            "-Infinity",
            "INF",
            "nan",
            "-NaN",
            "nan(12)",
            "nan(",
            "+1",
            "+",
            "-",
            "- 1",
            "1e400",
            "-1e400",
            "1e-400",
            "tru",
            "nul",
            "null",
            "true",
            "false",
            "True",
            "999999999999999",
            "9999999999999999",
            "infinit",
            "123456789012345678901234567890",
            "0.1e1e1",
            "1-1",
            "1_000",
        ];
        self.space(out);
        match self.random.below(if depth == 0 { 7 } else { 11 }) {
            0 => out.extend_from_slice(self.random.pick(ODD).as_bytes()),
            1 => out.extend_from_slice(format!("{}", self.random.next() as i32).as_bytes()),
            2 => out.extend_from_slice(format!("{:e}", self.double()).as_bytes()),
            3 => out.extend_from_slice(format!("{}", self.double()).as_bytes()),
            4..=6 => self.json_string(out),
            7..=8 => {
                out.push(b'[');
                for index in 0..self.random.below(6) {
                    if index > 0 {
                        out.push(b',');
                    }
                    self.json(depth - 1, out);
                }
                self.space(out);
                out.push(b']');
            }
            _ => {
                out.push(b'{');
                for index in 0..self.random.below(6) {
                    if index > 0 {
                        out.push(b',');
                    }
                    self.space(out);
                    self.json_string(out);
                    self.space(out);
                    out.push(b':');
                    self.json(depth - 1, out);
                }
                out.push(b'}');
            }
        }
        self.space(out);
    }

    fn json_string(&mut self, out: &mut Vec<u8>) {
        const PARTS: &[&[u8]] = &[
            b"\\n",
            b"\\t",
            b"\\\\",
            b"\\/",
            b"\\\"",
            b"\\b",
            b"\\f",
            b"\\r",
            b"\\u0041",
            b"\\u00e9",
            b"\\u20AC",
            b"\\ud83d\\ude00",
            b"\\ud83d",
            b"\\ude00",
            b"\\ud83dx",
            b"\\u12",
            b"\\u12G4",
            b"\\x",
            b"\\",
            b"\xc3\xa9",
            b"\xff",
            b"\x01",
            b"\\u0000",
        ];
        out.push(b'"');
        for _ in 0..self.random.below(6) {
            match self.random.below(8) {
                // Half of these are no JSON.
                0 => out.extend_from_slice(self.random.pick::<&[u8]>(PARTS)),
                1 => {
                    let good = self.random.below(12);
                    out.extend_from_slice(PARTS[good]);
                }
                _ => out.extend((0..4).map(|_| b'a' + self.random.below(26) as u8)),
            }
        }
        out.push(b'"');
    }

    /// Changes a few bytes.
    fn damage(&mut self, text: &mut Vec<u8>, alphabet: &[u8]) {
        for _ in 0..=self.random.below(2) {
            let at = self.random.below(text.len() + 1);
            let byte = *self.random.pick(alphabet);
            match self.random.below(4) {
                0 => text.truncate(at),
                1 => text.insert(at, byte),
                2 if at < text.len() => text[at] = byte,
                _ if at < text.len() => drop(text.remove(at)),
                _ => text.push(byte),
            }
        }
    }

    fn json_option(&mut self) -> (String, String) {
        const OPTIONS: &[&str] = &[
            "encode_sparse_array",
            "encode_max_depth",
            "decode_max_depth",
            "encode_number_precision",
            "encode_keep_buffer",
            "encode_invalid_numbers",
            "decode_invalid_numbers",
        ];
        let name = *self.random.pick(OPTIONS);
        let count = self.random.below(if name == "encode_sparse_array" { 5 } else { 3 });
        let value = |this: &mut Self| match this.random.below(8) {
            0..=2 => {
                (*this.random.pick(&["1", "2", "3", "5", "14", "15", "0", "-1", "1e10"])).into()
            }
            3 => (*this.random.pick(&["true", "false", "nil"])).into(),
            4..=5 => format!("\"{}\"", this.random.pick(WORDS)),
            6 => "\"4\"".into(),
            _ => this.value(1),
        };
        let values: Vec<_> = (0..count).map(|_| value(self)).collect();
        (format!("c.{name}"), values.join(", "))
    }

    fn message_unpack(&mut self) -> (String, String) {
        let mut text = Vec::new();
        for _ in 0..self.random.below(4) {
            self.message(3, &mut text);
        }
        if self.random.one_in(3) {
            let any: Vec<u8> = (0..=255).collect();
            self.damage(&mut text, &any);
        }
        let text = literal(&text);
        let mut number = || {
            let random = &mut self.random;
            if random.one_in(12) {
                return (*random.pick(&["nil", "1.9", "\"1\"", "{}", "1e10", "-1"])).to_owned();
            }
            format!("{}", random.below(6))
        };
        match number().len() % 3 {
            _ if number() == "0" => {
                ("cmsgpack.unpack_limit".into(), format!("{text}, {}, {}", number(), number()))
            }
            _ if number() == "1" => {
                ("cmsgpack.unpack_limit".into(), format!("{text}, {}", number()))
            }
            _ if number() == "2" => ("cmsgpack.unpack_one".into(), format!("{text}, {}", number())),
            _ if number() == "3" => ("cmsgpack.unpack_one".into(), text),
            _ => ("cmsgpack.unpack".into(), text),
        }
    }

    fn message(&mut self, depth: usize, out: &mut Vec<u8>) {
        let kinds = if depth == 0 { 20 } else { 26 };
        let wide = |this: &mut Self, count: usize, out: &mut Vec<u8>| {
            let word = if this.random.one_in(2) { this.random.next() } else { u64::MAX };
            let word = word >> this.random.below(64);
            out.extend_from_slice(&word.to_be_bytes()[8 - count..]);
        };
        match self.random.below(kinds) {
            0 => out.push(self.random.below(128) as u8),
            1 => out.push(0xe0 | self.random.below(32) as u8),
            2 => out.push(*self.random.pick(&[0xc0, 0xc2, 0xc3])),
            kind @ 3..=6 => {
                out.push(0xcc + kind as u8 - 3);
                wide(self, 1 << (kind - 3), out);
            }
            kind @ 7..=10 => {
                out.push(0xd0 + kind as u8 - 7);
                wide(self, 1 << (kind - 7), out);
            }
            11 => {
                out.push(0xca);
                wide(self, 4, out);
            }
            12 => {
                out.push(0xcb);
                wide(self, 8, out);
            }
            13..=16 => {
                let text = self.bytes(31);
                out.push(0xa0 | text.len() as u8);
                out.extend_from_slice(&text);
            }
            kind @ 17..=19 => {
                let text = self.bytes(31);
                let width = 1 << (kind - 17);
                out.push(0xd9 + kind as u8 - 17);
                out.extend_from_slice(&(text.len() as u32).to_be_bytes()[4 - width.min(4)..]);
                out.extend_from_slice(&text);
            }
            kind => {
                let count = self.random.below(5);
                let is_map = kind % 2 == 0;
                match kind {
                    20 | 21 => out.push(if is_map { 0x80 } else { 0x90 } | count as u8),
                    22 | 23 => out.extend([if is_map { 0xde } else { 0xdc }, 0, count as u8]),
                    _ => out.extend([if is_map { 0xdf } else { 0xdd }, 0, 0, 0, count as u8]),
                }
                for _ in 0..count {
                    if is_map {
                        self.message(0, out);
                    }
                    self.message(depth - 1, out);
                }
            }
        }
    }

    /// A format of `struct`, nearly always one that makes sense.
    fn format(&mut self) -> Vec<u8> {
        let mut format = Vec::new();
        for _ in 0..self.random.below(8) {
            match self.random.below(16) {
                0 => format.push(*self.random.pick(b"<>")),
                1 => {
                    format.push(b'!');
                    if self.random.one_in(2) {
                        let align = *self.random.pick(&["1", "2", "4", "8", "16", "3", "0", "32"]);
                        format.extend_from_slice(align.as_bytes());
                    }
                }
                2..=3 => {
                    format.push(*self.random.pick(b"iI"));
                    if !self.random.one_in(4) {
                        let size = *self.random.pick(&[
                            "1",
                            "2",
                            "3",
                            "4",
                            "5",
                            "7",
                            "8",
                            "9",
                            "16",
                            "32",
                            "33",
                            "0",
                            "99999999999",
                        ]);
                        format.extend_from_slice(size.as_bytes());
                    }
                }
                4..=5 => {
                    format.push(b'c');
                    if !self.random.one_in(3) {
                        format.extend_from_slice(self.random.below(5).to_string().as_bytes());
                    }
                }
                6 => format.extend_from_slice(b"Bc0"),
                7 if self.random.one_in(6) => format.push(self.random.next() as u8),
                7 => format.push(b' '),
                _ => format.push(*self.random.pick(b"bBhHlLTfdsx")),
            }
        }
        format
    }

    fn struct_pack(&mut self) -> (String, String) {
        let format = self.format();
        let mut args = vec![literal(&format)];
        for letter in &format {
            match letter {
                b'c' | b's' if !self.random.one_in(20) => {
                    let text = self.bytes(8);
                    args.push(literal(&text));
                }
                b'x' | b' ' | b'<' | b'>' | b'!' | b'0'..=b'9' => {}
                _ if self.random.one_in(30) => args.push(self.value(0)),
                _ => args.push(self.number()),
            }
        }
        ("struct.pack".into(), args.join(", "))
    }

    fn struct_unpack(&mut self) -> (String, String) {
        let format = self.format();
        let mut data = self.bytes(60);
        if self.random.one_in(2) {
            data.extend((0..40).map(|_| self.random.next() as u8));
        }
        let mut text = format!("{}, {}", literal(&format), literal(&data));
        if self.random.one_in(4) {
            let offset =
                *self.random.pick(&["1", "2", "5", "0", "-1", "200", "nil", "\"3\"", "1.9"]);
            text += &format!(", {offset}");
        }
        ("struct.unpack".into(), text)
    }

    fn bits(&mut self) -> (String, String) {
        const FUNCTIONS: &[&str] = &[
            "tobit", "tohex", "bnot", "band", "bor", "bxor", "lshift", "rshift", "arshift", "rol",
            "ror", "bswap",
        ];
        let name = *self.random.pick(FUNCTIONS);
        let count = self.random.below(4);
        let value = |this: &mut Self| match this.random.below(12) {
            0 => this.value(0),
            1 => "\"0x1F\"".into(),
            2..=5 => format!("{}", this.random.below(40) as i64 - 8),
            _ => this.number(),
        };
        let mut values: Vec<_> = (0..=count).map(|_| value(self)).collect();
        if name == "tohex" && count > 0 {
            // The least integer as a number of digits ends a Redis 7.2.4.
            values[1] = format!("{}", self.random.below(40) as i64 - 20);
        }
        (format!("bit.{name}"), values.join(", "))
    }
}
