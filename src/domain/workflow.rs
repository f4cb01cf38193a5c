//! The workflow: nodes, edges and settings, as drawn, stored, exported and run. Its JSON form is the one that
//! REST, the command line and the clipboard use.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    commit::Commit,
    contract::Contract,
    drawing::{Group, Note, is_false},
    id::NodeId,
    library::LibraryUse,
    limit::{Concurrency, Debounce, Priority, TaskLimits},
    plugin,
    retry::RetryPolicy,
    task::{Kind, port},
};

/// A node's parameters by field name. Values may hold `{{ … }}` expressions; drafts may hold what is not valid yet.
pub type Parameters = Map<String, Value>;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Workflow {
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    #[serde(default)]
    pub settings: Settings,
    #[serde(default)]
    pub nodes: Vec<Node>,
    #[serde(default)]
    pub edges: Vec<Edge>,
    /// Drawn beside the graph; they run nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
}

impl Workflow {
    pub fn node(&self, id: &NodeId) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == *id)
    }

    /// What starts executions: triggers that are not disabled.
    pub fn triggers(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| node.kind.is_trigger() && !node.disabled)
    }

    /// A node id for a new node of this kind: the kind's name and the first free number.
    pub fn free_node_id(&self, kind: Kind) -> NodeId {
        (1..)
            .map(|number| NodeId::from(format!("{}_{number}", kind.name())))
            .find(|id| self.node(id).is_none())
            .expect("there are more numbers than nodes")
    }

    /// `wanted`, or `wanted 2`, `wanted 3` … when another node has that name: expressions address nodes by name.
    pub fn free_node_name(&self, wanted: &str) -> String {
        let taken = |name: &str| self.nodes.iter().any(|node| node.name == name);
        std::iter::once(wanted.to_owned())
            .chain((2..).map(|number| format!("{wanted} {number}")))
            .find(|name| !taken(name))
            .expect("there are more numbers than nodes")
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Seconds from start after which the execution fails; none: no deadline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_secs: Option<u32>,
    /// What a crash may make its executions do again.
    #[serde(default, skip_serializing_if = "Commit::is_step")]
    pub commit: Commit,
    /// Who goes first among the tasks of the workspace; a start may ask for another.
    #[serde(default, skip_serializing_if = "Priority::is_normal")]
    pub priority: Priority,
    /// Seconds for which an idempotency key stands for the execution that it started; none: seven days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_secs: Option<u32>,
    /// How many executions run at the same time; none: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<Concurrency>,
    /// Starts in a burst run once; none: each runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debounce: Option<Debounce>,
    /// What the execution's output has to be like; otherwise it fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Contract>,
}

impl Settings {
    const IDEMPOTENCY_SECS: u32 = 7 * 24 * 60 * 60;

    /// For how long an idempotency key stands for the execution that it started.
    pub fn idempotency_secs(&self) -> u32 {
        self.idempotency_secs.unwrap_or(Self::IDEMPOTENCY_SECS)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    pub id: NodeId,
    /// What people see and what expressions say: `nodes["Create CRM entry"]`. Unique in the workflow.
    pub name: String,
    pub kind: Kind,
    #[serde(default)]
    pub parameters: Parameters,
    #[serde(default)]
    pub position: Point,
    /// A disabled task hands on what it gets, without being attempted; a disabled trigger starts nothing.
    #[serde(default, skip_serializing_if = "is_false")]
    pub disabled: bool,
    /// An output that stands in for the node whenever the draft is tried; what is published knows nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<Value>,
    #[serde(default)]
    pub retry: RetryPolicy,
    /// Seconds that one attempt may take, 1 to 3,600.
    #[serde(default = "default_timeout_secs")]
    pub timeout_secs: u32,
    /// Seconds that the task may take in total, from the start of its first attempt over all retries and waits; none:
    /// no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_timeout_secs: Option<u32>,
    /// Seconds that an attempt may wait for its turn (a worker, a slot, a key, a token, a breaker) before it fails; none:
    /// no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_timeout_secs: Option<u32>,
    /// Seconds that an attempt may go without a sign of life before it is ended and fails; none: no limit. Signs of life
    /// are pieces of an answer that arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat_timeout_secs: Option<u32>,
    #[serde(default)]
    pub join: JoinRule,
    #[serde(default, skip_serializing_if = "TaskLimits::is_empty")]
    pub limits: TaskLimits,
    /// The group of workers that performs the task; none: any replica.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The library task that it was made from; it holds a copy of everything, and needs the library for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub library: Option<LibraryUse>,
}

pub const DEFAULT_TIMEOUT_SECS: u32 = 30;

fn default_timeout_secs() -> u32 {
    DEFAULT_TIMEOUT_SECS
}

impl Node {
    /// A node of this kind with the defaults of its fields.
    pub fn new(id: NodeId, name: impl Into<String>, kind: Kind, position: Point) -> Self {
        Self {
            id,
            name: name.into(),
            kind,
            parameters: kind.default_parameters(),
            position,
            disabled: false,
            pinned: None,
            retry: RetryPolicy::default(),
            timeout_secs: DEFAULT_TIMEOUT_SECS,
            total_timeout_secs: None,
            start_timeout_secs: None,
            heartbeat_timeout_secs: None,
            join: kind.usual_join(),
            limits: TaskLimits::default(),
            group: None,
            library: None,
        }
    }
}

impl Node {
    /// Its output ports in drawing order: a switch has one for each of its cases before those of its kind.
    pub fn output_ports(&self) -> impl Iterator<Item = &str> {
        let cases = (self.kind == Kind::Switch).then(|| self.parameters.get("cases")?.as_object()).flatten();
        cases
            .into_iter()
            .flat_map(|cases| cases.keys().map(String::as_str))
            .chain(plugin::outputs_of(self).filter(|_| self.kind == Kind::Plugin))
            .chain(self.kind.output_ports().map(|port| port as &str))
    }
}

impl Node {
    /// Whether what comes of it depends on earlier executions.
    pub fn looks_back(&self) -> bool {
        let among = self.parameters.get("among").and_then(Value::as_str);
        self.kind == Kind::Deduplicate && among.is_some_and(|among| among.trim() == "executions")
    }

