//! Properties of files, arguments, CONFIG SET and CONFIG REWRITE.

use super::*;

/// A world made of memory.
#[derive(Default)]
pub(super) struct World {
    pub(super) files: Vec<(&'static str, &'static str)>,
    /// Everything that was asked of it, in order.
    pub(super) asked: Vec<String>,
    /// The effects that fail, and how often they still do.
    pub(super) failing: Vec<(Effect, usize)>,
}

impl ChangeDir for World {
    fn change_dir(&mut self, path: &[u8]) -> Result<Vec<u8>, String> {
        let path = String::from_utf8_lossy(path).into_owned();
        self.asked.push(format!("dir {path}"));
        match path.starts_with('/') {
            true => Ok(path.into_bytes()),
            false => Err("No such file or directory".into()),
        }
    }
}

impl Files for World {
    fn read(&mut self, name: &[u8]) -> Result<Vec<u8>, (Vec<u8>, String)> {
        match self.files.iter().find(|(path, _)| path.as_bytes() == name) {
            Some((_, text)) => Ok(text.as_bytes().to_vec()),
            None => Err((name.to_vec(), "No such file or directory".into())),
        }
    }

    fn check_log(&mut self, path: &[u8]) -> Result<(), String> {
        match path.starts_with(b"/none/") {
            true => Err("No such file or directory".into()),
            false => Ok(()),
        }
    }

    fn rename_command(&mut self, from: &[u8], to: &[u8]) -> Result<(), String> {
        let [from, to] = [from, to].map(String::from_utf8_lossy);
        self.asked.push(format!("rename {from} {to}"));
        match &*from {
            "nothing" => Err("No such command in rename-command".into()),
            _ => Ok(()),
        }
    }

    fn declare_user(&mut self, words: &[Vec<u8>]) -> Result<(), String> {
        self.asked.push(format!("user {}", String::from_utf8_lossy(&words.join(&b' '))));
        Ok(())
    }
}

impl Apply for World {
    fn apply(&mut self, effect: Effect, config: &Config) -> Result<(), String> {
        self.asked.push(format!("{effect:?} maxmemory={} port={}", config.maxmemory, config.port));
        let failing = self.failing.iter_mut().find(|(other, left)| *other == effect && *left > 0);
        match failing {
            Some((_, left)) => {
                *left -= 1;
                Err("Unable to listen on this port. Check server logs.".into())
            }
            None => Ok(()),
        }
    }
}

const ANYBODY: Client = Client { local: true, loading: false };

fn shown(config: &Config, name: &str) -> String {
    let (row, _) = lookup(name.as_bytes()).unwrap();
    String::from_utf8(config.shown(row)).unwrap()
}

fn load(text: &str) -> Result<Config, String> {
    let mut config = Config::default();
    config.load(text.as_bytes(), &mut World::default()).map_err(|error| error.to_string())?;
    Ok(config)
}

fn set(config: &mut Config, world: &mut World, pairs: &[(&str, &str)]) -> Result<Changed, String> {
    let pairs: Vec<_> =
        pairs.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
    config.set(&pairs, ANYBODY, world).map_err(|error| match error {
        SetError::Loading => "loading".into(),
        SetError::Refused { text, .. } => String::from_utf8(text).unwrap(),
    })
}

mod table {
    use super::*;

    #[test]
    fn names_and_aliases_are_unique_and_lower_case() {
        let mut names: Vec<&str> =
            ROWS.iter().flat_map(|row| [Some(row.name), row.alias]).flatten().collect();
        assert!(names.iter().all(|name| *name == name.to_ascii_lowercase()));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert_eq!(ROWS.len(), 184, "183 of Redis and one of our own");
    }

    #[test]
    fn defaults_are_accepted_by_their_own_rows() {
        let mut world = World::default();
        for row in ROWS.iter().filter(|row| !row.flags.has(Flags::IMMUTABLE)) {
            let mut config = Config {
                enable_protected_configs: ProtectedAction::Yes,
                dir: Dir(b"/".to_vec()),
                ..Config::default()
            };
            let value = config.shown(row);
            let before = config.clone();
            config.set(&[(row.name.as_bytes(), &value)], ANYBODY, &mut world).unwrap();
            assert_eq!(config, before, "{}", row.name);
        }
    }

