//! The example of every kind: its parameters can be published, and what needs no peer gives what the example says.

use flowpilot::{
    domain::{
        expression::{Scope, resolve},
        task::{Family, Kind, Output},
        workflow::{Node, Point, Workflow},
    },
    server::runners::{self, Outcome},
};
use serde_json::Value;

use super::{call, object};

fn read(kind: Kind, text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{}: {error}: {text}", kind.name()))
}

#[test]
fn the_parameters_of_every_example_have_no_problem() {
    for kind in Kind::ALL {
        let mut node = Node::new("a".into(), "A", kind, Point::default());
        node.parameters.extend(object(read(kind, kind.spec().example.parameters)));
        let workflow = Workflow { name: "Example".into(), nodes: vec![node], ..Workflow::default() };
        let about = |field: &str| kind.field(field).is_some();
        let problems: Vec<_> =
            workflow.problems().into_iter().filter(|problem| problem.field.as_deref().is_some_and(about)).collect();
        assert!(problems.is_empty(), "{}: {problems:?}", kind.name());
    }
}

#[tokio::test]
async fn every_kind_without_a_peer_does_what_its_example_says() {
    let mut count = 0;
    for kind in Kind::ALL.into_iter().filter(|kind| matches!(kind.spec().family, Family::Flow | Family::Data)) {
        let example = &kind.spec().example;
        let has_peer = matches!(kind, Kind::Sql | Kind::Redis | Kind::S3Object);
        if example.input.is_empty() || has_peer {
            continue;
        }
        let input = read(kind, example.input);
        let scope = Scope { input: input.clone(), ..Scope::default() };
        let parameters = resolve(kind, &object(read(kind, example.parameters)), &scope).expect("it resolves");
        let mut call = call(kind, Value::Object(parameters));
        call.input = input;
        match runners::run(call).await {
            Ok(Outcome::Done { output, .. }) => assert_eq!(output, read(kind, example.output), "{}", kind.name()),
            other => panic!("{}: {other:?}", kind.name()),
        }
        count += 1;
    }
    assert!(count >= 13, "{count} examples ran");
}

#[test]
fn what_an_example_hands_on_has_the_members_that_the_catalogue_names() {
    for kind in Kind::ALL.into_iter().filter(|kind| !kind.spec().example.output.is_empty()) {
        let output = read(kind, kind.spec().example.output);
        match kind.spec().output {
            Output::Object(parts) => {
                let known: Vec<_> = parts.iter().map(|part| part.name).collect();
                for name in output.as_object().expect("an object").keys() {
                    assert!(known.contains(&name.as_str()), "{}: {name}", kind.name());
                }
            }
            Output::List(_) => assert!(output.is_array(), "{}", kind.name()),
            _ => {}
        }
    }
}

#[test]
fn the_page_of_the_catalogue_is_current() {
    let written = include_str!("../../../docs/tasks.md");
    let page = flowpilot::domain::task::page::page();
    assert!(written == page, "run: flowpilot task list --markdown > docs/tasks.md");
}
