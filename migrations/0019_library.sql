-- The library: configured nodes that a workspace keeps as tasks of its own. Versions are never changed; nodes hold a copy
-- of the one that they were made from, and say which.

create table library_tasks (
    workspace_id uuid not null references workspaces (id) on delete cascade,
    id uuid not null,
    name text not null check (length(name) between 1 and 100),
    kind text not null,
    version integer not null default 1,
    primary key (workspace_id, id),
    constraint library_tasks_name_key unique (workspace_id, name)
);

create table library_versions (
    workspace_id uuid not null,
    task_id uuid not null,
    version integer not null,
    definition jsonb not null,
    created_by uuid references users (id) on delete set null,
    created_at timestamptz not null default now(),
    primary key (workspace_id, task_id, version),
    foreign key (workspace_id, task_id) references library_tasks (workspace_id, id) on delete cascade
);