    #[test]
    fn integer_kinds_stand_on_integer_fields_only() {
        // `range` relies on it: showing and writing back any other combination would panic.
        let config = Config::default();
        for row in ROWS {
            let is_number = config.shown(row).iter().all(u8::is_ascii_digit)
                || config.shown(row).starts_with(b"-");
            if matches!(row.kind, Kind::Int { .. }) {
                assert!(is_number, "{}", row.name);
            }
            assert!((row.field)(&config).lines(row, &config, &config).len() <= 3, "{}", row.name);
        }
    }

    #[test]
    fn what_has_no_effect_is_remarked_if_it_is_asked_for() {
        for name in INERT {
            assert!(lookup(name.as_bytes()).is_some_and(|(row, _)| row.name == *name), "{name}");
        }
        let mut config = Config::default();
        let save =
            "Directive 'save' has no effect: this version of Ferrous writes no data to disk.";
        assert_eq!(config.all_remarks(), [save]);
        let mut world = World::default();
        let changed =
            set(&mut config, &mut world, &[("save", ""), ("timeout", "1")]).expect("valid");
        assert!(config.remarks(&changed.rows).is_empty());
        let pairs = [("rdb-key-save-delay", "7"), ("maxmemory-policy", "allkeys-lru")];
        let changed = set(&mut config, &mut world, &pairs).expect("valid");
        let remarks = config.remarks(&changed.rows);
        assert_eq!(remarks.len(), 2);
        assert!(
            remarks[0].starts_with("Directive 'rdb-key-save-delay' is accepted but"),
            "{remarks:?}"
        );
        assert!(remarks[1].contains("evicts no keys"), "{remarks:?}");
        assert_eq!(config.all_remarks().len(), 2);
    }
}

mod get {
    use super::*;

    fn names(patterns: &[&str]) -> Vec<String> {
        let patterns: Vec<&[u8]> = patterns.iter().map(|pattern| pattern.as_bytes()).collect();
        let found = Config::default().get(&patterns);
        found.into_iter().map(|(name, _)| String::from_utf8(name.into_owned()).unwrap()).collect()
    }

    #[test]
    fn an_exact_name_is_shown_as_asked_and_found_once() {
        assert_eq!(names(&["MAXMEMORY", "maxmemory", "maxmem?ry", "nonsense"]), ["MAXMEMORY"]);
        assert_eq!(names(&["slave-priority", "replica-priority"]).len(), 2);
    }

    #[test]
    fn patterns_ignore_case_show_aliases_and_skip_the_hidden() {
        assert_eq!(names(&["*OF"]), ["replicaof", "slaveof"]);
        assert_eq!(names(&["*key-load-delay*"]), Vec::<String>::new());
        assert_eq!(names(&["key-load-delay"]), ["key-load-delay"]);
        assert_eq!(names(&["*"]).len(), 195, "those of Redis, none of our own");
        assert_eq!(names(&["metrics-port"]), ["metrics-port"]);
        assert_eq!(names(&["lfu-[dx]ecay-*", "lfu-[^d]*"]), ["lfu-decay-time", "lfu-log-factor"]);
    }
}

mod setting {
    use super::*;

    #[test]
    fn all_values_are_set_before_any_effect_and_each_effect_comes_once() {
        let mut config = Config::default();
        let mut world = World::default();
        let pairs = [
            ("maxmemory", "1mb"),
            ("port", "7"),
            ("min-replicas-to-write", "1"),
            ("timeout", "0"),
            ("min-slaves-max-lag", "3"),
        ];
        let changed = set(&mut config, &mut world, &pairs).unwrap();
        let names: Vec<&str> = changed.rows.iter().map(|row| row.name).collect();
        assert_eq!(
            names,
            ["maxmemory", "port", "min-replicas-to-write", "min-replicas-max-lag"],
            "timeout has not changed"
        );
        assert_eq!(
            world.asked,
            [
                "MaxMemory maxmemory=1048576 port=7",
                "Port maxmemory=1048576 port=7",
                "GoodReplicas maxmemory=1048576 port=7"
            ]
        );
    }

