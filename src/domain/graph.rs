//! The graph of a workflow over petgraph.
