//! The program: everything it can do is a subcommand of `server::cli`.

fn main() -> std::process::ExitCode {
    flowpilot::server::cli::run()
}
