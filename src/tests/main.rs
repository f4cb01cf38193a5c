//! The integration tests, one binary: real Postgres, real peers.

mod engine;
mod kill;
mod credentials;
mod peer;
mod platform;
mod runners;
mod smtp;
mod support;
