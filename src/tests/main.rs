//! The integration tests, one binary: real Postgres, real peers.

mod credentials;
mod engine;
mod kill;
mod peer;
mod platform;
mod runners;
mod smtp;
mod layers;
mod platform;
mod postgres;
mod support;
