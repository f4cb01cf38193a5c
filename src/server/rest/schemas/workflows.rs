//! Drafts, versions and lists of workflows. The workflow itself is described by `domain::schema`.

use serde_json::{Value, json};

use super::{id, list_of, number, object, one_of_words, or_null, reference, text, time};
use crate::domain::task::Kind;

pub fn all() -> Value {
    json!({
        "Draft": draft(),
        "Saved": saved(),
        "Validation": object("What a check found.", json!({ "problems": list_of("Problem") }), &[]),
        "WorkflowSummary": summary(),
        "WorkflowPage": object(
            "A page of workflows.",
            json!({ "workflows": list_of("WorkflowSummary"), "next": next() }),
            &[],
        ),
        "VersionSummary": object("A published version, without its definition.", version_summary(), &[]),
        "VersionList": object("What was published.", json!({ "versions": list_of("VersionSummary") }), &[]),
        "Version": version(),
    })
}

pub fn next() -> Value {
    or_null(text("The `cursor` of the following page; null: this is the last one."))
}

fn draft() -> Value {
    object(
        "A workflow as it is being drawn.",
        json!({
            "id": id("Stays the same over all revisions and versions."),
            "workflow": reference("Workflow"),
            "revision": revision(),
            "live_version": live_version(),
            "live_revision": live_revision(),
            "problems": list_of("Problem"),
            "created_by": creator(),
            "created_at": time("When it was created."),
            "updated_at": time("When it was last saved or published."),
        }),
        &[],
    )
}

fn saved() -> Value {
    object("The answer to a save.", json!({ "revision": revision(), "problems": list_of("Problem") }), &[])
}

fn summary() -> Value {
    let kinds = one_of_words("A kind of node.", Kind::ALL.map(Kind::name));
    object(
        "What lists show of a workflow.",
        json!({
            "id": id("The workflow."),
            "name": text("Its name."),
            "description": text("What it is for; may be empty."),
            "node_count": number("How many nodes it has."),
            "kinds": { "type": "array", "items": kinds, "description": "The kinds of its nodes, each once." },
            "revision": revision(),
            "live_version": live_version(),
            "live_revision": live_revision(),
            "created_by": creator(),
            "updated_at": time("When it was last saved or published."),
        }),
        &[],
    )
}

fn version() -> Value {
    let mut properties = version_summary();
    properties["workflow"] = reference("Workflow");
    object("A published version. It never changes.", properties, &[])
}

fn version_summary() -> Value {
    json!({
        "version": number("From 1."),
        "name": text("What people call it; may be empty."),
        "note": text("What they say of it; may be empty."),
        "revision": number("The revision of the draft that it was."),
        "live": { "type": "boolean", "description": "Whether triggers start it." },
        "published_by": text("The email of whoever published it; empty once that account is gone."),
        "published_at": time("When it was published."),
    })
}

fn revision() -> Value {
    number("Counts the saves of the draft, from 1; the next save names it.")
}

fn live_version() -> Value {
    or_null(number("The version that triggers start; null: not published."))
}

fn live_revision() -> Value {
    or_null(number("The revision that the live version was published from."))
}

fn creator() -> Value {
    text("The email of whoever created it; empty once that account is gone.")
}
