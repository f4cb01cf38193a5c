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

-- Executions that failed, until somebody replays or discards them. Kept beside the executions, whose hot rows no index
-- on their status burdens; what was run with which data is in the execution and its journal, and goes with them.
create table dead_letters (
    workspace_id uuid not null,
    execution_id uuid primary key,
    workflow_id uuid not null,
    failed_at timestamptz not null,
    -- A replay that is due then; null: none was asked for.
    replay_at timestamptz,
    replay_live boolean not null default false,
    -- Null: nobody dealt with it.
    resolved_at timestamptz,
    resolution text check (resolution in ('replayed', 'discarded')),
    resolved_by text,
    -- The execution that replays it.
    replayed_as uuid,
    -- Why the replay could not start.
    replay_error text,
    foreign key (workspace_id, execution_id) references executions (workspace_id, id) on delete cascade
);
create index dead_letters_open on dead_letters (workspace_id, failed_at desc, execution_id desc) where resolved_at is null;
create index dead_letters_due on dead_letters (replay_at) where replay_at is not null;
