//! One child process, from its start to its end, as the server sees it.

use std::{
    fs, io,
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::Stdio,
    sync::{OnceLock, mpsc},
    time::Duration,
};

use tokio::{
    process::{self, ChildStderr, ChildStdout},
    runtime::Handle,
    sync::oneshot,
    time::timeout,
};
use uuid::Uuid;

use super::{
    End, Job, Output, Profile, READY_LIMIT, Refusal, Sandbox, Tier,
    message::{Report, Request},
    output::drain,
    proxy::{self, Proxy},
    way_out::{self, WayOut},
    wire::Wire,
};

/// How long a task may take to end once it was asked to, and its child with it.
const FAREWELL: Duration = Duration::from_secs(7);
/// How long what it printed last may take to arrive.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Shut in and ready for one task. Dropped, it and everything inside end.
pub struct Child {
    parts: Option<Parts>,
}

struct Parts {
    process: process::Child,
    wire: Wire,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    /// A directory of the machine that goes with it.
    home: Option<String>,
    is_busy: bool,
}

/// What came of a task.
#[derive(Debug)]
pub struct Finished {
    pub end: End,
    pub result: Vec<u8>,
}

impl Child {
    /// Starts a child and waits until it is shut in.
    pub async fn start(sandbox: &Sandbox, tier: Tier, profile: Profile) -> Result<Self, String> {
        let home = match tier {
            Tier::Strict => "/box".to_owned(),
            Tier::Restricted => {
                sandbox.0.scratch.join(format!("flowpilot-box-{}", Uuid::now_v7())).to_string_lossy().into_owned()
            }
        };
        let (ours, theirs) = UnixStream::pair().map_err(|error| error.to_string())?;
        let mut command = std::process::Command::new(&sandbox.0.program);
        command
            .args(["sandbox", "enter", tier.name(), profile.name(), &home])
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = launch(command).await.map_err(|error| format!("the child does not start: {error}"))?;
        let (stdout, stderr) = (process.stdout.take(), process.stderr.take());
        let wire = Wire::of(ours).map_err(|error| error.to_string())?;
        let home = (tier == Tier::Restricted).then_some(home);
        let mut parts = Parts { process, wire, stdout, stderr, home, is_busy: false };
        let said = timeout(READY_LIMIT, parts.wire.next()).await;
        let child = Self { parts: Some(parts) };
        match said {
            Ok(Ok(Some((Report::Ready, _)))) => Ok(child),
            Ok(Ok(Some((Report::Refused { message }, _)))) => Err(message),
            Ok(Ok(_)) => Err(child.broken().await),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the child did not get ready in time".to_owned()),
        }
    }

    pub fn is_alive(&mut self) -> bool {
        self.parts.as_mut().is_some_and(|parts| matches!(parts.process.try_wait(), Ok(None)))
    }

    /// Performs its one task. Dropping the future asks the task to end, and ends it five seconds later.
    pub async fn perform(
        mut self,
        job: Job,
        input: Vec<u8>,
        output: &Output,
        way_out: WayOut<'_>,
    ) -> Result<Finished, Refusal> {
        let Some(parts) = self.parts.as_mut() else { return Err(Refusal::Broken("there is no child".to_owned())) };
        parts.is_busy = true;
        let (stdout, stderr) = (parts.stdout.take(), parts.stderr.take());
        let pulse = output.pulse.as_ref();
        let reading = async {
            let out = async {
                if let Some(from) = stdout {
                    drain(from, &output.stdout, pulse).await
                }
            };
            let err = async {
                if let Some(from) = stderr {
                    drain(from, &output.stderr, pulse).await
                }
            };
            tokio::join!(out, err)
        };
        tokio::pin!(reading);
        let conversation = converse(&mut parts.wire, job, input, way_out);
        let said = tokio::select! {
            said = conversation => said,
            // It closed everything and may still have a result.
            _ = &mut reading => Err(Refusal::Broken(String::new())),
        };
        let said = match said {
            Err(Refusal::Broken(words)) if words.is_empty() => last_report(&mut parts.wire).await,
            other => {
                let _ = timeout(LAST_WORDS, reading).await;
                other
            }
        };
        let finished = match said {
            Ok(finished) => finished,
            Err(Refusal::Broken(words)) if words.is_empty() => return Err(Refusal::Broken(self.broken().await)),
            Err(refusal) => return Err(refusal),
        };
        parts.is_busy = false;
        Ok(finished)
    }

