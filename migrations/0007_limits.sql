-- Limits that all replicas share: concurrency keys, token buckets, circuit breakers, kept results.

-- Who holds a concurrency key and who waits for it, in the order in which they came.
create table holds (
    place bigint generated always as identity primary key,
    workspace_id uuid not null references workspaces (id) on delete cascade,
    -- What the key belongs to: `workflow:<id>` for executions, `task` for attempts of the workspace's tasks.
    scope text not null,
    key text not null,
    -- How many may hold the key, as this one asked.
    most integer not null,
    execution_id uuid not null,
    -- The task run and its attempt; '' and 0: the execution as a whole.
    run text not null default '',
    attempt integer not null default 0,
    -- Of an attempt: the replica that makes it. Its end frees the key.
    replica_id uuid,
    asked_at timestamptz not null default now(),
    -- Null: waits.
    held_since timestamptz,
    constraint holds_once unique (execution_id, run, attempt)
);
create index holds_by_key on holds (workspace_id, scope, key, place);
create index holds_by_replica on holds (replica_id) where replica_id is not null;
create index holds_held on holds (held_since) where held_since is not null;

-- Token buckets: filled by the clock whenever somebody takes.
create table buckets (
    workspace_id uuid not null references workspaces (id) on delete cascade,
    key text not null,
    tokens double precision not null,
    refilled_at timestamptz not null default now(),
    -- What the last call took.
    taken integer not null,
    primary key (workspace_id, key)
);

-- Circuit breakers of services that fail; one without a row is closed.
create table breakers (
    workspace_id uuid not null references workspaces (id) on delete cascade,
    service text not null,
    -- Failures in a row.
    failures integer not null,
    open_secs integer not null,
    -- Null: closed.
    opened_at timestamptz,
    -- Half open: one attempt probes the service, until then at the latest.
    probe_until timestamptz,
    last_error text not null,
    changed_at timestamptz not null default now(),
    primary key (workspace_id, service)
);

-- Outputs of tasks whose node keeps them for a while.
create table results (
    workspace_id uuid not null references workspaces (id) on delete cascade,
    workflow_id uuid not null,
    node_id text not null,
    -- SHA-256 of the task's kind, parameters, credential and input.
    hash bytea not null,
    port text not null,
    output text not null,
    expires_at timestamptz not null,
    primary key (workspace_id, workflow_id, node_id, hash)
);
create index results_by_expiry on results (expires_at);
