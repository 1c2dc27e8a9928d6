//! `symbolon`: the only binary.

use std::process::ExitCode;

/// glibc's allocator splits the 19 MiB of each password hash and never gets them together again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
