//! What an attempt needs of its workspace, read when it begins: parameters without expressions, the channel, the opened
//! credentials; and whether the workspace lets it run at all.

use serde_json::Value;

use super::{
    Core,
    attempt::{ended_badly, failed},
    compute,
    message::Ending,
    named::{self, Named},
    seen, uses,
    work::Work,
};
use crate::{
    domain::{channel::NewChannel, expression, workflow::Parameters},
    server::{
        Error, oauth,
        runners::Secret,
        store::{self, tenants::Reach},
    },
};

pub struct Means {
    /// With every expression replaced by its value.
    pub parameters: Parameters,
    pub channel: Option<NewChannel>,
    pub credential: Option<Secret>,
    pub certificate: Option<Secret>,
}

impl Means {
    /// Notes that the credentials were used. An error ends the attempt.
    pub async fn read(core: &Core, work: &Work) -> Result<Self, Ending> {
        let node = work.node();
        let mut parameters = parameters(core, work).await?;
        if node.looks_back() {
            Box::pin(seen::leave_out(core, work, &mut parameters)).await?;
        }
        if let Some(ending) = Box::pin(refused(core, work, &parameters)).await {
            return Err(ending);
        }
        let channel = Box::pin(named::channel(core, work, &parameters)).await?;
        let credential = open(core, work, named::credential(node, &parameters, channel.as_ref())).await?;
        let certificate = open(core, work, named::certificate(node, &parameters)).await?;
        for secret in credential.iter().chain(&certificate) {
            Box::pin(uses::note(core, work, secret.id)).await;
        }
        Ok(Self { parameters, channel, credential, certificate })
    }
}

/// The node's parameters with every expression replaced by its value.
async fn parameters(core: &Core, work: &Work) -> Result<Parameters, Ending> {
    let node = work.node();
    let resolved = if node.kind.goes_over_items() || compute::is_much(&node.parameters, &work.scope) {
        let (kind, parameters, scope) = (node.kind, node.parameters.clone(), work.scope.clone());
        let resolved = Box::pin(core.compute.run(move || expression::resolve(kind, &parameters, &scope))).await;
        resolved.ok_or_else(|| failed("The expressions broke off by a fault in FlowPilot.", None, false))?
    } else {
        expression::resolve(node.kind, &node.parameters, &work.scope)
    };
    resolved.map_err(|error| failed(error.message, Some(error.field), false))
}

/// Why the workspace does not let this run; none: it does.
async fn refused(core: &Core, work: &Work, parameters: &Parameters) -> Option<Ending> {
    let kind = work.node().kind;
    if !kind.is_code() {
        return None;
    }
    let wants_network = parameters.get("network").and_then(Value::as_str) == Some("on");
    match store::code::policy(&core.parts.pool, work.workspace).await {
        Ok(policy) => policy.refusal(kind, wants_network).map(|message| failed(message, None, false)),
        Err(error) => {
            tracing::error!(%error, "what code may do could not be read");
            Some(failed("What code may do in this workspace could not be read.", None, true))
        }
    }
}

/// The credential that is named, opened.
async fn open(core: &Core, work: &Work, named: Option<Named<'_>>) -> Result<Option<Secret>, Ending> {
    let (workspace, node) = (work.workspace, work.node());
    let Some(Named { field, kinds, name, task }) = named else { return Ok(None) };
    let found = async {
        let mut db = core.parts.pool.acquire().await?;
        core.parts.secrets.credential(&mut db, workspace, name).await
    };
    match Box::pin(found).await {
        Ok(Some((kind, secret))) if kinds.contains(&kind) => {
            let parts = &core.parts;
            let usable = async {
                let secret = secret.for_task(task, field)?;
                // Whoever made a channel may use its credential, and opened it to all that the channel is open to.
                if task == node.kind {
                    uses::vouch(core, work, &secret, field).await?;
                }
                oauth::usable(Reach::Engine(&parts.pool), &parts.secrets, &parts.egress, workspace, secret).await
            };
            Box::pin(usable).await.map(Some).map_err(ended_badly)
        }
        Ok(Some((kind, _))) => {
            let message = format!("The credential “{name}” is of the kind {}. Choose one that fits.", kind.label());
            Err(failed(message, Some(field.to_owned()), false))
        }
        Ok(None) => {
            let message = format!("There is no credential “{name}” any more. Choose another one, or create it again.");
            Err(failed(message, Some(field.to_owned()), false))
        }
        Err(error) => {
            tracing::error!(%error, node = %node.id, "a credential could not be opened");
            let is_passing = matches!(error, Error::Database(_));
            Err(failed(format!("The credential “{name}” could not be opened."), Some(field.to_owned()), is_passing))
        }
    }
}
