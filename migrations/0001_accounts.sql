-- People, workspaces, who may do what where, and how people prove who they are.

create table users (
    id uuid primary key,
    email text not null check (length(email) between 3 and 254 and email = lower(email)),
    name text not null default '',
    password_hash text not null,
    created_at timestamptz not null default now(),
    disabled_at timestamptz,
    constraint users_email_key unique (email)
);

create table workspaces (
    id uuid primary key,
    name text not null check (length(name) between 1 and 100),
    -- Executions are kept so long after their end.
    retention_days integer not null default 30 constraint workspaces_retention check (retention_days between 1 and 3650),
    created_at timestamptz not null default now()
);

create table members (
    workspace_id uuid not null references workspaces (id) on delete cascade,
    user_id uuid not null references users (id) on delete cascade,
    role text not null check (role in ('owner', 'admin', 'editor', 'operator', 'viewer')),
    created_at timestamptz not null default now(),
    primary key (workspace_id, user_id)
);
create index members_by_user on members (user_id);

-- Logins. Only the SHA-256 of the cookie's value is kept. The value changes every 15 minutes; requests that were under way
-- with the previous one are still heard for a minute. `workspace_id` is the workspace that the person works in.
create table sessions (
    id uuid primary key,
    id_hash bytea not null,
    previous_hash bytea,
    user_id uuid not null references users (id) on delete cascade,
    workspace_id uuid not null,
    created_at timestamptz not null default now(),
    renewed_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    confirmed_at timestamptz not null default now(),
    user_agent text not null default '',
    constraint sessions_hash_key unique (id_hash),
    constraint sessions_previous_hash_key unique (previous_hash),
    foreign key (workspace_id, user_id) references members (workspace_id, user_id) on delete cascade
);
create index sessions_by_user on sessions (user_id);

-- One-time links that create the first owner.
create table setup_tokens (
    token_hash bytea primary key,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz
);

-- Attempts to log in that have not succeeded, by what they are counted on (account and network, or address), so that every
-- replica throttles alike.
create table login_failures (
    key text not null,
    failed_at timestamptz not null default now()
);
create index login_failures_by_key on login_failures (key, failed_at);

-- Bearer tokens of REST and the command line. Only the SHA-256 is kept, and the first characters to recognise one by.
create table api_tokens (
    id uuid primary key,
    workspace_id uuid not null,
    user_id uuid not null,
    name text not null check (length(name) between 1 and 100),
    token_hash bytea not null,
    prefix text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz,
    constraint api_tokens_hash_key unique (token_hash),
    foreign key (workspace_id, user_id) references members (workspace_id, user_id) on delete cascade
);
create index api_tokens_by_workspace on api_tokens (workspace_id, created_at);