    #[test]
    fn a_refused_value_leaves_no_trace_and_the_first_error_wins() {
        let mut config = Config::default();
        let mut world = World::default();
        let before = config.clone();
        for (pairs, text) in [
            (
                &[("maxmemory", "1mb"), ("nonsense", "x"), ("databases", "1")][..],
                "Unknown option or number of arguments for CONFIG SET - 'nonsense'",
            ),
            (
                &[("maxmemory", "1mb"), ("dATABASES", "2")],
                "CONFIG SET failed (possibly related to argument 'dATABASES') - can't set immutable config",
            ),
            (
                &[("dir", "/tmp")],
                "CONFIG SET failed (possibly related to argument 'dir') - can't set protected config",
            ),
            (
                &[("port", "1"), ("PORT", "2")],
                "CONFIG SET failed (possibly related to argument 'PORT') - duplicate parameter",
            ),
            (
                &[("maxmemory", "1mb"), ("SLAVE-priority", "x")],
                "CONFIG SET failed (possibly related to argument 'slave-priority') - argument \
              couldn't be parsed into an integer",
            ),
        ] {
            assert_eq!(set(&mut config, &mut world, pairs).unwrap_err(), text);
            assert_eq!(config, before);
        }
        assert!(world.asked.is_empty());
    }

    #[test]
    fn a_nul_hides_the_rest_of_an_unknown_name_and_of_a_pattern() {
        let mut config = Config::default();
        let error = set(&mut config, &mut World::default(), &[("nonsense\0x", "1")]).unwrap_err();
        assert_eq!(error, "Unknown option or number of arguments for CONFIG SET - 'nonsense'");
        assert!(config.get(&[b"port\0*"]).is_empty());
        assert_eq!(config.get(&[b"p?rt\0x"]).len(), 1);
    }

    #[test]
    fn an_alias_and_its_name_are_not_duplicates() {
        let mut config = Config::default();
        let pairs = [("slave-priority", "1"), ("replica-priority", "2")];
        set(&mut config, &mut World::default(), &pairs).unwrap();
        assert_eq!(config.replica_priority, 2);
    }

    #[test]
    fn a_failed_effect_restores_the_values_and_applies_them_again() {
        let mut config = Config::default();
        let mut world = World { failing: vec![(Effect::Port, 1)], ..World::default() };
        let before = config.clone();
        let error = set(&mut config, &mut world, &[("maxmemory", "5"), ("port", "1")]).unwrap_err();
        assert_eq!(
            error,
            "CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this \
             port. Check server logs."
        );
        assert_eq!(config, before);
        assert_eq!(
            world.asked,
            [
                "MaxMemory maxmemory=5 port=1",
                "Port maxmemory=5 port=1",
                "MaxMemory maxmemory=0 port=6379",
                "Port maxmemory=0 port=6379"
            ]
        );
    }

    #[test]
    fn the_working_directory_is_left_and_entered_again_on_failure() {
        let mut config = Config {
            enable_protected_configs: ProtectedAction::Local,
            dir: Dir(b"/old".to_vec()),
            ..Config::default()
        };
        let mut world = World::default();
        let error = set(&mut config, &mut world, &[("dir", "none")]).unwrap_err();
        assert!(error.ends_with("'dir') - No such file or directory"), "{error}");
        set(&mut config, &mut world, &[("dir", "/new"), ("hz", "x")]).unwrap_err();
        assert_eq!(world.asked, ["dir none", "dir /new", "dir /old"]);
        assert_eq!(shown(&config, "dir"), "/old");
        let far = Client { local: false, loading: false };
        assert!(config.set(&[(b"dir", b"/new")], far, &mut world).is_err());
    }

    #[test]
    fn some_directives_wait_for_the_dataset() {
        let mut config = Config::default();
        let loading = Client { local: true, loading: true };
        let result = config.set(&[(b"appendonly", b"yes")], loading, &mut World::default());
        assert_eq!(result, Err(SetError::Loading));
        assert!(config.set(&[(b"timeout", b"1")], loading, &mut World::default()).is_ok());
    }

    #[test]
    fn a_frequency_out_of_range_is_cut_to_it() {
        let mut config = Config::default();
        set(&mut config, &mut World::default(), &[("hz", "100000")]).unwrap();
        assert_eq!(config.hz, 500);
        assert_eq!(load("hz 0").unwrap().hz, 1);
    }

