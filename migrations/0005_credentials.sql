-- Secrets: each workspace has a data key, wrapped by the instance's key; each value is sealed with it.

create table instance_keys (
    -- A known text sealed with the instance's key: a wrong key file is found at start, before anything is written.
    id integer primary key check (id = 1),
    check_sealed bytea not null
);

create table workspace_keys (
    workspace_id uuid primary key references workspaces (id) on delete cascade,
    key_sealed bytea not null,
    created_at timestamptz not null default now()
);

create table credentials (
    workspace_id uuid not null references workspaces (id) on delete cascade,
    id uuid not null,
    name text not null check (length(name) between 1 and 100),
    kind text not null check (
        kind in ('smtp_login', 'token', 'secret', 'basic_login', 'bearer', 'api_key', 'slack_bot', 'sql_login')),
    allowed_hosts text[] not null default '{}',
    -- The values as a JSON object, sealed as a whole.
    values_sealed bytea not null,
    -- Counts replacements; part of what is authenticated with the values.
    version integer not null default 1,
    created_by uuid references users (id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (workspace_id, id),
    constraint credentials_name_key unique (workspace_id, name)
);
