//! The integration tests, one binary: real Postgres, real peers.

mod platform;
mod support;
