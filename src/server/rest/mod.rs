//! The REST interface, /api/v1: one file per resource, thin over the calls that the server functions use.

pub mod problem;
