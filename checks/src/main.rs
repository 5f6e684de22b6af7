//! The `distkey` binary once more, so that the checks of this package can run it.

use std::process::ExitCode;

fn main() -> ExitCode {
    distkey::cli::main()
}
