//! The deterministic machine: inputs in, outputs out.
