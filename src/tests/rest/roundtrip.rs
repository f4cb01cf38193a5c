//! What is imported comes out as it went in, whatever it is.

use flowpilot::domain::{
    drawing::{Group, Note, Tint},
    retry::RetryPolicy,
    task::Kind,
    workflow::{Edge, JoinRule, Node, Parameters, Point, Settings, Workflow},
};
use proptest::{
    collection::vec,
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use reqwest::{Method, StatusCode};
use serde_json::{Map, Number, Value};

use super::{body, create};
use crate::support;

#[tokio::test]
async fn import_and_export_are_identical_to_the_letter() {
    let server = support::server().await;
    let mut runner = TestRunner::new(Config::default());
    for _ in 0..40 {
        let workflow = workflows().new_tree(&mut runner).unwrap().current();
        let id = create(&server, &workflow).await;
        let response = server.call(Method::GET, &format!("/api/v1/workflows/{id}")).send().await.unwrap();
        let exported = body(response, StatusCode::OK).await["workflow"].clone();
        assert_eq!(exported.to_string(), serde_json::to_value(&workflow).unwrap().to_string());
    }
    server.stop().await;
}

fn workflows() -> impl Strategy<Value = Workflow> {
    let name = "[^\\p{C}]{0,20}[a-zß漢😀]";
    let endpoints = vec((0..8_usize, 0..8_usize), 0..12);
    (name, text(), vec(nodes(), 0..8), endpoints, any::<Option<u32>>(), vec(notes(), 0..3), any::<bool>()).prop_map(
        |(name, description, mut nodes, edges, deadline_secs, mut notes, collapsed)| {
            for (number, node) in nodes.iter_mut().enumerate() {
                node.id = format!("node_{number}").into();
            }
            let edge = |(from, to)| Edge::between(format!("node_{from}"), format!("node_{to}"));
            let edges = edges.into_iter().map(edge).collect();
            for (number, note) in notes.iter_mut().enumerate() {
                note.id = format!("note_{number}").into();
            }
            let members = nodes.iter().take(3).map(|node| node.id.clone()).collect();
            let group = Group { id: "group_1".into(), name: description.clone(), nodes: members, collapsed };
            let settings = Settings { deadline_secs, ..Settings::default() };
            Workflow { name, description, settings, nodes, edges, notes, groups: vec![group] }
        },
    )
}

fn notes() -> impl Strategy<Value = Note> {
    let tint = proptest::sample::select(Tint::ALL.to_vec());
    let (width, height) = (320.0, 160.0);
    (text(), points(), tint).prop_map(move |(text, position, tint)| Note {
        id: "note_1".into(),
        text,
        position,
        width,
        height,
        tint,
    })
}

fn points() -> impl Strategy<Value = Point> {
    (-80_000..80_000_i32, -80_000..80_000_i32).prop_map(|(x, y)| Point { x: f64::from(x) / 8.0, y: f64::from(y) / 8.0 })
}

fn nodes() -> impl Strategy<Value = Node> {
    let kind = proptest::sample::select(Kind::ALL.to_vec());
    let join = proptest::sample::select(JoinRule::ALL.to_vec());
    let retry =
        (1..100_u32, any::<u64>(), 0..100_u32, any::<u64>()).prop_map(|(max_attempts, base_ms, factor, cap_ms)| {
            RetryPolicy { max_attempts, base_ms, factor: f64::from(factor) / 8.0, cap_ms }
        });
    let timeouts = (any::<u32>(), any::<Option<u32>>());
    (text(), kind, parameters(), points(), retry, timeouts, join).prop_map(
        |(name, kind, parameters, position, retry, (timeout_secs, total_timeout_secs), join)| {
            let node = Node::new("node".into(), name, kind, position);
            Node { parameters, retry, timeout_secs, total_timeout_secs, join, ..node }
        },
    )
}

fn parameters() -> impl Strategy<Value = Parameters> {
    vec(("[a-z_]{1,12}", values()), 0..5).prop_map(Parameters::from_iter)
}

/// Any text that can be kept: everything but U+0000.
fn text() -> impl Strategy<Value = String> {
    "[^\0]{0,30}"
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1_000_000..1_000_000_i32)
            .prop_map(|number| Number::from_f64(f64::from(number) / 64.0).map_or(Value::Null, Value::Number)),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::Array),
            vec((text(), inner), 0..5).prop_map(|members| Value::Object(Map::from_iter(members))),
        ]
    })
}
