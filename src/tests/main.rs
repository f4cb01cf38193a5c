//! The integration tests, one binary: real Postgres, real peers.

mod credentials;
mod engine;
mod kill;
mod layers;
mod peer;
mod platform;
mod postgres;
mod runners;
mod smtp;
mod hooks;
mod platform;
mod schedules;
mod support;
mod trigger_desk;
