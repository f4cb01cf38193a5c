-- Workflows: one draft each, with a revision that every save names, and immutable published versions.

create table workflows (
    workspace_id uuid not null references workspaces (id) on delete cascade,
    id uuid not null,
    name text not null check (length(name) between 1 and 200),
    -- The JSON form as it was saved, letter by letter: no SQL looks inside. The next three say what lists show of it.
    draft json not null,
    description text not null default '',
    kinds text[] not null default '{}',
    node_count integer not null default 0,
    -- Counts the saves of the draft, from 1.
    revision integer not null default 1,
    -- The version that triggers start; null: not published.
    live_version integer,
    created_by uuid references users (id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    primary key (workspace_id, id),
    constraint workflows_id_key unique (id)
);
create index workflows_by_update on workflows (workspace_id, updated_at desc, id desc) where deleted_at is null;

create table workflow_versions (
    workspace_id uuid not null,
    workflow_id uuid not null,
    version integer not null check (version >= 1),
    -- The revision of the draft that it was.
    revision integer not null default 1,
    definition json not null,
    published_by uuid references users (id) on delete set null,
    published_at timestamptz not null default now(),
    primary key (workspace_id, workflow_id, version),
    foreign key (workspace_id, workflow_id) references workflows (workspace_id, id) on delete cascade
);
