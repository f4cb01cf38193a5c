//! Backtests: the draft as it is saved, on what the workflow was given last. Reads journals, computes on the pool, and
//! writes nothing anywhere.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::Utc;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    api::ApiError,
    domain::{
        backtest::{self, Answer, Backtest, ChangedCall, Difference, Hands, MOST, Recording, Task, Tested, Verdict},
        event::{Event, TaskError},
        execution::{ExecutionFilter, ExecutionStatus, ExecutionSummary},
        id::{ExecutionId, NodeId, WorkflowId},
        payload::Sight,
        plan::Prepared,
        role::Action,
        task::Kind,
        workflow::Parameters,
    },
    server::{
        Caller, Result,
        files::Files,
        pulse::Pulse,
        runners::{self, Call, Outcome, RunError},
        sandbox::Output,
        store, workflows,
    },
};

/// What all recorded inputs together may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Of a journal that is larger nothing is compared.
const MOST_BYTES: usize = 16 << 20;
/// Events read at a time.
const PAGE: i64 = 512;

/// Tries the draft on the last so many executions that ended by themselves. As with a test run, the draft may have no
/// problems.
pub async fn run(caller: &Caller, workflow: WorkflowId, last: u32) -> Result<Backtest> {
    caller.require_on(Action::RunExecutions, workflow)?;
    if !(1..=MOST).contains(&last) {
        return Err(ApiError::invalid("last", format!("A backtest takes 1 to {MOST} inputs.")).into());
    }
    let draft = workflows::runnable_draft(caller, workflow).await?.unpinned();
    let bench = Arc::new(Bench {
        draft: Prepared::of(draft),
        vars: store::variables::values(&mut *caller.begin().await?, caller.workspace).await?,
        call: blank_call(caller)?,
        ends_at: Instant::now() + PATIENCE,
    });
    let mut found = Backtest::default();
    for summary in recorded(caller, workflow, last).await? {
        if Instant::now() >= bench.ends_at {
            found.left_out += 1;
            continue;
        }
        let mut tested = one(caller, &bench, summary).await?;
        limit(caller.sight(), &mut tested);
        found.tested.push(tested);
    }
    Ok(found)
}

/// What every input is tried with.
struct Bench {
    draft: Prepared,
    vars: Value,
    /// For runners; none of those that are asked looks at more than parameters and input.
    call: Call,
    ends_at: Instant,
}

/// Latest first. What ran unpublished counts only while nothing was published: test runs come with made-up data.
async fn recorded(caller: &Caller, workflow: WorkflowId, last: u32) -> Result<Vec<ExecutionSummary>> {
    let statuses = vec![ExecutionStatus::Succeeded, ExecutionStatus::Failed];
    let filter = ExecutionFilter { workflow: Some(workflow), statuses, before: None, limit: 100 };
    let page = store::executions::list(&mut *caller.begin().await?, caller.workspace, &filter).await?;
    let (published, drafts): (Vec<_>, Vec<_>) = page.executions.into_iter().partition(|summary| summary.version > 0);
    let chosen = if published.is_empty() { drafts } else { published };
    Ok(chosen.into_iter().take(last as usize).collect())
}

async fn one(caller: &Caller, bench: &Arc<Bench>, summary: ExecutionSummary) -> Result<Tested> {
    let unknown = |reason: &str| Tested {
        execution: summary.id,
        started_at: summary.created_at,
        was: summary.status,
        verdict: Verdict::Unknown { node: None, reason: reason.to_owned() },
        changed_calls: Vec::new(),
    };
    let mut tx = caller.begin().await?;
    let Some(ran) = store::executions::definition(&mut *tx, caller.workspace, summary.id).await? else {
        return Ok(unknown("Its journal is gone."));
    };
    drop(tx);
    let Some(events) = journal(caller, summary.id).await? else {
        return Ok(unknown("Its journal is larger than a backtest reads."));
    };
    let recording = match Recording::of(summary.id, ran, &events) {
        Ok(recording) => recording,
        Err(reason) => return Ok(unknown(reason)),
    };
    let theirs = bench.clone();
    let tried = caller.app.engine.compute().run(move || theirs.test(&recording)).await;
    Ok(tried.unwrap_or_else(|| unknown("Its data broke what reads it. FlowPilot's log says more.")))
}

