use chrono::TimeDelta;
use serde_json::{Value, json};

use super::*;
use crate::domain::{
    event::{Cause, Change, TaskError},
    execution::ExecutionStatus,
    id::ExecutionId,
    task::Kind,
    workflow::Point,
};

/// `a -> b, b -> c`; what is called `start` is a trigger, what is called `each` a loop.
fn workflow(text: &str) -> Workflow {
    let mut workflow = Workflow::default();
    for part in text.split(", ") {
        let ends: Vec<&str> = part.split(" -> ").collect();
        for end in &ends {
            let kind = match *end {
                "start" => Kind::Manual,
                "each" => Kind::ForEach,
                _ => Kind::Transform,
            };
            if workflow.node(&(*end).into()).is_none() {
                workflow.nodes.push(Node::new((*end).into(), *end, kind, Point::default()));
            }
        }
        workflow.edges.extend(ends.windows(2).map(|pair| Edge::between(pair[0], pair[1])));
    }
    workflow
}

/// What happened at which millisecond, between start and end.
fn execution(input: Value, mut changes: Vec<(i64, Change)>) -> Vec<Event> {
    changes.sort_by_key(|(ms, _)| *ms);
    let last = changes.last().map_or(0, |(ms, _)| *ms);
    changes.insert(0, (0, Change::Started { cause: Cause { input, ..Cause::default() } }));
    changes.push((last, Change::Finished { status: ExecutionStatus::Succeeded, output: None, error: None }));
    let at = |ms| DateTime::UNIX_EPOCH + TimeDelta::milliseconds(ms);
    (1..).zip(changes).map(|(seq, (ms, change))| Event { seq, at: at(ms), change }).collect()
}

fn begins(node: &str) -> Change {
    Change::AttemptStarted { node: node.into(), attempt: 1 }
}

fn succeeds(node: &str, output: Value) -> Change {
    Change::AttemptSucceeded { node: node.into(), attempt: 1, output, port: port::OUT.to_owned() }
}

fn gathered(workflow: Workflow, executions: impl IntoIterator<Item = Vec<Event>>) -> Insight {
    let mut gathering = Gathering::of(workflow);
    executions.into_iter().for_each(|events| gathering.take(&events));
    gathering.insight(3)
}

fn of_node<'a>(insight: &'a Insight, node: &str) -> Option<&'a NodeInsight> {
    insight.nodes.get(&NodeId::from(node))
}

fn path(insight: &Insight) -> String {
    insight.critical_path.iter().map(NodeId::as_str).collect::<Vec<_>>().join(" ")
}

#[test]
fn each_node_tells_its_times_and_the_slow_branch_is_the_critical_path() {
    let of = |slow: i64| {
        let took = |node: &str, from, to| [(from, begins(node)), (to, succeeds(node, json!({ "n": slow })))];
        let changes = [took("a", 0, 10), took("quick", 10, 12), took("slow", 10, 10 + slow), took("end", 1_000, 1_001)];
        execution(json!(null), changes.into_iter().flatten().collect())
    };
    let drawn = workflow("start -> a -> quick -> end, a -> slow -> end, start -> never -> end");
    let insight = gathered(drawn, (1..=100).map(of));
    assert_eq!((insight.version, insight.executions), (3, 100));
    assert_eq!(insight.since, Some(DateTime::UNIX_EPOCH));
    assert_eq!(insight.time, Some(Time { p50_ms: 1_001, p95_ms: 1_001 }));
    let slow = of_node(&insight, "slow").expect("it ran");
    assert_eq!((slow.runs, slow.failed, slow.time), (100, 0, Some(Time { p50_ms: 50, p95_ms: 95 })));
    assert_eq!(of_node(&insight, "start").expect("it ran").time, None, "a trigger takes no time");
    assert!(of_node(&insight, "never").is_none());
    assert_eq!(path(&insight), "start a slow end");
    assert!(insight.leads_along(&Edge::between("a", "slow")) && !insight.leads_along(&Edge::between("a", "quick")));
    let from = crate::domain::workflow::Endpoint { node: "slow".into(), port: port::OUT.to_owned() };
    assert_eq!(insight.schema(&from).map(|schema| schema.places[1].words()), Some("number".to_owned()));
    let told = insight.without_data();
    assert!(!told.shows_data && told.schema(&from).is_none());
}

#[test]
fn where_nothing_takes_time_nothing_is_critical() {
    let at_once = execution(json!(1), vec![(0, begins("a")), (0, succeeds("a", json!(1)))]);
    assert_eq!(path(&gathered(workflow("start -> a"), [at_once])), "");
    assert_eq!(gathered(workflow("start -> a"), []).time, None);
}