    #[test]
    fn unchanged_volatile_text_has_its_effect_all_the_same() {
        let mut config = Config::default();
        let mut world = World::default();
        set(&mut config, &mut world, &[("tls-cert-file", ""), ("tls-ciphers", "")]).unwrap();
        assert_eq!(world.asked.len(), 1);
    }
}

mod files {
    use super::*;

    fn report(number: usize, line: &str, reason: &str) -> String {
        format!(
            "\n*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***\nReading the configuration file, at \
             line {number}\n>>> '{line}'\n{reason}\n"
        )
    }

    #[test]
    fn the_last_of_repeated_lines_counts_and_names_ignore_case() {
        let config = load("# x\n\n  PORT 1 \r\nport 2\nslave-priority 7\n").unwrap();
        assert_eq!((config.port, config.replica_priority), (2, 7));
    }

    #[test]
    fn save_points_of_a_file_replace_the_defaults_and_add_up() {
        assert_eq!(shown(&load("port 1").unwrap(), "save"), "3600 1 300 100 60 10000");
        assert_eq!(shown(&load("save 1 2\nsave 3 4 5 6").unwrap(), "save"), "1 2 3 4 5 6");
        assert_eq!(shown(&load("save 1 2\nsave \"\"\nsave 3 4").unwrap(), "save"), "3 4");
        assert_eq!(shown(&load("save \"\"").unwrap(), "save"), "");
        assert_eq!(shown(&load("save \"900 1 300 10\"").unwrap(), "save"), "900 1 300 10");
    }

    #[test]
    fn save_points_after_an_include_replace_those_before() {
        let mut config = Config::default();
        let mut world = World { files: vec![("more", "save 5 5")], ..World::default() };
        config.load(b"save 1 1\ninclude more\n", &mut world).unwrap();
        assert_eq!(shown(&config, "save"), "1 1 5 5");
        config.load(b"include more\nsave 2 2\nsave 3 3\n", &mut world).unwrap();
        assert_eq!(shown(&config, "save"), "3 3");
    }

    #[test]
    fn wrong_lines_are_reported_as_redis_does() {
        for (text, number, line, reason) in [
            ("\nfoo bar", 2, "foo bar", "Bad directive or wrong number of arguments"),
            ("port", 1, "port", "wrong number of arguments"),
            ("port 1 2", 1, "port 1 2", "wrong number of arguments"),
            ("port \"1", 1, "port \"1", "Unbalanced quotes in configuration line"),
            ("io-threads 129", 1, "io-threads 129", "argument must be between 1 and 128 inclusive"),
            ("a.b", 1, "a.b", "Module config specified without value"),
            ("include a b", 1, "include a b", "Bad directive or wrong number of arguments"),
            ("sentinel x", 1, "sentinel x", "sentinel directive while not in sentinel mode"),
            (
                "rename-command nothing x",
                1,
                "rename-command nothing x",
                "No such command in rename-command",
            ),
            ("replicaof a", 1, "replicaof a", "wrong number of arguments"),
            ("replicaof a 70000", 1, "replicaof a 70000", "Invalid master port"),
            ("dir nowhere", 1, "dir nowhere", "No such file or directory"),
            (
                "list-max-ziplist-entries 1 2",
                1,
                "list-max-ziplist-entries 1 2",
                "Bad directive or wrong number of arguments",
            ),
        ] {
            assert_eq!(load(text).unwrap_err(), report(number, line, reason));
        }
    }

    #[test]
    fn what_is_wrong_only_as_a_whole_is_reported_without_a_line() {
        let title = "\n*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***\n";
        assert_eq!(
            load("cluster-enabled yes\nreplicaof a 1").unwrap_err(),
            format!("{title}replicaof directive not allowed in cluster mode\n")
        );
        assert_eq!(
            load("logfile /none/log").unwrap_err(),
            format!("{title}Can't open the log file: No such file or directory\n")
        );
        assert_eq!(load("cluster-enabled yes").unwrap().databases, 1);
    }

