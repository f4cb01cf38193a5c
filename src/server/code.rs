//! What code may do in a workspace: who sees it, who decides, and what it means for a workflow.

use super::{Caller, Result, plugins::Plugins, sandbox::Sandbox, store};
use crate::{
    api::ApiError,
    domain::{
        code::{CodePolicy, CodeStanding},
        problem::Problem,
        role::Action,
        task::Kind,
        workflow::{Node, Workflow},
    },
};

pub async fn standing(caller: &Caller) -> Result<CodeStanding> {
    caller.require(Action::ViewWorkflows)?;
    stands(caller).await
}

async fn stands(caller: &Caller) -> Result<CodeStanding> {
    let policy = store::code::policy(&mut *caller.begin().await?, caller.workspace).await?;
    let (isolation, reason) = match isolation(&caller.app.sandbox).await {
        Ok(tier) => (Some(tier.to_owned()), None),
        Err(reason) => (None, Some(reason)),
    };
    Ok(CodeStanding { policy, isolation, reason })
}

/// Answers how it stands now, whether or not the caller could have asked.
pub async fn set(caller: &Caller, mut policy: CodePolicy) -> Result<CodeStanding> {
    caller.require(Action::ManageCode)?;
    if let Some(kind) = policy.kinds.iter().find(|kind| !kind.is_code()) {
        let message = format!("{} is no kind of code. Leave it out.", kind.name());
        return Err(ApiError::invalid("kinds", message).into());
    }
    policy.kinds.sort();
    policy.kinds.dedup();
    let mut tx = caller.begin().await?;
    store::code::set_policy(&mut *tx, caller.workspace, &policy).await?;
    tx.commit().await?;
    let kinds: Vec<&str> = policy.kinds.iter().map(|kind| kind.name()).collect();
    tracing::info!(?kinds, network = policy.network, by = %caller.email, "what code may do was changed");
    stands(caller).await
}

/// How firmly code is shut in here, or why none runs.
async fn isolation(sandbox: &Sandbox) -> std::result::Result<&'static str, String> {
    if !sandbox.takes_code() {
        return Err("Code is off on this server. Whoever runs it can turn it on with FLOWPILOT_CODE=strict.".to_owned());
    }
    sandbox.tier().await.as_ref().map(|tier| tier.name()).map_err(|error| format!("Code is refused: {error}."))
}

/// Nodes of the workflow that could not run.
pub async fn problems(sandbox: &Sandbox, policy: &CodePolicy, workflow: &Workflow) -> Vec<Problem> {
    let mut problems = Vec::new();
    for node in workflow.nodes.iter().filter(|node| node.kind.is_code()) {
        let refusal = match isolation(sandbox).await {
            Err(reason) => Some(reason),
            Ok(_) => policy.refusal(node.kind, wants_network(node)),
        };
        problems.extend(refusal.map(|message| Problem::of_node(&node.id, "code", message)));
    }
    problems
}

pub fn wants_network(node: &Node) -> bool {
    node.parameters.get("network").and_then(|value| value.as_str()) == Some("on")
}

/// Nodes whose plug-in is not here, or that do not give it what it needs.
pub fn of_plugins(plugins: &Plugins, workflow: &Workflow) -> Vec<Problem> {
    let of_node = |node: &Node| {
        let id = node.parameters.get("plugin").and_then(|value| value.as_str()).unwrap_or_default();
        match plugins.find(id) {
            Some(plugin) => plugin.problems_of(node),
            None if id.is_empty() => Vec::new(),
            None => {
                let message =
                    format!("The plug-in {id} is not installed on this server. Choose another, or have it installed.");
                vec![Problem::of_node(&node.id, "plugin", message)]
            }
        }
    };
    workflow.nodes.iter().filter(|node| node.kind == Kind::Plugin).flat_map(of_node).collect()
}
