//! What only DEBUG switches, beside what concerns clients.

/// See the module. It is off in ordinary operation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Switches {
    /// Commands that scripts must not call may be called by them (SET-DISABLE-DENY-SCRIPTS).
    pub allow_denied_in_scripts: bool,
}
