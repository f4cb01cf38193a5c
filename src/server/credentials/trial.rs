//! Trying a credential: the same guard, the same allowed hosts and the same code as when a node uses it.

use std::time::Duration;

use chrono::Utc;
use uuid::Uuid;

use super::{managed, missing};
use crate::{
    api::ApiError,
    domain::{
        credential::Verdict,
        id::{CredentialId, ExecutionId, NodeId},
        task::Kind,
        workflow::Parameters,
    },
    server::{
        Caller, Result,
        compute::Compute,
        files::Files,
        oauth,
        pulse::Pulse,
        runners::{self, Call, RunError},
        sandbox::Output,
        store::{credentials::Locked, tenants::Reach},
    },
};

/// How long trying may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Tries it at this place, such as an address to call. That it does not work is an answer, not an error.
pub async fn test(caller: &Caller, id: CredentialId, place: &str) -> Result<Verdict> {
    let mut tx = caller.begin().await?;
    let Locked { name, kind, .. } = managed(caller, &mut tx, id).await?;
    let Some(probe) = kind.probe() else {
        let detail = format!("A credential of the kind {} cannot be tried by itself.", kind.label());
        return Err(ApiError::conflict("not_testable", detail).into());
    };
    if place.trim().is_empty() && !probe.label.is_empty() && !probe.is_optional {
        return Err(ApiError::invalid("place", format!("Fill in “{}”.", probe.label)).into());
    }
    let (app, workspace) = (&caller.app, caller.workspace);
    let (_, secret) = app.secrets.credential(&mut tx, workspace, &name).await?.ok_or_else(missing)?;
    drop(tx);
    let parameters = Parameters::from_iter([("place".to_owned(), place.trim().into())]);
    let call = aside(caller, probe.task, parameters, PATIENCE)?;
    let tried = async {
        let reach = Reach::Workspace(&app.tenants, workspace);
        let secret = oauth::usable(reach, &app.secrets, &app.egress, workspace, secret).await?;
        runners::probe(Call { credential: Some(secret), ..call }).await
    };
    let verdict = match tokio::time::timeout(PATIENCE, tried).await {
        Ok(Ok(words)) => Verdict { works: true, words },
        Ok(Err(RunError::Retry { message, .. } | RunError::Fail { message, .. })) => {
            Verdict { works: false, words: message }
        }
        Err(_elapsed) => Verdict { works: false, words: "Nothing came back within 30 s.".to_owned() },
    };
    tracing::info!(credential = %id, by = %caller.email, works = verdict.works, "a credential was tried");
    Ok(verdict)
}

/// A call outside of any execution, without a credential yet.
pub fn aside(caller: &Caller, kind: Kind, parameters: Parameters, timeout: Duration) -> Result<Call> {
    let app = &caller.app;
    Ok(Call {
        workspace: caller.workspace,
        execution: ExecutionId(Uuid::nil()),
        run: NodeId::from(kind.name().to_owned()).into(),
        attempt: 1,
        kind,
        parameters,
        input: serde_json::Value::Null,
        channel: None,
        credential: None,
        certificate: None,
        egress: app.egress.clone(),
        pulse: Pulse::begin(),
        compute: Compute::default(),
        files: Files::at(&app.config.database.data_dir()?),
        now: Utc::now(),
        sandbox: app.sandbox.clone(),
        output: Output::default(),
        timeout,
    })
}
