//! Limits on a real Postgres with several replicas: slots, concurrency keys, buckets, breakers, and what each says of
//! a task that has to wait.

mod slots;
