-- Values that all workflows of a workspace read in expressions, as `vars.name`. Not secret: whoever sees workflows sees them.

create table variables (
    workspace_id uuid not null references workspaces (id) on delete cascade,
    name text not null check (name ~ '^[A-Za-z_][A-Za-z0-9_]{0,63}$'),
    value jsonb not null,
    description text not null default '' check (length(description) <= 500),
    changed_by uuid references users (id) on delete set null,
    changed_at timestamptz not null default now(),
    primary key (workspace_id, name)
);
