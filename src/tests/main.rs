//! The integration tests, one binary: real Postgres, real peers.

mod platform;
mod support;
mod peer;
mod runners;
mod smtp;
