//! The program: everything it can do is a subcommand of `server::cli`.

/// A fifth of the server's time went into the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    flowpilot::server::cli::run()
}