    /// Why it ended before its time.
    async fn broken(mut self) -> String {
        let Some(parts) = self.parts.as_mut() else { return String::new() };
        match timeout(LAST_WORDS, parts.process.wait()).await {
            Ok(Ok(status)) => format!("the child broke off ({status})"),
            _ => "the child broke off".to_owned(),
        }
    }
}

/// Gives the child its task and hears it out. An empty `Broken`: it said no more.
async fn converse(wire: &mut Wire, job: Job, input: Vec<u8>, way_out: WayOut<'_>) -> Result<Finished, Refusal> {
    let broken = |error: io::Error| Refusal::Broken(error.to_string());
    let mut proxy = None::<Proxy>;
    wire.send(&Request::Run(job), &input).await.map_err(broken)?;
    drop(input);
    loop {
        match wire.next().await.map_err(broken)? {
            Some((Report::Ended(end), result)) => return Ok(Finished { end, result }),
            Some((Report::NotStarted { message }, _)) => return Err(Refusal::NotStarted(message)),
            Some((Report::Refused { message }, _)) => return Err(Refusal::Broken(message)),
            Some((Report::Listening, _)) => {
                let listener = wire.descriptor().ok_or_else(|| Refusal::Broken("no listener came".to_owned()))?;
                if let WayOut::Proxy(egress) = way_out {
                    proxy = Some(proxy::serve(listener, egress.clone()).map_err(broken)?);
                }
            }
            Some((Report::Asked, wish)) => {
                let answer = way_out::answer(&wish, way_out).await;
                wire.send(&Request::Answered, &answer).await.map_err(broken)?;
            }
            Some(_) => {}
            None => {
                drop(proxy);
                return Err(Refusal::Broken(String::new()));
            }
        }
    }
}

/// What the child said after its program closed everything.
async fn last_report(wire: &mut Wire) -> Result<Finished, Refusal> {
    loop {
        match wire.next().await {
            Ok(Some((Report::Ended(end), result))) => return Ok(Finished { end, result }),
            Ok(Some((Report::NotStarted { message }, _))) => return Err(Refusal::NotStarted(message)),
            Ok(Some(_)) => {}
            Ok(None) => return Err(Refusal::Broken(String::new())),
            Err(error) => return Err(Refusal::Broken(error.to_string())),
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let Some(parts) = self.parts.take() else { return };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(parts.end())),
            // The program ends; what is inside ends with it.
            Err(_) => drop(parts),
        }
    }
}

impl Parts {
    /// Asks a task to end, and then sees to it.
    async fn end(mut self) {
        if self.is_busy {
            let _ = self.wire.send(&Request::Terminate, &[]).await;
        } else {
            let _ = self.wire.close().await;
        }
        let read = async {
            let output = Output::default();
            let out = async {
                if let Some(from) = self.stdout.take() {
                    drain(from, &output.stdout, None).await
                }
            };
            let err = async {
                if let Some(from) = self.stderr.take() {
                    drain(from, &output.stderr, None).await
                }
            };
            tokio::join!(out, err)
        };
        let ended = timeout(FAREWELL, async { tokio::join!(self.process.wait(), read).0 }).await;
        if ended.is_err() {
            let _ = self.process.kill().await;
        }
        if let Some(home) = self.home.take() {
            let _ = tokio::task::spawn_blocking(move || fs::remove_dir_all(home)).await;
        }
    }
}

struct Launch {
    command: std::process::Command,
    runtime: Handle,
    answer: oneshot::Sender<io::Result<process::Child>>,
}

/// Children end with the thread that started them, so that one starts them that lives as long as the program does.
async fn launch(command: std::process::Command) -> io::Result<process::Child> {
    static LAUNCHER: OnceLock<mpsc::Sender<Launch>> = OnceLock::new();
    let launcher = LAUNCHER.get_or_init(|| {
        let (sender, launches) = mpsc::channel::<Launch>();
        std::thread::spawn(move || {
            for Launch { command, runtime, answer } in launches {
                let _entered = runtime.enter();
                let child = process::Command::from(command).kill_on_drop(true).spawn();
                // Whoever no longer waits for it drops it.
                let _ = answer.send(child);
            }
        });
        sender
    });
    let (answer, started) = oneshot::channel();
    let gone = |_| io::Error::other("the thread that starts children is gone");
    launcher
        .send(Launch { command, runtime: Handle::current(), answer })
        .map_err(|_| io::Error::other("no launcher"))?;
    started.await.map_err(gone)?
}
