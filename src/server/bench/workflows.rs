//! The workflows that are measured.

use serde_json::json;

use crate::domain::{
    limit::Breaker,
    retry::RetryPolicy,
    task::{Kind, port},
    workflow::{Edge, Node, Point, Workflow},
};

fn node(id: impl Into<String>, kind: Kind, field: &str, value: impl Into<serde_json::Value>) -> Node {
    let id = id.into();
    let mut node = Node::new(id.as_str().into(), id, kind, Point::default());
    if !field.is_empty() {
        node.parameters.insert(field.to_owned(), value.into());
    }
    node
}

fn hook() -> Node {
    node("hook", Kind::Webhook, "", "")
}

fn transform(id: impl Into<String>, output: &str) -> Node {
    node(id, Kind::Transform, "output", output)
}

/// A webhook and these in a row.
fn in_a_row(name: &str, tasks: Vec<Node>) -> Workflow {
    let nodes: Vec<Node> = std::iter::once(hook()).chain(tasks).collect();
    let edges = nodes.windows(2).map(|pair| Edge::between(pair[0].id.clone(), pair[1].id.clone())).collect();
    Workflow { name: name.to_owned(), nodes, edges, ..Workflow::default() }
}

pub fn three_tasks() -> Workflow {
    let tasks = vec![
        transform("a", "{ email: input.email.toLowerCase() }"),
        transform("b", "{ email: input.email, ok: true }"),
        transform("c", "input"),
    ];
    in_a_row("Three trivial tasks", tasks)
}

/// The same, whose callers wait for the result.
pub fn answering() -> Workflow {
    let mut workflow = three_tasks();
    workflow.nodes[0].parameters.insert("respond".into(), json!("result"));
    workflow
}

/// 40 × fibonacci(10), each by a JavaScript task.
pub fn forty_fibonacci_in_javascript() -> Workflow {
    let code = "const fib = n => n < 2 ? n : fib(n - 1) + fib(n - 2); return fib(10)";
    let task = |number| node(format!("f{number}"), Kind::Javascript, "code", code);
    in_a_row("Forty Fibonacci in JavaScript", (0..40).map(task).collect())
}

/// 10 × fibonacci(33), each by a Python task.
pub fn ten_fibonacci_in_python(fibonacci: &str) -> Workflow {
    let task = |number| node(format!("f{number}"), Kind::Python, "code", format!("{fibonacci}return fib(33)"));
    in_a_row("Ten Fibonacci in Python", (0..10).map(task).collect())
}

/// No-ops in a row.
pub fn chain(length: usize) -> Workflow {
    in_a_row("Chain", (0..length).map(|number| transform(format!("t{number}"), "1")).collect())
}

/// A workflow of 1,000 nodes: the webhook, the first, these, the last.
pub const WIDEST: usize = 997;

/// One, then so many side by side, then one.
pub fn fan(width: usize) -> Workflow {
    let mut nodes = vec![hook(), transform("first", "1")];
    let mut edges = vec![Edge::between("hook", "first")];
    for number in 0..width {
        let id = format!("t{number}");
        edges.extend([Edge::between("first", id.clone()), Edge::between(id.clone(), "last")]);
        nodes.push(transform(id, "1"));
    }
    nodes.push(transform("last", "1"));
    Workflow { name: "Fan".into(), nodes, edges, ..Workflow::default() }
}

pub fn forty_fibonacci() -> Workflow {
    let fibonacci = "[2, 3, 4, 5, 6, 7, 8, 9, 10].reduce((pair, n) => [pair[1], pair[0] + pair[1]], [0, 1])[1]";
    in_a_row("Forty times fibonacci(10)", (0..40).map(|number| transform(format!("t{number}"), fibonacci)).collect())
}

