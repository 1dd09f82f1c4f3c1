//! Hand-offs between threads: the only place that names atomics, locks and cells.
