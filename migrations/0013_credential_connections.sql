-- Connections that people have begun at a provider and not come back from yet, and which nodes used a credential when. The
-- state is kept as its SHA-256.

create table oauth_requests (
    workspace_id uuid not null,
    state_hash bytea not null,
    credential_id uuid not null,
    -- Who began it: nobody else may end it.
    user_id uuid not null references users (id) on delete cascade,
    expires_at timestamptz not null default now() + interval '10 minutes',
    primary key (workspace_id, state_hash),
    foreign key (workspace_id, credential_id) references credentials (workspace_id, id) on delete cascade
);
create index oauth_requests_by_credential on oauth_requests (workspace_id, credential_id);

-- When a node used a credential the last time, to the minute.
create table credential_uses (
    workspace_id uuid not null,
    credential_id uuid not null,
    workflow_id uuid not null,
    node_id text not null,
    execution_id uuid not null,
    used_at timestamptz not null default now(),
    primary key (workspace_id, credential_id, workflow_id, node_id),
    foreign key (workspace_id, credential_id) references credentials (workspace_id, id) on delete cascade,
    foreign key (workspace_id, workflow_id) references workflows (workspace_id, id) on delete cascade
);
create index credential_uses_by_workflow on credential_uses (workspace_id, workflow_id);
