//! The integration tests, one binary: real Postgres, real peers.

mod peer;
mod platform;
mod runners;
mod smtp;
mod support;
