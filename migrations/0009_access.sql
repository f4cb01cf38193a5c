-- How far API tokens reach, who was invited, and when members were last here.

-- Tokens of before these columns could do what their creator could: they keep that, but for other people.
alter table api_tokens
    add column scopes text[] not null default array[
        'workflows:read', 'workflows:write', 'workflows:publish', 'executions:read', 'executions:run', 'webhooks:read',
        'webhooks:write', 'credentials:read', 'credentials:write', 'members:read'],
    -- Null: all of the workspace.
    add column workflows uuid[],
    -- Empty: from anywhere.
    add column networks text[] not null default '{}';
alter table api_tokens
    alter column scopes drop default,
    add constraint api_tokens_scopes check (cardinality(scopes) > 0);

-- Exact to a minute.
alter table members add column seen_at timestamptz;

-- One-time links that make somebody a member. Only the SHA-256 of the link's secret is kept.
create table invitations (
    workspace_id uuid not null references workspaces (id) on delete cascade,
    id uuid not null,
    token_hash bytea not null,
    email text not null check (length(email) between 3 and 254 and email = lower(email)),
    role text not null check (role in ('owner', 'admin', 'editor', 'operator', 'viewer')),
    invited_by uuid not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null default now() + interval '7 days',
    accepted_at timestamptz,
    revoked_at timestamptz,
    primary key (workspace_id, id),
    constraint invitations_hash_key unique (token_hash),
    -- Whoever leaves takes along what they offered.
    foreign key (workspace_id, invited_by) references members (workspace_id, user_id) on delete cascade
);
create unique index invitations_open_key on invitations (workspace_id, email)
    where accepted_at is null and revoked_at is null;
