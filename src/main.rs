//! `ferrous-server`: the program.

use std::os::unix::ffi::OsStringExt;
use std::process::ExitCode;

use ferrous::runtime::memory::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn main() -> ExitCode {
    let argv: Vec<Vec<u8>> = std::env::args_os().map(OsStringExt::into_vec).collect();
    ferrous::server::run(&argv)
}
