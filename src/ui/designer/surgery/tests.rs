//! Cuts and stitches, on small workflows written as `a -> b, b -> c`.

use super::*;

fn workflow(edges: &str) -> Workflow {
    let mut workflow = Workflow::default();
    for edge in edges.split(", ") {
        let ends: Vec<&str> = edge.split(" -> ").collect();
        for id in &ends {
            if workflow.node(&(*id).into()).is_none() {
                let kind = if *id == "start" { Kind::Webhook } else { Kind::Transform };
                workflow.nodes.push(Node::new((*id).into(), *id, kind, Point::default()));
            }
        }
        workflow.edges.extend(ends.windows(2).map(|pair| Edge::between(pair[0], pair[1])));
    }
    workflow
}

fn edges(workflow: &Workflow) -> String {
    let edge = |edge: &Edge| match edge.from.port.as_str() {
        port::OUT => format!("{} -> {}", edge.from.node, edge.to.node),
        port => format!("{} -{port}> {}", edge.from.node, edge.to.node),
    };
    let mut edges: Vec<String> = workflow.edges.iter().map(edge).collect();
    edges.sort();
    edges.join(", ")
}

fn ids<const N: usize>(ids: [&str; N]) -> BTreeSet<NodeId> {
    ids.map(NodeId::from).into()
}

/// What is left of the edges once these nodes are deleted.
fn check_removed<const N: usize>(before: &str, gone: [&str; N], healed: &str) {
    let mut healing = workflow(before);
    remove(&mut healing, &ids(gone), true);
    assert_eq!(edges(&healing), healed, "{before} without {gone:?}");
}

#[test]
fn deleting_heals_where_it_is_plain_what_leads_where() {
    check_removed("a -> b -> c", ["b"], "a -> c");
    check_removed("a -> b -> c -> d", ["b", "c"], "a -> d");
    check_removed("a -> b -> c, b -> d", ["b"], "a -> c, a -> d");
    check_removed("a -> c -> d, b -> c", ["c"], "a -> d, b -> d");
    check_removed("a -> c, b -> c, c -> d, c -> e", ["c"], "");
    check_removed("a -> b -> c, a -> c", ["b"], "a -> c");
    check_removed("a -> b", ["b"], "");
    let mut plain = workflow("a -> b -> c");
    remove(&mut plain, &ids(["b"]), false);
    assert_eq!(edges(&plain), "");
}

#[test]
fn a_node_is_put_into_an_edge_and_keeps_the_port_it_came_from() {
    let mut drawn = workflow("a -> b, x");
    drawn.edges[0].from.port = port::ERROR.to_owned();
    let edge = drawn.edges[0].clone();
    put_between(&mut drawn, &"x".into(), &edge);
    assert_eq!(edges(&drawn), "a -error> x, x -> b");
    let mut drawn = workflow("a -> b, start");
    put_between(&mut drawn, &"start".into(), &Edge::between("a", "b"));
    assert_eq!(edges(&drawn), "a -> b", "nothing leads into a trigger");
}

#[test]
fn what_follows_makes_room_for_a_new_node() {
    let mut drawn = workflow("a -> b -> c, x");
    for (id, x) in [("a", 0.0), ("b", 320.0), ("c", 640.0), ("x", 160.0)] {
        drawn.nodes.iter_mut().filter(|node| node.id == id.into()).for_each(|node| node.position.x = x);
    }
    make_room(&mut drawn, &"x".into(), &"b".into(), 288.0);
    let at = |id: &str| drawn.node(&id.into()).map(|node| node.position.x);
    assert_eq!((at("a"), at("b"), at("c")), (Some(0.0), Some(448.0), Some(768.0)));
}

#[test]
fn a_replaced_node_keeps_its_edges_its_place_and_a_name_of_its_own() {
    let mut drawn = workflow("start -> b -> c");
    drawn.nodes[1].name = "Shape it".to_owned();
    let id = replace(&mut drawn, &"b".into(), Kind::Condition).expect("b is there");
    assert_eq!(edges(&drawn), format!("start -> {id}, {id} -true> c").rsplit(", ").collect::<Vec<_>>().join(", "));
    assert_eq!(drawn.node(&id).map(|node| node.name.as_str()), Some("Shape it"));
    let id = replace(&mut drawn, &id, Kind::Manual).expect("it is there");
    assert_eq!(edges(&drawn), format!("{id} -> c"), "nothing leads into a trigger");
    assert_eq!(replace(&mut drawn, &"nobody".into(), Kind::Delay), None);
}

#[test]
fn a_node_is_in_one_group_and_an_empty_group_goes() {
    let mut drawn = workflow("a -> b -> c");
    let first = group(&mut drawn, &ids(["a", "b"])).expect("nodes");
    let second = group(&mut drawn, &ids(["b", "c", "nobody"])).expect("nodes");
    assert_eq!(drawn.group(&first).map(|group| group.nodes.clone()), Some(ids(["a"])));
    assert_eq!(drawn.group(&second).map(|group| group.nodes.clone()), Some(ids(["b", "c"])));
    remove(&mut drawn, &ids(["a"]), true);
    assert_eq!(drawn.groups.len(), 1);
    ungroup(&mut drawn, &ids(["c"]));
    assert!(drawn.groups.is_empty() && drawn.nodes.len() == 2);
    assert_eq!(group(&mut drawn, &ids(["nobody"])), None);
}

#[test]
fn a_new_name_is_written_wherever_expressions_name_the_node() {
    let mut drawn = workflow("Fetch -> b");
    for (text, expected) in [
        ("{{ nodes.Fetch.output.id }} Fetch", "{{ nodes[\"Get it\"].output.id }} Fetch"),
        ("nodes[\"Fetch\"].output + nodes['Fetch'].output", "nodes[\"Get it\"].output + nodes[\"Get it\"].output"),
        ("nodes.FetchAll.output", "nodes.FetchAll.output"),
    ] {
        drawn.nodes[1].parameters.insert("output".to_owned(), serde_json::json!([text]));
        let mut renamed = drawn.clone();
        rename(&mut renamed, &"Fetch".into(), "Get it");
        assert_eq!(renamed.nodes[1].parameters["output"], serde_json::json!([expected]));
        assert_eq!(renamed.nodes[0].name, "Get it");
    }
}
