//! The `distkey` binary: a thin shell over the library.

use std::process::ExitCode;

/// Reading SQL is many small allocations: this one takes a sixth off a lint.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    distkey::cli::main()
}
