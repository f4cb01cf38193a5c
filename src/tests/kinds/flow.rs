//! What decides, repeats and waits.

use flowpilot::domain::{
    task::{Kind, port},
    workflow::{Edge, Workflow},
};
use serde_json::json;

use super::{Act, Case, House};
use crate::stand::node;

pub async fn cases(house: &House) -> Vec<Case> {
    let other =
        Case::of(Kind::Transform, json!({"output": "{ twice: input.n * 2 }"}), json!(null), json!(null)).workflow;
    house.desk().publish(Workflow { name: "Twice".into(), ..other }).await;
    let input = json!({"n": 21});
    let passed = |kind, parameters| Case::of(kind, parameters, json!({"n": 21}), json!({"n": 21}));
    let mut fails = Case::of(Kind::Fail, json!({"message": "No"}), input.clone(), json!(null));
    fails.expected = None;
    vec![
        Case::example(Kind::Condition),
        Case::example(Kind::Switch),
        Case::example(Kind::NoOp),
        Case::example(Kind::Log),
        Case::of(Kind::SubWorkflow, json!({"workflow": "Twice"}), input, json!({"twice": 42})),
        passed(Kind::Delay, json!({"amount": 0, "unit": "seconds"})),
        passed(Kind::WaitUntil, json!({"at": "2020-01-01T00:00:00Z"})),
        Case::of(Kind::Approval, json!({"message": "Ship it?"}), json!(null), json!({})).after(Act::Decide),
        Case::of(Kind::WaitForEvent, json!({"waits_for": "event", "name": "paid"}), json!(null), json!({}))
            .after(Act::SendEvent),
        fails,
        loops(),
    ]
}

fn loops() -> Case {
    let nodes = vec![
        node("start", Kind::Manual, json!({})),
        node("it", Kind::ForEach, json!({"items": "input"})),
        node("each", Kind::Transform, json!({"output": "item * 2"})),
    ];
    let edges = vec![Edge::between("start", "it"), Edge::from_port("it", port::ITEM, "each")];
    let workflow = Workflow { name: "Over items".into(), nodes, edges, ..Workflow::default() };
    Case::of(Kind::ForEach, json!({}), json!([1, 2]), json!([2, 4])).drawn(workflow)
}
