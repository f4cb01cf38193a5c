//! Breakpoints: what is held, until when, and what it sees then.

use super::*;

/// `breakpoints`: edges of the graph, written as in it.
fn check(graph: &str, breakpoints: &str, happened: &str, expected: &str) {
    let prepared = Prepared::of(workflow(graph));
    let state = state_with(&prepared, happened, workflow(breakpoints).edges);
    let steps = next(&prepared, &state, at(0));
    let shown: Vec<String> = steps.iter().map(shown).collect();
    assert_eq!(shown.join(", "), expected, "{graph} / {breakpoints} / {happened}");
}

const CHAIN: &str = "a -> b -> c -> d";

#[test]
fn a_node_behind_a_breakpoint_is_held_until_it_is_released() {
    check(CHAIN, "a -> b", "", "start a");
    check(CHAIN, "a -> b", "a succeeded", "hold b after a");
    check(CHAIN, "a -> b", "a succeeded, b held a", "");
    check(CHAIN, "a -> b", "a succeeded, b held a, b released", "start b");
    check(CHAIN, "a -> b", "a succeeded, b held a, b released, b succeeded", "start c");
}

#[test]
fn a_step_ends_before_what_comes_right_after() {
    let stepped = "a succeeded, b held a, b stepped, b succeeded";
    check(CHAIN, "a -> b", stepped, "hold c after b");
    check(CHAIN, "a -> b", &format!("{stepped}, c held b, c released, c succeeded"), "start d");
    check("a -> b -> c, b -> d", "a -> b", stepped, "hold c after b, hold d after b");
}

#[test]
fn only_an_edge_that_carried_data_holds() {
    check("if_a -true-> b, if_a -false-> c", "if_a -true-> b", "if_a true", "hold b after if_a, skip c");
    check("if_a -true-> b, if_a -false-> c", "if_a -true-> b", "if_a false", "skip b, start c");
    check("a -> b, a -error-> c", "a -error-> c", "a failed", "skip b, hold c after a");
}

#[test]
fn a_breakpoint_holds_its_own_branch_only() {
    check("a -> b -> d, a -> c -> d", "a -> b", "a succeeded", "hold b after a, start c");
    check("a -> b -> d, a -> c -> d", "a -> b", "a succeeded, b held a, c succeeded", "");
    check("a -> c, b -> c", "b -> c", "a succeeded, b running", "");
    check("a -> c, b -> c", "b -> c", "a succeeded, b succeeded", "hold c after b");
    check("hook_a -> b", "hook_a -> b", "", "hold b after hook_a");
}

#[test]
fn what_went_on_is_tried_again_without_being_held() {
    check(CHAIN, "a -> b", "a succeeded, b held a, b released, b lost", "start b #2");
    check(CHAIN, "a -> b", "a succeeded, b held a, b released, pause", "");
    check(CHAIN, "a -> b", "a succeeded, b held a, cancel", "finish cancelled");
}

#[test]
fn each_item_of_a_loop_is_held_for_itself() {
    let (graph, edge) = ("loop_a -item-> b -> c, loop_a -done-> d", "loop_a -item-> b");
    check(graph, edge, "loop_a over 3", "hold b[0] after loop_a, hold b[1] after loop_a");
    let held = "loop_a over 3, b[0] held loop_a, b[1] held loop_a";
    check(graph, edge, held, "");
    check(graph, edge, &format!("{held}, b[1] released"), "start b[1]");
    let second = format!("{held}, b[1] released, b[1] succeeded, c[1] succeeded");
    check(graph, edge, &second, "end loop_a item 1");
    check(graph, edge, &format!("{second}, loop_a item 1"), "hold b[2] after loop_a");
    check(graph, "loop_a -done-> d", "loop_a done", "hold d after loop_a");
}

#[test]
fn held_the_execution_waits_and_nothing_is_due() {
    let prepared = Prepared::of(workflow(CHAIN));
    let state = state_with(&prepared, "a succeeded, b held a", workflow("a -> b").edges);
    assert_eq!((state.status, due_at(&prepared, &state)), (ExecutionStatus::Waiting, None));
    assert_eq!(state.task_runs[&"b".into()].held_at(), Some(&Edge::between("a", "b")));
}

#[test]
fn an_edited_payload_is_the_input_of_its_node_and_of_no_other() {
    let prepared = Prepared::of(workflow("a -> b, a -> c"));
    let happened = "a succeeded, b held a, b released other, c held a, c released";
    let state = state_with(&prepared, happened, workflow("a -> b, a -> c").edges);
    let input = |node: &str| state.input_of(&prepared.workflow, &node.into());
    assert_eq!((input("b"), input("c")), (Value::from("other"), Value::from("a")));
}
