//! Workflows as n8n exports them.

use serde_json::json;

use super::*;

fn exported() -> Value {
    json!({
        "name": "Sign-up",
        "nodes": [
            { "name": "Webhook", "type": "n8n-nodes-base.webhook", "typeVersion": 2, "position": [0, 0], "parameters": { "path": "x" } },
            { "name": "Paying?", "type": "n8n-nodes-base.if", "position": [220, 0], "parameters": { "conditions": {
                "combinator": "and",
                "conditions": [
                    { "leftValue": "={{ $json.body.plan }}", "rightValue": "free", "operator": { "type": "string", "operation": "notEquals" } },
                    { "leftValue": "={{ $json.body.seats }}", "rightValue": 3, "operator": { "type": "number", "operation": "gt" } }
                ]
            } } },
            { "name": "CRM", "type": "n8n-nodes-base.httpRequest", "position": [440, -100], "retryOnFail": true, "maxTries": 5,
              "credentials": { "httpHeaderAuth": { "id": "1", "name": "CRM key" } },
              "parameters": {
                "method": "POST", "url": "=https://crm.example.com/{{ $('Webhook').item.json.body.id }}", "sendBody": true,
                "specifyBody": "json", "jsonBody": "={ \"email\": \"{{ $json.email }}\" }",
                "headerParameters": { "parameters": [{ "name": "X-Source", "value": "sign-up" }] }
            } },
            { "name": "Code", "type": "n8n-nodes-base.code", "position": [440, 100], "disabled": true, "parameters": { "jsCode": "return items" } },
            { "name": "Note", "type": "n8n-nodes-base.stickyNote", "position": [0, -200], "parameters": { "content": "## Hello", "width": 300 } }
        ],
        "connections": {
            "Webhook": { "main": [[{ "node": "Paying?", "type": "main", "index": 0 }]] },
            "Paying?": { "main": [[{ "node": "CRM", "type": "main", "index": 0 }], [{ "node": "Code", "type": "main", "index": 0 }]] },
            "CRM": { "main": [[], [{ "node": "Code", "type": "main", "index": 0 }]] }
        }
    })
}

fn edges(workflow: &Workflow) -> Vec<String> {
    workflow.edges.iter().map(|edge| format!("{}.{} {}", edge.from.node, edge.from.port, edge.to.node)).collect()
}

#[test]
fn known_nodes_become_ours_with_their_edges() {
    let value = exported();
    assert!(is_n8n(&value));
    let Import { workflow, report } = n8n(&value).expect("a workflow");
    assert_eq!((workflow.name.as_str(), workflow.nodes.len(), workflow.notes.len()), ("Sign-up", 4, 1));
    assert_eq!(
        edges(&workflow),
        [
            "webhook_1.out condition_1",
            "condition_1.true http_request_1",
            "condition_1.false no_op_1",
            "http_request_1.error no_op_1"
        ]
    );
    let [_, check, call, code] = workflow.nodes.as_slice() else { panic!("four nodes") };
    assert_eq!(check.parameters["if"], "(input.plan !== \"free\") && (input.seats > 3)");
    assert_eq!(call.parameters["url"], "https://crm.example.com/{{ trigger.body.id }}");
    assert_eq!(call.parameters["body"], "{ \"email\": {{ input.email }} }");
    assert_eq!(call.parameters["headers"], json!({ "X-Source": "sign-up" }));
    assert_eq!(call.retry.max_attempts, 5);
    assert!(code.disabled && code.name == "Code");
    assert!(report.iter().any(|line| line.contains("“Code” (n8n-nodes-base.code)")), "{report:?}");
    assert!(report.iter().any(|line| line.contains("“CRM key”")), "{report:?}");
    assert_eq!(workflow.problems(), [], "it could run as it is");
}

#[test]
fn a_loop_that_leads_back_to_itself_becomes_one_with_a_body() {
    let node = |name: &str, kind: &str| json!({ "name": name, "type": format!("n8n-nodes-base.{kind}"), "position": [0, 0], "parameters": {} });
    let to = |name: &str| json!([{ "node": name, "type": "main", "index": 0 }]);
    let value = json!({
        "nodes": [node("Go", "manualTrigger"), node("Loop", "splitInBatches"), node("Call", "noOp"), node("End", "noOp")],
        "connections": {
            "Go": { "main": [to("Loop")] },
            "Loop": { "main": [to("End"), to("Call")] },
            "Call": { "main": [to("Loop")] }
        }
    });
    let workflow = n8n(&value).expect("a workflow").workflow;
    assert_eq!(edges(&workflow), ["manual_1.out for_each_1", "for_each_1.done no_op_2", "for_each_1.item no_op_1"]);
}

#[test]
fn expressions_are_told_in_our_words() {
    let hooks = BTreeSet::from(["Hook".to_owned()]);
    let words = words::Words { hooks: &hooks, is_after_hook: false };
    for (theirs, ours) in [
        ("plain {{ text }}", "plain {{ text }}"),
        ("={{ $json.a }} and {{$json[\"b\"]}}", "{{ input.a }} and {{ input[\"b\"] }}"),
        ("={{ $node[\"Get it\"].json.id }}", "{{ nodes[\"Get it\"].output.id }}"),
        ("={{ $('Hook').item.json.body.id }}", "{{ trigger.body.id }}"),
        ("={{ $('Get').first().json.id }}", "{{ nodes[\"Get\"].output.id }}"),
        ("={{ $now }} ={{", "{{ now }} ={{  }}"),
    ] {
        assert_eq!(words.text(theirs), ours);
    }
    assert_eq!(words.operand(&json!("=Hi {{ $json.name }}")), "(\"Hi \") + (input.name)");
    assert_eq!(words.operand(&json!(7)), "7");
}

#[test]
fn what_is_no_workflow_of_n8n_is_told_apart() {
    for value in
        [json!(null), json!([]), json!({ "nodes": [] }), json!({ "nodes": [{ "kind": "delay", "type": "x" }] })]
    {
        assert!(!is_n8n(&value), "{value}");
    }
    assert!(n8n(&json!({ "nodes": [] })).is_err());
    let many: Vec<Value> = (0..=MAX_NODES).map(|_| json!({ "type": "x" })).collect();
    assert!(n8n(&json!({ "nodes": many })).is_err_and(|error| error.contains("at most")));
    let garbage =
        json!({ "nodes": [{ "type": "n8n-nodes-base.if", "parameters": 7, "position": "x" }], "connections": [1] });
    assert_eq!(n8n(&garbage).expect("a node").workflow.nodes.len(), 1);
}
