//! Time as an input. Nothing below `runtime` reads a clock; whoever drives the core hands it a
//! [`Tick`].

/// Milliseconds since the Unix epoch: the unit of every expiry.
pub type Millis = i64;

/// One reading of the clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tick {
    /// Wall clock, microseconds since the Unix epoch.
    pub wall_us: i64,
    /// Monotonic clock, nanoseconds since an arbitrary origin.
    pub mono_ns: u64,
}

impl Tick {
    /// Wall clock in milliseconds.
    pub fn millis(self) -> Millis {
        self.wall_us.div_euclid(1000)
    }

    /// Wall clock in whole seconds.
    pub fn seconds(self) -> i64 {
        self.wall_us.div_euclid(1_000_000)
    }
}