    /// The port that a disabled node hands on through: its first, of a loop the one behind it.
    pub fn way_on(&self) -> &str {
        match self.kind.is_loop() {
            true => port::DONE,
            false => self.output_ports().find(|name| *name != port::ERROR).unwrap_or(port::OUT),
        }
    }

    /// Without what bounds its attempts and without parameters, if it is disabled: it has no attempts.
    pub fn at_rest(self) -> Self {
        if !self.disabled || self.kind.is_trigger() {
            return self;
        }
        let Self { id, name, kind, position, join, .. } = self;
        let cases = self.parameters.into_iter().filter(|(name, _)| kind == Kind::Switch && name == "cases").collect();
        Self { join, disabled: true, parameters: cases, ..Self::new(id, name, kind, position) }
    }
}

/// Whether the text can name a group of workers: 1–32 of `[a-z0-9_-]`.
pub fn is_group(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(allowed)
}

/// Flow coordinates in pixels at zoom 1; a node's position is its top left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

/// An arrow from an output port to an input port.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Edge {
    pub from: Endpoint,
    pub to: Endpoint,
}

impl Edge {
    /// From a node's main output to a node's input.
    pub fn between(from: impl Into<NodeId>, to: impl Into<NodeId>) -> Self {
        Self::from_port(from, port::OUT, to)
    }

    pub fn from_port(from: impl Into<NodeId>, port: &str, to: impl Into<NodeId>) -> Self {
        Self {
            from: Endpoint { node: from.into(), port: port.to_owned() },
            to: Endpoint { node: to.into(), port: port::IN.to_owned() },
        }
    }
}

/// A named port of a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Endpoint {
    pub node: NodeId,
    pub port: String,
}

/// When a node with several incoming edges starts. Judged once every incoming edge is decided, where the rule does not
/// say otherwise. "Failed" includes skipped because something before it failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JoinRule {
    /// Every edge carried data. The default.
    #[default]
    AllSucceeded,
    /// No edge came from a failure and at least one carried data: for branches of a condition that meet again.
    NoneFailedMinOneSucceeded,
    /// No edge came from a failure.
    NoneFailed,
    /// Every edge comes from something that ran, whether it succeeded or failed.
    NoneSkipped,
    /// Every edge came from a failure.
    AllFailed,
    /// As soon as one edge carried data.
    OneSucceeded,
    /// As soon as one edge came from a failure.
    OneFailed,
    /// Every edge is decided, however it went.
    AllDone,
    /// At once, whatever the edges say.
    Always,
}

impl JoinRule {
    pub const ALL: [Self; 9] = [
        Self::AllSucceeded,
        Self::NoneFailedMinOneSucceeded,
        Self::NoneFailed,
        Self::NoneSkipped,
        Self::AllFailed,
        Self::OneSucceeded,
        Self::OneFailed,
        Self::AllDone,
        Self::Always,
    ];
}