    #[test]
    fn lines_that_only_files_know_go_to_their_owners() {
        let mut config = Config::default();
        let mut world = World::default();
        let text =
            b"rename-command GET \"\"\nuser a on >b\nloadmodule /m.so x\nm.y 1 2\nsentinel\n\
                     lua-replicate-commands yes";
        let loaded = config.load(text, &mut world).unwrap();
        assert_eq!(world.asked, ["rename GET ", "user a on >b"]);
        assert_eq!(loaded.modules, [[b"/m.so".to_vec(), b"x".to_vec()]]);
        assert_eq!(loaded.module_values, [(b"m.y".to_vec(), b"1 2".to_vec())]);
    }

    #[test]
    fn includes_report_their_own_lines_and_endless_ones_stop() {
        let files = vec![("bad", "\n\nx y"), ("self", "include self")];
        let mut world = World { files, ..World::default() };
        let mut config = Config::default();
        let error = config.load(b"include bad", &mut world).unwrap_err();
        assert_eq!(
            error.to_string(),
            report(3, "x y", "Bad directive or wrong number of arguments")
        );
        let error = config.load(b"include none", &mut world).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Fatal error, can't open config file 'none': No such file or directory"
        );
        assert!(config.load(b"include self", &mut world).is_err());
    }
}

mod arguments {
    use super::*;

    fn start(args: &[&str]) -> Start {
        let argv: Vec<Vec<u8>> =
            ["ferrous-server"].iter().chain(args).map(|arg| arg.as_bytes().to_vec()).collect();
        from_args(&argv).unwrap()
    }

