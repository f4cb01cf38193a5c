//! The child's side: `flowpilot sandbox …` shuts itself in, says that it is ready, performs one task and ends. One
//! thread until it is shut in. Runs no code of anybody else's before.

mod command;
mod confine;
mod enter;
mod filter;
mod javascript;
mod network;
mod plugin;
mod root;

use std::{
    fs::File,
    io,
    os::{
        fd::AsFd,
        unix::{fs::DirBuilderExt, net::UnixStream},
    },
    process::ExitCode,
};

use super::message::{self, Job, Profile, Report, Request, Tier};

/// How the child is called: `sandbox enter|inside <tier> <profile> <box>`.
pub struct Plan {
    pub tier: Tier,
    pub profile: Profile,
    /// Where the box is: `/box`, or a directory of the machine where mounts are not its own.
    pub home: String,
}

/// What the arguments ask for. None: they are not for a child.
pub fn run() -> Option<ExitCode> {
    let arguments: Vec<String> = std::env::args_os().skip(1).map(|part| part.to_string_lossy().into_owned()).collect();
    let [name, part, tier, profile, home] = arguments.as_slice() else { return None };
    if name != "sandbox" {
        return None;
    }
    let plan = Plan { tier: Tier::parse(tier)?, profile: Profile::parse(profile)?, home: home.clone() };
    let Ok(mut control) = control() else { return Some(ExitCode::FAILURE) };
    let done = perform(part, &plan, &mut control);
    Some(done.unwrap_or_else(|error| {
        // Where nobody listens, there is nobody to tell.
        let _ = message::send(&mut control, &Report::Refused { message: error.to_string() }, &[]);
        ExitCode::FAILURE
    }))
}

fn perform(part: &str, plan: &Plan, control: &mut UnixStream) -> io::Result<ExitCode> {
    // What the server was started with is not for others.
    close_fds::set_fds_cloexec(3, &[]);
    match (part, plan.tier) {
        ("enter", Tier::Strict) => enter::namespaces(plan),
        ("enter", Tier::Restricted) => {
            enter::as_nobody_else()?;
            std::fs::DirBuilder::new().mode(0o700).create(&plan.home).map_err(|error| told("make the box", &error))?;
            serve(plan, control)
        }
        _ => serve(plan, control),
    }
}

/// The connection to the server.
fn control() -> io::Result<UnixStream> {
    Ok(UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?))
}

/// Shuts the process in, then performs the task that comes.
fn serve(plan: &Plan, control: &mut UnixStream) -> io::Result<ExitCode> {
    // Nothing that is started later inherits the connection to the server.
    let nothing = nothing()?;
    rustix::stdio::dup2_stdin(&nothing)?;
    if plan.tier == Tier::Strict {
        root::build()?;
        network::raise_loopback()?;
    }
    std::env::set_current_dir(&plan.home).map_err(|error| told("enter the box", &error))?;
    match plan.profile {
        Profile::Command => {
            confine::shut_in(plan)?;
            let Some((job, bytes)) = next_job(control)? else { return Ok(ExitCode::SUCCESS) };
            command::supervise(plan, control, job, bytes, &nothing)
        }
        Profile::JavaScript => {
            let engine = javascript::Engine::new()?;
            confine::shut_in(plan)?;
            let Some((job, bytes)) = next_job(control)? else { return Ok(ExitCode::SUCCESS) };
            let (end, result) = engine.evaluate(&job, &bytes);
            close_output(&nothing)?;
            message::send(control, &Report::Ended(end), &result)?;
            Ok(ExitCode::SUCCESS)
        }
        Profile::Plugin => {
            confine::shut_in(plan)?;
            let Some((job, bytes)) = next_job(control)? else { return Ok(ExitCode::SUCCESS) };
            let (end, result) = plugin::run(control, &job, &bytes)?;
            close_output(&nothing)?;
            message::send(control, &Report::Ended(end), &result)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Waits for the task. None: the server went away, or needs none.
fn next_job(control: &mut UnixStream) -> io::Result<Option<(Job, Vec<u8>)>> {
    message::send(control, &Report::Ready, &[])?;
    match message::receive::<Request>(control) {
        Ok((Request::Run(job), bytes)) => Ok(Some((job, bytes))),
        _ => Ok(None),
    }
}

fn nothing() -> io::Result<File> {
    File::options().read(true).write(true).open("/dev/null")
}

/// Tells whoever reads what was printed that nothing more comes.
fn close_output(nothing: &File) -> io::Result<()> {
    rustix::stdio::dup2_stdout(nothing)?;
    rustix::stdio::dup2_stderr(nothing)?;
    Ok(())
}

fn told(what: &str, error: &dyn std::fmt::Display) -> io::Error {
    io::Error::other(format!("cannot {what}: {error}"))
}
