//! Supervises a program inside: feeds it, waits for it, ends it and whatever it started.

use std::{
    fs,
    io::{self, Read, Write},
    os::{fd::AsRawFd, unix::net::UnixStream, unix::process::CommandExt},
    path::Path,
    process::{ChildStdin, Command, ExitCode, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use nix::{
    errno::Errno,
    sys::{
        resource::{Resource, setrlimit},
        signal::{Signal, kill},
        wait::{WaitStatus, waitpid},
    },
    unistd::Pid,
};

use super::{
    super::message,
    super::message::{End, MAX_RESULT},
    Job, Plan, Report, Request, Tier, network,
};

/// How long a program may take to end once it was asked to.
const GRACE: Duration = Duration::from_secs(5);
/// Everything inside, except for this process.
const EVERYBODY: Pid = Pid::from_raw(-1);
const MEMORY_CHECK: Duration = Duration::from_millis(50);
/// Limits its own memory, then becomes the program.
const LIMITED: [&str; 4] = ["/bin/sh", "-c", "ulimit -v \"$1\" && shift && exec \"$@\"", "sh"];

pub fn supervise(
    plan: &Plan,
    control: &mut UnixStream,
    job: Job,
    input: Vec<u8>,
    nothing: &fs::File,
) -> io::Result<ExitCode> {
    let memory = job.memory_bytes;
    let started = start(plan, control, job);
    let (program, stdin, result) = match started {
        Ok(started) => started,
        Err(error) => {
            message::send(control, &Report::NotStarted { message: error.to_string() }, &[])?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let out_of_memory = Arc::new(AtomicBool::new(false));
    let listener = control.try_clone()?;
    thread::spawn(move || obey(listener));
    thread::spawn(move || feed(stdin, &input));
    if plan.tier == Tier::Strict {
        let flag = out_of_memory.clone();
        thread::spawn(move || watch_memory(memory, &flag));
    }
    let result = result.map(|reader| thread::spawn(move || read_result(reader)));
    let status = wait_for(program);
    end_everybody();
    let (bytes, too_large) = result.and_then(|reader| reader.join().ok()).unwrap_or_default();
    let (exit_code, signal) = match status {
        Some(WaitStatus::Exited(_, code)) => (Some(code), None),
        Some(WaitStatus::Signaled(_, signal, _)) => (None, Some(signal as i32)),
        _ => (None, None),
    };
    let end = End { exit_code, signal, out_of_memory: out_of_memory.load(Ordering::SeqCst), too_large, error: None };
    super::close_output(nothing)?;
    message::send(control, &Report::Ended(end), &bytes)?;
    Ok(ExitCode::SUCCESS)
}

type Started = (Pid, Option<ChildStdin>, Option<io::PipeReader>);

fn start(plan: &Plan, control: &UnixStream, job: Job) -> io::Result<Started> {
    for (name, text) in &job.files {
        fs::write(Path::new(&plan.home).join(name), text)?;
    }
    if job.network {
        network::open(control)?;
    }
    setrlimit(Resource::RLIMIT_CPU, job.cpu_secs, job.cpu_secs)?;
    let mut arguments = job.command;
    // Looked for here, so that its absence has a name.
    let program = find(arguments.first().map_or("", String::as_str))?;
    arguments[0] = program;
    let result = job.has_result.then(io::pipe).transpose()?;
    if let Some((_, writer)) = &result {
        rustix::io::fcntl_setfd(writer, rustix::io::FdFlags::empty())?;
        arguments.push(writer.as_raw_fd().to_string());
    }
    let kib = (job.memory_bytes / 1024).to_string();
    let mut child = Command::new(LIMITED[0])
        .args(&LIMITED[1..])
        .arg(kib)
        .args(arguments)
        .env_clear()
        .env("PATH", PATH)
        .env("LANG", "C.UTF-8")
        .env("TZ", "UTC")
        .env("HOME", &plan.home)
        .env("TMPDIR", &plan.home)
        .envs(job.env)
        .current_dir(&plan.home)
        .stdin(Stdio::piped())
        .process_group(0)
        .spawn()?;
    Ok((Pid::from_raw(child.id() as i32), child.stdin.take(), result.map(|(reader, _)| reader)))
}

const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

fn find(program: &str) -> io::Result<String> {
    let mut places = PATH.split(':').map(|dir| format!("{dir}/{program}"));
    places
        .find(|path| Path::new(path).is_file())
        .ok_or_else(|| io::Error::other(format!("{program} is not installed on the server (looked for it in {PATH})")))
}

/// Does what the server says; ends everything where the server goes away.
fn obey(mut control: UnixStream) {
    if let Ok((Request::Terminate, _)) = message::receive(&mut control) {
        let _ = kill(EVERYBODY, Signal::SIGTERM);
        let ends = thread::spawn(move || message::receive::<Request>(&mut control));
        let asked_at = std::time::Instant::now();
        while asked_at.elapsed() < GRACE && !ends.is_finished() {
            thread::sleep(Duration::from_millis(20));
        }
    }
    let _ = kill(EVERYBODY, Signal::SIGKILL);
}

fn feed(stdin: Option<ChildStdin>, input: &[u8]) {
    // Whoever does not read its input does without.
    let _ = stdin.map(|mut stdin| stdin.write_all(input));
}

/// What the program handed on, and whether that was too much. Goes on reading, so that the program does not wait.
fn read_result(mut reader: io::PipeReader) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    let _ = (&mut reader).take(MAX_RESULT as u64 + 1).read_to_end(&mut bytes);
    let too_large = bytes.len() > MAX_RESULT;
    let _ = io::copy(&mut reader, &mut io::sink());
    bytes.truncate(MAX_RESULT);
    (bytes, too_large)
}

/// Waits for the program, and takes leave of orphans meanwhile.
fn wait_for(program: Pid) -> Option<WaitStatus> {
    loop {
        match waitpid(EVERYBODY, None) {
            Ok(status) if status.pid() == Some(program) => return Some(status),
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => return None,
        }
    }
}

/// Ends what the program left behind, until nothing is left.
fn end_everybody() {
    loop {
        let _ = kill(EVERYBODY, Signal::SIGKILL);
        match waitpid(EVERYBODY, None) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => return,
        }
    }
}

/// Limits bind one process; this binds all of them together.
fn watch_memory(most: u64, exceeded: &AtomicBool) {
    let page = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).ok().flatten().unwrap_or(4096) as u64;
    loop {
        thread::sleep(MEMORY_CHECK);
        let pages: u64 = fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(private_pages).sum();
        if pages * page > most {
            exceeded.store(true, Ordering::SeqCst);
            let _ = kill(EVERYBODY, Signal::SIGKILL);
        }
    }
}

fn private_pages(entry: fs::DirEntry) -> Option<u64> {
    let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
    if pid == 1 {
        return None;
    }
    let text = fs::read_to_string(entry.path().join("statm")).ok()?;
    let mut numbers = text.split(' ').skip(1).map_while(|number| number.parse::<u64>().ok());
    Some(numbers.next()?.saturating_sub(numbers.next()?))
}
