-- Executions and their journal; replicas, their lanes and fences; messages to the replica that owns an execution.

create table replicas (
    id uuid primary key,
    started_at timestamptz not null default now(),
    heartbeat_at timestamptz not null default now(),
    -- Set once its executions were handed to others: whoever was it must stop.
    retired_at timestamptz,
    host text not null default ''
);

-- The fence: a batch writes only while its lane still has the epoch that the replica knows.
create table lanes (
    replica_id uuid not null references replicas (id) on delete cascade,
    lane integer not null,
    epoch integer not null default 1,
    primary key (replica_id, lane)
);

create table executions (
    workspace_id uuid not null references workspaces (id) on delete cascade,
    id uuid not null,
    workflow_id uuid not null,
    -- 0: a draft, whose definition is in `definition`.
    version integer not null,
    definition json,
    status text not null check (status in ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled')),
    started_via text not null,
    idempotency_key text,
    created_at timestamptz not null,
    finished_at timestamptz,
    error text,
    -- The replica whose memory holds it while it is live, or held it; null: it sleeps, until its timer or a letter.
    replica_id uuid,
    primary key (id),
    constraint executions_workspace_key unique (workspace_id, id),
    foreign key (workspace_id, workflow_id) references workflows (workspace_id, id) on delete cascade
) with (fillfactor = 50);
create unique index executions_idempotency_key on executions (workspace_id, workflow_id, idempotency_key)
    where idempotency_key is not null;
create index executions_by_workspace on executions (workspace_id, created_at desc);
create index executions_by_workflow on executions (workspace_id, workflow_id, created_at desc);
create index executions_by_replica on executions (replica_id, id);

-- The truth. `body` is the event's change as JSON text: no SQL looks inside.
create table journal (
    execution_id uuid not null,
    seq integer not null,
    at timestamptz not null,
    body text not null,
    primary key (execution_id, seq)
);

-- What another replica or request wants of the owner of an execution; the owner consumes it.
create table inbox (
    id bigint generated always as identity primary key,
    execution_id uuid not null,
    body text not null,
    created_at timestamptz not null default now()
);
create index inbox_by_execution on inbox (execution_id);

-- When sleeping executions are due. One that wakes for another reason may leave its timer behind.
create table timers (
    execution_id uuid primary key,
    due_at timestamptz not null
);
create index timers_by_time on timers (due_at);
