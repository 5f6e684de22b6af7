//! The `distkey` binary: a thin shell over the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    distkey::cli::main()
}
