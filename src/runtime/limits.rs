//! How many files the process may open, and so how many clients it can serve.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::log::Level;

/// Files kept back for everything that is no client: logs, snapshots, listeners, pollers.
pub const RESERVED_FILES: u64 = 32;

/// What came of [`adjust_open_files`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenFiles {
    /// How many clients fit; `None`: not even one, and the process is to exit with status 1.
    pub clients: Option<u32>,
    /// The lines for the log, in order.
    pub log: Vec<(Level, String)>,
}

/// Raises the limit of open files so that `clients` fit beside [`RESERVED_FILES`], or as far as the
/// system allows; then fewer clients fit.
pub fn adjust_open_files(clients: u32) -> OpenFiles {
    let Some(current) = getrlimit(Resource::Nofile).current else {
        return OpenFiles { clients: Some(clients), log: Vec::new() }; // unlimited
    };
    raise(clients, current, |files| {
        setrlimit(Resource::Nofile, Rlimit { current: Some(files), maximum: Some(files) })
            .map_err(|error| super::log::os_text(&error.into()))
    })
}

/// `set` tries one limit; its error is the system's text.
fn raise(clients: u32, current: u64, mut set: impl FnMut(u64) -> Result<(), String>) -> OpenFiles {
    const STEP: u64 = 16;
    let wanted = u64::from(clients) + RESERVED_FILES;
    if current >= wanted {
        return OpenFiles { clients: Some(clients), log: Vec::new() };
    }
    let (mut best, mut refusal) = (wanted, String::new());
    while best > current {
        match set(best) {
            Ok(()) => break,
            Err(text) => refusal = text,
        }
        best = best.saturating_sub(STEP);
    }
    let best = best.max(current);
    if best == wanted {
        let text = format!(
            "Increased maximum number of open files to {wanted} (it was originally set to {current})."
        );
        return OpenFiles { clients: Some(clients), log: vec![(Level::Notice, text)] };
    }
    if best <= RESERVED_FILES {
        let text = format!(
            "Your current 'ulimit -n' of {current} is not enough for the server to start. \
             Please increase your open file limit to at least {wanted}. Exiting."
        );
        return OpenFiles { clients: None, log: vec![(Level::Warning, text)] };
    }
    let fit = (best - RESERVED_FILES) as u32;
    let log = [
        format!(
            "You requested maxclients of {clients} requiring at least {wanted} max file descriptors."
        ),
        format!("Server can't set maximum open files to {wanted} because of OS error: {refusal}."),
        format!(
            "Current maximum open files is {best}. maxclients has been reduced to {fit} to \
             compensate for low ulimit. If you need higher maxclients increase 'ulimit -n'."
        ),
    ];
    OpenFiles { clients: Some(fit), log: log.map(|text| (Level::Warning, text)).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raise_up_to(clients: u32, current: u64, hard: u64) -> OpenFiles {
        let refuse =
            |files| if files <= hard { Ok(()) } else { Err("Operation not permitted".into()) };
        raise(clients, current, refuse)
    }

    #[test]
    fn enough_files_are_left_alone() {
        let outcome = raise(100, 132, |_| panic!("the limit must not be touched"));
        assert_eq!(outcome, OpenFiles { clients: Some(100), log: vec![] });
    }

    #[test]
    fn a_raised_limit_is_announced() {
        let outcome = raise_up_to(10_000, 1024, u64::MAX);
        assert_eq!(outcome.clients, Some(10_000));
        let text =
            "Increased maximum number of open files to 10032 (it was originally set to 1024).";
        assert_eq!(outcome.log, [(Level::Notice, text.to_owned())]);
    }

    #[test]
    fn fewer_clients_fit_when_the_system_refuses() {
        let outcome = raise_up_to(10_000, 1024, 4096);
        assert_eq!(outcome.clients, Some(4096 - 32)); // 10032 less 371 steps of 16
        assert_eq!(outcome.log.len(), 3);
        assert!(outcome.log[1].1.ends_with("because of OS error: Operation not permitted."));
    }

    #[test]
    fn a_step_below_the_old_limit_keeps_the_old_limit() {
        assert_eq!(raise_up_to(100, 120, 0).clients, Some(120 - 32));
    }

    #[test]
    fn no_room_for_one_client_is_fatal() {
        let outcome = raise_up_to(1, 32, 0);
        assert_eq!(outcome.clients, None);
        assert!(outcome.log[0].1.contains("at least 33. Exiting."));
    }
}