#[test]
fn a_failure_is_counted_and_leaves_through_the_error_port() {
    let error = TaskError { message: "No".into(), field: None, retryable: false, details: Value::Null };
    let fails = Change::AttemptFailed { node: "a".into(), attempt: 1, error, retry_at: None };
    let mut drawn = workflow("start -> a, b");
    drawn.edges.push(Edge::from_port("a", port::ERROR, "b"));
    let changes = vec![(0, begins("a")), (20, fails), (20, begins("b")), (25, succeeds("b", json!("mended")))];
    let insight = gathered(drawn, [execution(json!(1), changes)]);
    let a = of_node(&insight, "a").expect("it ran");
    assert_eq!((a.runs, a.failed, a.time), (1, 1, Some(Time { p50_ms: 20, p95_ms: 20 })));
    assert_eq!(a.outputs.keys().collect::<Vec<_>>(), [port::ERROR]);
    assert_eq!(path(&insight), "start a b");
}

#[test]
fn a_loop_counts_as_a_whole() {
    let mut drawn = workflow("start -> each, work, after");
    drawn.edges.push(Edge::from_port("each", port::ITEM, "work"));
    drawn.edges.push(Edge::from_port("each", port::DONE, "after"));
    let items = vec![json!({ "price": 1 }), json!({ "price": null })];
    let body = vec!["work".into()];
    let (node, attempt, max_parallel, go_on) = ("each".into(), 1, 2, false);
    let begun = Change::LoopStarted { node, attempt, items, body, max_parallel, go_on };
    let ends = |index| Change::IterationEnded { node: "each".into(), index, output: json!(1), error: None };
    let changes = vec![
        (0, begins("each")),
        (0, begun),
        (1, begins("work[0]")),
        (1, begins("work[1]")),
        (900, succeeds("work[0]", json!(1))),
        (900, ends(0)),
        (950, succeeds("work[1]", json!(1))),
        (950, ends(1)),
        (950, Change::LoopEnded { node: "each".into() }),
        (950, begins("after")),
        (960, succeeds("after", json!(1))),
    ];
    let insight = gathered(drawn, [execution(json!(1), changes)]);
    assert_eq!(path(&insight), "start each after");
    assert_eq!(of_node(&insight, "work").expect("it ran").runs, 2);
    assert_eq!(of_node(&insight, "each").expect("it ran").time, Some(Time { p50_ms: 950, p95_ms: 950 }));
    let items = &of_node(&insight, "each").expect("it ran").outputs[port::ITEM];
    assert_eq!(items.places[1].words(), "number, null in 50 % of 2");
}

#[test]
fn what_was_not_read_and_what_ran_elsewhere_teach_nothing() {
    let kept = Change::Kept {
        node: "a".into(),
        from: ExecutionId(uuid::Uuid::nil()),
        status: TaskRunStatus::Succeeded,
        output: json!({ "n": 1 }),
        port: Some(port::OUT.to_owned()),
        reason: None,
    };
    let unread = succeeds("b", payload::stub(70_000));
    let changes = vec![(0, kept), (0, begins("b")), (7, unread), (7, begins("c")), (9, succeeds("c", json!(1)))];
    let insight = gathered(workflow("start -> a -> b -> c"), [execution(json!(1), changes)]);
    assert!(of_node(&insight, "a").is_none());
    let b = of_node(&insight, "b").expect("it ran");
    assert_eq!((b.runs, b.unread, b.outputs.len()), (1, 1, 0));
    assert!(insight.is_partial);
    assert_eq!(path(&insight), "b c", "its data went on, though nobody knows through which port");
}

#[test]
fn an_execution_that_was_read_in_part_tells_what_was_read() {
    let mut events = execution(json!(1), vec![(0, begins("a")), (5, succeeds("a", json!(1))), (5, begins("b"))]);
    events.pop();
    let insight = gathered(workflow("start -> a -> b"), [events]);
    assert!(insight.is_partial && insight.time.is_none());
    assert_eq!(insight.nodes.keys().map(NodeId::as_str).collect::<Vec<_>>(), ["a", "start"]);
}

#[test]
fn percentiles_are_values_that_were_seen() {
    for (spans, p50, p95) in [
        (vec![], None, None),
        (vec![7], Some(7), Some(7)),
        (vec![3, 1, 2], Some(2), Some(3)),
        ((1..=20).collect(), Some(10), Some(19)),
    ] {
        let mut spans: Vec<u64> = spans;
        assert_eq!((percentile(&mut spans, 50), percentile(&mut spans, 95)), (p50, p95), "{spans:?}");
    }
}
