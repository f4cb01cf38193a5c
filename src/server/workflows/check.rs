//! What a workflow is checked for where the database is at hand: its size before it is kept, its credentials beside
//! the rules of `domain::validate` before it is published.

use serde_json::Value;
use sqlx::PgConnection;

use crate::{
    api::ApiError,
    domain::{
        credential::CredentialKind,
        draft::{MAX_BYTES, MAX_DEPTH, MAX_EDGES},
        expression,
        problem::Problem,
        role::Action,
        task::Input,
        validate::{MAX_NAME_CHARS, MAX_NODES},
        workflow::{Node, Workflow},
    },
    server::{
        Caller, Result, code, credentials,
        store::{self, credentials::Known},
        triggers,
    },
};

/// Refuses what is too large to keep or has no name to list it by. Anything else may be in a draft.
pub fn limits(workflow: &Workflow) -> Result<()> {
    name(&workflow.name)?;
    let (nodes, edges) = (workflow.nodes.len(), workflow.edges.len());
    if nodes > MAX_NODES {
        return refuse("nodes", format!("The workflow has {nodes} nodes; {MAX_NODES} are possible. Split it up."));
    }
    if edges > MAX_EDGES {
        return refuse("edges", format!("The workflow has {edges} edges; {MAX_EDGES} are possible. Split it up."));
    }
    if let Some((node, field)) = too_deep(workflow) {
        let message = format!("Lists and objects nest deeper than {MAX_DEPTH} here. Flatten them.");
        let problem = Problem::of_node(&node.id, field, message.clone());
        return Err(ApiError::new(422, "invalid", message).with_problems(vec![problem]).into());
    }
    let json = serde_json::to_string(workflow)?;
    if json.len() > MAX_BYTES {
        let bytes = json.len();
        let message = format!("The workflow's JSON form has {bytes} bytes; {MAX_BYTES} (5 MiB) are possible.");
        return refuse("nodes", message);
    }
    if holds_nul(&json) {
        return Err(nul(workflow)?.into());
    }
    Ok(())
}

/// Postgres keeps no U+0000 in text and jsonb.
fn nul(workflow: &Workflow) -> Result<ApiError> {
    let message = "A text holds the character U+0000, which cannot be kept. Remove it.";
    for node in &workflow.nodes {
        if holds_nul(&serde_json::to_string(node)?) {
            let problem = Problem::of_node(&node.id, "parameters", message);
            return Ok(ApiError::new(422, "invalid", message).with_problems(vec![problem]));
        }
    }
    Ok(ApiError::invalid("description", message))
}

/// Whether the JSON text has an escaped U+0000, and not a backslash before `u0000`.
fn holds_nul(json: &str) -> bool {
    let backslashes = |at: usize| json[..at].bytes().rev().take_while(|byte| *byte == b'\\').count();
    json.match_indices("\\u0000").any(|(at, _)| backslashes(at) % 2 == 0)
}

fn name(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return refuse("name", "Give the workflow a name.");
    }
    if name.chars().count() > MAX_NAME_CHARS {
        return refuse("name", format!("The name has more than {MAX_NAME_CHARS} characters. Shorten it."));
    }
    if name.chars().any(char::is_control) {
        return refuse("name", "The name holds a line break or another control character. Remove it.");
    }
    Ok(())
}

fn refuse(field: &str, message: impl Into<String>) -> Result<()> {
    Err(ApiError::invalid(field, message).into())
}

/// Refuses input that nests too deep to be handed from node to node.
pub fn input_depth(input: &Value) -> Result<()> {
    if depth(input) <= MAX_DEPTH {
        return Ok(());
    }
    refuse("input", format!("Lists and objects nest deeper than {MAX_DEPTH}. Flatten them."))
}

