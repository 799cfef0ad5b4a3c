//! The binary: arguments in, exit code out. Everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    s3_to_redshift::cli::run(std::env::args_os())
}
