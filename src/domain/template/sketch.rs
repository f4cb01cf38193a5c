//! Writing a workflow down as people tell it: this, then that, and from there the other. Places follow from the layout.

use serde_json::Value;

use crate::domain::{
    id::NodeId,
    layout,
    retry::RetryPolicy,
    task::{Input, Kind, port},
    workflow::{Edge, Endpoint, Node, Point, Workflow},
};

pub struct Sketch {
    workflow: Workflow,
    /// Where the next node is connected.
    from: Option<Endpoint>,
}

impl Sketch {
    pub fn of(name: &str, description: &str) -> Self {
        let workflow = Workflow { name: name.to_owned(), description: description.to_owned(), ..Workflow::default() };
        Self { workflow, from: None }
    }

    /// A node after the one before, through its usual output; the next goes after this one.
    pub fn then(mut self, kind: Kind, name: &str, parameters: Value) -> Self {
        let id = self.push(kind, name, parameters);
        if let Some(from) = self.from.take() {
            self.workflow.edges.push(Edge { from, to: Endpoint { node: id.clone(), port: port::IN.to_owned() } });
        }
        let way_on = self.workflow.node(&id).map_or(port::OUT, Node::way_on).to_owned();
        self.from = Some(Endpoint { node: id, port: way_on });
        self
    }

    /// The same for a call that is tried three times.
    pub fn then_try(self, kind: Kind, name: &str, parameters: Value) -> Self {
        let mut sketch = self.then(kind, name, parameters);
        if let Some(node) = sketch.workflow.nodes.last_mut() {
            node.retry = RetryPolicy { max_attempts: 3, base_ms: 1_000, factor: 2.0, cap_ms: 30_000 };
        }
        sketch
    }

    /// The next node goes after this one, through this output.
    pub fn at(mut self, name: &str, port: &str) -> Self {
        self.from = self.named(name).map(|node| Endpoint { node, port: port.to_owned() });
        self
    }

    /// What was drawn last leads to this one too.
    pub fn leads_to(mut self, name: &str) -> Self {
        if let (Some(from), Some(node)) = (self.from.clone(), self.named(name)) {
            self.workflow.edges.push(Edge { from, to: Endpoint { node, port: port::IN.to_owned() } });
        }
        self
    }

    pub fn done(mut self) -> Workflow {
        let places = layout::arrange(&self.workflow).unwrap_or_default();
        for node in &mut self.workflow.nodes {
            let at = places.get(&node.id).copied().unwrap_or_default();
            node.position = Point { x: at.x + 96.0, y: at.y + 160.0 };
        }
        self.workflow
    }

    fn push(&mut self, kind: Kind, name: &str, parameters: Value) -> NodeId {
        let id = self.workflow.free_node_id(kind);
        let mut node = Node::new(id.clone(), name, kind, Point::default());
        if let Value::Object(given) = parameters {
            node.parameters.extend(given);
        }
        // What is left to fill in stands there, empty.
        let whole = kind.with_defaults(&node.parameters);
        let fields = kind.spec().fields.iter().filter(|field| field.required && field.default.is_none());
        for field in fields.filter(|field| field.input == Input::Text && field.is_shown(&whole)) {
            node.parameters.entry(field.name).or_insert_with(|| "".into());
        }
        self.workflow.nodes.push(node);
        id
    }

    fn named(&self, name: &str) -> Option<NodeId> {
        self.workflow.nodes.iter().find(|node| node.name == name).map(|node| node.id.clone())
    }
}
