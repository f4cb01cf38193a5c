//! The sandbox against code that wants out: in every tier that this machine offers. Where it offers none, tasks are
//! refused, and that is what is shown.

mod escapes;
mod limits;
mod survivors;

use flowpilot::server::{
    config::{CodeConfig, CodeMode},
    sandbox::{Finished, Job, Output, Refusal, Sandbox, Tier, WayOut},
};

pub const MIB: u64 = 1024 * 1024;

/// One whose children are the real program.
pub fn sandbox(code: CodeMode) -> Sandbox {
    Sandbox::new(&CodeConfig { code, program: Some(env!("CARGO_BIN_EXE_flowpilot").into()) })
}

/// The tiers that work here. Of the others it is shown that nothing runs in them.
pub async fn tiers() -> Vec<Tier> {
    let sandbox = sandbox(CodeMode::Restricted);
    let mut found = Vec::new();
    for tier in [Tier::Strict, Tier::Restricted] {
        match sandbox.try_tier(tier).await {
            Ok(()) => found.push(tier),
            Err(reason) => {
                let refused = sandbox.command_in(tier, bash("true"), Vec::new(), &Output::default()).await;
                assert!(matches!(refused, Err(Refusal::NotAllowed(_))), "{refused:?}");
                eprintln!("no tier {}: {reason}", tier.name());
            }
        }
    }
    found
}

pub fn bash(script: &str) -> Job {
    Job {
        command: ["bash", "script"].map(str::to_owned).into(),
        files: vec![("script".to_owned(), script.to_owned())],
        memory_bytes: 512 * MIB,
        cpu_secs: 65,
        ..Job::default()
    }
}

pub fn python(code: &str) -> Job {
    Job {
        command: ["python3", "-I", "-S", "-B", "code.py"].map(str::to_owned).into(),
        files: vec![("code.py".to_owned(), code.to_owned())],
        memory_bytes: 512 * MIB,
        cpu_secs: 65,
        ..Job::default()
    }
}

/// What it printed, and how it ended.
pub async fn run(tier: Tier, job: Job, input: &str) -> (Finished, String, String) {
    let output = Output::default();
    let finished = sandbox(CodeMode::Restricted).command_in(tier, job, input.into(), &output).await;
    (finished.expect("it runs"), output.stdout.text(), output.stderr.text())
}

#[tokio::test]
async fn a_tier_that_the_machine_does_not_offer_is_refused_and_never_replaced_by_a_weaker_one() {
    let nowhere = Sandbox::new(&CodeConfig { code: CodeMode::Strict, program: Some("/usr/bin/false".into()) });
    let refused = nowhere.command(bash("true"), Vec::new(), &Output::default(), WayOut::None).await;
    assert!(matches!(&refused, Err(Refusal::NotAllowed(why)) if why.contains("strict")), "{refused:?}");
    let refused = nowhere.javascript(Job::default(), b"{}".to_vec(), &Output::default()).await;
    assert!(matches!(refused, Err(Refusal::NotAllowed(_))), "{refused:?}");
    // A child that says it is ready and is not shut in does not exist: what answers is our own program.
    let strange = Sandbox::new(&CodeConfig { code: CodeMode::Strict, program: Some("/bin/cat".into()) });
    assert!(strange.tier().await.is_err());
}

#[tokio::test]
async fn the_strict_mode_takes_nothing_less() {
    let sandbox = sandbox(CodeMode::Strict);
    match sandbox.try_tier(Tier::Strict).await {
        Ok(()) => assert_eq!(*sandbox.tier().await, Ok(Tier::Strict)),
        Err(_) => assert!(sandbox.tier().await.is_err()),
    }
}