/// All events; none: they are too many bytes.
async fn journal(caller: &Caller, execution: ExecutionId) -> Result<Option<Vec<Event>>> {
    let (mut events, mut bytes): (Vec<Event>, usize) = (Vec::new(), 0);
    let mut tx = caller.begin().await?;
    loop {
        let after = events.last().map_or(0, |event| event.seq);
        let page = store::executions::events(&mut *tx, caller.workspace, execution, after, PAGE).await?;
        for event in &page {
            bytes += serde_json::to_string(event)?.len();
        }
        if bytes > MOST_BYTES {
            return Ok(None);
        }
        let is_last = page.len() < PAGE as usize;
        events.extend(page);
        if is_last {
            return Ok(Some(events));
        }
    }
}

impl Bench {
    fn test(&self, recording: &Recording) -> Tested {
        let mut perform = |task: Task<'_>| self.perform(task);
        let is_late = || Instant::now() >= self.ends_at;
        backtest::test(&self.draft, recording, Hands { vars: &self.vars, perform: &mut perform, is_late: &is_late })
    }

    fn perform(&self, task: Task<'_>) -> Answer {
        let Task { node, run, parameters, input, now } = task;
        let call = Call { run: run.clone(), kind: node.kind, parameters, input, now, ..self.call.clone() };
        let Some(runner) = runners::pure(node.kind) else { return failed("It does not only compute.".to_owned()) };
        match runner(&call) {
            Ok(Outcome::Done { output, port }) => Answer::Done { output, port: port.into_owned() },
            Ok(Outcome::Wait { until: Some(until), output, .. }) => Answer::Wait { until, output },
            Ok(Outcome::Loop { items, max_parallel, go_on }) => Answer::Loop { items, max_parallel, go_on },
            Ok(Outcome::Wait { .. } | Outcome::Execute { .. }) => failed("It waits for somebody.".to_owned()),
            Err(error) => Answer::Failed(told(runners::explained(&call, error))),
        }
    }
}

fn failed(message: String) -> Answer {
    Answer::Failed(TaskError { message, field: None, retryable: false, details: Value::Null })
}

fn told(error: RunError) -> TaskError {
    match error {
        RunError::Retry { message, details, .. } => TaskError { message, field: None, retryable: true, details },
        RunError::Fail { message, field, details } => TaskError { message, field, retryable: false, details },
    }
}

fn blank_call(caller: &Caller) -> Result<Call> {
    let app = &caller.app;
    Ok(Call {
        workspace: caller.workspace,
        execution: ExecutionId(Uuid::nil()),
        run: NodeId::from("backtest").into(),
        attempt: 1,
        kind: Kind::NoOp,
        parameters: Parameters::new(),
        input: Value::Null,
        channel: None,
        credential: None,
        certificate: None,
        egress: app.egress.clone(),
        pulse: Pulse::begin(),
        compute: app.engine.compute().clone(),
        files: Files::at(&app.config.database.data_dir()?),
        now: Utc::now(),
        sandbox: app.sandbox.clone(),
        output: Output::default(),
        timeout: PATIENCE,
    })
}

/// Takes out of what was found what is not to be seen.
fn limit(sight: Sight, tested: &mut Tested) {
    let calls = tested.changed_calls.iter_mut().flat_map(|ChangedCall { differences, .. }| differences);
    let own = match &mut tested.verdict {
        Verdict::Differs { differences, .. } => differences.as_mut_slice(),
        _ => &mut [],
    };
    let values = |Difference { before, after, .. }: &mut Difference| {
        before.iter_mut().chain(after.iter_mut()).for_each(|value| sight.limit_value(value));
    };
    calls.chain(own).for_each(values);
}
