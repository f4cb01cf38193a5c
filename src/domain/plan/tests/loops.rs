//! Loops: their iterations, their failures, what their bodies see.

use super::*;

const LOOP: &str = "loop_a -item-> b -> c, loop_a -done-> d";

#[test]
fn a_loop_runs_its_body_once_per_item_a_few_at_a_time() {
    check(LOOP, "", "start loop_a");
    check(LOOP, "loop_a over 3", "start b[0], start b[1]");
    check(LOOP, "loop_a over 3, b[0] succeeded, b[1] running", "start c[0]");
    check(LOOP, "loop_a over 3, b[0] succeeded, b[1] running, c[0] succeeded", "end loop_a item 0");
    check(LOOP, "loop_a over 3, b[0] succeeded, b[1] running, c[0] succeeded, loop_a item 0", "start b[2]");
    check(LOOP, "loop_a over 2, loop_a item 0, loop_a item 1", "end loop loop_a");
    check(LOOP, "loop_a over 0", "end loop loop_a");
    check(LOOP, "loop_a done", "start d");
}

#[test]
fn a_failed_item_fails_the_loop_or_is_handed_on() {
    let happened = "b[0] failed, b[1] running, c[0] skipped";
    check(LOOP, &format!("loop_a over 3, {happened}"), "fail loop_a");
    check(LOOP, &format!("loop_a over 3 going on, {happened}"), "end loop_a item 0 failed");
    check(LOOP, "loop_a failed", "skip d");
}

#[test]
fn loops_run_inside_of_loops() {
    let graph = "loop_a -item-> loop_b -item-> c, loop_b -done-> d";
    check(graph, "loop_a over 2", "start loop_b[0], start loop_b[1]");
    check(graph, "loop_a over 1, loop_b[0] over 2", "start c[0,0], start c[0,1]");
    let inner = "loop_a over 1, loop_b[0] over 1, c[0,0] succeeded";
    check(graph, inner, "end loop_b[0] item 0");
    check(graph, &format!("{inner}, loop_b[0] item 0"), "end loop loop_b[0]");
    check(graph, "loop_a over 1, loop_b[0] done", "start d[0]");
}

#[test]
fn a_node_of_the_body_sees_its_item_and_its_own_iteration() {
    let workflow = workflow("first -> loop_a -item-> b -> c");
    let prepared = Prepared::of(workflow.clone());
    let state = state_in(&prepared, "first succeeded, loop_a over 3, b[0] succeeded, b[1] succeeded");
    assert_eq!(state.input_of(&workflow, &"b[1]".into()), Value::from(1));
    assert_eq!(state.input_of(&workflow, &"c[1]".into()), Value::from("b[1]"));
    let first = workflow.node(&"first".into()).expect("there");
    assert_eq!(state.output_at(first, &[1]), Value::from("first"));
    assert_eq!(state.item_of(&"c[1]".into()), Some((&Value::from(1), 1)));
    assert_eq!(state.item_of(&"loop_a".into()), None);
}

#[test]
fn iterations_that_are_over_leave_only_their_outputs_behind() {
    let prepared = Prepared::of(workflow("loop_a -item-> b"));
    let mut text = "loop_a over 300".to_owned();
    (0..300).for_each(|index| text.push_str(&format!(", b[{index}] succeeded, loop_a item {index}")));
    let mut state = state_in(&prepared, &text);
    assert_eq!(state.task_runs.len(), 1 + crate::domain::state::Loop::KEPT_ITERATIONS as usize);
    assert_eq!(next(&prepared, &state, at(0)), [Step::EndLoop { run: "loop_a".into() }]);
    let ended = Change::LoopEnded { node: "loop_a".into() };
    state.apply(&Event { seq: state.seq + 1, at: at(0), change: ended });
    let outputs = state.run(&"loop_a".into()).and_then(|run| run.output.clone());
    assert_eq!(outputs, Some((0..300).map(Value::from).collect()));
}
