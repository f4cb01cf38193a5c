//! Code in the sandbox: what a child costs, and code tasks in whole workflows.

use std::time::{Duration, Instant};

use tokio::process::Command;

use super::{Value, site::Site, workflows};
use crate::{
    domain::{code::CodePolicy, task::Kind},
    server::{
        Error, Result, code,
        sandbox::{Job, Output, Sandbox, WayOut},
    },
};

const MIB: u64 = 1024 * 1024;
/// How long children get to be ready again.
const PAUSE: Duration = Duration::from_millis(100);
const FIBONACCI: &str = "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n";

pub async fn code(site: &Site, time: Duration) -> Result<Vec<Value>> {
    let sandbox = &site.caller.app.sandbox;
    if let Err(reason) = sandbox.tier().await {
        eprintln!("code: {reason}");
        return Ok(Vec::new());
    }
    let kinds = vec![Kind::Python, Kind::Javascript];
    code::set(&site.caller, CodePolicy { kinds, network: false }).await?;
    let (warm, python, bare) = (javascript(sandbox, time).await?, python(sandbox, time).await?, bare(time).await?);
    let forty = site.publish(workflows::forty_fibonacci_in_javascript()).await?;
    let forty = site.run(&forty, 1, time).await?;
    let ten = site.publish(workflows::ten_fibonacci_in_python(FIBONACCI)).await?;
    let ten = site.run(&ten, 1, Duration::from_millis(1)).await?;
    Ok(vec![
        ("javascript_ms", warm),
        ("python_over_bare_ms", python - bare),
        ("forty_fibonacci_js_s", forty.percentile_ms(0.50) / 1_000.0),
        ("ten_fibonacci_python_s", ten.percentile_ms(0.50) / 1_000.0),
        ("ten_fibonacci_plain_s", plain_fibonacci().await?),
    ])
}

/// The median of how long JavaScript takes a child that is ready.
async fn javascript(sandbox: &Sandbox, time: Duration) -> Result<f64> {
    let (mut times, began) = (Vec::new(), Instant::now());
    while began.elapsed() < time {
        tokio::time::sleep(PAUSE).await;
        let job = Job { code: "return input.n + 1".into(), memory_bytes: 64 * MIB, cpu_secs: 5, ..Job::default() };
        let asked = Instant::now();
        let data = br#"{"input":{"n":1},"data":{}}"#.to_vec();
        let finished = sandbox.javascript(job, data, &Output::default()).await;
        finished.map_err(|refusal| Error::internal(format!("{refusal:?}")))?;
        times.push(asked.elapsed());
    }
    Ok(median_ms(times))
}

/// The same of Python that does nothing, in a child that is ready.
async fn python(sandbox: &Sandbox, time: Duration) -> Result<f64> {
    let (mut times, began) = (Vec::new(), Instant::now());
    while began.elapsed() < time {
        tokio::time::sleep(PAUSE).await;
        let command = ["python3", "-I", "-S", "-B", "-c", "pass"].map(str::to_owned).into();
        let job = Job { command, memory_bytes: 1024 * MIB, cpu_secs: 5, ..Job::default() };
        let asked = Instant::now();
        let finished = sandbox.command(job, Vec::new(), &Output::default(), WayOut::None).await;
        finished.map_err(|refusal| Error::internal(format!("{refusal:?}")))?;
        times.push(asked.elapsed());
    }
    Ok(median_ms(times))
}

/// The same without a sandbox.
async fn bare(time: Duration) -> Result<f64> {
    let (mut times, began) = (Vec::new(), Instant::now());
    while began.elapsed() < time {
        let asked = Instant::now();
        plain(&["-I", "-S", "-B", "-c", "pass"]).await?;
        times.push(asked.elapsed());
    }
    Ok(median_ms(times))
}

async fn plain_fibonacci() -> Result<f64> {
    let began = Instant::now();
    plain(&["-c", &format!("{FIBONACCI}for _ in range(10):\n    fib(33)")]).await?;
    Ok(began.elapsed().as_secs_f64())
}

/// The interpreter that the sandbox finds, too.
async fn plain(arguments: &[&str]) -> Result<()> {
    let mut python = Command::new("python3");
    python.env("PATH", "/usr/local/bin:/usr/bin:/bin").args(arguments);
    python.output().await.map(drop).map_err(Error::internal)
}

fn median_ms(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}
