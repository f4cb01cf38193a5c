//! The embedded Postgres: found, initialised, started, adopted, stopped.
