//! The integration tests, one binary: real Postgres, real peers.

mod accounts;
mod browsers;
mod cli;
mod credentials;
mod engine;
mod expression;
mod hooks;
mod kill;
mod layers;
mod limits;
mod live;
mod operations;
mod peer;
mod platform;
mod postgres;
mod rest;
mod roles;
mod runners;
mod schedules;
mod smtp;
mod stand;
mod support;
mod tenants;
mod tls;
mod trigger_desk;
mod wake_ups;
