//! MIGRATE, as far as it exists: which of its arguments are secret.

use crate::base::text::is_word;

/// Index of the first option.
const OPTIONS: usize = 6;

/// What follows AUTH and AUTH2, up to the keys.
pub(super) fn migrate_secrets(argv: &[&[u8]]) -> Vec<usize> {
    let mut secrets = Vec::new();
    let mut at = OPTIONS;
    while at < argv.len() && !is_word(argv[at], "KEYS") {
        let operands = match argv[at] {
            word if is_word(word, "AUTH") => 1,
            word if is_word(word, "AUTH2") => 2,
            _ => 0,
        };
        if at + operands < argv.len() {
            secrets.extend(at + 1..=at + operands);
        }
        at += operands + 1;
    }
    secrets
}