    fn options(args: &[&str]) -> String {
        match start(args) {
            Start::Serve { options, .. } => String::from_utf8(options).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn options_become_lines() {
        for (args, lines) in [
            (&["--port", "1", "--bind", "a", "b"][..], "port \"1\" \nbind \"a\" \"b\" "),
            (&["--save", ""], "save \"\" "),
            (&["--save", "--port", "1"], "save \"\"\nport \"1\" "),
            (&["--port", "1", "--save"], "port \"1\" \nsave \"\""),
            (&["--requirepass", "--x"], "requirepass \"--x\" "),
            (&["--port 1", "--timeout 2"], "port 1 \ntimeout 2 "),
            (&["--port=1"], "port=1 "),
            (&["--sentinel", "--port", "1"], "sentinel \nport \"1\" "),
            (&["x.conf", "--port", "1", "-"], "port \"1\" "),
            (&["--a", "-", "b"], "a \"-\" \"b\" "),
        ] {
            // The last line of an option at the end of the command line keeps the blank after it.
            assert_eq!(options(args).trim_end(), lines.trim_end(), "{args:?}");
        }
    }

    #[test]
    fn file_and_standard_input_are_told_from_options() {
        let serve = |args: &[&str]| match start(args) {
            Start::Serve { file, stdin, sentinel, bare, .. } => {
                (file.map(|file| String::from_utf8(file).unwrap()), stdin, sentinel, bare)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(serve(&[]), (None, false, false, true));
        assert_eq!(serve(&["-"]), (None, true, false, false));
        assert_eq!(serve(&["a.conf", "-"]), (Some("a.conf".into()), true, false, false));
        assert!(!serve(&["a.conf", "-", "--port", "1"]).1);
        assert!(serve(&["--port", "1", "-"]).1);
        assert!(serve(&["a.conf", "--sentinel"]).2);
        assert_eq!(start(&["-v"]), Start::Version);
        assert_eq!(start(&["--help"]), Start::Help);
        assert_eq!(start(&["--test-memory", "5"]), Start::TestMemory(b"5".to_vec()));
        assert!(from_args(&[b"x".to_vec(), b"--test-memory".to_vec()]).is_err());
    }

    #[test]
    fn options_come_after_the_file_and_count_its_lines() {
        let text = start(&["a.conf", "--nonsense", "1"]).text(b"port 1\n", b"").unwrap();
        let error = load(std::str::from_utf8(&text).unwrap()).unwrap_err();
        assert!(error.contains("at line 3\n>>> 'nonsense \"1\"'"), "{error}");
        assert_eq!(start(&[]).text(b"", b""), None);
    }
}

mod rewriting {
    use super::*;

    fn rewritten(config: &Config, old: &str) -> String {
        String::from_utf8(config.rewrite(old.as_bytes(), &Keep::default())).unwrap()
    }

    #[test]
    fn comments_stay_lines_are_replaced_in_place_and_changes_appended_under_a_signature() {
        let mut config = load("port 1").unwrap();
        config.timeout = 5;
        let text = rewritten(&config, "# hello\n  PORT   1\n\n\n\nbogus x\nsave 1 1\nsave 9 9\n");
        assert_eq!(
            text,
            "# hello\nport 1\n\n# ??? bogus x\nsave 3600 1\nsave 300 100\n\n# Generated by CONFIG \
             REWRITE\ntimeout 5\nsave 60 10000\nlatency-tracking-info-percentiles 50 99 99.9\n"
        );
        assert_eq!(rewritten(&config, &text), format!("{text}\n"), "as Redis does");
        assert_eq!(rewritten(&config, &format!("{text}\n")), format!("{text}\n"));
    }

    #[test]
    fn users_and_modules_come_from_their_owners() {
        let mut config = Config::default();
        let users = [b"default on".to_vec()];
        let modules = [b"/m.so a".to_vec()];
        let keep = Keep { users: &users, modules: &modules, force_all: false };
        let old = b"user x off\nuser y off\nloadmodule /old.so\nrename-command a b\ninclude c\n";
        let text = String::from_utf8(config.rewrite(old, &keep)).unwrap();
        let start = "user default on\n\nloadmodule /m.so a\nrename-command a b\ninclude c\n";
        assert!(text.starts_with(start), "{text}");
        config.aclfile = b"users.acl".to_vec();
        let text = String::from_utf8(config.rewrite(old, &keep)).unwrap();
        assert!(!text.contains("user "), "{text}");
    }

    #[test]
    fn everything_can_be_forced() {
        let config = Config { dir: Dir(b"/x".to_vec()), ..Config::default() };
        let keep = Keep { force_all: true, ..Keep::default() };
        let text = String::from_utf8(config.rewrite(b"", &keep)).unwrap();
        assert!(text.contains("\nproc-title-template \"{title} {listen-addr} {server-mode}\"\n"));
        assert!(text.contains("\nclient-output-buffer-limit replica 256mb 64mb 60\n"));
        assert!(!text.contains("\nmasterauth"), "what is not set has no line");
    }

    #[test]
    fn rewritten_values_are_read_back() {
        for text in [
            "maxmemory 3gb\nmaxmemory-clients 5%\nunixsocketperm 700\nbind a b\nmasterauth \"a b\\x00\"",
            "save \"\"\nnotify-keyspace-events KEA\nshutdown-on-sigterm save now\nreplicaof h 1",
            "client-output-buffer-limit normal 1000 1kb 5\noom-score-adj-values 1 2 3\nbind \"\"",
            "latency-tracking-info-percentiles \"\"\noom-score-adj relative\nhz 100\nmetrics-port 9",
        ] {
            let config = load(text).unwrap();
            let again = load(&rewritten(&config, text)).unwrap();
            for row in ROWS {
                assert_eq!(again.shown(row), config.shown(row), "{}", row.name);
            }
        }
    }
}

mod example_file {
    use super::*;

    const EXAMPLE: &str = include_str!("../../redis.conf.example");

    #[test]
    fn it_gives_the_defaults_on_loopback_addresses() {
        let config = load(EXAMPLE).unwrap();
        for row in ROWS.iter().filter(|row| row.name != "bind") {
            assert_eq!(config.shown(row), Config::default().shown(row), "{}", row.name);
            let named = EXAMPLE
                .lines()
                .any(|line| line.trim_start_matches("# ").split(' ').next() == Some(row.name));
            assert!(named || row.flags.has(Flags::HIDDEN), "{}", row.name);
        }
        assert_eq!(shown(&config, "bind"), "127.0.0.1 -::1");
    }
}

#[test]
fn hostile_bytes_do_no_harm() {
    for text in [
        &b"\x00\x00 \n\x0b\x0c x\n\"\xff"[..],
        b"save\nbind\nclient-output-buffer-limit\noom-score-adj-values",
        b"include x\n\ninclude x\nport 5",
        b"notify-keyspace-events K\nlogfile \"\\x00\"\nslave-priority 3\nsave 1 1\nhash-max-ziplist-value 2k",
        b"maxmemory 99999999999999999999",
        b"port \x00\nport 5\nbind \"' '\"",
    ] {
        fuzz::parse(text);
    }
}
