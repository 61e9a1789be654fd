//! The binary under test: the host's own `main`, linked here so that cargo builds it before the tests that run it.

use std::process::ExitCode;

fn main() -> ExitCode {
    hallpass::main()
}
