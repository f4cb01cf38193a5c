//! What starts executions from outside: webhooks and schedules.
