//! `proc-title-template`: text with names in braces; `{{` is a brace.

use super::Config;
use crate::base::text::{trim, until_nul};

impl Config {
    /// What a template shows for a program called `title`; `None` if it is malformed or has an
    /// unknown name.
    pub fn process_title(&self, template: &[u8], title: &[u8]) -> Option<Vec<u8>> {
        let mut shown = Vec::new();
        let mut rest = until_nul(template);
        while let Some(open) = rest.iter().position(|byte| *byte == b'{') {
            shown.extend(&rest[..open]);
            rest = &rest[open + 1..];
            if let Some(after) = rest.strip_prefix(b"{") {
                shown.push(b'{');
                rest = after;
                continue;
            }
            let close = rest.iter().position(|byte| *byte == b'}')?;
            shown.extend(self.title_part(&rest[..close], title)?);
            rest = &rest[close + 1..];
        }
        shown.extend(rest);
        Some(trim(&shown, b" ").to_vec())
    }

    fn title_part(&self, name: &[u8], title: &[u8]) -> Option<Vec<u8>> {
        let unixsocket = || self.unixsocket.clone().unwrap_or_default();
        Some(match name {
            b"title" => title.to_vec(),
            b"listen-addr" if self.port == 0 && self.tls_port == 0 => {
                [b"unixsocket:", &unixsocket()[..]].concat()
            }
            b"listen-addr" => {
                let address = self.bind.0.first().map_or(&b"*"[..], |first| first);
                let port = if self.port != 0 { self.port } else { self.tls_port };
                [address, format!(":{port}").as_bytes()].concat()
            }
            b"server-mode" if self.cluster_enabled => b"[cluster]".to_vec(),
            b"server-mode" => Vec::new(),
            b"config-file" if self.config_file.is_empty() => b"-".to_vec(),
            b"config-file" => self.config_file.clone(),
            b"port" => self.port.to_string().into_bytes(),
            b"tls-port" => self.tls_port.to_string().into_bytes(),
            b"unixsocket" => unixsocket(),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(template: &str) -> Option<String> {
        let config = Config { unixsocket: Some(b"/s".to_vec()), ..Config::default() };
        let shown = config.process_title(template.as_bytes(), b"srv")?;
        Some(String::from_utf8(shown).expect("the parts are text"))
    }

    #[test]
    fn names_are_filled_in_and_blanks_at_the_ends_go() {
        let default = String::from_utf8(Config::default().proc_title_template).unwrap();
        assert_eq!(shown(&default).as_deref(), Some("srv *:6379"));
        assert_eq!(
            shown("{port}|{tls-port}|{unixsocket}|{config-file}").as_deref(),
            Some("6379|0|/s|-")
        );
        assert_eq!(shown("{{x}").as_deref(), Some("{x}"));
        assert_eq!(shown("{server-mode}  ").as_deref(), Some(""));
        assert_eq!((shown("{unknown}"), shown("{title")), (None, None));
    }
}
