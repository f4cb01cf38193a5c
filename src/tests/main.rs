//! The integration tests, one binary: real Postgres, real peers.
