//! The binary: hands the command line to the library.

fn main() -> std::process::ExitCode {
    keyward::cli::run()
}
