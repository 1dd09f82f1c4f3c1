//! The port through which the runtime says what an operator should know.

use std::io;
use std::sync::Arc;

pub use crate::base::log::Level;

/// Takes one line, without its end. Called from any thread; decides by itself what is written.
pub type Log = Arc<dyn Fn(Level, &str) + Send + Sync>;

/// What the operating system says about an error, as `strerror` gives it.
pub fn os_text(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
    match text.rfind(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_errors_read_as_strerror_says() {
        let in_use = io::Error::from(rustix::io::Errno::ADDRINUSE);
        assert_eq!(os_text(&in_use), "Address already in use");
        assert_eq!(os_text(&io::Error::other("odd")), "odd");
    }
}
