//! The egress guard: every connection that a task opens passes here.

#[derive(Clone)]
pub struct Egress {}