/// Every item is made into another of eight fields, then all are summed up.
pub fn items() -> Workflow {
    let each = "input.items.map((item, index) => ({
        id: item.id,
        position: index + 1,
        name: item.name.trim().toUpperCase(),
        email: item.email.toLowerCase(),
        domain: item.email.split(\"@\")[1] ?? \"\",
        net: item.price * item.quantity,
        gross: Math.round(item.price * item.quantity * 119) / 100,
        is_large: item.quantity >= 10 || item.price > 90,
    }))";
    let sum = "input.reduce((sum, item) => sum + item.gross, 0)";
    let large = "input.filter(item => item.is_large).length";
    let summary = format!("{{ count: input.length, gross: {sum}, large: {large} }}");
    in_a_row("Items", vec![transform("each", each), transform("sum", &summary)])
}

/// What [`items`] works on.
pub fn thousand_items() -> serde_json::Value {
    let item = |id: u32| {
        json!({
            "id": id,
            "name": format!(" Item {id} "),
            "email": format!("Buyer{id}@Example.com"),
            "price": id % 97,
            "quantity": id % 12,
        })
    };
    json!({ "items": (0..1_000).map(item).collect::<Vec<_>>() })
}

/// Three tasks that hand their input on.
pub fn hand_on() -> Workflow {
    in_a_row("Hand on", ["a", "b", "c"].map(|id| transform(id, "input")).into())
}

/// One call, made again soon when it fails.
pub fn call(url: &str) -> Workflow {
    let mut call = node("call", Kind::HttpRequest, "url", url);
    call.parameters.insert("method".into(), json!("POST"));
    call.retry = RetryPolicy { max_attempts: 10, base_ms: 10, factor: 1.0, cap_ms: 10 };
    // So many calls at once that five failures in a row are chance.
    call.limits.breaker = Some(Breaker { failures: 0, ..Breaker::default() });
    in_a_row("Call", vec![call])
}

/// One wait of an hour.
pub fn wait() -> Workflow {
    let mut wait = node("wait", Kind::Delay, "amount", 1);
    wait.parameters.insert("unit".into(), json!("hours"));
    in_a_row("Wait", vec![wait])
}

/// One wait until this time, then a task.
pub fn wait_until(at: &str) -> Workflow {
    in_a_row("Wait until", vec![node("wait", Kind::WaitUntil, "at", at), transform("after", "1")])
}

/// Keeps a core busy as long as an expression may.
pub fn compute() -> Workflow {
    in_a_row(
        "Compute",
        vec![transform("busy", "input.items.map(item => item * item % 7).filter(item => item > 2).length")],
    )
}

/// Goes over its items, and for each over all of them again.
pub fn explode() -> Workflow {
    let over = |id: &str| node(id, Kind::ForEach, "items", "{{ trigger.body.items }}");
    let mut workflow = in_a_row("Explode", vec![over("outer")]);
    workflow.nodes.extend([over("inner"), transform("deep", "item")]);
    workflow.edges.push(Edge::from_port("outer", port::ITEM, "inner"));
    workflow.edges.push(Edge::from_port("inner", port::ITEM, "deep"));
    workflow
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::expression::{Scope, evaluate};

    #[test]
    fn the_items_are_transformed_and_summed_up() {
        let mut input = thousand_items();
        for node in &items().nodes[1..] {
            let expression = node.parameters["output"].as_str().expect("an expression");
            input = evaluate(expression, &Scope { input, ..Scope::default() }).expect("within the limits");
        }
        assert_eq!(input, json!({ "count": 1_000, "gross": 305_317.109_999_999_9, "large": 217 }));
    }

    #[test]
    fn every_workflow_could_be_published() {
        let all = [
            three_tasks(),
            answering(),
            chain(100),
            fan(WIDEST),
            forty_fibonacci(),
            items(),
            hand_on(),
            call("http://a.example"),
            wait(),
            wait_until("2030-01-01T00:00:00Z"),
            compute(),
            explode(),
        ];
        for workflow in all {
            assert_eq!(workflow.problems(), [], "{}", workflow.name);
        }
    }
}