fn too_deep(workflow: &Workflow) -> Option<(&Node, &str)> {
    workflow.nodes.iter().find_map(|node| {
        let (field, _) = node.parameters.iter().find(|(_, value)| depth(value) > MAX_DEPTH)?;
        Some((node, field.as_str()))
    })
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Everything that keeps the caller from publishing it in their workspace.
pub async fn problems(db: &mut PgConnection, caller: &Caller, workflow: &Workflow) -> Result<Vec<Problem>> {
    let mut problems = workflow.problems();
    add_new(&mut problems, triggers::problems(workflow));
    add_new(&mut problems, code::of_plugins(caller.app.sandbox.plugins(), workflow));
    if workflow.nodes.iter().any(|node| node.kind.is_code()) {
        let policy = store::code::policy(&mut *db, caller.workspace).await?;
        add_new(&mut problems, code::problems(&caller.app.sandbox, &policy, workflow).await);
    }
    if reads_variables(workflow) {
        let names = store::variables::names(&mut *db, caller.workspace).await?;
        add_new(&mut problems, unknown_variables(workflow, &names));
    }
    let mentions: Vec<Mention> = mentions(workflow).collect();
    if mentions.is_empty() {
        return Ok(problems);
    }
    let names: Vec<&str> = mentions.iter().map(|mention| mention.name.as_str()).collect();
    let mut known = store::credentials::known(&mut *db, caller.workspace, &names, caller.user).await?;
    // Who could neither publish nor run it is told nothing of it.
    if caller.role.may(Action::ManageCredentials) || !caller.role.may(Action::RunExecutions) {
        known.values_mut().for_each(|known| known.is_entrusted = true);
    }
    let of_credentials = mentions.iter().filter_map(|mention| mention.problem(known.get(&mention.name)));
    add_new(&mut problems, of_credentials.collect());
    Ok(problems)
}

fn reads_variables(workflow: &Workflow) -> bool {
    workflow.nodes.iter().any(|node| expression::references(node).reads_vars)
}

/// Fields that read a variable which the workspace does not have.
fn unknown_variables(workflow: &Workflow, names: &[String]) -> Vec<Problem> {
    let of_node = |node: &Node| {
        let unknown = expression::references(node).vars.into_iter().filter(|mention| !names.contains(&mention.name));
        let told = unknown.map(|mention| {
            let guess = expression::suggestion(&mention.name, names.iter().map(String::as_str));
            let message = format!("There is no variable “{}”.{guess} Create it on the page “Variables”.", mention.name);
            Problem::of_node(&node.id, mention.field, message)
        });
        told.collect::<Vec<_>>()
    };
    workflow.nodes.iter().flat_map(of_node).collect()
}

/// A field that is known to be wrong needs no second sentence.
fn add_new(problems: &mut Vec<Problem>, more: Vec<Problem>) {
    for problem in more {
        let is_known = |known: &Problem| known.node == problem.node && known.field == problem.field;
        if !problems.iter().any(is_known) {
            problems.push(problem);
        }
    }
}

/// A field that names a credential.
struct Mention<'a> {
    node: &'a Node,
    field: &'static str,
    name: String,
    kinds: &'static [CredentialKind],
}

fn mentions(workflow: &Workflow) -> impl Iterator<Item = Mention<'_>> {
    workflow.nodes.iter().filter(|node| !node.disabled).flat_map(|node| {
        let parameters = node.kind.with_defaults(&node.parameters);
        node.kind.spec().fields.iter().filter_map(move |field| {
            let Input::Credential(kinds) = field.input else { return None };
            let name = parameters.get(field.name)?.as_str()?.trim().to_owned();
            let counts = field.is_shown(&parameters) && !name.is_empty();
            counts.then_some(Mention { node, field: field.name, name, kinds })
        })
    })
}

impl Mention<'_> {
    fn problem(&self, known: Option<&Known>) -> Option<Problem> {
        let message = credentials::misfit(&self.name, known, self.kinds, self.node.kind)?;
        Some(Problem::of_node(&self.node.id, self.field, message))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{task::Kind, template, workflow::Point};

    fn with_parameter(value: Value) -> Workflow {
        let mut node = Node::new("transform_1".into(), "Transform", Kind::Transform, Point::default());
        node.parameters.insert("output".to_owned(), value);
        Workflow { name: "A".to_owned(), nodes: vec![node], ..Workflow::default() }
    }

    fn refused_field(workflow: &Workflow) -> Option<String> {
        let error = ApiError::from(limits(workflow).err()?);
        assert_eq!((error.status, error.code.as_str()), (422, "invalid"));
        error.problems.first()?.field.clone()
    }

    #[test]
    fn templates_keep_to_the_limits() {
        for template in template::ALL {
            assert_eq!(refused_field(&template.workflow()), None, "{}", template.id);
        }
    }

    #[test]
    fn a_workflow_needs_a_readable_name() {
        for name in ["", "   ", "a\nb", "a\0b", &"x".repeat(MAX_NAME_CHARS + 1)] {
            let workflow = Workflow { name: name.to_owned(), ..Workflow::default() };
            assert_eq!(refused_field(&workflow).as_deref(), Some("name"), "{name:?}");
        }
    }

    #[test]
    fn nesting_and_the_character_that_cannot_be_kept_are_refused_with_their_node() {
        let deep = (0..=MAX_DEPTH).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(refused_field(&with_parameter(deep)).as_deref(), Some("output"));
        assert_eq!(refused_field(&with_parameter(json!("a\0b"))).as_deref(), Some("parameters"));
        assert_eq!(refused_field(&with_parameter(json!("a\\u0000b"))), None);
    }

    #[test]
    fn too_many_nodes_or_bytes_are_refused() {
        let mut workflow = with_parameter(json!("x".repeat(MAX_BYTES)));
        assert_eq!(refused_field(&workflow).as_deref(), Some("nodes"));
        workflow = with_parameter(json!(1));
        workflow.nodes = vec![workflow.nodes[0].clone(); MAX_NODES + 1];
        assert_eq!(refused_field(&workflow).as_deref(), Some("nodes"));
    }
}
