-- What starts executions. A row per trigger node, kept over the versions of its workflow.

create table triggers (
    workspace_id uuid not null,
    id uuid not null,
    workflow_id uuid not null,
    node_id text not null,
    node_name text not null,
    kind text not null check (kind in ('manual', 'webhook', 'schedule')),
    -- The typed trigger (`domain::trigger::Trigger`) of the live version, of the draft before the first publication.
    definition jsonb not null,
    -- Whether it starts executions: its node is in the live version.
    live boolean not null default false,
    -- Whether its node is in the draft. A row that is neither drawn nor live waits for an undo: its address stays the same.
    drawn boolean not null default true,
    -- Webhooks: SHA-256 of the token in the address, to look it up, and the token itself, encrypted, to show it.
    token_hash bytea,
    token_sealed bytea,
    -- Schedules: the next time that is not fired yet.
    next_at timestamptz,
    -- When it fires, where jitter puts it off; null: at `next_at`.
    due_at timestamptz,
    created_at timestamptz not null default now(),
    primary key (workspace_id, id),
    constraint triggers_id_key unique (id),
    constraint triggers_node_key unique (workspace_id, workflow_id, node_id),
    constraint triggers_token_key unique (token_hash),
    constraint triggers_webhook_has_token check (kind <> 'webhook' or (token_hash is not null and token_sealed is not null)),
    foreign key (workspace_id, workflow_id) references workflows (workspace_id, id) on delete cascade
);
create index triggers_due on triggers (next_at) where live and next_at is not null;

-- Each time of a schedule, once, whoever fires it.
create table trigger_fires (
    workspace_id uuid not null,
    trigger_id uuid not null,
    scheduled_at timestamptz not null,
    -- `missed` where no replica was there in time; `skipped` and `buffered` where another execution was under way.
    outcome text not null check (outcome in ('fired', 'missed', 'skipped', 'buffered')),
    execution_id uuid,
    fired_at timestamptz not null default now(),
    constraint trigger_fires_once unique (trigger_id, scheduled_at),
    foreign key (workspace_id, trigger_id) references triggers (workspace_id, id) on delete cascade
);
create index trigger_fires_with_execution on trigger_fires (trigger_id, scheduled_at desc) where execution_id is not null;
create index trigger_fires_buffered on trigger_fires (trigger_id, scheduled_at) where outcome = 'buffered';
