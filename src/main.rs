//! The binary: hands the command line to the library.

/// Userinfo and introspection are a tenth faster than with the system's; it costs some 15 MB.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    keyward::cli::run()
}
