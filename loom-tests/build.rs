//! Turns loom on for this crate alone: as a RUSTFLAGS setting it would reach every dependency.

fn main() {
    println!("cargo::rustc-cfg=loom");
    println!("cargo::rerun-if-changed=build.rs");
}
