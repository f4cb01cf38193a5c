//! Limits of workflows and nodes: their ranges and keys.

use std::ops::RangeInclusive;

use crate::domain::{
    contract::Contract,
    expression,
    problem::Problem,
    workflow::{Node, Workflow},
};

/// How many may run at the same time, fit into a burst, begin per second.
pub const MANY: RangeInclusive<u32> = 1..=10_000;
pub const PER_SECOND: RangeInclusive<f64> = 0.001..=10_000.0;
pub const CACHE_SECS: RangeInclusive<u32> = 1..=2_592_000;
pub const OPEN_SECS: RangeInclusive<u32> = 1..=86_400;
pub const IDEMPOTENCY_SECS: RangeInclusive<u32> = 1..=31_536_000;
pub const QUIET_SECS: RangeInclusive<u32> = 1..=86_400;
pub const FAILURES: RangeInclusive<u32> = 0..=1_000;

pub(super) fn check_workflow(workflow: &Workflow, problems: &mut Vec<Problem>) {
    if workflow.settings.idempotency_secs.is_some_and(|secs| !IDEMPOTENCY_SECS.contains(&secs)) {
        let message =
            "Let idempotency keys count for 1 to 31,536,000 seconds (a year), or leave it out for seven days.";
        problems.push(Problem::of_workflow("idempotency_secs", message));
    }
    if let Some(message) = workflow.settings.output.as_ref().and_then(Contract::problem) {
        problems.push(Problem::of_workflow("output", message));
    }
    if let Some(debounce) = &workflow.settings.debounce {
        let unfit = || {
            let fits = QUIET_SECS.contains(&debounce.quiet_secs);
            (!fits).then(|| "Wait for 1 to 86,400 seconds (a day) without another start.".to_owned())
        };
        let found = wrong_key(&debounce.key).or_else(unfit);
        problems.extend(found.map(|message| Problem::of_workflow("debounce", message)));
    }
    let Some(concurrency) = &workflow.settings.concurrency else { return };
    let found = wrong_key(&concurrency.key).or_else(|| wrong_limit(concurrency.limit));
    problems.extend(found.map(|message| Problem::of_workflow("concurrency", message)));
}

pub(super) fn check_node(node: &Node, problems: &mut Vec<Problem>) {
    let limits = &node.limits;
    let concurrency =
        limits.concurrency.as_ref().and_then(|limit| wrong_key(&limit.key).or_else(|| wrong_limit(limit.limit)));
    let rate = limits.rate.as_ref().and_then(|rate| {
        wrong_key(&rate.key)
            .or_else(|| {
                let fits = PER_SECOND.contains(&rate.per_second);
                (!fits).then(|| "Let 0.001 to 10,000 attempts begin per second.".to_owned())
            })
            .or_else(|| (!MANY.contains(&rate.burst)).then(|| "Set the burst to 1 to 10,000 attempts.".to_owned()))
    });
    let breaker = limits.breaker.as_ref().and_then(|breaker| {
        wrong_key(&breaker.service)
            .or_else(|| {
                let fits = FAILURES.contains(&breaker.failures);
                (!fits).then(|| "Open the breaker after 1 to 1,000 failures, or 0 for none.".to_owned())
            })
            .or_else(|| {
                let fits = OPEN_SECS.contains(&breaker.open_secs);
                (!fits).then(|| "Keep the breaker open for 1 to 86,400 seconds.".to_owned())
            })
    });
    let cache = limits.cache_secs.filter(|secs| !CACHE_SECS.contains(secs));
    let cache = cache.map(|_| "Keep results for 1 to 2,592,000 seconds (30 days), or leave it out.".to_owned());
    let unfit = (node.kind.is_trigger() && !limits.is_empty())
        .then(|| "A trigger starts executions and has no limits. Remove them.".to_owned());
    let found =
        [("concurrency", concurrency), ("rate", rate), ("breaker", breaker), ("cache_secs", cache), ("limits", unfit)];
    problems.extend(
        found
            .into_iter()
            .filter_map(|(field, message)| message.map(|message| Problem::of_node(&node.id, field, message))),
    );
}

fn wrong_limit(limit: u32) -> Option<String> {
    (!MANY.contains(&limit)).then(|| "Let 1 to 10,000 run at the same time.".to_owned())
}

fn wrong_key(text: &str) -> Option<String> {
    match expression::mentions(text) {
        Err(error) => Some(format!("The key does not read: {}", error.message)),
        Ok(found) if found.is_open || !found.names.is_empty() => {
            Some("A key reads input and trigger, not the outputs of nodes. Use input.".to_owned())
        }
        Ok(found) if found.reads_vars => Some("A key reads input and trigger, no variables.".to_owned()),
        Ok(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{
        limit::{Breaker, Concurrency, ConcurrencyPolicy, Rate, TaskConcurrency},
        task::Kind,
        workflow::{Node, Point, Workflow},
    };

    /// The fields that are wrong with the workflow's one node and with the workflow.
    fn wrong(change: impl FnOnce(&mut Workflow)) -> Vec<String> {
        let mut node = Node::new("a".into(), "A", Kind::Transform, Point::default());
        node.parameters.insert("output".to_owned(), "1".into());
        let mut workflow = Workflow { name: "x".to_owned(), nodes: vec![node], ..Workflow::default() };
        change(&mut workflow);
        workflow.problems().into_iter().filter_map(|problem| problem.field).collect()
    }

    fn of_workflow(key: &str, limit: u32) -> Vec<String> {
        let policy = ConcurrencyPolicy::Queue;
        wrong(|workflow| {
            workflow.settings.concurrency = Some(Concurrency { key: key.to_owned(), limit, policy });
        })
    }

    fn of_rate(per_second: f64, burst: u32) -> Vec<String> {
        wrong(|workflow| workflow.nodes[0].limits.rate = Some(Rate { key: "crm".to_owned(), per_second, burst }))
    }

    #[test]
    fn keys_read_the_input_and_limits_keep_their_ranges() {
        assert_eq!(of_workflow("{{ input.customer }}", 1), [""; 0]);
        assert_eq!(of_workflow("", 10_000), [""; 0]);
        assert_eq!(of_workflow("{{ input.", 1), ["concurrency"]);
        assert_eq!(of_workflow("{{ nodes[\"A\"].output }}", 1), ["concurrency"]);
        assert_eq!(of_workflow("", 0), ["concurrency"]);
        assert_eq!(wrong(|workflow| workflow.settings.idempotency_secs = Some(0)), ["idempotency_secs"]);
        assert_eq!(of_rate(0.5, 1), [""; 0]);
        assert_eq!(of_rate(0.0, 1), ["rate"]);
        assert_eq!(of_rate(f64::NAN, 1), ["rate"]);
        assert_eq!(of_rate(1.0, 0), ["rate"]);
    }

    #[test]
    fn every_limit_of_a_task_is_named() {
        let found = wrong(|workflow| {
            let limits = &mut workflow.nodes[0].limits;
            limits.concurrency = Some(TaskConcurrency { key: String::new(), limit: 0 });
            limits.breaker = Some(Breaker { open_secs: 0, ..Breaker::default() });
            limits.cache_secs = Some(0);
        });
        assert_eq!(found, ["concurrency", "breaker", "cache_secs"]);
        let trigger = wrong(|workflow| {
            workflow.nodes[0] = Node::new("a".into(), "A", Kind::Manual, Point::default());
            workflow.nodes[0].limits.cache_secs = Some(60);
        });
        assert_eq!(trigger, ["limits"]);
    }
}
